//! Which components a person means.

use crate::errors;
use crate::model::{ComponentId, IdQuery, Pattern, VersionSelector, nearest};
use crate::workspace::Bitmap;
use anyhow::Result;

/// A component that was asked for, and the version, if one was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Which component of the workspace.
    pub id: ComponentId,
    /// The version after the `@`.
    pub version: Option<VersionSelector>,
}

/// Reads ids and patterns as components of the workspace, in the order of the workspace, each once.
/// A pattern that matches nothing is an error.
pub fn select(bitmap: &Bitmap, wanted: &[String]) -> Result<Vec<Selection>> {
    let mut selected: Vec<Selection> = Vec::new();
    for text in wanted {
        let found = if Pattern::looks_like(text) { by_pattern(bitmap, text)? } else { vec![by_id(bitmap, text)?] };
        for selection in found {
            if !selected.iter().any(|earlier| earlier.id == selection.id) {
                selected.push(selection);
            }
        }
    }
    Ok(selected)
}

fn by_pattern(bitmap: &Bitmap, text: &str) -> Result<Vec<Selection>> {
    let pattern = Pattern::parse(text)?;
    let ids = bitmap.entries().map(|entry| entry.id()).filter(|id| pattern.matches(id));
    let found: Vec<Selection> = ids.map(|id| Selection { id, version: None }).collect();
    if found.is_empty() {
        return Err(errors::no_match(text));
    }
    Ok(found)
}

fn by_id(bitmap: &Bitmap, text: &str) -> Result<Selection> {
    let query = IdQuery::parse(text)?;
    match in_workspace(bitmap, &query)? {
        Some(id) => Ok(Selection { id, version: query.version }),
        None => Err(unknown(bitmap, text)),
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

fn unknown(bitmap: &Bitmap, text: &str) -> anyhow::Error {
    let ids: Vec<String> = bitmap.entries().map(|entry| entry.id().to_string()).collect();
    let names = bitmap.entries().map(|entry| entry.name.as_str());
    errors::unknown_component(text, nearest(text, names.chain(ids.iter().map(String::as_str))))
}
