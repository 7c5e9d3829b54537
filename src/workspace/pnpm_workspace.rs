//! The overrides in pnpm-workspace.yaml, edited line by line: comments, layout and all that is not understood stay.

use std::fmt::Write;

/// The overrides in a file that can be edited.
struct Overrides<'a> {
    /// The lines, each with what ends it.
    lines: Vec<&'a str>,
    /// The line `overrides:`, and the first one behind its entries; `None` where there is none.
    block: Option<(usize, usize)>,
}

/// The keys and values of the overrides. The error says why they can't be read with certainty.
pub fn read(text: &str) -> Result<Vec<(String, String)>, String> {
    let found = Overrides::find(text)?;
    Ok(found.entries()?.into_iter().map(|(_, key, value)| (key, value)).collect())
}

/// The text with these overrides, in their order, instead of those that go. The error says why it can't be edited safely.
pub fn edit(text: &str, goes: &dyn Fn(&str, &str) -> bool, new: &[(String, String)]) -> Result<String, String> {
    let found = Overrides::find(text)?;
    let entries = found.entries()?;
    let stay = |at: usize| entries.iter().all(|(line, key, value)| *line != at || !goes(key, value));
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (start, end) = found.block.unwrap_or((found.lines.len(), found.lines.len()));
    let kept: Vec<usize> = (start + 1..end).filter(|&at| stay(at)).collect();
    // Empty lines at its end, and comments that are not indented, belong to what comes after.
    let is_inside = |line: &str| line.starts_with([' ', '\t']) && !line.trim().is_empty();
    let last = kept.iter().rposition(|&at| is_inside(found.lines[at])).map_or(0, |at| at + 1);
    let (inside, after) = kept.split_at(last);
    let mut out: String = found.lines[..start].concat();
    if !(inside.is_empty() && new.is_empty()) {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push_str(newline);
        }
        out.push_str(found.block.map_or("overrides:", |_| found.lines[start].trim_end_matches(['\r', '\n'])));
        out.push_str(newline);
        let indent = entries.first().map_or("  ", |(line, ..)| indent_of(found.lines[*line]));
        for &at in inside {
            out.push_str(found.lines[at]);
            if !out.ends_with('\n') {
                out.push_str(newline);
            }
        }
        for (key, value) in new {
            let _ = write!(out, "{indent}{}: {}{newline}", quoted(key), quoted(value));
        }
    }
    after.iter().for_each(|&at| out.push_str(found.lines[at]));
    out.push_str(&found.lines[end..].concat());
    match read(&out) {
        Ok(now) if now.iter().filter(|(key, value)| !goes(key, value)).count() + new.len() >= now.len() => Ok(out),
        _ => Err("the overrides would not be what they should".into()),
    }
}

impl<'a> Overrides<'a> {
    fn find(text: &'a str) -> Result<Self, String> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        if let Some(at) = lines.iter().position(|line| line.starts_with("---") || line.starts_with("...")) {
            return Err(format!("line {} begins another document", at + 1));
        }
        let mut starts = lines.iter().enumerate().filter(|(_, line)| is_key(line));
        let start = starts.next().map(|(at, _)| at);
        if let Some((second, _)) = starts.next() {
            return Err(format!("line {} says \"overrides\" once more", second + 1));
        }
        let Some(start) = start else { return Ok(Self { lines, block: None }) };
        let rest = lines[start].split_once(':').map_or("", |(_, rest)| rest).trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            return Err(format!("the overrides stand behind the colon in line {}", start + 1));
        }
        let ends = |line: &&str| !line.trim().is_empty() && !line.starts_with([' ', '\t', '#']);
        let end = lines[start + 1..].iter().position(ends).map_or(lines.len(), |length| start + 1 + length);
        Ok(Self { lines, block: Some((start, end)) })
    }

    /// The entries: their lines, keys and values.
    fn entries(&self) -> Result<Vec<(usize, String, String)>, String> {
        let Some((start, end)) = self.block else { return Ok(Vec::new()) };
        let mut found: Vec<(usize, String, String)> = Vec::new();
        for (at, line) in self.lines.iter().enumerate().take(end).skip(start + 1) {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let is_level = found.first().is_none_or(|(first, ..)| indent_of(self.lines[*first]) == indent_of(line));
            let entry = entry_of(line.trim()).filter(|_| is_level && !indent_of(line).contains('\t'));
            let (key, value) = entry.ok_or_else(|| format!("line {} is not understood", at + 1))?;
            found.push((at, key, value));
        }
        Ok(found)
    }
}

fn is_key(line: &str) -> bool {
    ["overrides:", "'overrides':", "\"overrides\":"].iter().any(|key| line.starts_with(key))
}

fn indent_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// `key: value`, both plain or in quotes, with nothing in them that YAML would read otherwise.
fn entry_of(line: &str) -> Option<(String, String)> {
    let (key, rest) = scalar(line, ':')?;
    let rest = rest.strip_prefix(':')?;
    let value = rest.strip_prefix([' ', '\t'])?.trim();
    let (value, rest) = scalar(value, '#')?;
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some((key, value))
}

/// A scalar at the start of a text, and what follows it.
fn scalar(text: &str, end: char) -> Option<(String, &str)> {
    if let Some(inside) = text.strip_prefix('\'') {
        let close = inside.find('\'').filter(|&at| !inside[at + 1..].starts_with('\''))?;
        return Some((inside[..close].to_owned(), &inside[close + 1..]));
    }
    if let Some(inside) = text.strip_prefix('"') {
        let close = inside.find('"').filter(|&at| !inside[..at].contains('\\'))?;
        return Some((inside[..close].to_owned(), &inside[close + 1..]));
    }
    if text.is_empty() || text.starts_with(['{', '[', '&', '*', '!', '|', '>', '%', '@', '`', '?', '-', ',', '#']) {
        return None;
    }
    let close = match end {
        ':' => text.find(": ").or_else(|| text.strip_suffix(':').map(str::len))?,
        _ => text.find(" #").unwrap_or(text.len()),
    };
    Some((text[..close].trim_end().to_owned(), &text[close..]))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(_: &str, value: &str) -> bool {
        value.starts_with("file:./vendor/bit/")
    }

    fn entry(key: &str) -> (String, String) {
        (key.to_owned(), format!("file:./vendor/bit/{key}.tgz"))
    }

    #[test]
    fn what_a_person_wrote_stays_as_it_is() {
        let text = "# ours\npackages:\n  - 'a/*'\n\noverrides: # pins\n    lodash: ^4 # why\n    # a word\n    \"@a/b@1\": 'x'\n\n# end\ncatalog:\n  react: 19";
        let with = edit(text, &ours, &[entry("@o/s@1.0.0")]).unwrap();
        let added = "    \"@a/b@1\": 'x'\n    '@o/s@1.0.0': 'file:./vendor/bit/@o/s@1.0.0.tgz'\n";
        assert!(with.contains(added) && with.ends_with("\n\n# end\ncatalog:\n  react: 19"), "{with}");
        assert_eq!(edit(&with, &ours, &[]).unwrap(), text);
        let names: Vec<String> = read(&with).unwrap().into_iter().map(|(key, _)| key).collect();
        assert_eq!(names, ["lodash", "@a/b@1", "@o/s@1.0.0"]);
    }

    #[test]
    fn a_file_without_overrides_gets_some_and_loses_them_again() {
        for text in ["", "packages: []\n", "packages:\r\n  - a\r\n"] {
            let with = edit(text, &ours, &[entry("b"), entry("a")]).unwrap();
            let keys: Vec<String> = read(&with).unwrap().into_iter().map(|(key, _)| key).collect();
            assert_eq!(keys, ["b", "a"]);
            assert_eq!(with.matches("\r\n").count() > 0, text.contains("\r\n"), "{with:?}");
            assert_eq!(edit(&with, &ours, &[]).unwrap(), text);
        }
        let unfinished = edit("packages: []", &ours, &[entry("a")]).unwrap();
        assert!(unfinished.starts_with("packages: []\noverrides:\n  'a': "), "{unfinished}");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let texts = [
            "overrides: {a: 1}\n",
            "overrides:\n  a:\n    b: 1\n",
            "overrides:\n  a: &x 1\n",
            "overrides:\n  a: |\n    text\n",
            "overrides:\n  a: 'it''s'\n",
            "overrides:\n  <<: *base\n",
            "overrides:\n\ta: 1\n",
            "---\noverrides:\n  a: 1\n",
            "overrides:\n  a: 1\noverrides:\n  b: 1\n",
        ];
        for text in texts {
            assert!(edit(text, &ours, &[entry("n")]).is_err(), "{text}");
        }
    }
}
