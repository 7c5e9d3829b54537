//! Walking one component's folder.

use super::{
    ignored::{IGNORE_FILES, IgnoreRules, Rules, inside, named},
    names::{BadName, case_collisions, check_segment, escape, fold},
};
use crate::model::{OVERLOOKED, RESERVED};
use serde::{Deserialize, Serialize};
use std::{
    ffi::{OsStr, OsString},
    fs::{self, DirEntry, Metadata},
    io,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The largest file a git host takes: 100 MiB.
pub const MAX_FILE_SIZE: u64 = 100 << 20;

/// What a walk found.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// The component's files, sorted by the bytes of their paths.
    pub files: Vec<SourceFile>,
    /// What keeps the folder from becoming a component; those files are not among `files`
    /// (but for collisions of case, where nobody can say which of the two is wrong).
    pub problems: Vec<FileProblem>,
    /// The ignore rules overlook the folder itself. It then has no files.
    pub ignored: bool,
}

/// One file of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the component's folder, `/`-separated.
    pub path: String,
    /// What the file system said of it.
    pub stat: FileStat,
}

/// What tells a file that was changed from one that was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileStat {
    /// In bytes.
    pub size: u64,
    /// When its content changed, in nanoseconds.
    pub mtime_ns: i64,
    /// When its content or its attributes changed, in nanoseconds.
    pub ctime_ns: i64,
    /// Its inode.
    pub ino: u64,
    /// The device the inode is on.
    pub dev: u64,
    /// Whether its owner may execute it; all that git keeps of a mode.
    pub executable: bool,
}

impl From<&Metadata> for FileStat {
    fn from(metadata: &Metadata) -> Self {
        Self {
            size: metadata.size(),
            mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            ino: metadata.ino(),
            dev: metadata.dev(),
            executable: metadata.mode() & 0o100 != 0,
        }
    }
}

/// Wraps around in the year 2262; only equality and nearness count.
fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.wrapping_mul(1_000_000_000).wrapping_add(rest)
}

/// A file that no component can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// Relative to the component's folder; for display only (see [`escape`]).
    pub path: String,
    /// What is wrong with it.
    pub kind: FileProblemKind,
}

/// What keeps a file out of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileProblemKind {
    /// A symbolic link.
    SymbolicLink,
    /// A folder that is a git repository of its own.
    Submodule,
    /// A name that would change what the component's package is; such settings belong into `workspace.jsonc`.
    ReservedFile,
    /// A name that is not UTF-8.
    NotUtf8,
    /// A name that some machines cannot hold.
    BadName(BadName),
    /// Equal to another path but for case or Unicode form.
    CaseCollision {
        /// That other path, for display.
        with: String,
    },
    /// Larger than [`MAX_FILE_SIZE`].
    TooLarge,
    /// A pipe, a socket or a device.
    SpecialFile,
}

/// Finds the files of the component in this folder (relative to the workspace's root, `/`-separated).
///
/// `outputs` are the folders that the component's environment writes, relative to the component's.
pub fn walk(rules: &IgnoreRules, component: &str, outputs: &[String]) -> io::Result<Walk> {
    let from_top = rules.way_to(component);
    let around = rules.around(&from_top)?;
    if around.ignored {
        return Ok(Walk { ignored: true, ..Walk::default() });
    }
    let base = inside(from_top.as_bytes());
    let mut walker = Walker {
        outputs,
        holds_workspace: component.is_empty(),
        path: from_top.into_bytes(),
        base,
        walk: Walk::default(),
    };
    let place = rules.workspace().join(component);
    let entries = list(&place).map_err(|error| named(&place, &error))?;
    walker.folder(&place, &entries, around.rules)?;
    Ok(finish(walker.walk))
}

/// An entry of a folder. Its name is asked for several times, and the system's entry copies it each time.
struct Entry {
    name: OsString,
    found: DirEntry,
}

fn list(place: &Path) -> io::Result<Vec<Entry>> {
    let entry = |found: DirEntry| Entry { name: found.file_name(), found };
    fs::read_dir(place)?.map(|found| found.map(entry)).collect()
}

struct Walker<'o> {
    outputs: &'o [String],
    /// A component in the workspace's own root sees the local scope beside its files.
    holds_workspace: bool,
    /// Where the walk is, from the top, and where in that the path inside the component begins.
    path: Vec<u8>,
    base: usize,
    walk: Walk,
}

impl Walker<'_> {
    fn folder(&mut self, place: &Path, entries: &[Entry], above: Option<Arc<Rules>>) -> io::Result<()> {
        let rules = self.rules_inside(place, entries, above)?;
        let length = self.path.len();
        for entry in entries {
            if length > 0 {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(entry.name.as_bytes());
            self.entry(entry, rules.as_ref())?;
            self.path.truncate(length);
        }
        Ok(())
    }

    /// The rules of this folder: those above, and its own ignore files where the listing shows any.
    fn rules_inside(
        &self,
        place: &Path,
        entries: &[Entry],
        above: Option<Arc<Rules>>,
    ) -> io::Result<Option<Arc<Rules>>> {
        let listed = |name: &&str| entries.iter().any(|entry| entry.name == *name);
        let files: Vec<&str> = IGNORE_FILES.into_iter().filter(listed).collect();
        if files.is_empty() {
            return Ok(above);
        }
        Rules::read(place, inside(&self.path), &files, above)
    }

    fn entry(&mut self, entry: &Entry, rules: Option<&Arc<Rules>>) -> io::Result<()> {
        let kind = entry.found.file_type()?;
        if self.is_left_out(entry.name.as_bytes()) || Rules::ignore(rules.map(Arc::as_ref), &self.path, kind.is_dir()) {
            return Ok(());
        }
        if self.at_root() && is_reserved(&entry.name) {
            self.problem(FileProblemKind::ReservedFile);
        } else if kind.is_dir() {
            self.subfolder(entry, rules)?;
        } else if kind.is_symlink() {
            self.problem(FileProblemKind::SymbolicLink);
        } else if kind.is_file() {
            self.file(entry)?;
        } else {
            self.problem(FileProblemKind::SpecialFile);
        }
        Ok(())
    }

    fn subfolder(&mut self, entry: &Entry, rules: Option<&Arc<Rules>>) -> io::Result<()> {
        let place = entry.found.path();
        let Some(entries) = still_there(list(&place), || place.clone())? else {
            return Ok(());
        };
        if entries.iter().any(|entry| entry.name == ".git") {
            self.problem(FileProblemKind::Submodule);
            return Ok(());
        }
        self.folder(&place, &entries, rules.cloned())
    }

    fn file(&mut self, entry: &Entry) -> io::Result<()> {
        let metadata = entry.found.metadata();
        let Some(metadata) = still_there(metadata, || entry.found.path())? else {
            return Ok(());
        };
        if metadata.len() > MAX_FILE_SIZE {
            self.problem(FileProblemKind::TooLarge);
            return Ok(());
        }
        let stat = FileStat::from(&metadata);
        match checked(&self.path[self.base..]) {
            Ok(path) => self.walk.files.push(SourceFile { path: path.to_owned(), stat }),
            Err((length, kind)) => self.problem_at(self.base + length, kind),
        }
        Ok(())
    }

    /// What is never part of a component, whatever the ignore rules say.
    fn is_left_out(&self, name: &[u8]) -> bool {
        if matches!(name, b"node_modules" | b".git") || is_litter(name) {
            return true;
        }
        let path = &self.path[self.base..];
        if self.outputs.iter().any(|output| output.as_bytes() == path) {
            return true;
        }
        self.at_root() && (is_overlooked_at_root(name) || (self.holds_workspace && is_workspaces_own(name)))
    }

    fn at_root(&self) -> bool {
        !self.path[self.base..].contains(&b'/')
    }

    fn problem(&mut self, kind: FileProblemKind) {
        self.problem_at(self.path.len(), kind);
    }

    /// A folder with a bad name is named once, not with every file in it.
    fn problem_at(&mut self, end: usize, kind: FileProblemKind) {
        let problem = FileProblem { path: escape(&self.path[self.base..end]), kind };
        if self.walk.problems.last() != Some(&problem) {
            self.walk.problems.push(problem);
        }
    }
}

/// A path that every machine can hold; else how much of it is the first bad folder or file, and why.
fn checked(path: &[u8]) -> Result<&str, (usize, FileProblemKind)> {
    let mut end = 0;
    for segment in path.split(|&byte| byte == b'/') {
        end += segment.len();
        let segment = str::from_utf8(segment).map_err(|_| (end, FileProblemKind::NotUtf8))?;
        check_segment(segment).map_err(|why| (end, FileProblemKind::BadName(why)))?;
        end += 1;
    }
    // Every segment is UTF-8, and so is a slash.
    str::from_utf8(path).map_err(|_| (path.len(), FileProblemKind::NotUtf8))
}

/// What was removed while the folder was read is no error.
fn still_there<T>(result: io::Result<T>, place: impl Fn() -> PathBuf) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(named(&place(), &error)),
    }
}

fn finish(mut walk: Walk) -> Walk {
    walk.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let collisions = case_collisions(walk.files.iter().map(|file| file.path.as_str()));
    let problem = |(path, with): (&str, &str)| FileProblem {
        path: escape(path.as_bytes()),
        kind: FileProblemKind::CaseCollision { with: escape(with.as_bytes()) },
    };
    walk.problems.extend(collisions.into_iter().map(problem));
    walk.problems.sort_by(|a, b| a.path.cmp(&b.path));
    walk.problems.dedup();
    walk
}

/// What stands beside the files of a component in the workspace's own root.
fn is_workspaces_own(name: &[u8]) -> bool {
    matches!(name, b".bit" | b".bitmap" | b"workspace.jsonc")
}

/// What operating systems strew about.
pub(super) fn is_litter(name: &[u8]) -> bool {
    const LITTER: [&[u8]; 13] = [
        b".DS_Store",
        b".AppleDouble",
        b".LSOverride",
        b".Spotlight-V100",
        b".Trashes",
        b".fseventsd",
        b".TemporaryItems",
        b"__MACOSX",
        b"Icon\r",
        b"Thumbs.db",
        b"ehthumbs.db",
        b"desktop.ini",
        b"$RECYCLE.BIN",
    ];
    name.starts_with(b"._") || LITTER.iter().any(|litter| name.eq_ignore_ascii_case(litter))
}

/// What an author may have beside the sources, and a package must not.
pub(super) fn is_overlooked_at_root(name: &[u8]) -> bool {
    OVERLOOKED.iter().any(|file| name.eq_ignore_ascii_case(file.as_bytes()))
}

/// Files that would change what the component's package is, in any spelling that a file system takes for them.
pub(super) fn is_reserved(name: &OsStr) -> bool {
    let is_one = |name: &str| match name.is_ascii() {
        true => RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)),
        false => RESERVED.contains(&fold(name).as_str()),
    };
    name.to_str().is_some_and(is_one)
}
