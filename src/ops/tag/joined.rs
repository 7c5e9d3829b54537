//! The version that finishes a merge: made from both sides, numbered above both.

use super::plan::PlannedTag;
use crate::errors;
use crate::git::{RefEdit, RefName, oid};
use crate::model::{CommitId, ComponentId, Lineage, Version, VersionId};
use crate::ops::merge::saved_ref;
use crate::ops::state::Component;
use crate::ops::{State, Workspace, history};
use crate::scope::{KnownVersion, StoredVersion, VersionCommit};
use crate::workspace::Merging;
use anyhow::Result;
use std::collections::HashSet;

/// What a merge adds to the next version of a component.
pub struct Joined {
    /// The version that was merged.
    pub merging: Merging,
    /// Both sides, the one that the new version continues first.
    pub parents: Vec<CommitId>,
    /// Whether it continues the main line: where one of its sides does.
    pub lineage: Lineage,
    /// Versions tagged here whose numbers the scope has given to others, which are in the other side's history: their
    /// numbers go to those. They stay, as what the new version was made from.
    superseded: Vec<(Version, KnownVersion, CommitId)>,
}

/// What the merge that a component is in adds; `None` where it is in none.
pub fn joined(
    workspace: &Workspace,
    state: &State,
    component: &Component,
    current: CommitId,
) -> Result<Option<Joined>> {
    let Some(merging) = component.entry.merging.clone() else { return Ok(None) };
    let repo = workspace.scope.repo();
    if !repo.has(oid(merging.commit))? {
        return Err(errors::merged_version_not_here(&component.id.at(merging.version)));
    }
    let theirs = history::ancestry(repo, merging.commit)?;
    let listed = |version: &Version| component.remote.catalog.as_ref().and_then(|catalog| catalog.commit(version));
    let mut superseded = Vec::new();
    for (version, at) in state.known.versions(&component.id) {
        if let Some(there) = listed(version).filter(|there| *there != at.commit && theirs.contains(there)) {
            superseded.push((version.clone(), *at, there));
        }
    }
    let parents = match superseded.iter().any(|(_, at, _)| at.commit == current) {
        // What ours was made from is theirs too: it is theirs that goes on.
        _ if theirs.contains(&current) => vec![merging.commit],
        true => vec![merging.commit, current],
        false => vec![current, merging.commit],
    };
    let is_main = |commit| Ok::<bool, anyhow::Error>(VersionCommit::read(repo, commit)?.lineage == Lineage::Main);
    let lineage = match is_main(current)? || is_main(merging.commit)? {
        true => Lineage::Main,
        false => Lineage::Maintenance,
    };
    Ok(Some(Joined { merging, parents, lineage, superseded }))
}

impl Joined {
    /// The message, where nobody gave one.
    pub fn message(&self, id: &ComponentId) -> String {
        format!("merge {}", id.at(self.merging.version.clone()))
    }
}

/// What the tag that finishes merges takes from staged versions.
#[derive(Default)]
pub struct Finishing {
    /// The changes of refs.
    pub refs: Vec<RefEdit>,
    /// The versions that lose their numbers.
    pub nameless: Vec<VersionId>,
}

/// Finishes the merges of a plan.
pub fn finish(workspace: &Workspace, state: &State, tags: &[PlannedTag]) -> Result<Finishing> {
    let Finishing { mut refs, mut nameless } = Finishing::default();
    let mut replaced: HashSet<CommitId> = HashSet::new();
    for tag in tags {
        let Some(joined) = &tag.joined else { continue };
        let id = &state.components[tag.at].id;
        refs.extend(saved_ref(workspace.scope.repo(), id)?);
        for (version, at, there) in &joined.superseded {
            let name = RefName::from(id.at(version.clone())).to_string();
            refs.push(RefEdit { name, old: Some(at.target), new: Some(oid(*there)) });
            nameless.push(id.at(version.clone()));
            replaced.insert(at.commit);
        }
    }
    for (id, at) in without_replaced(workspace, state, tags, replaced)? {
        refs.push(RefEdit { name: RefName::from(id.clone()).to_string(), old: Some(at.target), new: None });
        nameless.push(id);
    }
    Ok(Finishing { refs, nameless })
}

/// Staged versions that need one whose number has gone to another can't be exported any more. Where this tag makes a
/// newer one of their component, they lose their number: what they hold stays, as what that one was made from.
fn without_replaced(
    workspace: &Workspace,
    state: &State,
    tags: &[PlannedTag],
    mut replaced: HashSet<CommitId>,
) -> Result<Vec<(VersionId, KnownVersion)>> {
    let repo = workspace.scope.repo();
    let mut gone = Vec::new();
    let mut staged = Vec::new();
    if replaced.is_empty() {
        return Ok(gone);
    }
    for tag in tags {
        let component = &state.components[tag.at];
        for version in &component.remote.staged {
            let Some(at) = state.known.components.get(&component.id).and_then(|known| known.versions.get(version))
            else {
                continue;
            };
            let mut is_continued = false;
            for parent in &tag.parents {
                is_continued |= history::holds(repo, *parent, at.commit)?;
            }
            if is_continued && !replaced.contains(&at.commit) {
                staged.push((component.id.at(version.clone()), *at, StoredVersion::read(repo, at.commit)?.manifest));
            }
        }
    }
    // One that loses its number may be needed by another.
    loop {
        let needs_replaced =
            |dependency: &crate::model::Dependency| dependency.commit.is_some_and(|commit| replaced.contains(&commit));
        let next = staged.iter().position(|(.., manifest)| manifest.dependencies.iter().any(needs_replaced));
        let Some(next) = next else { return Ok(gone) };
        let (id, at, _) = staged.remove(next);
        replaced.insert(at.commit);
        gone.push((id, at));
    }
}
