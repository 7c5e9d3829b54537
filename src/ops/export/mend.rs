//! Tags that a catalog lists and its scope lacks.
//!
//! git moves the refs of an atomic push one after the other, the catalog first: a host that is killed in between has
//! a catalog that lists versions without tags. Whoever has those versions puts the tags there.

use super::Target;
use super::conflicts::tag_target;
use super::patience::Obstacle;
use super::push::Pusher;
use crate::git::{Advertised, Oid, RefName, Repo, commit_id, remote};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::Workspace;
use crate::scope::Known;
use anyhow::Result;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};

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
    for (id, commit) in target.copies.places.values() {
        let is_here = known.commit(&id.id, &id.version) == Some(*commit);
        if is_here && !target.advertised.refs.contains_key(&RefName::in_scope(id)) && target.lists(id, *commit) {
            missing.insert(id.clone(), tag_target(known, id, *commit));
        }
    }
    missing
}

/// Puts the tags where they belong. An obstacle: look again.
pub fn mend(pusher: &Pusher, lacks: &[Lack], warnings: &mut Vec<String>) -> Result<Option<Obstacle>> {
    for Lack { target, tags } in lacks {
        let refs: Vec<(String, Oid)> = tags.iter().map(|(id, there)| (RefName::in_scope(id), *there)).collect();
        let report = pusher.push(target, &refs)?;
        if let Some(obstacle) = target.settle(&report)? {
            return Ok(Some(obstacle));
        }
        // Those that a host only hides from fetches are there.
        let made: HashSet<&str> = report.created().into_iter().collect();
        let made = tags.keys().filter(|id| made.contains(RefName::in_scope(id).as_str()));
        let ids: Vec<String> = made.map(ToString::to_string).collect();
        if ids.is_empty() {
            continue;
        }
        warnings.push(format!(
            "{} listed versions whose tags were not there, as after a host that was killed in the middle; they are there now: {}",
            target.scope,
            ids.join(", ")
        ));
    }
    Ok(None)
}

/// Whether a host shows no tags to those who fetch: it listed versions before, and shows the tag of none. (Of one that
/// listed nothing before, the push that mends tells: it finds them all there.)
pub fn hides_tags(repo: &Repo, target: &Target, now: &Advertised) -> Result<bool> {
    let shows_one = now.refs.keys().any(|name| RefName::version_in_scope(name, &target.scope).is_some());
    Ok(!shows_one && target.catalog.index(repo)?.names().next().is_some())
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
        let repo = Repo::open(place)?;
        let now = remote::list(&target.url, Some(&repo))?;
        let catalog = now.refs.get(&target.branch).map(|oid| commit_id(*oid));
        let is_ours = catalog == catalogs.get(&target.scope).copied();
        let obstacle = || Obstacle {
            scope: target.scope.clone(),
            url: target.url.clone(),
            name: target.branch.clone(),
            words: String::new(),
        };
        let is_whole = is_ours && (has_tags(&now.refs) || hides_tags(&repo, target, &now)?);
        Ok((!is_whole).then(obstacle))
    };
    Ok(targets.par_iter().map(look).collect::<Result<Vec<_>>>()?.into_iter().flatten().next())
}
