//! The built-in compile: TypeScript and JSX in, what Node runs out. No file is read or written here.
//!
//! What an author wrote for the types is taken out, markup becomes calls, every relative specifier gets the extension of
//! the file that was made; declarations come from what the exports say of themselves (isolated declarations). All other
//! files are copied, so that they are found from where they were found before. No tsconfig is read.
//!
//! Which module system a file gets is told by its name (`.mts`, `.cts`), else by a package.json in a folder above it,
//! else by the component. In a component of CommonJS `import` and `export` become `require` and `exports`.

mod bindings;
mod common_js;
mod declare;
mod endings;
mod helpers;
mod hoisted;
mod members;
mod module;
mod names;
mod namespaces;
mod plain;
mod rewrite;
mod script;
mod snippet;
mod specifiers;
mod type_names;

use self::names::Language;
use self::specifiers::Resolver;
use self::type_names::TypeNames;
use super::imports::{ParseProblem, with_readers};
use super::text;
use crate::model::ModuleSystem;
use rayon::prelude::*;
use std::fmt;

pub use endings::with_endings;
pub use names::{DIST, dist_files, is_compiled};

/// What stands for everything that decides what comes out, apart from what goes in. It changes with every change of that.
pub const COMPILER: &str = "8 oxc 0.146.0";

/// A component as its author wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'s> {
    /// All its files.
    pub files: &'s [AuthorFile<'s>],
    /// Which of them is its main file.
    pub main: &'s str,
    /// How Node reads its `.js` files.
    pub module: ModuleSystem,
}

/// A file as its author wrote it.
#[derive(Debug, Clone, Copy)]
pub struct AuthorFile<'s> {
    /// Below the component's folder.
    pub path: &'s str,
    /// What is in it; line ends may be those of any system.
    pub bytes: &'s [u8],
    /// Whether it may be run.
    pub executable: bool,
}

/// What a component was compiled to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// Every file of `dist`, sorted by path.
    pub files: Vec<BuiltFile>,
    /// What Node loads first, below the component's folder.
    pub main: String,
    /// Its types, if it has any.
    pub types: Option<String>,
    /// What could be better, in the order of the files.
    pub warnings: Vec<Problem>,
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltFile {
    /// Below the component's folder: `dist/index.js`.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether it may be run.
    pub executable: bool,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// Below the component's folder.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// What it is, and what to write.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl Problem {
    fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: 1, column: 1, message: message.into() }
    }

    fn at(file: &str, source: &str, offset: u32, message: impl Into<String>) -> Self {
        Self::parsing(file, ParseProblem::at(source, offset as usize, message))
    }

    fn parsing(file: &str, problem: ParseProblem) -> Self {
        let ParseProblem { line, column, message } = problem;
        Self { file: file.to_owned(), line, column, message }
    }
}

/// Compiles a component; `None` where there is nothing to compile. The errors are all that were found.
pub fn compile(source: &Source<'_>) -> Result<Option<Compiled>, Vec<Problem>> {
    if !source.files.iter().any(|file| is_compiled(file.path)) {
        return Ok(None);
    }
    let paths = || source.files.iter().map(|file| file.path);
    let problems = names::collisions(paths());
    if !problems.is_empty() {
        return Err(problems);
    }
    let contents = source.files.iter().map(|file| (file.path, file.bytes));
    let compiler = Compiler { resolver: Resolver::new(paths()), type_names: TypeNames::new(contents), source };
    // Among many components each is one piece of work: a thread that waited for files here would begin another
    // component meanwhile, and another one in that, until its stack is full.
    let made: Vec<Made> = match rayon::current_thread_index() {
        Some(_) => source.files.iter().map(|file| compiler.file(file)).collect(),
        None => with_readers(|| source.files.par_iter().map(|file| compiler.file(file)).collect()),
    };
    let mut files = Vec::new();
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for made in made {
        match made {
            Ok(made) => {
                files.extend(made.files);
                warnings.extend(made.warnings);
            }
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let (main, types) = names::entry_points(source.main, |path| compiler.resolver.has(path));
    Ok(Some(Compiled { main, types, files, warnings }))
}

/// What was made of one file, or why nothing could be.
type Made = Result<MadeOfOne, Vec<Problem>>;

/// What was made of one file.
#[derive(Default)]
struct MadeOfOne {
    files: Vec<BuiltFile>,
    warnings: Vec<Problem>,
}

impl MadeOfOne {
    fn add(&mut self, path: &str, bytes: impl Into<Vec<u8>>, executable: bool) {
        self.files.push(BuiltFile { path: format!("{DIST}/{path}"), bytes: bytes.into(), executable });
    }
}

/// A component while it is compiled.
struct Compiler<'s> {
    source: &'s Source<'s>,
    resolver: Resolver<'s>,
    type_names: TypeNames<'s>,
}

impl Compiler<'_> {
    fn file(&self, file: &AuthorFile<'_>) -> Made {
        // A version holds text with LF; the same must come out of a working copy with other line ends.
        let bytes = text::normalized(file.bytes);
        match Language::of(file.path) {
            Some(language) => self.script(file, language, &bytes),
            None => Ok(self.copy(file, &bytes)),
        }
    }
}

#[cfg(test)]
mod tests;
