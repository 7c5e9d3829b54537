//! The memory of what was built, by content: the same key, the same result.
//!
//! Results stand in a few files, each with a table of its keys at the head, and are read one by one when they are
//! asked for. A file is written under another name and renamed; every result has a checksum, and the table of them a seal
//! that only this user of this machine can make. What is damaged, or came from elsewhere, is a result that is not there:
//! it is built again. Files are joined when there are many, and the oldest results go when there is too much.

use super::Secret;
use crate::disk;
use crate::model::{Fingerprint, fingerprint};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// What stands for all that a result depends on.
pub type Key = Fingerprint;

/// Says what the file is, and how it is laid out.
const HEAD: [u8; 8] = *b"bitbld02";
const ENDING: &str = ".results";
/// What stands before the table: the head, the table's length, its seal.
const BEFORE_TABLE: usize = 8 + 4 + 20;
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
    files: Vec<Stored>,
    /// The oldest first: files of one moment can't be told apart, so where one is damaged the others are asked.
    places: HashMap<Key, Vec<Place>>,
    fresh: Mutex<Fresh>,
}

struct Stored {
    file: File,
    size: u64,
    written: SystemTime,
}

#[derive(Clone, Copy)]
struct Place {
    file: usize,
    offset: u64,
    length: usize,
    sum: Fingerprint,
}

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
        opened.sort_by_key(|(stored, _)| stored.written);
        for (file, (stored, table)) in opened.into_iter().enumerate() {
            results.files.push(stored);
            for (key, offset, length, sum) in table {
                results.places.entry(key).or_default().push(Place { file, offset, length, sum });
            }
        }
        results
    }

    /// The result of a key. One that is old is remembered anew, so that it is not swept away.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let places = self.places.get(key)?.iter().rev();
        let (stored, content) = places
            .map(|place| (&self.files[place.file], place))
            .find_map(|(stored, place)| Some((stored, read(stored, place)?)))?;
        if stored.written.elapsed().is_ok_and(|age| age > self.bounds.age / 4) {
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
        let size: u64 = all.iter().map(|(stored, _)| stored.size).sum();
        let is_old = |stored: &Stored| stored.written.elapsed().is_ok_and(|age| age > self.bounds.age);
        let any_old = all.iter().any(|(stored, _)| is_old(stored));
        if damaged == 0 && !any_old && all.len() <= self.bounds.files && size <= self.bounds.size {
            return Ok(());
        }
        all.retain(|(stored, _)| !is_old(stored));
        all.sort_by_key(|(stored, _)| std::cmp::Reverse(stored.written));
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
    fn open_all(&self, paths: &[PathBuf]) -> Vec<(Stored, Table)> {
        let Some(secret) = &self.secret else { return Vec::new() };
        paths.iter().filter_map(|path| open_file(path, secret)).collect()
    }

    /// The newest results, as many as may stay with room for more.
    fn newest(&self, files: &[(Stored, Table)]) -> Vec<(Key, Vec<u8>)> {
        let mut room = self.bounds.size / 4 * 3;
        let mut kept: Vec<(Key, Vec<u8>)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (stored, table) in files {
            for &(key, offset, length, sum) in table {
                let size = length as u64 + ROW;
                if size > room || !seen.insert(key) {
                    continue;
                }
                if let Some(content) = read(stored, &Place { file: 0, offset, length, sum }) {
                    room -= size;
                    kept.push((key, content));
                }
            }
        }
        kept
    }
}

/// Of each result its key, where it begins, its length, and its checksum.
type Table = Vec<(Key, u64, usize, Fingerprint)>;

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(ENDING)).collect();
    found.sort();
    found
}

/// Head, length of the table, its seal, table, results.
fn open_file(path: &Path, secret: &Secret) -> Option<(Stored, Table)> {
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
    let mut table: Table = postcard::from_bytes(&table).ok()?;
    table.iter_mut().for_each(|(_, offset, ..)| *offset += BEFORE_TABLE as u64 + length);
    let written = metadata.modified().ok()?;
    Some((Stored { file, size: metadata.len(), written }, table))
}

fn read(stored: &Stored, place: &Place) -> Option<Vec<u8>> {
    let end = place.offset.checked_add(place.length as u64)?;
    if end > stored.size {
        return None;
    }
    let mut content = vec![0; place.length];
    stored.file.read_exact_at(&mut content, place.offset).ok()?;
    (fingerprint(&content) == place.sum).then_some(content)
}

/// Equal results make an equal name, so nothing is written twice under two.
fn name_of(results: &[(Key, Vec<u8>)]) -> String {
    let keys: Vec<u8> = results.iter().flat_map(|(key, _)| key.iter().copied()).collect();
    let name: String = fingerprint(&keys).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}{ENDING}")
}

fn write_file(folder: &Path, secret: &Secret, results: &[(Key, Vec<u8>)]) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> Key {
        fingerprint(&number.to_le_bytes())
    }

    fn secret() -> Option<Secret> {
        Some(Secret::of_test(1))
    }

    fn remember(folder: &Path, bounds: Bounds, numbers: std::ops::Range<u64>) {
        let results = Results::open_with(folder, secret(), bounds);
        numbers.for_each(|number| results.put(key(number), vec![number as u8; 100]));
        results.save();
    }

    #[test]
    fn what_was_remembered_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        remember(folder.path(), BOUNDS, 0..3);
        remember(folder.path(), BOUNDS, 3..6);
        let results = Results::open(folder.path(), secret());
        assert!((0..6).all(|number| results.get(&key(number)) == Some(vec![number as u8; 100])));
        assert_eq!(results.get(&key(6)), None);
        assert_eq!(Results::open(&folder.path().join("absent"), secret()).get(&key(0)), None);
    }

    #[test]
    fn what_somebody_else_wrote_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        remember(folder.path(), BOUNDS, 0..3);
        for other in [Some(Secret::of_test(2)), None] {
            let results = Results::open(folder.path(), other);
            assert!((0..3).all(|number| results.get(&key(number)).is_none()));
            results.put(key(9), b"mine".to_vec());
            results.save();
        }
        let mine = Results::open(folder.path(), Some(Secret::of_test(2)));
        assert_eq!(mine.get(&key(9)).as_deref(), Some(&b"mine"[..]));
        assert_eq!(Results::open(folder.path(), secret()).get(&key(9)), None);
    }

    #[test]
    fn what_is_damaged_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        remember(folder.path(), BOUNDS, 0..4);
        let [path] = &files_in(folder.path())[..] else { panic!("one file") };
        let whole = fs::read(path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x40;
            fs::write(path, &damaged).unwrap();
            let results = Results::open(folder.path(), secret());
            let found = (0..4).filter_map(|number| Some((number, results.get(&key(number))?)));
            assert!(found.into_iter().all(|(number, content)| content == [number as u8; 100]), "byte {at}");
        }
        for length in 0..whole.len() {
            fs::write(path, &whole[..length]).unwrap();
            assert_eq!(Results::open(folder.path(), secret()).get(&key(3)), None, "{length} bytes");
        }
        // What can't be read at all, the next one that writes takes away; else what was built again counts.
        fs::write(path, &whole[..30]).unwrap();
        remember(folder.path(), BOUNDS, 4..5);
        let [path] = &files_in(folder.path())[..] else { panic!("one file") };
        let mut damaged = fs::read(path).unwrap();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(path, damaged).unwrap();
        remember(folder.path(), BOUNDS, 3..5);
        assert!((3..5).all(|number| Results::open(folder.path(), secret()).get(&key(number)).is_some()));
    }

    #[test]
    fn few_files_stay_and_the_newest_results() {
        let folder = tempfile::tempdir().unwrap();
        let bounds = Bounds { size: 4000, files: 3, ..BOUNDS };
        for number in 0..20 {
            remember(folder.path(), bounds, number..number + 1);
            std::thread::sleep(Duration::from_millis(2));
        }
        let results = Results::open(folder.path(), secret());
        assert!(results.files.len() <= 4 && (0..20).all(|number| results.get(&key(number)).is_some()));
        for number in 20..80 {
            remember(folder.path(), bounds, number..number + 1);
            std::thread::sleep(Duration::from_millis(2));
        }
        let results = Results::open(folder.path(), secret());
        let size: u64 = results.files.iter().map(|stored| stored.size).sum();
        assert!(size <= 4000 && results.get(&key(79)).is_some() && results.get(&key(0)).is_none(), "{size}");
    }

    #[test]
    fn what_nobody_asks_for_goes_and_what_is_asked_for_stays() {
        let folder = tempfile::tempdir().unwrap();
        let bounds = Bounds { age: Duration::from_millis(400), ..BOUNDS };
        remember(folder.path(), bounds, 0..2);
        std::thread::sleep(Duration::from_millis(200));
        let results = Results::open_with(folder.path(), secret(), bounds);
        assert!(results.get(&key(1)).is_some());
        results.save();
        std::thread::sleep(Duration::from_millis(250));
        remember(folder.path(), bounds, 2..3);
        let results = Results::open_with(folder.path(), secret(), bounds);
        assert!(results.get(&key(1)).is_some() && results.get(&key(0)).is_none());
    }
}
