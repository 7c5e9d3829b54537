//! Which versions are to be published, and to which scopes.

use super::{ExportOptions, Exported, Versions};
use crate::errors;
use crate::model::{CommitId, ComponentId, ScopeName, Version};
use crate::ops::{Workspace, select as select_ids};
use crate::scope::{CatalogIndex, Known};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Versions to publish, by component.
pub type Staged = BTreeMap<ComponentId, BTreeMap<Version, CommitId>>;

/// By scope, the versions that the last catalog seen of it does not list.
pub fn select(
    workspace: &Workspace,
    known: &Known,
    options: &ExportOptions,
    outcome: &mut Exported,
) -> Result<BTreeMap<ScopeName, Staged>> {
    let ids: BTreeSet<ComponentId> = match options.ids.as_slice() {
        [] => workspace.bitmap.entries().map(|entry| entry.id()).collect(),
        wanted => select_ids(&workspace.bitmap, wanted)?.into_iter().map(|selection| selection.id).collect(),
    };
    let mut scopes: BTreeMap<ScopeName, Staged> = BTreeMap::new();
    outcome.left.clear();
    let repo = workspace.scope.repo();
    let mut indexes: BTreeMap<&ScopeName, CatalogIndex> = BTreeMap::new();
    for scope in ids.iter().map(|id| &id.scope).collect::<BTreeSet<_>>() {
        if let Some(catalog) = known.catalogs.get(scope) {
            indexes.insert(&catalog.scope, catalog.index(repo)?);
        }
    }
    for id in ids {
        let listed = indexes.get(&id.scope).map(|index| index.entry(repo, &id.name)).transpose()?.flatten();
        let is_staged = |version: &Version, commit: CommitId| {
            options.versions == Versions::All
                || listed.as_ref().and_then(|entry| entry.version(version)).is_none_or(|there| there.commit != commit)
        };
        let versions: BTreeMap<Version, CommitId> = known
            .versions(&id)
            .filter(|(version, at)| is_staged(version, at.commit))
            .map(|(version, at)| (version.clone(), at.commit))
            .collect();
        if versions.is_empty() {
            continue;
        }
        match &options.scope {
            _ if id.scope.is_placeholder() && options.scope.is_none() => {
                outcome.left.push((id, "its scope is only a placeholder".into()));
            }
            Some(scope) if *scope != id.scope => return Err(errors::other_scope_wanted(&id, scope)),
            _ => drop(scopes.entry(id.scope.clone()).or_default().insert(id, versions)),
        }
    }
    Ok(scopes)
}
