//! What a scope that is not the one that was last seen said of versions that come back: an export of all versions restores
//! them as they were listed, removed and deprecated ones too. Where they are to be there again, a person says so.

use super::Versions;
use crate::errors::Away;
use crate::git::Repo;
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentName, Mark, Moved, VersionId, VersionRange};
use crate::ops::continuity::{Continuity, continuity};
use crate::ops::history;
use crate::scope::{Known, StoredVersion, TrackedCatalog};
use anyhow::Result;
use std::collections::{BTreeMap, HashSet};

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
    /// Whether it is as it was once, and nobody has said anything in it since: a backup was put back.
    is_put_back: bool,
}

impl Lost {
    /// Reads it; nothing where nothing was lost, or nothing of that is to come back.
    pub fn of(repo: &Repo, before: Option<&TrackedCatalog>, now: &TrackedCatalog, versions: Versions) -> Result<Self> {
        let Some(before) = before.filter(|_| versions == Versions::All) else { return Ok(Self::default()) };
        match continuity(repo, Some(before), now)? {
            Continuity::Changed(moved) | Continuity::Replaced(moved) => {
                let entries = before.entries(repo)?.into_iter().map(|entry| (entry.name.clone(), entry));
                let is_put_back = history::holds(repo, before.commit, now.commit)?;
                Ok(Self { entries: entries.collect(), moved, is_put_back })
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

    /// What is said again of a component that is listed: what was said after the backup was made, unless something else
    /// is to be said now. What was recovered since stays removed: its tags may be lost.
    pub fn said_since(&self, listed: &CatalogEntry, now: &[Mark]) -> Vec<Mark> {
        let Some(was) = self.entry(&listed.name).filter(|_| self.is_put_back) else { return Vec::new() };
        let deprecation = Mark::between(listed, was).into_iter().filter(is_advice);
        let removals = removed_versions(was).into_iter().chain(was.removed.is_some().then_some(Mark::Remove(None)));
        let removals = removals.filter(|mark| mark.apply(&mut listed.clone()));
        let is_undone = |mark: &Mark| match is_advice(mark) {
            true => now.iter().any(is_advice),
            false => now.contains(&Mark::Recover),
        };
        deprecation.chain(removals).filter(|mark| !is_undone(mark)).collect()
    }

    /// Whether a version that it did not list is one more of a component that was removed in it.
    pub fn had_removed(&self, id: &VersionId) -> bool {
        self.entry(&id.id.name).is_some_and(|was| was.removed.is_some() && was.version(&id.version).is_none())
    }

    /// Whether it is as it was once.
    pub fn is_put_back(&self) -> bool {
        self.is_put_back
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
    VersionRange::parse(&removed.join(" || ")).ok().map(|range| Mark::Remove(Some(range)))
}

fn is_advice(mark: &Mark) -> bool {
    matches!(mark, Mark::Deprecate(_) | Mark::Undeprecate)
}
