//! Declarations, from what the exports of a file say of themselves.

use super::MadeOfOne;
use super::bindings::bound_names;
use super::rewrite::Rewriter;
use super::script::{Script, errors_in};
use super::specifiers::Purpose;
use oxc_allocator::Allocator;
use oxc_ast::ast::{Declaration, Program, Statement, VariableDeclaration};
use oxc_ast_visit::VisitMut;
use oxc_codegen::Codegen;
use oxc_isolated_declarations::{IsolatedDeclarations, IsolatedDeclarationsOptions};

/// Adds the declarations of a file. What they can't say is named as a warning.
pub(super) fn declare<'a>(
    script: &Script<'_>,
    arena: &'a Allocator,
    program: &Program<'a>,
    path: &str,
    made: &mut MadeOfOne,
) {
    let declared = IsolatedDeclarations::new(arena, IsolatedDeclarationsOptions::default()).build(program);
    let errors = errors_in!(declared.diagnostics);
    let is_of_bindings = |(_, message): &(u32, String)| message.starts_with(BINDINGS_ARE_LEFT_OUT);
    let left_out = if errors.iter().any(is_of_bindings) { taken_apart(program) } else { String::new() };
    let warn = |(offset, message): (u32, String)| script.problem(offset, in_plain_words(&message));
    made.warnings.extend(errors.into_iter().map(warn));
    let mut declarations = declared.program;
    declarations.body.retain_mut(|statement| !is_empty(statement));
    let mode = (Purpose::Types, script.module);
    let mut rewriter = Rewriter::new(arena, script.source, script.file.path, &script.compiler.resolver, mode);
    rewriter.visit_program(&mut declarations);
    made.add(path, Codegen::new().build(&declarations).code + &left_out, false);
}

/// The code under which it is said that `export const { a } = …` has no types.
const BINDINGS_ARE_LEFT_OUT: &str = "TS9019";

/// Names that are taken out of something else get no declaration; users are better off with `any` than without them.
fn taken_apart(program: &Program<'_>) -> String {
    let line = |statement: &Statement<'_>| match statement {
        Statement::VariableDeclaration(variables) => Some(("", names_in(variables))),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(variables) => Some(("export ", names_in(variables))),
            _ => None,
        },
        _ => None,
    };
    let lines = program.body.iter().filter_map(line).filter(|(_, names)| !names.is_empty());
    lines.map(|(export, names)| format!("{export}declare const {}: any;\n", names.join(": any, "))).collect()
}

fn names_in(variables: &VariableDeclaration<'_>) -> Vec<String> {
    let patterns = variables.declarations.iter().map(|variable| &variable.id);
    patterns.filter(|id| !id.is_binding_identifier()).flat_map(bound_names).collect()
}

/// A declaration of no name is no TypeScript.
fn is_empty(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::VariableDeclaration(variables) => variables.declarations.is_empty(),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(variables) => variables.declarations.is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// TypeScript speaks of its option; what counts is what to write.
fn in_plain_words(message: &str) -> String {
    let message = message.split_once(": ").map_or(message, |(_code, message)| message);
    let message = message.replace(" with --isolatedDeclarations", "");
    let fix = "write the type down here, and the declarations (.d.ts) have it";
    format!("{}: {fix}", message.trim_end_matches('.'))
}
