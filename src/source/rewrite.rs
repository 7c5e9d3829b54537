//! Exchanging specifiers: every byte that is not part of one stays as it is.

use super::imports::{Import, ImportKind, ParseProblem, scan_file};
use std::{fmt, ops::Range};

/// Two edits of the same bytes, or one that lies outside the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEdit {
    /// The bytes that were to be replaced.
    pub span: Range<usize>,
}

impl fmt::Display for BadEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.span;
        write!(f, "bytes {start} to {end} cannot be replaced: they overlap another edit or lie outside the file")
    }
}

impl std::error::Error for BadEdit {}

/// The text with some spans replaced, in whatever order they are given, and the rest byte for byte.
pub fn replace_spans(source: &[u8], edits: &[(Range<usize>, String)]) -> Result<Vec<u8>, BadEdit> {
    let mut edits: Vec<_> = edits.iter().collect();
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut result = Vec::with_capacity(source.len());
    let mut done = 0;
    for (span, replacement) in edits {
        if span.start < done || span.end < span.start || span.end > source.len() {
            return Err(BadEdit { span: span.clone() });
        }
        result.extend_from_slice(&source[done..span.start]);
        result.extend_from_slice(replacement.as_bytes());
        done = span.end;
    }
    result.extend_from_slice(&source[done..]);
    Ok(result)
}

/// The file with some of its specifiers exchanged; `None` when nothing changed, also for a file that cannot import.
///
/// `exchange` says what stands in the place of an import's specifier, `None` to leave it.
/// A file that cannot be parsed is refused: some of its specifiers might be missed.
pub fn rewrite_specifiers(
    path: &str,
    bytes: &[u8],
    exchange: &dyn Fn(&Import) -> Option<String>,
) -> Result<Option<Vec<u8>>, ParseProblem> {
    let Some(scan) = scan_file(path, bytes) else {
        return Ok(None);
    };
    if let Some(problem) = scan.problem {
        return Err(problem);
    }
    let edits: Vec<_> = scan.imports.iter().filter_map(|import| edit(bytes, import, exchange)).collect();
    if edits.is_empty() {
        return Ok(None);
    }
    // The spans are those of different literals in this very text: they cannot overlap.
    Ok(replace_spans(bytes, &edits).ok())
}

fn edit(bytes: &[u8], import: &Import, exchange: &dyn Fn(&Import) -> Option<String>) -> Option<(Range<usize>, String)> {
    let replacement = exchange(import).filter(|new| *new != import.specifier)?;
    let span = import.span.0 as usize..import.span.1 as usize;
    let quote = span.start.checked_sub(1).map_or(b'(', |before| bytes[before]);
    let escaped = match import.kind {
        ImportKind::Style => escape_style(&replacement, quote),
        _ => escape_script(&replacement, quote),
    };
    Some((span, escaped))
}

/// A specifier as it is written between JavaScript's quotes of this kind.
fn escape_script(specifier: &str, quote: u8) -> String {
    let mut escaped = String::with_capacity(specifier.len());
    let mut characters = specifier.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\\' => escaped.push_str("\\\\"),
            '$' if quote == b'`' && characters.peek() == Some(&'{') => escaped.push_str("\\$"),
            _ => {
                if character == char::from(quote) {
                    escaped.push('\\');
                }
                escaped.push(character);
            }
        }
    }
    escaped
}

/// A specifier as it is written between a stylesheet's quotes of this kind, or bare in `url(…)`.
fn escape_style(specifier: &str, quote: u8) -> String {
    let bare = !matches!(quote, b'"' | b'\'');
    let mut escaped = String::with_capacity(specifier.len());
    for character in specifier.chars() {
        let special = match character {
            '\\' => true,
            '"' | '\'' | '(' | ')' | ' ' if bare => true,
            _ => character == char::from(quote),
        };
        if character.is_ascii_control() {
            escaped.push_str(&format!("\\{:x} ", u32::from(character)));
            continue;
        }
        if special {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
