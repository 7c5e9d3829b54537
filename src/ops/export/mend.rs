//! Tags that a catalog lists and its scope lacks.
//!
//! git moves the refs of an atomic push one after the other, the catalog first: a host that is killed in between has
//! a catalog that lists versions without tags. Whoever has those versions puts the tags there.

use super::Target;
use super::conflicts::tag_target;
use super::patience::Obstacle;
use super::push::{Pusher, settle};
use crate::git::{Oid, PushMode, RefName, Repo, commit_id, remote};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::Workspace;
use crate::scope::Known;
use anyhow::Result;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Versions that a scope lists, that are known here, and whose tags it lacks.
pub struct Lack<'t> {
    target: &'t Target,
    tags: BTreeMap<VersionId, Oid>,
}

/// Finds them.
pub fn lacking<'t>(known: &Known, targets: &'t [Target]) -> Vec<Lack<'t>> {
    let lack = |target: &'t Target| Lack { target, tags: missing_tags(known, target) };
    targets.iter().map(lack).filter(|lack| !lack.tags.is_empty()).collect()
}

fn missing_tags(known: &Known, target: &Target) -> BTreeMap<VersionId, Oid> {
    let mut missing = BTreeMap::new();
    for (id, versions) in &target.staged {
        let Some(entry) = target.listed.get(&id.name) else { continue };
        for (version, commit) in versions {
            let id = id.at(version.clone());
            let is_listed = entry.version(version).is_some_and(|there| there.commit == *commit);
            if is_listed && !target.advertised.refs.contains_key(&RefName::in_scope(&id)) {
                let there = tag_target(known, &id, *commit);
                missing.insert(id, there);
            }
        }
    }
    missing
}

/// Puts the tags where they belong. An obstacle: look again.
pub fn mend(pusher: &Pusher, lacks: &[Lack], warnings: &mut Vec<String>) -> Result<Option<Obstacle>> {
    for Lack { target, tags } in lacks {
        let refs: Vec<(String, Oid)> = tags.iter().map(|(id, there)| (RefName::in_scope(id), *there)).collect();
        let report = pusher.push(target, &refs, PushMode::Separate)?;
        if let Some(obstacle) = settle(target, &report)? {
            return Ok(Some(obstacle));
        }
        let ids: Vec<String> = tags.keys().map(ToString::to_string).collect();
        warnings.push(format!(
            "{} listed versions whose tags were not there, as after a host that was killed in the middle; they are there now: {}",
            target.scope,
            ids.join(", ")
        ));
    }
    Ok(None)
}

/// Looks whether everything is there now. A host may answer yes to two that move a catalog in the same moment; and
/// tags that were there before may have been swept away.
pub fn arrived(
    workspace: &Workspace,
    targets: &[&Target],
    catalogs: &BTreeMap<ScopeName, CommitId>,
) -> Result<Option<Obstacle>> {
    let place = workspace.scope.repo().path();
    let look = |target: &&Target| -> Result<Option<Obstacle>> {
        let names: Vec<String> = target.versions.iter().map(|version| RefName::in_scope(&version.id())).collect();
        let has_tags = |refs: &BTreeMap<String, Oid>| names.iter().all(|name| refs.contains_key(name));
        let now = remote::list(&target.url, Some(&Repo::open(place)?))?;
        let catalog = now.refs.get(&target.branch).map(|oid| commit_id(*oid));
        let is_ours = catalog == catalogs.get(&target.scope).copied();
        let obstacle = || Obstacle {
            scope: target.scope.clone(),
            url: target.url.clone(),
            name: target.branch.clone(),
            words: String::new(),
        };
        Ok((!is_ours || !has_tags(&now.refs)).then(obstacle))
    };
    Ok(targets.par_iter().map(look).collect::<Result<Vec<_>>>()?.into_iter().flatten().next())
}
