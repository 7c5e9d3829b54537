//! Imports of JavaScript and TypeScript.

use super::{
    Import, ImportKind, Lines, ModuleKind, ParseProblem, Scan, count,
    room::{TooDeep, with_room},
};
use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, CallExpression, Comment, ExportAllDeclaration, ExportFromDeclaration, Expression, ImportDeclaration,
    ImportDeclarationSpecifier, ImportExpression, ImportOrExportKind, JSXElement, JSXFragment, ObjectPropertyKind,
    Program, Statement, StaticMemberExpression, StringLiteral, TSExternalModuleDeclaration, TSImportEqualsDeclaration,
    TSImportType, TSModuleReference,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::{GetSpan, SourceType, Span};

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

/// What the comments before the first statement say to TypeScript and to compilers of JSX.
fn pragmas(source: &str, program: &Program<'_>) -> Vec<Found> {
    let named = first_comments(program).filter_map(|comment| {
        let content = comment.content_span();
        let text = content.source_text(source);
        let (at, specifier) = if comment.is_line() { referenced_types(text) } else { jsx_source(text) }?;
        let start = content.start + count(at);
        let span = Span::new(start, start + count(specifier.len()));
        Some(Found { specifier: specifier.to_owned(), span, kind: ImportKind::Reference })
    });
    named.collect()
}

/// Those before the first statement.
fn first_comments<'p>(program: &'p Program<'_>) -> impl Iterator<Item = &'p Comment> {
    let statement = program.body.first().map(|first| first.span().start);
    let directive = program.directives.first().map(|first| first.span.start);
    let code = statement.into_iter().chain(directive).min().unwrap_or(u32::MAX);
    program.comments.iter().take_while(move |comment| comment.span.start < code)
}

/// What markup becomes calls of: React's, or what a comment names. The classic way calls what the author imports.
fn runtime_of_markup(source: &str, program: &Program<'_>, at: u32) -> Option<Import> {
    let comments = || first_comments(program).map(|comment| comment.content_span().source_text(source));
    let last = |pragma: &str| comments().filter_map(|text| pragma_in(text, pragma)).last().map(|(_, value)| value);
    if last("@jsxRuntime") == Some("classic") {
        return None;
    }
    let line = Lines::new(source).of(at as usize);
    let specifier = format!("{}/jsx-runtime", last(JSX_SOURCE).unwrap_or("react"));
    Some(Import { specifier, span: (at, at), line, kind: ImportKind::Markup })
}

/// Where a comment names a function that markup is to call, though the classic way was not chosen.
pub(in crate::source) fn ignored_factory(source: &str, program: &Program<'_>) -> Option<u32> {
    let texts =
        || first_comments(program).map(|comment| (comment.content_span(), comment.content_span().source_text(source)));
    if texts().any(|(_, text)| pragma_in(text, "@jsxRuntime").is_some_and(|(_, value)| value == "classic")) {
        return None;
    }
    texts().find_map(|(span, text)| pragma_in(text, "@jsx").map(|(at, _)| span.start + count(at)))
}

/// The types that a `/// <reference types="x" />` names, without its first two slashes, and where they stand.
fn referenced_types(comment: &str) -> Option<(usize, &str)> {
    let element = comment.strip_prefix('/')?.trim_start().strip_prefix("<reference")?;
    let (before, _) = element.split_once("types")?;
    let before = Some(before).filter(|before| !before.contains('>'))?;
    let value = element[before.len() + "types".len()..].trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (types, _) = value[1..].split_once(quote)?;
    let is_attribute = before.ends_with(|last: char| last.is_ascii_whitespace());
    is_attribute.then_some((comment.len() - value.len() + 1, types))
}

/// The package that `@jsxImportSource x` names, and where it stands.
fn jsx_source(comment: &str) -> Option<(usize, &str)> {
    pragma_in(comment, JSX_SOURCE)
}

/// Where a comment names the package of JSX.
const JSX_SOURCE: &str = "@jsxImportSource";

/// The word after a pragma, and where it stands.
fn pragma_in<'c>(comment: &'c str, pragma: &str) -> Option<(usize, &'c str)> {
    let value_at = |(at, _): (usize, &str)| {
        let after = &comment[at + pragma.len()..];
        let value = after.trim_start();
        let end = value.find(|end: char| end.is_whitespace()).unwrap_or(value.len());
        (value.len() < after.len() && end > 0).then_some((comment.len() - value.len(), &value[..end]))
    };
    comment.match_indices(pragma).find_map(value_at)
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
fn takes_lists(callee: &Expression<'_>) -> bool {
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
fn is_virtual(call: &CallExpression<'_>) -> bool {
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
