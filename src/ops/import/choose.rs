//! Which components a person means, and which version of each: their scopes are asked.

use super::Deprecated;
use crate::errors;
use crate::model::{
    CatalogEntry, CommitId, ComponentId, ComponentName, IdQuery, Pattern, ScopeName, Version, VersionId,
    VersionSelector, nearest,
};
use crate::ops::incoming::Incoming;
use crate::ops::{Workspace, select};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// A component that is to come.
#[derive(Debug)]
pub struct Chosen {
    /// At this version.
    pub id: VersionId,
    /// With this content.
    pub commit: CommitId,
    /// What its scope lists of it.
    pub entry: CatalogEntry,
    /// Whether this very version was asked for.
    pub is_exact: bool,
}

/// What a person says of components that are to come.
pub struct Said<'a> {
    /// Ids and patterns.
    pub texts: &'a [String],
    /// Whether patterns name deprecated components too.
    pub deprecated: Deprecated,
    /// The versions that are meant of these components, where none is named.
    pub installed: &'a [VersionId],
}

impl Said<'_> {
    /// The version that is meant of a component of which none was named; none where it is the latest.
    fn of_installed(&self, id: &ComponentId) -> Option<VersionSelector> {
        let found = self.installed.iter().find(|installed| installed.id == *id)?;
        Some(VersionSelector::Exact(found.version.clone()))
    }
}

/// What was typed.
#[derive(Default)]
struct Wishes {
    ids: Vec<(ComponentId, Option<VersionSelector>)>,
    patterns: Vec<(ScopeName, Pattern)>,
    excluded: Vec<Pattern>,
}

/// Reads ids and patterns, asks their scopes, and finds the versions.
pub fn choose(workspace: &Workspace, incoming: &mut Incoming, said: &Said) -> Result<Vec<Chosen>> {
    let mut wishes = Wishes::read(workspace, said.texts)?;
    for (id, version) in &mut wishes.ids {
        *version = version.take().or_else(|| said.of_installed(id));
    }
    let of_ids = wishes.ids.iter().map(|(id, _)| id.scope.clone());
    let scopes: BTreeSet<ScopeName> = of_ids.chain(wishes.patterns.iter().map(|(scope, _)| scope.clone())).collect();
    incoming.ask(&scopes)?;
    for scope in &scopes {
        if !wishes.are_here(scope, incoming)?
            && let Some(error) = incoming.why_not(scope)
        {
            return Err(error);
        }
    }
    let mut chosen: BTreeMap<ComponentId, Chosen> = BTreeMap::new();
    for (scope, pattern) in &wishes.patterns {
        for id in matching(incoming, scope, pattern, said.deprecated)? {
            let one = resolve(incoming, &id, said.of_installed(&id).as_ref())?;
            chosen.insert(id, one);
        }
    }
    let mut by_id: BTreeMap<&ComponentId, Version> = BTreeMap::new();
    for (id, version) in &wishes.ids {
        let one = resolve(incoming, id, version.as_ref())?;
        if let Some(other) = by_id.insert(id, one.id.version.clone()).filter(|other| *other != one.id.version) {
            return Err(errors::two_numbers(id, &other, &one.id.version));
        }
        chosen.insert(id.clone(), one);
    }
    chosen.retain(|id, _| !wishes.excluded.iter().any(|pattern| pattern.matches(id)));
    if chosen.is_empty() {
        return Err(errors::no_match(&said.texts.join(" ")));
    }
    Ok(chosen.into_values().collect())
}

impl Wishes {
    fn read(workspace: &Workspace, texts: &[String]) -> Result<Self> {
        let mut wishes = Self::default();
        for text in texts {
            for part in Pattern::parts(text)? {
                match part {
                    part if part.excludes => wishes.excluded.push(Pattern::parse(part.text)?),
                    part if part.is_glob() => wishes.patterns.push((scope_of(part.text)?, Pattern::parse(part.text)?)),
                    part => wishes.ids.push(by_id(workspace, part.text)?),
                }
            }
        }
        Ok(wishes)
    }
}

impl Wishes {
    /// Whether all that is wanted of a scope is in the local scope, as the scope listed it when it was last seen.
    fn are_here(&self, scope: &ScopeName, incoming: &mut Incoming) -> Result<bool> {
        if self.patterns.iter().any(|(of, _)| of == scope) {
            return Ok(false);
        }
        for (id, version) in self.ids.iter().filter(|(id, _)| id.scope == *scope) {
            let Some(VersionSelector::Exact(version)) = version else { return Ok(false) };
            if !incoming.is_known(&id.at(version.clone()))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A pattern begins with its scope: nobody can ask all the scopes there are.
fn scope_of(pattern: &str) -> Result<ScopeName> {
    let scope = pattern.split_once('/').map(|(scope, _)| scope).filter(|scope| !Pattern::looks_like(scope));
    Ok(ScopeName::new(scope.ok_or_else(|| errors::import_scope_expected(pattern))?)?)
}

/// A component of the workspace by whatever names it, else one by its whole id.
fn by_id(workspace: &Workspace, text: &str) -> Result<(ComponentId, Option<VersionSelector>)> {
    let query = match (IdQuery::parse(text), ScopeName::new(text)) {
        (Err(_), Ok(scope)) => return Err(errors::whole_scope_named(&scope)),
        (query, _) => query?,
    };
    let id = match select::in_workspace(&workspace.bitmap, &query)? {
        Some(id) => Some(id),
        None => query.as_id.clone(),
    };
    let names = workspace.bitmap.entries().map(|entry| entry.name.as_str());
    let id = id.ok_or_else(|| errors::scope_missing(&query.path, nearest(&query.path, names)))?;
    Ok((id, query.version))
}

/// What a pattern names in its scope. What is removed, or advised against, is not meant by a pattern.
fn matching(
    incoming: &Incoming,
    scope: &ScopeName,
    pattern: &Pattern,
    deprecated: Deprecated,
) -> Result<Vec<ComponentId>> {
    let found = listed(incoming, scope, deprecated, |id| pattern.matches(id))?;
    match found.is_empty() {
        true => Err(errors::no_match(&pattern.to_string())),
        false => Ok(found),
    }
}

/// What a scope that answered has, but for what is removed, or advised against.
pub fn listed(
    incoming: &Incoming,
    scope: &ScopeName,
    deprecated: Deprecated,
    is_meant: impl Fn(&ComponentId) -> bool,
) -> Result<Vec<ComponentId>> {
    let Some(source) = incoming.source(scope) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let ids = source.names().into_iter().map(|name| ComponentId::new(scope.clone(), name));
    for id in ids.filter(is_meant) {
        let Some(entry) = source.entry(&id.name)? else { continue };
        let is_deprecated = entry.deprecated.as_ref().is_some_and(|advice| advice.covers(&entry.latest));
        if entry.removed.is_none() && (deprecated == Deprecated::Include || !is_deprecated) {
            found.push(id);
        }
    }
    Ok(found)
}

/// The version that is meant, as its scope lists it.
pub fn resolve(incoming: &mut Incoming, id: &ComponentId, version: Option<&VersionSelector>) -> Result<Chosen> {
    let Some(entry) = incoming.entry(id)? else {
        let url = incoming.source(&id.scope).map(|source| source.url.to_string()).unwrap_or_default();
        let names: BTreeSet<ComponentName> =
            incoming.source(&id.scope).map(super::super::incoming::Source::names).unwrap_or_default();
        let near = nearest(id.name.as_str(), names.iter().map(ComponentName::as_str));
        return Err(errors::not_in_scope(id.name.as_str(), &id.scope, &url, near));
    };
    let number = entry.number(version);
    let newest = || entry.versions.iter().rev().map(|listed| listed.version.to_string());
    let listed = entry.version(&number).ok_or_else(|| errors::no_such_version(id, &number, newest()))?;
    let is_exact = matches!(version, Some(VersionSelector::Exact(_)));
    Ok(Chosen { id: id.at(number), commit: listed.commit, is_exact, entry })
}
