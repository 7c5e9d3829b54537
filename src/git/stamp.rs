//! Telling, without reading them, whether the objects or the refs of a repository are those that were read before.

use super::refs;
use crate::model::{Fingerprint, fingerprint};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
    for name in [refs::HEAD, "packed-refs"] {
        stamps.file(&repository.join(name), fs::symlink_metadata(repository.join(name)));
    }
    stamps.fingerprint()
}

#[derive(Default)]
struct Stamps {
    files: Vec<Vec<u8>>,
}

impl Stamps {
    fn below(&mut self, folder: &Path, depth: usize) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth > 0 => self.below(&entry.path(), depth - 1),
                Ok(kind) if kind.is_dir() => {}
                _ => self.file(&entry.path(), entry.metadata()),
            }
        }
    }

    fn file(&mut self, path: &Path, found: std::io::Result<fs::Metadata>) {
        let Ok(found) = found else { return };
        let mut stamp = path.as_os_str().as_bytes().to_vec();
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
        stamp.push(0);
        stamp.extend(times.into_iter().flat_map(i64::to_le_bytes));
        stamp.extend([found.len(), found.ino()].into_iter().flat_map(u64::to_le_bytes));
        self.files.push(stamp);
    }

    fn fingerprint(mut self) -> Fingerprint {
        self.files.sort_unstable();
        fingerprint(&self.files.concat())
    }
}
