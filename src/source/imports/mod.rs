//! What a file imports: every specifier with its exact place, found by a parser.

mod package;
mod room;
mod script;
mod shebang;
mod style;

pub use room::with_readers;
use serde::{Deserialize, Serialize};
use std::fmt;

pub(in crate::source) use package::has_scheme;
pub use package::{PackageSpecifier, package_of, replace_package};
pub(in crate::source) use room::{TooDeep, with_room};
pub(in crate::source) use script::{call_kind, ignored_factory};

/// What one file says about its imports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Every import whose specifier is written down, in the order of the text.
    pub imports: Vec<Import>,
    /// Where packages are named that need not be there for that: [`ImportKind::is_mention`], in the order of the text.
    pub mentions: Vec<Import>,
    /// What its markup calls once it is compiled, which is written nowhere; it has no place in the file but a line.
    pub markup: Option<Import>,
    /// The module system the file is written for.
    pub module: ModuleKind,
    /// Why the file could not be read as what its name says; `imports` is then incomplete.
    pub problem: Option<ParseProblem>,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The specifier as the program sees it, escapes resolved.
    pub specifier: String,
    /// The bytes of the specifier in the file as given, without its quotes (a byte order mark counts).
    pub span: (u32, u32),
    /// The line of the specifier, from 1.
    pub line: u32,
    /// How it is imported.
    pub kind: ImportKind,
}

/// How something is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ImportKind {
    /// `import … from 'x'`, `import 'x'`
    Import,
    /// `export … from 'x'`
    ExportFrom,
    /// `import type`, `export type`, `import('x').T`: gone at run time
    TypeImport,
    /// `import('x')`
    Dynamic,
    /// `require('x')`
    Require,
    /// `require.resolve('x')`, `import.meta.resolve('x')`
    RequireResolve,
    /// `import x = require('x')`
    ImportEquals,
    /// `jest.mock('x')`, `vi.importActual('x')` and their like
    Mock,
    /// `@import`, `@use`, `@forward` of a stylesheet
    Style,
    /// `/// <reference types="x" />`, `declare module 'x'`, `@jsxImportSource x`, `define(['x'], …)`
    Reference,
    /// `<a/>`: what compiled markup imports
    Markup,
    /// `jest.mock('x', factory, { virtual: true })`
    VirtualMock,
    /// `url(x)`, `composes: a from 'x'` of a stylesheet
    StyleReference,
}

impl ImportKind {
    /// Whether a module is only named: it may be one that does not exist, or a folder.
    pub fn is_mention(self) -> bool {
        matches!(self, Self::Reference | Self::VirtualMock | Self::StyleReference)
    }

    /// Whether it is written as stylesheets write it.
    pub fn is_style(self) -> bool {
        matches!(self, Self::Style | Self::StyleReference)
    }
}

/// The module system a file is written for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ModuleKind {
    /// `import` and `export`
    Esm,
    /// `require` and `module.exports`
    CommonJs,
    /// `export =`, which can be nothing else
    OnlyCommonJs,
    /// Neither: a plain script, or a stylesheet
    #[default]
    Neither,
}

/// Where and why a file could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseProblem {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In the parser's words.
    pub message: String,
}

impl fmt::Display for ParseProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseProblem {}

impl ParseProblem {
    /// A problem at a byte offset of the text.
    pub(in crate::source) fn at(source: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = &source[..source.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let in_line = before[line_start..].trim_start_matches('\u{feff}');
        Self {
            line: count(line_breaks(before.as_bytes()) + 1),
            column: count(in_line.chars().count() + 1),
            message: message.into(),
        }
    }
}

/// What a language's files can import, by the name's extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Script(script::Dialect),
    Style(style::Dialect),
}

impl Language {
    fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        script::Dialect::of(stem, &extension)
            .map(Self::Script)
            .or_else(|| style::Dialect::of(&extension).map(Self::Style))
    }

    /// By the name; where that says nothing, by the program that is to run the file.
    fn of_file(path: &str, bytes: &[u8]) -> Option<Self> {
        let by_program = || script::Dialect::of("", shebang::extension(bytes)?).map(Self::Script);
        Self::of(path).or_else(by_program)
    }

    fn scan(self, source: &str) -> Scan {
        match self {
            Self::Script(dialect) => script::scan(dialect, source),
            Self::Style(dialect) => style::scan(dialect, source),
        }
    }
}

impl Scan {
    /// Imports and mentions: all that would have to follow a module that gets another name.
    pub fn specifiers(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter().chain(&self.mentions)
    }

    /// Icons and the like are mentioned by the thousand; only those of packages say anything.
    fn add(&mut self, import: Import) {
        if !import.kind.is_mention() {
            self.imports.push(import);
        } else if package_of(&import.specifier).is_some() {
            self.mentions.push(import);
        }
    }
}

/// Finds the imports of one file; `None` where such a file cannot import anything.
pub fn scan_file(path: &str, bytes: &[u8]) -> Option<Scan> {
    Language::of_file(path, bytes).map(|language| match std::str::from_utf8(bytes) {
        Ok(source) => language.scan(source),
        Err(error) => not_utf8(bytes, error.valid_up_to()),
    })
}

/// The same for a text; nothing for a file that cannot have any.
#[cfg(test)]
pub fn scan(path: &str, source: &str) -> Scan {
    Language::of_file(path, source.as_bytes()).map_or_else(Scan::default, |language| language.scan(source))
}

fn not_utf8(bytes: &[u8], valid: usize) -> Scan {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let problem = ParseProblem::at(&before, before.len(), "this is not valid UTF-8");
    Scan { problem: Some(problem), ..Scan::default() }
}

/// Counts the lines of a text as its imports go by, so that each is counted once.
struct Lines<'s> {
    source: &'s [u8],
    offset: usize,
    line: u32,
}

impl<'s> Lines<'s> {
    fn new(source: &'s str) -> Self {
        Self { source: source.as_bytes(), offset: 0, line: 1 }
    }

    /// The line of an offset; offsets must not go backwards.
    fn of(&mut self, offset: usize) -> u32 {
        self.line += count(line_breaks(&self.source[self.offset..offset]));
        self.offset = offset;
        self.line
    }
}

fn line_breaks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// Offsets and counts are stored as 32 bits; files are limited to far less.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
