//! The numbers of new versions: which ones are next, taken or out of bounds.

use super::choose::Chosen;
use super::maintenance::{free_number, newest_of_main_line};
use super::plan::PlannedTag;
use super::{Dependents, TagOptions};
use crate::errors::{self, FreeNumber};
use crate::model::{Increment, Lineage, Version};
use crate::ops::state::Component;
use crate::ops::{State, Workspace};
use anyhow::Result;

/// The number of a version after this one: as it was asked for, or the next. Nobody asked for that of a dependent.
pub fn number(asked: Option<Option<&Version>>, after: Option<&Version>, options: &TagOptions) -> Result<Version> {
    match (asked, &options.version, &options.dependents) {
        (Some(Some(version)), ..) | (Some(None), Some(version), _) => Ok(version.clone()),
        (Some(None), None, _) => next(after, &options.increment),
        (None, _, Dependents::Tag(increment)) => next(after, increment),
        (None, _, Dependents::Skip) => next(after, &Increment::default()),
    }
}

fn next(previous: Option<&Version>, increment: &Increment) -> Result<Version> {
    Ok(previous.unwrap_or(&Version::zero()).next(increment)?)
}

/// What the number of a maintenance version may not exceed.
pub struct Bound {
    /// The main line's newest.
    pub newest: Version,
    /// A number that is free and below it.
    pub free: Option<Version>,
}

impl Bound {
    /// None for a version of the main line.
    pub fn of(
        workspace: &Workspace,
        state: &State,
        component: &Component,
        previous: Option<&Version>,
        lineage: Lineage,
    ) -> Result<Option<Self>> {
        let (Lineage::Maintenance, Some(previous)) = (lineage, previous) else { return Ok(None) };
        let newest = newest_of_main_line(workspace, state, component)?;
        Ok(newest.map(|newest| {
            let free = free_number(previous, &newest, |number| is_taken(state, component, number));
            Self { newest, free }
        }))
    }
}

/// Whether there is such a version, here or in the scope's catalog.
pub fn is_taken(state: &State, component: &Component, version: &Version) -> bool {
    let is_listed = component.remote.catalog.as_ref().is_some_and(|catalog| catalog.commit(version).is_some());
    is_listed || state.known.commit(&component.id, version).is_some()
}

/// Refuses where the next numbers of components that are only tagged along exist, all at once.
pub fn refuse_taken_dependents(
    workspace: &Workspace,
    state: &State,
    tags: &[PlannedTag],
    roots: &Chosen,
) -> Result<()> {
    let mut taken = Vec::new();
    for tag in tags.iter().filter(|tag| !roots.contains_key(&tag.at)) {
        let component = &state.components[tag.at];
        if !is_taken(state, component, &tag.version) {
            continue;
        }
        let merged = tag.joined.as_ref().map(|joined| &joined.merging.version);
        let free = match Bound::of(workspace, state, component, tag.previous.as_ref().max(merged), tag.lineage)? {
            Some(bound) => bound.free.map(FreeNumber::BelowMainLine),
            None => Some(FreeNumber::Next(next_free(state, component, &tag.version)?)),
        };
        taken.push((component.id.at(tag.version.clone()), free));
    }
    if taken.is_empty() { Ok(()) } else { Err(errors::dependent_version_exists(&taken)) }
}

fn next_free(state: &State, component: &Component, taken: &Version) -> Result<Version> {
    let mut free = taken.clone();
    while is_taken(state, component, &free) {
        free = next(Some(&free), &Increment::default())?;
    }
    Ok(free)
}
