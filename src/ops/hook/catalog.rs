//! The catalog of a scope that is being pushed to.

use crate::git::{Oid, Repo, commit_id};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentId, ComponentName, ScopeName, Version};
use crate::scope::{CatalogIndex, TrackedCatalog, info_of};
use anyhow::{Result, anyhow};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

/// A catalog, before or after the push.
pub struct Catalog {
    /// Its scope.
    pub scope: ScopeName,
    /// Its commit.
    pub commit: CommitId,
    /// The files of its entries.
    pub files: HashMap<String, Oid>,
    index: CatalogIndex<'static>,
    /// The entries that were read: a push asks for the same one once for each version.
    read: RefCell<HashMap<ComponentName, Read>>,
}

/// What came of reading an entry: why it can't be read, or what is there.
type Read = Result<Option<Rc<Entry>>, String>;

/// An entry, with its versions at hand by their numbers: a component may have thousands.
#[derive(Debug)]
pub struct Entry {
    entry: CatalogEntry,
    places: HashMap<Version, usize>,
}

impl From<CatalogEntry> for Entry {
    fn from(entry: CatalogEntry) -> Self {
        let mut places = HashMap::with_capacity(entry.versions.len());
        for (place, listed) in entry.versions.iter().enumerate() {
            places.entry(listed.version.clone()).or_insert(place);
        }
        Self { entry, places }
    }
}

impl Deref for Entry {
    type Target = CatalogEntry;

    fn deref(&self) -> &CatalogEntry {
        &self.entry
    }
}

impl Entry {
    /// What it says of one version.
    pub fn version(&self, version: &Version) -> Option<&CatalogVersion> {
        self.places.get(version).map(|place| &self.entry.versions[*place])
    }

    /// Without the numbers.
    pub fn into_inner(self) -> CatalogEntry {
        self.entry
    }
}

impl Catalog {
    /// The one at a commit; `None` where that is something else.
    pub fn read(repo: &Repo, commit: Oid, place: &str) -> Result<Option<Self>> {
        let Some(info) = info_of(repo, commit_id(commit), place)? else { return Ok(None) };
        let catalog = TrackedCatalog { scope: info.name.clone(), commit: commit_id(commit) };
        let index = catalog.into_index(repo)?;
        let files = index.files().map(|(path, blob)| (path.to_owned(), blob)).collect();
        Ok(Some(Self { index, scope: info.name, commit: commit_id(commit), files, read: RefCell::default() }))
    }

    /// What it lists of a component.
    pub fn entry(&self, repo: &Repo, name: &ComponentName) -> Result<Option<Rc<Entry>>> {
        let read = || match self.index.entry(repo, name) {
            Ok(entry) => Ok(entry.map(|entry| Rc::new(Entry::from(entry)))),
            Err(error) => Err(format!("{error:#}")),
        };
        let mut known = self.read.borrow_mut();
        known.entry(name.clone()).or_insert_with(read).clone().map_err(|why| anyhow!(why))
    }
}

/// What an entry listed, and does not list any more as it was.
pub fn lost(scope: &ScopeName, old: &Entry, new: &Entry) -> Vec<String> {
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
