//! Taking a merge back: files and record become what they were before it.

use super::before::{self, Saved, saved_ref};
use super::look_again;
use crate::errors;
use crate::git::PackWriter;
use crate::git::{Kind, RawObject};
use crate::model::{ComponentId, Version};
use crate::ops::{BitmapChange, By, Component, Progress, State, Transaction, Workspace, select};
use crate::workspace::{FileChange, FileStanding, FileState, read_file};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// What to do with what was edited after the merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edits {
    /// Keep it, and refuse.
    #[default]
    Protect,
    /// Throw it away. A merge that was made in another clone is forgotten, and the files stay.
    Discard,
}

/// A merge that was taken back.
#[derive(Debug)]
pub struct Aborted {
    /// Of which component.
    pub id: ComponentId,
    /// The version that had been merged.
    pub theirs: Version,
    /// Whether its files stay as they are: the merge was made in another clone.
    pub are_files_kept: bool,
}

/// Takes back the merges of the components named, or all.
pub fn abort(cwd: &Path, ids: &[String], edits: Edits, progress: &dyn Progress) -> Result<(Workspace, Vec<Aborted>)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let state = State::load(&workspace, progress)?;
    let chosen = choose(&workspace, &state, ids)?;
    let (mut files, mut refs, mut bitmap, mut aborted) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut edited, mut pack) = (Vec::new(), PackWriter::new(workspace.scope.repo())?);
    for component in chosen {
        let mut after = component.entry.clone();
        let saved = before::read(&workspace, component)?;
        let are_files_kept = saved.is_none();
        match saved {
            Some(Saved { files: merged, main_file, edit }) => {
                let way = WayBack { root: &workspace.layout.root, merged: &merged };
                for change in &merged {
                    files.extend(way.back(change, &mut edited, &mut pack)?);
                }
                refs.push(edit);
                after.main_file = main_file;
            }
            // What was before it is not known here: it is forgotten, and no file is touched.
            None if edits == Edits::Discard => refs.extend(saved_ref(workspace.scope.repo(), &component.id)?),
            None => return Err(errors::merge_made_elsewhere(&component.id)),
        }
        let theirs = after.merging.take().map(|merging| merging.version);
        bitmap.push(BitmapChange { before: Some(component.entry.clone()), after: Some(after) });
        aborted.extend(theirs.map(|theirs| Aborted { id: component.id.clone(), theirs, are_files_kept }));
    }
    if edits == Edits::Protect && !edited.is_empty() {
        return Err(errors::edited_since_merge(&edited));
    }
    let transaction = Transaction { command: "merge --abort", objects: Some(pack), refs, bitmap: bitmap.into() };
    workspace.commit_with_files(transaction, &files, &lock)?;
    Ok((look_again(workspace, cwd, progress)?.0, aborted))
}

fn choose<'s>(workspace: &Workspace, state: &'s State, ids: &[String]) -> Result<Vec<&'s Component>> {
    let is_merging = |component: &&Component| component.entry.merging.is_some();
    let mut chosen = Vec::new();
    if ids.is_empty() {
        chosen.extend(state.components.iter().filter(is_merging));
    }
    for selection in select(&workspace.bitmap, ids)? {
        let Some(component) = state.index_of(&selection.id).map(|at| &state.components[at]) else { continue };
        match (is_merging(&component), selection.by) {
            (true, _) => chosen.push(component),
            (false, By::Id) => return Err(errors::not_merging(&component.id)),
            (false, By::Pattern) => {}
        }
    }
    if chosen.is_empty() { Err(errors::no_merge_to_abort()) } else { Ok(chosen) }
}

/// The way back from what a merge made of a component's files.
struct WayBack<'a> {
    root: &'a Path,
    merged: &'a [FileChange],
}

impl WayBack<'_> {
    /// The way back from what stands there now; `None` where it is as it was already. What is neither that nor what the
    /// merge made of it was edited: it is told, and its content is kept as an object until all is done.
    fn back(&self, merged: &FileChange, edited: &mut Vec<String>, pack: &mut PackWriter) -> Result<Option<FileChange>> {
        let (standing, bytes) = read_file(self.root, &merged.path)?;
        let now: Option<FileState> = match standing {
            FileStanding::Nothing => None,
            FileStanding::File(state) => Some(state),
            FileStanding::Other => {
                self.refuse_foreign(&merged.path)?;
                None
            }
        };
        if now == merged.before {
            return Ok(None);
        }
        if now != merged.after {
            edited.push(merged.path.clone());
            let object = |state: FileState| RawObject { oid: state.blob, kind: Kind::Blob, bytes };
            pack.add(now.map(object).into_iter().collect())?;
        }
        Ok(Some(FileChange { path: merged.path.clone(), before: now, after: merged.before }))
    }

    /// Where a merge put a folder in the place of a file, or a file in that of a folder, all of it goes before the other
    /// one is back. What the merge did not make stays, so it is in the way.
    fn refuse_foreign(&self, path: &str) -> Result<()> {
        let place = self.root.join(path);
        let is_folder = fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
        let foreign = match is_folder {
            true => self.foreign_in(&place, path)?,
            false => (!path.match_indices('/').any(|(at, _)| self.is_made(&path[..at]))).then(|| path.to_owned()),
        };
        foreign.map_or(Ok(()), |foreign| Err(errors::way_back_blocked(path, &foreign)))
    }

    fn is_made(&self, path: &str) -> bool {
        self.merged.iter().any(|change| change.path == path && change.before.is_none())
    }

    fn foreign_in(&self, folder: &Path, path: &str) -> Result<Option<String>> {
        let cannot = || format!("could not read {}", folder.display());
        for entry in fs::read_dir(folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let inside = format!("{path}/{}", entry.file_name().to_string_lossy());
            let foreign = match entry.file_type().with_context(cannot)?.is_dir() {
                true => self.foreign_in(&entry.path(), &inside)?,
                false => (!self.is_made(&inside)).then_some(inside),
            };
            if foreign.is_some() {
                return Ok(foreign);
            }
        }
        Ok(None)
    }
}
