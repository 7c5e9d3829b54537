//! How a component stands to the last catalog seen of its scope: staged, outdated, diverged. No network.

use super::Component;
use super::cache::Cache;
use crate::errors::Gone;
use crate::git::Repo;
use crate::model::{CommitId, ComponentId, Deprecation, ScopeName, Version};
use crate::ops::base::here;
use crate::ops::{Workspace, history, removal};
use crate::scope::{CatalogIndex, Known, TrackedCatalog};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// What a catalog lists of a component, as far as a comparison needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogView {
    /// The newest version of the main line.
    pub head: Version,
    /// The highest release.
    pub latest: Version,
    /// What it says to those who use it.
    pub deprecated: Option<(String, Option<String>)>,
    /// Whether it is removed.
    pub removed: bool,
    /// Whether any of its versions is removed by itself.
    pub has_gaps: bool,
    /// Every version and its content.
    pub versions: Vec<(Version, [u8; 20])>,
}

impl CatalogView {
    /// The content of a listed version.
    pub fn commit(&self, version: &Version) -> Option<CommitId> {
        let listed = self.versions.iter().find(|(listed, _)| listed == version);
        listed.map(|(_, commit)| CommitId::from_bytes(*commit))
    }

    /// Whether this content is listed, under whatever number.
    pub fn lists(&self, commit: CommitId) -> bool {
        self.versions.iter().any(|(_, listed)| listed == commit.as_bytes())
    }
}

/// How a component stands to its scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remote {
    /// What the catalog lists; `None` where it lists nothing, or where no catalog was ever seen.
    pub catalog: Option<CatalogView>,
    /// The versions that are tagged here and not listed there with the same content, lowest first.
    pub staged: Vec<Version>,
    /// Whether its scope's catalog was ever seen.
    pub is_scope_seen: bool,
    /// The scope has a newer version on the main line than the one this folder was made from.
    pub is_outdated: bool,
    /// The version that it offers then; `None` where all that is newer is removed.
    pub offered: Option<Version>,
    /// Both sides went on from an older version.
    pub is_diverged: bool,
    /// The version that the folder was made from is removed by itself.
    pub gone: Option<Gone>,
}

/// Works it out for every component.
pub fn fill(components: &mut [Component], known: &Known, workspace: &Workspace, cache: &mut Cache) -> Result<()> {
    let mut indexes = HashMap::new();
    for component in components {
        let view = catalog_view(&component.id, known, workspace, cache, &mut indexes)?;
        let is_listed =
            |version: &Version, commit| view.as_ref().is_some_and(|view| view.commit(version) == Some(commit));
        let staged = known.versions(&component.id).filter(|(version, at)| !is_listed(version, at.commit));
        let staged: Vec<Version> = staged.map(|(version, _)| version.clone()).collect();
        let lacks = |version: &Version| match &view {
            Some(view) => is_behind(component, view.commit(version), known, workspace),
            None => Ok(false),
        };
        let behind = view.as_ref().map_or(Ok(false), |view| lacks(&view.head))?;
        // A folder that was put back to a version of the scope has nothing to join, whatever else is staged.
        let has_own = !staged.is_empty() && !is_at_listed(component, view.as_ref(), known);
        let meant = match &view {
            Some(view) => Meant::of(component, view, known, workspace)?,
            None => Meant::default(),
        };
        let offered = match meant.newest.filter(|_| behind && !has_own) {
            Some(newest) => lacks(&newest)?.then_some(newest),
            None => None,
        };
        component.remote = Remote {
            offered,
            gone: meant.gone,
            is_diverged: behind && has_own,
            is_outdated: behind && !has_own,
            is_scope_seen: known.catalogs.contains_key(&component.id.scope),
            catalog: view,
            staged,
        };
    }
    Ok(())
}

/// What a catalog says of a component, together with what waits here to be said.
#[derive(Default)]
struct Meant {
    /// The newest version that everybody is to have.
    newest: Option<Version>,
    gone: Option<Gone>,
}

impl Meant {
    fn of(component: &Component, view: &CatalogView, known: &Known, workspace: &Workspace) -> Result<Self> {
        let waits = removal::pending(&component.entry);
        if waits.is_none() && !view.has_gaps {
            let newest = (!view.removed).then(|| view.head.clone());
            return Ok(Self { newest, gone: None });
        }
        let published = known.entry(workspace.scope.repo(), &component.id)?;
        let Some(entry) = published.map(|entry| removal::as_meant(Some(&component.entry), entry)) else {
            return Ok(Self::default());
        };
        let Some(newest) = entry.newest().map(|newest| newest.version.clone()) else { return Ok(Self::default()) };
        let is_gone = |version: &Version| entry.version(version).is_some_and(|listed| listed.removed.is_some());
        let current = component.entry.version.as_ref().filter(|_| is_at_listed(component, Some(view), known));
        let gone = current.filter(|version| is_gone(version)).map(|version| Gone {
            version: version.clone(),
            newest: newest.clone(),
            is_head_removed: is_gone(&entry.head),
        });
        Ok(Self { newest: Some(newest), gone })
    }
}

/// Whether the folder was made from a version that its scope lists.
fn is_at_listed(component: &Component, view: Option<&CatalogView>, known: &Known) -> bool {
    let current = component.current(known).and_then(|(id, commit)| Some((id.version, commit?)));
    current.is_some_and(|(version, commit)| view.and_then(|view| view.commit(&version)) == Some(commit))
}

/// The staged versions of components that the workspace does not have, such as removed ones.
pub fn beside_workspace(
    known: &Known,
    workspace: &Workspace,
    is_here: impl Fn(&ComponentId) -> bool,
) -> Result<BTreeMap<ComponentId, Vec<Version>>> {
    let (mut beside, mut indexes) = (BTreeMap::new(), HashMap::new());
    let repo = workspace.scope.repo();
    for id in known.components.keys().filter(|id| !is_here(id)) {
        let entry = match known.catalogs.get(&id.scope) {
            Some(catalog) => index_of(&mut indexes, catalog, repo)?.entry(repo, &id.name)?,
            None => None,
        };
        let listed = entry.map_or_else(Vec::new, |entry| entry.versions);
        let is_listed =
            |version: &Version, commit| listed.iter().any(|one| one.version == *version && one.commit == commit);
        let staged = known.versions(id).filter(|(version, at)| !is_listed(version, at.commit));
        let staged: Vec<Version> = staged.map(|(version, _)| version.clone()).collect();
        if !staged.is_empty() {
            beside.insert(id.clone(), staged);
        }
    }
    Ok(beside)
}

/// Where a catalog's entries are, found out once for all of its components.
fn index_of<'i, 'k>(
    indexes: &'i mut Indexes<'k>,
    catalog: &'k TrackedCatalog,
    repo: &Repo,
) -> Result<&'i CatalogIndex<'k>> {
    Ok(match indexes.entry(&catalog.scope) {
        Entry::Occupied(there) => there.into_mut(),
        Entry::Vacant(free) => free.insert(catalog.index(repo)?),
    })
}

/// Catalogs whose entries were found.
pub type Indexes<'k> = HashMap<&'k ScopeName, CatalogIndex<'k>>;

/// What the last catalog seen lists of a component.
pub fn catalog_view<'k>(
    id: &ComponentId,
    known: &'k Known,
    workspace: &Workspace,
    cache: &mut Cache,
    indexes: &mut Indexes<'k>,
) -> Result<Option<CatalogView>> {
    let Some(catalog) = known.catalogs.get(&id.scope) else { return Ok(None) };
    if let Some(view) = cache.catalog_view(id, catalog.commit.as_bytes()) {
        return Ok(view.clone());
    }
    // A catalog that moved on is unknown to the cache for all its components at once.
    let repo = workspace.scope.repo();
    let entry = index_of(indexes, catalog, repo)?.entry(repo, &id.name)?;
    let view = entry.map(|entry| CatalogView {
        has_gaps: entry.versions.iter().any(|listed| listed.removed.is_some()),
        head: entry.head,
        latest: entry.latest,
        deprecated: entry.deprecated.map(|Deprecation { message, range, .. }| (message, range)),
        removed: entry.removed.is_some(),
        versions: entry.versions.into_iter().map(|listed| (listed.version, *listed.commit.as_bytes())).collect(),
    });
    cache.put_catalog_view(id, *catalog.commit.as_bytes(), view.clone());
    Ok(view)
}

/// Whether a version that its scope lists is not in the history of what this folder has.
fn is_behind(component: &Component, listed: Option<CommitId>, known: &Known, workspace: &Workspace) -> Result<bool> {
    // By content, not by number: somebody else may have given theirs the same number.
    let (Some(mine), Some(listed)) = (here(known, &component.entry), listed) else {
        return Ok(false);
    };
    Ok(mine != listed && !history::holds(workspace.scope.repo(), mine, listed)?)
}
