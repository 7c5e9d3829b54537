//! What a reset goes back to: the version that a folder falls back to, and what the tag that goes had taken away. A tag
//! that finishes a merge gives numbers of ours to the scope's versions, and dependents lose theirs; where that tag goes,
//! they get them back, and the merge is one that no tag has finished.

use super::Doomed;
use crate::errors;
use crate::git::{Oid, RefEdit, RefName, Repo, oid};
use crate::model::{CommitId, ComponentId, Version, VersionId};
use crate::ops::base::base_of_staged;
use crate::ops::seal::seal_at_hand;
use crate::ops::{State, Workspace, history};
use crate::scope::{KnownVersion, StoredVersion, VersionCommit};
use crate::workspace::{BitmapEntry, Merging};
use anyhow::Result;
use std::collections::{BTreeMap, HashSet};

/// Versions that get back the numbers which a doomed one took from them.
#[derive(Default)]
pub struct Returning(BTreeMap<VersionId, Returned>);

struct Returned {
    commit: CommitId,
    /// What the number is on now.
    taken_by: Option<Oid>,
}

/// A version that has no number any more.
struct Nameless {
    id: VersionId,
    commit: CommitId,
    /// The doomed version that goes on from it, where no version that has a number stands between.
    user: Option<VersionId>,
}

impl Returning {
    /// Finds them in what the doomed versions were made from.
    pub fn of(workspace: &Workspace, state: &State, doomed: &Doomed) -> Result<Self> {
        let (mut returning, mut nameless) = (Self::default(), Vec::new());
        for (id, versions) in doomed {
            for version in versions {
                if let Some(commit) = state.known.commit(id, version) {
                    returning.look(workspace, state, (id.at(version.clone()), commit), &mut nameless)?;
                }
            }
        }
        returning.dependents(workspace, state, nameless)?;
        Ok(returning)
    }

    /// The changes of refs by which they have their numbers again.
    pub fn refs(&self, repo: &Repo) -> Result<Vec<RefEdit>> {
        let edit = |(id, returned): (&VersionId, &Returned)| {
            let new = Some(seal_at_hand(repo, id, returned.commit)?);
            Ok(RefEdit { name: RefName::from(id.clone()).to_string(), old: returned.taken_by, new })
        };
        self.0.iter().map(edit).collect()
    }

    /// Goes back through what one doomed version was made from, as far as no scope lists it.
    fn look(
        &mut self,
        workspace: &Workspace,
        state: &State,
        (doomed, commit): (VersionId, CommitId),
        nameless: &mut Vec<Nameless>,
    ) -> Result<()> {
        let repo = workspace.scope.repo();
        let staged = state.index_of(&doomed.id).map_or(&[][..], |at| &state.components[at].remote.staged);
        let mut next = vec![(commit, Some(doomed.clone()))];
        let mut seen = HashSet::new();
        while let Some((child, user)) = next.pop() {
            for parent in VersionCommit::read(repo, child)?.parents {
                if !seen.insert(parent) || !repo.has(oid(parent))? {
                    continue;
                }
                let id = VersionCommit::read(repo, parent)?.id;
                match known(state, &id) {
                    _ if id.id != doomed.id => continue,
                    Some(named) if named.commit == parent => {
                        next.extend(staged.contains(&id.version).then_some((parent, None)));
                        continue;
                    }
                    // A merge of before took this one.
                    Some(named) if child != commit && history::holds(repo, child, named.commit)? => continue,
                    Some(named) if !history::holds(repo, commit, named.commit)? => continue,
                    Some(named) => {
                        self.0.insert(id, Returned { commit: parent, taken_by: Some(named.target) });
                    }
                    None => nameless.push(Nameless { id, commit: parent, user: user.clone() }),
                }
                next.push((parent, user.clone()));
            }
        }
        Ok(())
    }

    /// Of those whose numbers nobody has, those come back that need one that does; others were taken back by a person.
    fn dependents(&mut self, workspace: &Workspace, state: &State, mut nameless: Vec<Nameless>) -> Result<()> {
        loop {
            let mut found = None;
            for (at, one) in nameless.iter().enumerate() {
                if pins(workspace, one.commit)?.iter().any(|(id, pin)| self.commit(id) == Some(*pin)) {
                    found = Some(at);
                    break;
                }
            }
            let Some(found) = found else { break };
            let Nameless { id, commit, .. } = nameless.remove(found);
            self.0.insert(id, Returned { commit, taken_by: None });
        }
        nameless.iter().try_for_each(|one| refuse_half_of_a_tag(workspace, state, one))
    }

    fn commit(&self, id: &VersionId) -> Option<CommitId> {
        self.0.get(id).map(|returned| returned.commit)
    }

    /// The record of a component whose version goes: that of the nearest one in the history that stays. What a merge that
    /// goes had joined is in the files all the same, so the record says so.
    pub fn record(
        &self,
        workspace: &Workspace,
        state: &State,
        doomed: &Doomed,
        before: &BitmapEntry,
    ) -> Result<BitmapEntry> {
        let (id, repo) = (before.id(), workspace.scope.repo());
        let stays = |number: &VersionId, commit: CommitId| {
            let is_doomed = doomed.get(&id).is_some_and(|versions| versions.contains(&number.version));
            let here = self.commit(number).or_else(|| known(state, number).map(|at| at.commit).filter(|_| !is_doomed));
            here == Some(commit)
        };
        let mut after = BitmapEntry { version: None, commit: None, base: None, ..before.clone() };
        let mut next = before.version.as_ref().and_then(|version| state.known.commit(&id, version));
        while let Some(commit) = next {
            if !repo.has(oid(commit))? {
                break;
            }
            let made = VersionCommit::read(repo, commit)?;
            if stays(&made.id, commit) {
                (after.version, after.commit) = (Some(made.id.version), Some(commit));
                break;
            }
            let (ours, theirs) = sides(workspace, state, &made.parents, |parent| self.returns(parent))?;
            after.merging = after.merging.or(theirs);
            next = ours;
        }
        if let (Some(commit), Some(at)) = (after.commit, state.index_of(&id)) {
            after.base = base_of_staged(repo, state.components[at].remote.catalog.as_ref(), commit)?;
        }
        // Nothing is left that could be merged into.
        after.merging = after.merging.filter(|_| after.version.is_some());
        Ok(after)
    }

    fn returns(&self, commit: CommitId) -> bool {
        self.0.values().any(|returned| returned.commit == commit)
    }
}

/// Of a version's parents: the one whose folder it was, and the one that was merged into it.
fn sides(
    workspace: &Workspace,
    state: &State,
    parents: &[CommitId],
    returns: impl Fn(CommitId) -> bool,
) -> Result<(Option<CommitId>, Option<Merging>)> {
    let [first, second, ..] = parents else { return Ok((parents.first().copied(), None)) };
    // Where ours lost its number to theirs, theirs comes first.
    let repo = workspace.scope.repo();
    let lost = |commit: CommitId| -> Result<bool> {
        let id = VersionCommit::read(repo, commit)?.id;
        Ok(known(state, &id).is_none_or(|known| known.commit != commit))
    };
    let is_turned = returns(*second) || lost(*second)? && !returns(*first) && !lost(*first)?;
    let (ours, theirs) = if is_turned { (*second, *first) } else { (*first, *second) };
    let version = VersionCommit::read(repo, theirs)?.id.version;
    Ok((Some(ours), Some(Merging { version, commit: theirs })))
}

fn known<'s>(state: &'s State, id: &VersionId) -> Option<&'s KnownVersion> {
    state.known.components.get(&id.id)?.versions.get(&id.version)
}

fn pins(workspace: &Workspace, commit: CommitId) -> Result<Vec<(VersionId, CommitId)>> {
    let dependencies = StoredVersion::read(workspace.scope.repo(), commit)?.manifest.dependencies;
    Ok(dependencies.into_iter().filter_map(|needed| Some((needed.id, needed.commit?))).collect())
}

/// A dependent that was tagged along with a merge can't go alone: the version it had before needs one that has lost its
/// number to the scope's, until that tag goes too.
fn refuse_half_of_a_tag(workspace: &Workspace, state: &State, one: &Nameless) -> Result<()> {
    let Some(user) = &one.user else { return Ok(()) };
    for (id, pin) in pins(workspace, one.commit)? {
        if known(state, &id).is_none_or(|known| known.commit == pin) {
            continue;
        }
        if let Some(merge) = staged_merge_of(workspace, state, &id.id, pin)? {
            return Err(errors::half_of_a_merge(user, &one.id, &id.id.at(merge)));
        }
    }
    Ok(())
}

/// The oldest staged version that was made from this one.
fn staged_merge_of(workspace: &Workspace, state: &State, id: &ComponentId, lost: CommitId) -> Result<Option<Version>> {
    let Some(at) = state.index_of(id) else { return Ok(None) };
    for version in &state.components[at].remote.staged {
        let Some(commit) = state.known.commit(id, version) else { continue };
        if history::holds(workspace.scope.repo(), commit, lost)? {
            return Ok(Some(version.clone()));
        }
    }
    Ok(None)
}
