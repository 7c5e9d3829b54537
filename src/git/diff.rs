//! How two texts differ, as git shows it.

use anyhow::Result;
use git2::DiffLineType;

/// How two files differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextDiff {
    /// From `--- a/…` on; empty where nothing differs, and for binary files.
    pub text: String,
    /// Lines that only the new one has.
    pub added: usize,
    /// Lines that only the old one has.
    pub removed: usize,
    /// At least one of them is no text.
    pub is_binary: bool,
}

/// Compares a file with what it was; `None` where there is none. `path` is what stands in the headers.
pub fn diff_texts(old: Option<&[u8]>, new: Option<&[u8]>, path: &str) -> Result<TextDiff> {
    let mut options = git2::DiffOptions::new();
    let (before, after) = (old.unwrap_or_default(), new.unwrap_or_default());
    let mut patch = git2::Patch::from_buffers(before, None, after, None, Some(&mut options))?;
    let mut diff = TextDiff { is_binary: patch.delta().flags().is_binary(), ..TextDiff::default() };
    if diff.is_binary {
        return Ok(diff);
    }
    let mut hunks = String::new();
    patch.print(&mut |_, _, line| {
        let sign = match line.origin_value() {
            DiffLineType::FileHeader | DiffLineType::Binary => return true,
            DiffLineType::Addition => Some('+'),
            DiffLineType::Deletion => Some('-'),
            DiffLineType::Context => Some(' '),
            // The header of a hunk, and "\ No newline at end of file", have their own first sign.
            _ => None,
        };
        diff.added += usize::from(sign == Some('+'));
        diff.removed += usize::from(sign == Some('-'));
        hunks.extend(sign);
        hunks.push_str(&String::from_utf8_lossy(line.content()));
        true
    })?;
    if !hunks.is_empty() {
        let name = |side: &str, file: Option<&[u8]>| file.map_or_else(|| "/dev/null".into(), |_| quoted(side, path));
        diff.text = format!("--- {}\n+++ {}\n{hunks}", name("a", old), name("b", new));
    }
    Ok(diff)
}

/// A path as git writes it in headers: in quotes, if a plain one could be misread.
pub fn quoted(side: &str, path: &str) -> String {
    if !path.contains(|c: char| c.is_control() || matches!(c, '"' | '\\')) {
        return format!("{side}/{path}");
    }
    let mut text = format!("\"{side}/");
    for c in path.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => c.to_string().bytes().for_each(|byte| text.push_str(&format!("\\{byte:03o}"))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_gits() {
        let diff = diff_texts(Some(b"a\nb\nc\n"), Some(b"a\nx\nc"), "f.js").unwrap();
        let expected = "--- a/f.js\n+++ b/f.js\n@@ -1,3 +1,3 @@\n a\n-b\n-c\n+x\n+c\n\\ No newline at end of file\n";
        assert_eq!((diff.text.as_str(), diff.added, diff.removed), (expected, 2, 2));
    }

    #[test]
    fn a_side_that_is_not_there_is_dev_null() {
        let new = diff_texts(None, Some(b"a\n"), "f").unwrap();
        assert_eq!(new.text, "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n");
        let gone = diff_texts(Some(b"a\n"), None, "f").unwrap();
        assert_eq!(gone.text, "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
        assert_eq!(diff_texts(None, Some(b""), "f").unwrap(), TextDiff::default());
    }

    #[test]
    fn binaries_are_only_told_apart() {
        let diff = diff_texts(Some(b"\x89PNG\0"), Some(b"\x89PNG\0\0"), "f").unwrap();
        assert_eq!((diff.is_binary, diff.text.as_str()), (true, ""));
        assert!(diff_texts(None, Some(b"\0"), "f").unwrap().is_binary);
    }

    #[test]
    fn names_that_could_be_misread_are_quoted() {
        assert_eq!(quoted("a", "größe und mehr.js"), "a/größe und mehr.js");
        assert_eq!(quoted("b", "a\nb\"\u{7f}"), "\"b/a\\nb\\\"\\177\"");
    }
}
