//! The archives in `vendor/bit`: which are to be there, and which are not.

use super::closure::Closure;
use super::roots::{VENDOR, Way, archive_path, version_of_archive};
use super::undo::put;
use crate::git::Repo;
use crate::model::VersionId;
use crate::ops::pack::tarball_of;
use crate::ops::{Progress, Workspace};
use anyhow::{Result, anyhow};
use rayon::prelude::*;
use std::fs;
use std::path::Path;

/// The archives that are not there, or not as they should be: paths and contents.
pub fn lacking(workspace: &Workspace, closure: &Closure, progress: &dyn Progress) -> Result<Vec<(String, Vec<u8>)>> {
    let nodes: Vec<_> = closure.nodes.values().filter(|node| node.way == Way::Vendor).collect();
    progress.stage("packing", nodes.len());
    let (path, root) = (workspace.scope.repo().path(), &workspace.layout.root);
    let pack = |repo: &mut Result<Repo>, node: &&super::closure::Node| {
        let repo = repo.as_ref().map_err(|error| anyhow!("{error:#}"))?;
        let bytes = tarball_of(repo, node.commit)?.bytes;
        progress.advance(1);
        let path = archive_path(&node.id);
        let there = fs::read(root.join(&path)).is_ok_and(|there| there == bytes);
        Ok((!there).then_some((path, bytes)))
    };
    let packed: Vec<Option<_>> =
        nodes.par_iter().with_min_len(4).map_init(|| Repo::open(path), pack).collect::<Result<_>>()?;
    Ok(packed.into_iter().flatten().collect())
}

/// The archives that are not there at all.
pub fn absent(root: &Path, closure: &Closure) -> Vec<String> {
    let nodes = closure.nodes.values().filter(|node| node.way == Way::Vendor);
    nodes.map(|node| archive_path(&node.id)).filter(|path| !root.join(path).is_file()).collect()
}

/// Removes the archives that nothing needs. Files that are no archives of ours stay.
pub fn sweep(workspace: &Workspace, closure: &Closure) -> Result<Vec<String>> {
    let root = &workspace.layout.root;
    let mut found = Vec::new();
    files_below(root, VENDOR, &mut found);
    let is_archive = |id: &VersionId| closure.nodes.get(id).is_some_and(|node| node.way == Way::Vendor);
    let is_needed = |id: &VersionId| is_archive(id) || closure.of_members.contains(id);
    found.retain(|path| version_of_archive(path).is_some_and(|id| !is_needed(&id)));
    found.sort();
    for path in &found {
        put(root, path, None, &workspace.scope)?;
    }
    Ok(found)
}

/// Every file below a folder; what can't be read has none.
fn files_below(root: &Path, folder: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            true => files_below(root, &path, found),
            false => found.push(path),
        }
    }
}
