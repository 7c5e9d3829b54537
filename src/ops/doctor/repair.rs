//! What the doctor does by itself.

use super::Patient;
use crate::disk;
use crate::model::ComponentId;
use crate::ops::links::{self, LinkCheck};
use crate::ops::{Progress, State, Workspace};
use crate::scope::LocalScope;
use crate::workspace::{BitmapEntry, Layout, hide_from_git};
use anyhow::Result;
use std::path::PathBuf;

/// Something that needs no person.
#[derive(Debug, Clone, PartialEq)]
pub enum Repair {
    /// Make what is missing of the local scope.
    MakeScope,
    /// Finish or discard what a killed command left.
    Recover,
    /// Keep the local scope out of the team's git.
    HideScope,
    /// Remove files that killed gits left.
    RemoveFiles(Vec<PathBuf>),
    /// Change a record of .bitmap, if it is still as it was.
    Record(Box<(BitmapEntry, BitmapEntry)>),
    /// Mend what is in node_modules.
    MendLinks,
}

// An `f64` can't get into a record's settings that is not equal to itself: JSON has none.
impl Eq for Repair {}

/// Carries them out, each once; returns what did not succeed.
pub fn carry_out(patient: &Patient, repairs: Vec<Repair>, progress: &dyn Progress) -> Vec<String> {
    let mut done: Vec<Repair> = Vec::new();
    let mut failed = Vec::new();
    let mut records = Vec::new();
    for repair in repairs {
        if done.contains(&repair) {
            continue;
        }
        let outcome = match (&repair, patient) {
            (Repair::RemoveFiles(files), Patient::Scope(_)) => remove(files),
            (_, Patient::Scope(_)) => Ok(()),
            (Repair::Record(change), Patient::Workspace(_)) => {
                records.push((**change).clone());
                Ok(())
            }
            (repair, Patient::Workspace(layout)) => in_workspace(layout, repair, progress),
        };
        failed.extend(outcome.err().map(|error| format!("{error:#}")));
        done.push(repair);
    }
    if let (Patient::Workspace(layout), false) = (patient, records.is_empty()) {
        failed.extend(record(layout, records, progress).err().map(|error| format!("{error:#}")));
    }
    failed
}

fn in_workspace(layout: &Layout, repair: &Repair, progress: &dyn Progress) -> Result<()> {
    match repair {
        // Opening a workspace does both.
        Repair::MakeScope | Repair::Recover => Workspace::open_for_writing(&layout.root, progress).map(drop),
        Repair::HideScope => hide_from_git(&layout.local_scope),
        Repair::RemoveFiles(files) => {
            // No bit is at work meanwhile.
            let scope = LocalScope::open(&layout.local_scope)?;
            let _lock = scope.lock(&mut |who| progress.waiting(who))?;
            remove(files)
        }
        Repair::MendLinks => {
            let (workspace, _lock) = Workspace::open_for_writing(&layout.root, progress)?;
            mend_links(&workspace, LinkCheck::Full, progress)
        }
        Repair::Record(_) => Ok(()),
    }
}

fn remove(files: &[PathBuf]) -> Result<()> {
    files.iter().try_for_each(|file| disk::remove_if_there(file))
}

/// In one rename of .bitmap. A record that was changed since is left alone.
fn record(layout: &Layout, changes: Vec<(BitmapEntry, BitmapEntry)>, progress: &dyn Progress) -> Result<()> {
    let (mut workspace, lock) = Workspace::open_for_writing(&layout.root, progress)?;
    for (before, after) in changes {
        let id: ComponentId = before.id();
        if workspace.bitmap.get(&id) == Some(&before) {
            workspace.bitmap.update(&id, |entry| *entry = after)?;
        }
    }
    workspace.save_bitmap(&lock)?;
    // They show the version.
    mend_links(&workspace, LinkCheck::Quick, progress)
}

fn mend_links(workspace: &Workspace, check: LinkCheck, progress: &dyn Progress) -> Result<()> {
    let mut state = State::load(workspace, progress)?;
    links::mend(workspace, &mut state, check)?;
    state.remember(workspace);
    Ok(())
}
