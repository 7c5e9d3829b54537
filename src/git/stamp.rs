//! Telling, without reading them, whether the objects or the refs of a repository are those that were read before.

use super::refs;
use crate::model::{Fingerprint, fingerprint};
use rayon::prelude::*;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What stands for the files of a repository's objects: their names, sizes, times and places on the disk. What changes
/// a file changes that; a disk that forgets a bit does not.
pub fn objects_stamp(repository: &Path) -> Fingerprint {
    let mut stamps = Stamps::default();
    // Packs, loose objects, and the list of other folders with objects: all one level below.
    stamps.below(&repository.join("objects"), 1);
    stamps.fingerprint()
}

/// The same for the files that hold its refs.
pub fn refs_stamp(repository: &Path) -> Fingerprint {
    let mut stamps = Stamps::default();
    stamps.below(&repository.join(refs::ROOT), usize::MAX);
    stamps.files.extend([refs::HEAD, "packed-refs"].map(|name| repository.join(name)));
    stamps.fingerprint()
}

#[derive(Default)]
struct Stamps {
    files: Vec<PathBuf>,
}

impl Stamps {
    fn below(&mut self, folder: &Path, depth: usize) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth > 0 => self.below(&entry.path(), depth - 1),
                Ok(kind) if kind.is_dir() => {}
                _ => self.files.push(entry.path()),
            }
        }
    }

    fn fingerprint(mut self) -> Fingerprint {
        self.files.sort_unstable();
        // A host writes each ref into a file of its own: there may be thousands.
        let stamps: Vec<Vec<u8>> = self.files.par_iter().with_min_len(512).map(|path| stamp(path)).collect();
        fingerprint(&stamps.concat())
    }
}

fn stamp(path: &Path) -> Vec<u8> {
    let mut stamp = path.as_os_str().as_bytes().to_vec();
    stamp.push(0);
    if let Ok(found) = fs::symlink_metadata(path) {
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
        stamp.extend(times.into_iter().flat_map(i64::to_le_bytes));
        stamp.extend([found.len(), found.ino()].into_iter().flat_map(u64::to_le_bytes));
    }
    stamp
}
