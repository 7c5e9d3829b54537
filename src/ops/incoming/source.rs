//! A scope that answered: its catalog, and what came from it.

use crate::git::url::RemoteUrl;
use crate::git::{Oid, Quarantine, RefEdit, RefName, Repo, oid};
use crate::model::{CatalogEntry, ComponentName, Moved, ScopeInfo, VersionId};
use crate::ops::continuity::Continuity;
use crate::scope::{CatalogIndex, TrackedCatalog};
use anyhow::Result;
use std::collections::{BTreeSet, HashMap};

/// A scope that answered.
pub struct Source {
    /// What it says of itself.
    pub info: ScopeInfo,
    /// Where it is.
    pub url: RemoteUrl,
    /// The last catalog seen of it before.
    pub before: Option<TrackedCatalog>,
    /// Its catalog as it is now.
    pub catalog: TrackedCatalog,
    /// How the one goes on from the other.
    pub continuity: Continuity,
    pub(super) quarantine: Quarantine,
    /// What the tags of versions are on, where they are annotated.
    pub(super) tags: HashMap<VersionId, Oid>,
    pub(super) index: CatalogIndex<'static>,
}

impl Source {
    /// The versions that it listed when it was last seen, and does not list any more as they were.
    pub fn moved(&self) -> Result<Vec<Moved>> {
        let moved = self.before.as_ref().map(|before| before.moved(self.quarantine.repo(), &self.catalog));
        Ok(moved.transpose()?.unwrap_or_default())
    }

    /// What it lists of a component.
    pub fn entry(&self, name: &ComponentName) -> Result<Option<CatalogEntry>> {
        self.index.entry(self.quarantine.repo(), name)
    }

    /// The components it lists, sorted.
    pub fn names(&self) -> BTreeSet<ComponentName> {
        self.index.names().collect()
    }

    /// Where what came is.
    pub fn repo(&self) -> &Repo {
        self.quarantine.repo()
    }

    /// The change by which its catalog becomes the last one seen.
    pub fn track(&self) -> Option<RefEdit> {
        let (old, new) = (self.before.as_ref().map(|before| oid(before.commit)), Some(oid(self.catalog.commit)));
        let name = || RefName::TrackedCatalog(self.catalog.scope.clone()).to_string();
        (old != new).then(|| RefEdit { name: name(), old, new })
    }
}
