//! The local scope: a bare repository that holds versions of many scopes: staged, exported and imported ones.

use super::trust::check_trust;
use super::{Journal, TrackedCatalog};
use crate::disk;
use crate::git::{Advertised, Oid, RefName, RefTable, Repo, commit_id, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, ScopeName, Version, VersionId};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// The local scope of a workspace.
pub struct LocalScope {
    repo: Repo,
}

const STATE: &str = "bit";

/// The right to write. Only one command at a time has it; it goes with the process, however that ends.
pub struct WriteLock {
    file: File,
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // Nobody is at work any more. What a killed command leaves, the next one writes over.
        let _ = self.file.set_len(0);
        // Also for whoever it was lent to, and who left something behind.
        let _ = self.file.unlock();
    }
}

impl LocalScope {
    /// Opens the local scope in a folder; refuses one that a stranger may have prepared.
    pub fn open(path: &Path) -> Result<Self> {
        check_trust(path)?;
        Self::open_again(path)
    }

    /// Opens it once more, for another thread of a command that has opened it already.
    pub fn open_again(path: &Path) -> Result<Self> {
        Ok(Self { repo: Repo::open(path)? })
    }

    /// Makes a local scope, or what is missing of one.
    pub fn init(path: &Path) -> Result<Self> {
        check_trust(path)?;
        let state = path.join(STATE);
        fs::create_dir_all(&state).with_context(|| format!("could not make {}", state.display()))?;
        Ok(Self { repo: Repo::init_bare(path, &state)? })
    }

    /// Whether a folder holds one.
    pub fn exists(path: &Path) -> bool {
        Repo::exists(path)
    }

    /// Whether a folder holds versions in what is left of one.
    pub fn has_remains(path: &Path) -> bool {
        !Self::exists(path) && Repo::has_remains(path)
    }

    /// Whether the local scope in a folder, if there is one, knows any version.
    pub fn holds_versions(path: &Path) -> Result<bool> {
        if Self::has_remains(path) {
            return Ok(true);
        }
        Ok(Self::exists(path) && !Self::open(path)?.known()?.components.is_empty())
    }

    /// The repository.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Where this program keeps what is its own: lock, journal, caches, temporary files.
    pub fn state_folder(&self) -> PathBuf {
        self.repo.path().join(STATE)
    }

    /// The journal of the command at work.
    pub fn journal(&self) -> Journal {
        Journal::new(self.state_folder().join("journal.json"))
    }

    /// Waits until no other command writes; says for whom, if there is somebody to wait for.
    pub fn lock(&self, waiting: &mut dyn FnMut(&str)) -> Result<WriteLock> {
        let lock = WriteLock::take(&self.state_folder(), waiting)?;
        crate::git::remove_unfinished(&self.repo)?;
        Ok(lock)
    }

    /// The lock, if no other command writes.
    pub fn lock_if_free(&self) -> Result<Option<WriteLock>> {
        WriteLock::take_if_free(&self.state_folder())
    }

    /// Throws away what can be worked out anew; says whether there was any.
    pub fn forget_caches(&self) -> Result<bool> {
        let there = self.cache_file().exists() || self.builds_folder().exists();
        disk::remove_folder(&self.builds_folder())?;
        disk::remove_if_there(&self.cache_file())?;
        Ok(there)
    }

    /// Where commands remember what they saw of the workspace.
    pub fn cache_file(&self) -> PathBuf {
        self.state_folder().join("cache")
    }

    /// What was built, by content, and what failed commands said.
    pub fn builds_folder(&self) -> PathBuf {
        self.state_folder().join("builds")
    }

    /// Every version and catalog known here, at this moment.
    pub fn known(&self) -> Result<Known> {
        Known::read(&self.repo)
    }
}

impl WriteLock {
    /// Waits until nobody else has the lock of a folder of ours, and sweeps up what killed ones left there.
    pub fn take(folder: &Path, waiting: &mut dyn FnMut(&str)) -> Result<Self> {
        let file = Self::open(folder)?;
        let cannot = || format!("could not lock {}", folder.join("lock").display());
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting(&holder(&file));
                file.lock().with_context(cannot)?;
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        Self::taken(file, folder)
    }

    /// The same, for whoever does not wait.
    fn take_if_free(folder: &Path) -> Result<Option<Self>> {
        let file = Self::open(folder)?;
        match file.try_lock() {
            Ok(()) => Self::taken(file, folder).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Lends it to the programs that are started until what is returned is dropped: should this process be killed, nobody
    /// else gets the lock before they have ended.
    pub fn lend(&self) -> Result<OwnedFd> {
        // A copy is inherited by programs, the file itself is not.
        rustix::io::dup(&self.file).context("could not lend the lock")
    }

    fn open(folder: &Path) -> Result<File> {
        fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        let path = folder.join("lock");
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        file.with_context(|| format!("could not write {}", path.display()))
    }

    fn taken(file: File, folder: &Path) -> Result<Self> {
        sign(&file);
        disk::remove_temporaries(folder)?;
        Ok(Self { file })
    }
}

/// Who is at work, for whoever waits. It is no more than a courtesy: a disk that does not take it stops nothing.
fn sign(mut lock: &File) {
    let word = std::env::args().nth(1).filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    let name = word.map_or_else(|| "bit".to_owned(), |word| format!("bit {word}"));
    let _ = lock.set_len(0).and_then(|()| write!(lock, "\"{name}\" (process {})", std::process::id()));
}

/// Who has the lock.
fn holder(lock: &File) -> String {
    let mut name = String::new();
    let is_read = lock.take(100).read_to_string(&mut name).is_ok();
    let is_plain = !name.is_empty() && !name.chars().any(char::is_control);
    if is_read && is_plain { name } else { "another bit command".to_owned() }
}

/// What a local scope knows.
#[derive(Debug, Default)]
pub struct Known {
    /// Components and their versions.
    pub components: HashMap<ComponentId, KnownComponent>,
    /// The catalogs of scopes that were seen.
    pub catalogs: BTreeMap<ScopeName, TrackedCatalog>,
}

/// The versions of a component that are known here.
#[derive(Debug, Default)]
pub struct KnownComponent {
    /// By number.
    pub versions: BTreeMap<Version, KnownVersion>,
}

/// Where a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownVersion {
    /// Its content.
    pub commit: CommitId,
    /// What its ref names: the commit, or an annotated tag on it.
    pub target: Oid,
}

impl KnownVersion {
    /// Whether its scope has another tag. Here a bare commit may stand for an annotated one; not every host says what
    /// that is on.
    pub fn differs(&self, id: &VersionId, there: &Advertised) -> bool {
        let name = RefName::in_scope(id);
        match there.refs.get(&name) {
            Some(target) if *target != self.target => {
                let is_bare = self.target == oid(self.commit);
                !is_bare || there.refs.get(&format!("{name}^{{}}")) != Some(&self.target)
            }
            _ => false,
        }
    }
}

impl Known {
    /// Reads it from the refs of a repository.
    pub fn read(repo: &Repo) -> Result<Self> {
        let mut known = Self::default();
        for (name, value) in RefTable::read(repo)?.iter() {
            match RefName::parse(name) {
                Some(RefName::Version(VersionId { id, version })) => {
                    let component = known.components.entry(id).or_default();
                    let commit = commit_id(value.commit());
                    component.versions.insert(version, KnownVersion { commit, target: value.target });
                }
                Some(RefName::TrackedCatalog(scope)) => {
                    let commit = commit_id(value.target);
                    known.catalogs.insert(scope.clone(), TrackedCatalog { scope, commit });
                }
                None => {}
            }
        }
        Ok(known)
    }

    /// The content of a version, if it is known here.
    pub fn commit(&self, id: &ComponentId, version: &Version) -> Option<CommitId> {
        Some(self.components.get(id)?.versions.get(version)?.commit)
    }

    /// Where a version is, if it is known here.
    pub fn at(&self, id: &VersionId) -> Option<KnownVersion> {
        self.components.get(&id.id)?.versions.get(&id.version).copied()
    }

    /// What the last catalog seen of its scope lists of a component.
    pub fn entry(&self, repo: &Repo, id: &ComponentId) -> Result<Option<CatalogEntry>> {
        let catalog = self.catalogs.get(&id.scope);
        Ok(catalog.map(|catalog| catalog.entry(repo, &id.name)).transpose()?.flatten())
    }

    /// A component's versions; none for one that is unknown here.
    pub fn versions(&self, id: &ComponentId) -> impl DoubleEndedIterator<Item = (&Version, &KnownVersion)> {
        self.components.get(id).into_iter().flat_map(|component| &component.versions)
    }
}
