//! Uses of what a module imports.

use super::Access;
use oxc_allocator::GetAllocator;
use oxc_ast::ast::{
    ArrowFunctionExpression, AwaitExpression, CallExpression, Expression, ForOfStatement, Function, IdentifierName,
    ImportMeta, NumberBase, ObjectProperty, Str, TaggedTemplateExpression,
};
use oxc_ast::builder::{AstBuilder, GetAstBuilder};
use oxc_ast_visit::{VisitMut, walk_mut};
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, SPAN, Span};
use oxc_syntax::scope::ScopeFlags;
use oxc_syntax::symbol::SymbolId;
use std::collections::HashMap;

/// Exchanges every use of an imported name for a member of what was loaded, and finds what only modules can do.
pub(super) struct Uses<'a, 'p> {
    pub builder: AstBuilder<'a>,
    pub scoping: &'p Scoping,
    pub imports: &'p HashMap<SymbolId, Access>,
    /// How many functions are around.
    pub depth: usize,
    pub problems: Vec<(Span, String)>,
}

impl<'a> Uses<'a, '_> {
    fn access(&self, expression: &Expression<'a>) -> Option<Expression<'a>> {
        let Expression::Identifier(name) = expression else { return None };
        let symbol = self.scoping.get_reference(name.reference_id.get()?).symbol_id()?;
        let access = self.imports.get(&symbol)?;
        let text = |text: &str| Str::from_str_in(text, &self.builder.allocator());
        let object = Expression::new_identifier(name.span, text(&access.object), &self.builder);
        let Some(member) = &access.member else { return Some(object) };
        if !super::is_identifier(member) {
            let member = Expression::new_string_literal(SPAN, text(member), None, &self.builder);
            return Some(Expression::new_computed_member_expression(SPAN, object, member, false, &self.builder));
        }
        let property = IdentifierName::new(SPAN, text(member), &self.builder);
        Some(Expression::new_static_member_expression(name.span, object, property, false, &self.builder))
    }

    /// `(0, loaded.f)`: a call of it gets no `this`, as a call of an import does not.
    fn callee(&self, expression: &Expression<'a>) -> Option<Expression<'a>> {
        let access = self.access(expression)?;
        let span = expression.span();
        let zero = Expression::new_numeric_literal(SPAN, 0.0, None, NumberBase::Decimal, &self.builder);
        Some(Expression::new_sequence_expression(span, [zero, access], self.builder.builder()))
    }

    fn only_in_modules(&mut self, span: Span, what: &str) {
        let message = format!("{what} has no place in CommonJS: name the file .mts, or write an ES module");
        self.problems.push((span, message));
    }
}

impl<'a> VisitMut<'a> for Uses<'a, '_> {
    fn visit_expression(&mut self, it: &mut Expression<'a>) {
        match self.access(it) {
            Some(access) => *it = access,
            None => walk_mut::walk_expression(self, it),
        }
    }

    fn visit_call_expression(&mut self, it: &mut CallExpression<'a>) {
        if let Some(callee) = self.callee(&it.callee) {
            it.callee = callee;
        }
        walk_mut::walk_call_expression(self, it);
    }

    fn visit_tagged_template_expression(&mut self, it: &mut TaggedTemplateExpression<'a>) {
        if let Some(tag) = self.callee(&it.tag) {
            it.tag = tag;
        }
        walk_mut::walk_tagged_template_expression(self, it);
    }

    fn visit_object_property(&mut self, it: &mut ObjectProperty<'a>) {
        if it.shorthand && self.access(&it.value).is_some() {
            it.shorthand = false;
        }
        walk_mut::walk_object_property(self, it);
    }

    fn visit_function(&mut self, it: &mut Function<'a>, flags: ScopeFlags) {
        self.depth += 1;
        walk_mut::walk_function(self, it, flags);
        self.depth -= 1;
    }

    fn visit_arrow_function_expression(&mut self, it: &mut ArrowFunctionExpression<'a>) {
        self.depth += 1;
        walk_mut::walk_arrow_function_expression(self, it);
        self.depth -= 1;
    }

    fn visit_await_expression(&mut self, it: &mut AwaitExpression<'a>) {
        if self.depth == 0 {
            self.only_in_modules(it.span, "`await` outside of functions");
        }
        walk_mut::walk_await_expression(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &mut ForOfStatement<'a>) {
        if self.depth == 0 && it.r#await {
            self.only_in_modules(it.span, "`for await` outside of functions");
        }
        walk_mut::walk_for_of_statement(self, it);
    }

    fn visit_import_meta(&mut self, it: &mut ImportMeta) {
        self.only_in_modules(it.span, "`import.meta`");
    }
}
