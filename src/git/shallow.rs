//! Histories that are cut off: commits whose parents were left at their host.
//!
//! git lists them in the file `shallow`, and then takes a repository that lacks the parents for a whole one. It also
//! tells every host about all of them, and some servers that are not git break off there. So a repository from which
//! is fetched or pushed lists only what the matter at hand leads to.

use super::object::Kind;
use super::repo::Repo;
use super::{Oid, refs};
use crate::disk;
use anyhow::Result;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// The commits of a repository whose parents are not here.
pub(super) fn ends(repository: &Path) -> Result<BTreeSet<Oid>> {
    let text = disk::read_optional(&repository.join(refs::SHALLOW))?.unwrap_or_default();
    let lines = String::from_utf8_lossy(&text).into_owned();
    Ok(lines.lines().filter_map(|line| Oid::from_str(line.trim()).ok()).collect())
}

/// Whether the history of anything in a repository is cut off.
pub fn is_cut_off(repository: &Path) -> Result<bool> {
    Ok(!ends(repository)?.is_empty())
}

/// Those of them that the histories of some commits lead to.
pub fn ends_of(repo: &Repo, tips: impl IntoIterator<Item = Oid>) -> Result<BTreeSet<Oid>> {
    let ends = ends(repo.path())?;
    let mut found = BTreeSet::new();
    if ends.is_empty() {
        return Ok(found);
    }
    let (mut seen, mut next): (HashSet<Oid>, Vec<Oid>) = (HashSet::new(), tips.into_iter().collect());
    while let Some(oid) = next.pop() {
        if !seen.insert(oid) || !repo.has(oid)? {
            continue;
        }
        match repo.kind_of(oid)? {
            _ if ends.contains(&oid) => drop(found.insert(oid)),
            Kind::Commit => next.extend(repo.commit(oid)?.parents),
            Kind::Tag => next.extend(repo.peel_tag(oid).ok()),
            Kind::Blob | Kind::Tree => {}
        }
    }
    Ok(found)
}

/// Writes down that histories end at these commits too. Before they come: what is listed and not here does no harm,
/// what is here and lacks its parents looks like damage.
pub(super) fn add(repo: &Repo, more: &BTreeSet<Oid>, temporary_folder: &Path) -> Result<()> {
    let before = ends(repo.path())?;
    let after: BTreeSet<Oid> = before.union(more).copied().collect();
    if after == before { Ok(()) } else { write(repo, &after, temporary_folder) }
}

/// Strikes out the commits whose parents have come.
pub(super) fn forget_whole(repo: &Repo, temporary_folder: &Path) -> Result<()> {
    let before = ends(repo.path())?;
    let mut after = BTreeSet::new();
    for end in &before {
        let mut is_whole = repo.has(*end)?;
        if is_whole {
            for parent in parents_of(&repo.commit_bytes(*end)?) {
                is_whole &= repo.has(parent)?;
            }
        }
        if !is_whole {
            after.insert(*end);
        }
    }
    if after == before { Ok(()) } else { write(repo, &after, temporary_folder) }
}

/// As the commit itself says: libgit2 says that one at which a history ends has none.
fn parents_of(commit: &[u8]) -> Vec<Oid> {
    let text = String::from_utf8_lossy(commit);
    let header = text.lines().take_while(|line| !line.is_empty());
    header.filter_map(|line| Oid::from_str(line.strip_prefix("parent ")?).ok()).collect()
}

fn write(repo: &Repo, ends: &BTreeSet<Oid>, temporary_folder: &Path) -> Result<()> {
    let path = repo.path().join(refs::SHALLOW);
    match ends.is_empty() {
        true => disk::remove_if_there(&path),
        false => disk::write_atomically(&path, text(ends).as_bytes(), temporary_folder),
    }
}

/// The file's text.
pub(super) fn text(ends: &BTreeSet<Oid>) -> String {
    ends.iter().map(|end| format!("{end}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::FileMode;
    use crate::git::tests::write_commit;

    #[test]
    fn an_end_is_found_from_what_leads_to_it_and_forgotten_once_its_parents_are_here() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| Repo::init_bare(&folder.path().join(name), folder.path()).unwrap();
        let (whole, cut) = (make("whole"), make("cut"));
        let commit = |repo: &Repo, text: &str, parent: Option<Oid>| {
            write_commit(repo, &[("a", FileMode::Regular, text.as_bytes().to_vec())], parent)
        };
        let first = commit(&whole, "1", None);
        let second = commit(&cut, "2", Some(first));
        let third = commit(&cut, "3", Some(second));
        let alone = commit(&cut, "alone", None);
        cut.refresh().unwrap();
        let foreign = Oid::from_str(&"7".repeat(40)).unwrap();
        add(&cut, &BTreeSet::from([second, foreign]), folder.path()).unwrap();
        assert_eq!(ends_of(&cut, [third, foreign]).unwrap(), BTreeSet::from([second]));
        assert!(ends_of(&cut, [alone]).unwrap().is_empty() && ends_of(&whole, [first]).unwrap().is_empty());
        let cut = Repo::open(cut.path()).unwrap();
        forget_whole(&cut, folder.path()).unwrap();
        assert_eq!(ends(cut.path()).unwrap(), BTreeSet::from([second, foreign]));
        assert_eq!(commit(&cut, "1", None), first);
        cut.refresh().unwrap();
        forget_whole(&cut, folder.path()).unwrap();
        assert_eq!(ends(cut.path()).unwrap(), BTreeSet::from([foreign]));
    }
}
