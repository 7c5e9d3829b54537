//! Writing components' files: all of them apart first, then each new folder by one rename, each changed file by another.

use super::placement::Placement;
use crate::disk;
use crate::git::{FileMode, Repo};
use crate::ops::{Progress, Workspace};
use crate::scope::SourceFile;
use crate::workspace::{delete_files, move_folder, real_folder};
use anyhow::{Context, Result, anyhow};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Writes what is to be written. A failure takes back the folders that are new; each file is the old or the new one.
pub fn write(workspace: &Workspace, placements: &[Placement], progress: &dyn Progress) -> Result<()> {
    let work: Vec<&Placement> = placements.iter().filter(|place| has_work(place)).collect();
    if work.is_empty() {
        return Ok(());
    }
    let root = &workspace.layout.root;
    let apart = stage_folder(workspace)?;
    progress.stage("writing files", work.len());
    let stage = |repo: &mut Result<Repo>, (at, place): (usize, &&Placement)| {
        progress.advance(1);
        let repo = repo.as_ref().map_err(|error| anyhow!("{error:#}"))?;
        stage_files(repo, &apart.path().join(at.to_string()), &place.writes)
    };
    let scope = workspace.scope.repo().path();
    let files: Vec<Vec<PathBuf>> =
        work.par_iter().with_min_len(8).enumerate().map_init(|| Repo::open(scope), stage).collect::<Result<_>>()?;
    disk::sync_files(apart.path(), &files.concat())?;
    let mut placed = Placed { root, apart: apart.path(), new_folders: Vec::new(), touched: BTreeSet::new() };
    for (at, place) in work.iter().enumerate() {
        if let Err(error) = placed.put(at, place) {
            placed.take_back();
            return Err(error);
        }
    }
    for folder in &placed.touched {
        disk::sync_folder(folder).with_context(|| format!("could not write {}", folder.display()))?;
    }
    Ok(())
}

fn has_work(place: &Placement) -> bool {
    !place.writes.is_empty() || !place.deletes.is_empty() || place.moves_from.is_some()
}

/// Where files are written first: in the local scope, where the next command sweeps away what a killed one left. Where
/// that is another file system, in the workspace's root: a rename does not cross.
fn stage_folder(workspace: &Workspace) -> Result<tempfile::TempDir> {
    let (own, root) = (workspace.scope.state_folder(), &workspace.layout.root);
    let device = |folder: &Path| fs::metadata(folder).map(|found| found.dev()).ok();
    let base = if device(&own) == device(root) { &own } else { root };
    if base == root {
        disk::remove_temporaries(root)?;
    }
    disk::temporary_folder(base).with_context(|| format!("could not write into {}", base.display()))
}

fn stage_files(repo: &Repo, folder: &Path, files: &[SourceFile]) -> Result<Vec<PathBuf>> {
    let mut folders: HashSet<PathBuf> = HashSet::new();
    let mut paths = Vec::with_capacity(files.len());
    for SourceFile { path, mode, blob } in files {
        let path = folder.join(path);
        let cannot = || format!("could not write {}", path.display());
        if let Some(parent) = path.parent().filter(|parent| !folders.contains(*parent)) {
            fs::create_dir_all(parent).with_context(cannot)?;
            folders.insert(parent.to_owned());
        }
        let permissions = if *mode == FileMode::Executable { 0o777 } else { 0o666 };
        let content = repo.blob(*blob)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(permissions).open(&path);
        file.and_then(|mut file| file.write_all(&content)).with_context(cannot)?;
        paths.push(path);
    }
    Ok(paths)
}

/// What has been put into the workspace so far.
struct Placed<'a> {
    root: &'a Path,
    apart: &'a Path,
    new_folders: Vec<(PathBuf, PathBuf)>,
    /// Folders whose names changed: what the disk is to keep.
    touched: BTreeSet<PathBuf>,
}

impl Placed<'_> {
    fn put(&mut self, at: usize, place: &Placement) -> Result<()> {
        let Some(root_dir) = &place.root_dir else { return Ok(()) };
        if let Some(from) = &place.moves_from {
            move_folder(self.root, from, root_dir)?;
            self.touch(&self.root.join(root_dir));
        }
        let apart = self.apart.join(at.to_string());
        match place.is_new_folder && place.moves_from.is_none() {
            true => self.put_folder(&apart, root_dir),
            false => self.put_files(&apart, root_dir, place),
        }
    }

    /// A new folder appears with all that is in it.
    fn put_folder(&mut self, apart: &Path, root_dir: &str) -> Result<()> {
        let target = real_folder(self.root, root_dir)?;
        let cannot = || format!("could not write {}", target.display());
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).with_context(cannot)?;
        }
        // An empty folder is replaced, a full one is not.
        fs::rename(apart, &target).with_context(cannot)?;
        self.touch(&target);
        self.new_folders.push((target, apart.to_owned()));
        Ok(())
    }

    /// In a folder that is there, file by file: what is neither written nor deleted stays.
    fn put_files(&mut self, apart: &Path, root_dir: &str, place: &Placement) -> Result<()> {
        let deletes: Vec<&str> = place.deletes.iter().map(String::as_str).collect();
        if !deletes.is_empty() {
            let deleted = delete_files(self.root, root_dir, &deletes)?;
            if let Some((file, why)) = deleted.failed.first() {
                return Err(anyhow!("could not delete {file}: {why}"));
            }
        }
        for file in &place.writes {
            let target = real_folder(self.root, &format!("{root_dir}/{}", file.path))?;
            let cannot = || format!("could not write {}", target.display());
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent).with_context(cannot)?;
            }
            fs::rename(apart.join(&file.path), &target).with_context(cannot)?;
            self.touch(&target);
        }
        Ok(())
    }

    fn touch(&mut self, path: &Path) {
        self.touched.extend(path.parent().map(Path::to_owned));
    }

    /// There is nothing else to try where this fails: running the command again finds what it would write.
    fn take_back(&mut self) {
        for (folder, apart) in self.new_folders.drain(..).rev() {
            let _ = fs::rename(folder, apart);
        }
    }
}
