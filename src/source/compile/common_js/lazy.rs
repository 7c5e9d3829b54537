//! `import()` in CommonJS: it gives what `import` of the same gives.
//!
//! To Node a file of CommonJS is one value, and `.default` is all of `module.exports`: nothing there tells that it was a
//! module once. TypeScript (with `esModuleInterop`), SWC and Babel, and esbuild where it makes `require` of it, agree on
//! the other answer: `.default` is what the author exported as default. So do `import` and `import * as` here, and authors
//! write `lazy(() => import('./view'))`. Files of the component's own are therefore required. All else is loaded by
//! Node's own `import()`, which alone knows every package; what comes as CommonJS that was a module is unwrapped.

use super::super::snippet;
use oxc_allocator::{Allocator, TakeIn};
use oxc_ast::ast::{Expression, ImportExpression, Program};
use oxc_ast_visit::{VisitMut, walk_mut};

/// Unwraps what was a module before it became CommonJS. A true module has no `default` that says so of itself.
const UNWRAP: &str = r#"
const __importUnwrapped = (loaded) => loaded.__esModule && loaded.default?.__esModule ? loaded.default : loaded;"#;

/// Which helpers the program calls now.
#[derive(Debug, Default, Clone, Copy)]
pub struct Lazy {
    /// `__importStar`
    pub uses_all: bool,
    unwraps: bool,
}

impl Lazy {
    /// The helper that nobody else calls.
    pub fn helper(self) -> &'static str {
        if self.unwraps { UNWRAP } else { "" }
    }

    /// All that is needed where nothing else is.
    pub fn helpers(self) -> Option<String> {
        let all = if self.uses_all { super::ALL } else { "" };
        Some(format!("{all}{}", self.helper())).filter(|text| !text.is_empty())
    }
}

/// What loads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loader {
    /// It is the component's own and CommonJS, or JSON.
    Require,
    /// Node's `import()`, as it is.
    Import,
    /// The same, for what may be CommonJS that was a module.
    Unwrap,
}

/// Puts every `import()` right; `loader` knows what loads what a specifier means.
pub fn put_right<'a>(arena: &'a Allocator, program: &mut Program<'a>, loader: &dyn Fn(&str) -> Loader) -> Lazy {
    let mut imports = Imports { arena, loader, lazy: Lazy::default() };
    imports.visit_program(program);
    imports.lazy
}

struct Imports<'a, 'l> {
    arena: &'a Allocator,
    loader: &'l dyn Fn(&str) -> Loader,
    lazy: Lazy,
}

impl<'a> Imports<'a, '_> {
    fn instead(&mut self, expression: &mut Expression<'a>) -> Option<Expression<'a>> {
        let Expression::ImportExpression(import) = expression else { return None };
        if import.phase.is_some() {
            return None;
        }
        let whole = text_of(&import.source);
        let loader = match &whole {
            Some(specifier) => (self.loader)(specifier),
            // Whatever it will be, only `require` finds it without an ending.
            None if begins_relative(&import.source) => Loader::Require,
            None => Loader::Unwrap,
        };
        match (loader, whole) {
            (Loader::Require, Some(specifier)) => {
                self.lazy.uses_all = true;
                let file = super::quoted(&specifier);
                snippet::expression(self.arena, &format!("Promise.resolve().then(() => __importStar(require({file})))"))
            }
            (Loader::Require, None) if import.options.is_none() => {
                self.lazy.uses_all = true;
                let file = import.source.take_in(&self.arena);
                self.filled("Promise.resolve(__it).then((file) => __importStar(require(file)))", file)
            }
            (Loader::Unwrap, _) if import.options.is_none() => {
                self.lazy.unwraps = true;
                let import = expression.take_in(&self.arena);
                self.filled("__it.then(__importUnwrapped)", import)
            }
            _ => None,
        }
    }

    /// A piece of program with an expression in the place of `__it`.
    fn filled(&self, text: &str, it: Expression<'a>) -> Option<Expression<'a>> {
        struct Fill<'a>(Option<Expression<'a>>);
        impl<'a> VisitMut<'a> for Fill<'a> {
            fn visit_expression(&mut self, expression: &mut Expression<'a>) {
                match expression {
                    Expression::Identifier(name) if name.name == "__it" => {
                        if let Some(it) = self.0.take() {
                            *expression = it;
                        }
                    }
                    expression => walk_mut::walk_expression(self, expression),
                }
            }
        }
        let mut expression = snippet::expression(self.arena, text)?;
        Fill(Some(it)).visit_expression(&mut expression);
        Some(expression)
    }
}

impl<'a> VisitMut<'a> for Imports<'a, '_> {
    fn visit_expression(&mut self, it: &mut Expression<'a>) {
        walk_mut::walk_expression(self, it);
        if let Some(instead) = self.instead(it) {
            *it = instead;
        }
    }

    fn visit_import_expression(&mut self, it: &mut ImportExpression<'a>) {
        self.visit_expression(&mut it.source);
    }
}

/// A specifier that is known now.
fn text_of(source: &Expression<'_>) -> Option<String> {
    match source {
        Expression::StringLiteral(literal) => Some(literal.value.to_string()),
        Expression::TemplateLiteral(template) => template.single_quasi().map(|text| text.to_string()),
        _ => None,
    }
}

/// Whether a specifier that is only known at run time begins with `./` or `../`.
fn begins_relative(source: &Expression<'_>) -> bool {
    let is_relative = |text: &str| text.starts_with("./") || text.starts_with("../");
    match source {
        Expression::StringLiteral(literal) => is_relative(&literal.value),
        Expression::TemplateLiteral(template) => {
            template.quasis.first().is_some_and(|first| is_relative(&first.value.raw))
        }
        Expression::BinaryExpression(sum) => begins_relative(&sum.left),
        Expression::ParenthesizedExpression(inner) => begins_relative(&inner.expression),
        _ => false,
    }
}
