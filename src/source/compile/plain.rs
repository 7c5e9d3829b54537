//! Files that are copied. Scripts among them may import what was compiled, and name it as Node wants it then.

use super::endings::edits;
use super::names::{is_declaration, is_ignore_file};
use super::rewrite::Rewriter;
use super::specifiers::Purpose;
use super::{AuthorFile, Compiler, MadeOfOne, Problem};
use crate::model::ModuleSystem;
use crate::source::imports::{ParseProblem, with_room};
use crate::source::rewrite::replace_spans;
use oxc_allocator::Allocator;
use oxc_ast_visit::VisitMut;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::SourceType;

impl Compiler<'_> {
    /// Every byte that is no specifier stays as it is.
    pub(super) fn copy(&self, file: &AuthorFile<'_>, bytes: &[u8]) -> MadeOfOne {
        let mut made = MadeOfOne::default();
        if is_ignore_file(file.path) {
            return made;
        }
        if is_declaration(file.path) {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            let edited = replace_spans(bytes, &edits(&self.resolver, self.module_of(file.path), file.path, text));
            made.add(file.path, edited.unwrap_or_else(|_| bytes.to_vec()), file.executable);
            return made;
        }
        let module = match file.path.rsplit_once('.') {
            Some((_, "js")) => Some(self.module_of(file.path)),
            Some((_, "mjs")) => Some(ModuleSystem::Esm),
            Some((_, "cjs")) => Some(ModuleSystem::CommonJs),
            _ => None,
        };
        let edited = module
            .zip(std::str::from_utf8(bytes).ok())
            .map(|(module, source)| with_room(source, || self.edited(file.path, source, module)).unwrap_or(Ok(None)));
        match edited {
            Some(Ok(Some(edited))) => made.add(file.path, edited, file.executable),
            Some(Err(problem)) => {
                made.warnings.push(problem);
                made.add(file.path, bytes, file.executable);
            }
            _ => made.add(file.path, bytes, file.executable),
        }
        made
    }

    /// The script with its specifiers put right; `None` where all are.
    fn edited(&self, path: &str, source: &str, module: ModuleSystem) -> Result<Option<Vec<u8>>, Problem> {
        let arena = Allocator::new();
        let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
        let parser = Parser::new(&arena, source, SourceType::unambiguous().with_jsx(true));
        let mut parsed = parser.with_options(options).parse();
        if let Some(error) = parsed.diagnostics.errors().next() {
            let offset = error.labels.first().map_or(0, |label| label.offset());
            let message = format!("this can't be read as JavaScript, and was copied as it is: {}", error.message);
            return Err(Problem::parsing(path, ParseProblem::at(source, offset as usize, message)));
        }
        let mut rewriter = Rewriter::new(&arena, source, path, &self.resolver, (Purpose::Run, module));
        rewriter.visit_program(&mut parsed.program);
        let edited = (!rewriter.edits.is_empty()).then(|| replace_spans(source.as_bytes(), &rewriter.edits).ok());
        Ok(edited.flatten())
    }
}
