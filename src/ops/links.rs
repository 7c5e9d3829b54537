//! Seeing to it that every component of the workspace has its link in node_modules.

use super::Workspace;
use super::state::{Component, LinkMemory, LinkRecord, State};
use crate::errors;
use crate::git::hash_blob;
use crate::model::{PackageName, Version};
use crate::package::PackageJson;
use crate::workspace::{self, LinkOutcome, LinkTarget};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::Path;

/// What was done to the links.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LinkReport {
    /// Made, because there was none.
    pub created: Vec<PackageName>,
    /// Put right.
    pub mended: Vec<PackageName>,
    /// Left alone, because something else is there.
    pub foreign: Vec<PackageName>,
    /// Removed, because the component is gone.
    pub removed: Vec<String>,
    /// How many components have a link now.
    pub linked: usize,
}

/// How thoroughly to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkCheck {
    /// Believe links whose folder has not changed since they were found right.
    Quick,
    /// Look at every entry, and remove links of components that are gone.
    Full,
}

/// Mends what is broken. With yarn's Plug'n'Play there is no node_modules: then nothing is done.
pub fn mend(workspace: &Workspace, state: &mut State, check: LinkCheck) -> Result<LinkReport> {
    let root = &workspace.layout.root;
    if workspace::pnp_in_force(root) {
        return Ok(LinkReport::default());
    }
    let looks: Vec<(LinkOutcome, Option<LinkRecord>)> = state
        .components
        .par_iter()
        .with_min_len(32)
        .map(|component| mend_one(root, component, state.links(), check))
        .collect::<Result<_>>()?;
    let mut report = LinkReport::default();
    let mut remembered = LinkMemory::default();
    for (component, (outcome, record)) in state.components.iter().zip(looks) {
        let package = component.package.clone();
        report.linked += usize::from(outcome != LinkOutcome::Foreign);
        remembered.extend(record.map(|record| (package.to_string(), record)));
        match outcome {
            LinkOutcome::Unchanged => {}
            LinkOutcome::Created => report.created.push(package),
            LinkOutcome::Mended => report.mended.push(package),
            LinkOutcome::Foreign => report.foreign.push(package),
        }
    }
    state.put_links(remembered);
    if check == LinkCheck::Full {
        report.removed = remove_stale(workspace, state)?;
    }
    Ok(report)
}

/// Refuses where links are of no use.
pub fn check_possible(workspace: &Workspace) -> Result<()> {
    if workspace::pnp_in_force(&workspace.layout.root) {
        return Err(errors::plug_n_play());
    }
    Ok(())
}

fn mend_one(
    root: &Path,
    component: &Component,
    known: &LinkMemory,
    check: LinkCheck,
) -> Result<(LinkOutcome, Option<LinkRecord>)> {
    // Without files there is nothing to link to; the missing folder is an issue of its own.
    if component.files.is_empty() {
        return Ok((LinkOutcome::Unchanged, None));
    }
    let target = target_of(component);
    let (places, description) = wanted(&target)?;
    let now = || {
        let stamp = workspace::stamp(root, &component.package)?;
        Some(LinkRecord { stamp: stamp.into(), places, description })
    };
    if check == LinkCheck::Quick
        && let (Some(record), Some(now)) = (known.get(component.package.as_str()), now())
        && (record.stamp, record.places) == (now.stamp, now.places)
    {
        if record.description == description {
            return Ok((LinkOutcome::Unchanged, Some(now)));
        }
        workspace::describe_again(root, &target)?;
    } else {
        let outcome = workspace::ensure(root, &target)?;
        return Ok((outcome, now().filter(|_| outcome != LinkOutcome::Foreign)));
    }
    Ok((LinkOutcome::Mended, now()))
}

fn target_of(component: &Component) -> LinkTarget {
    let mut entries: Vec<String> = Vec::new();
    for file in &component.files {
        // Sorted by path: entries of one folder follow each other, but for names that sort between `a` and `a/`.
        let entry = file.source.path.split('/').next().unwrap_or_default();
        if !entries.iter().rev().take(8).any(|earlier| earlier == entry) {
            entries.push(entry.to_owned());
        }
    }
    entries.sort();
    entries.dedup();
    let version = component.entry.version.clone().unwrap_or_else(Version::zero);
    let package_json = PackageJson::of_link(&component.package, &version, &component.entry.main_file, component.module);
    LinkTarget {
        package: component.package.clone(),
        root_dir: component.entry.root_dir.clone(),
        entries,
        package_json: package_json.to_json(),
    }
}

/// What tells one target from another: where its links lead, and what its package.json says.
fn wanted(target: &LinkTarget) -> Result<([u8; 20], [u8; 20])> {
    let mut places = target.root_dir.clone();
    target.entries.iter().for_each(|entry| places.extend(["\0", entry.as_str()]));
    let hash = |text: &str| hash_blob(text.as_bytes()).map(|oid| oid.as_bytes().try_into().unwrap_or_default());
    Ok((hash(&places)?, hash(&target.package_json)?))
}

/// Removes links of ours whose component is gone, renamed or moved.
fn remove_stale(workspace: &Workspace, state: &State) -> Result<Vec<String>> {
    let root = &workspace.layout.root;
    let wanted: HashSet<&str> = state.components.iter().map(|component| component.package.as_str()).collect();
    let mut removed = Vec::new();
    for link in workspace::stale(root, |link| wanted.contains(link.package.as_str()))? {
        if workspace::remove(root, &link.package)? {
            removed.push(link.package);
        }
    }
    Ok(removed)
}
