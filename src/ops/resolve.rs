//! What a person means by an id: a component of the workspace or of the local scope, and which version of it.

use super::deprecation::deprecation_of;
use super::{Workspace, history, removal, select};
use crate::errors;
use crate::git::Repo;
use crate::model::{
    CatalogEntry, CommitId, ComponentId, Deprecation, IdQuery, Lineage, ScopeName, Version, VersionId, VersionSelector,
    nearest,
};
use crate::scope::{Known, StoredVersion, TrackedCatalog};
use crate::workspace::{Bitmap, BitmapEntry};
use anyhow::Result;

/// What is known of components: a workspace's records, the versions in its local scope and the catalogs as they were
/// last seen; or, without records, what a scope was just found to have ([`Visited`](super::Visited)).
#[derive(Clone, Copy)]
pub struct Knowledge<'a> {
    /// Where versions and catalogs are.
    pub repo: &'a Repo,
    /// Which there are.
    pub known: &'a Known,
    /// The records of the workspace.
    pub bitmap: &'a Bitmap,
}

/// A component that was asked for.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// Which one.
    pub id: ComponentId,
    /// Its record, if the workspace has it.
    pub entry: Option<&'a BitmapEntry>,
    /// What its scope's catalog lists of it.
    pub catalog: Option<CatalogEntry>,
    /// The version after the `@`.
    pub version: Option<VersionSelector>,
}

impl Found<'_> {
    /// Whether it is deprecated: by its record in the workspace, else by its catalog.
    pub fn deprecation(&self) -> Option<Deprecation> {
        let published = self.catalog.as_ref().and_then(|entry| entry.deprecated.as_ref());
        match self.entry {
            Some(entry) => deprecation_of(entry, published),
            None => published.cloned(),
        }
    }

    /// Whether it is removed: by its record in the workspace, else by its catalog.
    pub fn is_removed(&self) -> bool {
        removal::is_removed(self.entry, self.catalog.as_ref().is_some_and(|entry| entry.removed.is_some()))
    }

    /// Every scope that has it: its own first.
    pub fn scopes(&self) -> Vec<ScopeName> {
        let additional = self.entry.map_or(&[][..], |entry| &entry.scopes);
        std::iter::once(&self.id.scope).chain(additional).cloned().collect()
    }
}

impl<'a> Knowledge<'a> {
    /// What a workspace knows.
    pub fn of(workspace: &'a Workspace, known: &'a Known) -> Self {
        Self { repo: workspace.scope.repo(), known, bitmap: &workspace.bitmap }
    }

    /// Reads what a person typed. Components of the workspace come first, then those of the local scope and of
    /// the catalogs; last, a name that only one component of the local scope has.
    pub fn find(&self, text: &str) -> Result<Found<'a>> {
        let query = IdQuery::parse(text)?;
        let id = match select::in_workspace(self.bitmap, &query)? {
            Some(id) => id,
            None => self.elsewhere(&query)?,
        };
        let mut found = self.about(&id)?;
        found.version = query.version;
        Ok(found)
    }

    /// What is known of a component.
    pub fn about(&self, id: &ComponentId) -> Result<Found<'a>> {
        let (entry, catalog) = (self.bitmap.get(id), self.catalog_entry(id)?);
        Ok(Found { id: id.clone(), entry, catalog, version: None })
    }

    fn elsewhere(&self, query: &IdQuery) -> Result<ComponentId> {
        if let Some(id) = &query.as_id
            && (self.known.components.contains_key(id) || self.catalog_entry(id)?.is_some())
        {
            return Ok(id.clone());
        }
        let is_named = |id: &&ComponentId| query.as_name.as_ref() == Some(&id.name);
        let mut named: Vec<&ComponentId> = self.known.components.keys().filter(is_named).collect();
        named.sort();
        match named.as_slice() {
            [id] => Ok((*id).clone()),
            [] => Err(self.unknown(&query.path)),
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(errors::ambiguous_id(&query.path, &ids))
            }
        }
    }

    fn unknown(&self, text: &str) -> anyhow::Error {
        let here = self.bitmap.entries().map(BitmapEntry::id);
        let ids: Vec<String> = here.chain(self.known.components.keys().cloned()).map(|id| id.to_string()).collect();
        let names = self.bitmap.entries().map(|entry| entry.name.as_str());
        errors::unknown_anywhere(text, nearest(text, names.chain(ids.iter().map(String::as_str))))
    }

    /// What a component's scope lists of it.
    pub fn catalog_entry(&self, id: &ComponentId) -> Result<Option<CatalogEntry>> {
        self.known.entry(self.repo, id)
    }

    /// The last catalog seen of a scope.
    pub fn catalog(&self, scope: &str) -> Result<&'a TrackedCatalog> {
        let name = ScopeName::new(scope)?;
        let names = || self.known.catalogs.keys().map(ScopeName::as_str);
        let unknown = || errors::unknown_scope(scope, nearest(scope, names()), &names().collect::<Vec<_>>());
        self.known.catalogs.get(&name).ok_or_else(unknown)
    }

    /// The version that is meant: the one asked for, else the folder's, else the highest.
    /// `None`: it is new in the workspace, and has none.
    pub fn version_of(&self, found: &Found) -> Result<Option<VersionId>> {
        let version = match (&found.version, found.entry) {
            (Some(selector), _) => self.select(found, selector)?,
            (None, Some(entry)) => match &entry.version {
                Some(version) => version.clone(),
                None => return Ok(None),
            },
            (None, None) => self.latest(found)?,
        };
        Ok(Some(found.id.at(version)))
    }

    /// The number that a selector stands for.
    pub fn select(&self, found: &Found, selector: &VersionSelector) -> Result<Version> {
        match selector {
            VersionSelector::Exact(version) => Ok(version.clone()),
            VersionSelector::Latest => self.latest(found),
            VersionSelector::Head => self.head(found),
        }
    }

    /// The highest release that is not removed, else the highest pre-release; listed or staged.
    fn latest(&self, found: &Found) -> Result<Version> {
        let meant = found.catalog.clone().map(|entry| removal::as_meant(found.entry, entry));
        let listed = meant.iter().flat_map(|entry| &entry.versions);
        let listed = listed.filter(|listed| listed.removed.is_none()).map(|listed| &listed.version);
        let is_listed =
            |version: &Version| found.catalog.as_ref().is_some_and(|entry| entry.version(version).is_some());
        let staged = self.known.versions(&found.id).map(|(version, _)| version).filter(|version| !is_listed(version));
        let highest = listed.chain(staged).max_by_key(|version| (!version.is_prerelease(), *version));
        highest.cloned().ok_or_else(|| errors::no_version_yet(&found.id))
    }

    /// The newest of the main line: the catalog's head, unless what is staged here goes on from it; where it alone is
    /// removed, the newest version that is not.
    fn head(&self, found: &Found) -> Result<Version> {
        let mine = history::history(self.repo, self.known, &found.id)?;
        let mine = mine.into_iter().find(|(_, made)| made.lineage == Lineage::Main);
        match (mine, &found.catalog) {
            (Some((version, made)), Some(entry)) => {
                let meant = removal::as_meant(found.entry, entry.clone());
                let is_gone = |version: &Version| meant.version(version).is_some_and(|listed| listed.removed.is_some());
                let newest = || meant.newest().map_or(&entry.head, |newest| &newest.version).clone();
                let theirs = entry.version(&entry.head).map(|listed| listed.commit);
                let goes_on = theirs.map(|theirs| history::holds(self.repo, made.commit, theirs)).transpose()?;
                Ok(if goes_on == Some(true) && !is_gone(&version) { version } else { newest() })
            }
            (Some((version, _)), None) => Ok(version),
            (None, Some(entry)) => Ok(entry.newest().map_or(&entry.head, |newest| &newest.version).clone()),
            (None, None) => Err(errors::no_version_yet(&found.id)),
        }
    }

    /// The content of a version.
    pub fn stored(&self, id: &VersionId) -> Result<StoredVersion> {
        StoredVersion::read(self.repo, self.commit(id)?)
    }

    /// Where the content of a version is. One that exists elsewhere has to be imported first.
    pub fn commit(&self, id: &VersionId) -> Result<CommitId> {
        if let Some(commit) = self.known.commit(&id.id, &id.version) {
            return Ok(commit);
        }
        let listed = self.catalog_entry(&id.id)?.is_some_and(|entry| entry.version(&id.version).is_some());
        let current = self.bitmap.get(&id.id).and_then(|entry| entry.version.as_ref()) == Some(&id.version);
        if listed {
            return Err(errors::version_not_here(id));
        }
        if current {
            return Err(errors::import_pending(&id.to_string()));
        }
        let known: Vec<String> = self.known.versions(&id.id).map(|(version, _)| version.to_string()).collect();
        Err(errors::unknown_version(&id.id, &id.version, &known))
    }
}
