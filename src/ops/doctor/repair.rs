//! What the doctor does by itself.

use super::Patient;
use crate::disk;
use crate::model::{ComponentId, VersionId};
use crate::ops::import::{Files, ImportOptions, Wanted, import, lines};
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
    /// Ask the scopes for what the workspace's components have and need.
    Import,
    /// Ask its scope for a version that something here needs.
    Bring(VersionId),
}

// An `f64` can't get into a record's settings that is not equal to itself: JSON has none.
impl Eq for Repair {}

/// Carries them out, each once; returns what did not succeed.
pub fn carry_out(patient: &Patient, repairs: Vec<Repair>, progress: &dyn Progress) -> Vec<String> {
    let mut done: Vec<Repair> = Vec::new();
    let mut failed = Vec::new();
    let mut together = Together::default();
    for repair in repairs {
        if done.contains(&repair) {
            continue;
        }
        let outcome = match (&repair, patient) {
            (Repair::RemoveFiles(files), Patient::Scope(_)) => remove(files),
            (_, Patient::Scope(_)) => Ok(()),
            (repair, Patient::Workspace(layout)) => match together.takes(repair) {
                true => Ok(()),
                false => in_workspace(layout, repair, progress),
            },
        };
        failed.extend(outcome.err().map(in_words));
        done.push(repair);
    }
    if let Patient::Workspace(layout) = patient {
        failed.extend(together.carry_out(layout, progress));
    }
    failed
}

fn in_words(error: anyhow::Error) -> String {
    format!("{error:#}")
}

/// Repairs that are done all at once, after the others.
#[derive(Default)]
struct Together {
    records: Vec<(BitmapEntry, BitmapEntry)>,
    imports: bool,
    needed: Vec<String>,
}

impl Together {
    /// Whether it is one of these.
    fn takes(&mut self, repair: &Repair) -> bool {
        match repair {
            Repair::Record(change) => self.records.push((**change).clone()),
            Repair::Import => self.imports = true,
            Repair::Bring(id) => self.needed.push(id.to_string()),
            _ => return false,
        }
        true
    }

    fn carry_out(self, layout: &Layout, progress: &dyn Progress) -> Vec<String> {
        let mut failed = Vec::new();
        if !self.records.is_empty() {
            failed.extend(record(layout, self.records, progress).err().map(in_words));
        }
        if self.imports {
            failed.extend(bring(layout, &ImportOptions::default(), progress));
        }
        if !self.needed.is_empty() {
            let wanted = Wanted::Named(self.needed);
            let options = ImportOptions { wanted, files: Files::Leave, ..ImportOptions::default() };
            failed.extend(bring(layout, &options, progress));
        }
        failed
    }
}

/// Where a scope is said to be by another one alone, a person has to look first. Returns what could not be had.
fn bring(layout: &Layout, options: &ImportOptions, progress: &dyn Progress) -> Vec<String> {
    let imported = match import(&layout.root, options, &|_| Ok(false), progress) {
        Ok((_, imported)) => imported,
        Err(error) => return vec![in_words(error)],
    };
    let silent = imported.failed.iter().map(|(scope, why)| format!("{scope}: {why}"));
    let lacking = lines(&imported.lacking).into_iter().map(|line| line.trim().to_owned());
    silent.chain(lacking).collect()
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
        // They are done together.
        Repair::Record(_) | Repair::Import | Repair::Bring(_) => Ok(()),
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
