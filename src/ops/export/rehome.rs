//! Components that were never exported get the scope they are exported to: their staged versions, and those that
//! depend on them, are rewritten. The new commits exist beside the old ones; no ref names them before the push went
//! through, so whatever fails, this workspace is as it was. Rewriting gives the same commits each time: an export that
//! was killed after its push finds them listed and only writes them down.

use super::aim::Aim;
use super::movable::{ask_for_consent, refuse_exported, refuse_taken_here};
use super::select::{Staged, staged};
use super::sources::refuse_old_names;
use super::{ExportOptions, Exported, Target, Versions};
use crate::errors;
use crate::git::{Oid, PackWriter, RefEdit, RefName, oid};
use crate::model::{CommitId, ComponentId, PackageName, VersionId};
use crate::ops::links::{self, LinkCheck, LinkReport};
use crate::ops::rewrite::{Rewriter, Rewrites};
use crate::ops::specifiers::{
    Specifiers, Told, Unparsable, VersionSpecifiers, WorkspaceSpecifiers, unlike_its_version,
};
use crate::ops::{Progress, State, Work, Workspace};
use crate::scope::{Known, StoredVersion};
use crate::source::rewrite::NewNames;
use crate::workspace::{self, BitmapEntry, FileChange};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Components that get another scope, and what that changes here.
pub struct Rehoming {
    /// Old ids and new ones.
    pub ids: BTreeMap<ComponentId, ComponentId>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// What changes in the files of versions and of the workspace.
    pub told: Told,
    versions: Vec<Rewritten>,
    commits: Rewrites,
    files: Vec<FileChange>,
}

/// A version that is another commit now, and may have another id.
struct Rewritten {
    before: VersionId,
    /// What its ref names.
    target: Oid,
    after: VersionId,
    commit: CommitId,
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
        ids: BTreeMap<ComponentId, ComponentId>,
        warnings: Vec<String>,
        specifiers: Specifiers,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let repo = workspace.scope.repo();
        let all = staged(repo, known, known.components.keys(), Versions::Staged)?;
        let read = |commit: &CommitId| StoredVersion::read(repo, *commit);
        let versions: Vec<StoredVersion> = all.values().flat_map(BTreeMap::values).map(read).collect::<Result<_>>()?;
        let rewriter = Rewriter::new(repo, &ids);
        let versions = rewriter.affected(versions);
        let state = State::load(workspace, progress)?;
        let (mut work, mut told, mut in_versions) = (Work::default(), Told::default(), None);
        match specifiers {
            Specifiers::Keep => refuse_old_names(workspace, &state, &versions, &ids)?,
            Specifiers::Rewire(unparsable) => {
                let names = names(&ids);
                let found = VersionSpecifiers::find(repo, &versions, &names, unparsable)?;
                let here = here(workspace, &state, &versions, &names, unparsable)?;
                (work, told) = (here.work, here.told);
                told.add(found.told.clone());
                in_versions = Some(found);
            }
        }
        state.remember(workspace);
        progress.stage("rewriting versions", 0);
        let mut pack = PackWriter::new(repo)?;
        let rewriter = match &in_versions {
            Some(found) => rewriter.with_specifiers(found),
            None => rewriter,
        };
        let commits = rewriter.rewrite(&versions, &mut pack)?;
        // An export that failed has left them here.
        if !work.objects.is_empty() || !all_here(workspace, &commits)? {
            pack.add(work.objects)?;
            pack.finish()?;
        }
        let mut moved = Vec::with_capacity(versions.len());
        for version in &versions {
            let before = version.id();
            let target = known.components.get(&before.id).and_then(|known| known.versions.get(&before.version));
            let after = ids.get(&before.id).unwrap_or(&before.id).at(before.version.clone());
            let commit = commits[&version.commit];
            moved.extend(target.map(|at| Rewritten { before, target: at.target, after, commit }));
        }
        Ok(Self { ids, warnings, told, versions: moved, commits, files: work.files })
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
        self.commits.get(&commit).copied().unwrap_or(commit)
    }

    /// Versions of other components that name the new ids now.
    pub fn dependents(&self) -> impl Iterator<Item = &VersionId> {
        self.versions.iter().filter(|version| version.before == version.after).map(|version| &version.after)
    }

    /// Refuses names that the scope has given to other components. What lists one of our commits is ours.
    pub fn refuse_taken_there(&self, targets: &[Target]) -> Result<()> {
        let mut taken = Vec::new();
        for target in targets {
            for (old, new) in self.ids.iter().filter(|(_, new)| new.scope == target.scope) {
                let Some(entry) = target.listed.get(&new.name) else { continue };
                let mut ours = self.versions.iter().filter(|version| version.after.id == *new);
                let is_listed = |version: &Rewritten| {
                    entry.version(&version.after.version).is_some_and(|listed| listed.commit == version.commit)
                };
                if !ours.any(is_listed) {
                    taken.push((old.clone(), new.clone(), "the scope has another component of this name"));
                }
            }
        }
        if taken.is_empty() { Ok(()) } else { Err(errors::name_taken_in_scope(&taken)) }
    }

    /// The changes of version tags: new ones in the place of the old.
    pub fn refs(&self) -> Vec<RefEdit> {
        let mut refs = Vec::with_capacity(2 * self.versions.len());
        for Rewritten { before, target, after, commit } in &self.versions {
            let (old, new) = (Some(*target), Some(oid(*commit)));
            if before == after {
                refs.push(RefEdit { name: RefName::from(before.clone()).to_string(), old, new });
            } else {
                refs.push(RefEdit { name: RefName::from(before.clone()).to_string(), old, new: None });
                refs.push(RefEdit { name: RefName::from(after.clone()).to_string(), old: None, new });
            }
        }
        refs
    }

    /// What .bitmap says of a component now.
    pub fn apply(&self, entry: &mut BitmapEntry) {
        if let Some(new) = self.ids.get(&entry.id()) {
            entry.scope = Some(new.scope.clone());
            entry.default_scope = None;
        }
        entry.commit = entry.commit.map(|commit| self.commit_of(commit));
        if let Some(merging) = &mut entry.merging {
            merging.commit = self.commit_of(merging.commit);
        }
    }

    /// Sees to it that node_modules has the packages under their new names, and opens the workspace as it is now.
    /// Links can be made anew at any time, so what goes wrong with them is only told.
    pub fn follow(
        &self,
        before: Workspace,
        mut outcome: Exported,
        progress: &dyn Progress,
    ) -> Result<(Workspace, Exported)> {
        let mut workspace = Workspace::open(&before.cwd, progress)?;
        workspace.notices.splice(0..0, before.notices);
        let wanted: HashSet<PackageName> =
            workspace.bitmap.entries().map(|entry| PackageName::of(&entry.id())).collect();
        for gone in self.ids.keys().map(PackageName::of).filter(|package| !wanted.contains(package)) {
            if let Err(error) = workspace::remove(&workspace.layout.root, gone.as_str()) {
                outcome.warnings.push(format!("node_modules/{gone} could not be removed: {error:#}"));
            }
        }
        match link(&workspace, progress) {
            Ok(report) => outcome.links = report,
            Err(error) => {
                outcome.warnings.push(format!("nothing could be linked (\"bit link\" tries again): {error:#}"))
            }
        }
        Ok((workspace, outcome))
    }
}

fn link(workspace: &Workspace, progress: &dyn Progress) -> Result<LinkReport> {
    let mut state = State::load(workspace, progress)?;
    let report = links::mend(workspace, &mut state, LinkCheck::Quick)?;
    state.remember(workspace);
    Ok(report)
}

/// What packages are called now.
fn names(ids: &BTreeMap<ComponentId, ComponentId>) -> NewNames {
    NewNames::new(ids.iter().map(|(old, new)| (PackageName::of(old), PackageName::of(new))))
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

fn all_here(workspace: &Workspace, commits: &Rewrites) -> Result<bool> {
    for commit in commits.values() {
        if !workspace.scope.repo().has(oid(*commit))? {
            return Ok(false);
        }
    }
    Ok(true)
}
