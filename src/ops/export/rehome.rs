//! Components that were never exported get the scope they are exported to: their staged versions, and those that
//! depend on them, are rewritten. The new commits exist beside the old ones; no ref names them before the push went
//! through, so whatever fails, this workspace is as it was. Rewriting gives the same commits each time: an export that
//! was killed after its push finds them listed and only writes them down.

use super::aim::Aim;
use super::movable::{ask_for_consent, refuse_exported, refuse_taken_here};
use super::select::Staged;
use super::sources::refuse_old_names;
use super::{ExportOptions, Target};
use crate::errors;
use crate::git::RefEdit;
use crate::model::{CommitId, ComponentId, VersionId};
use crate::ops::renaming::{NewIds, RenamedVersion, RenamedVersions, Renaming, new_names};
use crate::ops::specifiers::{Specifiers, Told, Unparsable, WorkspaceSpecifiers, unlike_its_version};
use crate::ops::{Progress, State, Work, Workspace, pending};
use crate::scope::{Known, StoredVersion};
use crate::source::rewrite::NewNames;
use crate::workspace::{BitmapEntry, FileChange};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Components that get another scope, and what that changes here.
pub struct Rehoming {
    /// Old ids and new ones.
    pub ids: NewIds,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// What changes in the files of versions and of the workspace.
    pub told: Told,
    versions: RenamedVersions,
    files: Vec<FileChange>,
}

impl Rehoming {
    /// Finds out what is to be rewritten, refuses what can't be, and makes the new commits; none where every component
    /// stays in its scope.
    pub fn plan(
        workspace: &Workspace,
        known: &Known,
        chosen: &Staged,
        aim: &Aim,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<Option<Self>> {
        let Some(scope) = &aim.scope else { return Ok(None) };
        let movers: BTreeSet<&ComponentId> = chosen.keys().filter(|id| id.scope != *scope).collect();
        if movers.is_empty() {
            return Ok(None);
        }
        let warnings = refuse_exported(workspace, known, &movers, scope)?;
        ask_for_consent(&movers, aim, options)?;
        let ids: BTreeMap<ComponentId, ComponentId> =
            movers.into_iter().map(|id| (id.clone(), ComponentId::new(scope.clone(), id.name.clone()))).collect();
        refuse_taken_here(workspace, known, &ids)?;
        Self::rewrite(workspace, known, ids, warnings, options.specifiers, progress).map(Some)
    }

    fn rewrite(
        workspace: &Workspace,
        known: &Known,
        ids: NewIds,
        warnings: Vec<String>,
        specifiers: Specifiers,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let renaming = Renaming::find(workspace, known, &ids)?;
        let state = State::load(workspace, progress)?;
        let (mut work, mut told, mut in_versions) = (Work::default(), Told::default(), None);
        match specifiers {
            Specifiers::Keep => refuse_old_names(workspace, &state, &renaming.versions, &ids)?,
            Specifiers::Rewire(unparsable) => {
                let found = renaming.specifiers(unparsable)?;
                let here = here(workspace, &state, &renaming.versions, &new_names(&ids), unparsable)?;
                (work, told) = (here.work, here.told);
                told.add(found.told.clone());
                in_versions = Some(found);
            }
        }
        state.remember(workspace);
        progress.stage("rewriting versions", 0);
        let versions = renaming.write(in_versions.as_ref(), work.objects)?;
        Ok(Self { ids, warnings, told, versions, files: work.files })
    }

    /// The changes of the workspace's files.
    pub fn files(&self) -> &[FileChange] {
        &self.files
    }

    /// What a component is called now.
    pub fn id_of<'a>(&'a self, id: &'a ComponentId) -> &'a ComponentId {
        self.ids.get(id).unwrap_or(id)
    }

    /// The content that a version has now.
    pub fn commit_of(&self, commit: CommitId) -> CommitId {
        self.versions.commit_of(commit)
    }

    /// Versions of other components that name the new ids now.
    pub fn dependents(&self) -> impl Iterator<Item = &VersionId> {
        self.versions.dependents()
    }

    /// Refuses names that the scope has given to other components. What lists one of our commits is ours.
    pub fn refuse_taken_there(&self, targets: &[Target]) -> Result<()> {
        let mut taken = Vec::new();
        for target in targets {
            for (old, new) in self.ids.iter().filter(|(_, new)| new.scope == target.scope) {
                let Some(entry) = target.listed.get(&new.name) else { continue };
                let mut ours = self.versions.versions.iter().filter(|version| version.after.id == *new);
                let is_listed = |version: &RenamedVersion| {
                    entry.version(&version.after.version).is_some_and(|listed| listed.commit == version.commit)
                };
                if !ours.any(is_listed) {
                    taken.push((old.clone(), new.clone(), "the scope has another component of this name"));
                }
            }
        }
        if taken.is_empty() { Ok(()) } else { Err(errors::name_taken_in_scope(&taken)) }
    }

    /// The changes of version tags.
    pub fn refs(&self) -> Vec<RefEdit> {
        self.versions.refs()
    }

    /// What .bitmap says of a component now.
    pub fn apply(&self, entry: &mut BitmapEntry) {
        if let Some(new) = self.ids.get(&entry.id()) {
            entry.scope = Some(new.scope.clone());
            entry.default_scope = None;
        }
        pending::follow(entry, |id| self.ids.get(id));
        entry.commit = entry.commit.map(|commit| self.commit_of(commit));
        if let Some(merging) = &mut entry.merging {
            merging.commit = self.commit_of(merging.commit);
        }
    }
}

/// The files of the workspace that are to follow. Each must be as a version has it that is rewritten too: then it is as
/// the new version has it, and nothing is modified by this.
fn here(
    workspace: &Workspace,
    state: &State,
    versions: &[StoredVersion],
    names: &NewNames,
    unparsable: Unparsable,
) -> Result<WorkspaceSpecifiers> {
    let found = WorkspaceSpecifiers::find(workspace, &state.components, names, unparsable)?;
    let versions: HashMap<CommitId, &StoredVersion> =
        versions.iter().map(|version| (version.commit, version)).collect();
    let mut modified = Vec::new();
    for component in &state.components {
        let current = component.current(&state.known).and_then(|(_, commit)| commit);
        let version = current.and_then(|commit| versions.get(&commit).copied());
        let mut paths = found.work.files.iter().map(|file| file.path.as_str());
        modified.extend(unlike_its_version(workspace.scope.repo(), component, version, &mut paths)?);
    }
    if modified.is_empty() { Ok(found) } else { Err(errors::modified_sources(&modified)) }
}
