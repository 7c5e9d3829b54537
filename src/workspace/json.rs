//! Reading JSON that people edit: a byte order mark, comments, conflict markers, hostile nesting.
//! Errors say where, so that a person finds the place.

use crate::errors;
use anyhow::Result;
use jsonc_parser::ast;
use serde::de::DeserializeOwned;
use std::ops::Range;
use std::path::Path;

/// Editors on Windows put it at the start of a file; json5 refuses it.
pub const BOM: &str = "\u{feff}";

/// What json5 is trusted with: it recurses without a limit of its own, and would end the program.
const DEEPEST: usize = 100;

/// Text without its byte order mark.
pub fn without_bom(text: &str) -> &str {
    text.strip_prefix(BOM).unwrap_or(text)
}

/// The bytes of a file as text, or an error that says where they stop being text.
pub fn text_of(path: &Path, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        let (line, column) = line_and_column(&before, before.len());
        errors::broken_file(path, line, column, "it is not UTF-8 text")
    })
}

/// Reads JSON5.
pub fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T> {
    let text = without_bom(text);
    if let Some(offset) = too_deep(text) {
        let (line, column) = line_and_column(text, offset);
        return Err(errors::broken_file(path, line, column, "brackets are nested too deeply"));
    }
    json5::from_str(text).map_err(|error| parse_error(path, text, &error))
}

fn parse_error(path: &Path, text: &str, error: &json5::Error) -> anyhow::Error {
    if let Some(line) = conflict_line(text) {
        return errors::conflict_markers(path, line);
    }
    let message = error.to_string();
    let (line, column) = match error.position() {
        // Where something was left open is not told; where it is missed is the end.
        Some(position) if !message.starts_with("EOF") => (position.line + 1, position.column + 1),
        _ => line_and_column(text, text.trim_end().len()),
    };
    // The message repeats the position.
    let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    let what = if text.trim().is_empty() { "the file is empty" } else { what };
    errors::broken_file(path, line, column, what)
}

/// The first line that a merge left behind.
fn conflict_line(text: &str) -> Option<usize> {
    text.lines().position(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")).map(|at| at + 1)
}

/// Where brackets go deeper than anybody writes them by hand.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' | b'\'' => at = end_of_string(bytes, at),
            b'/' => at = end_of_comment(text, at),
            _ => {}
        }
        if depth > DEEPEST {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != bytes[start] {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

fn end_of_comment(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let (length, from) = match rest.strip_prefix("/*") {
        Some(inside) => (inside.find("*/"), 3),
        // What ends a line for JSON5; any other view of it would hide brackets from us.
        None if rest.starts_with("//") => (rest.find(['\n', '\r', '\u{2028}', '\u{2029}']), 0),
        None => (Some(0), 0),
    };
    start + length.map_or(rest.len(), |length| length + from)
}

/// Line and column, from 1, of a place in a text.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Line and column of the value at a path of keys; of the nearest key above it where there is none.
pub fn position_of(text: &str, keys: &[&str]) -> (usize, usize) {
    let text = without_bom(text);
    let parsed = jsonc_parser::parse_to_ast(text, &Default::default(), &Default::default());
    let value = parsed.as_ref().ok().and_then(|parsed| parsed.value.as_ref());
    let offset = way_to(value, keys).last().map_or(0, |property| property.range.start);
    line_and_column(text, offset)
}

/// The properties on the way to the value at a path of keys, as far as there are any.
fn way_to<'a, 'b>(value: Option<&'b ast::Value<'a>>, keys: &[&str]) -> Vec<&'b ast::ObjectProp<'a>> {
    let mut value = value;
    keys.iter()
        .map_while(|key| {
            let property = last_property(value?, key)?;
            value = Some(&property.value);
            Some(property)
        })
        .collect()
}

/// The innermost object on the way to a path of keys: how many of the keys lead to it, and what is between its braces.
pub fn innermost_object(text: &str, keys: &[&str]) -> Option<(usize, Range<usize>)> {
    let parsed = jsonc_parser::parse_to_ast(text, &Default::default(), &Default::default()).ok()?;
    let root = parsed.value.as_ref()?.as_object()?;
    let way = way_to(parsed.value.as_ref(), keys);
    let objects = way.iter().enumerate().filter_map(|(at, property)| Some((at + 1, property.value.as_object()?)));
    let (depth, object) = objects.max_by_key(|(depth, _)| *depth).unwrap_or((0, root));
    Some((depth, object.range.start + 1..object.range.end - 1))
}

/// Of two properties of one name the last one counts, as everywhere in JSON.
fn last_property<'a, 'b>(value: &'b ast::Value<'a>, key: &str) -> Option<&'b ast::ObjectProp<'a>> {
    value.as_object()?.properties.iter().rev().find(|property| property.name.as_str() == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn error(text: &str) -> String {
        parse::<Value>(Path::new("/w/workspace.jsonc"), text).unwrap_err().to_string()
    }

    #[test]
    fn errors_say_where() {
        assert!(
            error("{\n  \"a\": 1\n  \"b\": 2\n}")
                .contains("failed parsing the workspace.jsonc file at /w/workspace.jsonc:3:3: expected")
        );
        assert!(error("{\n  \"a\": 1,\n").contains(":2:10: EOF parsing"));
        assert!(error("").contains(":1:1: the file is empty"));
        assert!(error("\u{feff}{]").contains(":1:2:"));
        assert!(
            text_of(Path::new("f"), b"{\n\"a\xff".to_vec()).unwrap_err().to_string().contains("f:2:3: it is not UTF-8")
        );
    }

    #[test]
    fn conflict_markers_are_named_where_they_break_the_file() {
        let text = "{\n<<<<<<< HEAD\n\"a\": 1\n=======\n\"a\": 2\n>>>>>>> other\n}";
        assert!(error(text).contains("workspace.jsonc:2 holds the conflict markers"));
        assert!(parse::<Value>(Path::new("f"), "{/*\n<<<<<<< HEAD\n*/}").is_ok());
    }

    #[test]
    fn hostile_nesting_is_refused_and_brackets_in_strings_and_comments_are_not() {
        let deep = |open: &str| open.repeat(200_000);
        for text in [deep("["), deep("{a:"), format!("// x\r{}", deep("[")), format!("'\\\\'{}", deep("["))] {
            assert!(error(&text).contains("nested too deeply"), "{}", &text[..9]);
        }
        let harmless = format!("{{\"a\": \"{0}\\\"{0}\", /* {0} */ // {0}\n'b': '{0}'}}", "[".repeat(200));
        assert!(parse::<Value>(Path::new("f"), &harmless).is_ok());
    }

    #[test]
    fn a_value_is_found_by_its_keys() {
        let text = "\u{feff}{\n  // c\n  \"a\": {\n    b: 1\n  }\n}";
        assert_eq!(position_of(text, &["a", "b"]), (4, 5));
        assert_eq!(position_of(text, &["a", "x"]), (3, 3));
        assert_eq!(position_of("not json {", &["a"]), (1, 1));
    }
}
