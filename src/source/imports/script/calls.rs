//! Calls that take specifiers: Node's, those of test runners, and those of loaders that were before modules.

use super::super::ImportKind;
use oxc_ast::ast::{Argument, CallExpression, Expression, ObjectPropertyKind};

/// What a call does with its first argument, if it takes a specifier.
pub(in crate::source) fn call_kind(callee: &Expression<'_>) -> Option<ImportKind> {
    let member = match callee.get_inner_expression() {
        Expression::Identifier(name) => {
            return (name.name == "require").then_some(ImportKind::Require);
        }
        Expression::StaticMemberExpression(member) => member,
        // `createRequire(import.meta.url)('x')`
        Expression::CallExpression(maker) => {
            return (called(&maker.callee) == Some("createRequire")).then_some(ImportKind::Require);
        }
        _ => return None,
    };
    let property = member.property.name.as_str();
    match &member.object {
        Expression::Identifier(object) => match (object.name.as_str(), property) {
            ("require", "resolve" | "resolveWeak") => Some(ImportKind::RequireResolve),
            // What `jest.requireActual` was called before.
            ("require", "requireActual" | "requireMock") => Some(ImportKind::Mock),
            ("require", "context") => Some(ImportKind::Reference),
            ("mock", "module") => Some(ImportKind::Mock),
            ("module", "require") => Some(ImportKind::Require),
            ("jest" | "vi" | "vitest", method) => mock_kind(method),
            _ => None,
        },
        Expression::ImportMeta(_) if property == "resolve" => Some(ImportKind::RequireResolve),
        // `t.mock.module('x')`, in Node's own test runner
        Expression::StaticMemberExpression(object) if (&*object.property.name, property) == ("mock", "module") => {
            Some(ImportKind::Mock)
        }
        // `jest.mock('a').mock('b')`
        Expression::CallExpression(call) if call_kind(&call.callee) == Some(ImportKind::Mock) => mock_kind(property),
        _ => None,
    }
}

/// The last name of what is called.
fn called<'e>(callee: &'e Expression<'_>) -> Option<&'e str> {
    match callee.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        _ => None,
    }
}

/// Whether a call takes a list of specifiers: AMD's, SystemJS's, webpack's.
pub(super) fn takes_lists(callee: &Expression<'_>) -> bool {
    let on = |object: &str| match callee.get_inner_expression() {
        Expression::StaticMemberExpression(member) => member.object.is_specific_id(object),
        _ => false,
    };
    match called(callee) {
        Some("define" | "require" | "requirejs") => callee.get_inner_expression().is_identifier_reference(),
        Some("register") => on("System"),
        Some("ensure") => on("require"),
        _ => false,
    }
}

fn mock_kind(method: &str) -> Option<ImportKind> {
    const METHODS: [&str; 16] = [
        "mock",
        "unmock",
        "doMock",
        "dontMock",
        "doUnmock",
        "deepUnmock",
        "setMock",
        "requireActual",
        "requireMock",
        "importActual",
        "importMock",
        "createMockFromModule",
        "genMockFromModule",
        "unstable_mockModule",
        "unstable_unmockModule",
        "unstable_importActual",
    ];
    METHODS.contains(&method).then_some(ImportKind::Mock)
}

/// `jest.mock('x', factory, { virtual: true })` mocks a module that need not exist.
pub(super) fn is_virtual(call: &CallExpression<'_>) -> bool {
    let Some(Argument::ObjectExpression(options)) = call.arguments.get(2) else {
        return false;
    };
    options.properties.iter().any(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) => {
            property.key.is_specific_static_name("virtual")
                && matches!(&property.value, Expression::BooleanLiteral(yes) if yes.value)
        }
        ObjectPropertyKind::SpreadProperty(_) => false,
    })
}
