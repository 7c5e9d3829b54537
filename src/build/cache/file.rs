//! One file of results: head, length of the table, its seal, table, results.

use super::{Key, Secret};
use crate::disk;
use crate::model::{Fingerprint, fingerprint};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Says what the file is, and how it is laid out.
const HEAD: [u8; 8] = *b"bitbld02";
const ENDING: &str = ".results";
/// What stands before the table: the head, the table's length, its seal.
const BEFORE_TABLE: usize = 8 + 4 + 20;

/// Of each result its key, where it begins behind the table, its length, and its checksum.
type Table = Vec<(Key, u64, usize, Fingerprint)>;

/// A file that can be read, and was written here.
pub(super) struct ResultsFile {
    file: File,
    pub(super) size: u64,
    pub(super) written: SystemTime,
}

/// Where a result stands in its file.
#[derive(Clone, Copy)]
pub(super) struct Place {
    offset: u64,
    pub(super) length: usize,
    sum: Fingerprint,
}

impl ResultsFile {
    /// None where the file is not as it was written, or somebody else has written it.
    pub(super) fn open(path: &Path, secret: &Secret) -> Option<(Self, Vec<(Key, Place)>)> {
        let file = File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        let mut before = [0; BEFORE_TABLE];
        file.read_exact_at(&mut before, 0).ok()?;
        let length = u64::from(u32::from_le_bytes([before[8], before[9], before[10], before[11]]));
        if before[..8] != HEAD || length > metadata.len() {
            return None;
        }
        let mut table = vec![0; usize::try_from(length).ok()?];
        file.read_exact_at(&mut table, BEFORE_TABLE as u64).ok()?;
        if secret.seal(&table) != before[12..] {
            return None;
        }
        let table: Table = postcard::from_bytes(&table).ok()?;
        let behind = BEFORE_TABLE as u64 + length;
        let place = |(key, offset, length, sum)| (key, Place { offset: behind + offset, length, sum });
        let places = table.into_iter().map(place).collect();
        let written = metadata.modified().ok()?;
        Some((Self { file, size: metadata.len(), written }, places))
    }

    /// A result, if it is as it was written.
    pub(super) fn read(&self, place: &Place) -> Option<Vec<u8>> {
        let end = place.offset.checked_add(place.length as u64)?;
        if end > self.size {
            return None;
        }
        let mut content = vec![0; place.length];
        self.file.read_exact_at(&mut content, place.offset).ok()?;
        (fingerprint(&content) == place.sum).then_some(content)
    }
}

/// The files in a folder, sorted; whether they can be read is not asked.
pub(super) fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(ENDING)).collect();
    found.sort();
    found
}

/// Equal results make an equal name, so nothing is written twice under two.
pub(super) fn name_of(results: &[(Key, Vec<u8>)]) -> String {
    let keys: Vec<u8> = results.iter().flat_map(|(key, _)| key.iter().copied()).collect();
    let name: String = fingerprint(&keys).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}{ENDING}")
}

/// Writes results into a file of their own, which appears whole.
pub(super) fn write_file(folder: &Path, secret: &Secret, results: &[(Key, Vec<u8>)]) -> io::Result<()> {
    let mut offset = 0;
    let mut table: Table = Vec::with_capacity(results.len());
    for (key, content) in results {
        table.push((*key, offset, content.len(), fingerprint(content)));
        offset += content.len() as u64;
    }
    let table = postcard::to_stdvec(&table).map_err(io::Error::other)?;
    let length = u32::try_from(table.len()).map_err(io::Error::other)?;
    let mut temporary = disk::temporary_file(folder)?;
    let mut writer = io::BufWriter::with_capacity(1 << 16, &mut temporary);
    writer.write_all(&HEAD)?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(&secret.seal(&table))?;
    writer.write_all(&table)?;
    results.iter().try_for_each(|(_, content)| writer.write_all(content))?;
    writer.flush()?;
    drop(writer);
    temporary.persist(folder.join(name_of(results))).map(drop).map_err(|error| error.error)
}
