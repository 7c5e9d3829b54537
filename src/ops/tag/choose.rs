//! Which components are tagged by their own right, and the numbers that were asked for.

use super::{TagOptions, Which};
use crate::errors;
use crate::model::{ComponentId, IdQuery, Version, VersionSelector};
use crate::ops::state::Standing;
use crate::ops::{By, Selection, State, Workspace, select};
use anyhow::Result;
use std::collections::BTreeMap;

/// Components that are tagged by their own right, with the number that was asked for.
pub type Chosen = BTreeMap<usize, Option<Version>>;

/// Chooses what was named, or all that changed; beside it the components whose version is not known here. What is removed
/// and did not change is tagged by its id alone.
pub fn choose(workspace: &Workspace, state: &State, options: &TagOptions) -> Result<(Chosen, Vec<ComponentId>)> {
    let mut chosen = Chosen::new();
    let mut skipped = Vec::new();
    if options.ids.is_empty() && options.versions.is_empty() {
        for (at, component) in state.components.iter().enumerate() {
            match component.standing {
                Standing::ImportPending => skipped.push(component.id.clone()),
                Standing::Unchanged if options.which == Which::Changed || component.is_going() => {}
                _ => drop(chosen.insert(at, None)),
            }
        }
    }
    for (Selection { id, by, .. }, version) in wanted(workspace, options)? {
        // What was selected comes from .bitmap, and so do the components.
        let Some(at) = state.index_of(&id) else { continue };
        let component = &state.components[at];
        match component.standing {
            Standing::ImportPending if by == By::Pattern => skipped.push(id),
            Standing::ImportPending => return Err(errors::import_pending(&id.to_string())),
            Standing::Unchanged if options.which == Which::Changed && version.is_none() => {}
            Standing::Unchanged if by == By::Pattern && component.is_going() => {}
            _ => choose_one(&mut chosen, at, version, &id)?,
        }
    }
    Ok((chosen, skipped))
}

/// What was named, with the number that it was given.
fn wanted(workspace: &Workspace, options: &TagOptions) -> Result<Vec<(Selection, Option<Version>)>> {
    let mut wanted = Vec::new();
    refuse_id_as_word(workspace, options)?;
    for selection in select(&workspace.bitmap, &options.ids)? {
        let own = exact(selection.version.clone())?;
        let version = match (own, &options.version) {
            (Some(own), Some(common)) if own != *common => {
                return Err(errors::two_numbers(&selection.id, &own, common));
            }
            // Named together with a number: consent to tag what did not change.
            (None, Some(common)) if selection.by == By::Id => Some(common.clone()),
            (own, _) => own,
        };
        wanted.push((selection, version));
    }
    for (text, version) in &options.versions {
        let selections = select(&workspace.bitmap, std::slice::from_ref(text))?;
        wanted.extend(selections.into_iter().map(|selection| (selection, Some(version.clone()))));
    }
    Ok(wanted)
}

/// `--prerelease theme` means a pre-release of the theme, and would be one of everything.
fn refuse_id_as_word(workspace: &Workspace, options: &TagOptions) -> Result<()> {
    let Some(word) = &options.prerelease_word else { return Ok(()) };
    let is_component = |id: ComponentId| word == id.name.as_str() || *word == id.to_string();
    match workspace.bitmap.entries().any(|entry| is_component(entry.id())) {
        true => Err(errors::id_as_prerelease_word(word)),
        false => Ok(()),
    }
}

/// Named twice is named once, but not with two numbers.
fn choose_one(chosen: &mut Chosen, at: usize, version: Option<Version>, id: &ComponentId) -> Result<()> {
    let known = chosen.entry(at).or_default();
    match (&known, version) {
        (_, None) => {}
        (Some(one), Some(other)) if *one != other => return Err(errors::two_numbers(id, one, &other)),
        (_, version) => *known = version,
    }
    Ok(())
}

fn exact(selector: Option<VersionSelector>) -> Result<Option<Version>> {
    match selector {
        None => Ok(None),
        Some(VersionSelector::Exact(version)) => Ok(Some(version)),
        Some(other) => Err(errors::version_expected(&other.to_string())),
    }
}

/// Reads a versions file, a line for each component: `component: version`.
pub fn read_versions_file(text: &str) -> Result<BTreeMap<String, Version>> {
    let mut versions = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (id, version) = line.split_once(':').ok_or_else(|| errors::bad_versions_file(at + 1, line))?;
        IdQuery::parse(id.trim())?;
        versions.insert(id.trim().to_owned(), Version::new(version.trim())?);
    }
    Ok(versions)
}
