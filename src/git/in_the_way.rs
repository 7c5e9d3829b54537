//! What keeps a ref from being made: git can't have one name as a file and as a folder.

use super::packed_refs::{RefTable, read_loose_value};
use super::repo::Repo;
use super::{Advertised, refs};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// The ref that keeps another one from being made, and that one, by the words of a host that could not make it.
pub fn ref_in_the_way(words: &str) -> Option<(&str, &str)> {
    let (before, after) = words.split_once("' exists; cannot create '")?;
    let (_, found) = before.rsplit_once('\'')?;
    Some((found, after.split('\'').next()?))
}

impl Advertised {
    /// The ref that keeps one of this name from being made.
    pub fn in_the_way_of(&self, name: &str) -> Option<&str> {
        let folder = format!("{name}/");
        let below = self.refs.range(folder.clone()..).next().map(|(found, _)| found.as_str());
        let above = || refs::folders_of(name).find_map(|above| Some(self.refs.get_key_value(above)?.0.as_str()));
        below.filter(|found| found.starts_with(&folder)).or_else(above)
    }
}

/// The refs of a repository in a folder, where only few names are asked about: files are looked at one by one.
pub struct StandingRefs {
    folder: PathBuf,
    packed: RefTable,
}

impl StandingRefs {
    /// As they are now.
    pub fn of(repo: &Repo) -> Result<Self> {
        Ok(Self { folder: repo.path().to_owned(), packed: RefTable::packed(repo)? })
    }

    /// The ref that keeps one of this name from being made.
    pub fn in_the_way_of(&self, name: &str) -> Option<String> {
        let is_there = |above: &&str| self.packed.get(above).is_some() || self.folder.join(above).is_file();
        let above = refs::folders_of(name).find(is_there);
        above.map(str::to_owned).or_else(|| self.packed.first_below(name)).or_else(|| loose_below(&self.folder, name))
    }

    /// The file in the place of a ref of this name, where it names no object by itself.
    pub fn broken(&self, name: &str) -> Option<PathBuf> {
        let file = self.folder.join(name);
        let is_broken = file.is_file() && !matches!(read_loose_value(&file), Ok(Some(_)));
        is_broken.then_some(file)
    }
}

/// The first file below what would be a ref. Folders without any are none to git.
fn loose_below(repository: &Path, name: &str) -> Option<String> {
    for entry in fs::read_dir(repository.join(name)).into_iter().flatten().flatten() {
        let below = format!("{name}/{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                if let Some(found) = loose_below(repository, &below) {
                    return Some(found);
                }
            }
            _ => return Some(below),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    const NAMES: [&str; 3] = ["refs/tags/a@1.0.0/x", "refs/tags/b", "refs/tags/c@1.0.0-x"];
    const ASKED: [(&str, Option<&str>); 5] = [
        ("refs/tags/a@1.0.0", Some("refs/tags/a@1.0.0/x")),
        ("refs/tags/b/c@1.0.0", Some("refs/tags/b")),
        ("refs/tags/b", None),
        ("refs/tags/c@1.0.0", None),
        ("refs/tags/bb/c@1.0.0", None),
    ];

    #[test]
    fn a_name_that_is_a_file_and_a_folder_is_found() {
        let refs = NAMES.map(|name| (name.to_owned(), Oid::ZERO_SHA1)).into();
        let there = Advertised { refs, ..Advertised::default() };
        let place = tempfile::tempdir().unwrap();
        let repo = Repo::init_bare(place.path(), place.path()).unwrap();
        let one = "1".repeat(40);
        for (at, name) in NAMES.iter().enumerate() {
            let file = place.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, &one).unwrap();
            fs::create_dir_all(place.path().join(format!("refs/tags/empty-{at}/x"))).unwrap();
        }
        let loose = |name: &str| StandingRefs::of(&repo).unwrap().in_the_way_of(name);
        for (name, expected) in ASKED {
            assert_eq!(there.in_the_way_of(name), expected, "{name}");
            assert_eq!(loose(name).as_deref(), expected, "{name}");
        }
        assert_eq!(loose("refs/tags/empty-1"), None);
        fs::remove_dir_all(place.path().join("refs/tags")).unwrap();
        let packed = NAMES.map(|name| format!("{one} {name}\n")).concat();
        fs::write(place.path().join("packed-refs"), packed).unwrap();
        for (name, expected) in ASKED {
            assert_eq!(loose(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn git_names_what_is_in_the_way() {
        let said = "remote: error: cannot lock ref 'refs/tags/a@1.0.0': 'refs/tags/a@1.0.0/x' exists; cannot create 'refs/tags/a@1.0.0'";
        assert_eq!(ref_in_the_way(said), Some(("refs/tags/a@1.0.0/x", "refs/tags/a@1.0.0")));
        assert_eq!(ref_in_the_way("cannot lock ref 'refs/tags/a': it is at 1 but expected 2"), None);
    }
}
