//! One file of TypeScript or JSX: to JavaScript with a source map, and to declarations.

use super::common_js::lazy::{self, Loader};
use super::names::{Language, map_of, way};
use super::rewrite::Rewriter;
use super::specifiers::Purpose;
use super::{
    AuthorFile, Compiler, DIST, Made, MadeOfOne, Problem, common_js, declare, helpers, hoisted, members, namespaces,
    snippet,
};
use crate::model::ModuleSystem;
use crate::source::imports::{ParseProblem, TooDeep, has_scheme, ignored_factory, with_room};
use crate::source::resolve::is_relative;
use oxc_allocator::Allocator;
use oxc_ast::ast::{Program, Statement};
use oxc_ast_visit::VisitMut;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::{SourceType, Span};
use oxc_transformer::{
    DecoratorOptions, ES2026Options, EnvOptions, HelperLoaderMode, HelperLoaderOptions, TransformOptions, Transformer,
};
use std::path::{Path, PathBuf};

/// Where and what, of each thing that oxc calls wrong.
macro_rules! errors_in {
    ($diagnostics:expr) => {
        $diagnostics
            .errors()
            .map(|error| (error.labels.first().map_or(0, |label| label.offset()), error.message.to_string()))
            .collect::<Vec<_>>()
    };
}
pub(super) use errors_in;

impl Compiler<'_> {
    /// Compiles one file.
    pub(super) fn script(&self, file: &AuthorFile<'_>, language: Language, bytes: &[u8]) -> Made {
        let source = std::str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let problem = ParseProblem::at(&before, before.len(), "this is not valid UTF-8");
            vec![Problem::parsing(file.path, problem)]
        })?;
        let source = source.trim_start_matches('\u{feff}');
        let module = language.module.unwrap_or_else(|| self.module_of(file.path));
        let script = Script { compiler: self, file, language, source, module };
        let too_deep = |TooDeep| Err(vec![Problem::of_file(file.path, "this is nested too deeply to be compiled")]);
        with_room(source, || script.compile()).unwrap_or_else(too_deep)
    }
}

/// A file while it is compiled.
pub(super) struct Script<'s> {
    pub compiler: &'s Compiler<'s>,
    pub file: &'s AuthorFile<'s>,
    pub language: Language,
    pub source: &'s str,
    pub module: ModuleSystem,
}

impl Script<'_> {
    fn compile(&self) -> Made {
        let arena = Allocator::new();
        let options = ParseOptions {
            allow_return_outside_function: self.module == ModuleSystem::CommonJs,
            ..ParseOptions::default()
        };
        let parsed = Parser::new(&arena, self.source, self.source_type()).with_options(options).parse();
        self.refuse(errors_in!(parsed.diagnostics))?;
        let mut program = parsed.program;
        self.check_exports(&program)?;
        let mut made = MadeOfOne::default();
        if let Some(path) = self.language.declarations(self.file.path) {
            declare::declare(self, &arena, &program, &path, &mut made);
        }
        if self.language.is_typescript() {
            self.compiler.drop_types(self.file.path, &mut program);
        }
        self.warn_of_ignored_pragmas(&program, &mut made);
        self.refuse(members::put_in_order(&mut program))?;
        self.to_javascript(&arena, &mut program, &mut made)?;
        self.print(&program, &mut made);
        Ok(made)
    }

    fn source_type(&self) -> SourceType {
        let language = if self.language.is_typescript() { SourceType::ts() } else { SourceType::mjs() };
        let language = language.with_jsx(self.language.jsx);
        match self.module {
            ModuleSystem::Esm => language.with_module(true),
            // What neither imports nor exports is a script, with a script's freedoms.
            ModuleSystem::CommonJs => language.with_unambiguous(true),
        }
    }

    pub(super) fn problem(&self, offset: u32, message: impl Into<String>) -> Problem {
        Problem::at(self.file.path, self.source, offset, message)
    }

    fn refuse(&self, errors: Vec<(u32, String)>) -> Result<(), Vec<Problem>> {
        if errors.is_empty() {
            return Ok(());
        }
        Err(errors.into_iter().map(|(offset, message)| self.problem(offset, message)).collect())
    }

    /// `export =` is CommonJS's own.
    fn check_exports(&self, program: &Program<'_>) -> Result<(), Vec<Problem>> {
        let message = "`export =` has no place in an ES module: write `export default`, or name the file .cts";
        let is_assignment = |statement: &Statement<'_>| match statement {
            Statement::TSExportAssignment(export) => Some((export.span.start, message.to_owned())),
            _ => None,
        };
        let is_module = self.module == ModuleSystem::Esm;
        self.refuse(program.body.iter().filter(|_| is_module).filter_map(is_assignment).collect())
    }

    /// `@jsx h` alone means something to TypeScript's older settings only.
    fn warn_of_ignored_pragmas(&self, program: &Program<'_>, made: &mut MadeOfOne) {
        if self.language.jsx
            && let Some(at) = ignored_factory(self.source, program)
        {
            let message = "@jsx counts only beside @jsxRuntime classic: write that too, or @jsxImportSource <package>";
            made.warnings.push(self.problem(at, message));
        }
    }

    fn to_javascript<'a>(
        &self,
        arena: &'a Allocator,
        program: &mut Program<'a>,
        made: &mut MadeOfOne,
    ) -> Result<(), Vec<Problem>> {
        let analysed = SemanticBuilder::new()
            .with_check_syntax_error(true)
            .with_excess_capacity(2.0)
            .with_enum_eval(true)
            .build(program);
        self.refuse(errors_in!(analysed.diagnostics))?;
        let scoping = analysed.semantic.into_scoping();
        self.refuse(namespaces::problems(program, &scoping))?;
        let was_module = program.source_type.is_module();
        let hoisted = hoisted::names(program);
        let transformer = Transformer::new(arena, Path::new(self.file.path), &transforms());
        let transformed = transformer.build_with_scoping(scoping, program);
        self.refuse(errors_in!(transformed.diagnostics))?;
        hoisted::as_variables(program, &hoisted);
        #[expect(deprecated, reason = "nothing else says which helpers the program calls")]
        let mut called: Vec<&str> = transformed.helpers_used.keys().map(|helper| helper.name()).collect();
        called.sort_unstable();

        let resolver = &self.compiler.resolver;
        let mode = (Purpose::Run, self.module);
        let mut rewriter = Rewriter::new(arena, self.source, self.file.path, resolver, mode);
        rewriter.visit_program(program);
        self.refuse_spans(std::mem::take(&mut rewriter.problems))?;
        made.warnings.extend(rewriter.only_types.iter().map(|span| {
            self.problem(
                span.start,
                "this file only declares types, and Node finds nothing there: write import type, or export type",
            )
        }));
        match self.module {
            ModuleSystem::Esm => self.lend_common_js_names(arena, program, &rewriter, &transformed.scoping, made),
            ModuleSystem::CommonJs => {
                let lazy = lazy::put_right(arena, program, &|specifier| self.loader(specifier));
                match was_module {
                    true => self.refuse_spans(common_js::convert(arena, program, lazy))?,
                    false => lazy.helpers().iter().for_each(|text| snippet::put_first(arena, program, text)),
                }
            }
        }
        match helpers::helpers(&called) {
            Ok(text) => text.iter().for_each(|text| snippet::put_first(arena, program, text)),
            Err(unknown) => self.refuse(vec![(0, format!("this needs {unknown}, which there is no code for"))])?,
        }
        Ok(())
    }

    /// What loads what `import()` names.
    fn loader(&self, specifier: &str) -> Loader {
        if !is_relative(specifier) {
            return if has_scheme(specifier) { Loader::Import } else { Loader::Unwrap };
        }
        let found = self.compiler.resolver.find(self.file.path, specifier, Purpose::Run);
        match found.as_deref().and_then(|path| self.compiler.module_when_loaded(path)) {
            Some(ModuleSystem::CommonJs) => Loader::Require,
            _ => Loader::Import,
        }
    }

    fn refuse_spans(&self, problems: Vec<(Span, String)>) -> Result<(), Vec<Problem>> {
        self.refuse(problems.into_iter().map(|(span, message)| (span.start, message)).collect())
    }

    /// TypeScript of old calls `require` in modules too. Where no name of the file's own is meant, and the author has
    /// not asked whether it is there, the module gets what CommonJS would have given it.
    fn lend_common_js_names<'a>(
        &self,
        arena: &'a Allocator,
        program: &mut Program<'a>,
        rewriter: &Rewriter<'_, '_>,
        scoping: &Scoping,
        made: &mut MadeOfOne,
    ) {
        let names = &rewriter.common_js;
        let is_free = |name: &str| scoping.root_unresolved_references().keys().any(|free| free.as_str() == name);
        let is_lent = |name: &str| !names.asked_for.iter().any(|asked| asked == name) && is_free(name);
        let mut lent: Vec<&str> =
            names.used.iter().map(|(name, _)| name.as_str()).filter(|name| is_lent(name)).collect();
        lent.sort_unstable();
        lent.dedup();
        if let Some((name, span)) = names
            .used
            .iter()
            .find(|(name, _)| matches!(name.as_str(), "module" | "exports") && lent.contains(&name.as_str()))
        {
            let message = format!(
                "Node reads this file as an ES module, where `{name}` does not exist: write `export`, or name the file .cts"
            );
            made.warnings.push(self.problem(span.start, message));
        }
        if let Some(text) = helpers::common_js_names(&lent) {
            snippet::put_first(arena, program, &text);
        }
    }

    fn print(&self, program: &Program<'_>, made: &mut MadeOfOne) {
        let script = self.language.script(self.file.path);
        let map_path = map_of(&script);
        let to_source = way(&format!("{DIST}/{map_path}"), self.file.path);
        let options = CodegenOptions { source_map_path: Some(PathBuf::from(to_source)), ..CodegenOptions::default() };
        let printed = Codegen::new().with_options(options).build(program);
        let name_of = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let mut code = printed.code;
        if let Some(mut map) = printed.map {
            // The source itself is in the package.
            map.set_source_contents(Vec::new());
            map.set_file(&name_of(&script));
            code.push_str(&format!("//# sourceMappingURL={}\n", name_of(&map_path)));
            made.add(&map_path, map.to_json_string(), false);
        }
        made.add(&script, code, self.file.executable);
    }
}

/// What Node can't run goes: types, markup, decorators, `using`. All else stays as the author wrote it.
fn transforms() -> TransformOptions {
    TransformOptions {
        decorator: DecoratorOptions { legacy: true, ..DecoratorOptions::default() },
        env: EnvOptions { es2026: ES2026Options { explicit_resource_management: true }, ..EnvOptions::default() },
        helper_loader: HelperLoaderOptions { mode: HelperLoaderMode::External, ..HelperLoaderOptions::default() },
        ..TransformOptions::default()
    }
}
