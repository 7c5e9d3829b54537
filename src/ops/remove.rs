//! Components that the workspace is to forget. Their versions stay in the local scope.

use super::links::{self, LinkCheck, LinkReport};
use super::state::{Component, Standing};
use super::{Progress, State, Workspace, select};
use crate::errors;
use crate::model::{ComponentId, PackageName, VersionId};
use crate::workspace::{self, BitmapEntry, Deleted, Store, delete_files, real_folder};
use anyhow::Result;
use std::path::Path;

/// What to forget, and how.
#[derive(Debug, Clone, Default)]
pub struct RemoveOptions {
    /// Ids and patterns.
    pub ids: Vec<String>,
    /// What becomes of the files.
    pub files: Files,
    /// What becomes of the record in .bitmap.
    pub record: Record,
    /// What to do with components that are modified, or that others depend on.
    pub guarded: Guarded,
}

/// What becomes of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Files {
    /// They stay.
    #[default]
    Keep,
    /// Those that belong to the component are deleted.
    Delete,
}

/// What becomes of the record in .bitmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Record {
    /// It goes.
    #[default]
    Drop,
    /// It stays, without a version: the component is new again.
    BeginAnew,
}

/// What to do with components that are modified, or that others depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guarded {
    /// Refuse.
    #[default]
    Refuse,
    /// Remove them too.
    Remove,
}

/// What was removed.
#[derive(Debug, Default)]
pub struct Removed {
    /// Each component, and what became of its files where they were to be deleted.
    pub components: Vec<(ComponentId, Option<Deleted>)>,
    /// Versions that nobody exported, and that are still in the local scope.
    pub staged: Vec<VersionId>,
    /// Links that could not be removed, and why.
    pub links_left: Vec<(PackageName, String)>,
    /// What was done to the links of components that need one of those: they find its version in the local scope now.
    pub links: LinkReport,
}

/// Removes components from the workspace.
///
/// .bitmap changes first, in one rename: a command that is stopped then leaves files that belong to no component,
/// never a component whose files are half gone.
pub fn remove(cwd: &Path, options: &RemoveOptions, progress: &dyn Progress) -> Result<(Workspace, Removed)> {
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let state = State::load(&workspace, progress)?;
    let chosen = choose(&workspace, &state, &options.ids)?;
    if options.guarded == Guarded::Refuse {
        refuse_modified(&state, &chosen, options.files)?;
        if options.record == Record::Drop {
            refuse_needed(&state, &chosen)?;
        }
    }
    if options.files == Files::Delete {
        // Whatever would keep files from being deleted is found before anything changes.
        for component in chosen.iter().map(|&at| &state.components[at]) {
            real_folder(&workspace.layout.root, &component.entry.root_dir)?;
        }
    }
    for component in chosen.iter().map(|&at| &state.components[at]) {
        match options.record {
            Record::Drop => drop(workspace.bitmap.remove(&component.id)),
            Record::BeginAnew => workspace.bitmap.update(&component.id, begin_anew)?,
        }
    }
    workspace.save_bitmap(&lock)?;
    let mut outcome = Removed::default();
    for component in chosen.iter().map(|&at| &state.components[at]) {
        clear_away(&workspace, component, options, &mut outcome)?;
    }
    let are_needed = !dependents_of(&state, &chosen).is_empty();
    state.remember(&workspace);
    // The rest is done already: what goes wrong with links, the next command says and mends.
    if options.record == Record::Drop
        && are_needed
        && let Ok(mut state) = State::load(&workspace, progress)
    {
        outcome.links = links::mend(&workspace, &mut state, LinkCheck::Quick).unwrap_or_default();
        state.remember(&workspace);
    }
    Ok((workspace, outcome))
}

/// What the workspace has of a component beside its record: its link, and its files if they are to go.
fn clear_away(
    workspace: &Workspace,
    component: &Component,
    options: &RemoveOptions,
    outcome: &mut Removed,
) -> Result<()> {
    if options.record == Record::Drop
        && let Err(error) = remove_link(workspace, &component.package)
    {
        outcome.links_left.push((component.package.clone(), format!("{error:#}")));
    }
    // What this component alone found in another version; without it a folder could not become empty.
    let nested =
        Store::of(&workspace.layout.root).and_then(|store| store.settle_component(&component.entry.root_dir, &[]));
    if let Err(error) = nested {
        outcome.links_left.push((component.package.clone(), format!("{error:#}")));
    }
    let deleted = match options.files {
        Files::Keep => None,
        Files::Delete => Some(delete(workspace, component)?),
    };
    outcome.components.push((component.id.clone(), deleted));
    outcome.staged.extend(component.remote.staged.iter().map(|version| component.id.at(version.clone())));
    Ok(())
}

/// The components that stay and need one of these.
fn dependents_of(state: &State, chosen: &[usize]) -> Vec<usize> {
    let reversed = state.graph.reversed();
    let all = chosen.iter().flat_map(|&at| reversed.dependencies(at).to_vec());
    all.filter(|dependent| !chosen.contains(dependent)).collect()
}

fn choose(workspace: &Workspace, state: &State, ids: &[String]) -> Result<Vec<usize>> {
    let selections = select(&workspace.bitmap, ids)?;
    for selection in &selections {
        if let Some(version) = &selection.version {
            return Err(errors::whole_component_expected(&selection.id, version));
        }
    }
    Ok(selections.iter().filter_map(|selection| state.index_of(&selection.id)).collect())
}

/// Refuses components whose folder holds what no version has.
fn refuse_modified(state: &State, chosen: &[usize], files: Files) -> Result<()> {
    let components = chosen.iter().map(|&at| &state.components[at]);
    let modified: Vec<String> = components
        .filter(|component| is_modified(component, files))
        .map(|component| component.id.to_string())
        .collect();
    if modified.is_empty() { Ok(()) } else { Err(errors::modified_components(&modified)) }
}

fn is_modified(component: &Component, files: Files) -> bool {
    let is_broken = component.issues.iter().any(|issue| issue.kind.makes_invalid());
    match component.standing {
        // A component that is not usable any more may go, as long as nothing is lost with it.
        _ if is_broken && (files == Files::Keep || component.files.is_empty()) => false,
        Standing::Modified(changes) => changes.content,
        // Nobody can tell what changed against a version that is not here.
        Standing::ImportPending => files == Files::Delete,
        Standing::New | Standing::Unchanged => false,
    }
}

/// Refuses components that others in the workspace depend on.
fn refuse_needed(state: &State, chosen: &[usize]) -> Result<()> {
    let reversed = state.graph.reversed();
    for &at in chosen {
        let dependents = reversed.dependencies(at).iter().filter(|dependent| !chosen.contains(dependent));
        let dependents: Vec<String> = dependents.map(|&dependent| state.components[dependent].id.to_string()).collect();
        if !dependents.is_empty() {
            return Err(errors::component_needed(&state.components[at].id, &dependents));
        }
    }
    Ok(())
}

fn begin_anew(entry: &mut BitmapEntry) {
    let scope = entry.scope_name();
    entry.default_scope = Some(scope);
    entry.scope = None;
    entry.version = None;
    entry.commit = None;
    entry.base = None;
    entry.merging = None;
}

/// Another component may have come to be the same package: then the link is its.
fn remove_link(workspace: &Workspace, package: &PackageName) -> Result<()> {
    let is_wanted = workspace.bitmap.entries().any(|entry| PackageName::of(&entry.id()) == *package);
    if !is_wanted {
        workspace::remove(&workspace.layout.root, package.as_str())?;
    }
    Ok(())
}

fn delete(workspace: &Workspace, component: &Component) -> Result<Deleted> {
    let files: Vec<&str> = component.files.iter().map(|file| file.source.path.as_str()).collect();
    delete_files(&workspace.layout.root, &component.entry.root_dir, &files)
}
