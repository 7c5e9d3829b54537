//! What is compared with what.

use super::{Against, DiffOptions};
use crate::errors;
use crate::model::{ComponentId, Origin, Pattern, Version, VersionId, VersionSelector};
use crate::ops::base::here;
use crate::ops::select::{Among, Excluded, only_excludes};
use crate::ops::{Component, Found, Knowledge, Standing, State, select};
use anyhow::Result;

/// What is compared with what.
pub struct Pair {
    /// Of which component.
    pub id: ComponentId,
    /// The old side.
    pub old: Version,
    /// The new side; without it, the folder.
    pub new: Option<Version>,
    /// The old side, where it is the version that a copy comes from.
    pub origin: Option<Origin>,
}

impl Pair {
    /// A copy, and what it comes from.
    fn of_copy(knowledge: Knowledge, copy: &VersionId) -> Result<Option<Self>> {
        let pair = |origin: Origin| Self {
            id: copy.id.clone(),
            old: origin.id.version.clone(),
            new: Some(copy.version.clone()),
            origin: Some(origin),
        };
        Ok(knowledge.stored(copy)?.origin.map(pair))
    }
}

/// The components of the workspace whose versions are copies.
pub fn copies(knowledge: Knowledge) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for entry in knowledge.bitmap.entries() {
        let version = entry.version.as_ref().filter(|_| here(knowledge.known, entry).is_some());
        if let Some(version) = version {
            pairs.extend(Pair::of_copy(knowledge, &entry.id().at(version.clone()))?);
        }
    }
    Ok(pairs)
}

/// What is modified, with the version it was made from.
pub fn modified(state: &State) -> Vec<Pair> {
    let modified = state.components.iter().filter(|component| matches!(component.standing, Standing::Modified(_)));
    let pair = |component: &Component| {
        Some(Pair { id: component.id.clone(), old: component.entry.version.clone()?, new: None, origin: None })
    };
    modified.filter_map(pair).collect()
}

/// What a person named.
pub fn pairs_of(knowledge: Knowledge, options: &DiffOptions) -> Result<Vec<Pair>> {
    let mut pairs: Vec<Pair> = Vec::new();
    let excluded = Excluded::read(Among::with(knowledge.bitmap, &[]), &options.ids)?;
    let only_exclusions = options.ids.iter().all(|text| only_excludes(text));
    for text in options.ids.iter().filter(|text| only_exclusions || !only_excludes(text)) {
        let found = if Pattern::looks_like(text) { tagged(knowledge, text)? } else { vec![knowledge.find(text)?] };
        for found in found.into_iter().filter(|found| !excluded.holds(&found.id)) {
            if !pairs.iter().any(|earlier| earlier.id == found.id) {
                pairs.push(match options.against {
                    Against::OtherState => pair(knowledge, found, options)?,
                    Against::Origin => {
                        let copy = knowledge.version_of(&found)?.ok_or_else(|| errors::no_version_yet(&found.id))?;
                        Pair::of_copy(knowledge, &copy)?.ok_or_else(|| errors::no_origin(&copy))?
                    }
                });
            }
        }
    }
    Ok(pairs)
}

/// The components that a pattern names and that have a version: new ones have nothing to be compared with.
fn tagged<'a>(knowledge: Knowledge<'a>, pattern: &str) -> Result<Vec<Found<'a>>> {
    let selections = select(knowledge.bitmap, &[pattern.to_owned()])?;
    let found = selections.into_iter().map(|selection| knowledge.about(&selection.id)).collect::<Result<Vec<_>>>()?;
    let has_version = |found: &Found| found.entry.is_some_and(|entry| entry.version.is_some());
    Ok(found.into_iter().filter(has_version).collect())
}

/// `id@1.0.0 1.0.1` and `id 1.0.0 1.0.1` say the same.
fn pair(knowledge: Knowledge, found: Found, options: &DiffOptions) -> Result<Pair> {
    let mut selectors = [&found.version, &options.from, &options.to].into_iter().flatten();
    let number =
        |selector: Option<&VersionSelector>| selector.map(|selector| knowledge.select(&found, selector)).transpose();
    let (old, new) = (number(selectors.next())?, number(selectors.next())?);
    if new.is_none() && found.entry.is_none() {
        return Err(errors::nothing_to_compare(&found.id));
    }
    let old = match old {
        Some(old) => old,
        None => current(knowledge, &found)?,
    };
    Ok(Pair { id: found.id, old, new, origin: None })
}

/// The version that the folder has. Another one of that number says nothing of the folder.
fn current(knowledge: Knowledge, found: &Found) -> Result<Version> {
    let entry = found.entry.filter(|entry| entry.version.is_some());
    let version = entry.and_then(|entry| entry.version.clone()).ok_or_else(|| errors::no_version_yet(&found.id))?;
    match entry.and_then(|entry| here(knowledge.known, entry)) {
        Some(_) => Ok(version),
        None => Err(errors::import_pending(&found.id.at(version).to_string())),
    }
}
