//! The other side of a merge: which version it is, and its content, fetched where it is not here.

use crate::errors;
use crate::git::remote::{self, FetchOptions};
use crate::git::{Oid, oid};
use crate::model::{CommitId, ComponentId, ScopeName, Version, VersionId, VersionSelector};
use crate::ops::remote::{nobody_knows, url_of};
use crate::ops::removal::is_removed_alone;
use crate::ops::{Component, Progress, State, Workspace, history};
use crate::scope::VersionCommit;
use crate::source::files::check_tree;
use anyhow::Result;
use std::collections::BTreeMap;

/// The version that is to be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    /// Which one.
    pub id: VersionId,
    /// Its content. By content, not by number: another one may have been tagged here under the same number.
    pub commit: CommitId,
    /// What the merge takes of it.
    pub taken: Taken,
}

/// What a merge takes of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// What it changed.
    Changes,
    /// Nothing: it was removed. The next version goes on from it, as from all that its scope lists, and holds nothing of it.
    Nothing,
}

/// Finds it: what the scope's catalog lists counts before what is tagged here.
pub fn find(
    workspace: &Workspace,
    state: &State,
    component: &Component,
    wanted: Option<&VersionSelector>,
) -> Result<Theirs> {
    super::base_of(workspace, state, component)?;
    let catalog = component.remote.catalog.as_ref();
    let listed = || catalog.ok_or_else(|| errors::nothing_to_merge(&component.id));
    let version = match wanted {
        Some(VersionSelector::Exact(version)) => version.clone(),
        Some(VersionSelector::Latest) => listed()?.latest.clone(),
        Some(VersionSelector::Head) | None => listed()?.head.clone(),
    };
    let there = catalog.and_then(|catalog| catalog.commit(&version));
    let id = component.id.at(version);
    let taken = match wanted {
        None if is_removed_alone(workspace, &state.known, &id)? => Taken::Nothing,
        _ => Taken::Changes,
    };
    match there.or_else(|| state.known.commit(&id.id, &id.version)) {
        Some(commit) => Ok(Theirs { id, commit, taken }),
        None => {
            let known = state.known.versions(&id.id).map(|(version, _)| version.to_string());
            Err(errors::unknown_version(&id.id, &id.version, &known.collect::<Vec<_>>()))
        }
    }
}

/// Fetches what is not here, with its history, and checks that it is what the catalog says and may be written.
pub fn bring(workspace: &Workspace, state: &State, chosen: &[(usize, Theirs)], progress: &dyn Progress) -> Result<()> {
    let repo = workspace.scope.repo();
    let mut missing: BTreeMap<&ScopeName, Vec<&Theirs>> = BTreeMap::new();
    for (_, theirs) in chosen {
        if !repo.has(oid(theirs.commit))? {
            missing.entry(&theirs.id.id.scope).or_default().push(theirs);
        }
    }
    progress.stage("fetching versions", missing.len());
    for (scope, wanted) in missing {
        let url = url_of(workspace, scope)?.ok_or_else(|| nobody_knows(scope, Some(workspace)))?;
        let wants: Vec<String> = wanted.iter().map(|theirs| theirs.commit.to_string()).collect();
        let known = wanted.iter().flat_map(|theirs| state.known.versions(&theirs.id.id));
        let tips: Vec<Oid> = known.map(|(_, at)| oid(at.commit)).collect();
        let options = FetchOptions { tips, ..FetchOptions::default() };
        remote::fetch(repo, &url, &wants, &options, &mut |count| progress.git(count))?;
        progress.advance(1);
    }
    for (_, theirs) in chosen {
        let found = VersionCommit::read(repo, theirs.commit)?.id;
        if found != theirs.id {
            return Err(errors::other_version_sent(&theirs.id, &found));
        }
        if theirs.taken == Taken::Changes {
            check_tree(repo, &theirs.id, repo.commit(oid(theirs.commit))?.tree)?;
        }
    }
    Ok(())
}

/// The newest version that is not removed, that a removed one was made from, and that ours was not: whoever takes nothing
/// of the one would lose the other.
pub fn lost_with(workspace: &Workspace, state: &State, ours: CommitId, theirs: &Theirs) -> Result<Option<Version>> {
    let repo = workspace.scope.repo();
    let id: &ComponentId = &theirs.id.id;
    let Some(entry) = state.known.entry(workspace.scope.repo(), id)? else { return Ok(None) };
    let (mine, there) = (history::ancestry(repo, [ours])?, history::ancestry(repo, [theirs.commit])?);
    let is_lost = |commit: &CommitId| there.contains(commit) && !mine.contains(commit);
    let standing = entry.versions.iter().filter(|listed| !entry.is_removed(listed) && is_lost(&listed.commit));
    Ok(standing.map(|listed| listed.version.clone()).max())
}
