//! Writing down what the scopes list now: tracked catalogs, version tags and .bitmap, in one transaction.

use super::rehome::Rehoming;
use super::{Target, Versions, select};
use crate::git::RefEdit;
use crate::model::{CommitId, ComponentId, ScopeName};
use crate::ops::{BitmapChange, Transaction, Workspace, pending};
use crate::scope::{Known, WriteLock};
use crate::workspace::{BitmapEntry, FileChange};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// What was published.
pub struct Published<'a> {
    /// The scopes, which list all that was staged for them now.
    pub targets: Vec<&'a Target>,
    /// The new catalogs of those that got something.
    pub catalogs: &'a BTreeMap<ScopeName, CommitId>,
    /// What got another scope.
    pub rehoming: Option<&'a Rehoming>,
}

impl Published<'_> {
    /// Writes it down; whether .bitmap changed.
    pub fn record(&self, workspace: &Workspace, lock: &WriteLock, known: &Known) -> Result<bool> {
        let mut refs = self.rehoming.map(Rehoming::refs).unwrap_or_default();
        // One that had everything already is at a catalog that an export of before made, and that was stopped then.
        let seen = |target: &Target| self.catalogs.get(&target.scope).copied().unwrap_or(target.catalog.commit);
        refs.extend(self.targets.iter().copied().filter_map(|target| target.track(seen(target))));
        let mut ids = unsettled(workspace, known)?;
        ids.extend(self.targets.iter().flat_map(|target| target.staged.keys().cloned()));
        let said: BTreeSet<ComponentId> = self.targets.iter().flat_map(|target| target.marked()).collect();
        let follow = |entry: &mut BitmapEntry| {
            self.rehoming.into_iter().for_each(|rehoming| rehoming.apply(entry));
            if said.contains(&entry.id()) {
                pending::forget(entry);
            }
        };
        let files = self.rehoming.map(Rehoming::files).unwrap_or_default();
        commit(workspace, lock, refs, records(workspace, &ids, follow), files)
    }
}

/// Tells .bitmap of what an export left out that was killed; whether there was anything.
pub fn settle(workspace: &Workspace, lock: &WriteLock, known: &Known) -> Result<bool> {
    let unsettled = unsettled(workspace, known)?;
    commit(workspace, lock, Vec::new(), records(workspace, &unsettled, |_| {}), &[])
}

/// An export may have been killed after its push, and the catalog been seen since: then only .bitmap does not say yet
/// where its components live.
fn unsettled(workspace: &Workspace, known: &Known) -> Result<BTreeSet<ComponentId>> {
    let unsaid: Vec<ComponentId> = workspace
        .bitmap
        .entries()
        .filter(|entry| !entry.is_exported())
        .map(BitmapEntry::id)
        .filter(|id| known.catalogs.contains_key(&id.scope) && known.components.contains_key(id))
        .collect();
    let staged = select::staged(workspace.scope.repo(), known, unsaid.iter(), Versions::Staged)?;
    Ok(unsaid.into_iter().filter(|id| !staged.contains_key(id)).collect())
}

/// The records that change: an exported component's scope is where it lives.
fn records(
    workspace: &Workspace,
    exported: &BTreeSet<ComponentId>,
    follow: impl Fn(&mut BitmapEntry),
) -> Vec<BitmapChange> {
    let mut changes = Vec::new();
    for before in workspace.bitmap.entries() {
        let mut after = before.clone();
        follow(&mut after);
        if after.scope.is_none() && exported.contains(&after.id()) {
            after.scope = after.default_scope.take();
        }
        if after != *before {
            changes.push(BitmapChange { before: Some(before.clone()), after: Some(after) });
        }
    }
    changes
}

fn commit(
    workspace: &Workspace,
    lock: &WriteLock,
    refs: Vec<RefEdit>,
    bitmap: Vec<BitmapChange>,
    files: &[FileChange],
) -> Result<bool> {
    let changed = !bitmap.is_empty();
    if changed || !refs.is_empty() {
        let transaction = Transaction { command: "export", objects: None, refs, bitmap };
        workspace.commit_with_files(transaction, files, lock)?;
    }
    Ok(changed)
}
