//! What lockfiles have to say, and must not say, before a package manager runs.

use super::closure::{Closure, Node};
use super::roots::{Way, archive_path, archive_spec, is_archive};
use super::undo::put;
use crate::disk;
use crate::errors;
use crate::model::{CommitId, PackageName};
use crate::ops::Workspace;
use crate::package::manager::yarn_lock::{self, Locked};
use crate::package::manager::{Kind, Manager, bun_lock, locked, npm_lock};
use crate::scope::StoredVersion;
use anyhow::{Context, Result};
use serde_json::Value;
use sha1::{Digest, Sha1};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Makes the lockfile ready: npm and bun must not believe what they found of packages of ours before. The archives are in
/// their places.
pub fn prepare(workspace: &Workspace, manager: &Manager, closure: &Closure) -> Result<()> {
    match manager.kind {
        Kind::Npm => {
            let is_ours = ours(workspace)?;
            npm_lock::FILES.iter().try_for_each(|name| edit(workspace, name, &|text| npm_lock::without(text, &is_ours)))
        }
        Kind::Bun => {
            let is_ours = ours(workspace)?;
            edit(workspace, bun_lock::FILE, &|text| bun_lock::without(text, &is_ours))
        }
        Kind::YarnClassic => complete_yarn_1(workspace, manager, closure),
        Kind::Pnpm | Kind::YarnBerry => Ok(()),
    }
}

/// Whether a place in a lockfile is that of an archive of ours, or of a version that is known here.
fn ours(workspace: &Workspace) -> Result<impl Fn(&str) -> bool> {
    let known = workspace.scope.known()?;
    let all = known.components.values().flat_map(|component| component.versions.values());
    let versions: HashSet<CommitId> = all.map(|at| at.commit).collect();
    Ok(move |place: &str| is_archive(place) || is_version(place, &versions))
}

/// Whether a place in git is a version's.
fn is_version(place: &str, versions: &HashSet<CommitId>) -> bool {
    let commit = place.strip_prefix("git+").and_then(|place| place.rsplit_once('#'));
    commit.and_then(|(_, commit)| CommitId::from_hex(commit).ok()).is_some_and(|commit| versions.contains(&commit))
}

/// Completes the lockfile of yarn 1, which can be told some versions apart by that alone. And of an archive that it does not
/// have yarn takes what was at the same path in any other project of this person: so each archive is there, with its digest.
pub fn complete_yarn_1(workspace: &Workspace, manager: &Manager, closure: &Closure) -> Result<()> {
    let pinned = closure.pinned(workspace, manager)?;
    let beside = closure.beside();
    let wanted = locked(&pinned, &beside);
    let mut entries: Vec<Locked> = Vec::new();
    for (node, pinned) in closure.nodes.values().zip(&pinned) {
        if wanted.contains(&pinned) {
            entries.push(entry(workspace, node, &pinned.spec, &pinned.version)?);
        }
        if node.way == Way::Vendor {
            entries.push(entry(workspace, node, &pinned.spec, &pinned.spec)?);
        }
    }
    edit(workspace, yarn_lock::FILE, &|text| yarn_lock::with(text, &entries))
}

fn entry(workspace: &Workspace, node: &Node, spec: &str, range: &str) -> Result<Locked> {
    let repo = workspace.scope.repo();
    let package_json = StoredVersion::read(repo, node.commit)?.package_json(repo)?;
    let package_json: Value = serde_json::from_slice(&package_json.unwrap_or_default()).unwrap_or_default();
    let text = |(package, range): (&String, &Value)| Some((package.clone(), range.as_str()?.to_owned()));
    let dependencies = package_json["dependencies"].as_object().into_iter().flatten().filter_map(text).collect();
    Ok(Locked {
        package: PackageName::of(&node.id.id).to_string(),
        range: range.to_owned(),
        version: node.id.version.to_string(),
        resolved: resolved(&workspace.layout.root, node, spec)?,
        dependencies,
    })
}

/// With what yarn tells contents apart by: its cache is one for all projects of a person.
fn resolved(root: &Path, node: &Node, spec: &str) -> Result<String> {
    if node.way != Way::Vendor {
        let url = spec.rsplit_once('#').map_or(spec, |(url, _)| url);
        return Ok(format!("{url}#{}", node.commit));
    }
    let path = archive_path(&node.id);
    let archive = fs::read(root.join(&path)).with_context(|| format!("could not read {path}"))?;
    let digest: String = Sha1::digest(&archive).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}#{digest}", archive_spec(&node.id)))
}

fn edit(workspace: &Workspace, name: &str, change: &dyn Fn(&str) -> Option<String>) -> Result<()> {
    let root = &workspace.layout.root;
    // A file that is no text is the package manager's to speak of.
    let Ok(text) = String::from_utf8(disk::read_optional(&root.join(name))?.unwrap_or_default()) else { return Ok(()) };
    match change(&text) {
        Some(text) => put(root, name, Some(text.as_bytes()), &workspace.scope),
        None => Ok(()),
    }
}

/// Says what a lockfile lacks of a package that a registry brought; `None` where it has it, or where there is none.
pub fn lacks(root: &Path, manager: &Manager, package: &str) -> Option<String> {
    let names = npm_lock::FILES.into_iter().filter(|_| manager.kind == Kind::Npm);
    let (name, text) = names.filter_map(|name| Some((name, fs::read_to_string(root.join(name)).ok()?))).next()?;
    let is_unresolved = npm_lock::is_unresolved(&text, package);
    is_unresolved.then(|| errors::unresolved_in_lockfile(name, package))
}
