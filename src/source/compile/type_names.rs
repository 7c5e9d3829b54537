//! Names that are handed on and are nothing but types.
//!
//! `export { Shape } from './shape'` doesn't say that `Shape` is an interface; Node would look for it in vain. TypeScript
//! asks the other file, and so does this, within the component. (What comes from a package has to be said: `export type`.)

use super::Compiler;
use super::names::Language;
use super::specifiers::Purpose;
use crate::source::imports::with_room;
use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Declaration, ImportDeclaration, ImportDeclarationSpecifier, ImportOrExportKind, Program, Statement,
};
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// What the files of a component export, each read once, when somebody asks.
#[derive(Default)]
pub(super) struct TypeNames<'s> {
    files: HashMap<&'s str, (&'s str, OnceLock<Exports>)>,
}

impl<'s> TypeNames<'s> {
    pub(super) fn new(files: impl Iterator<Item = (&'s str, &'s [u8])>) -> Self {
        let typescript = files.filter(|(path, _)| Language::of(path).is_some_and(Language::is_typescript));
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        Self { files: typescript.map(|(path, bytes)| (path, (text(bytes), OnceLock::new()))).collect() }
    }

    /// What a file exports, if it could be of this name and a type.
    fn of(&self, path: &str, name: &str) -> Option<&Exports> {
        let (source, exports) = self.files.get(path)?;
        // Most files that others hand on have only values. They need not be read twice.
        let declares =
            |word: &str| source.match_indices(word).any(|(at, _)| source[at + word.len()..].starts_with(name));
        let may_declare = ["interface ", "type "].into_iter().any(declares);
        let hands_on = source.contains("from") || source.contains("export {") || source.contains("export{");
        (may_declare || hands_on).then(|| exports.get_or_init(|| Exports::read(path, source)))
    }
}

/// What an exported name is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Type,
    Value,
    /// Of another file, by the specifier, under a name of its own.
    Of(String, String),
}

/// What a file exports.
#[derive(Debug, Default)]
struct Exports {
    names: HashMap<String, Name>,
    /// Whose exports it exports all.
    all_of: Vec<String>,
}

impl Exports {
    fn read(path: &str, source: &str) -> Self {
        let source_type = SourceType::ts().with_jsx(path.ends_with(".tsx"));
        let read = || {
            let arena = Allocator::new();
            Self::of(&Parser::new(&arena, source.trim_start_matches('\u{feff}'), source_type).parse().program)
        };
        with_room(source, read).unwrap_or_default()
    }

    fn of(program: &Program<'_>) -> Self {
        let (mut exports, mut local) = (Self::default(), HashMap::new());
        for statement in &program.body {
            match statement {
                Statement::ExportDeclaration(export) => {
                    declared(&export.declaration, &mut local);
                    declared(&export.declaration, &mut exports.names);
                }
                Statement::ImportDeclaration(import) => imported(import, &mut local),
                Statement::ExportAllDeclaration(export) if export.exported.is_none() => {
                    exports.all_of.push(export.source.value.to_string());
                }
                Statement::ExportFromDeclaration(export) => {
                    for each in &export.specifiers {
                        let is_type = export.export_kind.is_type() || each.export_kind.is_type();
                        let of = Name::Of(export.source.value.to_string(), each.local.name().to_string());
                        exports.names.insert(each.exported.name().to_string(), if is_type { Name::Type } else { of });
                    }
                }
                statement => {
                    if let Some(declaration) = statement.as_declaration() {
                        declared(declaration, &mut local);
                    }
                }
            }
        }
        for statement in &program.body {
            let Statement::ExportNamedDeclaration(export) = statement else { continue };
            for each in &export.specifiers {
                let is_type = export.export_kind.is_type() || each.export_kind.is_type();
                let known = local.get(each.local.name().as_str()).cloned().unwrap_or(Name::Value);
                exports.names.insert(each.exported.name().to_string(), if is_type { Name::Type } else { known });
            }
        }
        exports
    }
}

/// A name may be declared twice, as a type and as a value; then it is a value.
fn declared(declaration: &Declaration<'_>, names: &mut HashMap<String, Name>) {
    let (name, is_type) = match declaration {
        Declaration::TSInterfaceDeclaration(it) => (it.id.name.to_string(), true),
        Declaration::TSTypeAliasDeclaration(it) => (it.id.name.to_string(), true),
        declaration => match declaration.id() {
            Some(id) => (id.name.to_string(), false),
            None => return,
        },
    };
    if is_type {
        names.entry(name).or_insert(Name::Type);
    } else {
        names.insert(name, Name::Value);
    }
}

fn imported(import: &ImportDeclaration<'_>, names: &mut HashMap<String, Name>) {
    for specifier in import.specifiers.iter().flatten() {
        let (local, name) = match specifier {
            ImportDeclarationSpecifier::ImportSpecifier(named) if named.import_kind.is_type() => {
                (&named.local, Name::Type)
            }
            ImportDeclarationSpecifier::ImportSpecifier(named) => {
                (&named.local, Name::Of(import.source.value.to_string(), named.imported.name().to_string()))
            }
            ImportDeclarationSpecifier::ImportDefaultSpecifier(named) => (&named.local, Name::Value),
            ImportDeclarationSpecifier::ImportNamespaceSpecifier(named) => (&named.local, Name::Value),
        };
        names.insert(local.name.to_string(), if import.import_kind.is_type() { Name::Type } else { name });
    }
}

impl Compiler<'_> {
    /// Says of every name that a program hands on, and that is only a type, that it is one.
    pub(super) fn mark_types(&self, path: &str, program: &mut Program<'_>) {
        let handed_on: HashSet<String> = program
            .body
            .iter()
            .filter_map(|statement| match statement {
                Statement::ExportNamedDeclaration(export) => Some(&export.specifiers),
                _ => None,
            })
            .flat_map(|specifiers| specifiers.iter().map(|each| each.local.name().to_string()))
            .collect();
        for statement in &mut program.body {
            match statement {
                Statement::ExportFromDeclaration(export) => {
                    let source = export.source.value;
                    for each in &mut export.specifiers {
                        if self.is_type(path, &source, &each.local.name(), 0) {
                            each.export_kind = ImportOrExportKind::Type;
                        }
                    }
                }
                Statement::ImportDeclaration(import) => {
                    let source = import.source.value;
                    for specifier in import.specifiers.iter_mut().flatten() {
                        if let ImportDeclarationSpecifier::ImportSpecifier(named) = specifier
                            && handed_on.contains(named.local.name.as_str())
                            && self.is_type(path, &source, &named.imported.name(), 0)
                        {
                            named.import_kind = ImportOrExportKind::Type;
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn is_type(&self, from: &str, specifier: &str, name: &str, depth: usize) -> bool {
        // Files may hand names on in a circle.
        const FAR: usize = 16;
        let Some(file) = self.resolver.find(from, specifier, Purpose::Run).filter(|_| depth < FAR) else {
            return false;
        };
        let Some(exports) = self.type_names.of(&file, name) else { return false };
        match exports.names.get(name) {
            Some(Name::Type) => true,
            Some(Name::Value) => false,
            Some(Name::Of(specifier, name)) => self.is_type(&file, specifier, name, depth + 1),
            None => exports.all_of.iter().any(|specifier| self.is_type(&file, specifier, name, depth + 1)),
        }
    }
}
