//! The machine's own programs that a command runs.

use crate::model::{Fingerprint, fingerprint};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

/// What runs the programs of packages, whatever they are called.
const ALWAYS: &str = "node";

/// Two that are equal have the same programs behind the words of a line, as far as their files tell without being read:
/// which they are, how large, and since when. Any word may be one; those that packages bring are told elsewhere.
pub fn tools_of(line: &str) -> Fingerprint {
    let path = std::env::var_os("PATH").unwrap_or_default();
    fingerprint(&stamps(line, &path))
}

fn stamps(line: &str, path: &OsStr) -> Vec<u8> {
    let is_of_name = |c: char| c.is_alphanumeric() || "._+-".contains(c);
    let words: BTreeSet<&str> =
        line.split(|c| !is_of_name(c)).chain([ALWAYS]).filter(|word| word.chars().any(char::is_alphanumeric)).collect();
    let mut stamps = Vec::new();
    for word in words {
        let Some(program) = std::env::split_paths(path).map(|folder| folder.join(word)).find(|one| one.is_file())
        else {
            continue;
        };
        let (Ok(real), Ok(about)) = (fs::canonicalize(&program), fs::metadata(&program)) else { continue };
        stamps.extend([word.as_bytes(), b"\0", real.as_os_str().as_bytes(), b"\0"].concat());
        stamps.extend([about.len() as i64, about.mtime(), about.mtime_nsec()].map(i64::to_le_bytes).concat());
    }
    stamps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_program_of_a_name_is_noticed() {
        let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let write =
            |folder: &tempfile::TempDir, name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(&one, "gen", "1");
        write(&one, "node", "1");
        let both = |first: &tempfile::TempDir, second: &tempfile::TempDir| {
            std::env::join_paths([first.path(), second.path()]).unwrap()
        };
        let here = both(&one, &other);
        let before = stamps("cd x && gen --all >y.txt", &here);
        assert_eq!(before, stamps("gen;cd x", &here));
        assert_eq!(stamps("echo", &here), stamps("true", &here));
        write(&other, "gen", "1");
        assert_eq!(before, stamps("gen", &here), "the first one counts");
        assert_ne!(before, stamps("gen", &both(&other, &one)));
        write(&one, "gen", "12");
        assert_ne!(before, stamps("gen", &here));
        let node = stamps("echo", &here);
        write(&one, "node", "22");
        assert_ne!(node, stamps("echo", &here));
    }
}
