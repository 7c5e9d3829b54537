//! What is remembered between two looks at a workspace, so that only what changed is read again.
//!
//! A file is believed to be unchanged when size, times and inode are as they were *and* the last look came
//! clearly after its last change: a file that was written while we looked could have been written again in the same
//! tick of the clock. Such a file is read again until it has come to rest. Everything in here can be worked out
//! anew; a cache that can't be read is an empty one.

use super::staged::CatalogView;
use crate::disk;
use crate::model::ComponentId;
use crate::scope::LocalScope;
use crate::source::files::FileStat;
use crate::source::imports::Scan;
use crate::workspace::LinkStamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Goes up whenever the shape or the meaning of what is remembered changes.
const SHAPE: u32 = 15;

/// What was known of a file when it was last read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CachedFile {
    stat: Stat,
    /// Whether it had come to rest when it was read.
    settled: bool,
    /// The id of its content, with LF where it is text.
    pub blob: [u8; 20],
    /// What it imports.
    pub scan: Option<Arc<Scan>>,
    /// Where conflict markers begin.
    pub conflict_line: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stat {
    size: u64,
    mtime_ns: i64,
    ctime_ns: i64,
    ino: u64,
    dev: u64,
}

impl From<FileStat> for Stat {
    fn from(stat: FileStat) -> Self {
        Self { size: stat.size, mtime_ns: stat.mtime_ns, ctime_ns: stat.ctime_ns, ino: stat.ino, dev: stat.dev }
    }
}

/// What a version says of itself, as far as a comparison needs it. Versions never change, so this stays true.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VersionSummary {
    /// Its content, apart from version numbers.
    pub fingerprint: [u8; 20],
    /// `scope/name@version` of its dependencies, sorted.
    pub dependencies: Vec<String>,
    /// Every scope its closure reaches.
    pub scopes: Vec<String>,
    /// What its package.json says of the package beside what is worked out, as JSON; nothing where it says nothing.
    pub package_fields: String,
    /// The name of the environment that built it.
    pub env: String,
}

/// A link in node_modules that was found right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    /// Of the folder as it was.
    pub stamp: Stamp,
    /// Which entries it has, and where they lead.
    pub places: [u8; 20],
    /// What its package.json says.
    pub description: [u8; 20],
}

/// What tells a folder that was changed from one that was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp(i64, i64, u64);

impl From<LinkStamp> for Stamp {
    fn from(stamp: LinkStamp) -> Self {
        Self(stamp.mtime_ns, stamp.ctime_ns, stamp.ino)
    }
}

/// The links that were found right, by package.
pub type LinkMemory = HashMap<String, LinkRecord>;

/// What of the local scope was found right in node_modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreMemory {
    /// What the workspace needed then.
    pub needs: [u8; 20],
    /// The links by which it finds that, relative to the workspace.
    pub links: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Remembered {
    files: Vec<(String, Vec<(String, CachedFile)>)>,
    versions: HashMap<[u8; 20], VersionSummary>,
    catalogs: HashMap<String, ([u8; 20], Option<CatalogView>)>,
    links: LinkMemory,
    store: Option<StoreMemory>,
    compiled: BTreeMap<String, String>,
}

/// What is remembered between two looks at a workspace.
#[derive(Default)]
pub struct Cache {
    files: HashMap<String, Vec<(String, CachedFile)>>,
    versions: HashMap<[u8; 20], VersionSummary>,
    catalogs: HashMap<String, ([u8; 20], Option<CatalogView>)>,
    links: LinkMemory,
    store: Option<StoreMemory>,
    compiled: BTreeMap<String, String>,
    dirty: bool,
}

/// The files of one component as they were, sorted by path.
#[derive(Clone, Copy)]
pub struct CachedFiles<'c>(&'c [(String, CachedFile)]);

impl CachedFiles<'_> {
    /// What is known of a file, if it is unchanged.
    pub fn get(&self, path: &str, stat: FileStat) -> Option<&CachedFile> {
        let at = self.0.binary_search_by(|(known, _)| known.as_str().cmp(path)).ok()?;
        let file = &self.0[at].1;
        (file.settled && file.stat == stat.into()).then_some(file)
    }

    /// How many files there were.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl CachedFile {
    /// What was found in a file, looked at from `looked_at` (nanoseconds since 1970) on.
    pub fn new(
        stat: FileStat,
        looked_at: i64,
        blob: [u8; 20],
        scan: Option<Arc<Scan>>,
        conflict_line: Option<u32>,
    ) -> Self {
        Self { settled: is_settled(stat, looked_at), stat: stat.into(), blob, scan, conflict_line }
    }
}

/// Whether a file's last change lies so far before a moment that a later one would get another time.
fn is_settled(stat: FileStat, looked_at: i64) -> bool {
    const TICK: i64 = 20_000_000;
    const COARSE: i64 = 2_000_000_000;
    let changed = stat.mtime_ns.max(stat.ctime_ns);
    // Some file systems keep whole seconds only; their times end in nine zeros.
    let tick = if stat.mtime_ns % 1_000_000_000 == 0 { COARSE } else { TICK };
    changed.saturating_add(tick) < looked_at
}

/// Now, in nanoseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

impl Cache {
    /// Reads what this file remembers.
    pub fn load(file: &Path) -> Self {
        let Ok(bytes) = std::fs::read(file) else { return Self::default() };
        let Some((sum, body)) = bytes.split_at_checked(4) else { return Self::default() };
        if sum != checksum(body) {
            return Self::default();
        }
        match postcard::from_bytes::<(u32, Remembered)>(body) {
            Ok((SHAPE, Remembered { files, versions, catalogs, links, store, compiled })) => {
                Self { files: files.into_iter().collect(), versions, catalogs, links, store, compiled, dirty: false }
            }
            _ => Self::default(),
        }
    }

    /// Remembers, if there is anything new. It is a favour to the next command: a disk that is full or
    /// can't be written is no reason to fail this one.
    pub fn save(&mut self, scope: &LocalScope) {
        if !self.dirty {
            return;
        }
        let remembered = Remembered {
            files: std::mem::take(&mut self.files).into_iter().collect(),
            versions: std::mem::take(&mut self.versions),
            catalogs: std::mem::take(&mut self.catalogs),
            links: std::mem::take(&mut self.links),
            store: self.store.take(),
            compiled: std::mem::take(&mut self.compiled),
        };
        if let Ok(body) = postcard::to_stdvec(&(SHAPE, remembered)) {
            let mut bytes = checksum(&body).to_vec();
            bytes.extend_from_slice(&body);
            let _ = disk::replace_derived(&scope.cache_file(), &bytes);
        }
    }

    /// The files of the component in this folder.
    pub fn files_of(&self, root_dir: &str) -> CachedFiles<'_> {
        CachedFiles(self.files.get(root_dir).map_or(&[], Vec::as_slice))
    }

    /// Remembers the files of a component, sorted by path.
    pub fn put_files(&mut self, root_dir: &str, files: Vec<(String, CachedFile)>) {
        self.files.insert(root_dir.to_owned(), files);
        self.dirty = true;
    }

    /// Forgets components that are gone.
    pub fn keep_components(&mut self, is_here: impl Fn(&str) -> bool) {
        let before = self.files.len();
        self.files.retain(|root_dir, _| is_here(root_dir));
        self.dirty |= self.files.len() != before;
    }

    /// What a version says of itself.
    pub fn version(&self, commit: &[u8; 20]) -> Option<&VersionSummary> {
        self.versions.get(commit)
    }

    /// Remembers what versions say of themselves, and forgets all but these and those that are in use.
    pub fn put_versions(&mut self, new: Vec<([u8; 20], VersionSummary)>, in_use: impl Fn(&[u8; 20]) -> bool) {
        let before = self.versions.len();
        self.versions.retain(|commit, _| in_use(commit));
        self.dirty |= self.versions.len() != before || !new.is_empty();
        self.versions.extend(new);
    }

    /// What a catalog says of a component, if this is the catalog it was read from.
    pub fn catalog_view(&self, id: &ComponentId, catalog: &[u8; 20]) -> Option<&Option<CatalogView>> {
        self.catalogs.get(&id.to_string()).filter(|(commit, _)| commit == catalog).map(|(_, view)| view)
    }

    /// Remembers what a catalog says of a component.
    pub fn put_catalog_view(&mut self, id: &ComponentId, catalog: [u8; 20], view: Option<CatalogView>) {
        self.catalogs.insert(id.to_string(), (catalog, view));
        self.dirty = true;
    }

    /// The links that were found right at the last look.
    pub fn links(&self) -> &LinkMemory {
        &self.links
    }

    /// Remembers the links that are right, all of them.
    pub fn put_links(&mut self, links: LinkMemory) {
        self.dirty |= self.links != links;
        self.links = links;
    }
}

impl Cache {
    /// What of the local scope was found right in node_modules at the last look.
    pub fn store(&self) -> Option<&StoreMemory> {
        self.store.as_ref()
    }

    /// Remembers it.
    pub fn put_store(&mut self, store: Option<StoreMemory>) {
        self.dirty |= self.store != store;
        self.store = store;
    }

    /// The packages that were compiled into node_modules, and the folders of their components.
    pub fn compiled(&self) -> &BTreeMap<String, String> {
        &self.compiled
    }

    /// Remembers them.
    pub fn put_compiled(&mut self, compiled: BTreeMap<String, String>) {
        self.dirty |= self.compiled != compiled;
        self.compiled = compiled;
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    crc32fast::hash(bytes).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(mtime_ns: i64, ctime_ns: i64) -> FileStat {
        FileStat { size: 1, mtime_ns, ctime_ns, ino: 1, dev: 1, executable: false }
    }

    #[test]
    fn a_file_that_may_still_change_unseen_is_not_believed() {
        let second = 1_000_000_000;
        let now = 100 * second;
        assert!(is_settled(stat(90 * second + 1, 90 * second + 1), now));
        assert!(!is_settled(stat(now - 1, now - 1), now), "the same tick");
        assert!(!is_settled(stat(now + 5 * second + 1, 0), now), "a clock that runs ahead");
        assert!(!is_settled(stat(1 + second, now - 1), now), "a time that was set back by hand");
        assert!(!is_settled(stat(99 * second, 99 * second), now), "whole seconds only");
        assert!(is_settled(stat(97 * second, 97 * second), now));
    }

    #[test]
    fn another_stat_is_another_file() {
        let file = CachedFile::new(stat(1, 1), i64::MAX, [0; 20], None, None);
        let files = [("a".to_owned(), file)];
        let cached = CachedFiles(&files);
        assert!(cached.get("a", stat(1, 1)).is_some());
        assert!(cached.get("a", stat(2, 1)).is_none() && cached.get("a", stat(1, 2)).is_none());
        assert!(cached.get("a", FileStat { ino: 2, ..stat(1, 1) }).is_none() && cached.get("b", stat(1, 1)).is_none());
    }
}
