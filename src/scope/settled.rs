//! What a catalog has listed once is settled: a later one lists it with the same content. Catalogs share the entries
//! that did not change, so comparing two costs what changed between them.

use super::TrackedCatalog;
use crate::git::{EntryKind, Kind, Oid, Repo, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, Moved, VersionId};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What a catalog and those before it say.
#[derive(Debug, Default)]
pub struct Past {
    /// The versions that one of them has listed otherwise than the next one.
    pub listed: BTreeSet<(VersionId, CommitId)>,
    /// Whether some of them are not here.
    pub is_cut_off: bool,
}

impl TrackedCatalog {
    /// What a later catalog of the same scope lists otherwise, or not any more. Both are in the repository.
    pub fn moved(&self, repo: &Repo, now: &Self) -> Result<Vec<Moved>> {
        let [before, after] = [self, now].map(|catalog| repo.commit(oid(catalog.commit)));
        let (before, after) = (before?.tree, after?.tree);
        let mut moved = Vec::new();
        for (path, blob) in changed_entries(repo, before, after)? {
            // What could not be read before listed nothing.
            let Ok(was) = self.parse(&path, &repo.blob(blob)?) else { continue };
            let is = repo.blob_at(after, &path)?.map(|bytes| now.parse(&path, &bytes)).transpose()?;
            let id = ComponentId::new(self.scope.clone(), was.name);
            for listed in was.versions {
                let there = is.iter().flat_map(|is| &is.versions).filter(|there| there.version == listed.version);
                let mut there = there.map(|there| there.commit);
                // One that is listed twice is the other one too.
                let other = there.clone().find(|commit| *commit != listed.commit);
                if other.is_some() || there.next().is_none() {
                    moved.push(Moved { id: id.at(listed.version), was: listed.commit, is: other });
                }
            }
        }
        Ok(moved)
    }

    /// Every version that this catalog, or one before it, has listed otherwise than the next one, as far as the history
    /// is here, back to the catalog that was looked at another time.
    pub fn ever_listed(&self, repo: &Repo, until: Option<CommitId>) -> Result<Past> {
        let until = until.map(oid);
        let (mut past, mut read) = (Past::default(), HashSet::new());
        let (mut seen, mut next) = (HashSet::new(), vec![oid(self.commit)]);
        while let Some(commit) = next.pop() {
            let info = repo.commit(commit)?;
            for parent in info.parents {
                if !repo.has(parent)? {
                    past.is_cut_off = true;
                    continue;
                }
                if Some(parent) != until && seen.insert(parent) {
                    next.push(parent);
                }
                let before = repo.commit(parent)?.tree;
                for (path, blob) in changed_entries(repo, before, info.tree)? {
                    if read.insert(blob) {
                        // Before a repository became a scope, anything may have been there.
                        let entry = repo.blob(blob).ok().and_then(|bytes| self.parse(&path, &bytes).ok());
                        past.listed.extend(entry.into_iter().flat_map(|entry| self.versions_of(entry)));
                    }
                }
            }
        }
        Ok(past)
    }

    /// What the first catalog listed a version as that lists it, of those that came one after the other; `None` where the
    /// history is not here.
    pub fn listed_first(&self, repo: &Repo, id: &VersionId) -> Result<Option<CommitId>> {
        let path = Self::entry_path(&id.id.name);
        let (mut first, mut before, mut next) = (None, None, Some(oid(self.commit)));
        while let Some(commit) = next {
            if !repo.has(commit)? {
                return Ok(None);
            }
            let info = repo.commit(commit)?;
            let bytes = repo.blob_at(info.tree, &path)?;
            if bytes != before {
                // Before a repository became a scope, anything may have been there.
                let entry = bytes.as_ref().and_then(|bytes| self.parse(&path, bytes).ok());
                let listed = entry.and_then(|entry| entry.version(&id.version).map(|listed| listed.commit));
                first = listed.or(first);
                before = bytes;
            }
            next = info.parents.first().copied();
        }
        Ok(first)
    }

    /// The versions that an entry lists, with their contents.
    pub fn versions_of(&self, entry: CatalogEntry) -> impl Iterator<Item = (VersionId, CommitId)> + use<> {
        let id = ComponentId::new(self.scope.clone(), entry.name);
        entry.versions.into_iter().map(move |listed| (id.at(listed.version), listed.commit))
    }
}

/// The entries of a catalog's tree that another one does not have as they are.
fn changed_entries(repo: &Repo, before: Oid, after: Oid) -> Result<BTreeMap<String, Oid>> {
    let mut changed = BTreeMap::new();
    let folder = |tree| repo.folder_at(tree, TrackedCatalog::FOLDER);
    if let Some(before) = folder(before)? {
        changed_below(repo, before, folder(after)?, TrackedCatalog::FOLDER, &mut changed)?;
    }
    Ok(changed)
}

/// No component's name has more parts.
const DEEPEST: usize = 100;

fn changed_below(
    repo: &Repo,
    before: Oid,
    after: Option<Oid>,
    path: &str,
    changed: &mut BTreeMap<String, Oid>,
) -> Result<()> {
    if Some(before) == after || path.matches('/').count() > DEEPEST {
        return Ok(());
    }
    let after = after.map(|after| repo.entries(after)).transpose()?.unwrap_or_default();
    let after: BTreeMap<Vec<u8>, Oid> = after.into_iter().map(|entry| (entry.name, entry.oid)).collect();
    for entry in repo.entries(before)? {
        let now = after.get(&entry.name).copied();
        let path = format!("{path}/{}", String::from_utf8_lossy(&entry.name));
        match entry.kind {
            _ if now == Some(entry.oid) => {}
            EntryKind::Folder => {
                let now = now.filter(|now| repo.kind_of(*now).is_ok_and(|kind| kind == Kind::Tree));
                changed_below(repo, entry.oid, now, &path, changed)?;
            }
            _ => drop(changed.insert(path, entry.oid)),
        }
    }
    Ok(())
}
