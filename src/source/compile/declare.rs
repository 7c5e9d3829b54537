//! Declarations, from what the exports of a file say of themselves.

use super::MadeOfOne;
use super::bindings::bound_names;
use super::rewrite::Rewriter;
use super::script::{Script, errors_in};
use super::specifiers::Purpose;
use oxc_allocator::{Allocator, CloneIn};
use oxc_ast::ast::{
    ArrowFunctionExpression, BindingPattern, Class, Declaration, Expression, Function, Program, Statement,
    TSModuleBlock, TSNamespaceDeclaration, VariableDeclaration, VariableDeclarator,
};
use oxc_ast_visit::{Visit, VisitMut, walk_mut};
use oxc_codegen::Codegen;
use oxc_isolated_declarations::{IsolatedDeclarations, IsolatedDeclarationsOptions};
use oxc_syntax::scope::ScopeFlags;
use std::collections::HashMap;

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
    Ambient.visit_program(&mut declarations);
    keep_truth(arena, program, &mut declarations);
    let in_blocks = exported_from_blocks(program);
    made.warnings.extend(in_blocks.iter().map(|(name, offset)| script.problem(*offset, declared_in_a_block(name))));
    let in_blocks: String = in_blocks.iter().map(|(name, _)| format!("declare var {name}: any;\n")).collect();
    let mode = (Purpose::Types, script.module);
    let mut rewriter = Rewriter::new(arena, script.source, script.file.path, &script.compiler.resolver, mode);
    rewriter.visit_program(&mut declarations);
    made.add(path, Codegen::new().build(&declarations).code + &left_out + &in_blocks, false);
}

/// `const DEBUG = true` is declared as that, as TypeScript does it; it would be any `boolean`.
fn keep_truth<'a>(arena: &'a Allocator, program: &Program<'a>, declarations: &mut Program<'a>) {
    let consts = program.body.iter().filter_map(|statement| match statement {
        Statement::VariableDeclaration(variables) => Some(&**variables),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(variables) => Some(&**variables),
            _ => None,
        },
        _ => None,
    });
    let consts = consts.filter(|variables| variables.kind.is_const()).flat_map(|variables| &variables.declarations);
    let literal = |variable: &'_ VariableDeclarator<'a>| match (&variable.id, &variable.type_annotation, &variable.init)
    {
        (BindingPattern::BindingIdentifier(name), None, Some(init @ Expression::BooleanLiteral(_))) => {
            Some((name.name.to_string(), init.clone_in(arena)))
        }
        _ => None,
    };
    let mut literals: HashMap<String, Expression<'a>> = consts.filter_map(literal).collect();
    for statement in &mut declarations.body {
        let variables = match statement {
            Statement::VariableDeclaration(variables) => variables,
            Statement::ExportDeclaration(export) => match &mut export.declaration {
                Declaration::VariableDeclaration(variables) => variables,
                _ => continue,
            },
            _ => continue,
        };
        for variable in &mut variables.declarations {
            let BindingPattern::BindingIdentifier(name) = &variable.id else { continue };
            if let Some(literal) = literals.remove(name.name.as_str()) {
                (variable.type_annotation, variable.init) = (None, Some(literal));
            }
        }
    }
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

/// Takes out what is no TypeScript where there is no code: `let a!: T`, and declarations of no name in a namespace.
struct Ambient;

impl<'a> VisitMut<'a> for Ambient {
    fn visit_variable_declarator(&mut self, it: &mut VariableDeclarator<'a>) {
        it.definite = false;
        walk_mut::walk_variable_declarator(self, it);
    }

    fn visit_ts_module_block(&mut self, it: &mut TSModuleBlock<'a>) {
        it.body.retain_mut(|statement| !is_empty(statement));
        walk_mut::walk_ts_module_block(self, it);
    }
}

/// The exported names that only a `var` in a block (of an `if`, a loop) declares, and where they are exported.
fn exported_from_blocks(program: &Program<'_>) -> Vec<(String, u32)> {
    /// The variables of all blocks of a file. Functions, classes and namespaces have their own.
    #[derive(Default)]
    struct InBlocks(Vec<String>);
    impl<'a> Visit<'a> for InBlocks {
        fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
            if it.kind.is_var() {
                self.0.extend(it.declarations.iter().flat_map(|variable| bound_names(&variable.id)));
            }
        }
        fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}
        fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}
        fn visit_class(&mut self, _: &Class<'a>) {}
        fn visit_ts_namespace_declaration(&mut self, _: &TSNamespaceDeclaration<'a>) {}
    }
    let (mut in_blocks, mut at_top) = (InBlocks::default(), InBlocks::default());
    for statement in &program.body {
        match statement {
            Statement::VariableDeclaration(_) | Statement::ExportDeclaration(_) => at_top.visit_statement(statement),
            _ => in_blocks.visit_statement(statement),
        }
    }
    in_blocks.0.retain(|name| !at_top.0.contains(name));
    let exports = program.body.iter().filter_map(|statement| match statement {
        Statement::ExportNamedDeclaration(export) => Some(&export.specifiers),
        _ => None,
    });
    let mut exported = Vec::new();
    for specifier in exports.flatten() {
        let name = specifier.local.name().to_string();
        if in_blocks.0.contains(&name) && exported.iter().all(|(other, _)| *other != name) {
            exported.push((name, specifier.span.start));
        }
    }
    exported
}

fn declared_in_a_block(name: &str) -> String {
    format!(
        "\"{name}\" is declared in a block: declare it with its type outside of all blocks, and the declarations (.d.ts) have it"
    )
}

/// TypeScript speaks of its option; what counts is what to write.
fn in_plain_words(message: &str) -> String {
    let message = message.split_once(": ").map_or(message, |(_code, message)| message);
    let message = message.replace(" with --isolatedDeclarations", "");
    let fix = "write the type down here, and the declarations (.d.ts) have it";
    format!("{}: {fix}", message.trim_end_matches('.'))
}
