//! The store: versions of components that are not in the workspace, as real files in `node_modules/.bit`.
//!
//! ```text
//! node_modules/.bit/<scope>/<name>@<version>+<content>/node_modules/
//!     @owner/name        the version's files
//!     @other/theme       → a symbolic link to the version of theme that this one was made with
//! node_modules/@owner/name                → a link into the store
//! <component>/node_modules/@owner/name    → likewise, where a component needs another version than most do
//! ```
//!
//! Node resolves an import from the real path of the file that imports, so each version finds exactly the versions
//! that stand beside it, and all else (packages from outside) in the workspace's node_modules further up. An entry's
//! name tells its content, and it is renamed into its place whole: one that is there is right.

mod settle;

pub use settle::Settled;

use super::links::{self, MARK_OF_VERSION};
use crate::errors;
use crate::model::{CommitId, PackageName, VersionId};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

const MODULES: &str = "node_modules";
const PACKAGE_JSON: &str = "package.json";
/// The store's folder in node_modules. Package managers leave alone what begins with a dot.
const STORE: &str = ".bit";
/// What is not finished, or on its way out.
const TEMPORARY: &str = ".bit-tmp-";

/// A version in the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreEntry {
    /// Which one.
    pub id: VersionId,
    /// Its content.
    pub commit: CommitId,
}

/// A file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFile {
    /// '/'-separated, from the package's folder.
    pub path: String,
    /// Whether it is a program.
    pub mode: StoreMode,
    /// What it holds.
    pub content: Vec<u8>,
}

/// With which permissions a file is made, before the person's umask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreMode {
    /// A plain file.
    Plain = 0o666,
    /// A program.
    Executable = 0o777,
}

impl StoreEntry {
    /// The package it is.
    pub fn package(&self) -> PackageName {
        PackageName::of(&self.id.id)
    }

    /// Its folder in the store. No name has a `+`, and all are lower case.
    pub fn folder(&self) -> String {
        let VersionId { id, version } = &self.id;
        let content = &self.commit.to_string()[..16];
        format!("{}/{}@{version}+{content}", id.scope, id.name.as_str().replace('/', "+"))
    }

    /// Where the package itself is, from the store.
    fn package_folder(&self) -> String {
        format!("{}/{MODULES}/{}", self.folder(), self.package())
    }
}

/// The store of a workspace.
pub struct Store {
    root: PathBuf,
    folder: PathBuf,
}

impl Store {
    /// The store of the workspace in this folder. It need not be there yet; where it is, it is a real folder.
    pub fn of(root: &Path) -> Result<Self> {
        let folder = root.join(MODULES).join(STORE);
        refuse_unreal(&root.join(MODULES))?;
        refuse_unreal(&folder)?;
        Ok(Self { root: root.to_owned(), folder })
    }

    /// One of several stores in this folder, with a name of its own.
    pub fn named(root: &Path, name: &str) -> Result<Self> {
        let store = Self::of(root)?;
        Ok(Self { folder: store.folder.join(name), ..store })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Takes a version over from another store: its files are copied, so that nobody writes into both.
    pub fn take(&self, from: &Self, entry: &StoreEntry) -> Result<()> {
        let folder = entry.folder();
        copy_tree(&from.folder.join(&folder), &self.folder.join(&folder))
            .with_context(|| format!("could not copy {}", entry.id))
    }

    /// Whether a version is in it.
    pub fn has(&self, entry: &StoreEntry) -> bool {
        let package = self.folder.join(entry.package_folder());
        let is_real = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
        is_real(&self.folder.join(entry.folder())) && package.join(PACKAGE_JSON).is_file()
    }

    /// Puts a version into it, with links to what it depends on: all of it, or nothing.
    pub fn put(
        &self,
        entry: &StoreEntry,
        files: impl IntoIterator<Item = Result<StoreFile>>,
        dependencies: &[StoreEntry],
    ) -> Result<()> {
        let target = self.folder.join(entry.folder());
        let scope = target.parent().unwrap_or(&self.folder);
        refuse_unreal(scope)?;
        fs::create_dir_all(scope).with_context(|| format!("could not make {}", scope.display()))?;
        let aside = Aside::new(&self.folder)?;
        let made = aside.path.join("new");
        let package = made.join(MODULES).join(entry.package().as_str());
        fs::create_dir_all(&package).with_context(|| format!("could not make {}", package.display()))?;
        for file in files {
            write_new(&package, &file?)?;
        }
        for dependency in dependencies {
            self.link_in_entry(&made.join(MODULES), entry, dependency)?;
        }
        if fs::symlink_metadata(&target).is_ok() && !self.has(entry) {
            // Somebody took files out of it.
            let _ = fs::rename(&target, aside.path.join("old"));
        }
        match fs::rename(&made, &target) {
            // Another run was faster: its entry is as good.
            Err(_) if self.has(entry) => Ok(()),
            done => done.with_context(|| format!("could not write {}", target.display())),
        }
    }

    fn link_in_entry(&self, modules: &Path, entry: &StoreEntry, dependency: &StoreEntry) -> Result<()> {
        // Two versions of one package can't both be dependencies; a package's own place is taken.
        let at = modules.join(dependency.package().as_str());
        if dependency.package() == entry.package() || fs::symlink_metadata(&at).is_ok() {
            return Ok(());
        }
        make_parent(&at)?;
        symlink(way_from_entry(dependency), &at).with_context(|| format!("could not link {}", at.display()))
    }

    /// Takes out what is not named, and what killed runs left. Returns how many versions went.
    pub fn sweep(&self, keep: &BTreeSet<String>) -> Result<usize> {
        let mut unwanted = Vec::new();
        for (scope, folder) in children(&self.folder)? {
            if scope.starts_with(TEMPORARY) {
                remove_abandoned(&folder)?;
            }
            let is_real = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
            if scope.starts_with('.') || !is_real {
                continue;
            }
            let entries = children(&folder)?.into_iter();
            let is_entry = |name: &str| name.contains('@') && name.contains('+');
            unwanted.extend(entries.filter(|(name, _)| is_entry(name) && !keep.contains(&format!("{scope}/{name}"))));
        }
        if unwanted.is_empty() {
            return Ok(0);
        }
        let aside = Aside::new(&self.folder)?;
        for (number, (_, path)) in unwanted.iter().enumerate() {
            // Away in one step: nobody finds half of it.
            fs::rename(path, aside.path.join(number.to_string()))
                .with_context(|| format!("could not remove {}", path.display()))?;
            path.parent().into_iter().for_each(remove_if_empty);
        }
        Ok(unwanted.len())
    }

    /// Removes what killed runs left beside the links. What is young may be at work.
    pub fn sweep_litter(&self) -> Result<()> {
        const YOUNG: Duration = Duration::from_secs(60);
        for (name, path) in children(&self.root.join(MODULES))? {
            let age = || fs::symlink_metadata(&path).ok()?.modified().ok()?.elapsed().ok();
            if name.starts_with(TEMPORARY) && age().is_some_and(|age| age > YOUNG) {
                // What can't be removed harms nobody.
                let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
            }
        }
        Ok(())
    }
}

/// Whether a package.json is that of a version in a store, rather than of an installed package.
pub(super) fn is_of_store(package_json: &[u8]) -> bool {
    serde_json::from_slice::<BTreeMap<String, serde::de::IgnoredAny>>(package_json)
        .is_ok_and(|keys| keys.contains_key(MARK_OF_VERSION))
}

/// A version's package.json with the mark that tells it from an installed one.
pub fn with_mark_of_version(package_json: &str, entry: &StoreEntry) -> Result<String> {
    let value = serde_json::to_string(&entry.id.to_string())?;
    links::with_key(package_json, MARK_OF_VERSION, &value)
}

/// A folder for what is not finished. While its maker lives it is locked, so that nobody takes it for abandoned.
struct Aside {
    path: PathBuf,
    _lock: File,
    _folder: tempfile::TempDir,
}

impl Aside {
    fn new(store: &Path) -> Result<Self> {
        fs::create_dir_all(store).with_context(|| format!("could not make {}", store.display()))?;
        let make = || -> std::io::Result<Self> {
            let folder = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(store)?;
            let lock = File::open(folder.path())?;
            lock.lock()?;
            Ok(Self { path: folder.path().to_owned(), _lock: lock, _folder: folder })
        };
        make().with_context(|| format!("could not make a folder in {}", store.display()))
    }
}

fn remove_abandoned(folder: &Path) -> Result<()> {
    match File::open(folder) {
        Ok(file) if file.try_lock().is_ok() => match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("could not remove {}", folder.display()))
            }
            _ => Ok(()),
        },
        // Its maker is at work, or it is gone.
        _ => Ok(()),
    }
}

fn way_from_entry(dependency: &StoreEntry) -> PathBuf {
    // From <scope>/<entry>/node_modules/@owner up to the store.
    PathBuf::from(format!("../../../../{}", dependency.package_folder()))
}

/// Into a folder that this run has just made: nothing in it leads anywhere else.
fn write_new(package: &Path, file: &StoreFile) -> Result<()> {
    if file.path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(errors::bad_path(&file.path, "it leads out of the package"));
    }
    let path = package.join(&file.path);
    let write = || -> std::io::Result<()> {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut opened = OpenOptions::new().write(true).create_new(true).mode(file.mode as u32).open(&path)?;
        opened.write_all(&file.content)
    };
    write().with_context(|| format!("could not write {}", path.display()))
}

/// Links are the same ones by another name: nobody can change a link.
fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, at) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_tree(&entry.path(), &at)?;
        } else if kind.is_symlink() {
            fs::hard_link(entry.path(), &at).or_else(|_| symlink(fs::read_link(entry.path())?, &at))?;
        } else {
            fs::copy(entry.path(), &at)?;
        }
    }
    Ok(())
}

fn refuse_unreal(folder: &Path) -> Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(found) if !found.is_dir() => Err(errors::not_a_real_folder(folder)),
        _ => Ok(()),
    }
}

fn make_parent(path: &Path) -> Result<()> {
    let Some(parent) = path.parent() else { return Ok(()) };
    fs::create_dir_all(parent).with_context(|| format!("could not make {}", parent.display()))
}

/// Names and paths in a folder, sorted; none where there is no folder. Names that are not UTF-8 are none of ours.
fn children(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let list = || -> std::io::Result<Vec<(String, PathBuf)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            found.extend(entry.file_name().into_string().ok().map(|name| (name, entry.path())));
        }
        found.sort();
        Ok(found)
    };
    match list() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.with_context(|| format!("could not read {}", folder.display())),
    }
}

/// A folder that holds something stays; that is no failure.
fn remove_if_empty(folder: &Path) {
    let _ = fs::remove_dir(folder);
}

#[cfg(test)]
mod tests;
