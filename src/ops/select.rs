//! Which components a person means.

use super::Workspace;
use crate::errors;
use crate::model::{ComponentId, IdQuery, Part, Pattern, VersionSelector, nearest};
use crate::workspace::Bitmap;
use anyhow::Result;
use std::collections::HashSet;

/// A component that was asked for, and the version, if one was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Which component of the workspace.
    pub id: ComponentId,
    /// The version after the `@`.
    pub version: Option<VersionSelector>,
    /// How it was asked for.
    pub by: By,
}

/// How a component was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// By its own id.
    Id,
    /// By a pattern.
    Pattern,
}

/// Where ids and patterns are looked up: the workspace, and for some commands components beside it.
#[derive(Clone, Copy)]
pub(super) struct Among<'a> {
    bitmap: &'a Bitmap,
    also: &'a [ComponentId],
}

impl<'a> Among<'a> {
    /// The workspace and, where nothing in it is meant, these.
    pub(super) fn with(bitmap: &'a Bitmap, also: &'a [ComponentId]) -> Self {
        Self { bitmap, also }
    }

    fn ids(self) -> impl Iterator<Item = ComponentId> {
        self.bitmap.entries().map(|entry| entry.id()).chain(self.also.iter().cloned())
    }

    fn find(self, query: &IdQuery) -> Result<Option<ComponentId>> {
        if let Some(id) = in_workspace(self.bitmap, query)? {
            return Ok(Some(id));
        }
        let is_meant = |id: &&ComponentId| query.as_id.as_ref() == Some(id) || query.as_name.as_ref() == Some(&id.name);
        let found: Vec<&ComponentId> = self.also.iter().filter(is_meant).collect();
        match found.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some((*id).clone())),
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(errors::ambiguous_id(&query.path, &ids))
            }
        }
    }
}

/// Reads ids and patterns as components of the workspace, ids first, each version of each once.
/// A comma joins as a new argument does, and what is excluded anywhere is excluded from all. Exclusions alone leave
/// everything else. An id or a pattern that names nothing is an error.
pub fn select(bitmap: &Bitmap, wanted: &[String]) -> Result<Vec<Selection>> {
    select_among(Among::with(bitmap, &[]), wanted)
}

/// The same, for components beside the workspace too.
pub(super) fn select_among(among: Among, wanted: &[String]) -> Result<Vec<Selection>> {
    let excluded = Excluded::read(among, wanted)?;
    let mut found = Vec::new();
    for text in wanted {
        found.extend(included(among, text)?);
    }
    if wanted.iter().all(|text| only_excludes(text)) && !wanted.is_empty() {
        found.extend(among.ids().map(matched));
    }
    // Named by its id, a component counts as that, whatever else matches it.
    found.sort_by_key(|selection| selection.by);
    let mut seen = HashSet::new();
    found.retain(|selection| {
        !excluded.holds(&selection.id) && seen.insert((selection.id.clone(), selection.version.clone()))
    });
    if found.is_empty() && !wanted.is_empty() {
        return Err(errors::no_match(&wanted.join(" ")));
    }
    Ok(found)
}

/// What was excluded, in whichever argument.
pub(super) struct Excluded(Vec<Pattern>);

impl Excluded {
    /// Reads the exclusions. One that is no glob must name something: a typo would exclude nothing.
    pub(super) fn read(among: Among, wanted: &[String]) -> Result<Self> {
        let mut patterns = Vec::new();
        for text in wanted {
            for part in Pattern::parts(text)?.into_iter().filter(|part| part.excludes) {
                let pattern = Pattern::parse(part.text)?;
                if !part.is_glob() && !among.ids().any(|id| pattern.matches(&id)) {
                    return Err(unknown(among, part.text));
                }
                patterns.push(pattern);
            }
        }
        Ok(Self(patterns))
    }

    /// Whether this component is excluded.
    pub(super) fn holds(&self, id: &ComponentId) -> bool {
        self.0.iter().any(|pattern| pattern.matches(id))
    }
}

/// Whether an argument names nothing but exclusions.
pub(super) fn only_excludes(text: &str) -> bool {
    Pattern::parts(text).is_ok_and(|parts| parts.iter().all(|part| part.excludes))
}

/// What one argument names, before the exclusions.
fn included(among: Among, text: &str) -> Result<Vec<Selection>> {
    let parts = Pattern::parts(text)?;
    let included: Vec<Part> = parts.into_iter().filter(|part| !part.excludes).collect();
    let mut found = Vec::new();
    for part in &included {
        if part.is_glob() {
            let pattern = Pattern::parse(part.text)?;
            found.extend(among.ids().filter(|id| pattern.matches(id)).map(matched));
        } else {
            found.push(by_id(among, part.text)?);
        }
    }
    if found.is_empty() && !included.is_empty() { Err(errors::no_match(text)) } else { Ok(found) }
}

fn matched(id: ComponentId) -> Selection {
    Selection { id, version: None, by: By::Pattern }
}

fn by_id(among: Among, text: &str) -> Result<Selection> {
    let query = IdQuery::parse(text)?;
    match among.find(&query)? {
        Some(id) => Ok(Selection { id, version: query.version, by: By::Id }),
        None => Err(unknown(among, text)),
    }
}

/// The component of the workspace that a query names: by its name first, then by scope and name.
pub(super) fn in_workspace(bitmap: &Bitmap, query: &IdQuery) -> Result<Option<ComponentId>> {
    match query.as_name.as_ref().map_or(&[][..], |name| bitmap.named(name)) {
        [entry] => Ok(Some(entry.id())),
        [] => Ok(query.as_id.clone().filter(|id| bitmap.get(id).is_some())),
        several => {
            let ids: Vec<String> = several.iter().map(|entry| entry.id().to_string()).collect();
            Err(errors::ambiguous_id(&query.path, &ids))
        }
    }
}

/// A component as a person types it: by its name, where no other one of the workspace has it.
pub(super) fn typed(workspace: &Workspace, id: &ComponentId) -> String {
    match workspace.bitmap.named(&id.name) {
        [_] => id.name.to_string(),
        _ => id.to_string(),
    }
}

fn unknown(among: Among, text: &str) -> anyhow::Error {
    let ids: Vec<ComponentId> = among.ids().collect();
    let full: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let names = ids.iter().map(|id| id.name.as_str());
    errors::unknown_component(text, nearest(text, names.chain(full.iter().map(String::as_str))))
}
