//! Bringing catalogs up to date, without a change of the workspace.

use super::base::scopes_of_staged_elsewhere;
use super::incoming::{Accepted, FollowHint, Incoming, Source};
use super::verify::remember_listed;
use super::{Continuity, Progress, State, Transaction, Workspace};
use crate::errors;
use crate::model::{CommitId, ComponentId, Mark, Moved, ScopeName, Version, VersionId};
use crate::scope::Known;
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// What to fetch.
#[derive(Debug, Clone, Default)]
pub struct FetchOptions {
    /// Names of scopes; none: those of the workspace's components and of all that is known here.
    pub scopes: Vec<ScopeName>,
    /// What a person has looked at.
    pub accepted: Accepted,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Each scope that answered.
    pub scopes: Vec<FetchedScope>,
    /// Each that did not, and why.
    pub failed: Vec<(ScopeName, String)>,
    /// Components whose scope has a newer version: ours and theirs.
    pub outdated: Vec<(VersionId, Version)>,
    /// Components where both sides went on.
    pub diverged: Vec<(VersionId, Version)>,
}

/// What one scope has.
#[derive(Debug, PartialEq, Eq)]
pub struct FetchedScope {
    /// Which one.
    pub scope: ScopeName,
    /// Where it is, without secrets.
    pub url: String,
    /// How it goes on from what was seen before.
    pub continuity: Continuity,
    /// Components that it did not list before.
    pub new_components: Vec<ComponentId>,
    /// Versions that it did not list before.
    pub new_versions: Vec<VersionId>,
    /// Versions that it listed before, and does not list any more as they were.
    pub moved: Vec<Moved>,
    /// What else it says of components now, and did not say before.
    pub said: Vec<(ComponentId, Mark)>,
}

/// Fetches.
pub fn fetch(
    cwd: &Path,
    options: &FetchOptions,
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<(Workspace, Fetched)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let known = workspace.scope.known()?;
    let scopes = match options.scopes.is_empty() {
        true => all_scopes(&workspace, &known)?,
        false => options.scopes.iter().cloned().collect(),
    };
    let mut incoming = Incoming::new(&workspace, &known, options.accepted.clone(), follow, progress);
    incoming.ask(&scopes)?;
    let mut outcome = Fetched::default();
    for source in incoming.sources() {
        outcome.scopes.push(compare(&workspace, source)?);
    }
    outcome.failed = incoming.unreachable().map(|(scope, error)| (scope.clone(), errors::in_one_line(error))).collect();
    let refs = incoming.catalogs();
    if !refs.is_empty() {
        incoming.admit()?;
        // Afterwards nobody could tell any more.
        remember_listed(&workspace.scope, known_as_listed(&known, &outcome));
        workspace.commit(Transaction { command: "fetch", objects: None, refs, bitmap: Vec::new().into() }, &lock)?;
    }
    drop(incoming);
    stand(&workspace, &mut outcome, progress)?;
    Ok((workspace, outcome))
}

/// The versions here that are as their scopes listed them, and do not list them any more.
fn known_as_listed(known: &Known, outcome: &Fetched) -> BTreeSet<(VersionId, CommitId)> {
    let moved = outcome.scopes.iter().flat_map(|scope| &scope.moved);
    let here = moved.filter(|moved| known.commit(&moved.id.id, &moved.id.version) == Some(moved.was));
    here.map(|moved| (moved.id.clone(), moved.was)).collect()
}

/// The scopes of the workspace's components, and all that were seen or have versions here.
fn all_scopes(workspace: &Workspace, known: &Known) -> Result<BTreeSet<ScopeName>> {
    // What was never exported may have a scope that does not exist yet.
    let exported = workspace.bitmap.entries().filter_map(|entry| entry.scope.clone());
    let mut scopes = scopes_of_staged_elsewhere(workspace, known)?;
    scopes.extend(exported.chain(known.catalogs.keys().cloned()));
    Ok(scopes)
}

fn compare(workspace: &Workspace, source: &Source) -> Result<FetchedScope> {
    let mut found = FetchedScope {
        scope: source.catalog.scope.clone(),
        url: source.url.to_string(),
        continuity: source.continuity.clone(),
        new_components: Vec::new(),
        new_versions: Vec::new(),
        moved: Vec::new(),
        said: Vec::new(),
    };
    if source.continuity == Continuity::Same {
        return Ok(found);
    }
    let repo = workspace.scope.repo();
    let before = source.before.as_ref().map(|before| before.index(repo)).transpose()?;
    for name in source.names() {
        let Some(now) = source.entry(&name)? else { continue };
        let then = before.as_ref().map(|before| before.entry(repo, &name)).transpose()?.flatten();
        let is_new = |version: &Version| then.as_ref().is_none_or(|then| then.version(version).is_none());
        let id = ComponentId::new(found.scope.clone(), name);
        let new = now.versions.iter().filter(|listed| is_new(&listed.version));
        found.new_versions.extend(new.map(|listed| id.at(listed.version.clone())));
        match then {
            Some(then) => found.said.extend(Mark::between(&then, &now).into_iter().map(|mark| (id.clone(), mark))),
            None => found.new_components.push(id),
        }
    }
    if let Continuity::Changed(_) | Continuity::Replaced(_) = found.continuity {
        found.moved = source.moved()?;
    }
    Ok(found)
}

/// How the workspace's components stand to what was seen now.
fn stand(workspace: &Workspace, outcome: &mut Fetched, progress: &dyn Progress) -> Result<()> {
    let state = State::load(workspace, progress)?;
    for component in &state.components {
        let (Some(catalog), Some(version)) = (&component.remote.catalog, &component.entry.version) else { continue };
        let pair = |there: &Version| (component.id.at(version.clone()), there.clone());
        outcome.outdated.extend(component.remote.offered.iter().map(pair));
        if component.remote.is_diverged {
            outcome.diverged.push(pair(&catalog.head));
        }
    }
    state.remember(workspace);
    Ok(())
}
