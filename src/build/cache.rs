//! The memory of what was built, by content: the same key, the same result.
//!
//! Results stand in a few files, each with a table of its keys at the head, and are read one by one when they are
//! asked for. A file is written under another name and renamed; every result has a checksum, and the table of them a seal
//! that only this user of this machine can make. What is damaged, or came from elsewhere, is a result that is not there:
//! it is built again. Files are joined when there are many, and the oldest results go when there is too much.

mod file;

use super::Secret;
use crate::disk;
use crate::model::Fingerprint;
use file::{Place, ResultsFile, files_in, name_of, write_file};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What stands for all that a result depends on.
pub type Key = Fingerprint;

/// What a result takes in the table, about.
const ROW: u64 = 50;
/// A result that is larger is not remembered.
const LARGEST: usize = 32 << 20;

/// How much is remembered.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// In bytes, of all files.
    size: u64,
    /// How many files, before they are joined.
    files: usize,
    /// How old a result may become that nobody asks for.
    age: Duration,
}

const BOUNDS: Bounds = Bounds { size: 256 << 20, files: 24, age: Duration::from_secs(30 * 24 * 3600) };

/// What was built before, and what is built now.
pub struct Results {
    folder: PathBuf,
    bounds: Bounds,
    /// Without one nothing is remembered.
    secret: Option<Secret>,
    files: Vec<ResultsFile>,
    /// In which of the files, and where. The oldest first: files of one moment can't be told apart, so where one is
    /// damaged the others are asked.
    places: HashMap<Key, Vec<(usize, Place)>>,
    fresh: Mutex<Fresh>,
}

/// A file, and what stands where in it.
type Opened = (ResultsFile, Vec<(Key, Place)>);

struct Fresh {
    results: Vec<(Key, Vec<u8>)>,
    since: Instant,
}

impl Results {
    /// Those that are remembered in a folder; none where they can't be read.
    pub fn open(folder: &Path, secret: Option<Secret>) -> Self {
        Self::open_with(folder, secret, BOUNDS)
    }

    fn open_with(folder: &Path, secret: Option<Secret>, bounds: Bounds) -> Self {
        let mut results = Self {
            folder: folder.to_owned(),
            bounds,
            secret,
            files: Vec::new(),
            places: HashMap::new(),
            fresh: Mutex::new(Fresh { results: Vec::new(), since: Instant::now() }),
        };
        let mut opened = results.open_all(&files_in(folder));
        // What was built again, because it was damaged, is in a later file.
        opened.sort_by_key(|(file, _)| file.written);
        for (at, (file, table)) in opened.into_iter().enumerate() {
            results.files.push(file);
            for (key, place) in table {
                results.places.entry(key).or_default().push((at, place));
            }
        }
        results
    }

    /// The result of a key. One that is old is remembered anew, so that it is not swept away.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let places = self.places.get(key)?.iter().rev();
        let (file, content) = places
            .map(|(at, place)| (&self.files[*at], place))
            .find_map(|(file, place)| Some((file, file.read(place)?)))?;
        if file.written.elapsed().is_ok_and(|age| age > self.bounds.age / 4) {
            self.put(*key, content.clone());
        }
        Some(content)
    }

    /// Remembers a result. It is written now and then, and by [`Results::save`].
    pub fn put(&self, key: Key, content: Vec<u8>) {
        const PATIENCE: Duration = Duration::from_secs(1);
        const MUCH: usize = 64 << 20;
        if content.len() > LARGEST || self.secret.is_none() {
            return;
        }
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.results.push((key, content));
        let much = || fresh.results.iter().map(|(_, content)| content.len()).sum::<usize>() > MUCH;
        if fresh.since.elapsed() > PATIENCE || fresh.results.len().is_multiple_of(256) && much() {
            self.write(&mut fresh);
        }
    }

    /// Writes what is new. It is a favour to the next command: a disk that is full is no reason to fail this one.
    pub fn save(&self) {
        self.write(&mut self.fresh.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn write(&self, fresh: &mut Fresh) {
        let results = std::mem::take(&mut fresh.results);
        fresh.since = Instant::now();
        let Some(secret) = self.secret.as_ref().filter(|_| !results.is_empty()) else { return };
        // Whoever joins files while another one writes would not see the new one; nothing else needs the lock.
        let _ = self.with_lock(|| {
            write_file(&self.folder, secret, &results)?;
            self.sweep(secret)
        });
    }

    fn with_lock(&self, work: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let lock = File::options().create(true).truncate(false).write(true).open(self.folder.join("lock"))?;
        lock.lock()?;
        // Those who write have the lock: what is there was left by killed ones.
        let _ = disk::remove_temporaries(&self.folder);
        work()
    }

    /// Keeps the files few, small and young.
    fn sweep(&self, secret: &Secret) -> io::Result<()> {
        let paths = files_in(&self.folder);
        let mut all = self.open_all(&paths);
        let damaged = paths.len() - all.len();
        let size: u64 = all.iter().map(|(file, _)| file.size).sum();
        let is_old = |file: &ResultsFile| file.written.elapsed().is_ok_and(|age| age > self.bounds.age);
        let any_old = all.iter().any(|(file, _)| is_old(file));
        if damaged == 0 && !any_old && all.len() <= self.bounds.files && size <= self.bounds.size {
            return Ok(());
        }
        all.retain(|(file, _)| !is_old(file));
        all.sort_by_key(|(file, _)| std::cmp::Reverse(file.written));
        let joined = self.newest(&all);
        if !joined.is_empty() {
            write_file(&self.folder, secret, &joined)?;
        }
        let written = name_of(&joined);
        for path in paths.iter().filter(|path| path.file_name().is_none_or(|name| *name != *written)) {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    /// Those that can be read, and were written here.
    fn open_all(&self, paths: &[PathBuf]) -> Vec<Opened> {
        let Some(secret) = &self.secret else { return Vec::new() };
        paths.iter().filter_map(|path| ResultsFile::open(path, secret)).collect()
    }

    /// The newest results, as many as may stay with room for more.
    fn newest(&self, files: &[Opened]) -> Vec<(Key, Vec<u8>)> {
        let mut room = self.bounds.size / 4 * 3;
        let mut kept: Vec<(Key, Vec<u8>)> = Vec::new();
        let mut seen = HashSet::new();
        for (file, table) in files {
            for (key, place) in table {
                let size = place.length as u64 + ROW;
                if size > room || !seen.insert(*key) {
                    continue;
                }
                if let Some(content) = file.read(place) {
                    room -= size;
                    kept.push((*key, content));
                }
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests;
