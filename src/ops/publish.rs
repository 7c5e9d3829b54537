//! Versions to an npm registry, what they need first.

mod plan;

use super::pack::{Chosen, choose, tarball_of};
use super::{Progress, Workspace};
use crate::disk;
use crate::errors;
use crate::model::{PackageName, VersionId, VersionRange};
use crate::package::{Access, Registry, RegistryUrl};
use anyhow::{Context, Result};
use plan::{Candidate, candidates};
use std::path::Path;

/// What to publish, and where to.
#[derive(Debug, Clone)]
pub struct PublishOptions {
    /// Ids and patterns; none for all components of the workspace that have a version.
    pub ids: Vec<String>,
    /// The registry.
    pub registry: RegistryUrl,
    /// The dist-tag that the versions get; npm's own choice, if none is named.
    pub tag: Option<String>,
    /// Who may see packages that are new there; the registry's own choice, if nothing is said.
    pub access: Option<Access>,
    /// What of that which they need goes with them.
    pub along: Along,
    /// What of that which no scope lists.
    pub staged: Staged,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// Whether components that are needed are published too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// They have to be there already.
    Nothing,
    /// All of them.
    Dependencies,
}

/// What becomes of versions that were not exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staged {
    /// They are refused: they can still be taken back, and a package can't.
    Refuse,
    /// They are published too.
    Publish,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Published {
    /// What the registry has now, or would have, in the order in which it went there.
    pub published: Vec<PublishedVersion>,
    /// What it had already, with the same content.
    pub there: Vec<PublishedVersion>,
}

/// A version in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedVersion {
    /// Which one.
    pub id: VersionId,
    /// The package it is.
    pub package: PackageName,
    /// The SHA-1 of its archive.
    pub shasum: String,
}

/// Publishes. All that can be found out is found out before the first version goes; stopped anywhere, the same command
/// goes on, since what is there already is passed over.
pub fn publish(cwd: &Path, options: &PublishOptions, progress: &dyn Progress) -> Result<(Workspace, Published)> {
    if let Some(tag) = options.tag.as_ref().filter(|tag| VersionRange::parse(tag.trim()).is_ok()) {
        return Err(errors::tag_is_a_range(tag));
    }
    let workspace = Workspace::open(cwd, progress)?;
    let chosen = choose(&workspace, &options.ids)?;
    let registry = Registry::new(options.registry.clone(), cwd);
    let (published, new) = sort_out(candidates(&workspace, chosen, options, &registry, progress)?, &registry)?;
    let mut result = Published { published: Vec::new(), there: published };
    let folder = disk::temporary_folder(&std::env::temp_dir()).context("could not make a temporary folder")?;
    progress.stage("publishing", new.len());
    for candidate in new {
        if !options.dry_run {
            send(&workspace, &registry, &candidate, options, folder.path(), &result)?;
        }
        result.published.push(candidate.version);
        progress.advance(1);
    }
    Ok((workspace, result))
}

/// Those that the registry has, and those that are new to it. It may have other content under one of the numbers.
fn sort_out(all: Vec<Candidate>, registry: &Registry) -> Result<(Vec<PublishedVersion>, Vec<Candidate>)> {
    let differs =
        |candidate: &&Candidate| candidate.found.as_ref().is_some_and(|found| *found != candidate.version.shasum);
    let differing: Vec<String> = all.iter().filter(differs).map(|candidate| candidate.version.id.to_string()).collect();
    if !differing.is_empty() {
        return Err(errors::registry_differs(&registry.url.to_string(), &differing));
    }
    let (there, new): (Vec<_>, Vec<_>) = all.into_iter().partition(|candidate| candidate.found.is_some());
    Ok((there.into_iter().map(|candidate| candidate.version).collect(), new))
}

fn send(
    workspace: &Workspace,
    registry: &Registry,
    candidate: &Candidate,
    options: &PublishOptions,
    folder: &Path,
    before: &Published,
) -> Result<()> {
    let Chosen { id, commit, .. } = &candidate.chosen;
    let tarball = tarball_of(workspace.scope.repo(), *commit)?;
    let archive = folder.join(tarball.file_name());
    disk::write_new(&archive, &tarball.bytes)?;
    let sent = registry.publish(&tarball.package, &archive, candidate.tag.as_deref(), options.access)?;
    disk::remove_if_there(&archive)?;
    let Err(words) = sent else { return Ok(()) };
    // An answer may be lost, and npm tries again: what it says then is of the version that is there.
    let is_there = registry
        .shasum(&tarball.package, &id.version)
        .is_ok_and(|found| found.as_ref() == Some(&candidate.version.shasum));
    match is_there {
        true => Ok(()),
        false => Err(errors::publish_failed(id, &registry.url.to_string(), &words, before.published.len())),
    }
}
