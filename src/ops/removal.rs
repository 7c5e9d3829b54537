//! Removing components from their scopes: noted in .bitmap until an export publishes it. Nothing is erased, so all of
//! it can be taken back.

use super::remove::Guarded;
use super::{AmendOptions, Amended, Progress, Selection, Whom, Workspace, amend, dependents, in_range, select};
use crate::errors;
use crate::model::{CatalogEntry, ComponentId, Mark, VersionId, VersionRange};
use crate::ops::export::Consent;
use crate::scope::Known;
use crate::workspace::BitmapEntry;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Where a component's settings in .bitmap hold it.
const REMOVAL: &str = "teambit.component/remove";

/// What to remove.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Ids and patterns.
    pub ids: Vec<String>,
    /// Only these versions.
    pub range: Option<VersionRange>,
    /// What to do where others depend on them.
    pub guarded: Guarded,
    /// Whether a person has agreed.
    pub consent: Consent,
}

/// What waits in .bitmap to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    removed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    /// What goes on in its place: the removal waits for that.
    #[serde(default, rename = "newId", skip_serializing_if = "Option::is_none")]
    new_id: Option<ComponentId>,
}

/// What is to be removed with the next export.
#[derive(Debug)]
pub struct Deleted {
    /// The components for which that is news.
    pub news: Vec<ComponentId>,
    /// What waits altogether of all that were named: these versions, or all of it.
    pub waiting: Vec<(ComponentId, Option<VersionRange>)>,
}

/// Reads the range of an option, all of it.
pub fn range_of(text: Option<&str>) -> Result<Option<VersionRange>> {
    let parse = |text| VersionRange::parse(text).map_err(|error| errors::bad_range(text, &error));
    text.map(parse).transpose()
}

/// Notes that components are to be removed from their scopes, beside what waits already.
pub fn delete(cwd: &Path, options: &DeleteOptions, progress: &dyn Progress) -> Result<(Workspace, Deleted)> {
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let known = workspace.scope.known()?;
    let selections = chosen(&workspace, &options.ids, "delete")?;
    let ids = selections.iter().map(|selection| selection.id.clone()).collect();
    refuse_unpublished(&workspace, &known, &ids)?;
    if let Some(range) = &options.range {
        in_range::refuse_outside(&workspace, &known, &selections, range)?;
    }
    if options.guarded == Guarded::Refuse {
        let going = dependents::Going { ids: &ids, range: options.range.as_ref() };
        dependents::refuse(dependents::in_workspace(&workspace, &going, progress)?)?;
    }
    let mut notes = Vec::new();
    for id in &ids {
        let Some(entry) = workspace.bitmap.get(id) else { continue };
        let published = known.entry(workspace.scope.repo(), id)?;
        if let Next::Note(note) = beside(entry, published.as_ref(), options.range.as_ref())? {
            notes.push((id.clone(), note));
        }
    }
    let news: Vec<ComponentId> = notes.iter().map(|(id, _)| id.clone()).collect();
    if options.consent == Consent::Ask && !news.is_empty() {
        return Err(errors::deletion_unconfirmed(news));
    }
    for (id, note) in &notes {
        workspace.bitmap.update(id, |entry| put(entry, note.as_ref()))?;
    }
    workspace.save_bitmap(&lock)?;
    let waits = |id: &ComponentId| match pending(workspace.bitmap.get(id)?)? {
        Mark::Remove(range) => Some((id.clone(), range)),
        _ => None,
    };
    let waiting = ids.iter().filter_map(waits).collect();
    Ok((workspace, Deleted { news, waiting }))
}

/// What waits once something more is to be removed.
enum Next {
    /// The same as before.
    Same,
    /// This.
    Note(Option<Pending>),
}

/// Adds a removal to what waits of a component: nobody takes back what is to go by naming something else that is to go.
fn beside(entry: &BitmapEntry, published: Option<&CatalogEntry>, range: Option<&VersionRange>) -> Result<Next> {
    let remove = |range: Option<VersionRange>| {
        Next::Note(Some(Pending { removed: true, range: range.map(|range| range.to_string()), new_id: None }))
    };
    let mark = Mark::Remove(range.cloned());
    let is_news = published.is_none_or(|there| mark.apply(&mut there.clone()));
    Ok(match (pending(entry), range) {
        // Without waiting for what goes on in its place.
        (Some(Mark::Remove(None)), None) if noted(entry).is_some_and(|note| note.new_id.is_some()) => remove(None),
        (Some(Mark::Remove(None)), _) => Next::Same,
        (Some(Mark::Remove(Some(waiting))), Some(range)) if is_news => match waiting.or(range) {
            both if both == waiting => Next::Same,
            both => remove(Some(both)),
        },
        (Some(Mark::Recover), None) if !is_news => Next::Note(None),
        (Some(Mark::Recover), Some(range)) => match published {
            Some(there) => after_recovery(entry, there, &mark)?,
            None => remove(Some(range.clone())),
        },
        _ if is_news => remove(range.cloned()),
        _ => Next::Same,
    })
}

/// Of one that waits to be recovered. An export says one of the two.
fn after_recovery(entry: &BitmapEntry, there: &CatalogEntry, mark: &Mark) -> Result<Next> {
    let (mut wanted, mut removed) = (there.clone(), there.clone());
    Mark::Recover.apply(&mut wanted);
    mark.apply(&mut wanted);
    mark.apply(&mut removed);
    match () {
        () if wanted == *there => Ok(Next::Note(None)),
        () if wanted == removed => {
            Ok(Next::Note(Some(Pending { removed: true, range: mark.range().map(str::to_owned), new_id: None })))
        }
        () => Err(errors::recovery_waits(&entry.id())),
    }
}

/// Takes removals back: those that wait, and with the next export those that the scopes know of. Gives the components.
pub fn recover(cwd: &Path, ids: &[String], progress: &dyn Progress) -> Result<(Workspace, Vec<ComponentId>)> {
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let known = workspace.scope.known()?;
    let mut recovered = Vec::new();
    for Selection { id, .. } in chosen(&workspace, ids, "recover")? {
        let is_removed =
            known.entry(workspace.scope.repo(), &id)?.is_some_and(|mut there| Mark::Recover.apply(&mut there));
        let note = is_removed.then_some(Pending { removed: false, range: None, new_id: None });
        let before = workspace.bitmap.get(&id).and_then(pending);
        if before != note.as_ref().map(|_| Mark::Recover) {
            workspace.bitmap.update(&id, |entry| put(entry, note.as_ref()))?;
            recovered.push(id);
        }
    }
    workspace.save_bitmap(&lock)?;
    Ok((workspace, recovered))
}

/// Removes components from their scopes, without waiting for an export.
pub fn delete_there(
    cwd: &Path,
    options: DeleteOptions,
    whom: Whom,
    progress: &dyn Progress,
) -> Result<(Option<Workspace>, Amended)> {
    let DeleteOptions { ids, range, guarded, consent } = options;
    amend(cwd, &AmendOptions { ids, whom, mark: Mark::Remove(range), guarded, consent }, progress)
}

/// Takes removals back in the scopes.
pub fn recover_there(
    cwd: &Path,
    ids: Vec<String>,
    whom: Whom,
    progress: &dyn Progress,
) -> Result<(Option<Workspace>, Amended)> {
    amend(cwd, &AmendOptions::new(ids, whom, Mark::Recover), progress)
}

/// What waits to be published.
pub(super) fn pending(entry: &BitmapEntry) -> Option<Mark> {
    let Pending { removed, range, .. } = noted(entry)?;
    match removed {
        true => Some(Mark::Remove(range.as_deref().map(VersionRange::parse).transpose().ok()?)),
        false => Some(Mark::Recover),
    }
}

/// What goes on in the place of one that waits to be removed.
pub(super) fn successor(entry: &BitmapEntry) -> Option<ComponentId> {
    noted(entry)?.new_id
}

/// Says that another one goes on in its place.
pub(super) fn point_to(entry: &mut BitmapEntry, new_id: &ComponentId) {
    if let Some(note) = noted(entry) {
        put(entry, Some(&Pending { new_id: Some(new_id.clone()), ..note }));
    }
}

fn noted(entry: &BitmapEntry) -> Option<Pending> {
    serde_json::from_value(entry.config.get(REMOVAL)?.clone()).ok()
}

/// Whether a component is removed as a whole: by what waits to be published, else by what its scope says.
pub(super) fn is_removed(entry: Option<&BitmapEntry>, published: bool) -> bool {
    match entry.and_then(pending) {
        Some(Mark::Remove(None)) => true,
        Some(Mark::Recover) => false,
        _ => published,
    }
}

/// What a component's scope lists once it says what waits to be published.
pub(super) fn as_meant(entry: Option<&BitmapEntry>, mut published: CatalogEntry) -> CatalogEntry {
    if let Some(mark) = entry.and_then(pending) {
        mark.apply(&mut published);
    }
    published
}

/// Forgets what waits to be published.
pub(super) fn forget_pending(entry: &mut BitmapEntry) {
    entry.config.remove(REMOVAL);
}

/// Notes that a component is to be removed as a whole, once this one is published, which goes on in its place.
pub(super) fn note(entry: &mut BitmapEntry, successor: &ComponentId) {
    put(entry, Some(&Pending { removed: true, range: None, new_id: Some(successor.clone()) }));
}

fn put(entry: &mut BitmapEntry, note: Option<&Pending>) {
    forget_pending(entry);
    if let Some(note) = note {
        // A boolean and plain strings are always JSON.
        let value: Value = serde_json::to_value(note).expect("plain data is always JSON");
        entry.config.insert(REMOVAL.to_owned(), value);
    }
}

fn chosen(workspace: &Workspace, ids: &[String], command: &str) -> Result<Vec<Selection>> {
    let selections = select(&workspace.bitmap, ids).map_err(errors::or_remote)?;
    match selections.iter().find_map(|Selection { id, version, .. }| Some((id, version.as_ref()?))) {
        Some((id, version)) if command == "delete" => Err(errors::range_expected(command, id, &version.to_string())),
        Some((id, _)) => Err(errors::all_versions_expected(command, id)),
        None => Ok(selections),
    }
}

/// Whether this very version is removed, and not the whole component: here, until the next export says so, or in its
/// scope.
pub(super) fn is_removed_alone(workspace: &Workspace, known: &Known, id: &VersionId) -> Result<bool> {
    let meant = |entry| as_meant(workspace.bitmap.get(&id.id), entry);
    let entry = known.entry(workspace.scope.repo(), &id.id)?.map(meant).filter(|entry| entry.removed.is_none());
    Ok(entry.is_some_and(|entry| entry.version(&id.version).is_some_and(|listed| listed.removed.is_some())))
}

/// What was never exported is in no scope.
fn refuse_unpublished(workspace: &Workspace, known: &Known, ids: &BTreeSet<ComponentId>) -> Result<()> {
    let mut unpublished = Vec::new();
    for id in ids {
        let is_exported = workspace.bitmap.get(id).is_some_and(BitmapEntry::is_exported);
        if !is_exported && known.entry(workspace.scope.repo(), id)?.is_none() {
            unpublished.push(id.clone());
        }
    }
    if unpublished.is_empty() { Ok(()) } else { Err(errors::never_exported(&unpublished)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ComponentName, ScopeName};

    #[test]
    fn what_is_noted_is_what_is_read() {
        let (name, scope) = (ComponentName::new("button").unwrap(), ScopeName::new("my-org.ui").unwrap());
        let mut entry = BitmapEntry::new(name, scope, "button", "index.js");
        let mut read = |removed: bool, range: Option<&str>| {
            put(&mut entry, Some(&Pending { removed, range: range.map(str::to_owned), new_id: None }));
            (pending(&entry), is_removed(Some(&entry), false), is_removed(Some(&entry), true))
        };
        assert_eq!(read(true, None), (Some(Mark::Remove(None)), true, true));
        assert_eq!(read(false, None), (Some(Mark::Recover), false, false));
        let range = VersionRange::parse("<2").unwrap();
        assert_eq!(read(true, Some("<2")), (Some(Mark::Remove(Some(range))), false, true));
        for bad in ["no range", "", "1.x garbage"] {
            assert_eq!(read(true, Some(bad)), (None, false, true), "what can't be read wholly removes nothing");
        }
        forget_pending(&mut entry);
        assert!(entry.config.is_empty());
    }
}
