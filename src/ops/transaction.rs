//! Changing refs, a person's files and .bitmap together: the journal first, then objects, refs in one rename, files,
//! .bitmap, and the journal goes.

mod records;

pub use records::{BitmapChange, Records};

use super::{Notice, Workspace, verify};
use crate::git::{PackWriter, RefEdit, RefName, RefTable, TextSide, merge_texts};
use crate::model::{ComponentId, PackageName, VersionId};
use crate::scope::{Journal, LocalScope, Plan, WriteLock};
use crate::source::text;
use crate::workspace::{Bitmap, BitmapEntry, FileChange, FileStanding, Layout, apply_changes, read_file};
use crate::{disk, errors};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    pub bitmap: Records,
}

impl Workspace {
    /// Carries a transaction out: all of it or nothing, whenever the command is stopped.
    pub fn commit(&self, transaction: Transaction, lock: &WriteLock) -> Result<()> {
        self.commit_with_files(transaction, &[], lock)
    }

    /// The same where files of a person change too. Their new contents, and their old ones, are objects: those are in
    /// their place before the plan is.
    pub fn commit_with_files(&self, transaction: Transaction, files: &[FileChange], lock: &WriteLock) -> Result<()> {
        let Transaction { command, mut objects, refs, mut bitmap } = transaction;
        if let Some(objects) = objects.take_if(|_| !files.is_empty()) {
            objects.finish()?;
        }
        let journal = self.scope.journal();
        bitmap.foresee_while(&self.layout, |records| {
            journal.begin(&Plan::new(command, &refs, Rest { records, files }))?;
            // Before the refs: what is forgotten too early is only seen again.
            verify::forget_versions(&self.scope, &taken_back(&refs));
            self.pass_commit_point(objects, &refs, &journal)
        })?;
        if let Err(error) = self.change_files(files) {
            // If even that fails, the next command finds the plan and goes on.
            if self.take_back(files, &refs).is_ok() {
                let _ = journal.end();
            }
            return Err(error);
        }
        bitmap.write(&self.layout, &self.scope, lock)?;
        journal.end()
    }

    fn pass_commit_point(&self, objects: Option<PackWriter>, refs: &[RefEdit], journal: &Journal) -> Result<()> {
        let pass = || -> Result<()> {
            if let Some(objects) = objects {
                objects.finish()?;
            }
            RefTable::apply(self.scope.repo(), refs)
        };
        pass().inspect_err(|_| {
            // A disk can fail after the rename: then the refs have changed, and the next command does the rest.
            // Where nothing has changed the plan goes. If even that fails, the next command finds and discards it.
            if !RefTable::read(self.scope.repo()).is_ok_and(|table| refs.iter().any(|edit| is_done(edit, &table))) {
                let _ = journal.end();
            }
        })
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

/// Versions that go, or get another content.
fn taken_back(refs: &[RefEdit]) -> BTreeSet<VersionId> {
    let changed = refs.iter().filter(|edit| edit.old.is_some());
    let version = |edit: &RefEdit| match RefName::parse(&edit.name) {
        Some(RefName::Version(id)) => Some(id),
        _ => None,
    };
    changed.filter_map(version).collect()
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
        let records = Records::from(rest.records);
        let kept = records.write(layout, scope, lock)?;
        notices.push(Notice::Finished(plan.command));
        remove_links(layout, &records.changes)?;
        for path in files {
            let change =
                rest.files.iter().find(|change| change.path == path && !is_elsewhere(&records.changes, &kept, &path));
            let is_joined = change.map(|change| join_edited(layout, scope, change)).transpose()?.unwrap_or_default();
            notices.push(if is_joined { Notice::FileJoined(path) } else { Notice::FileKept(path) });
        }
        notices.extend(kept.into_iter().map(Notice::RecordKept));
    } else {
        notices.push(Notice::Discarded(plan.command));
    }
    journal.end()
}

/// Packages that nothing here is called any more leave node_modules, as far as they are links of ours: the command that
/// was stopped had no time for it, and the names would go on working here and nowhere else. New links are made by
/// whatever mends links.
fn remove_links(layout: &Layout, records: &[BitmapChange]) -> Result<()> {
    let package = |entry: &BitmapEntry| PackageName::of(&entry.id());
    let bitmap = Bitmap::read(&layout.bitmap_file())?.unwrap_or_default();
    let wanted: Vec<PackageName> = bitmap.entries().map(package).collect();
    let before = records.iter().filter_map(|change| change.before.as_ref()).map(package);
    for gone in before.filter(|package| !wanted.contains(package)) {
        // A link that stays is found by "bit doctor", and no reason to refuse all that comes next.
        let _ = crate::workspace::remove(&layout.root, gone.as_str());
    }
    Ok(())
}

/// Whether a file is one of a component whose record went another way meanwhile: it may be that of another git branch.
fn is_elsewhere(records: &[BitmapChange], kept: &[ComponentId], path: &str) -> bool {
    let mut entries = records.iter().flat_map(|change| change.before.iter().chain(&change.after));
    entries.any(|entry| kept.contains(&entry.id()) && path.starts_with(&format!("{}/", entry.root_dir)))
}

/// Joins a person's edit of a file with the change that a stopped command had no time for; says whether that went
/// without a conflict. Else the file would lack the change, and the next version would take it back. It does not matter
/// which of the two contents was edited: what both sides have is no conflict. Nor whether this is done twice.
fn join_edited(layout: &Layout, scope: &LocalScope, change: &FileChange) -> Result<bool> {
    let (Some(before), Some(after)) = (change.before, change.after) else { return Ok(false) };
    let (FileStanding::File(_), edited) = read_file(&layout.root, &change.path)? else { return Ok(false) };
    let (before, after) = (scope.repo().blob(before.blob)?, scope.repo().blob(after.blob)?);
    if ![&before, &edited, &after].into_iter().all(|bytes| text::is_text(bytes)) {
        return Ok(false);
    }
    let side = |bytes| TextSide { label: "", bytes };
    let merged = merge_texts(&before, side(&edited), side(&after))?;
    if merged.is_clean {
        disk::write_atomically(&layout.root.join(&change.path), &merged.bytes, &scope.state_folder())?;
    }
    Ok(merged.is_clean)
}
