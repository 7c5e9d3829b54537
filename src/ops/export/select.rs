//! Which versions are to be published, and to which scopes.

use super::aim::Aim;
use super::rehome::Rehoming;
use super::{Exported, Versions};
use crate::errors;
use crate::git::Repo;
use crate::model::{CommitId, ComponentId, ScopeName, Version};
use crate::ops::select::{Among, select_among};
use crate::ops::{By, Workspace};
use crate::scope::{CatalogIndex, Known};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Versions to publish, by component.
pub type Staged = BTreeMap<ComponentId, BTreeMap<Version, CommitId>>;

/// The components of the workspace that a person means; all of them where none is named.
pub fn choose(workspace: &Workspace, known: &Known, ids: &[String]) -> Result<BTreeSet<ComponentId>> {
    if ids.is_empty() {
        return Ok(workspace.bitmap.entries().map(|entry| entry.id()).collect());
    }
    let beside: Vec<ComponentId> =
        known.components.keys().filter(|id| workspace.bitmap.get(id).is_none()).cloned().collect();
    let selections = match select_among(Among::with(&workspace.bitmap, &beside), ids) {
        // A pattern that names nothing leaves nothing to export.
        Err(error) if errors::report(&error).kind == "no-match" => Vec::new(),
        selections => selections?,
    };
    let mut chosen = BTreeSet::new();
    for selection in selections {
        let is_here = workspace
            .bitmap
            .get(&selection.id)
            .is_some_and(|entry| entry.version.is_none() || known.components.contains_key(&selection.id));
        if selection.by == By::Id && !is_here {
            return Err(errors::not_fully_available(&selection.id));
        }
        chosen.extend(workspace.bitmap.get(&selection.id).map(|_| selection.id));
    }
    Ok(chosen)
}

/// Of these components, the versions that the last catalog seen of their scope does not list; or all of them.
pub fn staged<'i>(
    repo: &Repo,
    known: &Known,
    ids: impl Iterator<Item = &'i ComponentId>,
    versions: Versions,
) -> Result<Staged> {
    let mut indexes: BTreeMap<&ScopeName, Option<CatalogIndex>> = BTreeMap::new();
    let mut staged = Staged::new();
    for id in ids {
        if !indexes.contains_key(&id.scope) {
            let catalog = known.catalogs.get(&id.scope);
            indexes.insert(&id.scope, catalog.map(|catalog| catalog.index(repo)).transpose()?);
        }
        let index = indexes.get(&id.scope).and_then(Option::as_ref);
        let listed = index.map(|index| index.entry(repo, &id.name)).transpose()?.flatten();
        let is_staged = |version: &Version, commit: CommitId| {
            versions == Versions::All
                || listed.as_ref().and_then(|entry| entry.version(version)).is_none_or(|there| there.commit != commit)
        };
        let versions = known.versions(id).filter(|(version, at)| is_staged(version, at.commit));
        let versions: BTreeMap<Version, CommitId> =
            versions.map(|(version, at)| (version.clone(), at.commit)).collect();
        if !versions.is_empty() {
            staged.insert(id.clone(), versions);
        }
    }
    Ok(staged)
}

/// Each scope with what goes to it. Where components get another scope, their versions are the rewritten ones.
pub fn by_scope(
    staged: Staged,
    aim: &Aim,
    rehoming: Option<&Rehoming>,
    outcome: &mut Exported,
) -> Result<BTreeMap<ScopeName, Staged>> {
    let mut scopes: BTreeMap<ScopeName, Staged> = BTreeMap::new();
    for (id, mut versions) in staged {
        if aim.scope.is_none() && id.scope.is_placeholder() {
            outcome.left.push((id, "its scope is only a placeholder".into()));
            continue;
        }
        let id = rehoming.map_or(&id, |rehoming| rehoming.id_of(&id)).clone();
        if let Some(scope) = aim.scope.as_ref().filter(|scope| **scope != id.scope) {
            return Err(errors::exported_elsewhere(&[id], scope));
        }
        if let Some(rehoming) = rehoming {
            versions.values_mut().for_each(|commit| *commit = rehoming.commit_of(*commit));
        }
        scopes.entry(id.scope.clone()).or_default().insert(id, versions);
    }
    Ok(scopes)
}
