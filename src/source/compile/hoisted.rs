//! Enums and namespaces of a file are variables that are there from the beginning, as TypeScript writes them: where
//! files import each other in a circle, one that is not made yet is undefined, and no error.

use oxc_ast::ast::{Declaration, Program, Statement, VariableDeclaration, VariableDeclarationKind};
use std::collections::HashSet;

/// The enums and namespaces that stand at the top of a file.
pub fn names(program: &Program<'_>) -> HashSet<String> {
    let name = |declaration: &Declaration<'_>| match declaration {
        Declaration::TSEnumDeclaration(it) => Some(it.id.name.to_string()),
        Declaration::TSNamespaceDeclaration(it) => Some(it.id.name.to_string()),
        _ => None,
    };
    let declaration = |statement: &Statement<'_>| match statement {
        Statement::ExportDeclaration(export) => name(&export.declaration),
        statement => statement.as_declaration().and_then(name),
    };
    program.body.iter().filter_map(declaration).collect()
}

/// Declares what was made of them by `var`. Nothing else of the file can have their names.
pub fn as_variables(program: &mut Program<'_>, names: &HashSet<String>) {
    let is_one = |variables: &VariableDeclaration<'_>| match variables.declarations.as_slice() {
        [only] => only.id.get_binding_identifier().is_some_and(|id| names.contains(id.name.as_str())),
        _ => false,
    };
    for statement in &mut program.body {
        let declared = match statement {
            Statement::VariableDeclaration(variables) => Some(variables),
            Statement::ExportDeclaration(export) => match &mut export.declaration {
                Declaration::VariableDeclaration(variables) => Some(variables),
                _ => None,
            },
            _ => None,
        };
        if let Some(variables) = declared.filter(|variables| is_one(variables)) {
            variables.kind = VariableDeclarationKind::Var;
        }
    }
}
