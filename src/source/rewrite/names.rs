//! Packages that get other names: their names inside of specifiers change, and nothing else.

use super::{edit, replace_spans};
use crate::model::PackageName;
use crate::source::imports::{Import, ParseProblem, package_of, replace_package, scan_file};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// The new names of packages, by the old ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewNames(HashMap<String, PackageName>);

/// A specifier that names a package by its new name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The line it stands in, from 1.
    pub line: u32,
    /// The specifier as the program read it.
    pub before: String,
    /// What it reads now.
    pub after: String,
    /// The bytes that are replaced, in the file as it was.
    pub span: Range<usize>,
    /// What stands there now.
    pub written: String,
}

impl NewNames {
    /// Old names with the new ones. All are exchanged at once, so two packages may swap theirs.
    pub fn new(pairs: impl IntoIterator<Item = (PackageName, PackageName)>) -> Self {
        let changed = pairs.into_iter().filter(|(old, new)| old != new);
        Self(changed.map(|(old, new)| (old.to_string(), new)).collect())
    }

    /// Whether every package keeps its name.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a package is called now, if that is something else.
    pub fn get(&self, package: &str) -> Option<&PackageName> {
        self.0.get(package)
    }

    /// The specifier as it is to be; none where it stays. The path in the package and a bundler's marks stay.
    pub fn specifier(&self, specifier: &str) -> Option<String> {
        let new = |part: &str| replace_package(part, self.get(package_of(part)?.name)?.as_str());
        if !specifier.contains('!') {
            return new(specifier);
        }
        // Webpack's loaders: `!!raw-loader!@my-org/ui.icons/x.svg`
        let parts: Vec<Cow<'_, str>> =
            specifier.split('!').map(|part| new(part).map_or(Cow::Borrowed(part), Cow::Owned)).collect();
        let whole = parts.join("!");
        (whole != specifier).then_some(whole)
    }

    /// What changes in a file, in the order of the text; nothing in one that can't import.
    ///
    /// A file that can't be parsed is refused, whatever is in it: some of its specifiers might be missed.
    pub fn changes(&self, path: &str, bytes: &[u8]) -> Result<Vec<Renamed>, ParseProblem> {
        let Some(scan) = scan_file(path, bytes) else { return Ok(Vec::new()) };
        if let Some(problem) = scan.problem {
            return Err(problem);
        }
        let mut changes: Vec<Renamed> = scan.specifiers().filter_map(|import| self.change(bytes, import)).collect();
        changes.sort_by_key(|change| change.span.start);
        Ok(changes)
    }

    /// The file as it is to be; none where it stays.
    pub fn rewrite(&self, path: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, ParseProblem> {
        let changes = self.changes(path, bytes)?;
        Ok((!changes.is_empty()).then(|| Renamed::apply(bytes, &changes)))
    }

    /// Names that stand in a file as they would in a specifier, wherever that is and whatever the file is, sorted: a look
    /// for what may have been missed.
    pub fn words_in(&self, bytes: &[u8]) -> Vec<&str> {
        let bytes = utf_8(bytes);
        let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@').map(|(at, _)| at);
        let mut found: Vec<&str> = starts.filter_map(|at| self.named_by(word_at(&bytes, at)?)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The name that a word is. A full stop behind it ends a sentence.
    fn named_by(&self, word: &str) -> Option<&str> {
        self.0.get_key_value(word.trim_end_matches('.')).map(|(name, _)| name.as_str())
    }

    fn change(&self, bytes: &[u8], import: &Import) -> Option<Renamed> {
        let after = self.specifier(&import.specifier)?;
        let (span, written) = self.name_only(bytes, import).or_else(|| edit(bytes, import, after.clone()))?;
        Some(Renamed { line: import.line, before: import.specifier.clone(), after, span, written })
    }

    /// The edit of the mere name, where it is written without escapes: then what follows it keeps its own.
    fn name_only(&self, bytes: &[u8], import: &Import) -> Option<(Range<usize>, String)> {
        let name = package_of(&import.specifier)?.name;
        let new = self.get(name)?.to_string();
        let before = import.specifier.find(name)?;
        let start = import.span.0 as usize;
        let written = &bytes[start..import.span.1 as usize];
        let as_read = &import.specifier.as_bytes()[..before + name.len()];
        written.starts_with(as_read).then(|| (start + before..start + as_read.len(), new))
    }
}

impl Renamed {
    /// The specifiers in which two states of a file differ that is the same but for those.
    pub fn between(path: &str, before: &[u8], after: &[u8]) -> Vec<Self> {
        let (Some(old), Some(new)) = (scan_file(path, before), scan_file(path, after)) else { return Vec::new() };
        let pairs = old.specifiers().zip(new.specifiers()).filter(|(old, new)| old.specifier != new.specifier);
        let renamed = pairs.map(|(old, new)| Self {
            line: old.line,
            before: old.specifier.clone(),
            after: new.specifier.clone(),
            span: old.span.0 as usize..old.span.1 as usize,
            written: String::from_utf8_lossy(&after[new.span.0 as usize..new.span.1 as usize]).into_owned(),
        });
        let mut renamed: Vec<Self> = renamed.collect();
        renamed.sort_by_key(|one| one.span.start);
        renamed
    }

    /// The file with these changes made.
    pub fn apply(bytes: &[u8], changes: &[Self]) -> Vec<u8> {
        let edits: Vec<(Range<usize>, String)> =
            changes.iter().map(|change| (change.span.clone(), change.written.clone())).collect();
        // Each is inside a literal of its own in this very text: they can't overlap.
        replace_spans(bytes, &edits).unwrap_or_else(|_| bytes.to_vec())
    }
}

/// Text as UTF-8: some editors write UTF-16, and say so at the beginning.
fn utf_8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let decoded = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
    };
    match bytes {
        [0xff, 0xfe, ..] => decoded(u16::from_le_bytes),
        [0xfe, 0xff, ..] => decoded(u16::from_be_bytes),
        _ => Cow::Borrowed(bytes),
    }
}

/// What stands at an `@` as a package's name would, as a whole: what merely begins or ends alike is another name.
fn word_at(bytes: &[u8], at: usize) -> Option<&str> {
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    if at.checked_sub(1).is_some_and(|before| goes_on(&bytes[before])) {
        return None;
    }
    let owner = at + 1 + bytes[at + 1..].iter().take_while(|byte| goes_on(byte)).count();
    let base = bytes.get(owner + 1..).filter(|_| bytes[owner] == b'/')?;
    let end = owner + 1 + base.iter().take_while(|byte| goes_on(byte)).count();
    std::str::from_utf8(&bytes[at..end]).ok()
}

#[cfg(test)]
mod tests;
