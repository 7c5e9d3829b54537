//! Versions as archives that every package manager takes, in a folder.

mod choose;
mod unfit;

pub use choose::{Chosen, choose};

use super::{Progress, Workspace};
use crate::disk;
use crate::errors;
use crate::git::{Repo, TreeFile, oid};
use crate::model::{CommitId, PackageName, VersionId};
use crate::package::{PackageFile, file_name, tarball};
use crate::scope::{LocalScope, StoredVersion};
use crate::source::files::checked_files;
use anyhow::{Context, Result};
use rayon::prelude::*;
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What to pack, and where to.
#[derive(Debug, Clone, Default)]
pub struct PackOptions {
    /// Ids, with versions or without, and patterns; none for all components of the workspace that have a version.
    pub ids: Vec<String>,
    /// The folder for the archives, from where the person stands.
    pub out_dir: PathBuf,
}

/// A version as an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tarball {
    /// Which version.
    pub id: VersionId,
    /// The package it is.
    pub package: PackageName,
    /// The archive, a `.tgz`: the same bytes on every machine.
    pub bytes: Vec<u8>,
}

impl Tarball {
    /// What npm calls the file.
    pub fn file_name(&self) -> String {
        file_name(&self.package, &self.id.version)
    }

    /// The SHA-1 of the archive, by which registries know it.
    pub fn shasum(&self) -> String {
        Sha1::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A version that was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Which one.
    pub id: VersionId,
    /// The package it is.
    pub package: PackageName,
    /// Its archive.
    pub file: PathBuf,
    /// How many bytes it has.
    pub size: usize,
    /// The archive's SHA-1.
    pub shasum: String,
    /// Whether its scope does not list it yet.
    pub is_staged: bool,
    /// Whether the archive was there already, byte for byte.
    pub was_there: bool,
}

/// Makes the archive of a version that is here: every file it has, below `package/`. A version that is no sound
/// package is refused.
pub fn tarball_of(repo: &Repo, commit: CommitId) -> Result<Tarball> {
    let stored = StoredVersion::read(repo, commit)?;
    let id = stored.id();
    let package = PackageName::of(&id.id);
    let read = |file: TreeFile| Ok(PackageFile { content: repo.blob(file.blob)?, path: file.path, mode: file.mode });
    let files = checked_files(repo, &id, repo.commit(oid(commit))?.tree)?;
    let files: Vec<PackageFile> = files.into_iter().map(read).collect::<Result<_>>()?;
    if let Some(reason) = unfit::reason(&id, &package, &files) {
        return Err(errors::unfit_package(&id, &reason));
    }
    Ok(Tarball { bytes: tarball(files)?, id, package })
}

/// Packs. A file that is there with other content is never overwritten: then nothing is written.
pub fn pack(cwd: &Path, options: &PackOptions, progress: &dyn Progress) -> Result<(Workspace, Vec<Packed>)> {
    let workspace = Workspace::open(cwd, progress)?;
    let chosen = choose(&workspace, &options.ids)?;
    let folder = std::path::absolute(cwd.join(&options.out_dir))?;
    let targets = targets(&chosen, &folder)?;
    std::fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    let (there, missing): (Vec<_>, Vec<_>) = targets.into_iter().partition(|(_, path)| path.symlink_metadata().is_ok());
    progress.stage("packing", chosen.len());
    let mut packed = side_by_side(&workspace, &there, &|chosen, path, tarball| {
        progress.advance(1);
        match disk::read_optional(path)? {
            Some(old) if old == tarball.bytes => Ok(packed(chosen, path, &tarball, true)),
            _ => Err(errors::other_archive_there(&tarball.id, path)),
        }
    })?;
    packed.extend(side_by_side(&workspace, &missing, &|chosen, path, tarball| {
        progress.advance(1);
        disk::write_new(path, &tarball.bytes)
            .map_err(|error| if path.exists() { errors::other_archive_there(&tarball.id, path) } else { error })?;
        Ok(self::packed(chosen, path, &tarball, false))
    })?);
    let written: Vec<PathBuf> = missing.into_iter().map(|(_, path)| path).collect();
    disk::sync_files(&folder, &written)?;
    packed.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((workspace, packed))
}

fn packed(chosen: &Chosen, path: &Path, tarball: &Tarball, was_there: bool) -> Packed {
    Packed {
        id: tarball.id.clone(),
        package: tarball.package.clone(),
        file: path.to_owned(),
        size: tarball.bytes.len(),
        shasum: tarball.shasum(),
        is_staged: chosen.is_staged,
        was_there,
    }
}

/// Which file each version gets. Two versions never get one.
fn targets<'c>(chosen: &'c [Chosen], folder: &Path) -> Result<Vec<(&'c Chosen, PathBuf)>> {
    let mut names: BTreeMap<String, &VersionId> = BTreeMap::new();
    let mut targets = Vec::with_capacity(chosen.len());
    for version in chosen {
        let name = file_name(&PackageName::of(&version.id.id), &version.id.version);
        if let Some(other) = names.insert(name.clone(), &version.id) {
            return Err(errors::one_archive_for_two(other, &version.id, &name));
        }
        targets.push((version, folder.join(name)));
    }
    Ok(targets)
}

/// Makes archives on all processors, and hands each to `take` as soon as it is made: they are not all held at once.
fn side_by_side(
    workspace: &Workspace,
    targets: &[(&Chosen, PathBuf)],
    take: &(dyn Fn(&Chosen, &Path, Tarball) -> Result<Packed> + Sync),
) -> Result<Vec<Packed>> {
    let path = workspace.scope.repo().path();
    let make = |scope: &mut Result<LocalScope>, (chosen, path): &(&Chosen, PathBuf)| {
        let scope = scope.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        take(chosen, path, tarball_of(scope.repo(), chosen.commit)?)
    };
    targets.par_iter().map_init(|| LocalScope::open_again(path), make).collect()
}
