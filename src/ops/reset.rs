//! Taking staged versions back. What is exported stays, and so do versions that others need.

use super::{BitmapChange, By, Progress, Selection, State, Transaction, Workspace, links, select};
use crate::errors;
use crate::git::{RefEdit, RefName};
use crate::model::{ComponentId, Version, VersionId, VersionSelector};
use crate::scope::StoredVersion;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

/// What to take back.
#[derive(Debug, Clone, Default)]
pub struct ResetOptions {
    /// Ids (with a version or without) and patterns.
    pub ids: Vec<String>,
    /// Only this version of each.
    pub version: Option<Version>,
    /// Which components and versions.
    pub reach: Reach,
    /// What to do with versions that others need.
    pub needed: NeededVersions,
}

/// How far a reset reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Every staged version of the components named.
    #[default]
    Named,
    /// Every staged version of every component.
    Everything,
    /// Only the newest staged version of each component named; of every component where none is.
    Heads,
}

/// What to do with versions that others need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NeededVersions {
    /// Keep them, and refuse.
    #[default]
    Protect,
    /// Take them back all the same.
    TakeBack,
}

/// What was taken back.
#[derive(Debug, Default)]
pub struct Reset {
    /// Each component with the versions it lost and the version it has now.
    pub components: Vec<(ComponentId, Vec<Version>, Option<Version>)>,
}

type Doomed = BTreeMap<ComponentId, BTreeSet<Version>>;

/// Takes staged versions back.
pub fn reset(cwd: &Path, options: &ResetOptions, progress: &dyn Progress) -> Result<(Workspace, Reset)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let mut state = State::load(&workspace, progress)?;
    let doomed = choose(&workspace, &state, options)?;
    if options.needed == NeededVersions::Protect {
        protect_needed(&workspace, &state, &doomed)?;
    }
    let mut refs = Vec::new();
    let mut bitmap = Vec::new();
    let mut outcome = Reset::default();
    let mut versions_now = Vec::new();
    for (id, versions) in &doomed {
        for version in versions {
            let target =
                state.known.components.get(id).and_then(|known| known.versions.get(version)).map(|at| at.target);
            refs.push(RefEdit { name: RefName::from(id.at(version.clone())).to_string(), old: target, new: None });
        }
        let Some(before) = workspace.bitmap.get(id) else { continue };
        let mut after = before.clone();
        if before.version.as_ref().is_some_and(|version| versions.contains(version)) {
            after.version = surviving(&workspace, &state, id, versions)?;
            after.commit = after.version.as_ref().and_then(|version| state.known.commit(id, version));
        }
        outcome.components.push((id.clone(), versions.iter().cloned().collect(), after.version.clone()));
        versions_now.extend(state.index_of(id).map(|at| (at, after.version.clone())));
        bitmap.push(BitmapChange { before: Some(before.clone()), after: Some(after) });
    }
    if !refs.is_empty() {
        workspace.commit(Transaction { command: "reset", objects: None, refs, bitmap }, &lock)?;
        for (at, version) in versions_now {
            state.components[at].entry.version = version;
        }
        links::mend(&workspace, &mut state, links::LinkCheck::Quick)?;
    }
    state.remember(&workspace);
    Ok((workspace, outcome))
}

fn choose(workspace: &Workspace, state: &State, options: &ResetOptions) -> Result<Doomed> {
    let mut doomed = Doomed::new();
    let selections = if options.ids.is_empty() {
        let all = state.components.iter().map(|component| Selection {
            id: component.id.clone(),
            version: None,
            by: By::Pattern,
        });
        all.collect()
    } else {
        select(&workspace.bitmap, &options.ids)?
    };
    for selection in selections {
        let Some(at) = state.index_of(&selection.id) else { continue };
        let staged = &state.components[at].remote.staged;
        let wanted = match selection.version {
            Some(VersionSelector::Exact(version)) => Some(version),
            Some(other) => return Err(errors::version_expected(&other.to_string())),
            None => options.version.clone(),
        };
        let versions: BTreeSet<Version> = match (wanted, options.reach) {
            (Some(version), _) if staged.contains(&version) => [version].into(),
            // Of everything, a version goes where there is one of that number.
            (Some(_), Reach::Everything) => continue,
            (Some(version), _) => return Err(not_staged(state, &selection.id, &version)),
            (None, Reach::Heads) => staged.iter().filter(|version| is_head(state, at, version)).cloned().collect(),
            (None, _) => staged.iter().cloned().collect(),
        };
        if versions.is_empty() && !options.ids.is_empty() && options.reach == Reach::Named {
            return Err(errors::nothing_staged(&selection.id));
        }
        if !versions.is_empty() {
            doomed.entry(selection.id).or_default().extend(versions);
        }
    }
    Ok(doomed)
}

/// The newest staged version: the one the folder has, else the highest.
fn is_head(state: &State, at: usize, version: &Version) -> bool {
    let component = &state.components[at];
    let staged = &component.remote.staged;
    match &component.entry.version {
        Some(current) if staged.contains(current) => version == current,
        _ => staged.last() == Some(version),
    }
}

fn not_staged(state: &State, id: &ComponentId, version: &Version) -> anyhow::Error {
    match state.known.commit(id, version) {
        Some(_) => errors::already_exported(&id.at(version.clone())),
        None => errors::unknown_version(id, version, &known_versions(state, id)),
    }
}

fn known_versions(state: &State, id: &ComponentId) -> Vec<String> {
    state.known.versions(id).map(|(version, _)| version.to_string()).collect()
}

/// Refuses where a version that stays needs one that goes, or was made from it.
fn protect_needed(workspace: &Workspace, state: &State, doomed: &Doomed) -> Result<()> {
    let goes = |id: &VersionId| doomed.get(&id.id).is_some_and(|versions| versions.contains(&id.version));
    let mut needed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, known) in &state.known.components {
        for (version, at) in &known.versions {
            let dependent = id.at(version.clone());
            if goes(&dependent) {
                continue;
            }
            let summary = state.summary(workspace, at.commit)?;
            for dependency in &summary.dependencies {
                if goes(&dependency.parse()?) {
                    needed.entry(dependency.clone()).or_default().push(dependent.to_string());
                }
            }
        }
    }
    let doomed_commits: HashSet<_> = doomed
        .iter()
        .flat_map(|(id, versions)| versions.iter().filter_map(|version| state.known.commit(id, version)))
        .collect();
    for (id, versions) in doomed {
        for (version, at) in state.known.versions(id).filter(|(version, _)| !versions.contains(*version)) {
            let stored = StoredVersion::read(workspace.scope.repo(), at.commit)?;
            if let Some(parent) = stored.parents.iter().find(|parent| doomed_commits.contains(*parent)) {
                let gone = versions.iter().find(|gone| state.known.commit(id, gone) == Some(*parent));
                let gone = gone.map_or_else(|| id.to_string(), |gone| id.at(gone.clone()).to_string());
                needed.entry(gone).or_default().push(id.at(version.clone()).to_string());
            }
        }
    }
    match needed.into_iter().next() {
        None => Ok(()),
        Some((version, dependents)) => Err(errors::version_needed(&version, &dependents)),
    }
}

/// The version that a folder falls back to: the nearest one in the history that stays.
fn surviving(
    workspace: &Workspace,
    state: &State,
    id: &ComponentId,
    gone: &BTreeSet<Version>,
) -> Result<Option<Version>> {
    let numbers: BTreeMap<_, &Version> = state.known.versions(id).map(|(version, at)| (at.commit, version)).collect();
    let current = workspace.bitmap.get(id).and_then(|entry| entry.version.as_ref());
    let mut commit = current.and_then(|version| state.known.commit(id, version));
    while let Some(at) = commit {
        match numbers.get(&at) {
            Some(version) if !gone.contains(*version) => return Ok(Some((*version).clone())),
            _ => {}
        }
        commit = match workspace.scope.repo().has(crate::git::oid(at))? {
            true => StoredVersion::read(workspace.scope.repo(), at)?.parents.first().copied(),
            false => None,
        };
    }
    Ok(None)
}
