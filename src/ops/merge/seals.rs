//! The tags of versions whose numbers the other side has. What is signed is the tag, so it comes along with the version,
//! and is kept until the tag that finishes the merge gives the number away.

use super::{Taken, Theirs};
use crate::errors;
use crate::git::remote::{self, FetchOptions};
use crate::git::{Kind, Oid, RefName, RemoteFailure, Repo, commit_id, oid};
use crate::model::{CommitId, ScopeName, Version, VersionId};
use crate::ops::remote::url_of;
use crate::ops::state::Component;
use crate::ops::trust::{Recollection, TagOf, Trust};
use crate::ops::{Progress, State, Workspace, history};
use crate::scope::KnownVersion;
use anyhow::Result;
use std::collections::BTreeMap;

/// Tag objects of versions.
pub type Seals = BTreeMap<VersionId, Oid>;

/// The versions tagged here whose numbers the scope has given to others, which are in the other side's history: those
/// as they are here, and what the scope lists.
pub fn superseded(
    repo: &Repo,
    state: &State,
    component: &Component,
    theirs: CommitId,
) -> Result<Vec<(Version, KnownVersion, CommitId)>> {
    let theirs = history::ancestry(repo, [theirs])?;
    let listed = |version: &Version| component.remote.catalog.as_ref().and_then(|catalog| catalog.commit(version));
    let mut superseded = Vec::new();
    for (version, at) in state.known.versions(&component.id) {
        if let Some(there) = listed(version).filter(|there| *there != at.commit && theirs.contains(there)) {
            superseded.push((version.clone(), *at, there));
        }
    }
    Ok(superseded)
}

/// Brings the tag objects of what was chosen, and of those that take numbers from ours. Where a scope does not answer,
/// what an import brought before has to do; unless the scope is asked for signatures: what comes must be signed as what
/// an import brings.
pub fn bring(
    workspace: &Workspace,
    state: &State,
    chosen: &[(usize, Theirs)],
    progress: &dyn Progress,
) -> Result<Seals> {
    let repo = workspace.scope.repo();
    let mut wanted: BTreeMap<ScopeName, BTreeMap<VersionId, CommitId>> = BTreeMap::new();
    for (at, theirs) in chosen.iter().filter(|(_, theirs)| theirs.taken == Taken::Changes) {
        let id = &theirs.id.id;
        let of_scope = wanted.entry(id.scope.clone()).or_default();
        if state.known.commit(id, &theirs.id.version).is_none() {
            of_scope.insert(theirs.id.clone(), theirs.commit);
        }
        let superseded = superseded(repo, state, &state.components[*at], theirs.commit)?;
        of_scope.extend(superseded.into_iter().map(|(version, _, there)| (id.at(version), there)));
    }
    let (mut seals, trust, mut refused) = (Seals::new(), Trust::of(workspace), Vec::new());
    for (scope, versions) in wanted.iter().filter(|(_, versions)| !versions.is_empty()) {
        let signers = trust.signers_of(scope)?;
        match (of_scope(workspace, scope, versions, progress), &signers) {
            (Ok(found), _) => seals.extend(found),
            (Err(error), None) if RemoteFailure::of(&error).is_some() => {}
            (Err(error), _) => return Err(error),
        }
        let Some(signers) = signers else { continue };
        let tag = |(id, commit): (&VersionId, &CommitId)| TagOf {
            id: id.clone(),
            target: seals.get(id).copied().unwrap_or(oid(*commit)),
            commit: *commit,
        };
        let tags: Vec<TagOf> = versions.iter().map(tag).collect();
        let judged = trust.examine(repo.path(), &signers, &tags, Recollection::Believed, progress)?;
        refused.extend(judged.into_iter().filter_map(|(id, trusted)| Some((id, trusted.refusal()?.to_owned()))));
    }
    if refused.is_empty() { Ok(seals) } else { Err(errors::untrusted_versions(&refused)) }
}

fn of_scope(
    workspace: &Workspace,
    scope: &ScopeName,
    versions: &BTreeMap<VersionId, CommitId>,
    progress: &dyn Progress,
) -> Result<Seals> {
    let repo = workspace.scope.repo();
    let Some(url) = url_of(workspace, scope)? else { return Ok(Seals::new()) };
    let names: Vec<String> = versions.keys().map(RefName::in_scope).collect();
    let there = remote::list_some(&url, Some(repo), &names)?;
    let target = |(id, commit): (&VersionId, &CommitId)| {
        let target = *there.refs.get(&RefName::in_scope(id))?;
        (target != oid(*commit)).then(|| (id.clone(), target))
    };
    let seals: Seals = versions.iter().filter_map(target).collect();
    let mut missing = Vec::new();
    for target in seals.values() {
        if !repo.has(*target)? {
            missing.push(target.to_string());
        }
    }
    if !missing.is_empty() {
        remote::fetch(repo, &url, &missing, &FetchOptions::default(), &mut |count| progress.git(count))?;
        repo.refresh()?;
    }
    for (id, target) in &seals {
        let is_on = match repo.kind_of(*target)? {
            Kind::Tag => repo.peel_tag(*target)?,
            _ => *target,
        };
        if is_on != oid(versions[id]) {
            return Err(errors::version_moved(id, &url.to_string(), versions[id], commit_id(is_on)));
        }
    }
    Ok(seals)
}
