//! Other names for components. What was never exported simply has another one. What was exported can't change: a new
//! component goes on, and the old one is deprecated with a pointer to it, or removed, at its next export.

use super::fork::new_name;
use super::renaming::{NewIds, RenamedVersions, Renaming, follow_links, new_names};
use super::specifiers::Unparsable;
use super::successors::{Child, How, Importers, Nursery, Successor, Successors, commit, refuse_taken, wanted_path};
use super::{Progress, State, Work, Workspace, dependents, deprecation, pending, relocate, removal, room, select};
use crate::errors;
use crate::model::{Beginning, ComponentId, Deprecation, Forebear, ScopeName};
use crate::scope::WriteLock;
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// What to rename.
#[derive(Debug, Clone, Default)]
pub struct RenameOptions {
    /// The component.
    pub id: String,
    /// Its new name.
    pub name: String,
    /// Its new scope; its own without it.
    pub scope: Option<ScopeName>,
    /// Its new folder, if somebody said so.
    pub path: Option<PathBuf>,
    /// How.
    pub manner: Manner,
}

/// How components are renamed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// What becomes of those that import them.
    pub importers: Importers,
    /// What becomes of an exported one.
    pub original: Original,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What becomes of an exported component that goes on as another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Original {
    /// It is deprecated, with a pointer.
    #[default]
    Deprecate,
    /// It is removed from its scope.
    Remove,
}

/// Renames one component.
pub fn rename(cwd: &Path, options: &RenameOptions, progress: &dyn Progress) -> Result<(Workspace, Successors)> {
    let name = new_name(&options.name)?;
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let selections = select(&workspace.bitmap, std::slice::from_ref(&options.id))?;
    let [selection] = selections.as_slice() else { return Err(errors::one_component_expected(selections.len())) };
    if selection.version.is_some() {
        return Err(errors::version_has_no_scope(&selection.id));
    }
    let old = selection.id.clone();
    let new = ComponentId::new(options.scope.clone().unwrap_or_else(|| old.scope.clone()), name);
    if old == new {
        return Err(errors::same_id(&old));
    }
    let path = wanted_path(&workspace, options.path.as_deref(), &new, true)?;
    if let Some(path) = path.as_deref().filter(|path| room::is_taken(&workspace.layout.root, path)) {
        return Err(errors::no_room_for_component(path));
    }
    let batch = Batch { ids: vec![(old, new.clone())], path, work: Work::default(), command: "rename" };
    let moves = options.path.as_deref().filter(|_| !options.manner.dry_run);
    let (workspace, mut outcome) = rename_all(workspace, lock, batch, options.manner, progress)?;
    match (moves, outcome.components.first_mut()) {
        (Some(to), Some(renamed)) if renamed.how == How::Renamed => {
            drop(workspace);
            let (workspace, moved) = relocate::relocate(cwd, &new.to_string(), to, progress)?;
            renamed.root_dir = moved.to;
            Ok((workspace, outcome))
        }
        _ => Ok((workspace, outcome)),
    }
}

/// Components that get other ids together.
pub struct Batch {
    /// Old ids with the new ones.
    pub ids: Vec<(ComponentId, ComponentId)>,
    /// The folder of the only one, if a new component goes on.
    pub path: Option<String>,
    /// What else changes with it.
    pub work: Work,
    /// What a person called.
    pub command: &'static str,
}

/// Renames all of these, or none.
pub fn rename_all(
    workspace: Workspace,
    lock: WriteLock,
    batch: Batch,
    manner: Manner,
    progress: &dyn Progress,
) -> Result<(Workspace, Successors)> {
    let Batch { ids, path, work, command } = batch;
    let state = State::load(&workspace, progress)?;
    let (exported, own): (Vec<_>, Vec<_>) = ids.iter().cloned().partition(|(old, _)| is_exported(&state, old));
    refuse_taken(&workspace, &state, &ids, true)?;
    if manner.original == Original::Remove && manner.importers == Importers::Leave {
        let going = exported.iter().map(|(old, _)| old.clone()).collect();
        let going = dependents::Going { ids: &going, range: None };
        let dependents = dependents::in_workspace(&workspace, &going, progress)?;
        if !dependents.is_empty() {
            return Err(errors::renamed_components_needed(&dependents));
        }
    }
    let names = new_names(ids.iter().map(|(old, new)| (old, new)));
    let mut nursery = Nursery::new(&workspace, &state, &names);
    nursery.work = work;
    let mut outcome = Successors::default();
    let own: NewIds = own.into_iter().collect();
    let versions = rename_own(&workspace, &state, &own, manner, &mut nursery, &mut outcome)?;
    for (old, new) in exported {
        outcome.components.push(go_on(&state, &mut nursery, old, new, path.clone(), manner.original)?);
    }
    let stays = |id: &ComponentId| outcome.components.iter().any(|one| one.from.id == *id && one.how != How::Renamed);
    match manner.importers {
        Importers::Follow => nursery.rewire(|id| !stays(id))?,
        // What is renamed together goes on naming one another.
        Importers::Leave => nursery.rewire(|id| own.contains_key(id))?,
    }
    outcome.told.add(std::mem::take(&mut nursery.told));
    let changes = (nursery.records, nursery.work);
    state.remember(&workspace);
    if manner.dry_run {
        return Ok((workspace, outcome));
    }
    commit(&workspace, &lock, command, versions.refs(), changes)?;
    drop(lock);
    let (workspace, links) = follow_links(workspace, own.keys(), &mut outcome.warnings, progress)?;
    Ok((workspace, Successors { links, ..outcome }))
}

/// Whether a scope has it, as far as anybody here knows.
fn is_exported(state: &State, id: &ComponentId) -> bool {
    state.index_of(id).is_some_and(|at| {
        let component = &state.components[at];
        component.entry.is_exported() || component.remote.catalog.is_some()
    })
}

/// Renames what was never exported: records, and staged versions with those that need them.
fn rename_own(
    workspace: &Workspace,
    state: &State,
    ids: &NewIds,
    manner: Manner,
    nursery: &mut Nursery,
    outcome: &mut Successors,
) -> Result<RenamedVersions> {
    let renaming = Renaming::find(workspace, &state.known, ids)?;
    let specifiers = renaming.specifiers(Unparsable::Leave)?;
    if manner.importers == Importers::Leave {
        let others: Vec<String> = renaming
            .versions
            .iter()
            .map(|version| version.id())
            .filter(|id| !ids.contains_key(&id.id))
            .map(|id| id.to_string())
            .collect();
        if !others.is_empty() {
            return Err(errors::staged_importers(&others));
        }
    }
    let versions = match manner.dry_run {
        true => RenamedVersions::default(),
        false => renaming.write(Some(&specifiers), Vec::new())?,
    };
    outcome.told.add(specifiers.told);
    let affected = renaming.versions.iter().map(|version| version.id());
    outcome.rewritten = affected.filter(|id| !ids.contains_key(&id.id)).collect();
    let tagged: Vec<&BitmapEntry> = workspace.bitmap.entries().collect();
    for before in tagged {
        let mut after = before.clone();
        after.commit = after.commit.map(|commit| versions.commit_of(commit));
        if let Some(merging) = &mut after.merging {
            merging.commit = versions.commit_of(merging.commit);
        }
        let old = before.id();
        pending::follow(&mut after, |id| ids.get(id));
        if let Some(new) = ids.get(&old) {
            after.name = new.name.clone();
            after.default_scope = Some(new.scope.clone());
            let (from, root_dir) = (Forebear { id: old.clone(), version: None }, before.root_dir.clone());
            outcome.components.push(Successor { from, id: new.clone(), root_dir, how: How::Renamed });
        }
        if after != *before {
            nursery.change(&old, |entry| *entry = after)?;
        }
    }
    Ok(versions)
}

/// A new component goes on, and the old one has a note that waits for its next export.
fn go_on(
    state: &State,
    nursery: &mut Nursery,
    old: ComponentId,
    new: ComponentId,
    path: Option<String>,
    original: Original,
) -> Result<Successor> {
    let component = state.index_of(&old).map(|at| &state.components[at]);
    let version = component.and_then(|component| component.entry.version.clone());
    let from = Forebear { id: old.clone(), version };
    let renamed_from = Some(Forebear { id: old.clone(), version: None });
    let beginning = Beginning { forked_from: None, renamed_from };
    let child = Child { from: from.clone(), commit: None, id: new.clone(), beginning };
    let root_dir = nursery.add(&child, path)?;
    let how = match original {
        Original::Deprecate => {
            let advice = Deprecation { new_id: Some(new.clone()), ..Deprecation::default() };
            nursery.change(&old, |entry| deprecation::note(entry, &advice))?;
            How::Deprecated
        }
        Original::Remove => {
            nursery.change(&old, |entry| removal::note(entry, &new))?;
            How::Removed
        }
    };
    Ok(Successor { from, id: new, root_dir, how })
}
