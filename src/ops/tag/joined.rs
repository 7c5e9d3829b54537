//! The version that finishes a merge: made from both sides, numbered above both.

use super::plan::PlannedTag;
use crate::errors;
use crate::git::{Oid, RawObject, RefEdit, RefName, Repo, oid};
use crate::model::{CommitId, ComponentId, Lineage, Version, VersionId};
use crate::ops::merge::{kept_tags, saved_ref, superseded};
use crate::ops::seal::seal_at_hand;
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
    let theirs = history::ancestry(repo, [merging.commit])?;
    let superseded = superseded(repo, state, component, merging.commit)?;
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
    /// The tags that refs name then, which were kept by the merges.
    pub objects: Vec<RawObject>,
    /// The versions that lose their numbers.
    pub nameless: Vec<VersionId>,
}

/// Finishes the merges of a plan.
pub fn finish(workspace: &Workspace, state: &State, tags: &[PlannedTag]) -> Result<Finishing> {
    let Finishing { mut refs, mut objects, mut nameless } = Finishing::default();
    let repo = workspace.scope.repo();
    let mut replaced: HashSet<CommitId> = HashSet::new();
    for tag in tags {
        let Some(joined) = &tag.joined else { continue };
        let id = &state.components[tag.at].id;
        refs.extend(saved_ref(repo, id)?);
        let mut kept = kept_tags(repo, id)?;
        for (version, at, there) in &joined.superseded {
            let id = id.at(version.clone());
            let target = target_of(repo, &id, *there, kept.remove(version), &mut objects)?;
            let name = RefName::from(id.clone()).to_string();
            refs.push(RefEdit { name, old: Some(at.target), new: Some(target) });
            nameless.push(id);
            replaced.insert(at.commit);
        }
    }
    for (id, at) in without_replaced(workspace, state, tags, replaced)? {
        refs.push(RefEdit { name: RefName::from(id.clone()).to_string(), old: Some(at.target), new: None });
        nameless.push(id);
    }
    Ok(Finishing { refs, objects, nameless })
}

/// What the number is on in its scope: the tag that the merge kept, or that came before; else the version's commit.
fn target_of(
    repo: &Repo,
    id: &VersionId,
    commit: CommitId,
    kept: Option<RawObject>,
    objects: &mut Vec<RawObject>,
) -> Result<Oid> {
    let is_on = |tag: &RawObject| tag.bytes.starts_with(format!("object {commit}\ntype commit\n").as_bytes());
    match kept.filter(is_on) {
        Some(tag) => {
            let target = tag.oid;
            objects.push(tag);
            Ok(target)
        }
        None => seal_at_hand(repo, id, commit),
    }
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
