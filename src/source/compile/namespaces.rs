//! Namespaces that can't be compiled right, one file at a time: they are refused, with what to write instead.
//!
//! What a namespace exports is a property of its object, but the transformer keeps a local variable beside it. That is
//! the same only while nobody changes either, and only within one block: another block of the namespace does not see
//! the variables of the first.

use oxc_ast::ast::{
    BindingIdentifier, Declaration, IdentifierReference, Program, Statement, TSNamespaceDeclaration,
    TSNamespaceDeclarationBody,
};
use oxc_ast_visit::Visit;
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::{GetSpan, Span};
use std::collections::HashMap;

/// What is wrong with the namespaces of a file, and where.
pub fn problems(program: &Program<'_>, scoping: &Scoping) -> Vec<(u32, String)> {
    let mut blocks = Blocks::default();
    for statement in &program.body {
        blocks.statement(statement, &Place::default());
    }
    if blocks.all.is_empty() {
        return Vec::new();
    }
    let mut found = blocks.continued_enums();
    let mut reader = Reader { scoping, blocks: &blocks, problems: Vec::new() };
    reader.visit_program(program);
    found.append(&mut reader.problems);
    found.sort();
    found.dedup();
    found
}

/// Where a declaration stands.
#[derive(Default, Clone)]
struct Place {
    /// Names that lead to it, as one writes them: `A.B`.
    path: String,
    /// The same for all blocks that are one namespace: a namespace that is not exported is one with those of its own
    /// block only.
    key: String,
    /// The block, if there is one.
    block: Option<usize>,
    /// Whether it only says what is elsewhere.
    is_ambient: bool,
}

/// `namespace N { … }`
struct Block<'a> {
    span: Span,
    path: String,
    key: String,
    is_ambient: bool,
    exports: HashMap<&'a str, Kind>,
}

/// What an exported name is.
#[derive(PartialEq, Eq)]
enum Kind {
    /// With the place of its name.
    Enum(Span),
    Other,
}

/// All blocks of a file.
#[derive(Default)]
struct Blocks<'a> {
    all: Vec<Block<'a>>,
    by_key: HashMap<String, Vec<usize>>,
    /// Exported variables that can change, with the path of their namespace.
    variables: HashMap<SymbolId, String>,
}

impl<'a> Blocks<'a> {
    fn statement(&mut self, statement: &'a Statement<'a>, place: &Place) {
        match statement {
            Statement::ExportDeclaration(export) => self.declaration(&export.declaration, place, true),
            Statement::TSNamespaceDeclaration(namespace) => self.namespace(namespace, place, place.is_ambient),
            other if place.is_ambient => {
                if let Some(declaration) = other.as_declaration() {
                    self.declaration(declaration, place, true);
                }
            }
            _ => {}
        }
    }

    fn declaration(&mut self, declaration: &'a Declaration<'a>, place: &Place, is_exported: bool) {
        match declaration {
            Declaration::TSNamespaceDeclaration(namespace) => self.namespace(namespace, place, is_exported),
            Declaration::VariableDeclaration(variables) => {
                let can_change = !variables.kind.is_const() || variables.declare;
                for id in variables.declarations.iter().flat_map(|each| each.id.get_binding_identifiers()) {
                    self.export(id, Kind::Other, place);
                    if let (Some(symbol), true, Some(_)) = (id.symbol_id.get(), can_change, place.block) {
                        self.variables.insert(symbol, place.path.clone());
                    }
                }
            }
            Declaration::FunctionDeclaration(function) => {
                function.id.iter().for_each(|id| self.export(id, Kind::Other, place));
            }
            Declaration::ClassDeclaration(class) => class.id.iter().for_each(|id| self.export(id, Kind::Other, place)),
            Declaration::TSEnumDeclaration(each) => self.export(&each.id, Kind::Enum(each.id.span), place),
            Declaration::TSImportEqualsDeclaration(import) => self.export(&import.id, Kind::Other, place),
            _ => {}
        }
    }

    fn export(&mut self, id: &BindingIdentifier<'a>, kind: Kind, place: &Place) {
        if let Some(block) = place.block {
            self.all[block].exports.insert(id.name.as_str(), kind);
        }
    }

    fn namespace(&mut self, namespace: &'a TSNamespaceDeclaration<'a>, place: &Place, is_exported: bool) {
        let name = namespace.id.name.as_str();
        let is_ambient = place.is_ambient || namespace.declare;
        let path = if place.path.is_empty() { name.to_owned() } else { format!("{}.{name}", place.path) };
        let key = match place.block {
            Some(block) if !is_exported => format!("{block}:{name}"),
            _ => format!("{}.{name}", place.key),
        };
        if is_exported {
            self.export(&namespace.id, Kind::Other, place);
        }
        let block = self.all.len();
        let exports = HashMap::new();
        self.all.push(Block { span: namespace.span, path: path.clone(), key: key.clone(), is_ambient, exports });
        self.by_key.entry(key.clone()).or_default().push(block);
        let inside = Place { path, key, block: Some(block), is_ambient };
        match &namespace.body {
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => self.namespace(inner, &inside, true),
            TSNamespaceDeclarationBody::TSModuleBlock(body) => {
                body.body.iter().for_each(|statement| self.statement(statement, &inside));
            }
        }
    }

    /// The other blocks of the same namespace.
    fn others(&self, block: usize) -> impl Iterator<Item = &Block<'a>> {
        let all = self.by_key.get(&self.all[block].key).into_iter().flatten();
        all.filter(move |other| **other != block).map(|other| &self.all[*other])
    }

    /// An enum takes the place of what an earlier block exports under its name.
    fn continued_enums(&self) -> Vec<(u32, String)> {
        let in_block = |(at, block): (usize, &Block<'a>)| {
            let again = |(name, kind): (&&str, &Kind)| match kind {
                Kind::Enum(span) if self.others(at).any(|other| other.exports.contains_key(name)) => {
                    let path = &block.path;
                    let message = format!(
                        "another block of the namespace {path} exports {name} too, and an enum can't be joined with that: write all of {name} in one block"
                    );
                    Some((span.start, message))
                }
                _ => None,
            };
            block.exports.iter().filter_map(again).collect::<Vec<_>>()
        };
        self.all.iter().enumerate().filter(|(_, block)| !block.is_ambient).flat_map(in_block).collect()
    }
}

/// Looks at every name that is read or written.
struct Reader<'r, 'a> {
    scoping: &'r Scoping,
    blocks: &'r Blocks<'a>,
    problems: Vec<(u32, String)>,
}

impl Reader<'_, '_> {
    fn look_at(&self, name: &str, span: Span, symbol: Option<SymbolId>) -> Option<String> {
        if let Some(path) = symbol.and_then(|symbol| self.blocks.variables.get(&symbol)) {
            return Some(format!(
                "{name} is an exported variable of the namespace {path}, which can be changed from elsewhere: write {path}.{name}, or make it a const"
            ));
        }
        let declared = symbol.map(|symbol| self.scoping.symbol_span(symbol));
        let around = self.blocks.all.iter().enumerate();
        // The innermost comes last.
        let around = around.filter(|(_, block)| !block.is_ambient && block.span.contains_inclusive(span)).rev();
        for (at, block) in around {
            if declared.is_some_and(|declared| block.span.contains_inclusive(declared)) {
                return None;
            }
            if self.blocks.others(at).any(|other| other.exports.contains_key(name)) {
                let path = &block.path;
                return Some(format!(
                    "{name} is exported by another block of the namespace {path}: write {path}.{name}"
                ));
            }
        }
        None
    }
}

impl<'a> Visit<'a> for Reader<'_, '_> {
    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        let Some(reference) = it.reference_id.get().map(|id| self.scoping.get_reference(id)) else { return };
        if reference.is_value() {
            let message = self.look_at(&it.name, it.span(), reference.symbol_id());
            self.problems.extend(message.map(|message| (it.span.start, message)));
        }
    }
}
