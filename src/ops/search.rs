//! Finding components by words or by a pattern, among all that is known without a network.

use super::{Knowledge, Place, Progress, Visited, Whom, Workspace};
use crate::errors;
use crate::model::{CatalogEntry, ComponentId, PackageName, Pattern, ScopeName, nearest};
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// How far a search reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// The workspace, the local scope and every catalog that was seen.
    #[default]
    Known,
    /// The workspace alone.
    Workspace,
}

/// What was found: the best match first.
#[derive(Debug, Default)]
pub struct Matches {
    /// In the workspace.
    pub workspace: Vec<ComponentId>,
    /// Only in the local scope, or in a catalog.
    pub elsewhere: Vec<ComponentId>,
}

/// Finds the components that have every one of these words in their id or package name.
pub fn search(cwd: &Path, words: &[String], reach: Reach, progress: &dyn Progress) -> Result<(Workspace, Matches)> {
    let workspace = Workspace::open(cwd, progress)?;
    let words: Vec<String> = words.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
    let here: BTreeSet<ComponentId> = workspace.bitmap.entries().map(|entry| entry.id()).collect();
    let elsewhere = match reach {
        Reach::Workspace => BTreeSet::new(),
        Reach::Known => all_known(&workspace)?.into_iter().filter(|id| !here.contains(id)).collect(),
    };
    let matches = Matches { workspace: ranked(here, &words), elsewhere: ranked(elsewhere, &words) };
    Ok((workspace, matches))
}

/// Every component of the local scope and of the catalogs, but what its scope has removed.
fn all_known(workspace: &Workspace) -> Result<BTreeSet<ComponentId>> {
    let known = workspace.scope.known()?;
    let mut ids: BTreeSet<ComponentId> = known.components.keys().cloned().collect();
    for catalog in known.catalogs.values() {
        for entry in catalog.entries(workspace.scope.repo())? {
            let id = ComponentId::new(catalog.scope.clone(), entry.name);
            if entry.removed.is_none() {
                ids.insert(id);
            } else {
                ids.remove(&id);
            }
        }
    }
    Ok(ids)
}

/// Those that match, the best first, then by id.
fn ranked(ids: BTreeSet<ComponentId>, words: &[String]) -> Vec<ComponentId> {
    let mut found: Vec<(usize, ComponentId)> =
        ids.into_iter().filter_map(|id| Some((distance(&id, words)?, id))).collect();
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

/// How far a component is from what is searched: 0 where the words are parts of its name, `None` for a stranger.
fn distance(id: &ComponentId, words: &[String]) -> Option<usize> {
    let text = format!("{id} {}", PackageName::of(id));
    if !words.iter().all(|word| text.contains(word.as_str())) {
        return None;
    }
    let is_part =
        |word: &&String| id.name.as_str() == word.as_str() || id.name.as_str().split('/').any(|part| part == *word);
    let is_in_name = |word: &&String| id.name.as_str().contains(word.as_str());
    let (parts, in_name) = (words.iter().filter(is_part).count(), words.iter().filter(is_in_name).count());
    Some(2 * words.len() - parts - in_name)
}

/// Where a pattern looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field {
    /// Among the components of the workspace, new ones too.
    #[default]
    Workspace,
    /// In scopes: those that it names, or this one.
    Scopes(Whom, Seen),
}

/// Of when a scope is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// As it is now.
    Now,
    /// As it was last seen.
    Last,
}

/// What a pattern names.
#[derive(Debug, Default)]
pub struct Matching {
    /// The components, sorted.
    pub ids: Vec<ComponentId>,
    /// Where a part without a wildcard names nothing: what may have been meant.
    pub nearest: Option<String>,
}

/// The components that a pattern names. Only scopes that are asked now can be looked through outside of a workspace.
pub fn matching(
    cwd: &Path,
    text: &str,
    field: &Field,
    progress: &dyn Progress,
) -> Result<(Option<Workspace>, Matching)> {
    let pattern = Pattern::parse(text)?;
    let (workspace, mut ids) = match field {
        Field::Workspace => {
            let workspace = Workspace::open(cwd, progress)?;
            let ids = workspace.bitmap.entries().map(|entry| entry.id()).collect();
            (Some(workspace), ids)
        }
        Field::Scopes(whom, Seen::Last) => {
            let workspace = Workspace::open(cwd, progress)?;
            let ids = last_seen(&places(whom, text)?, &workspace)?;
            (Some(workspace), ids)
        }
        Field::Scopes(whom, Seen::Now) => {
            let workspace = Workspace::open_if_any(cwd, progress)?;
            let ids = there(&places(whom, text)?, workspace.as_ref(), progress)?;
            (workspace, ids)
        }
    };
    let nearest = parts_without_match(text, &ids)?.iter().find_map(|part| nearest_of(part, &ids));
    ids.retain(|id| pattern.matches(id));
    ids.sort();
    Ok((workspace, Matching { ids, nearest }))
}

/// The parts of a pattern that name one component each, and none of these.
fn parts_without_match<'t>(text: &'t str, ids: &[ComponentId]) -> Result<Vec<&'t str>> {
    let mut strangers = Vec::new();
    for part in Pattern::parts(text)?.into_iter().filter(|part| !part.is_glob()) {
        let pattern = Pattern::parse(part.text)?;
        if !ids.iter().any(|id| pattern.matches(id)) {
            strangers.push(part.text);
        }
    }
    Ok(strangers)
}

fn nearest_of(text: &str, ids: &[ComponentId]) -> Option<String> {
    let full: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let names = ids.iter().map(|id| id.name.as_str());
    nearest(text, names.chain(full.iter().map(String::as_str))).map(str::to_owned)
}

/// The scopes that are looked through.
fn places(whom: &Whom, text: &str) -> Result<Vec<Place>> {
    match whom {
        Whom::Own => Ok(scopes_of(text)?.into_iter().map(Place::Scope).collect()),
        Whom::At(place) => Ok(vec![place.clone()]),
    }
}

fn there(places: &[Place], workspace: Option<&Workspace>, progress: &dyn Progress) -> Result<Vec<ComponentId>> {
    let mut ids = Vec::new();
    for place in places {
        let visited = Visited::open(place, workspace, progress)?;
        ids.extend(alive(visited.scope(), visited.entries()?));
    }
    Ok(ids)
}

fn last_seen(places: &[Place], workspace: &Workspace) -> Result<Vec<ComponentId>> {
    let known = workspace.scope.known()?;
    let knowledge = Knowledge::of(workspace, &known);
    let mut ids = Vec::new();
    for place in places {
        let Place::Scope(scope) = place else { continue };
        ids.extend(alive(scope, knowledge.catalog(scope.as_str())?.entries(knowledge.repo)?));
    }
    Ok(ids)
}

/// What a scope has not removed.
fn alive(scope: &ScopeName, entries: Vec<CatalogEntry>) -> impl Iterator<Item = ComponentId> {
    let alive = entries.into_iter().filter(|entry| entry.removed.is_none());
    alive.map(|entry| ComponentId::new(scope.clone(), entry.name))
}

/// The scopes that a pattern names outright: every part of it but the exclusions must begin with one.
pub(super) fn scopes_of<'t>(text: &'t str) -> Result<BTreeSet<ScopeName>> {
    let parts = Pattern::parts(text)?.into_iter().filter(|part| !part.excludes);
    let scope =
        |text: &'t str| text.split_once('/').map(|(scope, _)| scope).filter(|scope| !Pattern::looks_like(scope));
    let scopes: Option<BTreeSet<&str>> = parts.map(|part| scope(part.text)).collect();
    let scopes = scopes.filter(|scopes| !scopes.is_empty()).ok_or_else(|| errors::scope_expected(text))?;
    let names: Result<_, _> = scopes.into_iter().map(ScopeName::new).collect();
    // A URL or a folder is named apart.
    let is_place = text.contains(':') || text.starts_with(['/', '.']);
    names.map_err(|error| if is_place { errors::pattern_of_place(text) } else { error.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_before_scopes_and_whole_parts_before_pieces() {
        let ids = ["ui.base/theme", "s.c/ui-kit", "s.c/ui/button", "s.c/other"].map(|id| id.parse().unwrap());
        let found = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            ranked(ids.clone().into(), &words).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(found(&["ui"]), ["s.c/ui/button", "s.c/ui-kit", "ui.base/theme"]);
        assert_eq!(found(&["ui", "butt"]), ["s.c/ui/button"]);
        assert_eq!(found(&["@s/c.ui.button"]), ["s.c/ui/button"]);
        assert!(found(&["nothing"]).is_empty());
    }

    #[test]
    fn a_pattern_names_its_scopes_or_not() {
        let scopes = scopes_of("my-org.ui/{a,b}/**, b/x, !*/old").unwrap();
        assert_eq!(scopes.iter().map(ScopeName::as_str).collect::<Vec<_>>(), ["b", "my-org.ui"]);
        for bad in ["**", "*/button", "my-org.ui/**,button", "!my-org.ui/x", "{a,b}/x"] {
            assert!(scopes_of(bad).is_err(), "{bad}");
        }
    }
}
