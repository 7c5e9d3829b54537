//! What keeps versions from being published: other content under the same number, other tags.

use super::Target;
use crate::errors::{self, Conflict, Standing, TagOrigin};
use crate::git::{Oid, RefName, commit_id, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, Lineage, Version, VersionId};
use crate::ops::stray::look_at;
use crate::ops::{Visit, Workspace, history};
use crate::scope::{Known, StoredVersion};
use anyhow::Result;
use std::collections::BTreeMap;

/// Refuses what the scopes can't take, all of it at once.
pub fn refuse_conflicts(workspace: &Workspace, known: &Known, targets: &[Target]) -> Result<()> {
    let mut conflicts = Vec::new();
    for target in targets {
        conflicts.extend(of(workspace, known, target, |_| true)?);
    }
    conflicts.sort();
    conflicts.dedup();
    if conflicts.is_empty() {
        return Ok(());
    }
    let refusal = errors::export_conflicts(&conflicts);
    let own = not_in_the_files(workspace, &conflicts);
    Err(if own.is_empty() { refusal } else { errors::own_versions_first(refusal, &own) })
}

/// The newest of the refused versions of each component whose files are of another one.
fn not_in_the_files(workspace: &Workspace, conflicts: &[Conflict]) -> Vec<VersionId> {
    let mut newest: BTreeMap<&ComponentId, &Version> = BTreeMap::new();
    for own in conflicts.iter().filter_map(Conflict::own_side) {
        let newest = newest.entry(&own.id).or_insert(&own.version);
        *newest = (*newest).max(&own.version);
    }
    let is_elsewhere = |(id, own): &(&ComponentId, &Version)| {
        workspace.bitmap.get(id).is_some_and(|entry| entry.version.as_ref() != Some(*own))
    };
    newest.into_iter().filter(is_elsewhere).map(|(id, own)| id.at(own.clone())).collect()
}

/// Whether a scope can take its copies; the refusal if not.
pub fn refuse_copies(workspace: &Workspace, known: &Known, target: &Target) -> Result<Result<()>> {
    let conflicts = of(workspace, known, target, |version| target.copies.contents.contains(&version.commit))?;
    Ok(if conflicts.is_empty() { Ok(()) } else { Err(errors::export_conflicts(&conflicts)) })
}

fn of(
    workspace: &Workspace,
    known: &Known,
    target: &Target,
    is_meant: impl Fn(&StoredVersion) -> bool,
) -> Result<Vec<Conflict>> {
    let (mut conflicts, mut strays) = (Vec::new(), BTreeMap::new());
    for version in target.versions.iter().filter(|version| is_meant(version)) {
        match conflict(workspace, known, target, version)? {
            Some(Obstruction::Stray(there)) => drop(strays.insert(version.id(), there)),
            Some(Obstruction::Other(conflict)) => conflicts.push(conflict),
            None => {}
        }
    }
    conflicts.extend(stray_conflicts(target, strays)?);
    Ok(conflicts)
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
    let is_copy = target.copies.contents.contains(&version.commit);
    let stray = target.advertised.refs.get(&RefName::in_scope(&id)).copied();
    if is_removed(target, &id) {
        let conflict = if is_copy { Conflict::CopyRemoved(id) } else { Conflict::Removed(id) };
        return Ok(Some(Obstruction::Other(conflict)));
    }
    let standing = if target.lost.is_empty() { Standing::Listed } else { Standing::Anew };
    let listed = target.listed.get(&id.id.name).map(|entry| (entry, standing));
    // What it listed before it lost that is settled. What comes back is no conflict with itself.
    let comes_back = |was: &CatalogEntry| was.version(&id.version).is_some_and(|was| was.commit == version.commit);
    let lost = target.lost.entry(&id.id.name).filter(|was| !comes_back(was)).map(|was| (was, Standing::Lost));
    for (entry, standing) in listed.into_iter().chain(lost) {
        if let Some(conflict) = other_side(workspace, target, version, (entry, standing))? {
            return Ok(Some(Obstruction::Other(conflict)));
        }
    }
    match stray {
        Some(there) if there != tag_target(known, &version.id(), version.commit) => Ok(Some(Obstruction::Stray(there))),
        _ => Ok(None),
    }
}

/// What others have made of the component, by one entry of it.
fn other_side(
    workspace: &Workspace,
    target: &Target,
    version: &StoredVersion,
    (entry, standing): (&CatalogEntry, Standing),
) -> Result<Option<Conflict>> {
    let (id, here) = (version.id(), version.commit);
    if let Some(other) = entry.version(&id.version) {
        return Ok(Some(Conflict::SameNumber { id, here, there: other.commit, standing }));
    }
    let head = entry.version(&entry.head).map(|listed| listed.commit);
    let is_next = match (version.lineage, head) {
        (Lineage::Maintenance, _) => listed_ancestor(workspace, entry, version)?,
        (Lineage::Main, Some(head)) => continues(workspace, target, version, head)?,
        (Lineage::Main, None) => true,
    };
    let head = entry.head.clone();
    Ok((!is_next).then(|| match target.copies.contents.contains(&here) {
        true => Conflict::CopyDiverged(id, head),
        false => Conflict::Diverged(id, head, standing),
    }))
}

/// Whether a version is one more of a component that is removed, also in a scope that has lost it: what it listed of that
/// comes back removed.
fn is_removed(target: &Target, id: &VersionId) -> bool {
    let name = &id.id.name;
    let is_removed = match target.listed.get(name) {
        Some(entry) => entry.removed.is_some() || (target.lost.is_untouched(name) && target.lost.had_removed(id)),
        None => target.lost.had_removed(id),
    };
    is_removed && !target.recovers(name)
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
