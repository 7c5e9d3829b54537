//! Ranges of versions that a person gives: one without any version that is known in it is a slip, or this workspace has
//! not looked for long. "There is nothing to do" would be taken for "it is done".

use super::select::By;
use super::{Selection, Workspace};
use crate::errors::{self, Outside};
use crate::model::{ComponentId, Version, VersionRange};
use crate::scope::Known;
use anyhow::Result;

/// Refuses a range that holds no version of a component that is named, or of none that a pattern names.
pub fn refuse_outside(
    workspace: &Workspace,
    known: &Known,
    selections: &[Selection],
    range: &VersionRange,
) -> Result<()> {
    let (mut matched, mut outside) = (0, Vec::new());
    for Selection { id, by, .. } in selections {
        let newest = newest_outside(range, versions(workspace, known, id)?.iter());
        matched += usize::from(*by == By::Pattern);
        match (newest, by) {
            (Some(newest), By::Id) => {
                return Err(errors::no_known_version_in_range(range, &[Outside { id: id.clone(), newest }]));
            }
            (newest, By::Pattern) => outside.extend(newest.map(|newest| Outside { id: id.clone(), newest })),
            (None, By::Id) => {}
        }
    }
    match outside.len() == matched && matched > 0 {
        true => Err(errors::no_known_version_in_range(range, &outside)),
        false => Ok(()),
    }
}

/// The newest of a component's versions, where there are some and none is in the range.
pub fn newest_outside<'v>(
    range: &VersionRange,
    versions: impl Iterator<Item = &'v Version> + Clone,
) -> Option<Version> {
    if versions.clone().any(|version| range.holds(version)) { None } else { versions.max().cloned() }
}

/// Those that the last catalog seen of its scope lists, and those that are here.
fn versions(workspace: &Workspace, known: &Known, id: &ComponentId) -> Result<Vec<Version>> {
    let listed = known.entry(workspace.scope.repo(), id)?.map(|entry| entry.versions).unwrap_or_default();
    let here = known.versions(id).map(|(version, _)| version.clone());
    Ok(listed.into_iter().map(|listed| listed.version).chain(here).collect())
}
