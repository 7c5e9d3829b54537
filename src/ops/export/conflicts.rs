//! What keeps versions from being published: other content under the same number, other tags, missing dependencies.

use super::Target;
use crate::errors::{self, Conflict, TagOrigin};
use crate::git::{Oid, RefName, commit_id, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, Lineage, ScopeName, VersionId};
use crate::ops::stray::look_at;
use crate::ops::{Visit, Workspace, history};
use crate::scope::{Known, StoredVersion, TrackedCatalog};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Refuses what the scopes can't take, all of it at once.
pub fn refuse_conflicts(workspace: &Workspace, known: &Known, targets: &[Target]) -> Result<()> {
    let mut conflicts = Vec::new();
    for target in targets {
        let mut strays = BTreeMap::new();
        for version in &target.versions {
            match conflict(workspace, known, target, version)? {
                Some(Obstruction::Stray(there)) => drop(strays.insert(version.id(), there)),
                Some(Obstruction::Other(conflict)) => conflicts.push(conflict),
                None => {}
            }
        }
        conflicts.extend(stray_conflicts(target, strays)?);
    }
    conflicts.sort();
    conflicts.dedup();
    if conflicts.is_empty() { Ok(()) } else { Err(errors::export_conflicts(&conflicts)) }
}

enum Obstruction {
    /// A tag of this name that no catalog lists, on something else.
    Stray(Oid),
    Other(Conflict),
}

fn conflict(
    workspace: &Workspace,
    known: &Known,
    target: &Target,
    version: &StoredVersion,
) -> Result<Option<Obstruction>> {
    let id = version.id();
    let stray = target.advertised.refs.get(&RefName::in_scope(&id)).copied();
    if let Some(entry) = target.listed.get(&id.id.name) {
        if entry.version(&id.version).is_some() {
            return Ok(Some(Obstruction::Other(Conflict::SameNumber(id))));
        }
        let head = entry.version(&entry.head).map(|listed| listed.commit);
        let is_next = match (version.lineage, head) {
            (Lineage::Maintenance, _) => listed_ancestor(workspace, entry, version)?,
            (Lineage::Main, Some(head)) => continues(workspace, target, version, head)?,
            (Lineage::Main, None) => true,
        };
        if !is_next {
            return Ok(Some(Obstruction::Other(Conflict::Diverged(id, entry.head.clone()))));
        }
    }
    match stray {
        Some(there) if there != tag_target(known, &version.id(), version.commit) => Ok(Some(Obstruction::Stray(there))),
        _ => Ok(None),
    }
}

/// Whether a version continues the scope's newest one, or is the other side of a merge that does.
fn continues(workspace: &Workspace, target: &Target, version: &StoredVersion, head: CommitId) -> Result<bool> {
    let repo = workspace.scope.repo();
    if history::holds(repo, version.commit, head)? {
        return Ok(true);
    }
    let is_later = |other: &&StoredVersion| {
        other.manifest.name == version.manifest.name && other.commit != version.commit && other.lineage == Lineage::Main
    };
    for later in target.versions.iter().filter(is_later) {
        if history::holds(repo, later.commit, version.commit)? && history::holds(repo, later.commit, head)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the tag of a version is on: what its ref names here, an annotated tag where it is signed. A rewritten version
/// has no ref here yet, or one that still names what it was.
pub fn tag_target(known: &Known, id: &VersionId, commit: CommitId) -> Oid {
    let here = known.components.get(&id.id).and_then(|component| component.versions.get(&id.version));
    here.filter(|here| here.commit == commit).map_or(oid(commit), |here| here.target)
}

/// Tells who made what the tags are on. A host that does not hand it out is no reason to say nothing.
fn stray_conflicts(target: &Target, strays: BTreeMap<VersionId, Oid>) -> Result<Vec<Conflict>> {
    if strays.is_empty() {
        return Ok(Vec::new());
    }
    let abouts = look_at(&Visit::new()?, &target.url, &strays.values().copied().collect()).unwrap_or_default();
    let conflict = |(id, there): (VersionId, Oid)| {
        let made = abouts.get(&there).map(|about| (about.author.0.clone(), about.author.1.clone(), about.moment));
        let commit = abouts.get(&there).map_or(commit_id(there), |about| about.commit);
        let origin = match abouts.get(&there) {
            Some(about) if about.version.as_ref() != Some(&id) => TagOrigin::Person,
            _ => TagOrigin::Export,
        };
        Conflict::StrayTag { id, commit, made, origin }
    };
    Ok(strays.into_iter().map(conflict).collect())
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
pub fn refuse_missing_dependencies(workspace: &Workspace, known: &Known, targets: &[Target]) -> Result<()> {
    let published: HashSet<VersionId> =
        targets.iter().flat_map(|target| target.versions.iter().map(StoredVersion::id)).collect();
    let mut catalogs: HashMap<&ScopeName, &TrackedCatalog> = known.catalogs.iter().collect();
    catalogs.extend(targets.iter().map(|target| (&target.scope, &target.catalog)));
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
