//! Joining two texts that were made from a third, as git does it.

use anyhow::Result;
use git2::{MergeFileInput, MergeFileOptions, ObjectType, Oid, merge_file};

/// Two texts, joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedText {
    /// The text; where both sides changed the same lines it has git's conflict markers.
    pub bytes: Vec<u8>,
    /// Whether it has none.
    pub is_clean: bool,
}

/// A side of a merge: what stands beside its conflict marker, and its text.
#[derive(Debug, Clone, Copy)]
pub struct TextSide<'a> {
    /// Beside the marker.
    pub label: &'a str,
    /// The text.
    pub bytes: &'a [u8],
}

/// Joins two texts; the base is empty where they have nothing in common. The result is that of `git merge-file`,
/// without a process for each file.
pub fn merge_texts(base: &[u8], upper: TextSide, lower: TextSide) -> Result<MergedText> {
    // Joining files alone does not start libgit2, hashing does.
    Oid::hash_object(ObjectType::Blob, &[])?;
    let mut inputs = [MergeFileInput::new(), MergeFileInput::new(), MergeFileInput::new()];
    for (input, bytes) in inputs.iter_mut().zip([base, upper.bytes, lower.bytes]) {
        input.content(bytes);
    }
    let mut options = MergeFileOptions::new();
    options.our_label(label(&upper)).their_label(label(&lower)).simplify_alnum(true);
    let merged = merge_file(&inputs[0], &inputs[1], &inputs[2], Some(&mut options))?;
    let (bytes, is_clean) = (merged.content().to_vec(), merged.is_automergeable());
    let bytes = if is_clean { bytes } else { with_labels(bytes, upper, lower) };
    Ok(MergedText { bytes, is_clean })
}

/// libgit2 forgets the label of a side that is empty. All is one conflict then: its marker begins or ends the text.
fn with_labels(bytes: Vec<u8>, upper: TextSide, lower: TextSide) -> Vec<u8> {
    const MARKER: usize = "<<<<<<<".len();
    if upper.bytes.is_empty() {
        let (marker, rest) = bytes.split_at(MARKER);
        return [marker, b" ", label(&upper).as_bytes(), rest].concat();
    }
    match bytes.strip_suffix(b"\n") {
        Some(text) if lower.bytes.is_empty() => [text, b" ", label(&lower).as_bytes(), b"\n"].concat(),
        _ => bytes,
    }
}

/// A label goes to git as a C string.
fn label(side: &TextSide) -> String {
    side.label.replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::command::Git;

    fn merge(base: &str, upper: &str, lower: &str) -> (String, bool) {
        let upper = TextSide { label: "0.0.2", bytes: upper.as_bytes() };
        let lower = TextSide { label: "0.0.1 modified", bytes: lower.as_bytes() };
        let merged = merge_texts(base.as_bytes(), upper, lower).unwrap();
        (String::from_utf8(merged.bytes).unwrap(), merged.is_clean)
    }

    #[test]
    fn lines_that_one_side_changed_are_taken() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(merge(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n"), ("A\nb\nc\nd\nE\n".into(), true));
    }

    #[test]
    fn lines_that_both_changed_are_marked() {
        let (text, is_clean) = merge("a\nb\n", "x\nb\n", "y\nb\n");
        assert_eq!(text, "<<<<<<< 0.0.2\nx\n=======\ny\n>>>>>>> 0.0.1 modified\nb\n");
        assert!(!is_clean);
        // Without a last line break the markers still stand in lines of their own.
        assert_eq!(merge("", "x", "y").0, "<<<<<<< 0.0.2\nx\n=======\ny\n>>>>>>> 0.0.1 modified\n");
    }

    /// What `git merge-file` itself makes of it.
    fn gits(folder: &std::path::Path, base: &str, upper: &str, lower: &str) -> (String, bool) {
        for (name, text) in [("base", base), ("upper", upper), ("lower", lower)] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let labels = ["-L", "0.0.2", "-L", "base", "-L", "0.0.1 modified"];
        let git = Git::new(["merge-file", "-p"]).args(labels).args(["upper", "base", "lower"]).current_dir(folder);
        let output = git.output().unwrap();
        (output.stdout, output.success)
    }

    #[test]
    fn the_result_is_gits() {
        let texts = ["", "a", "a\n", "a\nb\nc\n", "a\nX\nc\n", "b\nc\nd", "a\n\nb\n}\n", "z\n\nb\n}\n}\n"];
        let folder = tempfile::tempdir().unwrap();
        for base in texts {
            for upper in texts.into_iter().filter(|upper| *upper != base) {
                // Where only one side changed something there is nothing to join.
                for lower in texts.into_iter().filter(|lower| *lower != base && *lower != upper) {
                    let expected = gits(folder.path(), base, upper, lower);
                    assert_eq!(merge(base, upper, lower), expected, "{base:?} {upper:?} {lower:?}");
                }
            }
        }
    }
}
