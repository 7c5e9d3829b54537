//! A remote in a folder of this machine, read without a process.
//!
//! A process and its answer cost more here than the work itself: 10 ms for three refs, 25 for a catalog. What the host
//! is to decide on (a push, with its hooks) always goes through git; so does reading whatever is not plainly ours.

use super::object::Kind;
use super::pack::{PackWriter, RawObject};
use super::porcelain::Advertised;
use super::repo::Repo;
use super::url::RemoteUrl;
use super::{Oid, RefTable, refs};
use anyhow::{Result, ensure};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// More commits than these are quicker as git packs them.
const COMMITS: usize = 16;
/// More bytes than these are not held in memory.
const BYTES: usize = 64 << 20;
/// A catalog has three levels. Who nests them much deeper wants to exhaust our stack.
const DEPTH: usize = 32;

/// The repository at a URL, where it is a bare one of this very user that hides nothing. Of everything else, and of
/// what can't be opened, git has to speak.
pub fn open(url: &RemoteUrl) -> Option<Repo> {
    let path = url.local_path()?;
    let is_ours = Repo::exists(path) && is_own(path);
    let repo = is_ours.then(|| Repo::open(path).ok()).flatten()?;
    let hides = ["transfer.hiderefs", "uploadpack.hiderefs"].iter().any(|key| repo.has_setting(key));
    (!hides).then_some(repo)
}

/// Whether a folder may refuse refs for being hidden, and take the others of the same atomic push: git leaves the hidden
/// ones out of it. Of a folder of somebody else nothing is known.
pub fn may_hide_from_pushes(path: &Path) -> bool {
    let hides = |repo: Repo| ["transfer.hiderefs", "receive.hiderefs"].iter().any(|key| repo.has_setting(key));
    !is_own(path) || Repo::open(path).map_or(true, hides)
}

fn is_own(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|folder| folder.uid() == rustix::process::geteuid().as_raw())
}

/// HEAD and the refs of these names; all refs, where none is named.
pub fn list(repo: &Repo, names: &[String]) -> Result<Advertised> {
    let mut found = Advertised::default();
    let refs = match names {
        [] => RefTable::read_unpeeled(repo)?,
        _ => RefTable::read_some(repo, names)?,
    };
    found.refs.extend(refs.iter().map(|(name, value)| (name.to_owned(), value.target)));
    found.symbolic = refs.symbolic(repo)?;
    if let Some((branch, commit)) = repo.head_branch()? {
        found.refs.insert(refs::HEAD.to_owned(), commit);
        found.head = Some(branch);
    } else if let Some(commit) = repo.head()? {
        found.refs.insert(refs::HEAD.to_owned(), commit);
    }
    Ok(found)
}

/// Brings a commit with its history, as far as that is not behind the tips, which are here. `false`: it is too long to
/// be brought this way. Then, and after an error, nothing was written.
pub fn bring(from: &Repo, to: &Repo, head: Oid, tips: &[Oid]) -> Result<bool> {
    let mut missing = Vec::new();
    let mut next = vec![head];
    while let Some(commit) = next.pop() {
        if tips.contains(&commit) || missing.iter().any(|(known, _)| *known == commit) {
            continue;
        }
        if missing.len() == COMMITS {
            return Ok(false);
        }
        let info = from.commit(commit)?;
        next.extend(&info.parents);
        missing.push((commit, info));
    }
    let mut copy = Copy { from, objects: BTreeMap::new(), compared: HashSet::new(), bytes: 0 };
    for (commit, info) in &missing {
        let before = info.parents.first().map(|parent| from.commit(*parent)).transpose()?;
        copy.tree(info.tree, before.map(|before| before.tree), 0)?;
        copy.object(*commit, Kind::Commit)?;
    }
    let mut pack = PackWriter::new(to)?;
    pack.add(copy.objects.into_values().collect())?;
    pack.finish()?;
    Ok(true)
}

struct Copy<'r> {
    from: &'r Repo,
    objects: BTreeMap<Oid, RawObject>,
    /// A tree that a later commit has again was compared with another one there: that brought less of it.
    compared: HashSet<(Oid, Option<Oid>)>,
    bytes: usize,
}

impl Copy<'_> {
    /// What a tree holds and the one before it does not.
    fn tree(&mut self, tree: Oid, before: Option<Oid>, depth: usize) -> Result<()> {
        ensure!(depth < DEPTH, "its folders are nested too deeply");
        if Some(tree) == before || !self.compared.insert((tree, before)) {
            return Ok(());
        }
        let old = before.map(|before| self.from.tree_entries(before)).transpose()?.unwrap_or_default();
        let old: HashMap<Vec<u8>, Oid> = old.into_iter().map(|(name, _, oid)| (name, oid)).collect();
        for (name, mode, oid) in self.from.tree_entries(tree)? {
            let before = old.get(&name).copied();
            match mode & 0o170_000 {
                _ if before == Some(oid) => {}
                0o040_000 => self.tree(oid, before.filter(|before| self.is_tree(*before)), depth + 1)?,
                // A submodule's commit is not here.
                0o160_000 => {}
                _ => self.object(oid, Kind::Blob)?,
            }
        }
        self.object(tree, Kind::Tree)
    }

    fn is_tree(&self, oid: Oid) -> bool {
        self.from.kind_of(oid).is_ok_and(|kind| kind == Kind::Tree)
    }

    fn object(&mut self, oid: Oid, kind: Kind) -> Result<()> {
        if !self.objects.contains_key(&oid) {
            let object = self.from.raw(oid, kind)?;
            self.bytes += object.bytes.len();
            ensure!(self.bytes < BYTES, "it is too large to be copied in memory");
            self.objects.insert(oid, object);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::FileMode;
    use crate::git::tests::write_commit;

    fn commit<'f>(repo: &Repo, files: &[(&'f str, &str)], parent: Option<Oid>) -> Oid {
        let regular = |(path, text): &(&'f str, &str)| (*path, FileMode::Regular, text.as_bytes().to_vec());
        write_commit(repo, &files.iter().map(regular).collect::<Vec<_>>(), parent)
    }

    #[test]
    fn what_is_new_is_brought_whole_and_a_long_history_is_left_to_git() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| Repo::init_bare(&folder.path().join(name), folder.path()).unwrap();
        let (from, to) = (make("from"), make("to"));
        let first = commit(&from, &[("a", "1"), ("d/b", "2"), ("d/c", "3")], None);
        let second = commit(&from, &[("a", "1"), ("d/b", "4"), ("d/c", "3"), ("e/f", "5")], Some(first));
        assert!(bring(&from, &to, first, &[]).unwrap());
        assert!(bring(&from, &to, second, &[first]).unwrap());
        to.refresh().unwrap();
        for oid in [first, second] {
            for file in to.files(to.commit(oid).unwrap().tree).unwrap() {
                assert_eq!(to.blob(file.blob).unwrap(), from.blob(file.blob).unwrap());
            }
        }
        // What comes back is brought whole, though its latest commit differs little from the one before.
        let third = commit(&from, &[("a", "1"), ("d/b", "2"), ("d/c", "3")], Some(second));
        let anew = make("anew");
        assert!(bring(&from, &anew, third, &[]).unwrap());
        anew.refresh().unwrap();
        for file in from.files(from.commit(third).unwrap().tree).unwrap() {
            assert!(anew.has(file.blob).unwrap(), "{}", file.path);
        }
        let long = (0..=COMMITS).fold(second, |parent, at| commit(&from, &[("a", &at.to_string())], Some(parent)));
        assert!(!bring(&from, &to, long, &[second]).unwrap());
        assert!(!to.has(long).unwrap());
    }
}
