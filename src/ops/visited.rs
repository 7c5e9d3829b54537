//! A scope as it is at this moment, over the network: what is looked at is brought, and nothing is kept.

use super::progress::waiting_for;
use super::{Knowledge, Place, Progress, Visit, Workspace, select};
use crate::errors;
use crate::git::remote::{self, Durability, Extent, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{RefName, RefTable, RemoteFailure, commit_id, refs};
use crate::model::{
    CatalogEntry, CatalogVersion, ComponentId, ComponentName, IdQuery, ScopeInfo, ScopeName, VersionId,
    VersionSelector, nearest,
};
use crate::scope::{Known, TrackedCatalog, VersionCommit, info_of};
use crate::workspace::Bitmap;
use anyhow::Result;

/// A scope that was asked just now. Its catalog is here, versions come when they are wanted.
pub struct Visited {
    visit: Visit,
    url: RemoteUrl,
    info: ScopeInfo,
    known: Known,
    records: Bitmap,
}

/// Which scope is asked about a component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Whom {
    /// The component's own.
    #[default]
    Own,
    /// This one.
    At(Place),
}

/// A component that a scope was asked about.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which one.
    pub id: ComponentId,
    /// What the scope lists of it.
    pub entry: CatalogEntry,
    /// The version after the `@`.
    pub version: Option<VersionSelector>,
}

impl Asked {
    /// The version that is meant, the latest without a word.
    pub fn listed(&self) -> Result<&CatalogVersion> {
        let number = self.entry.number(self.version.as_ref());
        let newest = || self.entry.versions.iter().rev().map(|listed| listed.version.to_string());
        self.entry.version(&number).ok_or_else(|| errors::no_such_version(&self.id, &number, newest()))
    }
}

impl Visited {
    /// Asks a scope, and brings its catalog.
    pub fn open(place: &Place, workspace: Option<&Workspace>, progress: &dyn Progress) -> Result<Self> {
        Self::dial(place, workspace, progress).map_err(|error| match (place, workspace) {
            (Place::Scope(scope), Some(workspace)) if was_seen(workspace, scope) => errors::or_cached(error, scope),
            _ => error,
        })
    }

    fn dial(place: &Place, workspace: Option<&Workspace>, progress: &dyn Progress) -> Result<Self> {
        let url = place.url(workspace)?;
        let visit = workspace.map_or_else(Visit::new, |workspace| Visit::beside(&workspace.scope))?;
        progress.stage("asking the scope", 0);
        let no_catalog = || errors::no_catalog_there(&url.to_string());
        let names = [(refs::HEAD.to_owned(), refs::VISITED_CATALOG.to_owned())];
        copy(&visit, &url, &names, Extent::Newest, progress).map_err(|error| or_missing(error, no_catalog))?;
        let head = RefTable::read(visit.repo())?.get(refs::VISITED_CATALOG).ok_or_else(no_catalog)?;
        let commit = commit_id(head.commit());
        let info = info_of(visit.repo(), commit, &url.to_string())?.ok_or_else(no_catalog)?;
        place.check(&url, &info)?;
        let catalog = TrackedCatalog { scope: info.name.clone(), commit };
        let known = Known { catalogs: [(info.name.clone(), catalog)].into(), ..Known::default() };
        Ok(Self { visit, url, info, known, records: Bitmap::default() })
    }

    /// Asks a scope about a component.
    pub fn ask(
        whom: &Whom,
        text: &str,
        workspace: Option<&Workspace>,
        progress: &dyn Progress,
    ) -> Result<(Self, Asked)> {
        let mut query = IdQuery::parse(text)?;
        let place = match whom {
            Whom::At(place) => place.clone(),
            Whom::Own => {
                let id = with_scope(&query, workspace)?;
                let place = Place::Scope(id.scope.clone());
                query.as_id = Some(id);
                place
            }
        };
        let visited = Self::open(&place, workspace, progress)?;
        let asked = visited.find(query)?;
        Ok((visited, asked))
    }

    /// What is known of the scope; of versions, those that were brought.
    pub fn knowledge(&self) -> Knowledge<'_> {
        Knowledge { repo: self.visit.repo(), known: &self.known, bitmap: &self.records }
    }

    /// Its name.
    pub fn scope(&self) -> &ScopeName {
        &self.info.name
    }

    /// All it lists, sorted by name.
    pub fn entries(&self) -> Result<Vec<CatalogEntry>> {
        self.knowledge().catalog(self.scope().as_str())?.entries(self.visit.repo())
    }

    /// The component that is meant, with its scope or without.
    fn find(&self, query: IdQuery) -> Result<Asked> {
        let whole = query.as_id.filter(|id| id.scope == *self.scope());
        let named = query.as_name.map(|name| ComponentId::new(self.scope().clone(), name));
        for id in [whole, named].into_iter().flatten() {
            if let Some(entry) = self.knowledge().catalog_entry(&id)? {
                return Ok(Asked { id, entry, version: query.version });
            }
        }
        let names: Vec<ComponentName> = self.entries()?.into_iter().map(|entry| entry.name).collect();
        let name = query.path.strip_prefix(&format!("{}/", self.scope())).unwrap_or(&query.path);
        let nearest = nearest(name, names.iter().map(ComponentName::as_str));
        Err(errors::not_in_scope(name, self.scope(), &self.url.to_string(), nearest))
    }

    /// Brings a version with all it holds.
    pub fn bring_version(&mut self, asked: &Asked, progress: &dyn Progress) -> Result<VersionId> {
        let listed = asked.listed()?;
        let id = asked.id.at(listed.version.clone());
        let names = [(RefName::in_scope(&id), RefName::from(id.clone()).to_string())];
        copy(&self.visit, &self.url, &names, Extent::Newest, progress)
            .map_err(|error| or_missing(error, || errors::version_gone(&id, &self.url.to_string())))?;
        self.admit(&asked.id, std::slice::from_ref(listed))?;
        let says = self.knowledge().stored(&id)?.id();
        if says != id { Err(errors::version_of_another(&id, listed.commit, &says)) } else { Ok(id) }
    }

    /// Brings the commits of every version of a component, without what they hold where the host can leave that out.
    pub fn bring_history(&mut self, asked: &Asked, progress: &dyn Progress) -> Result<()> {
        copy(&self.visit, &self.url, &[RefName::all_versions(&asked.id)], Extent::Commits, progress)?;
        self.admit(&asked.id, &asked.entry.versions)
    }

    /// Takes what came for what it is said to be, once that is so. What the catalog does not list is passed over.
    fn admit(&mut self, id: &ComponentId, listed: &[CatalogVersion]) -> Result<()> {
        let url = self.url.to_string();
        let came = Known::read(self.visit.repo())?.components.remove(id).unwrap_or_default();
        for listed in listed {
            let version = id.at(listed.version.clone());
            let at = match came.versions.get(&listed.version) {
                Some(at) => at,
                // A mirror that was pruned has none of a removed version.
                None if listed.removed.is_some() => continue,
                None => return Err(errors::version_gone(&version, &url)),
            };
            if at.commit != listed.commit {
                return Err(errors::version_moved(&version, &url, listed.commit, at.commit));
            }
            let says = VersionCommit::read(self.visit.repo(), at.commit)?.id;
            if says != version {
                return Err(errors::version_of_another(&version, at.commit, &says));
            }
            self.known.components.entry(id.clone()).or_default().versions.insert(version.version, *at);
        }
        Ok(())
    }
}

fn copy(
    visit: &Visit,
    url: &RemoteUrl,
    names: &[(String, String)],
    extent: Extent,
    progress: &dyn Progress,
) -> Result<()> {
    let options = FetchOptions { extent, durability: Durability::ThrownAway, ..FetchOptions::default() };
    let ask = || remote::copy_refs(visit.repo(), url, names, &options, &mut |count| progress.git(count));
    waiting_for(progress, &url.to_string(), ask)
}

/// What git says of a name that is not there, in better words.
fn or_missing(error: anyhow::Error, better: impl FnOnce() -> anyhow::Error) -> anyhow::Error {
    if RemoteFailure::of(&error) == Some(RemoteFailure::Missing) { better() } else { error }
}

fn was_seen(workspace: &Workspace, scope: &ScopeName) -> bool {
    workspace.scope.known().is_ok_and(|known| known.catalogs.contains_key(scope))
}

/// The component that is meant, with the scope it belongs to: the workspace's first, then as it was typed, then by the
/// name that only one component of the local scope has.
pub(super) fn with_scope(query: &IdQuery, workspace: Option<&Workspace>) -> Result<ComponentId> {
    if let Some(workspace) = workspace
        && let Some(id) = select::in_workspace(&workspace.bitmap, query)?
    {
        return Ok(id);
    }
    match (&query.as_id, workspace) {
        (Some(id), _) => Ok(id.clone()),
        (None, Some(workspace)) => {
            let known = workspace.scope.known()?;
            Ok(Knowledge::of(workspace, &known).find(&query.path)?.id)
        }
        (None, None) => Err(errors::whose_component(&query.path)),
    }
}
