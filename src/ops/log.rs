//! The history of a component, as people wrote it.

use super::{Found, Knowledge, Progress, Visited, Whom, Workspace, history};
use crate::errors;
use crate::model::Lineage;
use crate::model::{CommitId, ComponentId, Deprecation, Moment, Version, VersionId, VersionSelector};
use crate::scope::VersionCommit;
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::path::Path;

/// What to tell.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// The component. With a version, its history up to that.
    pub id: String,
    /// At most so many versions.
    pub limit: Option<usize>,
    /// The scope that tells, as it is now; what is known here, where none is named.
    pub remote: Option<Whom>,
}

/// A component's history.
#[derive(Debug)]
pub struct Log {
    /// Whose.
    pub id: ComponentId,
    /// Newest first.
    pub versions: Vec<LoggedVersion>,
    /// Versions that its scope lists and that are not here, lowest first.
    pub elsewhere: Vec<Version>,
}

/// A version in a history.
#[derive(Debug)]
pub struct LoggedVersion {
    /// Its number.
    pub version: Version,
    /// Its content.
    pub commit: CommitId,
    /// The tag's message.
    pub message: String,
    /// Who made it: name and address.
    pub author: (String, String),
    /// When.
    pub moment: Moment,
    /// Where it comes from, if it is a copy.
    pub origin: Option<VersionId>,
    /// Made from an older version on purpose.
    pub is_maintenance: bool,
    /// The one that the folder in the workspace has.
    pub is_current: bool,
    /// Not listed by its scope's catalog.
    pub is_staged: bool,
    /// Removed from its scope.
    pub is_removed: bool,
    /// Not to be used any more.
    pub is_deprecated: bool,
}

/// Tells a component's history. Only a scope can be asked outside of a workspace.
pub fn log(cwd: &Path, options: &LogOptions, progress: &dyn Progress) -> Result<(Option<Workspace>, Log)> {
    if let Some(whom) = &options.remote {
        let workspace = Workspace::open_if_any(cwd, progress)?;
        let log = of_scope(workspace.as_ref(), whom, options, progress)?;
        return Ok((workspace, log));
    }
    let workspace = Workspace::open(cwd, progress)?;
    let known = workspace.scope.known()?;
    let knowledge = Knowledge::of(&workspace, &known);
    let found = knowledge.find(&options.id)?;
    let log = tell(knowledge, &found, found.entry, options.limit)?;
    Ok((Some(workspace), log))
}

fn of_scope(workspace: Option<&Workspace>, whom: &Whom, options: &LogOptions, progress: &dyn Progress) -> Result<Log> {
    let (mut visited, asked) = Visited::ask(whom, &options.id, workspace, progress)?;
    let last = asked.listed()?.version.clone();
    visited.bring_history(&asked, progress)?;
    let mut found = visited.knowledge().about(&asked.id)?;
    found.version = asked.version.map(|_| VersionSelector::Exact(last));
    let record = workspace.and_then(|workspace| workspace.entry(&asked.id));
    tell(visited.knowledge(), &found, record, options.limit)
}

/// `record` is that of the workspace: which version its folder has.
fn tell(knowledge: Knowledge, found: &Found, record: Option<&BitmapEntry>, limit: Option<usize>) -> Result<Log> {
    let current = record.and_then(|record| record.version.as_ref());
    let mut versions = history::history(knowledge.repo, knowledge.known, &found.id)?;
    if let Some(selector) = &found.version {
        let last = knowledge.commit(&found.id.at(knowledge.select(found, selector)?))?;
        versions = up_to(versions, last);
    }
    let elsewhere = elsewhere(knowledge, found);
    if versions.is_empty() {
        return Err(match (elsewhere.as_slice(), found.entry) {
            ([], _) => errors::no_version_yet(&found.id),
            _ => errors::only_in_catalog(&found.id),
        });
    }
    versions.truncate(limit.unwrap_or(usize::MAX));
    let deprecation = found.deprecation();
    let versions =
        versions.into_iter().map(|(version, made)| logged(version, made, found, deprecation.as_ref(), current));
    Ok(Log { id: found.id.clone(), versions: versions.collect(), elsewhere })
}

/// A version and those in its history; they stay in their order.
fn up_to(versions: Vec<(Version, VersionCommit)>, last: CommitId) -> Vec<(Version, VersionCommit)> {
    let mut wanted = vec![last];
    let mut kept = Vec::new();
    // Newest first: whoever wants a version comes before it.
    for (version, made) in versions {
        if wanted.contains(&made.commit) {
            wanted.extend(&made.parents);
            kept.push((version, made));
        }
    }
    kept
}

fn elsewhere(knowledge: Knowledge, found: &Found) -> Vec<Version> {
    let listed = found.catalog.iter().flat_map(|entry| &entry.versions).map(|listed| &listed.version);
    let is_elsewhere = |version: &&Version| knowledge.known.commit(&found.id, version).is_none();
    let mut versions: Vec<Version> = listed.filter(is_elsewhere).cloned().collect();
    versions.sort();
    versions
}

fn logged(
    version: Version,
    made: VersionCommit,
    found: &Found,
    deprecation: Option<&Deprecation>,
    current: Option<&Version>,
) -> LoggedVersion {
    let listed = found.catalog.as_ref().and_then(|entry| entry.version(&version));
    LoggedVersion {
        commit: made.commit,
        message: made.message,
        author: made.author,
        moment: made.moment,
        origin: made.origin.map(|origin| origin.id),
        is_maintenance: made.lineage == Lineage::Maintenance,
        is_current: current == Some(&version),
        is_staged: listed.is_none_or(|listed| listed.commit != made.commit),
        is_removed: found.is_removed() || listed.is_some_and(|listed| listed.removed.is_some()),
        is_deprecated: deprecation.is_some_and(|deprecation| deprecation.covers(&version)),
        version,
    }
}

/// The manifest of a version, as it is stored.
#[derive(Debug)]
pub struct StoredManifest {
    /// Its text.
    pub text: String,
    /// The version, where none was asked for: the folder may have changed since.
    pub chosen: Option<Version>,
}

/// Reads the manifest of a version: the one asked for, else the one that the folder has.
pub fn manifest(cwd: &Path, id: &str, progress: &dyn Progress) -> Result<(Workspace, StoredManifest)> {
    let workspace = Workspace::open(cwd, progress)?;
    let known = workspace.scope.known()?;
    let knowledge = Knowledge::of(&workspace, &known);
    let found = knowledge.find(id)?;
    let version = knowledge.version_of(&found)?.ok_or_else(|| errors::no_version_yet(&found.id))?;
    let text = knowledge.stored(&version)?.manifest_text(workspace.scope.repo())?;
    let is_exact = matches!(found.version, Some(VersionSelector::Exact(_)));
    Ok((workspace, StoredManifest { text, chosen: (!is_exact).then_some(version.version) }))
}
