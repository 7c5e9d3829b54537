//! Imports of JavaScript and TypeScript.

mod calls;
mod pragmas;

use super::{
    Import, ImportKind, Lines, ModuleKind, ParseProblem, Scan,
    room::{TooDeep, with_room},
};
use calls::{is_virtual, takes_lists};
use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, CallExpression, ExportAllDeclaration, ExportFromDeclaration, Expression, ImportDeclaration,
    ImportDeclarationSpecifier, ImportExpression, ImportOrExportKind, JSXElement, JSXFragment, Statement,
    StaticMemberExpression, StringLiteral, TSExternalModuleDeclaration, TSImportEqualsDeclaration, TSImportType,
    TSModuleReference,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::{SourceType, Span};
use pragmas::{pragmas, runtime_of_markup};

pub(in crate::source) use calls::call_kind;
pub(in crate::source) use pragmas::ignored_factory;

/// A dialect, as a file's name tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    language: SourceType,
    /// What `.mjs` and `.cjs` and their like promise; the others are known by what is in them.
    module: Option<ModuleKind>,
}

impl Dialect {
    pub(super) fn of(stem: &str, extension: &str) -> Option<Self> {
        // Unambiguous: a file that could be either is read as a script until it imports or exports.
        let javascript = SourceType::unambiguous().with_jsx(true);
        let typescript = SourceType::ts().with_unambiguous(true);
        let (language, module) = match extension {
            "js" | "jsx" => (javascript, None),
            "mjs" => (javascript.with_module(true), Some(ModuleKind::Esm)),
            "cjs" => (javascript, Some(ModuleKind::CommonJs)),
            "tsx" => (typescript.with_jsx(true), None),
            "ts" => (typescript, None),
            "mts" => (typescript.with_module(true), Some(ModuleKind::Esm)),
            "cts" => (typescript, Some(ModuleKind::CommonJs)),
            _ => return None,
        };
        let declares = language.is_typescript() && stem.ends_with(".d");
        let language = if declares { SourceType::d_ts() } else { language };
        Some(Self { language, module })
    }
}

/// Finds the imports of one file.
pub(super) fn scan(dialect: Dialect, source: &str) -> Scan {
    with_room(source, || read(dialect, source)).unwrap_or_else(|TooDeep| Scan {
        problem: Some(ParseProblem::at(source, 0, "this is nested too deeply to be read")),
        ..Scan::default()
    })
}

fn read(dialect: Dialect, source: &str) -> Scan {
    let arena = Allocator::new();
    // A script of Node's may return at its top level; it is run as the body of a function.
    let options =
        ParseOptions { allow_return_outside_function: true, enable_ident_hashes: false, ..ParseOptions::default() };
    let parsed = Parser::new(&arena, source, dialect.language).with_options(options).parse();
    let mut finder = Finder { source, found: Vec::new(), common_js: false, markup: None };
    finder.visit_program(&parsed.program);
    finder.found.extend(pragmas(source, &parsed.program));
    let module = dialect.module.unwrap_or_else(|| module_kind(&parsed, finder.common_js));
    let markup = finder.markup.and_then(|at| runtime_of_markup(source, &parsed.program, at));
    let mut scan = Scan { module, markup, problem: problem(source, &parsed), ..Scan::default() };
    finder.imports().into_iter().for_each(|import| scan.add(import));
    scan
}

fn module_kind(parsed: &ParserReturn<'_>, common_js: bool) -> ModuleKind {
    let body = &parsed.program.body;
    let is_assigned = |statement: &Statement<'_>| matches!(statement, Statement::TSExportAssignment(_));
    if body.iter().any(is_assigned) {
        ModuleKind::OnlyCommonJs
    } else if parsed.program.source_type.is_module() && !(common_js && body.iter().all(is_gone_without_types)) {
        ModuleKind::Esm
    } else if common_js {
        ModuleKind::CommonJs
    } else {
        ModuleKind::Neither
    }
}

/// Whether nothing of a module's syntax remains of a statement once the types are stripped.
fn is_gone_without_types(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::ImportDeclaration(import) => imports_only_types(import),
        Statement::ExportNamedDeclaration(export) => {
            only_types(export.export_kind, export.specifiers.iter().map(|each| each.export_kind))
        }
        Statement::ExportFromDeclaration(export) => {
            only_types(export.export_kind, export.specifiers.iter().map(|each| each.export_kind))
        }
        Statement::ExportAllDeclaration(export) => export.export_kind.is_type(),
        Statement::ExportDeclaration(export) => export.declaration.is_typescript_syntax(),
        Statement::ExportDefaultDeclaration(export) => export.is_typescript_syntax(),
        _ => true,
    }
}

fn problem(source: &str, parsed: &ParserReturn<'_>) -> Option<ParseProblem> {
    let error = parsed.diagnostics.errors().next()?;
    let offset = error.labels.first().map_or(0, |label| label.offset());
    Some(ParseProblem::at(source, offset as usize, error.message.to_string()))
}

/// A specifier as the visitor meets it; its line is counted afterwards, in the order of the text.
struct Found {
    specifier: String,
    span: Span,
    kind: ImportKind,
}

struct Finder<'s> {
    source: &'s str,
    found: Vec<Found>,
    common_js: bool,
    /// Where the first markup begins.
    markup: Option<u32>,
}

impl Finder<'_> {
    fn imports(mut self) -> Vec<Import> {
        self.found.sort_by_key(|found| found.span.start);
        let mut lines = Lines::new(self.source);
        let import = |found: Found| Import {
            specifier: found.specifier,
            span: (found.span.start, found.span.end),
            line: lines.of(found.span.start as usize),
            kind: found.kind,
        };
        self.found.into_iter().map(import).collect()
    }

    fn add_literal(&mut self, literal: &StringLiteral<'_>, kind: ImportKind) {
        // A lone surrogate is in no file's name, and could not be written back.
        if !literal.lone_surrogates {
            self.add(&literal.value, literal.span, kind);
        }
    }

    /// A literal, or a template without substitutions; anything else is only known at run time.
    fn add_expression(&mut self, expression: &Expression<'_>, kind: ImportKind) {
        match expression.get_inner_expression() {
            Expression::StringLiteral(literal) => self.add_literal(literal, kind),
            Expression::TemplateLiteral(template) => {
                if let Some(text) = template.single_quasi() {
                    self.add(&text, template.span, kind);
                }
            }
            _ => {}
        }
    }

    /// `define(['x'], …)`, `define('name', ['x'], …)`, `System.register(['x'], …)`: as built files list what they need.
    fn add_lists(&mut self, call: &CallExpression<'_>) {
        for argument in call.arguments.iter().take(2) {
            let Argument::ArrayExpression(list) = argument else { continue };
            for element in list.elements.iter().filter_map(|element| element.as_expression()) {
                self.add_expression(element, ImportKind::Reference);
            }
        }
    }

    fn add(&mut self, specifier: &str, quoted: Span, kind: ImportKind) {
        let span = Span::new(quoted.start + 1, quoted.end - 1);
        self.found.push(Found { specifier: specifier.to_owned(), span, kind });
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        let kind = if imports_only_types(it) { ImportKind::TypeImport } else { ImportKind::Import };
        self.add_literal(&it.source, kind);
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        let each = it.specifiers.iter().map(|specifier| specifier.export_kind);
        self.add_literal(&it.source, export_kind(only_types(it.export_kind, each)));
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.add_literal(&it.source, export_kind(it.export_kind.is_type()));
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        self.add_expression(&it.source, ImportKind::Dynamic);
        walk::walk_import_expression(self, it);
    }

    fn visit_ts_import_type(&mut self, it: &TSImportType<'a>) {
        self.add_literal(&it.source, ImportKind::TypeImport);
        walk::walk_ts_import_type(self, it);
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        if let TSModuleReference::ExternalModuleReference(module) = &it.module_reference {
            let types = it.import_kind.is_type();
            self.common_js |= !types;
            let kind = if types { ImportKind::TypeImport } else { ImportKind::ImportEquals };
            self.add_literal(&module.expression, kind);
        }
    }

    fn visit_ts_external_module_declaration(&mut self, it: &TSExternalModuleDeclaration<'a>) {
        self.add_literal(&it.id, ImportKind::Reference);
        walk::walk_ts_external_module_declaration(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        let kind = call_kind(&it.callee);
        self.common_js |= kind == Some(ImportKind::Require);
        if let (Some(kind), Some(first)) = (kind, it.arguments.first())
            && let Some(specifier) = first.as_expression()
        {
            let is_virtual = kind == ImportKind::Mock && is_virtual(it);
            self.add_expression(specifier, if is_virtual { ImportKind::VirtualMock } else { kind });
        }
        if takes_lists(&it.callee) {
            self.add_lists(it);
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_jsx_element(&mut self, it: &JSXElement<'a>) {
        self.markup.get_or_insert(it.span.start);
        walk::walk_jsx_element(self, it);
    }

    fn visit_jsx_fragment(&mut self, it: &JSXFragment<'a>) {
        self.markup.get_or_insert(it.span.start);
        walk::walk_jsx_fragment(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        self.common_js |= match &it.object {
            Expression::Identifier(object) => {
                object.name == "exports" || (object.name == "module" && it.property.name == "exports")
            }
            _ => false,
        };
        walk::walk_static_member_expression(self, it);
    }
}

fn export_kind(types: bool) -> ImportKind {
    if types { ImportKind::TypeImport } else { ImportKind::ExportFrom }
}

/// Whether all that a declaration names are types. One that names nothing (`import 'x'`) is there for its effects.
fn only_types(declaration: ImportOrExportKind, each: impl ExactSizeIterator<Item = ImportOrExportKind>) -> bool {
    let some = each.len() > 0;
    declaration.is_type() || (some && { each }.all(|kind| kind.is_type()))
}

fn imports_only_types(it: &ImportDeclaration<'_>) -> bool {
    let each = it.specifiers.iter().flatten().map(|specifier| match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(named) => named.import_kind,
        _ => ImportOrExportKind::Value,
    });
    only_types(it.import_kind, each.collect::<Vec<_>>().into_iter())
}
