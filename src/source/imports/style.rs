//! Imports of stylesheets: CSS, Sass (`.scss` and the indented `.sass`) and Less.
//!
//! They agree on comments, strings and where an `@import` may stand, so one scanner reads them all. Indented Sass is read
//! line by line: there a comment goes as far as its indentation, and an `@import` needs no quotes.

use super::{Import, ImportKind, Lines, ParseProblem, Scan, count};

/// A dialect, as a file's name tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Css,
    Scss,
    /// Indented.
    Sass,
    Less,
}

impl Dialect {
    pub(super) fn of(extension: &str) -> Option<Self> {
        match extension {
            "css" => Some(Self::Css),
            "scss" => Some(Self::Scss),
            "sass" => Some(Self::Sass),
            "less" => Some(Self::Less),
            _ => None,
        }
    }

    fn has_line_comments(self) -> bool {
        self != Self::Css
    }
}

/// Finds the imports of one stylesheet.
pub(super) fn scan(dialect: Dialect, source: &str) -> Scan {
    match dialect {
        Dialect::Sass => indented(source),
        _ => scan_text(dialect, source),
    }
}

fn indented(source: &str) -> Scan {
    let (mut scan, mut start, mut comment) = (Scan::default(), 0, None);
    for (number, line) in source.split_inclusive('\n').enumerate() {
        let begins = start;
        start += line.len();
        let text = line.trim_start_matches('\u{feff}').trim_start();
        let indent = line.len() - text.len();
        if text.is_empty() || comment.is_some_and(|above| indent > above) {
            continue;
        }
        comment = text.starts_with("//").then_some(indent).or(text.starts_with("/*").then_some(indent));
        if comment.is_some() {
            continue;
        }
        let found = scan_text(Dialect::Sass, line);
        let shift = |import: Import| Import {
            span: (import.span.0 + count(begins), import.span.1 + count(begins)),
            line: count(number + 1),
            ..import
        };
        scan.imports.extend(found.imports.into_iter().map(shift));
        scan.mentions.extend(found.mentions.into_iter().map(shift));
    }
    scan
}

fn scan_text(dialect: Dialect, source: &str) -> Scan {
    let mut scanner = Scanner { dialect, source, at: 0, lines: Lines::new(source), scan: Scan::default() };
    scanner.stylesheet();
    scanner.scan
}

struct Scanner<'s> {
    dialect: Dialect,
    source: &'s str,
    at: usize,
    lines: Lines<'s>,
    scan: Scan,
}

impl<'s> Scanner<'s> {
    fn stylesheet(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'"' | b'\'' => drop(self.string()),
                b'@' => self.at_rule(),
                b'\\' => self.at += 2,
                b'/' if self.comment() => {}
                _ if is_word_byte(byte) => self.reference(),
                _ => self.at += 1,
            }
        }
    }

    fn at_rule(&mut self) {
        self.at += 1;
        let name = self.word().to_ascii_lowercase();
        match (name.as_str(), self.dialect) {
            ("import", _) => self.import_list(),
            ("use" | "forward", Dialect::Scss | Dialect::Sass) => {
                self.blank();
                self.target(ImportKind::Style);
            }
            ("plugin", Dialect::Less) => {
                self.blank();
                self.target(ImportKind::StyleReference);
            }
            _ => {}
        }
    }

    fn import_list(&mut self) {
        self.blank();
        // Less: `@import (reference, optional) "x"`
        if self.dialect == Dialect::Less && self.peek() == Some(b'(') {
            self.skip_past(b')');
            self.blank();
        }
        while self.target(ImportKind::Style) {
            self.blank();
            if self.dialect == Dialect::Css || self.peek() != Some(b',') {
                return;
            }
            self.at += 1;
            self.blank();
        }
    }

    /// Steps over a word, and over what it points at: `url(x)`, `composes: a from "x"`, `meta.load-css("x")`.
    fn reference(&mut self) {
        if self.url_opens() {
            self.target(ImportKind::StyleReference);
            return;
        }
        match self.word().to_ascii_lowercase().as_str() {
            "from" => self.blank(),
            "load-css" | "data-uri" if self.peek() == Some(b'(') => {
                self.at += 1;
                self.blank();
            }
            _ => return,
        }
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            self.target(ImportKind::StyleReference);
        }
    }

    /// A quoted string or a `url(…)`: what an import points at.
    fn target(&mut self, kind: ImportKind) -> bool {
        let range = match self.peek() {
            Some(b'"' | b'\'') => Some(self.string()),
            Some(b'u' | b'U') if self.url_opens() => Some(self.url()),
            Some(_) if self.dialect == Dialect::Sass && kind == ImportKind::Style => Some(self.bare_word()),
            _ => None,
        };
        let Some((start, end)) = range else {
            return false;
        };
        let raw = &self.source[start..end];
        // `#{$x}` and `@{x}` are only known once the stylesheet is compiled.
        if !raw.is_empty() && !raw.contains("#{") && !raw.contains("@{") {
            let (specifier, line) = (unescape(raw), self.lines.of(start));
            let span = (count(start), count(end));
            let import = Import { specifier, span, line, kind };
            self.scan.add(import);
        }
        true
    }

    /// Steps over a string; what is between its quotes. A string that is never closed ends with its line.
    fn string(&mut self) -> (usize, usize) {
        let quote = self.source.as_bytes()[self.at];
        let start = self.at + 1;
        self.at = start;
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.at += 2,
                b'\n' => return (start, self.at),
                _ if byte == quote => {
                    self.at += 1;
                    return (start, self.at - 1);
                }
                _ => self.at += 1,
            }
        }
        self.at = self.source.len();
        (start, self.at)
    }

    fn url_opens(&self) -> bool {
        let rest = &self.source.as_bytes()[self.at..];
        rest.len() >= 4 && rest[..4].eq_ignore_ascii_case(b"url(")
    }

    /// Steps over `url(…)`; what it points at, without quotes or blanks.
    fn url(&mut self) -> (usize, usize) {
        self.at += "url(".len();
        self.white_space();
        let range = match self.peek() {
            Some(b'"' | b'\'') => self.string(),
            _ => self.bare_url(),
        };
        self.skip_past(b')');
        range
    }

    /// What an `@import` of indented Sass points at, without quotes.
    fn bare_word(&mut self) -> (usize, usize) {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte != b',' && !byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        (start, self.at)
    }

    fn bare_url(&mut self) -> (usize, usize) {
        let start = self.at;
        let mut end = start;
        while let Some(byte) = self.peek().filter(|&byte| byte != b')') {
            self.at = self.source.len().min(self.at + if byte == b'\\' { 2 } else { 1 });
            // Blanks before the bracket are none of the URL's, unless they are escaped.
            if !byte.is_ascii_whitespace() {
                end = self.at;
            }
        }
        (start, self.source.ceil_char_boundary(end))
    }

    /// Steps over a comment, if one begins here.
    fn comment(&mut self) -> bool {
        let rest = &self.source[self.at..];
        if let Some(inside) = rest.strip_prefix("/*") {
            match inside.find("*/") {
                Some(length) => self.at += length + 4,
                None => self.unfinished_comment(),
            }
            return true;
        }
        if self.dialect.has_line_comments() && rest.starts_with("//") {
            self.at += rest.find('\n').unwrap_or(rest.len());
            return true;
        }
        self.at += 1;
        false
    }

    fn unfinished_comment(&mut self) {
        self.scan.problem = Some(ParseProblem::at(self.source, self.at, "this comment is never closed"));
        self.at = self.source.len();
    }

    /// Steps over blanks and comments.
    fn blank(&mut self) {
        loop {
            self.white_space();
            let before = self.at;
            if self.peek() != Some(b'/') {
                return;
            }
            if !self.comment() {
                self.at = before;
                return;
            }
        }
    }

    fn white_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn word(&mut self) -> &'s str {
        let start = self.at;
        while self.peek().is_some_and(is_word_byte) {
            self.at += 1;
        }
        &self.source[start..self.at]
    }

    fn skip_past(&mut self, end: u8) {
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == end {
                return;
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' || !byte.is_ascii()
}

/// The value of a CSS string: `\26 ` is a code point in hexadecimal, `\` before a line end is nothing,
/// any other escaped character is itself.
fn unescape(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, escaped)) = rest.split_once('\\') {
        value.push_str(before);
        let digits = escaped.bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
        let mut after = escaped[digits..].chars();
        if let Ok(code) = u32::from_str_radix(&escaped[..digits], 16) {
            value.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            rest = after.as_str().strip_prefix([' ', '\t', '\n']).unwrap_or(after.as_str());
        } else {
            value.extend(after.next().filter(|&character| character != '\n'));
            rest = after.as_str();
        }
    }
    value + rest
}
