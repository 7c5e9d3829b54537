//! Exchanging specifiers: every byte that is not part of one stays as it is.

mod names;
pub mod source_map;

pub use names::{NewNames, Renamed};

use super::imports::{Import, ParseProblem, scan_file};
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
    let edits: Vec<_> = scan.imports.iter().filter_map(|import| edit(bytes, import, exchange(import)?)).collect();
    if edits.is_empty() {
        return Ok(None);
    }
    // The spans are those of different literals in this very text: they cannot overlap.
    Ok(replace_spans(bytes, &edits).ok())
}

/// What is to stand in the place of an import's specifier; nothing where it stands there already.
fn edit(bytes: &[u8], import: &Import, replacement: String) -> Option<(Range<usize>, String)> {
    if replacement == import.specifier {
        return None;
    }
    let span = import.span.0 as usize..import.span.1 as usize;
    let quote = span.start.checked_sub(1).map_or(b'(', |before| bytes[before]);
    let escaped = match import.kind {
        kind if kind.is_style() => escape_style(&replacement, quote),
        _ => escape_script(&replacement, quote),
    };
    Some((span, escaped))
}

/// A specifier as it is written between JavaScript's quotes of this kind.
pub(super) fn escape_script(specifier: &str, quote: u8) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::imports::{replace_package, scan};
    use proptest::prelude::*;

    fn edits(spans: &[(usize, usize, &str)]) -> Vec<(Range<usize>, String)> {
        spans.iter().map(|&(start, end, text)| (start..end, text.to_owned())).collect()
    }

    #[test]
    fn spans_are_replaced_in_any_order_and_the_rest_stays() {
        let source = b"\xff0123456789\0";
        let edits = edits(&[(8, 8, "+"), (1, 3, ""), (3, 4, "long")]);
        assert_eq!(replace_spans(source, &edits), Ok(b"\xfflong3456+789\0".to_vec()));
        assert_eq!(replace_spans(source, &[]), Ok(source.to_vec()));
    }

    #[test]
    fn edits_of_the_same_bytes_or_of_none_are_refused() {
        for spans in [&[(0, 2, "a"), (1, 3, "b")][..], &[(0, 9, "a")], &[(3, 2, "a")]] {
            assert!(replace_spans(b"0123", &edits(spans)).is_err(), "{spans:?}");
        }
    }

    /// Rewrites every import of a package to another.
    fn renamed(path: &str, source: &str, from: &str, to: &str) -> Option<String> {
        let exchange = |import: &Import| {
            let package = crate::source::imports::package_of(&import.specifier)?;
            (package.name == from).then(|| replace_package(&import.specifier, to)).flatten()
        };
        let bytes = rewrite_specifiers(path, source.as_bytes(), &exchange).expect("it parses");
        bytes.map(|bytes| String::from_utf8(bytes).expect("UTF-8 in, UTF-8 out"))
    }

    #[test]
    fn only_specifiers_change() {
        let source = "\u{feff}import a from 'a/sub';\r\n// a, 'a'\r\nconst b = \"a\" + require(`a`); export * from 'ab'; import('a?x')\r\n";
        let expected = "\u{feff}import a from '@s/c.d/sub';\r\n// a, 'a'\r\nconst b = \"a\" + require(`@s/c.d`); export * from 'ab'; import('@s/c.d?x')\r\n";
        assert_eq!(renamed("x.ts", source, "a", "@s/c.d").as_deref(), Some(expected));
        let styles = "@import \"~a/x\"; @import url(a/y); /* 'a' */ @import url('b');";
        let expected = "@import \"~@s/c/x\"; @import url(@s/c/y); /* 'a' */ @import url('b');";
        assert_eq!(renamed("x.scss", styles, "a", "@s/c").as_deref(), Some(expected));
    }

    #[test]
    fn nothing_to_change_is_said_so() {
        assert_eq!(renamed("x.ts", "import 'b'", "a", "c"), None);
        assert_eq!(renamed("x.ts", "import 'a'", "a", "a"), None);
        assert_eq!(renamed("x.txt", "import 'a'", "a", "b"), None);
    }

    #[test]
    fn a_file_that_cannot_be_parsed_is_refused() {
        let to_b = |_: &Import| Some("b".to_owned());
        assert!(rewrite_specifiers("x.ts", b"import 'a'; const = ;", &to_b).is_err());
        assert!(rewrite_specifiers("x.ts", b"import 'a'; // \xff", &to_b).is_err());
        assert_eq!(rewrite_specifiers("x.png", b"\xff", &to_b), Ok(None));
    }

    fn specifiers(path: &str, source: &[u8]) -> Vec<String> {
        let scan = scan(path, std::str::from_utf8(source).expect("UTF-8"));
        assert_eq!(scan.problem, None, "{}", String::from_utf8_lossy(source));
        scan.imports.into_iter().map(|import| import.specifier).collect()
    }

    const SCRIPT: &str = "import 'one';\nexport * from \"one\"; require(`one`);";
    const STYLE: &str = "@import 'one';\n@import \"one\"; @import url(one); @import url( 'one' );";

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_written_is_read_again(text in r#"[a-z'"`\\${}()#@ \n\r\t\u{2028}é]{1,12}"#) {
            for (path, source) in [("x.js", SCRIPT), ("x.css", STYLE)] {
                // A stylesheet's interpolations are no specifiers.
                if path == "x.css" && (text.contains("#{") || text.contains("@{")) {
                    continue;
                }
                let rewritten = rewrite_specifiers(path, source.as_bytes(), &|_| Some(text.clone()));
                let rewritten = rewritten.expect("it parses").expect("it changed");
                let expected = vec![text.clone(); specifiers(path, source.as_bytes()).len()];
                prop_assert_eq!(specifiers(path, &rewritten), expected);
            }
        }

        #[test]
        fn there_and_back_again(before in "[a-z;\n ]{0,20}", names in prop::collection::vec("[a-z]{1,8}(/[a-z.]{1,8})?", 1..6)) {
            let quotes = ['\'', '"', '`'];
            let statement = |(index, name): (usize, &String)| {
                let quote = quotes[index % 3];
                format!("/* {before} */ {before:?}; require({quote}{name}{quote});\r\n")
            };
            let source: String = names.iter().enumerate().map(statement).collect();
            let there = |import: &Import| Some(format!("@my-org/{}", import.specifier));
            let back = |import: &Import| import.specifier.strip_prefix("@my-org/").map(str::to_owned);
            let moved = rewrite_specifiers("x.js", source.as_bytes(), &there).expect("it parses").expect("it changed");
            let returned = rewrite_specifiers("x.js", &moved, &back).expect("it parses");
            prop_assert_eq!(returned, Some(source.into_bytes()));
        }
    }
}
