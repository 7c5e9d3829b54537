//! Versions that their scope had before, and whose refs here name a bare commit: where the scope had a tag object, that
//! one goes there, or nothing does.

use super::select::Staged;
use crate::errors;
use crate::git::{Oid, RefName, oid};
use crate::model::{CommitId, VersionId};
use crate::ops::Workspace;
use crate::ops::verify::{tags_seen, tags_seen_here};
use crate::scope::Known;
use anyhow::Result;
use std::collections::BTreeMap;

/// What the tags of such versions are to be on.
#[derive(Default)]
pub struct Seals(BTreeMap<VersionId, Oid>);

impl Seals {
    /// The tag that a verification saw, else the only one that is here. Where it is not here, or where nobody can tell
    /// which one it was, the export is refused.
    pub fn find(workspace: &Workspace, known: &Known, staged: &Staged) -> Result<Self> {
        let (seals, lost) = Self::look(workspace, known, staged)?;
        if lost.is_empty() { Ok(seals) } else { Err(errors::export_without_tags(&lost)) }
    }

    /// The same of more versions. Those whose tags are not here are left out.
    pub fn and_of(mut self, workspace: &Workspace, known: &Known, more: &mut Staged) -> Result<Self> {
        let (seals, lost) = Self::look(workspace, known, more)?;
        self.0.extend(seals.0);
        for (VersionId { id, version }, _) in lost {
            if let Some(versions) = more.get_mut(&id) {
                versions.remove(&version);
            }
        }
        more.retain(|_, versions| !versions.is_empty());
        Ok(self)
    }

    fn look(workspace: &Workspace, known: &Known, staged: &Staged) -> Result<(Self, Vec<(VersionId, String)>)> {
        let bare: Vec<(VersionId, CommitId)> = staged
            .iter()
            .flat_map(|(id, versions)| versions.iter().map(|(version, commit)| (id.at(version.clone()), *commit)))
            .filter(|(id, commit)| known.at(id).is_some_and(|at| at.target == oid(*commit)))
            .collect();
        let mut seals = BTreeMap::new();
        let mut lost = Vec::new();
        if bare.is_empty() {
            return Ok((Self(seals), lost));
        }
        let (repo, seen) = (workspace.scope.repo(), tags_seen(workspace, bare.iter().map(|(id, _)| &id.id.scope))?);
        let here = repo.all_tags()?;
        for (id, commit) in bare {
            let found = here.get(&(RefName::short_in_scope(&id), oid(commit)));
            let found: Vec<Oid> = found.into_iter().flatten().copied().collect();
            let seen = seen.get(&id).filter(|seen| seen.commit == commit).map(|seen| seen.target());
            match (seen.filter(|seen| *seen != oid(commit)), found.as_slice()) {
                (Some(seen), found) if found.contains(&seen) => drop(seals.insert(id, seen)),
                (Some(seen), _) => lost.push((id, seen.to_string())),
                (None, []) => {}
                (None, [one]) => drop(seals.insert(id, *one)),
                (None, [one, ..]) => lost.push((id, one.to_string())),
            }
        }
        Ok((Self(seals), lost))
    }

    /// The refs of these versions name their tags, as far as this export sees.
    pub fn complete(&self, known: &mut Known) {
        for (id, target) in &self.0 {
            let at = known.components.get_mut(&id.id).and_then(|known| known.versions.get_mut(&id.version));
            if let Some(at) = at.filter(|at| at.target == oid(at.commit)) {
                at.target = *target;
            }
        }
    }
}

/// What somebody moved here since it was verified is nothing that the person made.
pub fn refuse_moved(workspace: &Workspace, staged: &Staged) -> Result<()> {
    let seen = tags_seen_here(&workspace.scope);
    let moved = |(id, commit): (VersionId, CommitId)| {
        let before = seen.get(&id)?.commit;
        (before != commit).then_some((id, before, commit))
    };
    let all =
        staged.iter().flat_map(|(id, versions)| versions.iter().map(|(version, at)| (id.at(version.clone()), *at)));
    let moved: Vec<_> = all.filter_map(moved).collect();
    if moved.is_empty() { Ok(()) } else { Err(errors::export_moved(&moved)) }
}
