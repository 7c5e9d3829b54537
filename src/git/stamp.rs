//! Telling, without reading them, whether the objects or the refs of a repository are those that were read before.

use super::refs;
use super::surroundings::MISLEADING;
use crate::model::{Fingerprint, fingerprint};
use rayon::prelude::*;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What stands for the files of a repository's objects: their names, sizes, times and places on the disk. What changes
/// a file changes that; a disk that forgets a bit does not.
pub fn objects_stamp(repository: &Path) -> Fingerprint {
    let mut stamps = Vec::new();
    // Packs, loose objects, and the list of other folders with objects: all one level below.
    add_folder(&mut stamps, &repository.join("objects"), 1);
    fingerprint(&stamps)
}

/// The same for the files that hold its refs, or what git is to make of them.
pub fn refs_stamp(repository: &Path) -> Fingerprint {
    let mut stamps = Vec::new();
    for name in [refs::HEAD, "packed-refs"].iter().chain(&MISLEADING) {
        add(&mut stamps, name.as_ref(), fs::symlink_metadata(repository.join(name)));
    }
    add_folder(&mut stamps, &repository.join(refs::ROOT), usize::MAX);
    fingerprint(&stamps)
}

/// A host writes each ref into a file of its own: of thousands in a folder, so many are looked at in one go.
const MANY: usize = 512;

/// Adds the files of a folder, and of the folders in it: in the order of their names, each folder closed by an empty one.
fn add_folder(stamps: &mut Vec<u8>, folder: &Path, depth: usize) {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder { &mut folders } else { &mut files }.push((entry.file_name(), entry));
    }
    files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    folders.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let look = |some: &[(OsString, DirEntry)]| {
        let mut stamps = Vec::with_capacity(some.len() * 80);
        // By its name in an open folder a file is found quicker than by its whole path.
        some.iter().for_each(|(name, entry)| add(&mut stamps, name, entry.metadata()));
        stamps
    };
    files.par_chunks(MANY).map(look).collect::<Vec<_>>().iter().for_each(|some| stamps.extend_from_slice(some));
    for (name, entry) in folders.iter().filter(|_| depth > 0) {
        stamps.extend_from_slice(name.as_bytes());
        stamps.push(b'/');
        add_folder(stamps, &entry.path(), depth - 1);
    }
    stamps.push(0);
}

/// Adds a file's name, and what the disk says of it.
fn add(stamps: &mut Vec<u8>, name: &OsStr, found: io::Result<Metadata>) {
    stamps.extend_from_slice(name.as_bytes());
    stamps.push(0);
    if let Ok(found) = found {
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
        stamps.extend(times.into_iter().flat_map(i64::to_le_bytes));
        stamps.extend([found.len(), found.ino()].into_iter().flat_map(u64::to_le_bytes));
    }
}
