//! A component's folder goes elsewhere in the workspace.

use super::links::{self, LinkCheck, LinkReport};
use super::{Progress, State, Workspace, select};
use crate::errors;
use crate::model::ComponentId;
use crate::source::files::IgnoreRules;
use crate::workspace::{Bitmap, check_relative_path, move_folder, real_folder};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A component that moved.
#[derive(Debug)]
pub struct Relocated {
    /// Which.
    pub id: ComponentId,
    /// Where it was, relative to the workspace.
    pub from: String,
    /// Where it is.
    pub to: String,
    /// Who moved the folder.
    pub moved_by: MovedBy,
    /// What was done to the links.
    pub links: LinkReport,
}

/// Who moved the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovedBy {
    /// This command.
    Bit,
    /// A person, before; only .bitmap had to learn of it.
    Person,
}

/// Moves a component, named by its folder or its id.
///
/// The folder moves first, in one rename, then .bitmap changes. A command that is stopped in between leaves what a
/// person leaves who moves the folder by hand, and the same command once more finishes it.
pub fn relocate(cwd: &Path, what: &str, to: &Path, progress: &dyn Progress) -> Result<(Workspace, Relocated)> {
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let (id, from) = find(&workspace, what)?;
    let to = workspace.layout.relative(to, cwd)?;
    check_place(&workspace, &id, &from, &to)?;
    let root = workspace.layout.root.clone();
    if root.join(&from).is_file() {
        return Err(errors::file_where_folder_was(&id, &from));
    }
    let is_there = |folder: &str| fs::symlink_metadata(root.join(folder)).is_ok();
    let moved_by = match (is_there(&from), root.join(&to).is_dir()) {
        (true, _) => MovedBy::Bit,
        (false, true) => MovedBy::Person,
        (false, false) => return Err(errors::nothing_to_move(&id, &from)),
    };
    real_folder(&root, &to)?;
    workspace.bitmap.update(&id, |entry| entry.root_dir = to.clone())?;
    if moved_by == MovedBy::Bit {
        move_folder(&root, &from, &to)?;
    }
    if let Err(error) = workspace.save_bitmap(&lock) {
        // .bitmap may be written all the same, and only not be known to be safe on the disk: it decides.
        let written = Bitmap::read(&workspace.layout.bitmap_file()).ok().flatten();
        if moved_by == MovedBy::Bit && written.is_some_and(|bitmap| bitmap.at(&from).is_some()) {
            // Where even this fails, running the command again finishes the move.
            let _ = move_folder(&root, &to, &from);
        }
        return Err(error);
    }
    let mut state = State::load(&workspace, progress)?;
    let links = links::mend(&workspace, &mut state, LinkCheck::Quick)?;
    state.remember(&workspace);
    Ok((workspace, Relocated { id, from, to, moved_by, links }))
}

/// The component that a folder or an id names, and its folder.
fn find(workspace: &Workspace, what: &str) -> Result<(ComponentId, String)> {
    let folder = workspace.layout.relative(Path::new(what), &workspace.cwd).ok();
    if let Some(entry) = folder.as_deref().and_then(|folder| workspace.bitmap.at(folder)) {
        return Ok((entry.id(), entry.root_dir.clone()));
    }
    if let Some(folder) = folder.filter(|folder| workspace.layout.root.join(folder).is_dir()) {
        return Err(errors::no_components_folder(&folder));
    }
    let selections = select(&workspace.bitmap, &[what.to_owned()])?;
    let [selection] = selections.as_slice() else { return Err(errors::one_component_expected(selections.len())) };
    let entry = workspace.bitmap.get(&selection.id).ok_or_else(|| errors::not_tracked(&selection.id))?;
    Ok((entry.id(), entry.root_dir.clone()))
}

/// Refuses a place where a component can't be. Other components' folders are looked after by .bitmap itself.
fn check_place(workspace: &Workspace, id: &ComponentId, from: &str, to: &str) -> Result<()> {
    if to.is_empty() {
        return Err(errors::root_is_no_component());
    }
    check_relative_path(to).map_err(|reason| errors::bad_path(to, reason))?;
    let lies_in = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    if to == from {
        return Err(errors::already_there(id, to));
    }
    if lies_in(to, from) || lies_in(from, to) {
        return Err(errors::move_into_itself(from, to));
    }
    let rules = IgnoreRules::new(&workspace.layout.root);
    if rules.is_ignored(to, true).with_context(|| format!("could not read the ignore rules around {to}"))? {
        return Err(errors::folder_is_ignored(to));
    }
    let target = workspace.layout.root.join(to);
    let source_is_there = workspace.layout.root.join(from).is_dir();
    let is_taken = target.is_file() || fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken && (source_is_there || target.is_file()) {
        return Err(errors::target_not_empty(to));
    }
    Ok(())
}
