//! Names that are handed on and are nothing but types.
//!
//! `export { Shape } from './shape'` doesn't say that `Shape` is an interface; Node would look for it in vain. TypeScript
//! asks the other file, and so does this, within the component: a name goes only if the file that it comes from has it as
//! a type and as nothing else. (What comes from a package has to be said: `export type`.)

mod meanings;

use super::Compiler;
use super::names::{Language, declarations_of, is_declaration};
use super::specifiers::Purpose;
use crate::source::imports::with_room;
use meanings::{Meaning, Module};
use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Declaration, ExportDefaultDeclarationKind, Expression, ImportOrExportKind, ModuleExportName, Program, Statement,
};
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// The name under which `export =` is kept.
const WHOLE: &str = "export=";

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Something that is there when the program runs, whatever else has the name.
    Value,
    /// A type, and nothing else.
    Type,
    /// Nobody here can say.
    Unknown,
}

/// What the files of a component declare and export, each read once, when somebody asks.
#[derive(Default)]
pub(super) struct TypeNames<'s> {
    files: HashMap<&'s str, (&'s str, OnceLock<Module>)>,
}

impl<'s> TypeNames<'s> {
    pub(super) fn new(files: impl Iterator<Item = (&'s str, &'s [u8])>) -> Self {
        let has_types = |path: &str| is_declaration(path) || Language::of(path).is_some_and(Language::is_typescript);
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        let files = files.filter(|(path, _)| has_types(path));
        Self { files: files.map(|(path, bytes)| (path, (text(bytes), OnceLock::new()))).collect() }
    }

    fn read(&self, path: &str) -> Option<&Module> {
        let (source, module) = self.files.get(path)?;
        Some(module.get_or_init(|| read(path, source)))
    }

    fn mentions(&self, path: &str, name: &str) -> bool {
        self.files.get(path).is_none_or(|(source, _)| name == "default" || source.contains(name))
    }

    /// Whether a file could export this name as a type, told by its text. Most files that others hand on have only
    /// values. They need not be read twice.
    fn may_be_type(&self, path: &str, name: &str) -> bool {
        let Some((source, _)) = self.files.get(path) else { return false };
        let after =
            |word: &'static str| source.match_indices(word).map(move |(at, _)| source[at + word.len()..].trim_start());
        // A default export has any name where it is declared.
        let is_meant = |rest: &str| name == "default" || rest.starts_with(name);
        let declares = |word| after(word).any(is_meant);
        is_declaration(path)
            || ["interface", "type", "namespace", "module"].into_iter().any(declares)
            || ["import", "from", "declare"].into_iter().any(|word| source.contains(word))
            || after("export").any(|rest| rest.starts_with(['{', '=']))
    }
}

fn read(path: &str, source: &str) -> Module {
    let is_declaration = is_declaration(path);
    let source_type = match is_declaration {
        true => SourceType::d_ts(),
        false => SourceType::ts().with_jsx(path.ends_with(".tsx")),
    };
    let read = || {
        let arena = Allocator::new();
        let program = Parser::new(&arena, source.trim_start_matches('\u{feff}'), source_type).parse().program;
        Module::of(&program, is_declaration)
    };
    with_room(source, read).unwrap_or_default()
}

/// Who has been asked for what: files hand names on in circles.
type Asked = HashSet<(String, String)>;

impl Compiler<'_> {
    /// Takes out what a program of TypeScript hands on that is only a type, as TypeScript does.
    pub(super) fn drop_types(&self, path: &str, program: &mut Program<'_>) {
        let hands_on = |statement: &Statement<'_>| statement.is_module_declaration();
        if !program.body.iter().any(hands_on) {
            return;
        }
        let own = Module::of(program, false);
        let asks = Asks { compiler: self, path, own: &own };
        program.body.retain_mut(|statement| asks.keeps(statement));
    }

    /// The file that says what the exports of another one are.
    fn types_of(&self, from: &str, specifier: &str) -> Option<String> {
        let Some(found) = self.resolver.find(from, specifier, Purpose::Run) else {
            return self.resolver.find(from, specifier, Purpose::Types);
        };
        if Language::of(&found).is_some_and(Language::is_typescript) {
            return Some(found);
        }
        declarations_of(&found).filter(|declarations| self.resolver.has(declarations))
    }

    /// What another file exports under a name; `None` if it doesn't.
    fn exported(&self, from: &str, specifier: &str, name: &str, asked: &mut Asked) -> Option<Standing> {
        let Some(path) = self.types_of(from, specifier) else { return Some(Standing::Unknown) };
        if !asked.insert((path.clone(), name.to_owned())) {
            return None;
        }
        if !self.type_names.may_be_type(&path, name) {
            // If it is there at all, it is a value.
            return self.type_names.mentions(&path, name).then_some(Standing::Unknown);
        }
        let module = self.type_names.read(&path)?;
        if let Some(meanings) = module.exported(name) {
            return Some(self.standing(&path, module, meanings, asked));
        }
        if let Some(whole) = module.exported(WHOLE) {
            return match name {
                "default" => Some(self.standing(&path, module, whole, asked)),
                name => Some(
                    module
                        .member_of_whole(name)
                        .map_or(Standing::Unknown, |meanings| self.standing(&path, module, meanings, asked)),
                ),
            };
        }
        let mut found: Vec<Standing> = Vec::new();
        for (specifier, is_type) in module.all_of.iter().filter(|_| name != "default") {
            let standing = match self.exported(&path, specifier, name, asked) {
                Some(Standing::Unknown) => self.looked_up(&path, specifier, name),
                known => known,
            };
            found.extend(standing.map(|standing| if *is_type { Standing::Type } else { standing }));
        }
        // What is found nowhere else may come from a file that nobody here can read.
        [Standing::Value, Standing::Type, Standing::Unknown].into_iter().find(|standing| found.contains(standing))
    }

    /// The same of a file that has no types: there it is a value, or it is not there.
    fn looked_up(&self, from: &str, specifier: &str, name: &str) -> Option<Standing> {
        let path = self.types_of(from, specifier).filter(|path| !self.type_names.may_be_type(path, name));
        match path.and_then(|path| self.type_names.read(&path)) {
            Some(module) => module.exported(name).map(|_| Standing::Value),
            None => Some(Standing::Unknown),
        }
    }

    /// What a name with these meanings is. One that is a value in any of them is a value.
    fn standing(&self, path: &str, module: &Module, meanings: &[Meaning], asked: &mut Asked) -> Standing {
        let found: Vec<Standing> = meanings.iter().map(|meaning| self.meaning(path, module, meaning, asked)).collect();
        let order = [Standing::Value, Standing::Unknown, Standing::Type];
        order.into_iter().find(|standing| found.contains(standing)).unwrap_or(Standing::Unknown)
    }

    fn meaning(&self, path: &str, module: &Module, meaning: &Meaning, asked: &mut Asked) -> Standing {
        match meaning {
            Meaning::Value => Standing::Value,
            Meaning::Type => Standing::Type,
            Meaning::Unknown => Standing::Unknown,
            Meaning::Exported { specifier, name } => {
                self.exported(path, specifier, name, asked).unwrap_or(Standing::Unknown)
            }
            Meaning::All(specifier) if self.only_declares(path, specifier) => Standing::Type,
            Meaning::All(_) => Standing::Value,
            Meaning::Required(specifier) => {
                let whole = self.exported(path, specifier, WHOLE, asked);
                whole.filter(|whole| *whole == Standing::Type).unwrap_or(Standing::Value)
            }
            Meaning::Path(names) => self.path(path, module, names, asked),
        }
    }

    /// `Space.Deep.name`, of the file's own namespaces or of an imported one.
    fn path(&self, path: &str, module: &Module, names: &[String], asked: &mut Asked) -> Standing {
        if let Some(meanings) = module.local.find(names) {
            // Aliases may name one another.
            let this = (path.to_owned(), format!("={}", names.join(".")));
            if !asked.insert(this.clone()) {
                return Standing::Unknown;
            }
            let standing = self.standing(path, module, meanings, asked);
            asked.remove(&this);
            return standing;
        }
        match (names.first().and_then(|name| module.local.names.get(name)).map(Vec::as_slice), names) {
            (Some([Meaning::All(specifier)]), [_, name]) => {
                self.exported(path, specifier, name, asked).unwrap_or(Standing::Unknown)
            }
            _ => Standing::Unknown,
        }
    }

    /// Whether a file only declares types, and Node finds none there.
    fn only_declares(&self, from: &str, specifier: &str) -> bool {
        let is_there = self.resolver.find(from, specifier, Purpose::Run).is_some();
        let found = self.resolver.find(from, specifier, Purpose::Types).filter(|_| !is_there);
        let Some((path, module)) = found.and_then(|path| Some((path.clone(), self.type_names.read(&path)?))) else {
            return false;
        };
        let is_type = |name: &String| self.exported(from, specifier, name, &mut Asked::new()) == Some(Standing::Type);
        module.names().all(is_type)
            && module.all_of.iter().all(|(all, is_type)| *is_type || self.only_declares(&path, all))
    }
}

/// Asks about the names of one file.
struct Asks<'c> {
    compiler: &'c Compiler<'c>,
    path: &'c str,
    own: &'c Module,
}

impl Asks<'_> {
    fn is_type(&self, name: &str) -> bool {
        let meaning = Meaning::Path(vec![name.to_owned()]);
        self.compiler.meaning(self.path, self.own, &meaning, &mut Asked::new()) == Standing::Type
    }

    fn is_type_elsewhere(&self, specifier: &str, name: &ModuleExportName<'_>) -> bool {
        let standing = self.compiler.exported(self.path, specifier, &name.name(), &mut Asked::new());
        standing == Some(Standing::Type)
    }

    /// Whether a statement has a place in what runs. Of those that stay, each name that is a type is said to be one.
    fn keeps(&self, statement: &mut Statement<'_>) -> bool {
        match statement {
            // They name nothing, and so nothing of the file is wanted; `import './file'` is for its effects.
            Statement::ImportDeclaration(import) => import.specifiers.as_ref().is_none_or(|names| !names.is_empty()),
            Statement::ExportFromDeclaration(export) => {
                let source = export.source.value;
                for each in &mut export.specifiers {
                    if self.is_type_elsewhere(&source, &each.local) {
                        each.export_kind = ImportOrExportKind::Type;
                    }
                }
                !export.specifiers.is_empty()
            }
            Statement::ExportNamedDeclaration(export) => {
                for each in &mut export.specifiers {
                    if self.is_type(&each.local.name()) {
                        each.export_kind = ImportOrExportKind::Type;
                    }
                }
                true
            }
            Statement::ExportAllDeclaration(export) => !self.compiler.only_declares(self.path, &export.source.value),
            Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ExportDefaultDeclarationKind::Identifier(name) => !self.is_type(&name.name),
                _ => true,
            },
            Statement::TSExportAssignment(export) => match &export.expression {
                Expression::Identifier(name) => !self.is_type(&name.name),
                _ => true,
            },
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::TSImportEqualsDeclaration(import) => !self.is_type(&import.id.name),
                _ => true,
            },
            _ => true,
        }
    }
}
