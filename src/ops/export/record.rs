//! Writing down what the scopes list now: tracked catalogs, version tags and .bitmap, in one transaction.

use super::rehome::Rehoming;
use super::{Target, Versions, select};
use crate::git::{RawObject, RefEdit, RefName, Repo, oid};
use crate::model::{CommitId, ComponentId, ScopeName};
use crate::ops::switch::Switch;
use crate::ops::{BitmapChange, Records, Transaction, Workspace, pending};
use crate::scope::{Known, TrackedCatalog, WriteLock};
use crate::workspace::{BitmapEntry, FileChange};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// What was published.
pub struct Published<'a> {
    /// The scopes, which list all that was staged for them now.
    pub targets: Vec<&'a Target>,
    /// What got another scope.
    pub rehoming: Option<&'a Rehoming>,
    /// What has another primary scope now.
    pub switch: Switch,
}

impl Published<'_> {
    /// What .bitmap is to say of it.
    pub fn records(&self, workspace: &Workspace, known: &Known) -> Result<Records> {
        let mut ids: BTreeSet<ComponentId> =
            self.targets.iter().flat_map(|target| target.staged.keys().cloned()).collect();
        ids.append(&mut unsettled(workspace, known, &ids)?);
        let said: BTreeSet<ComponentId> = self.targets.iter().flat_map(|target| target.marked()).collect();
        let follow = |entry: &mut BitmapEntry| {
            self.rehoming.into_iter().for_each(|rehoming| rehoming.apply(entry));
            self.targets.iter().for_each(|target| note_copies(target, entry));
            self.switch.apply(entry);
            if said.contains(&entry.id()) {
                pending::forget(entry);
            }
        };
        Ok(records(workspace, &ids, follow).into())
    }

    /// Writes it down, with the new catalogs of those that got something; whether .bitmap changed.
    pub fn record(
        self,
        workspace: &Workspace,
        lock: &WriteLock,
        known: &Known,
        (records, catalogs): (Records, &BTreeMap<ScopeName, CommitId>),
    ) -> Result<bool> {
        let mut refs = self.rehoming.map(Rehoming::refs).unwrap_or_default();
        for target in &self.targets {
            refs.extend(new_tags(workspace.scope.repo(), known, target)?);
        }
        let mut notes = Vec::new();
        for target in &self.targets {
            refs.extend(track(workspace.scope.repo(), target, catalogs, &mut notes)?);
        }
        let Self { mut switch, rehoming, .. } = self;
        switch.work.objects.append(&mut notes);
        switch.work.files.extend(rehoming.map(Rehoming::files).unwrap_or_default().iter().cloned());
        switch.commit(workspace, lock, refs, records, "export")
    }
}

/// The catalog of a scope as it is now becomes the last one seen, with a note of what it has lost and nobody has brought
/// back: else nobody here would know of that any more.
fn track(
    repo: &Repo,
    target: &Target,
    catalogs: &BTreeMap<ScopeName, CommitId>,
    notes: &mut Vec<RawObject>,
) -> Result<Option<RefEdit>> {
    // One that had everything already is at a catalog that an export of before made, and that was stopped then.
    let commit = catalogs.get(&target.scope).copied().unwrap_or(target.catalog.commit);
    let now = TrackedCatalog { scope: target.scope.clone(), commit };
    let before = target.before.as_ref().filter(|_| !target.lost.is_empty());
    let note = before.map(|before| before.note_loss(repo, &now, notes)).transpose()?.flatten();
    Ok(target.track(note.unwrap_or(commit)))
}

/// The tags of copies that are new here.
fn new_tags(repo: &Repo, known: &Known, target: &Target) -> Result<Vec<RefEdit>> {
    let mut refs = Vec::new();
    for (id, commit) in target.copies.places.values() {
        let before = known.components.get(&id.id).and_then(|known| known.versions.get(&id.version));
        if before.map(|before| before.commit) != Some(*commit) && repo.has(oid(*commit))? {
            let (old, new) = (before.map(|before| before.target), Some(oid(*commit)));
            refs.push(RefEdit { name: RefName::from(id.clone()).to_string(), old, new });
        }
    }
    refs.sort_by(|a, b| a.name.cmp(&b.name));
    refs.dedup_by(|a, b| a.name == b.name);
    Ok(refs)
}

/// Each component remembers the scopes that have copies of it.
fn note_copies(target: &Target, entry: &mut BitmapEntry) {
    if target.copies.components.contains(&entry.id()) && !entry.scopes.contains(&target.scope) {
        entry.scopes.push(target.scope.clone());
    }
}

/// Tells .bitmap of what an export left out that was killed; whether there was anything.
pub fn settle(workspace: &Workspace, lock: &WriteLock, known: &Known) -> Result<bool> {
    let unsettled = unsettled(workspace, known, &BTreeSet::new())?;
    commit(workspace, lock, Vec::new(), records(workspace, &unsettled, |_| {}), &[])
}

/// An export may have been killed after its push, and the catalog been seen since: then only .bitmap does not say yet
/// where its components live. Those that are settled are no matter.
fn unsettled(workspace: &Workspace, known: &Known, settled: &BTreeSet<ComponentId>) -> Result<BTreeSet<ComponentId>> {
    let unsaid: Vec<ComponentId> = workspace
        .bitmap
        .entries()
        .filter(|entry| !entry.is_exported())
        .map(BitmapEntry::id)
        .filter(|id| {
            !settled.contains(id) && known.catalogs.contains_key(&id.scope) && known.components.contains_key(id)
        })
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
        if exported.contains(&after.id()) {
            after.live_in_default_scope();
        }
        if exported.contains(&after.id()) {
            after.base = None;
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
        let transaction = Transaction { command: "export", objects: None, refs, bitmap: bitmap.into() };
        workspace.commit_with_files(transaction, files, lock)?;
    }
    Ok(changed)
}
