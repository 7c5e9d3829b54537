//! A scope that an export goes to: reached, read, and compared with what is to be published.

use super::{ExportOptions, ExportedScope, Staged, Versions};
use crate::errors::{self, Conflict};
use crate::git::remote;
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, RefEdit, RefName, Repo, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, ComponentName, Graph, Lineage, ScopeName, VersionId};
use crate::ops::history;
use crate::ops::reach::{self, Reached};
use crate::ops::remote::url_of;
use crate::ops::{Progress, Transaction, Workspace};
use crate::scope::{StoredVersion, TrackedCatalog, WriteLock};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A scope that an export goes to.
pub struct Target {
    /// Which scope.
    pub scope: ScopeName,
    /// Where it is.
    pub url: RemoteUrl,
    /// The branch of its catalog.
    pub branch: String,
    /// Its catalog as it is now.
    pub catalog: TrackedCatalog,
    /// The refs it has.
    pub advertised: Advertised,
    /// What it lists of the components that are to be published.
    pub listed: BTreeMap<ComponentName, CatalogEntry>,
    /// What is to be published, without what it lists already.
    pub staged: Staged,
    /// Every version to be published, those that others were made from before these.
    pub versions: Vec<StoredVersion>,
}

impl Target {
    /// Nothing is left to do here.
    pub fn is_done(&self) -> bool {
        self.versions.is_empty()
    }

    /// What is told of it.
    pub fn outcome(&self) -> ExportedScope {
        let versions = self.versions.iter().map(StoredVersion::id).collect();
        ExportedScope { scope: self.scope.clone(), url: self.url.to_string(), versions }
    }
}

/// Reaches every scope, side by side, and reads what it lists.
pub fn open_all(
    workspace: &Workspace,
    lock: &WriteLock,
    staged: BTreeMap<ScopeName, Staged>,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Vec<Target>> {
    progress.stage("asking the scopes", staged.len());
    let mut urls = Vec::with_capacity(staged.len());
    for scope in staged.keys() {
        urls.push(url_of(workspace, scope)?.ok_or_else(|| errors::no_remote(scope))?);
    }
    let place = workspace.scope.repo().path();
    let ask = |url: &RemoteUrl| remote::list(url, Some(&Repo::open(place)?));
    let advertised: Vec<Advertised> = urls.par_iter().map(ask).collect::<Result<_>>()?;
    let mut targets = Vec::with_capacity(staged.len());
    for (((scope, staged), url), advertised) in staged.into_iter().zip(urls).zip(advertised) {
        targets.push(open(workspace, lock, scope, staged, url, advertised, options)?);
        progress.advance(1);
    }
    Ok(targets)
}

fn open(
    workspace: &Workspace,
    lock: &WriteLock,
    scope: ScopeName,
    mut staged: Staged,
    url: RemoteUrl,
    advertised: Advertised,
    options: &ExportOptions,
) -> Result<Target> {
    let repo = workspace.scope.repo();
    let before = workspace.scope.known()?.catalogs.remove(&scope);
    let reached = reach::read(repo, url, advertised, before.as_ref(), &mut |_| {})?.expect(&scope)?;
    let Reached { url, branch, advertised, catalog, .. } = reached;
    if let Some(before) = &before
        && !history::holds(repo, catalog.commit, before.commit)?
        && options.versions == Versions::Staged
    {
        return Err(errors::scope_was_replaced(&scope, &lost_versions(workspace, before, &catalog)?));
    }
    track(workspace, lock, before.as_ref(), &catalog)?;
    let mut listed = BTreeMap::new();
    let index = catalog.index(repo)?;
    for id in staged.keys() {
        listed.extend(index.entry(repo, &id.name)?.map(|entry| (id.name.clone(), entry)));
    }
    for (id, versions) in &mut staged {
        if let Some(entry) = listed.get(&id.name) {
            versions.retain(|version, commit| entry.version(version).is_none_or(|there| there.commit != *commit));
        }
    }
    let versions = in_dependency_order(workspace, &staged)?;
    Ok(Target { scope, url, branch, catalog, advertised, listed, staged, versions })
}

/// Remembers the catalog that was seen.
fn track(workspace: &Workspace, lock: &WriteLock, before: Option<&TrackedCatalog>, now: &TrackedCatalog) -> Result<()> {
    let old = before.map(|before| oid(before.commit));
    let new = Some(oid(now.commit));
    if old == new {
        return Ok(());
    }
    let name = RefName::TrackedCatalog(now.scope.clone()).to_string();
    let refs = vec![RefEdit { name, old, new }];
    workspace.commit(Transaction { command: "export", objects: None, refs, bitmap: Vec::new() }, lock)
}

fn lost_versions(workspace: &Workspace, before: &TrackedCatalog, now: &TrackedCatalog) -> Result<Vec<String>> {
    let repo = workspace.scope.repo();
    let there: HashSet<CommitId> =
        now.entries(repo)?.iter().flat_map(|entry| entry.versions.iter().map(|listed| listed.commit)).collect();
    let mut lost = Vec::new();
    for entry in before.entries(repo)? {
        let gone = entry.versions.iter().filter(|listed| !there.contains(&listed.commit));
        lost.extend(gone.map(|listed| format!("{}/{}@{}", before.scope, entry.name, listed.version)));
    }
    Ok(lost)
}

/// Every version to be published: what a version was made from, and what it needs, comes before it.
fn in_dependency_order(workspace: &Workspace, staged: &Staged) -> Result<Vec<StoredVersion>> {
    let repo = workspace.scope.repo();
    let mut versions = Vec::new();
    for commit in staged.values().flat_map(BTreeMap::values) {
        versions.push(StoredVersion::read(repo, *commit)?);
    }
    let places: HashMap<CommitId, usize> =
        versions.iter().enumerate().map(|(place, version)| (version.commit, place)).collect();
    let mut graph = Graph::new(versions.len());
    for (place, version) in versions.iter().enumerate() {
        let pins = version.manifest.dependencies.iter().filter_map(|dependency| dependency.commit);
        for needed in version.parents.iter().copied().chain(pins).filter_map(|commit| places.get(&commit)) {
            graph.add(place, *needed);
        }
    }
    let order = graph.order();
    let mut slots: Vec<Option<StoredVersion>> = versions.into_iter().map(Some).collect();
    Ok(order.into_iter().flatten().filter_map(|place| slots[place].take()).collect())
}

/// The order of the pushes: a scope whose versions others need comes before those.
pub fn in_order(targets: Vec<Target>) -> Vec<Target> {
    let places: HashMap<ScopeName, usize> =
        targets.iter().enumerate().map(|(place, target)| (target.scope.clone(), place)).collect();
    let mut graph = Graph::new(targets.len());
    for (place, target) in targets.iter().enumerate() {
        for dependency in target.versions.iter().flat_map(|version| &version.manifest.dependencies) {
            if let Some(&needed) = places.get(&dependency.id.id.scope).filter(|needed| **needed != place) {
                graph.add(place, needed);
            }
        }
    }
    let mut slots: Vec<Option<Target>> = targets.into_iter().map(Some).collect();
    graph.order().into_iter().flatten().filter_map(|place| slots[place].take()).collect()
}

/// Refuses what the scopes can't take, all of it at once.
pub fn refuse_conflicts(workspace: &Workspace, targets: &[Target]) -> Result<()> {
    let mut conflicts = Vec::new();
    for target in targets {
        for version in &target.versions {
            conflicts.extend(conflict(workspace, target, version)?);
        }
    }
    conflicts.sort();
    conflicts.dedup();
    if conflicts.is_empty() { Ok(()) } else { Err(errors::export_conflicts(&conflicts)) }
}

fn conflict(workspace: &Workspace, target: &Target, version: &StoredVersion) -> Result<Option<Conflict>> {
    let id = version.id();
    let stray = target.advertised.refs.get(&RefName::in_scope(&id)).copied();
    if let Some(entry) = target.listed.get(&id.id.name) {
        if entry.version(&id.version).is_some() {
            return Ok(Some(Conflict::SameNumber(id)));
        }
        let head = entry.version(&entry.head).map(|listed| listed.commit);
        let is_next = match (version.lineage, head) {
            (Lineage::Maintenance, _) => listed_ancestor(workspace, entry, version)?,
            (Lineage::Main, Some(head)) => history::holds(workspace.scope.repo(), version.commit, head)?,
            (Lineage::Main, None) => true,
        };
        if !is_next {
            return Ok(Some(Conflict::Diverged(id, entry.head.clone())));
        }
    }
    match stray {
        Some(there) if there != oid(version.commit) => Ok(Some(Conflict::StrayTag(id, there.to_string()))),
        _ => Ok(None),
    }
}

fn listed_ancestor(workspace: &Workspace, entry: &CatalogEntry, version: &StoredVersion) -> Result<bool> {
    for listed in &entry.versions {
        if history::holds(workspace.scope.repo(), version.commit, listed.commit)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Every dependency must be listed in its scope or be part of this export.
pub fn refuse_missing_dependencies(workspace: &Workspace, targets: &[Target]) -> Result<()> {
    let published: HashSet<VersionId> =
        targets.iter().flat_map(|target| target.versions.iter().map(StoredVersion::id)).collect();
    let catalogs = workspace.scope.known()?.catalogs;
    let mut listed: HashMap<ComponentId, Option<CatalogEntry>> = HashMap::new();
    let mut missing = Vec::new();
    for version in targets.iter().flat_map(|target| &target.versions) {
        for dependency in &version.manifest.dependencies {
            let id = &dependency.id;
            if published.contains(id) {
                continue;
            }
            if !listed.contains_key(&id.id) {
                let catalog = catalogs.get(&id.id.scope);
                let entry = catalog.map(|catalog| catalog.entry(workspace.scope.repo(), &id.id.name)).transpose()?;
                listed.insert(id.id.clone(), entry.flatten());
            }
            let there = listed.get(&id.id).and_then(Option::as_ref).and_then(|entry| entry.version(&id.version));
            if there.is_none_or(|there| dependency.commit.is_some_and(|commit| commit != there.commit)) {
                missing.push((version.id().to_string(), id.to_string()));
            }
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(errors::dependencies_not_exported(&missing)) }
}
