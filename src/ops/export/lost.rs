//! What a scope that is not the one that was last seen said of versions that come back: an export of all versions restores
//! them as they were listed, removed and deprecated ones too. Where they are to be there again, a person says so.

use super::{Aim, Staged, Versions};
use crate::errors::Away;
use crate::git::{Oid, Repo};
use crate::model::{
    CatalogEntry, CatalogVersion, CommitId, ComponentId, ComponentName, Mark, Moved, ScopeName, Version, VersionId,
    VersionRange,
};
use crate::ops::continuity::{Continuity, continuity};
use crate::ops::{Workspace, history};
use crate::scope::{Known, StoredVersion, TrackedCatalog};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A version that a scope has lost, and that an export of all versions did not bring back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillLost {
    /// Which one.
    pub id: VersionId,
    /// Why not.
    pub away: Away,
}

/// What was listed in a scope that has lost some of it, by component.
#[derive(Debug, Default)]
pub struct Lost {
    entries: BTreeMap<ComponentName, CatalogEntry>,
    /// The versions that are not listed any more as they were.
    moved: Vec<Moved>,
    /// Whether it went on from what was seen: then what is said of components is what somebody has said since.
    goes_on: bool,
    /// The entries that are as they were once, and of which nobody has said anything since: a backup was put back.
    untouched: HashSet<String>,
}

/// What was said of a component, and is not said any more.
#[derive(Debug, Default)]
pub struct Unsaid {
    /// What is said again.
    pub again: Vec<Mark>,
    /// What is not: somebody may have meant it so.
    pub dropped: Vec<Mark>,
}

impl Lost {
    /// Reads it; nothing where nothing was lost, or nothing of that is to come back.
    pub fn of(repo: &Repo, before: Option<&TrackedCatalog>, now: &TrackedCatalog, versions: Versions) -> Result<Self> {
        let Some(before) = before.filter(|_| versions == Versions::All) else { return Ok(Self::default()) };
        let continuity = continuity(repo, Some(before), now)?;
        let goes_on = matches!(continuity, Continuity::Changed(_));
        match continuity {
            Continuity::Changed(moved) | Continuity::Replaced(moved) => {
                let entries = before.entries(repo)?.into_iter().map(|entry| (entry.name.clone(), entry));
                Ok(Self { entries: entries.collect(), moved, goes_on, untouched: untouched(repo, before, now)? })
            }
            Continuity::First | Continuity::Same | Continuity::Forward => Ok(Self::default()),
        }
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What was listed of a component.
    pub fn entry(&self, name: &ComponentName) -> Option<&CatalogEntry> {
        self.entries.get(name)
    }

    /// What stays lost once these versions are published.
    pub fn remaining(&self, known: &Known, published: &[StoredVersion]) -> Vec<StillLost> {
        let published: HashSet<CommitId> = published.iter().map(|version| version.commit).collect();
        let away = |Moved { id, was, is }: &Moved| match is {
            Some(is) => Away::Exchanged { was: *was, is: *is },
            None if known.commit(&id.id, &id.version) == Some(*was) => Away::NotMeant,
            None => Away::NotHere,
        };
        let remaining = self.moved.iter().filter(|moved| !published.contains(&moved.was));
        remaining.map(|moved| StillLost { id: moved.id.clone(), away: away(moved) }).collect()
    }

    /// What was said of a component that is listed, and is not said any more, unless something else is to be said now. Where
    /// nobody has gone on with it since a backup was made, it is said again.
    pub fn unsaid(&self, listed: &CatalogEntry, now: &[Mark]) -> Unsaid {
        let Some(was) = self.entry(&listed.name).filter(|_| !self.goes_on) else { return Unsaid::default() };
        let is_undone = |mark: &Mark| match is_advice(mark) {
            true => now.iter().any(is_advice),
            false => now.contains(&Mark::Recover),
        };
        let deprecation = Mark::between(listed, was).into_iter().filter(is_advice);
        let removals = removed_versions(was).into_iter().chain(was.removed.is_some().then_some(Mark::Remove(None)));
        let removals = removals.filter(|mark| mark.apply(&mut listed.clone()));
        let said: Vec<Mark> = deprecation.chain(removals).filter(|mark| !is_undone(mark)).collect();
        if !self.is_untouched(&listed.name) {
            return Unsaid { again: Vec::new(), dropped: said };
        }
        // What was recovered since stays removed: its tags may be lost.
        let was_there = |one: &CatalogVersion| was.version(&one.version).is_some_and(|then| !was.is_removed(then));
        let is_gone = listed.versions.iter().any(|one| listed.is_removed(one) && was_there(one));
        let dropped = is_gone && !now.iter().any(|mark| matches!(mark, Mark::Recover | Mark::Remove(_)));
        Unsaid { again: said, dropped: dropped.then_some(Mark::Recover).into_iter().collect() }
    }

    /// Whether a version that it did not list is one more of a component that was removed in it.
    pub fn had_removed(&self, id: &VersionId) -> bool {
        self.entry(&id.id.name).is_some_and(|was| was.removed.is_some() && was.version(&id.version).is_none())
    }

    /// Whether a component is listed as it was once, and nobody has said anything of it since.
    pub fn is_untouched(&self, name: &ComponentName) -> bool {
        self.untouched.contains(&TrackedCatalog::entry_path(name))
    }

    /// The components that were listed.
    pub fn names(&self) -> impl Iterator<Item = &ComponentName> {
        self.entries.keys()
    }

    /// Says again of a version what was said of it.
    pub fn restore_version(&self, name: &ComponentName, listed: &mut CatalogVersion) {
        let was = self.entry(name).and_then(|entry| entry.version(&listed.version));
        let Some(was) = was.filter(|was| was.commit == listed.commit) else { return };
        if listed.origin.is_none() {
            listed.origin.clone_from(&was.origin);
            listed.rewired = was.rewired;
        }
        if listed.removed.is_none() {
            listed.removed.clone_from(&was.removed);
        }
    }

    /// Says again of a component that is listed anew what was said of it as a whole.
    pub fn restore(&self, entry: &mut CatalogEntry) {
        if let Some(was) = self.entry(&entry.name) {
            entry.deprecated.clone_from(&was.deprecated);
            entry.removed.clone_from(&was.removed);
            entry.choose_latest();
        }
    }
}

/// Versions that only came along with others, of scopes that the workspace's components are in: where such a scope has lost
/// them, they come back with all that is published again.
pub fn beside(workspace: &Workspace, known: &Known, aim: &Aim, versions: Versions) -> Result<Staged> {
    let mut found = Staged::new();
    if versions == Versions::Staged || !aim.ids.is_empty() {
        return Ok(found);
    }
    let scopes: BTreeSet<ScopeName> = workspace.bitmap.entries().filter_map(|entry| entry.scope.clone()).collect();
    let scopes = scopes.iter().filter(|scope| aim.scope.as_ref().is_none_or(|aim| aim == *scope));
    for catalog in scopes.filter_map(|scope| known.catalogs.get(scope)) {
        for entry in catalog.entries(workspace.scope.repo())? {
            let id = ComponentId::new(catalog.scope.clone(), entry.name);
            if workspace.bitmap.get(&id).is_some() {
                continue;
            }
            let is_here = |listed: &CatalogVersion| known.commit(&id, &listed.version) == Some(listed.commit);
            let here = entry.versions.into_iter().filter(is_here);
            let here: BTreeMap<Version, CommitId> = here.map(|listed| (listed.version, listed.commit)).collect();
            if !here.is_empty() {
                found.insert(id, here);
            }
        }
    }
    Ok(found)
}

/// The entries of a catalog that are as in the last one that it has in common with an earlier one.
fn untouched(repo: &Repo, before: &TrackedCatalog, now: &TrackedCatalog) -> Result<HashSet<String>> {
    let Some(commit) = history::common_base(repo, before.commit, now.commit)? else { return Ok(HashSet::new()) };
    let backup = TrackedCatalog { scope: now.scope.clone(), commit };
    let (backup, now) = (backup.index(repo)?, now.index(repo)?);
    let backup: HashSet<(&str, Oid)> = backup.files().collect();
    Ok(now.files().filter(|file| backup.contains(file)).map(|(path, _)| path.to_owned()).collect())
}

/// What an entry says of a component beside its versions.
pub fn marks_of(entry: &CatalogEntry) -> Vec<Mark> {
    let deprecation = entry.deprecated.clone().map(Mark::Deprecate);
    let removal = if entry.removed.is_some() { Some(Mark::Remove(None)) } else { removed_versions(entry) };
    deprecation.into_iter().chain(removal).collect()
}

/// The removal of those versions that are removed by themselves.
fn removed_versions(entry: &CatalogEntry) -> Option<Mark> {
    let removed = entry.versions.iter().filter(|listed| listed.removed.is_some());
    let removed: Vec<String> = removed.map(|listed| listed.version.to_string()).collect();
    // Versions are a range; none of them are none.
    VersionRange::parse(&removed.join(" || ")).ok().map(|range| Mark::Remove(Some(range)))
}

fn is_advice(mark: &Mark) -> bool {
    matches!(mark, Mark::Deprecate(_) | Mark::Undeprecate)
}
