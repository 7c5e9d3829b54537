//! Versions that a removal took away, and that an export brings back. Their tags may be gone from the scope by then (a
//! guard allows that, and a mirror is pruned): who brings them back brings their tags too, or the catalog would list
//! what is not there.

use super::Target;
use super::mend::hides_tags;
use crate::errors;
use crate::git::{Oid, RefName, Repo};
use crate::model::{CommitId, ComponentId, VersionId};
use crate::scope::Known;
use anyhow::Result;

/// The tags that come back with their versions.
pub fn tags(known: &Known, target: &Target) -> Vec<(String, Oid)> {
    let tag = |(id, commit): (VersionId, CommitId)| {
        let at = known.at(&id).filter(|at| at.commit == commit)?;
        Some((RefName::in_scope(&id), at.target))
    };
    without_tags(target).into_iter().filter_map(tag).collect()
}

/// Refuses to bring back what is neither there nor here.
pub fn refuse_lost(repo: &Repo, known: &Known, targets: &[Target]) -> Result<()> {
    for target in targets {
        let is_lost = |(id, commit): &(VersionId, CommitId)| known.commit(&id.id, &id.version) != Some(*commit);
        let lost: Vec<VersionId> = without_tags(target).into_iter().filter(is_lost).map(|(id, _)| id).collect();
        if !lost.is_empty() && !hides_tags(repo, target, &target.advertised)? {
            return Err(errors::recovered_by_export_is_gone(&lost, &target.url.to_string()));
        }
    }
    Ok(())
}

/// The versions that are listed again, of which the scope has no tag.
fn without_tags(target: &Target) -> Vec<(VersionId, CommitId)> {
    let mut found = Vec::new();
    for (name, marks) in &target.marks {
        let Some(before) = target.listed.get(name) else { continue };
        let mut after = before.clone();
        for mark in marks {
            mark.apply(&mut after);
        }
        let id = ComponentId::new(target.scope.clone(), name.clone());
        for (was, is) in before.versions.iter().zip(&after.versions) {
            let id = id.at(was.version.clone());
            let returns = before.is_removed(was) && !after.is_removed(is);
            if returns && !target.advertised.refs.contains_key(&RefName::in_scope(&id)) {
                found.push((id, was.commit));
            }
        }
    }
    found
}
