//! What is to be said of components that others go on as waits: for the new one, until it is published, and, where the
//! old one is to go, for those in its scope that need it.

use super::export::Staged;
use super::{Workspace, pending, removal};
use crate::model::{CatalogEntry, ComponentId, Mark, ScopeName};
use crate::scope::{Known, StoredVersion};
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Why something is not said yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The component that goes on is in no scope.
    Unpublished(ComponentId),
    /// The newest versions of these, in its scope, need what is to go.
    Needed(BTreeSet<ComponentId>),
}

/// Something that is not said yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Of which component.
    pub id: ComponentId,
    /// What it is to be.
    pub word: &'static str,
    /// Why.
    pub cause: Cause,
}

/// An export, as far as it matters here.
pub struct Leaving<'a> {
    /// The versions that it publishes.
    pub versions: &'a Staged,
    /// The components of which it says what is to be said.
    pub meant: &'a BTreeSet<ComponentId>,
}

/// What waits, when this is exported.
pub fn waiting(workspace: &Workspace, known: &Known, leaving: &Leaving) -> Result<BTreeMap<ComponentId, Waiting>> {
    let mut found = BTreeMap::new();
    let pointing: Vec<&BitmapEntry> = workspace
        .bitmap
        .entries()
        .filter(|entry| leaving.meant.contains(&entry.id()) && pending::successors(entry).next().is_some())
        .collect();
    for entry in &pointing {
        for successor in pending::successors(entry) {
            if !is_published(workspace, known, leaving, entry, &successor)? {
                note(&mut found, entry, Cause::Unpublished(successor));
            }
        }
    }
    let removed: Vec<&BitmapEntry> = pointing.into_iter().filter(|entry| is_going(entry)).collect();
    let needed = needed(workspace, known, leaving, &removed)?;
    // One that waits stays for now, and so does what it needs.
    loop {
        let stays = |id: &&ComponentId| {
            let is_meant = leaving.meant.contains(*id) && !found.contains_key(*id);
            !is_meant || !workspace.bitmap.get(id).is_some_and(is_going)
        };
        let next = removed.iter().filter(|entry| !found.contains_key(&entry.id())).find_map(|entry| {
            let dependents: BTreeSet<ComponentId> = needed.get(&entry.id())?.iter().filter(stays).cloned().collect();
            (!dependents.is_empty()).then_some((*entry, dependents))
        });
        let Some((entry, dependents)) = next else { return Ok(found) };
        note(&mut found, entry, Cause::Needed(dependents));
    }
}

fn note(found: &mut BTreeMap<ComponentId, Waiting>, entry: &BitmapEntry, cause: Cause) {
    let word = pending::marks(entry).last().map_or("", Mark::word);
    found.insert(entry.id(), Waiting { id: entry.id(), word, cause });
}

fn is_going(entry: &BitmapEntry) -> bool {
    matches!(removal::pending(entry), Some(Mark::Remove(None)))
}

/// Whether everybody finds it, after this export. What a person names without having it is believed to be there.
fn is_published(
    workspace: &Workspace,
    known: &Known,
    leaving: &Leaving,
    entry: &BitmapEntry,
    successor: &ComponentId,
) -> Result<bool> {
    if leaving.versions.contains_key(successor) {
        return Ok(true);
    }
    if workspace.bitmap.get(successor).is_none() && !is_going(entry) {
        return Ok(true);
    }
    let catalog = known.catalogs.get(&successor.scope);
    let listed = catalog.map(|catalog| catalog.entry(workspace.scope.repo(), &successor.name)).transpose()?.flatten();
    Ok(listed.is_some_and(|listed| listed.removed.is_none()))
}

/// Of each of these, what needs it in its own scope: the newest versions of that scope's components, after this export.
fn needed(
    workspace: &Workspace,
    known: &Known,
    leaving: &Leaving,
    removed: &[&BitmapEntry],
) -> Result<BTreeMap<ComponentId, BTreeSet<ComponentId>>> {
    let going: BTreeSet<ComponentId> = removed.iter().map(|entry| entry.id()).collect();
    let scopes: BTreeSet<&ScopeName> = going.iter().map(|id| &id.scope).collect();
    let mut needed: BTreeMap<ComponentId, BTreeSet<ComponentId>> = BTreeMap::new();
    for catalog in scopes.into_iter().filter_map(|scope| known.catalogs.get(scope)) {
        for entry in catalog.entries(workspace.scope.repo())? {
            let id = ComponentId::new(catalog.scope.clone(), entry.name.clone());
            for need in needs(workspace, leaving, &id, &entry)? {
                if going.contains(&need) {
                    needed.entry(need).or_default().insert(id.clone());
                }
            }
        }
    }
    Ok(needed)
}

fn needs(
    workspace: &Workspace,
    leaving: &Leaving,
    id: &ComponentId,
    entry: &CatalogEntry,
) -> Result<BTreeSet<ComponentId>> {
    if entry.removed.is_some() {
        return Ok(BTreeSet::new());
    }
    let mut staged = leaving.versions.get(id).into_iter().flatten();
    let newer = staged.rfind(|(version, _)| !version.is_prerelease() && **version > entry.latest);
    Ok(match newer {
        Some((_, commit)) => {
            let manifest = StoredVersion::read(workspace.scope.repo(), *commit)?.manifest;
            manifest.dependencies.into_iter().map(|needed| needed.id.id).collect()
        }
        None => {
            let latest = entry.version(&entry.latest).into_iter();
            latest.flat_map(|latest| &latest.dependencies).map(|needed| needed.id.clone()).collect()
        }
    })
}
