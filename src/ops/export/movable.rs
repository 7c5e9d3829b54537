//! What may get another scope: what was never exported, where a person wants it, under names that are free.

use super::aim::Aim;
use super::{Consent, ExportOptions};
use crate::errors;
use crate::git::Repo;
use crate::model::{ComponentId, ComponentName, PackageName, ScopeName};
use crate::ops::remote::url_of;
use crate::ops::{Workspace, reach};
use crate::scope::{Known, TrackedCatalog};
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Only what no scope lists can get another one. What .bitmap and the tracked catalogs don't know, the scopes are asked;
/// returns what could not be found out.
pub fn refuse_exported(
    workspace: &Workspace,
    known: &Known,
    movers: &BTreeSet<&ComponentId>,
    scope: &ScopeName,
) -> Result<Vec<String>> {
    let repo = workspace.scope.repo();
    let (mut warnings, mut exported) = (Vec::new(), BTreeSet::new());
    exported.extend(movers.iter().copied().filter(|id| workspace.bitmap.get(id).is_some_and(BitmapEntry::is_exported)));
    for home in movers.iter().map(|id| &id.scope).collect::<BTreeSet<_>>() {
        let mut names = known.catalogs.get(home).map_or(Ok(HashSet::new()), |catalog| names_in(repo, catalog))?;
        match over_there(workspace, known, home) {
            Ok(listed) => names.extend(listed),
            Err(error) => {
                let why = errors::report(&error).message;
                warnings.push(format!("{home} could not be asked whether it has components of these names: {why}"));
            }
        }
        exported.extend(movers.iter().copied().filter(|id| id.scope == *home && names.contains(&id.name)));
    }
    let exported: Vec<ComponentId> = exported.into_iter().cloned().collect();
    if exported.is_empty() { Ok(warnings) } else { Err(errors::exported_elsewhere(&exported, scope)) }
}

fn names_in(repo: &Repo, catalog: &TrackedCatalog) -> Result<HashSet<ComponentName>> {
    Ok(catalog.entries(repo)?.into_iter().map(|entry| entry.name).collect())
}

/// The components that a scope lists now; none where nobody has said where it is.
fn over_there(workspace: &Workspace, known: &Known, scope: &ScopeName) -> Result<HashSet<ComponentName>> {
    let url = if scope.is_placeholder() { None } else { url_of(workspace, scope)? };
    let Some(url) = url else { return Ok(HashSet::new()) };
    let repo = workspace.scope.repo();
    let reached = reach::reach(repo, url, known.catalogs.get(scope), &mut |_| {})?.expect(scope)?;
    names_in(repo, &reached.catalog)
}

/// Where a scope was chosen for components, and nobody named them, a person has to agree.
pub fn ask_for_consent(movers: &BTreeSet<&ComponentId>, aim: &Aim, options: &ExportOptions) -> Result<()> {
    let chosen: Vec<ComponentId> =
        movers.iter().filter(|id| !id.scope.is_placeholder()).map(|id| (*id).clone()).collect();
    match &aim.scope {
        Some(scope)
            if options.consent == Consent::Ask && aim.ids.is_empty() && !options.dry_run && !chosen.is_empty() =>
        {
            Err(errors::consent_needed(chosen, scope))
        }
        _ => Ok(()),
    }
}

/// Refuses names that are taken in this workspace.
pub fn refuse_taken_here(workspace: &Workspace, known: &Known, ids: &BTreeMap<ComponentId, ComponentId>) -> Result<()> {
    let staying: HashSet<PackageName> = workspace
        .bitmap
        .entries()
        .map(|entry| entry.id())
        .filter(|id| !ids.contains_key(id))
        .map(|id| PackageName::of(&id))
        .collect();
    let mut seen: HashSet<&ComponentId> = HashSet::new();
    let mut taken = Vec::new();
    for (old, new) in ids {
        let by = if workspace.bitmap.get(new).is_some() {
            "this workspace has another component of this id"
        } else if known.components.contains_key(new) {
            "the local scope has versions of another component of this id"
        } else if staying.contains(&PackageName::of(new)) {
            "another component of this workspace is the same package"
        } else if !seen.insert(new) {
            "another component of this export gets the same id"
        } else {
            continue;
        };
        taken.push((old.clone(), new.clone(), by));
    }
    if taken.is_empty() { Ok(()) } else { Err(errors::name_taken_in_scope(&taken)) }
}
