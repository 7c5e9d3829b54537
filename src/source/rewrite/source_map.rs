//! Source maps of files in which specifiers changed: what stands behind one on its line is elsewhere now, in what was
//! built as in what the author wrote. Nothing else in the map changes.

use super::{NewNames, Renamed, replace_spans};
use jsonc_parser::ast::{ObjectProp, StringLit, Value};
use jsonc_parser::common::Ranged;
use std::ops::Range;

/// Where columns of a text go when specifiers in it change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns(Vec<Move>);

/// From a column on, everything of a line is elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Move {
    line: u32,
    from: i64,
    by: i64,
}

impl Columns {
    /// Lines from 0; columns in UTF-16, as maps count them.
    pub fn of(bytes: &[u8], changes: &[Renamed]) -> Self {
        Self::of_spans(bytes, changes.iter().map(|change| (&change.span, change.written.as_str())))
    }

    /// The same for other edits, in their order.
    pub fn of_edits(bytes: &[u8], edits: &[(Range<usize>, String)]) -> Self {
        Self::of_spans(bytes, edits.iter().map(|(span, written)| (span, written.as_str())))
    }

    fn of_spans<'c>(bytes: &[u8], changes: impl Iterator<Item = (&'c Range<usize>, &'c str)>) -> Self {
        let (mut line, mut column, mut at) = (0, 0, 0);
        let mut moves = Vec::new();
        for (span, written) in changes {
            let before = String::from_utf8_lossy(&bytes[at..span.start]);
            advance(&before, &mut line, &mut column);
            let old = width(&String::from_utf8_lossy(&bytes[span.clone()]));
            column += old;
            moves.push(Move { line, from: column, by: width(written) - old });
            at = span.end;
        }
        Self(moves)
    }

    fn new_column(&self, line: u32, column: i64) -> i64 {
        let passed = self.0.iter().filter(|one| one.line == line && one.from <= column);
        column + passed.map(|one| one.by).sum::<i64>()
    }
}

fn width(text: &str) -> i64 {
    // A file is far smaller than that.
    text.encode_utf16().count() as i64
}

/// What ends a line for JavaScript.
fn advance(text: &str, line: &mut u32, column: &mut i64) {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends = match character {
            '\r' => characters.peek() != Some(&'\n'),
            _ => matches!(character, '\n' | '\u{2028}' | '\u{2029}'),
        };
        match ends {
            true => (*line, *column) = (*line + 1, 0),
            false => *column += character.len_utf16() as i64,
        }
    }
}

/// The map of a file whose columns moved: those of the file itself, and of its sources, which are asked for by what the map
/// calls them. Sources that stand in the map as text get their new specifiers too. `None` where nothing changes; one that
/// is no plain map stays as it is.
pub fn follow(
    map: &[u8],
    names: &NewNames,
    built: &Columns,
    source: &dyn Fn(&str) -> Option<Columns>,
) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(map).ok()?;
    let parsed = jsonc_parser::parse_to_ast(text, &Default::default(), &Default::default()).ok()?.value?;
    let Value::Object(object) = parsed else { return None };
    let property = |name: &str| object.properties.iter().find(|property| property.name.as_str() == name);
    let root = property("sourceRoot").and_then(string).map(|root| root.value.clone().into_owned()).unwrap_or_default();
    let mappings = string(property("mappings")?)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut moved = Vec::new();
    let contents = property("sourcesContent").map(strings).unwrap_or_default();
    for (at, name) in strings(property("sources")?).into_iter().enumerate() {
        let name = name.map(|name| format!("{root}{}", name.value)).unwrap_or_default();
        let held = contents.get(at).copied().flatten();
        let changed = held.and_then(|held| rewritten(names, &name, &held.value));
        moved.push(match changed {
            Some((columns, after)) => {
                edits.extend(held.map(|held| (range(held), quoted(&after))));
                columns
            }
            None => source(&name).unwrap_or_default(),
        });
    }
    let new = shifted(&mappings.value, built, &moved)?;
    if new != mappings.value {
        edits.push((range(mappings), quoted(&new)));
    }
    if edits.is_empty() { None } else { replace_spans(map, &edits).ok() }
}

/// The map of a file that was edited after it was built, whose sources are as they were.
pub fn follow_built(map: &[u8], built: &Columns) -> Option<Vec<u8>> {
    follow(map, &NewNames::new([]), built, &|_| None)
}

/// A source whose text stands in the map.
fn rewritten(names: &NewNames, path: &str, text: &str) -> Option<(Columns, String)> {
    let changes = names.changes(path, text.as_bytes()).ok().filter(|changes| !changes.is_empty())?;
    let after = String::from_utf8(Renamed::apply(text.as_bytes(), &changes)).ok()?;
    Some((Columns::of(text.as_bytes(), &changes), after))
}

fn string<'a, 'p>(property: &'p ObjectProp<'a>) -> Option<&'p StringLit<'a>> {
    match &property.value {
        Value::StringLit(text) => Some(text),
        _ => None,
    }
}

/// The texts of a list; what is none has its place.
fn strings<'a, 'p>(property: &'p ObjectProp<'a>) -> Vec<Option<&'p StringLit<'a>>> {
    let Value::Array(list) = &property.value else { return Vec::new() };
    let text = |value: &'p Value<'a>| match value {
        Value::StringLit(text) => Some(text),
        _ => None,
    };
    list.elements.iter().map(text).collect()
}

fn range(literal: &StringLit) -> Range<usize> {
    literal.start()..literal.end()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One place of a map: the column of what was built, then source, line and column there, then a name; all but the
/// first may be absent.
type Segment = Vec<i64>;

/// The mappings with all columns where they are now; `None` where they can't be read.
fn shifted(mappings: &str, built: &Columns, sources: &[Columns]) -> Option<String> {
    let mut lines = read(mappings)?;
    for (line, segments) in lines.iter_mut().enumerate() {
        for segment in segments {
            segment[0] = built.new_column(u32::try_from(line).ok()?, segment[0]);
            if let [_, source, line, column, ..] = segment.as_mut_slice()
                && let Some(columns) = usize::try_from(*source).ok().and_then(|source| sources.get(source))
            {
                *column = columns.new_column(u32::try_from(*line).ok()?, *column);
            }
        }
    }
    Some(write(&lines))
}

/// Every number is told by how far it is from the one before; the first of a segment begins anew with each line.
fn read(mappings: &str) -> Option<Vec<Vec<Segment>>> {
    let mut before = [0i64; 5];
    let mut lines = Vec::new();
    for line in mappings.split(';') {
        before[0] = 0;
        let mut segments = Vec::new();
        for text in line.split(',').filter(|text| !text.is_empty()) {
            let steps = numbers(text)?;
            if !matches!(steps.len(), 1 | 4 | 5) {
                return None;
            }
            steps.iter().zip(&mut before).try_for_each(|(step, before)| {
                *before = before.checked_add(*step)?;
                Some(())
            })?;
            segments.push(before[..steps.len()].to_vec());
        }
        lines.push(segments);
    }
    Some(lines)
}

fn write(lines: &[Vec<Segment>]) -> String {
    let mut before = [0i64; 5];
    let mut text = String::new();
    for (at, segments) in lines.iter().enumerate() {
        if at > 0 {
            text.push(';');
        }
        before[0] = 0;
        for (at, segment) in segments.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            for (value, before) in segment.iter().zip(&mut before) {
                append(value - *before, &mut text);
                *before = *value;
            }
        }
    }
    text
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Five bits a digit, the lowest first; the sign is the lowest bit of all.
fn append(step: i64, text: &mut String) {
    let mut rest = (step.unsigned_abs() << 1) | u64::from(step < 0);
    loop {
        let digit = (rest & 31) as usize;
        rest >>= 5;
        text.push(char::from(DIGITS[if rest > 0 { digit | 32 } else { digit }]));
        if rest == 0 {
            return;
        }
    }
}

fn numbers(text: &str) -> Option<Vec<i64>> {
    let (mut numbers, mut value, mut bits) = (Vec::with_capacity(5), 0u64, 0u32);
    for byte in text.bytes() {
        let digit = DIGITS.iter().position(|known| *known == byte)? as u64;
        // Longer ones are no columns.
        if bits > 50 {
            return None;
        }
        value |= (digit & 31) << bits;
        bits += 5;
        if digit & 32 == 0 {
            let size = i64::try_from(value >> 1).ok()?;
            numbers.push(if value & 1 == 1 { -size } else { size });
            (value, bits) = (0, 0);
        }
    }
    (bits == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PackageName;
    use proptest::prelude::*;

    fn names(pairs: &[(&str, &str)]) -> NewNames {
        let package = |id: &str| PackageName::of(&id.parse().unwrap());
        NewNames::new(pairs.iter().map(|(old, new)| (package(old), package(new))))
    }

    fn columns(path: &str, text: &str, names: &NewNames) -> Columns {
        Columns::of(text.as_bytes(), &names.changes(path, text.as_bytes()).unwrap())
    }

    /// The columns of words in the first line of a text.
    fn places(text: &str, words: &[&str]) -> Vec<i64> {
        words.iter().map(|word| width(&text[..text.find(word).unwrap()])).collect()
    }

    /// A map that joins the words of one line to those of the other, and the next lines at column 2.
    fn map_of(built: &str, source: &str) -> String {
        let built = places(built, &["const", ".x", "y =", ".y"]);
        let source = places(source, &["import", "'@", "; x", "x(y)"]);
        let segment = |(built, source): (i64, i64)| vec![built, 0, 0, source];
        let first = built.into_iter().zip(source).map(segment).collect();
        write(&[first, vec![vec![0, 0, 0, 0], vec![2, 0, 1, 2, 0]], vec![]])
    }

    #[test]
    fn what_stands_behind_a_specifier_is_found_again() {
        let names = names(&[("a.b/c", "longer.name/c")]);
        let built = "/* é😀 */ const x = require('@a/b.c').x, y = require('@a/b.c').y;\nx(y);\n";
        let source = "import {x, y} from '@a/b.c'; x(y);\nx(y);\n";
        let renamed = |text: &str| text.replace("@a/b.c", "@longer/name.c");
        let map = |mappings: &str| {
            format!(
                "{{\"version\": 3,\n \"sources\":[\"../x.ts\"], \"mappings\":\"{mappings}\", \"file\": \"x.js\"}}\n"
            )
        };
        let of_source = |path: &str| (path == "../x.ts").then(|| columns("x.ts", source, &names));
        let before = map(&map_of(built, source));
        let after = follow(before.as_bytes(), &names, &columns("x.js", built, &names), &of_source).unwrap();
        assert_eq!(String::from_utf8(after).unwrap(), map(&map_of(&renamed(built), &renamed(source))));
    }

    #[test]
    fn a_source_in_the_map_gets_the_new_names_too() {
        let names = names(&[("a/b", "c/long")]);
        let map = r#"{"version":3,"sources":["x.ts",null],"sourcesContent":["import '@a/b'; \"é\";\n",null],"mappings":"AAAA,eAAe"}"#;
        let after = follow(map.as_bytes(), &names, &Columns::default(), &|_| None).unwrap();
        let after = String::from_utf8(after).unwrap();
        assert!(after.contains(r#""sourcesContent":["import '@c/long'; \"é\";\n",null]"#), "{after}");
        assert_eq!(read("AAAA,eAAe").unwrap()[0][1], [15, 0, 0, 15]);
        assert!(after.contains(&format!("\"{}\"", write(&[vec![vec![0, 0, 0, 0], vec![15, 0, 0, 18]]]))), "{after}");
    }

    #[test]
    fn what_is_no_plain_map_stays() {
        let names = names(&[("a/b", "c/d")]);
        let moved = columns("x.js", "require('@a/b')", &names);
        for map in ["", "{", "[]", "{\"version\":3,\"sections\":[]}", "{\"sources\":[],\"mappings\":\"A!\"}", "\u{ff}"]
        {
            assert_eq!(follow(map.as_bytes(), &names, &moved, &|_| None), None, "{map}");
        }
        assert_eq!(follow(b"{\"sources\":[],\"mappings\":\"A\"}", &names, &Columns::default(), &|_| None), None);
        for text in ["gggggggggggggggA", "g", "AA"] {
            assert_eq!(shifted(text, &moved, &[]), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn mappings_are_written_as_they_are_read(
            lines in prop::collection::vec(prop::collection::vec((prop::collection::vec(0i64..9999, 5), 0usize..3), 0..6), 1..6)
        ) {
            let segment = |(numbers, size): (Vec<i64>, usize)| numbers[..[1, 4, 5][size]].to_vec();
            let line = |line: Vec<(Vec<i64>, usize)>| line.into_iter().map(segment).collect();
            let lines: Vec<Vec<Segment>> = lines.into_iter().map(line).collect();
            prop_assert_eq!(read(&write(&lines)), Some(lines));
        }
    }
}
