//! Where the workspace stands: what is new, modified, staged, wrong, outdated.

use super::export::{Versions, staged};
use super::links::{self, LinkCheck, LinkReport};
use super::packages::{Declared, declared_roots};
use super::state::{Changes, Issue, Standing};
use super::waiting::{Leaving, Waiting, waiting};
use super::{Progress, State, Workspace, pending, removal};
use crate::errors::Gone;
use crate::model::{ComponentId, Mark, Version, VersionId};
use crate::scope::Known;
use crate::workspace::DependencyFiles;
use anyhow::Result;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// Where the workspace stands. Lists are in the order of the workspace.
#[derive(Debug, Default)]
pub struct Status {
    /// Never tagged.
    pub new: Vec<ComponentId>,
    /// Not as their current version, and how they differ.
    pub modified: Vec<(ComponentId, Changes)>,
    /// Tagged and not exported: the versions, lowest first.
    pub staged: Vec<(ComponentId, Vec<Version>)>,
    /// Staged versions of components that are not in the workspace (removed, or on another branch).
    pub staged_elsewhere: Vec<VersionId>,
    /// The components that are packages of the workspace, where any of those may be one.
    pub ejected: Vec<ComponentId>,
    /// Would be tagged along with what they depend on.
    pub auto_tag_pending: Vec<(ComponentId, Vec<ComponentId>)>,
    /// Not usable as they are, and why.
    pub invalid: Vec<(ComponentId, String)>,
    /// Have issues.
    pub issues: Vec<(ComponentId, Vec<Issue>)>,
    /// The scope has a newer version: ours and theirs.
    pub outdated: Vec<(VersionId, Version)>,
    /// Both sides went on: ours and theirs.
    pub diverged: Vec<(VersionId, Version)>,
    /// A version was merged into their files, and no tag has joined the two yet: ours and theirs.
    pub merging: Vec<(VersionId, Version)>,
    /// Their version is not known here.
    pub import_pending: Vec<VersionId>,
    /// Removed here as a whole, not yet there.
    pub locally_removed: Vec<ComponentId>,
    /// What else waits to be said of components by their next export.
    pub waiting: Vec<(ComponentId, Mark)>,
    /// What of all that their next export holds back.
    pub held: Vec<Waiting>,
    /// At a version that is removed, while the component is not.
    pub gone: Vec<(ComponentId, Gone)>,
    /// Removed in the scope.
    pub remotely_removed: Vec<ComponentId>,
    /// How many components there are.
    pub components: usize,
    /// What was done to the links.
    pub links: LinkReport,
    /// Archives that package.json needs, and that are gone.
    pub missing_archives: Vec<String>,
}

impl Status {
    /// Nothing to say.
    pub fn is_clean(&self) -> bool {
        self.new.is_empty()
            && self.modified.is_empty()
            && self.staged.is_empty()
            && self.staged_elsewhere.is_empty()
            && self.auto_tag_pending.is_empty()
            && self.issues.is_empty()
            && self.outdated.is_empty()
            && self.diverged.is_empty()
            && self.merging.is_empty()
            && self.import_pending.is_empty()
            && self.locally_removed.is_empty()
            && self.waiting.is_empty()
            && self.gone.is_empty()
            && self.remotely_removed.is_empty()
    }
}

/// Looks at the whole workspace.
pub fn status(cwd: &Path, progress: &dyn Progress) -> Result<(Workspace, Status)> {
    let workspace = Workspace::open(cwd, progress)?;
    let mut state = State::load(&workspace, progress)?;
    let mut status = summarize(&state);
    let elsewhere = state.staged_elsewhere(&workspace)?.into_iter();
    status.staged_elsewhere =
        elsewhere.flat_map(|(id, versions)| versions.into_iter().map(move |version| id.at(version))).collect();
    if !status.staged_elsewhere.is_empty() {
        // A package.json that can't be read is said by who installs.
        status.ejected = packages(&workspace, &state.known).unwrap_or_default();
    }
    status.held = held(&workspace, &state)?;
    status.links = links::mend(&workspace, &mut state, LinkCheck::Quick)?;
    // What can't be worked out is said by who installs.
    status.missing_archives =
        Declared::among(&workspace, &state.known).map(|declared| declared.absent()).unwrap_or_default();
    state.remember(&workspace);
    Ok((workspace, status))
}

/// The components that are packages of the workspace.
fn packages(workspace: &Workspace, known: &Known) -> Result<Vec<ComponentId>> {
    let roots = declared_roots(workspace, known, &DependencyFiles::read(&workspace.layout.root)?)?;
    Ok(roots.into_iter().map(|root| root.id.id).collect())
}

/// What would not be said by an export of all that is staged.
fn held(workspace: &Workspace, state: &State) -> Result<Vec<Waiting>> {
    let ids: BTreeSet<ComponentId> = state.components.iter().map(|component| component.id.clone()).collect();
    if !workspace.bitmap.entries().any(|entry| pending::successors(entry).next().is_some()) {
        return Ok(Vec::new());
    }
    let staged = staged(workspace.scope.repo(), &state.known, ids.iter(), Versions::Staged)?;
    let found = waiting(workspace, &state.known, &Leaving { versions: &staged, meant: &ids })?;
    Ok(found.into_values().collect())
}

fn summarize(state: &State) -> Status {
    let mut status = Status { components: state.components.len(), ..Status::default() };
    let changed: Vec<usize> = state.changed().collect();
    let pending = state.auto_tagged(&changed);
    let moves: HashSet<usize> = changed.iter().chain(&pending).copied().collect();
    for &at in &pending {
        let causes = state.graph.dependencies(at).iter().filter(|cause| moves.contains(cause));
        let causes = causes.map(|&cause| state.components[cause].id.clone());
        status.auto_tag_pending.push((state.components[at].id.clone(), causes.collect()));
    }
    for component in &state.components {
        let id = &component.id;
        match component.standing {
            Standing::New => status.new.push(id.clone()),
            Standing::Modified(changes) => status.modified.push((id.clone(), changes)),
            Standing::ImportPending => status.import_pending.extend(component.entry.version.clone().map(|v| id.at(v))),
            Standing::Unchanged => {}
        }
        if !component.remote.staged.is_empty() {
            status.staged.push((id.clone(), component.remote.staged.clone()));
        }
        if !component.issues.is_empty() {
            status.issues.push((id.clone(), component.issues.clone()));
        }
        if let Some(issue) = component.issues.iter().find(|issue| issue.kind.makes_invalid()) {
            status.invalid.push((id.clone(), issue.message.clone()));
        }
        if let (Some(merging), Some(version)) = (&component.entry.merging, &component.entry.version) {
            status.merging.push((id.at(version.clone()), merging.version.clone()));
        }
        if let (Some(catalog), Some(version)) = (&component.remote.catalog, &component.entry.version) {
            status
                .outdated
                .extend(component.remote.offered.iter().map(|newest| (id.at(version.clone()), newest.clone())));
            if component.remote.is_diverged && component.entry.merging.is_none() {
                status.diverged.push((id.at(version.clone()), catalog.head.clone()));
            }
            if catalog.removed && removal::is_removed(Some(&component.entry), true) {
                status.remotely_removed.push(id.clone());
            }
        }
        status.gone.extend(component.remote.gone.iter().map(|gone| (id.clone(), gone.clone())));
        for mark in pending::marks(&component.entry) {
            match mark {
                Mark::Remove(None) => status.locally_removed.push(id.clone()),
                mark => status.waiting.push((id.clone(), mark)),
            }
        }
    }
    status
}
