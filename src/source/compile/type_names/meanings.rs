//! What the names of one file mean, as far as the file itself says.

use super::WHOLE;
use crate::source::compile::bindings::bound_names;
use oxc_ast::ast::{
    Declaration, ExportDefaultDeclarationKind, Expression, ImportDeclaration, ImportDeclarationSpecifier,
    ImportOrExportKind, Program, Statement, TSImportEqualsDeclaration, TSModuleReference, TSNamespaceDeclaration,
    TSNamespaceDeclarationBody, TSTypeName,
};
use std::collections::HashMap;

/// One of the things that a name means: it may be declared more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    Value,
    Type,
    Unknown,
    /// What another file exports under a name.
    Exported {
        specifier: String,
        name: String,
    },
    /// All that another file exports, in an object.
    All(String),
    /// `import a = require('…')`
    Required(String),
    /// A name of this file, or in one of its namespaces.
    Path(Vec<String>),
}

/// What a file declares and exports.
#[derive(Debug, Default)]
pub struct Module {
    pub local: Names,
    exports: HashMap<String, Vec<Meaning>>,
    /// Whose exports it exports all, and whether as types only.
    pub all_of: Vec<(String, bool)>,
    /// Declarations export all that they declare, unless they say what they export.
    exports_all: bool,
}

/// The names of a file, or those that a namespace exports.
#[derive(Debug, Default)]
pub struct Names {
    pub names: HashMap<String, Vec<Meaning>>,
    namespaces: HashMap<String, Names>,
}

impl Module {
    pub fn of(program: &Program<'_>, is_declaration: bool) -> Self {
        let mut module = Self { exports_all: is_declaration, ..Self::default() };
        for statement in &program.body {
            module.declare(statement, is_declaration);
        }
        for statement in &program.body {
            module.export(statement);
        }
        module
    }

    /// What it exports under a name.
    pub fn exported(&self, name: &str) -> Option<&[Meaning]> {
        let declared = || self.local.names.get(name).filter(|_| self.exports_all);
        self.exports.get(name).or_else(declared).map(Vec::as_slice)
    }

    /// A member of what `export =` names.
    pub fn member_of_whole(&self, name: &str) -> Option<&[Meaning]> {
        match self.exports.get(WHOLE)?.as_slice() {
            [Meaning::Path(whole)] => self.local.find(&[whole.as_slice(), &[name.to_owned()]].concat()),
            _ => None,
        }
    }

    /// All names that it exports itself.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let declared = self.exports_all.then(|| self.local.names.keys());
        self.exports.keys().chain(declared.into_iter().flatten())
    }

    fn declare(&mut self, statement: &Statement<'_>, is_ambient: bool) {
        match statement {
            Statement::ExportDeclaration(export) => self.local.declare(&export.declaration, is_ambient),
            Statement::ExportDefaultDeclaration(export) => self.local.declare_default(&export.declaration),
            Statement::ImportDeclaration(import) => self.local.import(import),
            statement => {
                if let Some(declaration) = statement.as_declaration() {
                    self.local.declare(declaration, is_ambient);
                }
            }
        }
    }

    fn export(&mut self, statement: &Statement<'_>) {
        match statement {
            Statement::ExportDeclaration(export) => {
                for name in names_of(&export.declaration) {
                    self.add(&name, Meaning::Path(vec![name.clone()]));
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                self.exports_all = false;
                for each in &export.specifiers {
                    let local = Meaning::Path(vec![each.local.name().to_string()]);
                    self.add(&each.exported.name(), unless_type([export.export_kind, each.export_kind], local));
                }
            }
            Statement::ExportFromDeclaration(export) => {
                for each in &export.specifiers {
                    let (specifier, name) = (export.source.value.to_string(), each.local.name().to_string());
                    let of = Meaning::Exported { specifier, name };
                    self.add(&each.exported.name(), unless_type([export.export_kind, each.export_kind], of));
                }
            }
            Statement::ExportAllDeclaration(export) => {
                let source = export.source.value.to_string();
                match &export.exported {
                    Some(name) => self.add(&name.name(), unless_type([export.export_kind], Meaning::All(source))),
                    None => self.all_of.push((source, export.export_kind.is_type())),
                }
            }
            Statement::ExportDefaultDeclaration(export) => self.add("default", meaning_of(&export.declaration)),
            Statement::TSExportAssignment(export) => {
                self.exports_all = false;
                let named = path_of(&export.expression).map(Meaning::Path);
                self.add(WHOLE, named.unwrap_or(Meaning::Value));
            }
            _ => {}
        }
    }

    fn add(&mut self, name: &str, meaning: Meaning) {
        let meanings = self.exports.entry(name.to_owned()).or_default();
        if !meanings.contains(&meaning) {
            meanings.push(meaning);
        }
    }
}

impl Names {
    /// What a name means that stands in namespaces: `Space.Deep.name`.
    pub fn find(&self, path: &[String]) -> Option<&[Meaning]> {
        let (name, spaces) = path.split_last()?;
        let inside = spaces.iter().try_fold(self, |names, space| names.namespaces.get(space))?;
        inside.names.get(name).map(Vec::as_slice)
    }

    fn add(&mut self, name: impl Into<String>, meaning: Meaning) {
        self.names.entry(name.into()).or_default().push(meaning);
    }

    fn declare(&mut self, declaration: &Declaration<'_>, is_ambient: bool) {
        // What a script only declares is not there when it runs. Where a file of declarations says so, a script has it.
        let is_there = is_ambient || !declaration.declare();
        let value = if is_there { Meaning::Value } else { Meaning::Type };
        match declaration {
            Declaration::TSInterfaceDeclaration(it) => self.add(it.id.name, Meaning::Type),
            Declaration::TSTypeAliasDeclaration(it) => self.add(it.id.name, Meaning::Type),
            Declaration::TSNamespaceDeclaration(it) => self.namespace(it, value, is_ambient),
            Declaration::TSImportEqualsDeclaration(it) => self.add(it.id.name, aliased(it)),
            // Whoever compiled the script has put its values where they are used.
            Declaration::TSEnumDeclaration(it) if is_ambient && it.r#const => self.add(it.id.name, Meaning::Type),
            declaration => names_of(declaration).into_iter().for_each(|name| self.add(name, value.clone())),
        }
    }

    fn declare_default(&mut self, declaration: &ExportDefaultDeclarationKind<'_>) {
        let (name, meaning) = match declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(it) => (it.id.as_ref(), Meaning::Value),
            ExportDefaultDeclarationKind::ClassDeclaration(it) => (it.id.as_ref(), Meaning::Value),
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(it) => (Some(&it.id), Meaning::Type),
            _ => (None, Meaning::Unknown),
        };
        name.into_iter().for_each(|name| self.add(name.name, meaning.clone()));
    }

    fn namespace(&mut self, namespace: &TSNamespaceDeclaration<'_>, value: Meaning, is_ambient: bool) {
        let is_ambient = is_ambient || namespace.declare;
        self.add(namespace.id.name, if has_values(namespace) { value } else { Meaning::Type });
        let inside = self.namespaces.entry(namespace.id.name.to_string()).or_default();
        match &namespace.body {
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                inside.namespace(inner, Meaning::Value, is_ambient);
            }
            TSNamespaceDeclarationBody::TSModuleBlock(body) => {
                for statement in &body.body {
                    let declared = match statement {
                        Statement::ExportDeclaration(export) => Some(&export.declaration),
                        statement => statement.as_declaration().filter(|_| is_ambient),
                    };
                    match declared {
                        // Such a path begins in the namespace.
                        Some(Declaration::TSImportEqualsDeclaration(it)) => inside.add(it.id.name, Meaning::Unknown),
                        Some(declaration) => inside.declare(declaration, is_ambient),
                        None => {}
                    }
                }
            }
        }
    }

    fn import(&mut self, import: &ImportDeclaration<'_>) {
        let specifier = || import.source.value.to_string();
        for each in import.specifiers.iter().flatten() {
            let (local, kind, meaning) = match each {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    let name = named.imported.name().to_string();
                    (&named.local, named.import_kind, Meaning::Exported { specifier: specifier(), name })
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(named) => {
                    let meaning = Meaning::Exported { specifier: specifier(), name: "default".to_owned() };
                    (&named.local, ImportOrExportKind::Value, meaning)
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(named) => {
                    (&named.local, ImportOrExportKind::Value, Meaning::All(specifier()))
                }
            };
            self.add(local.name, unless_type([import.import_kind, kind], meaning));
        }
    }
}

fn unless_type<const N: usize>(kinds: [ImportOrExportKind; N], meaning: Meaning) -> Meaning {
    if kinds.iter().any(|kind| kind.is_type()) { Meaning::Type } else { meaning }
}

/// The names that a declaration declares.
fn names_of(declaration: &Declaration<'_>) -> Vec<String> {
    match declaration {
        Declaration::VariableDeclaration(variables) => {
            variables.declarations.iter().flat_map(|variable| bound_names(&variable.id)).collect()
        }
        Declaration::TSNamespaceDeclaration(it) => vec![it.id.name.to_string()],
        Declaration::TSImportEqualsDeclaration(it) => vec![it.id.name.to_string()],
        declaration => declaration.id().map(|id| id.name.to_string()).into_iter().collect(),
    }
}

fn meaning_of(declaration: &ExportDefaultDeclarationKind<'_>) -> Meaning {
    match declaration {
        ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => Meaning::Type,
        declaration => declaration.as_expression().and_then(path_of).map_or(Meaning::Value, Meaning::Path),
    }
}

/// The name that an expression is.
fn path_of(expression: &Expression<'_>) -> Option<Vec<String>> {
    match expression {
        Expression::Identifier(name) => Some(vec![name.name.to_string()]),
        _ => None,
    }
}

/// `import a = N.b`, `import a = require('…')`
fn aliased(import: &TSImportEqualsDeclaration<'_>) -> Meaning {
    let meaning = match &import.module_reference {
        TSModuleReference::ExternalModuleReference(module) => Meaning::Required(module.expression.value.to_string()),
        TSModuleReference::IdentifierReference(name) => Meaning::Path(vec![name.name.to_string()]),
        TSModuleReference::QualifiedName(name) => {
            let path = names_in(&name.left).map(|mut path| {
                path.push(name.right.name.to_string());
                path
            });
            path.map_or(Meaning::Unknown, Meaning::Path)
        }
    };
    unless_type([import.import_kind], meaning)
}

fn names_in(name: &TSTypeName<'_>) -> Option<Vec<String>> {
    match name {
        TSTypeName::IdentifierReference(name) => Some(vec![name.name.to_string()]),
        TSTypeName::QualifiedName(name) => {
            let mut path = names_in(&name.left)?;
            path.push(name.right.name.to_string());
            Some(path)
        }
        TSTypeName::ThisExpression(_) => None,
    }
}

/// A namespace of nothing but types is none when the program runs.
fn has_values(namespace: &TSNamespaceDeclaration<'_>) -> bool {
    let is_value = |declaration: &Declaration<'_>| match declaration {
        Declaration::TSInterfaceDeclaration(_) | Declaration::TSTypeAliasDeclaration(_) => false,
        Declaration::TSNamespaceDeclaration(inner) => has_values(inner),
        _ => true,
    };
    match &namespace.body {
        TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => has_values(inner),
        TSNamespaceDeclarationBody::TSModuleBlock(body) => body.body.iter().any(|statement| match statement {
            Statement::ExportDeclaration(export) => is_value(&export.declaration),
            // An alias of its own counts when something else does.
            statement => statement.as_declaration().is_none_or(|declaration| match declaration {
                Declaration::TSImportEqualsDeclaration(_) => false,
                declaration => is_value(declaration),
            }),
        }),
    }
}
