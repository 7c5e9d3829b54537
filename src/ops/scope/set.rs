//! Choosing the scope of new components: of all that come, or of some that have no version yet.

use crate::errors;
use crate::model::{ComponentId, PackageName, ScopeName};
use crate::ops::links::{self, LinkCheck, LinkReport};
use crate::ops::{Progress, Selection, State, Workspace, select};
use crate::scope::WriteLock;
use crate::workspace::{BitmapEntry, ConfigFile, TemplateOptions, template};
use anyhow::Result;
use std::path::Path;

/// What was set.
#[derive(Debug)]
pub enum SetScope {
    /// The scope of components to come.
    Default {
        /// What it was.
        before: ScopeName,
        /// New components that keep the scope they were meant for.
        kept: Vec<ComponentId>,
    },
    /// The scope of some new components.
    Components {
        /// Each as it was and as it is.
        moved: Vec<Moved>,
        /// What was done to the links.
        links: Box<LinkReport>,
    },
}

/// A component that was meant for one scope and is meant for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// As it was.
    pub from: ComponentId,
    /// As it is.
    pub to: ComponentId,
}

impl Moved {
    /// The packages by which imports name it, before and after.
    pub fn packages(&self) -> (PackageName, PackageName) {
        (PackageName::of(&self.from), PackageName::of(&self.to))
    }
}

/// Sets the scope of these components, which must be new; without any, that of all that are added from now on.
pub fn set(cwd: &Path, scope: &ScopeName, ids: &[String], progress: &dyn Progress) -> Result<(Workspace, SetScope)> {
    if scope.is_placeholder() {
        return Err(errors::placeholder_scope());
    }
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    match ids {
        [] => set_default(workspace, &lock, scope),
        ids => set_components(workspace, &lock, scope, ids, progress),
    }
}

fn set_default(workspace: Workspace, _lock: &WriteLock, scope: &ScopeName) -> Result<(Workspace, SetScope)> {
    let path = workspace.layout.config_file();
    let mut file = match ConfigFile::read(&path)? {
        Some(file) => file,
        None => ConfigFile { text: template(&new_config(&workspace)), path },
    };
    file.set_default_scope(scope)?;
    file.save(&workspace.scope.state_folder())?;
    let before = workspace.config.default_scope.clone();
    let keeps = |entry: &&BitmapEntry| {
        entry.version.is_none() && entry.scope.is_none() && entry.scope_name() == before && before != *scope
    };
    let kept = workspace.bitmap.entries().filter(keeps).map(|entry| entry.id()).collect();
    Ok((workspace, SetScope::Default { before, kept }))
}

/// A workspace may be a .bitmap alone.
fn new_config(workspace: &Workspace) -> TemplateOptions {
    let name = workspace.layout.root.file_name().map(|name| name.to_string_lossy().into_owned());
    TemplateOptions { name: name.unwrap_or_else(|| "workspace".into()), ..TemplateOptions::default() }
}

fn set_components(
    mut workspace: Workspace,
    lock: &WriteLock,
    scope: &ScopeName,
    ids: &[String],
    progress: &dyn Progress,
) -> Result<(Workspace, SetScope)> {
    let chosen = select(&workspace.bitmap, ids)?;
    refuse_settled(&workspace, &chosen, scope)?;
    let mut moved = Vec::new();
    for from in chosen.into_iter().map(|selection| selection.id).filter(|id| id.scope != *scope) {
        workspace.bitmap.update(&from, |entry| entry.default_scope = Some(scope.clone()))?;
        moved.push(Moved { to: ComponentId::new(scope.clone(), from.name.clone()), from });
    }
    workspace.save_bitmap(lock)?;
    let mut state = State::load(&workspace, progress)?;
    // Its package has another name now: the link of the old one goes.
    let links = links::mend(&workspace, &mut state, LinkCheck::Full)?;
    state.remember(&workspace);
    Ok((workspace, SetScope::Components { moved, links: Box::new(links) }))
}

/// What has a version names its scope in it, and can't be moved by a word in .bitmap.
fn refuse_settled(workspace: &Workspace, chosen: &[Selection], scope: &ScopeName) -> Result<()> {
    if let Some(selection) = chosen.iter().find(|selection| selection.version.is_some()) {
        return Err(errors::version_has_no_scope(&selection.id));
    }
    let known = workspace.scope.known()?;
    let (mut exported, mut tagged) = (Vec::new(), Vec::new());
    for id in chosen.iter().map(|selection| &selection.id).filter(|id| id.scope != *scope) {
        let Some(entry) = workspace.bitmap.get(id) else { continue };
        if entry.is_exported() {
            exported.push(id.clone());
        } else if entry.version.is_some() || known.components.contains_key(id) {
            tagged.push(id.clone());
        }
    }
    match exported.is_empty() && tagged.is_empty() {
        true => Ok(()),
        false => Err(errors::scope_is_settled(&exported, &tagged, scope)),
    }
}
