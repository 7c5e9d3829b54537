//! `import` and `export` as CommonJS has them: `require`, and getters on `exports`, so that bindings stay alive.
//!
//! What is exported is defined first, then everything is required in the order in which it was imported, then the rest
//! runs: as in a module. Node finds the exports' names in the text (`Object.defineProperty(exports, …, get …)`,
//! `__exportStar(require(…), exports)`), so that ES modules can import them by name.

pub(super) mod lazy;
mod uses;

use super::bindings::bound_names;
use super::snippet;
use oxc_allocator::{Allocator, ArenaVec, TakeIn};
use oxc_ast::ast::{
    Argument, BindingPattern, Class, ClassType, Declaration, Directive, ExportDefaultDeclarationKind, Expression,
    Function, ImportDeclaration, ImportDeclarationSpecifier, ModuleExportName, Program, Statement, VariableDeclaration,
};
use oxc_ast::builder::AstBuilder;
use oxc_ast_visit::VisitMut;
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::Span;
use oxc_syntax::symbol::SymbolId;
use std::collections::HashMap;

use self::lazy::Lazy;
use self::uses::Uses;

const DEFAULT: &str = r#"
const __importDefault = (loaded) =>
  loaded?.__esModule || loaded?.[Symbol.toStringTag] === "Module" ? loaded : { default: loaded };"#;
const ALL: &str = r#"
const __importStar = (loaded) => {
  if (loaded?.__esModule || loaded?.[Symbol.toStringTag] === "Module") return loaded;
  const all = { default: loaded };
  for (const name of Object.getOwnPropertyNames(Object(loaded))) {
    if (name !== "default") Object.defineProperty(all, name, { enumerable: true, get: () => loaded[name] });
  }
  return all;
};"#;
const EXPORT_ALL: &str = r#"
const __exportStar = (loaded, target) => {
  for (const name of Object.keys(loaded)) {
    if (name !== "default" && name !== "__esModule" && !Object.hasOwn(target, name)) {
      Object.defineProperty(target, name, { enumerable: true, get: () => loaded[name] });
    }
  }
};"#;

/// What a default export is called that has no name.
const DEFAULT_NAME: &str = "__default";

/// Turns a module into CommonJS; `lazy` says what its `import()`s need. What can't be is returned.
pub(super) fn convert<'a>(arena: &'a Allocator, program: &mut Program<'a>, lazy: Lazy) -> Vec<(Span, String)> {
    let scoping = SemanticBuilder::new().build(program).semantic.into_scoping();
    let mut parts = Parts { lazy, uses_all: lazy.uses_all, ..Parts::default() };
    let builder = AstBuilder::new(arena);
    let mut body = ArenaVec::new_in(&arena);
    for statement in program.body.take_in(&arena) {
        // What is required among the imports keeps its turn.
        if loads(&statement)
            && let Some(earlier) = body.iter().map(required).collect::<Option<Vec<String>>>()
        {
            parts.requires.extend(earlier);
            body.clear();
        }
        if let Some(statement) = parts.take(statement, arena, &scoping) {
            body.push(statement);
        }
    }
    // What assigns all of its exports is no module to others, whatever it imports.
    parts.is_module = !body.iter().any(assigns_exports);
    program.body = body;
    let mut uses = Uses { builder, scoping: &scoping, imports: &parts.imports, depth: 0, problems: Vec::new() };
    uses.visit_program(program);
    let problems = uses.problems;
    let text = parts.text();
    snippet::put_first(arena, program, &text);
    if !program.directives.iter().any(Directive::is_use_strict) {
        program.directives.insert(0, Directive::new_use_strict(&AstBuilder::new(arena)));
    }
    problems
}

/// What the module systems have different names for.
#[derive(Default)]
struct Parts {
    /// What is exported, and where it is found.
    exports: Vec<(String, Exported)>,
    /// What is loaded, in order.
    requires: Vec<String>,
    /// What the names of imports stand for.
    imports: HashMap<SymbolId, Access>,
    lazy: Lazy,
    is_module: bool,
    uses_default: bool,
    uses_all: bool,
    exports_all: bool,
}

/// Where an export is found.
enum Exported {
    /// Under a name of the file's own, or of an import.
    Binding(String, Option<SymbolId>),
    /// In something loaded.
    Loaded(Access),
}

/// Something loaded, or a member of it.
#[derive(Debug, Clone)]
pub(super) struct Access {
    /// The variable that holds what was loaded.
    object: String,
    member: Option<String>,
}

impl Access {
    fn text(&self) -> String {
        let member = self.member.as_ref();
        let member = member.map(|member| match is_identifier(member) {
            true => format!(".{member}"),
            false => format!("[{}]", quoted(member)),
        });
        format!("{}{}", self.object, member.unwrap_or_default())
    }
}

fn is_identifier(name: &str) -> bool {
    oxc_syntax::identifier::is_identifier_name(name)
}

/// A JSON string is one of JavaScript's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Parts {
    /// What remains of a statement in its place.
    fn take<'a>(&mut self, statement: Statement<'a>, arena: &'a Allocator, scoping: &Scoping) -> Option<Statement<'a>> {
        match statement {
            Statement::ImportDeclaration(import) => self.import(&import),
            Statement::ExportAllDeclaration(export) => {
                let source = quoted(&export.source.value);
                match &export.exported {
                    Some(name) => {
                        let object = self.require(&export.source.value);
                        let all = Access { object: self.all(&object), member: None };
                        self.exports.push((name.name().to_string(), Exported::Loaded(all)));
                    }
                    None => {
                        self.exports_all = true;
                        self.requires.push(format!("__exportStar(require({source}), exports);"));
                    }
                }
            }
            Statement::ExportFromDeclaration(export) => {
                let object = self.require(&export.source.value);
                for specifier in &export.specifiers {
                    let access = self.member(&object, &specifier.local.name());
                    self.exports.push((specifier.exported.name().to_string(), Exported::Loaded(access)));
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    let symbol = match &specifier.local {
                        ModuleExportName::IdentifierReference(name) => {
                            name.reference_id.get().and_then(|id| scoping.get_reference(id).symbol_id())
                        }
                        _ => None,
                    };
                    let binding = Exported::Binding(specifier.local.name().to_string(), symbol);
                    self.exports.push((specifier.exported.name().to_string(), binding));
                }
            }
            Statement::ExportDeclaration(mut export) => {
                let declaration = export.declaration.take_in(&arena);
                self.declared(&declaration);
                return Some(Statement::from(declaration));
            }
            Statement::ExportDefaultDeclaration(mut export) => {
                return self.export_default(export.declaration.take_in(&arena), arena);
            }
            other => return Some(other),
        }
        None
    }

    fn import(&mut self, import: &ImportDeclaration<'_>) {
        let Some(specifiers) = &import.specifiers else {
            self.requires.push(format!("require({});", quoted(&import.source.value)));
            return;
        };
        let object = self.require(&import.source.value);
        for specifier in specifiers {
            let (local, access) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    (&named.local, self.member(&object, &named.imported.name()))
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(named) => {
                    (&named.local, self.member(&object, "default"))
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(named) => {
                    (&named.local, Access { object: self.all(&object), member: None })
                }
            };
            if let Some(symbol) = local.symbol_id.get() {
                self.imports.insert(symbol, access);
            }
        }
    }

    /// The variable that holds what is loaded.
    fn require(&mut self, source: &str) -> String {
        let object = format!("__loaded{}", self.requires.len());
        self.requires.push(format!("const {object} = require({});", quoted(source)));
        object
    }

    fn member(&mut self, object: &str, name: &str) -> Access {
        if name != "default" {
            return Access { object: object.to_owned(), member: Some(name.to_owned()) };
        }
        self.uses_default = true;
        let whole = format!("{object}_default");
        self.once(format!("const {whole} = __importDefault({object});"));
        Access { object: whole, member: Some(name.to_owned()) }
    }

    fn all(&mut self, object: &str) -> String {
        self.uses_all = true;
        let all = format!("{object}_all");
        self.once(format!("const {all} = __importStar({object});"));
        all
    }

    fn once(&mut self, line: String) {
        if self.requires.last() != Some(&line) {
            self.requires.push(line);
        }
    }

    fn declared(&mut self, declaration: &Declaration<'_>) {
        let names = match declaration {
            Declaration::VariableDeclaration(variables) => names_in(variables),
            Declaration::FunctionDeclaration(function) => name_of(function.id.as_ref().map(|id| id.name.to_string())),
            Declaration::ClassDeclaration(class) => name_of(class.id.as_ref().map(|id| id.name.to_string())),
            _ => Vec::new(),
        };
        self.exports.extend(names.into_iter().map(|name| (name.clone(), Exported::Binding(name, None))));
    }

    fn export_default<'a>(
        &mut self,
        declaration: ExportDefaultDeclarationKind<'a>,
        arena: &'a Allocator,
    ) -> Option<Statement<'a>> {
        let mut is_default = |name: &str| {
            self.exports.push(("default".to_owned(), Exported::Binding(name.to_owned(), None)));
        };
        let expression = match declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => match &function.id {
                Some(id) => {
                    is_default(&id.name);
                    return Some(Statement::FunctionDeclaration(function));
                }
                // It is there before anything runs, as in a module.
                None => {
                    is_default(DEFAULT_NAME);
                    return Some(Statement::FunctionDeclaration(named(function, arena)));
                }
            },
            ExportDefaultDeclarationKind::ClassDeclaration(class) => match &class.id {
                Some(id) => {
                    is_default(&id.name);
                    return Some(Statement::ClassDeclaration(class));
                }
                None => Expression::ClassExpression(class_as_expression(class)),
            },
            declaration => declaration.try_into().ok()?,
        };
        is_default(DEFAULT_NAME);
        snippet::statements(arena, &format!("const {DEFAULT_NAME} = 0;")).into_iter().next().map(|mut statement| {
            if let Statement::VariableDeclaration(variables) = &mut statement {
                variables.declarations.iter_mut().for_each(|variable| variable.init = None);
                variables.declarations[0].init = Some(expression);
            }
            statement
        })
    }

    /// What stands before all the rest.
    fn text(&self) -> String {
        let mut text = String::new();
        if self.is_module || !self.exports.is_empty() || self.exports_all {
            text.push_str("Object.defineProperty(exports, \"__esModule\", { value: true });\n");
        }
        for (name, exported) in &self.exports {
            let found = match exported {
                Exported::Binding(_, Some(symbol)) if self.imports.contains_key(symbol) => self.imports[symbol].text(),
                Exported::Binding(name, _) => name.clone(),
                Exported::Loaded(access) => access.text(),
            };
            let name = quoted(name);
            text.push_str(&format!(
                "Object.defineProperty(exports, {name}, {{ enumerable: true, get: function () {{ return {found}; }} }});\n"
            ));
        }
        for (is_used, helper) in [(self.uses_default, DEFAULT), (self.uses_all, ALL), (self.exports_all, EXPORT_ALL)] {
            text.push_str(if is_used { helper } else { "" });
        }
        text + self.lazy.helper() + "\n" + &self.requires.join("\n")
    }
}

/// Whether another file is loaded before the rest of this one runs.
fn loads(statement: &Statement<'_>) -> bool {
    matches!(
        statement,
        Statement::ImportDeclaration(_) | Statement::ExportAllDeclaration(_) | Statement::ExportFromDeclaration(_)
    )
}

/// `const a = require("./a");` and nothing else, which `import a = require("./a")` has become by now.
fn required(statement: &Statement<'_>) -> Option<String> {
    let Statement::VariableDeclaration(variables) = statement else { return None };
    let [variable] = variables.declarations.as_slice() else { return None };
    let (BindingPattern::BindingIdentifier(name), Some(Expression::CallExpression(call))) =
        (&variable.id, &variable.init)
    else {
        return None;
    };
    let [Argument::StringLiteral(source)] = call.arguments.as_slice() else { return None };
    let is_require = matches!(&call.callee, Expression::Identifier(callee) if callee.name == "require");
    is_require.then(|| format!("{} {} = require({});", variables.kind.as_str(), name.name, quoted(&source.value)))
}

/// `module.exports = …`, which `export =` has become by now.
fn assigns_exports(statement: &Statement<'_>) -> bool {
    let Statement::ExpressionStatement(statement) = statement else { return false };
    let Expression::AssignmentExpression(assignment) = &statement.expression else { return false };
    let target = assignment.left.as_member_expression();
    target.is_some_and(|target| target.is_specific_member_access("module", "exports"))
}

fn names_in(variables: &VariableDeclaration<'_>) -> Vec<String> {
    variables.declarations.iter().flat_map(|variable| bound_names(&variable.id)).collect()
}

fn name_of(name: Option<String>) -> Vec<String> {
    name.into_iter().collect()
}

fn named<'a>(
    mut function: oxc_allocator::ArenaBox<'a, Function<'a>>,
    arena: &'a Allocator,
) -> oxc_allocator::ArenaBox<'a, Function<'a>> {
    let text = format!("function {DEFAULT_NAME}() {{}}");
    function.id = snippet::statements(arena, &text).into_iter().find_map(|statement| match statement {
        Statement::FunctionDeclaration(mut function) => function.id.take(),
        _ => None,
    });
    function
}

fn class_as_expression<'a>(
    mut class: oxc_allocator::ArenaBox<'a, Class<'a>>,
) -> oxc_allocator::ArenaBox<'a, Class<'a>> {
    class.r#type = ClassType::ClassExpression;
    class
}
