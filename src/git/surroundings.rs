//! What lies around the objects of a repository and changes what git makes of them.

use super::packed_refs::broken_loose_refs;
use super::repo::Repo;
use super::{RefTable, refs};
use crate::disk;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// The refs that lead to no object, each with why: what `git fsck` says of refs, for whoever needs no look at objects.
pub fn broken_refs(repo: &Repo) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for (name, value) in RefTable::read_as_it_is(repo)?.iter() {
        if !repo.has(value.target)? {
            broken.push(format!("{name} names {}, which is not there", value.target));
        }
    }
    broken.extend(broken_loose_refs(repo)?);
    broken.extend(RefTable::packed(repo).err().map(|error| error.to_string()));
    broken.sort();
    Ok(broken)
}

/// Whether git sees other parents than commits have.
pub fn has_grafts(repository: &Path) -> Result<bool> {
    let text = disk::read_optional(&repository.join(GRAFTS))?.unwrap_or_default();
    Ok(text.split(|byte| *byte == b'\n').any(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#")))
}

/// The folders with objects that a repository borrows from and that are not there.
pub fn lost_alternates(repository: &Path) -> Result<Vec<PathBuf>> {
    let objects = repository.join("objects");
    let text = disk::read_optional(&objects.join("info/alternates"))?.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(|line| objects.join(line)).filter(|folder| !folder.is_dir()).collect())
}

/// The files that change what git makes of objects and refs, beside those in which refs are.
pub(super) const MISLEADING: [&str; 2] = [refs::SHALLOW, GRAFTS];
const GRAFTS: &str = "info/grafts";

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn refs_that_lead_nowhere_are_named() {
        let place = tempfile::tempdir().unwrap();
        let repo = Repo::init_bare(place.path(), place.path()).unwrap();
        assert_eq!(broken_refs(&repo).unwrap(), [] as [String; 0]);
        let one = "1".repeat(40);
        for (name, text) in [("a", one.as_str()), ("b", "ref: refs/tags/none"), ("c", ""), ("d", "ref: HEAD")] {
            fs::write(place.path().join("refs/tags").join(name), text).unwrap();
        }
        fs::write(place.path().join("packed-refs"), format!("{one} refs/tags/p\nno line\n")).unwrap();
        let found = broken_refs(&repo).unwrap();
        let begins = |words: &str| found.iter().any(|line| line.starts_with(words));
        assert_eq!(found.len(), 6, "{found:?}");
        for words in ["refs/tags/a names 111", "refs/tags/b ", "refs/tags/c ", "refs/tags/d ", "refs/tags/p names 111"]
        {
            assert!(begins(words), "{words}: {found:?}");
        }
    }

    #[test]
    fn grafts_and_lost_alternates_are_seen() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = place.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        fs::create_dir_all(place.path().join("objects")).unwrap();
        assert!(!has_grafts(place.path()).unwrap() && lost_alternates(place.path()).unwrap().is_empty());
        write(GRAFTS, "# none\n\n");
        write("objects/info/alternates", "../objects\n/nowhere/objects\n");
        assert!(!has_grafts(place.path()).unwrap());
        assert_eq!(lost_alternates(place.path()).unwrap(), [PathBuf::from("/nowhere/objects")]);
        write(GRAFTS, &"1".repeat(40));
        assert!(has_grafts(place.path()).unwrap());
    }
}
