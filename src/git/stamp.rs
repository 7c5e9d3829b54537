//! Telling, without reading them, whether the objects of a repository are those that were read before.

use crate::model::{Fingerprint, fingerprint};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What stands for the files of a repository's objects: their names, sizes, times and places on the disk. What changes
/// a file changes that; a disk that forgets a bit does not.
pub fn objects_stamp(repository: &Path) -> Fingerprint {
    let mut lines = Vec::new();
    collect(&repository.join("objects"), 0, &mut lines);
    lines.sort();
    fingerprint(lines.concat().as_bytes())
}

fn collect(folder: &Path, depth: usize, lines: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.metadata() {
            // Packs, loose objects, and the list of other folders with objects: all one level below.
            Ok(found) if found.is_dir() && depth == 0 => collect(&path, depth + 1, lines),
            Ok(found) if found.is_file() => lines.push(format!(
                "{}\0{} {} {} {} {} {}\n",
                path.display(),
                found.len(),
                found.mtime(),
                found.mtime_nsec(),
                found.ctime(),
                found.ctime_nsec(),
                found.ino()
            )),
            _ => {}
        }
    }
}
