//! Changing refs, a person's files and .bitmap together: the journal first, then objects, refs in one rename, files,
//! .bitmap, and the journal goes.

use super::{Notice, Workspace};
use crate::errors;
use crate::git::{PackWriter, RefEdit, RefTable};
use crate::model::ComponentId;
use crate::scope::{LocalScope, Plan, WriteLock};
use crate::workspace::{Bitmap, BitmapEntry, FileChange, Layout, apply_changes};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A component's record in .bitmap, before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BitmapChange {
    /// The record as it was; `None` where there was none.
    pub before: Option<BitmapEntry>,
    /// The record as it is to be; `None` where it goes.
    pub after: Option<BitmapEntry>,
}

/// What the journal says beside the refs.
#[derive(Serialize)]
struct Rest<'a> {
    records: &'a [BitmapChange],
    files: &'a [FileChange],
}

/// The same, read.
#[derive(Deserialize)]
struct OwnedRest {
    records: Vec<BitmapChange>,
    files: Vec<FileChange>,
}

/// What a command changes.
pub struct Transaction<'r> {
    /// Which command, for messages.
    pub command: &'static str,
    /// New objects, not yet in their place.
    pub objects: Option<PackWriter<'r>>,
    /// Changes of refs: the commit point.
    pub refs: Vec<RefEdit>,
    /// Changes of .bitmap.
    pub bitmap: Vec<BitmapChange>,
}

impl Workspace {
    /// Carries a transaction out: all of it or nothing, whenever the command is stopped.
    pub fn commit(&self, transaction: Transaction, lock: &WriteLock) -> Result<()> {
        self.commit_with_files(transaction, &[], lock)
    }

    /// The same where files of a person change too. Their new contents, and their old ones, are objects: those are in
    /// their place before the plan is.
    pub fn commit_with_files(&self, transaction: Transaction, files: &[FileChange], lock: &WriteLock) -> Result<()> {
        let Transaction { command, mut objects, refs, bitmap } = transaction;
        if let Some(objects) = objects.take_if(|_| !files.is_empty()) {
            objects.finish()?;
        }
        let journal = self.scope.journal();
        journal.begin(&Plan::new(command, &refs, Rest { records: &bitmap, files }))?;
        let commit_point = || -> Result<()> {
            if let Some(objects) = objects {
                objects.finish()?;
            }
            RefTable::apply(self.scope.repo(), &refs)
        };
        if let Err(error) = commit_point() {
            // A disk can fail after the rename: then the refs have changed, and the next command does the rest.
            // Where nothing has changed the plan goes. If even that fails, the next command finds and discards it.
            if !RefTable::read(self.scope.repo()).is_ok_and(|table| refs.iter().any(|edit| is_done(edit, &table))) {
                let _ = journal.end();
            }
            return Err(error);
        }
        if let Err(error) = self.change_files(files) {
            // If even that fails, the next command finds the plan and goes on.
            if self.take_back(files, &refs).is_ok() {
                let _ = journal.end();
            }
            return Err(error);
        }
        write_records(&self.layout, &self.scope, &bitmap, lock)?;
        journal.end()
    }

    fn change_files(&self, files: &[FileChange]) -> Result<()> {
        let kept = apply_changes(&self.layout.root, self.scope.repo(), files, &self.scope.state_folder())?;
        kept.first().map_or(Ok(()), |path| Err(errors::file_changed_while_writing(path)))
    }

    /// Puts files and refs back as they were.
    fn take_back(&self, files: &[FileChange], refs: &[RefEdit]) -> Result<()> {
        let files: Vec<FileChange> = files.iter().map(FileChange::reversed).collect();
        apply_changes(&self.layout.root, self.scope.repo(), &files, &self.scope.state_folder())?;
        let back = |edit: &RefEdit| RefEdit { name: edit.name.clone(), old: edit.new, new: edit.old };
        RefTable::apply(self.scope.repo(), &refs.iter().map(back).collect::<Vec<_>>())
    }
}

/// Whether a ref has got its new value.
fn is_done(edit: &RefEdit, table: &RefTable) -> bool {
    edit.new != edit.old && table.get(&edit.name).map(|value| value.target) == edit.new
}

/// Finishes or discards what a killed command left.
pub(super) fn recover(layout: &Layout, scope: &LocalScope, lock: &WriteLock, notices: &mut Vec<Notice>) -> Result<()> {
    let journal = scope.journal();
    let Some(plan) = journal.pending()? else { return Ok(()) };
    RefTable::remove_stale_lock(scope.repo())?;
    let table = RefTable::read(scope.repo())?;
    // The refs change in one rename: if any of them has its new value, all of them got it.
    let refs = plan.refs()?;
    if refs.iter().any(|edit| is_done(edit, &table)) || refs.is_empty() {
        let rest: OwnedRest = serde_json::from_value(plan.bitmap).context("could not read the journal")?;
        let files = apply_changes(&layout.root, scope.repo(), &rest.files, &scope.state_folder())?;
        let kept = write_records(layout, scope, &rest.records, lock)?;
        notices.push(Notice::Finished(plan.command));
        notices.extend(files.into_iter().map(Notice::FileKept));
        notices.extend(kept.into_iter().map(Notice::RecordKept));
    } else {
        notices.push(Notice::Discarded(plan.command));
    }
    journal.end()
}

/// Puts the new records into .bitmap. One that is neither as it was nor as it is to be was changed by a person
/// (another branch was checked out, say) and is left alone; those are returned.
fn write_records(
    layout: &Layout,
    scope: &LocalScope,
    changes: &[BitmapChange],
    _lock: &WriteLock,
) -> Result<Vec<ComponentId>> {
    let path = layout.bitmap_file();
    let mut bitmap = Bitmap::read(&path)?.unwrap_or_default();
    let mut kept = Vec::new();
    for BitmapChange { before, after } in changes {
        let old_id = before.as_ref().map(BitmapEntry::id);
        let new_id = after.as_ref().map(BitmapEntry::id);
        let now = old_id.as_ref().or(new_id.as_ref()).and_then(|id| bitmap.get(id));
        if now == before.as_ref() {
            old_id.iter().for_each(|id| drop(bitmap.remove(id)));
            if let Some(after) = after {
                bitmap.insert(after.clone())?;
            }
        } else if new_id.as_ref().and_then(|id| bitmap.get(id)) != after.as_ref() {
            kept.extend(old_id.or(new_id));
        }
    }
    bitmap.save(&path, &scope.state_folder())?;
    Ok(kept)
}
