//! What a scope that is not the one that was last seen said of versions that come back: an export of all versions restores
//! them as they were listed, removed and deprecated ones too. Where they are to be there again, a person says so.

use super::Versions;
use crate::git::Repo;
use crate::model::{CatalogEntry, CatalogVersion, ComponentName, Mark, VersionRange};
use crate::ops::continuity::{Continuity, continuity};
use crate::scope::TrackedCatalog;
use anyhow::Result;
use std::collections::BTreeMap;

/// What was listed in a scope that has lost some of it, by component.
#[derive(Debug, Default)]
pub struct Lost(BTreeMap<ComponentName, CatalogEntry>);

impl Lost {
    /// Reads it; nothing where nothing was lost, or nothing of that is to come back.
    pub fn of(repo: &Repo, before: Option<&TrackedCatalog>, now: &TrackedCatalog, versions: Versions) -> Result<Self> {
        let Some(before) = before.filter(|_| versions == Versions::All) else { return Ok(Self::default()) };
        match continuity(repo, Some(before), now)? {
            Continuity::Changed(_) | Continuity::Replaced(_) => {
                Ok(Self(before.entries(repo)?.into_iter().map(|entry| (entry.name.clone(), entry)).collect()))
            }
            Continuity::First | Continuity::Same | Continuity::Forward => Ok(Self::default()),
        }
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was listed of a component.
    pub fn entry(&self, name: &ComponentName) -> Option<&CatalogEntry> {
        self.0.get(name)
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
    let removed = entry.versions.iter().filter(|listed| listed.removed.is_some());
    let removed: Vec<String> = removed.map(|listed| listed.version.to_string()).collect();
    let removal = match (entry.removed.is_some(), removed.is_empty()) {
        (true, _) => Some(Mark::Remove(None)),
        (false, true) => None,
        (false, false) => VersionRange::parse_whole(&removed.join(" || ")).ok().map(|range| Mark::Remove(Some(range))),
    };
    deprecation.into_iter().chain(removal).collect()
}
