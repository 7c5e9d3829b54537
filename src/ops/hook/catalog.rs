//! The catalog of a scope that is being pushed to.

use crate::git::{Oid, Repo, commit_id};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentId, ComponentName, ScopeName};
use crate::scope::{CatalogIndex, TrackedCatalog, info_of};
use anyhow::Result;
use std::collections::HashMap;

/// A catalog, before or after the push.
pub struct Catalog {
    /// Its scope.
    pub scope: ScopeName,
    /// Its commit.
    pub commit: CommitId,
    /// The files of its entries.
    pub files: HashMap<String, Oid>,
    index: CatalogIndex<'static>,
}

impl Catalog {
    /// The one at a commit; `None` where that is something else.
    pub fn read(repo: &Repo, commit: Oid, place: &str) -> Result<Option<Self>> {
        let Some(info) = info_of(repo, commit_id(commit), place)? else { return Ok(None) };
        let catalog = TrackedCatalog { scope: info.name.clone(), commit: commit_id(commit) };
        let index = catalog.into_index(repo)?;
        let files = index.files().map(|(path, blob)| (path.to_owned(), blob)).collect();
        Ok(Some(Self { index, scope: info.name, commit: commit_id(commit), files }))
    }

    /// What it lists of a component.
    pub fn entry(&self, repo: &Repo, name: &ComponentName) -> Result<Option<CatalogEntry>> {
        self.index.entry(repo, name)
    }
}

/// What an entry listed, and does not list any more as it was.
pub fn lost(scope: &ScopeName, old: &CatalogEntry, new: &CatalogEntry) -> Vec<String> {
    let id = ComponentId::new(scope.clone(), old.name.clone());
    let fault = |version: &CatalogVersion| {
        let id = id.at(version.version.clone());
        match new.version(&version.version) {
            None => Some(format!("{id}: the catalog only grows, and this would take the version out")),
            Some(now) if now.commit != version.commit => {
                let (old, now) = (version.commit.short(), now.commit.short());
                Some(format!("{id}: a version never changes, and the catalog would list {now} and not {old}"))
            }
            Some(now) if now.dependencies != version.dependencies => {
                Some(format!("{id}: a version never changes, and the catalog would say that it needs others"))
            }
            Some(_) => None,
        }
    };
    old.versions.iter().filter_map(fault).collect()
}
