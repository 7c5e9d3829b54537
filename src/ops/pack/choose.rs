//! Which versions a person means, of those that are here.

use crate::errors;
use crate::model::{CommitId, ComponentId, Pattern, VersionId};
use crate::ops::select::{Among, select_among};
use crate::ops::{By, Found, Knowledge, Selection, Workspace};
use anyhow::Result;

/// A version that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Which one.
    pub id: VersionId,
    /// Its content.
    pub commit: CommitId,
    /// Whether its scope, as it was last seen, does not list it.
    pub is_staged: bool,
}

/// Reads ids and patterns: components of the workspace at the version that their folder has, others of the local scope
/// at their latest one, unless a version is named. None: all components of the workspace that have a version.
pub fn choose(workspace: &Workspace, ids: &[String]) -> Result<Vec<Chosen>> {
    let known = workspace.scope.known()?;
    let knowledge = Knowledge::of(workspace, &known);
    let mut chosen = Vec::new();
    for (found, by) in found(workspace, knowledge, ids)? {
        match knowledge.version_of(&found)? {
            Some(id) => {
                let commit = knowledge.commit(&id)?;
                chosen.push(Chosen { is_staged: is_staged(&found, &id, commit), id, commit });
            }
            None if by == By::Id => return Err(errors::no_version_yet(&found.id)),
            None => {}
        }
    }
    chosen.sort_by(|a, b| a.id.cmp(&b.id));
    chosen.dedup_by(|a, b| a.id == b.id);
    Ok(chosen)
}

fn found<'w>(workspace: &'w Workspace, knowledge: Knowledge<'w>, ids: &[String]) -> Result<Vec<(Found<'w>, By)>> {
    if ids.is_empty() {
        let all = workspace.bitmap.entries().map(|entry| Ok((knowledge.about(&entry.id())?, By::Pattern)));
        return all.collect();
    }
    if !ids.iter().any(|text| Pattern::looks_like(text)) {
        return ids.iter().map(|id| Ok((knowledge.find(id)?, By::Id))).collect();
    }
    let is_beside = |id: &&ComponentId| workspace.bitmap.get(id).is_none();
    let beside: Vec<ComponentId> = knowledge.known.components.keys().filter(is_beside).cloned().collect();
    let selected = select_among(Among::with(&workspace.bitmap, &beside), ids)?;
    let read = |selection: Selection| {
        let mut found = knowledge.about(&selection.id)?;
        found.version = selection.version;
        Ok((found, selection.by))
    };
    selected.into_iter().map(read).collect()
}

fn is_staged(found: &Found, id: &VersionId, commit: CommitId) -> bool {
    let listed = found.catalog.as_ref().and_then(|entry| entry.version(&id.version));
    listed.is_none_or(|listed| listed.commit != commit)
}
