//! What was compiled into a link: a real folder `dist` beside the symbolic links, with a record of what it was made from.
//!
//! Every file is replaced by a rename, and only where it differs. The record says nothing while files change: whatever a
//! killed run leaves is known to be ours, and is made again.

use super::links::{children, folder_of, link_of_component, lstat, remove_if_empty};
use crate::disk;
use crate::disk::remove_if_there;
use crate::errors;
use crate::model::{Fingerprint, PackageName};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The folder in a link that holds what was compiled.
const DIST: &str = "dist";
/// What marks it as ours.
const RECORD: &str = ".bit-compiled.json";

/// A file to be written. Its path is below the link's folder: `dist/index.js`.
#[derive(Debug, Clone, Copy)]
pub struct DistFile<'f> {
    /// Where it belongs.
    pub path: &'f str,
    /// What is in it.
    pub bytes: &'f [u8],
    /// Whether it may be run.
    pub executable: bool,
}

/// What writing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Files that are new or other than they were.
    pub changed: usize,
    /// Files that were removed.
    pub removed: usize,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Record {
    /// Nothing while files are being written.
    made_from: Option<Fingerprint>,
    /// The files, with their sizes.
    files: Vec<(String, u64)>,
}

/// Whether a link has a compiled folder of ours.
pub fn is_built(root: &Path, package: &PackageName) -> bool {
    is_ours(&root.join("node_modules").join(package.as_str()).join(DIST))
}

/// Whether what is compiled was made from this, and is all there.
pub fn is_built_from(root: &Path, package: &PackageName, made_from: Fingerprint) -> bool {
    let folder = root.join("node_modules").join(package.as_str());
    let is_there = |(path, size): &(String, u64)| {
        fs::symlink_metadata(folder.join(path)).is_ok_and(|found| found.is_file() && found.len() == *size)
    };
    is_built(root, package)
        && read_record(&folder)
            .is_some_and(|record| record.made_from == Some(made_from) && record.files.iter().all(is_there))
}

/// Makes a link's `dist` hold exactly these files. Nothing is written through a symbolic link.
pub fn write_built(
    root: &Path,
    package: &PackageName,
    made_from: Fingerprint,
    files: &[DistFile<'_>],
) -> Result<Written> {
    let folder = folder_of(root, package.as_str())?;
    if !link_of_component(root, package.as_str()) {
        return Err(errors::no_link_to_compile_into(package));
    }
    claim(&folder.join(DIST))?;
    write_record(&folder, &Record::default())?;
    let mut written = Written::default();
    let mut folders = BTreeSet::new();
    for file in files {
        make_folders(&folder, file.path, &mut folders)?;
        written.changed += usize::from(write_if_changed(&folder.join(file.path), file)?);
    }
    let wanted: BTreeSet<PathBuf> = files.iter().map(|file| folder.join(file.path)).collect();
    remove_others(&folder.join(DIST), &wanted, &mut written.removed)?;
    let sizes = files.iter().map(|file| (file.path.to_owned(), file.bytes.len() as u64)).collect();
    write_record(&folder, &Record { made_from: Some(made_from), files: sizes })?;
    Ok(written)
}

/// Takes a link's `dist` away if it is ours. Says whether it was there.
pub fn remove_built(root: &Path, package: &PackageName) -> Result<bool> {
    remove_from(&folder_of(root, package.as_str())?)
}

/// The same, for the folder of a link.
pub(super) fn remove_from(folder: &Path) -> Result<bool> {
    let dist = folder.join(DIST);
    if !is_ours(&dist) {
        return Ok(false);
    }
    remove_others(&dist, &BTreeSet::new(), &mut 0)?;
    remove_if_there(&dist.join(RECORD))?;
    remove_if_empty(&dist)?;
    Ok(true)
}

/// Whether this is a folder that bit compiles into.
pub(super) fn is_ours(dist: &Path) -> bool {
    let is_folder = fs::symlink_metadata(dist).is_ok_and(|found| found.is_dir());
    is_folder && fs::symlink_metadata(dist.join(RECORD)).is_ok_and(|found| found.is_file())
}

/// Makes the folder ours. One that somebody has filled is left alone.
fn claim(dist: &Path) -> Result<()> {
    match lstat(dist)? {
        // The links of a link are all ours.
        Some(found) if found.is_symlink() => remove_if_there(dist)?,
        Some(found) if !found.is_dir() => return Err(errors::link_obstructed(dist)),
        Some(_) if !is_ours(dist) && !children(dist)?.is_empty() => return Err(errors::link_obstructed(dist)),
        Some(_) => return Ok(()),
        None => {}
    }
    fs::create_dir(dist).with_context(|| format!("could not make {}", dist.display()))
}

fn read_record(folder: &Path) -> Option<Record> {
    serde_json::from_slice(&fs::read(folder.join(DIST).join(RECORD)).ok()?).ok()
}

fn write_record(folder: &Path, record: &Record) -> Result<()> {
    let path = folder.join(DIST).join(RECORD);
    disk::replace_derived(&path, &serde_json::to_vec(record)?)
        .with_context(|| format!("could not write {}", path.display()))
}

/// Every folder on the way to a file, as a real one.
fn make_folders(folder: &Path, path: &str, known: &mut BTreeSet<PathBuf>) -> Result<()> {
    for (at, _) in path.match_indices('/') {
        let place = folder.join(&path[..at]);
        if known.contains(&place) {
            continue;
        }
        match lstat(&place)? {
            Some(found) if found.is_dir() => {}
            found => {
                if found.is_some() {
                    remove_if_there(&place)?;
                }
                fs::create_dir(&place).with_context(|| format!("could not make {}", place.display()))?;
            }
        }
        known.insert(place);
    }
    Ok(())
}

fn write_if_changed(path: &Path, file: &DistFile<'_>) -> Result<bool> {
    let mode = if file.executable { 0o777 } else { 0o666 };
    if let Some(found) = lstat(path)? {
        let is_same = || fs::read(path).is_ok_and(|bytes| bytes == file.bytes);
        let runs = found.permissions().mode() & 0o100 != 0;
        if found.is_file() && found.len() == file.bytes.len() as u64 && runs == file.executable && is_same() {
            return Ok(false);
        }
        if found.is_dir() {
            fs::remove_dir_all(path).with_context(|| format!("could not remove {}", path.display()))?;
        }
    }
    let write = || -> std::io::Result<()> {
        let mut temporary = disk::temporary_file(path.parent().unwrap_or(path))?;
        temporary.write_all(file.bytes)?;
        temporary.as_file().set_permissions(disk::permissions(mode))?;
        temporary.persist(path).map(drop).map_err(|error| error.error)
    };
    write().with_context(|| format!("could not write {}", path.display()))?;
    Ok(true)
}

/// Removes what is not wanted, and folders that are empty then.
fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>, removed: &mut usize) -> Result<()> {
    for path in children(folder)? {
        let is_record = path.file_name().is_some_and(|name| name == RECORD);
        if is_record || wanted.contains(&path) {
            continue;
        }
        if lstat(&path)?.is_some_and(|found| found.is_dir()) {
            remove_others(&path, wanted, removed)?;
            remove_if_empty(&path)?;
        } else {
            remove_if_there(&path)?;
            *removed += 1;
        }
    }
    Ok(())
}
