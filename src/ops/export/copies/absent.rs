//! Copies that are gone. `.bitmap` says in which scopes a component has copies, not how they were made. So where a scope
//! lists none of them, and never did as far as this workspace knows, others would be made under the same numbers.

use super::Requests;
use crate::git::Repo;
use crate::model::ComponentId;
use crate::ops::Workspace;
use crate::scope::TrackedCatalog;
use anyhow::Result;

/// The components that had copies in a scope by what `.bitmap` says, of which nobody here knows how they were; `before` is
/// how the scope was last seen.
pub fn absent(
    workspace: &Workspace,
    target: &TrackedCatalog,
    before: Option<&TrackedCatalog>,
    requests: &Requests,
) -> Result<Vec<ComponentId>> {
    let Some(asked) = requests.by_scope.get(&target.scope) else { return Ok(Vec::new()) };
    let had = |id: &&ComponentId| workspace.bitmap.get(id).is_some_and(|entry| entry.scopes.contains(&target.scope));
    let had: Vec<&ComponentId> = asked.keys().filter(had).collect();
    let mut absent = Vec::new();
    for id in had {
        if !lists(workspace.scope.repo(), [Some(target), before], id)? {
            absent.push(id.clone());
        }
    }
    Ok(absent)
}

fn lists(repo: &Repo, catalogs: [Option<&TrackedCatalog>; 2], id: &ComponentId) -> Result<bool> {
    for catalog in catalogs.into_iter().flatten() {
        if catalog.entry(repo, &id.name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
