//! The imports of a program, as Node wants them.
//!
//! One walk does it for what is compiled, whose tree is printed afterwards, and for plain scripts, whose text is edited.

use super::specifiers::{Purpose, Resolver};
use crate::model::ModuleSystem;
use crate::source::imports::{call_kind, has_scheme};
use crate::source::rewrite::escape_script;
use oxc_allocator::{Allocator, ArenaBox};
use oxc_ast::ast::{
    Argument, CallExpression, ExportAllDeclaration, ExportFromDeclaration, Expression, IdentifierReference,
    ImportDeclaration, ImportDeclarationSpecifier, ImportExpression, ImportOrExportKind, Statement, Str, StringLiteral,
    TSExternalModuleDeclaration, TSImportEqualsDeclaration, TSImportType, TSModuleReference, UnaryExpression,
    WithClause,
};
use oxc_ast::builder::AstBuilder;
use oxc_ast_visit::{VisitMut, walk_mut};
use oxc_span::{GetSpan, Span};
use oxc_syntax::operator::UnaryOperator;
use std::ops::Range;

/// What Node demands behind the import of a JSON file.
const JSON: &str = r#" with { type: "json" }"#;
const JSON_OPTIONS: &str = r#", { with: { type: "json" } }"#;

/// Walks a program and puts its imports right.
pub(super) struct Rewriter<'a, 'r> {
    arena: &'a Allocator,
    builder: AstBuilder<'a>,
    source: &'r str,
    file: &'r str,
    resolver: &'r Resolver<'r>,
    purpose: Purpose,
    module: ModuleSystem,
    /// What was done, as edits of the text.
    pub edits: Vec<(Range<usize>, String)>,
    /// What Node could not run, and where it stands.
    pub problems: Vec<(Span, String)>,
    /// Imports that stay, of files that only declare types.
    pub only_types: Vec<Span>,
    /// Which of CommonJS's names are used.
    pub common_js: CommonJsNames,
}

/// The names that Node gives to CommonJS only, by how a file uses them.
#[derive(Debug, Default)]
pub(super) struct CommonJsNames {
    /// Used outright.
    pub used: Vec<(String, Span)>,
    /// Asked for by `typeof` first: the author has taken care.
    pub asked_for: Vec<String>,
}

impl<'a, 'r> Rewriter<'a, 'r> {
    pub(super) fn new(
        arena: &'a Allocator,
        source: &'r str,
        file: &'r str,
        resolver: &'r Resolver<'r>,
        (purpose, module): (Purpose, ModuleSystem),
    ) -> Self {
        let (edits, problems, only_types, common_js) = Default::default();
        let builder = AstBuilder::new(arena);
        Self { arena, builder, source, file, resolver, purpose, module, edits, problems, only_types, common_js }
    }

    fn exchange(&self, specifier: &str) -> Option<String> {
        self.resolver.exchange(self.file, specifier, self.purpose)
    }

    fn text(&self, text: &str) -> Str<'a> {
        Str::from_str_in(text, &self.arena)
    }

    /// What stands between the quotes of a literal becomes something else.
    fn edit(&mut self, quoted: Span, replacement: &str) {
        let (start, end) = (quoted.start as usize, quoted.end as usize);
        // What the compile has put into the program itself stands nowhere in the text.
        if let Some(quote) = self.source.as_bytes().get(start).filter(|_| end > start + 1) {
            self.edits.push((start + 1..end - 1, escape_script(replacement, *quote)));
        }
    }

    fn literal(&mut self, literal: &mut StringLiteral<'a>) {
        if literal.lone_surrogates {
            return;
        }
        let finds = |purpose| self.resolver.find(self.file, &literal.value, purpose).is_some();
        if self.purpose == Purpose::Run && !finds(Purpose::Run) && finds(Purpose::Types) {
            self.only_types.push(literal.span);
        }
        if let Some(replacement) = self.exchange(&literal.value) {
            self.edit(literal.span, &replacement);
            literal.value = self.text(&replacement);
            literal.raw = None;
        }
    }

    /// A literal, or a template without substitutions; anything else is only known at run time.
    fn expression(&mut self, expression: &mut Expression<'a>) {
        match expression {
            Expression::StringLiteral(literal) => self.literal(literal),
            Expression::TemplateLiteral(template) => {
                let (text, span) = (template.single_quasi(), template.span);
                // What is to be said of JSON is said of a plain specifier.
                let as_it_is = |text: &str| text.ends_with(".json").then(|| text.to_owned());
                if let Some(replacement) = text.and_then(|text| self.exchange(&text).or_else(|| as_it_is(&text))) {
                    self.edit(span, &replacement);
                    let text = self.text(&replacement);
                    *expression = Expression::new_string_literal(span, text, None, &self.builder);
                }
            }
            _ => {}
        }
    }

    /// Whether Node wants to be told that this is JSON.
    fn is_json(&self, specifier: &str) -> bool {
        self.purpose == Purpose::Run && self.is_json_of_module(specifier)
    }

    /// The same, or TypeScript does, of declarations.
    fn is_json_of_module(&self, specifier: &str) -> bool {
        self.module == ModuleSystem::Esm && specifier.ends_with(".json") && !has_scheme(specifier)
    }

    fn attributes(
        &mut self,
        source: &StringLiteral<'a>,
        kind: ImportOrExportKind,
        clause: &mut Option<ArenaBox<'a, WithClause<'a>>>,
    ) {
        // Behind what only brings types TypeScript allows none.
        if clause.is_some() || kind.is_type() || !self.is_json_of_module(&source.value) {
            return;
        }
        let end = source.span.end as usize;
        self.edits.push((end..end, JSON.to_owned()));
        let snippet = super::snippet::statements(self.arena, r#"import "x" with { type: "json" };"#);
        *clause = snippet.into_iter().find_map(|statement| match statement {
            Statement::ImportDeclaration(mut import) => import.with_clause.take(),
            _ => None,
        });
    }

    fn named_of_json(&mut self, span: Span) {
        let message =
            "Node gives a JSON file as a whole: write import data from \"./….json\" and take what you need from data";
        self.problems.push((span, message.to_owned()));
    }
}

impl<'a> VisitMut<'a> for Rewriter<'a, '_> {
    fn visit_import_declaration(&mut self, it: &mut ImportDeclaration<'a>) {
        self.literal(&mut it.source);
        if self.is_json(&it.source.value) && !it.import_kind.is_type() {
            let named = it.specifiers.iter().flatten().find_map(|specifier| match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) if named.imported.name() != "default" => Some(named),
                _ => None,
            });
            if let Some(named) = named {
                self.named_of_json(named.span);
            }
        }
        self.attributes(&it.source, it.import_kind, &mut it.with_clause);
    }

    fn visit_export_from_declaration(&mut self, it: &mut ExportFromDeclaration<'a>) {
        self.literal(&mut it.source);
        let named = it.specifiers.iter().find(|specifier| specifier.local.name() != "default");
        if let Some(named) = named.filter(|_| self.is_json(&it.source.value)) {
            self.named_of_json(named.span);
        }
        self.attributes(&it.source, it.export_kind, &mut it.with_clause);
    }

    fn visit_export_all_declaration(&mut self, it: &mut ExportAllDeclaration<'a>) {
        self.literal(&mut it.source);
        self.attributes(&it.source, it.export_kind, &mut it.with_clause);
    }

    fn visit_import_expression(&mut self, it: &mut ImportExpression<'a>) {
        self.expression(&mut it.source);
        // `import()` of JSON needs to say so in CommonJS too.
        let is_json = |specifier: &str| specifier.ends_with(".json") && !has_scheme(specifier);
        if self.purpose == Purpose::Run
            && it.options.is_none()
            && matches!(&it.source, Expression::StringLiteral(literal) if is_json(&literal.value))
        {
            let end = it.source.span().end as usize;
            self.edits.push((end..end, JSON_OPTIONS.to_owned()));
            it.options = super::snippet::expression(self.arena, r#"({ with: { type: "json" } })"#);
        }
        walk_mut::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &mut CallExpression<'a>) {
        if call_kind(&it.callee).is_some()
            && let Some(specifier) = it.arguments.first_mut().and_then(Argument::as_expression_mut)
        {
            self.expression(specifier);
        }
        walk_mut::walk_call_expression(self, it);
    }

    fn visit_ts_import_type(&mut self, it: &mut TSImportType<'a>) {
        self.literal(&mut it.source);
        walk_mut::walk_ts_import_type(self, it);
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &mut TSImportEqualsDeclaration<'a>) {
        if let TSModuleReference::ExternalModuleReference(module) = &mut it.module_reference {
            self.literal(&mut module.expression);
        }
    }

    fn visit_ts_external_module_declaration(&mut self, it: &mut TSExternalModuleDeclaration<'a>) {
        self.literal(&mut it.id);
        walk_mut::walk_ts_external_module_declaration(self, it);
    }

    fn visit_unary_expression(&mut self, it: &mut UnaryExpression<'a>) {
        match &it.argument {
            Expression::Identifier(name) if it.operator == UnaryOperator::Typeof => {
                self.common_js.asked_for.push(name.name.to_string());
            }
            _ => walk_mut::walk_unary_expression(self, it),
        }
    }

    fn visit_identifier_reference(&mut self, it: &mut IdentifierReference<'a>) {
        const NAMES: [&str; 5] = ["require", "module", "exports", "__dirname", "__filename"];
        if NAMES.contains(&it.name.as_str()) {
            self.common_js.used.push((it.name.to_string(), it.span));
        }
    }
}
