//! Joining two texts that were made from a third, as git does it.

use anyhow::Result;
use git2::{MergeFileInput, MergeFileOptions, merge_file};

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
    let mut inputs = [MergeFileInput::new(), MergeFileInput::new(), MergeFileInput::new()];
    for (input, bytes) in inputs.iter_mut().zip([base, upper.bytes, lower.bytes]) {
        input.content(bytes);
    }
    let mut options = MergeFileOptions::new();
    options.our_label(label(&upper)).their_label(label(&lower)).simplify_alnum(true);
    let merged = merge_file(&inputs[0], &inputs[1], &inputs[2], Some(&mut options))?;
    Ok(MergedText { bytes: merged.content().to_vec(), is_clean: merged.is_automergeable() })
}

/// A label goes to git as a C string.
fn label(side: &TextSide) -> String {
    side.label.replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(base: &str, upper: &str, lower: &str) -> (String, bool) {
        let side = |label, text: &'static str| TextSide { label, bytes: text.as_bytes() };
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let merged = merge_texts(base.as_bytes(), side("0.0.2", leak(upper)), side("0.0.1 modified", leak(lower)));
        let merged = merged.unwrap();
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

    /// `git merge-file` itself is the judge.
    #[test]
    fn the_result_is_gits() {
        let texts = ["", "a", "a\n", "a\nb\nc\n", "a\nX\nc\n", "b\nc\nd", "a\n\nb\n}\n", "z\n\nb\n}\n}\n"];
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        for (base, upper, lower) in texts
            .iter()
            .flat_map(|base| texts.iter().flat_map(move |upper| texts.iter().map(move |lower| (*base, *upper, *lower))))
        {
            write("base", base);
            write("upper", upper);
            write("lower", lower);
            let mut git = std::process::Command::new("git");
            git.args(["merge-file", "-p", "-L", "0.0.2", "-L", "base", "-L", "0.0.1 modified"]);
            let output = git.args(["upper", "base", "lower"]).current_dir(folder.path()).output().unwrap();
            let expected = (String::from_utf8(output.stdout).unwrap(), output.status.success());
            if expected.0.is_empty() {
                continue;
            }
            assert_eq!(merge(base, upper, lower), expected, "{base:?} {upper:?} {lower:?}");
        }
    }
}
