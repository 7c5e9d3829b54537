//! Components at a staged version that is not here: it was lost with its local scope, or is in another clone. Their files
//! are here, and the record knows from which exported version they were made.

use super::ResetOptions;
use crate::errors;
use crate::model::{ComponentId, Version};
use crate::ops::State;
use crate::ops::state::Standing;
use crate::workspace::BitmapEntry;
use anyhow::Result;

/// The component, if it was named and the version that its record has is not here.
pub fn named(state: &State, id: &ComponentId, wanted: Option<&Version>, options: &ResetOptions) -> Option<usize> {
    let at = state.index_of(id)?;
    let component = &state.components[at];
    let is_meant = wanted.is_none() || wanted == component.entry.version.as_ref();
    (!options.ids.is_empty() && is_meant && component.standing == Standing::ImportPending).then_some(at)
}

/// The record as it becomes: at the exported version that the lost one was made from, or new where it was made from none.
/// A merge that no tag has joined stays: it is in the files.
pub fn record(state: &State, at: usize) -> Result<BitmapEntry> {
    let component = &state.components[at];
    let (entry, id) = (&component.entry, &component.id);
    let version = entry.version.clone().unwrap_or_else(Version::zero);
    let id = id.at(version);
    let listed = component.remote.catalog.as_ref().and_then(|catalog| catalog.commit(&id.version));
    let is_there = listed.is_some() && entry.commit.is_none_or(|meant| listed == Some(meant));
    if entry.is_exported() && !component.remote.is_scope_seen || is_there {
        return Err(errors::import_pending(&id.to_string()));
    }
    let (version, commit) = match &entry.base {
        Some(base) => (Some(base.version.clone()), Some(base.commit)),
        // Whoever has made it, these files were not made from it.
        None if entry.is_exported() || component.remote.catalog.is_some() => {
            return Err(errors::made_from_unknown(&id));
        }
        None => (None, None),
    };
    let merging = entry.merging.clone().filter(|_| version.is_some());
    Ok(BitmapEntry { version, commit, base: None, merging, ..entry.clone() })
}
