//! The names that a declaration binds.

use oxc_ast::ast::{BindingIdentifier, BindingPattern, Expression};
use oxc_ast_visit::Visit;

/// The names that a pattern binds.
pub(super) fn bound_names(pattern: &BindingPattern<'_>) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'a> Visit<'a> for Names {
        fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
            self.0.push(it.name.to_string());
        }
        // Defaults may hold functions, with names of their own.
        fn visit_expression(&mut self, _: &Expression<'a>) {}
    }
    let mut names = Names(Vec::new());
    names.visit_binding_pattern(pattern);
    names.0
}
