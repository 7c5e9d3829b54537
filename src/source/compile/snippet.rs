//! Pieces of program that the compile puts in, written down as the text they are.

use oxc_allocator::{Allocator, ArenaVec, TakeIn};
use oxc_ast::ast::{Expression, Program, Statement, Str};
use oxc_ast_visit::VisitMut;
use oxc_parser::Parser;
use oxc_span::{SPAN, SourceType, Span};

/// The statements of a text that parses as a module.
pub(super) fn statements<'a>(arena: &'a Allocator, text: &str) -> ArenaVec<'a, Statement<'a>> {
    let text = Str::from_str_in(text, &arena).as_str();
    let mut parsed = Parser::new(arena, text, SourceType::mjs()).parse();
    debug_assert!(!parsed.diagnostics.has_errors(), "{text}");
    // They stand nowhere in the author's file; a source map must not say so.
    Nowhere.visit_program(&mut parsed.program);
    parsed.program.body
}

/// The expression that a text is.
pub(super) fn expression<'a>(arena: &'a Allocator, text: &str) -> Option<Expression<'a>> {
    statements(arena, text).into_iter().find_map(|statement| match statement {
        Statement::ExpressionStatement(mut statement) => match &mut statement.expression {
            Expression::ParenthesizedExpression(inner) => Some(inner.expression.take_in(&arena)),
            expression => Some(expression.take_in(&arena)),
        },
        _ => None,
    })
}

/// Puts statements before all others.
pub(super) fn put_first<'a>(arena: &'a Allocator, program: &mut Program<'a>, text: &str) {
    let old = program.body.take_in(&arena);
    program.body = ArenaVec::from_iter_in(statements(arena, text).into_iter().chain(old), &arena);
}

struct Nowhere;

impl VisitMut<'_> for Nowhere {
    fn visit_span(&mut self, it: &mut Span) {
        *it = SPAN;
    }
}
