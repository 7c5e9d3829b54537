//! Which components there are: of the workspace, of a scope, of the whole local scope. No file of a component is read.

use super::{Knowledge, Place, Progress, Visited, Workspace};
use crate::model::{CatalogEntry, ComponentId, Deprecation, Pattern, ScopeName, Version};
use crate::scope::Known;
use anyhow::Result;
use std::path::Path;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// Where from.
    pub source: Source,
    /// Only names below this one, or that match this pattern.
    pub namespace: Option<String>,
}

/// Where listed components come from.
#[derive(Debug, Clone, Default)]
pub enum Source {
    /// The workspace: those that have a version.
    #[default]
    Workspace,
    /// This scope, as it is now.
    Scope(Place),
    /// This scope, as it was last seen.
    Cached(ScopeName),
    /// Everything the local scope holds, of all scopes.
    LocalScope,
}

/// The components that were found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Sorted by id; those of the workspace in its order.
    pub components: Vec<Listed>,
    /// Components of the workspace that are not listed, because they have no version yet.
    pub new: usize,
    /// Components of the workspace that are not listed, because they are removed.
    pub removed: usize,
}

/// A component in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which one.
    pub id: ComponentId,
    /// The highest version here; in the list of a scope the latest one there.
    pub local: Option<Version>,
    /// The version that its folder in the workspace has.
    pub current: Option<Version>,
    /// The latest one that its scope was seen to have.
    pub remote: Option<Version>,
    /// Not to be used any more, and why.
    pub deprecated: Option<Deprecation>,
    /// Removed from its scope.
    pub removed: bool,
    /// The additional scopes it is exported to.
    pub additional_scopes: Vec<ScopeName>,
}

impl Listed {
    /// Its scope has a higher version than the workspace.
    pub fn is_outdated(&self) -> bool {
        matches!((&self.current, &self.remote), (Some(current), Some(remote)) if remote > current)
    }
}

/// Lists. Only a scope that is asked now can be listed outside of a workspace.
pub fn list(cwd: &Path, options: &ListOptions, progress: &dyn Progress) -> Result<(Option<Workspace>, Listing)> {
    let namespace = options.namespace.as_deref().map(Namespace::parse).transpose()?;
    let is_wanted = |id: &ComponentId| namespace.as_ref().is_none_or(|namespace| namespace.holds(id));
    match &options.source {
        Source::Scope(place) => {
            let workspace = Workspace::open_if_any(cwd, progress)?;
            // Where nobody knows a scope of this name, a folder may be meant.
            place.url_for(cwd, workspace.as_ref())?;
            let visited = Visited::open(place, workspace.as_ref(), progress)?;
            let listing = of_catalog(visited.scope(), visited.entries()?, workspace.as_ref(), is_wanted);
            Ok((workspace, listing))
        }
        Source::Workspace => within(cwd, progress, |_, knowledge| of_workspace(knowledge, is_wanted)),
        Source::LocalScope => within(cwd, progress, |_, knowledge| of_local_scope(knowledge, is_wanted)),
        Source::Cached(scope) => within(cwd, progress, |workspace, knowledge| {
            let entries = knowledge.catalog(scope.as_str())?.entries(knowledge.repo)?;
            Ok(of_catalog(scope, entries, Some(workspace), is_wanted))
        }),
    }
}

fn within(
    cwd: &Path,
    progress: &dyn Progress,
    list: impl FnOnce(&Workspace, Knowledge) -> Result<Listing>,
) -> Result<(Option<Workspace>, Listing)> {
    let workspace = Workspace::open(cwd, progress)?;
    let known = workspace.scope.known()?;
    let listing = list(&workspace, Knowledge::of(&workspace, &known))?;
    Ok((Some(workspace), listing))
}

fn of_workspace(knowledge: Knowledge, is_wanted: impl Fn(&ComponentId) -> bool) -> Result<Listing> {
    let mut listing = Listing::default();
    for entry in knowledge.bitmap.entries() {
        let id = entry.id();
        match entry.version {
            _ if !is_wanted(&id) => {}
            Some(_) => match listed(knowledge, &id)? {
                Listed { removed: true, .. } => listing.removed += 1,
                listed => listing.components.push(listed),
            },
            None => listing.new += 1,
        }
    }
    Ok(listing)
}

fn of_local_scope(knowledge: Knowledge, is_wanted: impl Fn(&ComponentId) -> bool) -> Result<Listing> {
    let mut ids: Vec<&ComponentId> = knowledge.known.components.keys().filter(|id| is_wanted(id)).collect();
    ids.sort();
    let components = ids.into_iter().map(|id| listed(knowledge, id)).collect::<Result<_>>()?;
    Ok(Listing { components, ..Listing::default() })
}

/// What is removed from a scope is not listed.
fn of_catalog(
    scope: &ScopeName,
    entries: Vec<CatalogEntry>,
    workspace: Option<&Workspace>,
    is_wanted: impl Fn(&ComponentId) -> bool,
) -> Listing {
    let mut components = Vec::new();
    for entry in entries {
        let id = ComponentId::new(scope.clone(), entry.name.clone());
        if entry.removed.is_none() && is_wanted(&id) {
            let record = workspace.and_then(|workspace| workspace.entry(&id));
            components.push(Listed {
                local: Some(entry.latest.clone()),
                current: record.and_then(|record| record.version.clone()),
                remote: Some(entry.latest),
                deprecated: entry.deprecated,
                removed: false,
                additional_scopes: record.map(|record| record.scopes.clone()).unwrap_or_default(),
                id,
            });
        }
    }
    Listing { components, ..Listing::default() }
}

fn listed(knowledge: Knowledge, id: &ComponentId) -> Result<Listed> {
    let found = knowledge.about(id)?;
    Ok(Listed {
        local: highest(knowledge.known, id),
        current: found.entry.and_then(|entry| entry.version.clone()),
        deprecated: found.deprecation(),
        removed: found.is_removed(),
        additional_scopes: found.entry.map(|entry| entry.scopes.clone()).unwrap_or_default(),
        remote: found.catalog.map(|entry| entry.latest),
        id: found.id,
    })
}

fn highest(known: &Known, id: &ComponentId) -> Option<Version> {
    known.versions(id).next_back().map(|(version, _)| version.clone())
}

/// What `--namespace` says.
enum Namespace {
    Below(String),
    Matching(Pattern),
}

impl Namespace {
    fn parse(text: &str) -> Result<Self> {
        if Pattern::looks_like(text) {
            return Ok(Self::Matching(Pattern::parse(text)?));
        }
        Ok(Self::Below(format!("{}/", text.trim_end_matches('/'))))
    }

    fn holds(&self, id: &ComponentId) -> bool {
        match self {
            Self::Below(prefix) => id.name.as_str().starts_with(prefix.as_str()),
            Self::Matching(pattern) => pattern.matches(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_folder_or_a_pattern() {
        let holds = |namespace: &str, id: &str| Namespace::parse(namespace).unwrap().holds(&id.parse().unwrap());
        assert!(holds("ui", "s.c/ui/button") && holds("ui/", "s.c/ui/deep/button") && holds("ui/*", "s.c/ui/x"));
        assert!(!holds("ui", "s.c/uix/button") && !holds("ui", "s.c/ui") && !holds("*/fs/*", "s.c/fs"));
    }

    #[test]
    fn outdated_is_judged_by_the_folders_version() {
        let version = |text: &str| Some(Version::new(text).unwrap());
        let listed = |current: Option<Version>, remote: Option<Version>| Listed {
            id: "s.c/x".parse().unwrap(),
            local: None,
            current,
            remote,
            deprecated: None,
            removed: false,
            additional_scopes: vec![],
        };
        assert!(listed(version("1.0.0"), version("1.0.1")).is_outdated());
        assert!(!listed(version("1.0.1"), version("1.0.0")).is_outdated());
        assert!(!listed(version("1.0.0"), None).is_outdated() && !listed(None, version("1.0.0")).is_outdated());
    }
}
