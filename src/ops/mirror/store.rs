//! The repository from which a mirroring pushes: the source's own objects where they are at hand, a cache, or one that
//! is thrown away.

use crate::git::remote::{self, Durability, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{
    Oid, RefEdit, RefTable, Repo, fsck, has_broken_pack, is_cut_off, remove_unfinished, unfinished_packs,
};
use crate::ops::{Progress, Visit, Workspace};
use crate::scope::{LocalScope, WriteLock};
use crate::{disk, errors};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the objects are.
pub enum Store {
    /// In a repository that is thrown away, or that only borrows them.
    Visit { visit: Visit, borrows: bool },
    /// In the cache.
    Cache(LocalScope),
}

/// A store, for those who open it by themselves.
pub struct StorePlace {
    /// Its repository.
    pub repository: PathBuf,
    /// A folder for temporary files.
    pub scratch: PathBuf,
    /// Whether the objects are the source's own.
    pub borrows: bool,
}

impl Store {
    /// Opens the one that serves best.
    pub fn open(from: &RemoteUrl, cache: Option<&Cache>, workspace: Option<&Workspace>) -> Result<Self> {
        if let Some(cache) = cache {
            return Ok(Self::Cache(cache.scope()?));
        }
        let mut visit = workspace.map_or_else(Visit::new, |workspace| Visit::beside(&workspace.scope))?;
        let neighbour = remote::neighbour(from);
        if let Some(neighbour) = &neighbour {
            if is_cut_off(neighbour.path())? {
                return Err(errors::mirror_source_cut_off(&from.to_string()));
            }
            visit.borrow(neighbour)?;
        }
        Ok(Self::Visit { visit, borrows: neighbour.is_some() })
    }

    /// Its repository.
    pub fn repo(&self) -> &Repo {
        match self {
            Self::Visit { visit, .. } => visit.repo(),
            Self::Cache(scope) => scope.repo(),
        }
    }

    /// For threads: each opens it by itself.
    pub fn place(&self) -> StorePlace {
        let repository = self.repo().path().to_owned();
        let scratch = match self {
            Self::Visit { .. } => repository.clone(),
            Self::Cache(scope) => scope.state_folder(),
        };
        StorePlace { repository, scratch, borrows: self.borrows() }
    }

    /// Looks again at what a source has whose objects are borrowed: it may have gone on.
    pub fn borrows(&self) -> bool {
        matches!(self, Self::Visit { borrows: true, .. })
    }

    /// What is known to be here, by name; only a cache remembers.
    pub fn remembered(&self) -> Result<RefTable> {
        match self {
            Self::Visit { .. } => Ok(RefTable::default()),
            Self::Cache(scope) => RefTable::read(scope.repo()),
        }
    }

    /// A repository to look at what does not come whole, which goes when it is dropped. Hosts are asked as from here.
    pub fn aside(&self) -> Result<Visit> {
        match self {
            Self::Visit { visit, .. } => visit.another(),
            Self::Cache(scope) => Visit::beside(scope),
        }
    }

    /// How to bring something new.
    pub fn fetching(&self, tips: Vec<Oid>) -> FetchOptions {
        let durability = match self {
            Self::Visit { .. } => Durability::ThrownAway,
            Self::Cache(_) => Durability::Kept,
        };
        FetchOptions { tips, durability, ..FetchOptions::default() }
    }

    /// Remembers what is here now.
    pub fn remember(&self, names: impl IntoIterator<Item = (String, Oid)>) -> Result<()> {
        let Self::Cache(scope) = self else { return Ok(()) };
        let repo = scope.repo();
        let before = RefTable::read(repo)?;
        let edits = names.into_iter().filter_map(|(name, new)| {
            let old = before.get(&name).map(|value| value.target);
            (old != Some(new)).then_some(RefEdit { name, old, new: Some(new) })
        });
        let edits: Vec<RefEdit> = edits.collect();
        if edits.is_empty() { Ok(()) } else { RefTable::apply(repo, &edits) }
    }
}

/// A repository that keeps what was seen, for this command alone as long as it is open.
pub struct Cache {
    folder: PathBuf,
    _lock: WriteLock,
}

/// What stays when it is emptied: the lock and the mark.
const STATE: &str = "bit";
/// The file that tells a cache from a repository that somebody may miss.
const MARK: &str = "bit/mirror-cache";
/// A pack that nobody has written to for so long was left by a git that was killed.
const DESERTED: Duration = Duration::from_secs(600);

/// Whether a folder holds nothing, or what another one that begins at this moment has made before its mark.
fn is_new(folder: &Path) -> bool {
    let names = |folder: &Path| -> Vec<_> {
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect()
    };
    match names(folder).as_slice() {
        [] => !folder.is_file(),
        [only] => only == STATE && folder.join(STATE).is_dir() && names(&folder.join(STATE)).is_empty(),
        _ => false,
    }
}

impl Cache {
    /// Opens it, or makes it. One that is not whole any more is emptied: it can be filled anew.
    pub fn open(folder: &Path, progress: &dyn Progress) -> Result<Self> {
        let mark = folder.join(MARK);
        if !is_new(folder) && !mark.exists() {
            return Err(errors::mirror_cache_is_something_else(folder));
        }
        let cannot = || format!("could not make {}", folder.display());
        let made = fs::create_dir_all(folder.join(STATE))
            .and_then(|()| fs::write(&mark, "what is in this folder can be thrown away at any time\n"));
        made.with_context(cannot).map_err(errors::as_usage)?;
        let lock = WriteLock::take(&folder.join(STATE), &mut |who| progress.waiting(who))?;
        let cache = Self { folder: folder.to_owned(), _lock: lock };
        if cache.whole_scope().is_err() {
            cache.empty()?;
        }
        cache.sweep()?;
        Ok(cache)
    }

    /// What it remembers beside the repository.
    pub fn state(&self) -> PathBuf {
        self.folder.join(STATE)
    }

    /// What it knows, for whoever only looks.
    pub fn repo(&self) -> Result<Repo> {
        Repo::open(self.scope()?.repo().path())
    }

    /// Its repository, as it is now.
    fn scope(&self) -> Result<LocalScope> {
        LocalScope::init(&self.folder)
    }

    /// The same, unless something of it is plainly missing: it was copied half, or somebody cut its histories off.
    fn whole_scope(&self) -> Result<LocalScope> {
        let scope = self.scope()?;
        let repo = scope.repo();
        ensure!(!is_cut_off(repo.path())? && !has_broken_pack(repo.path()), "it is not whole");
        for (_, value) in RefTable::read(repo)?.iter() {
            ensure!(repo.has(value.target)?, "it is not whole");
        }
        Ok(scope)
    }

    /// Removes what killed ones left.
    fn sweep(&self) -> Result<()> {
        let scope = self.scope()?;
        RefTable::remove_stale_lock(scope.repo())?;
        remove_unfinished(scope.repo())?;
        unfinished_packs(&self.folder, DESERTED).iter().try_for_each(|file| disk::remove_if_there(file))
    }

    /// Whether git finds fault with it, however long that takes.
    pub fn is_damaged(&self) -> Result<bool> {
        Ok(!fsck(&self.folder)?.is_empty())
    }

    /// Throws away all that it keeps.
    pub fn empty(&self) -> Result<()> {
        let remove = |entry: fs::DirEntry| match entry.file_type()?.is_dir() {
            _ if entry.file_name() == STATE => Ok(()),
            true => fs::remove_dir_all(entry.path()),
            false => fs::remove_file(entry.path()),
        };
        let removed = fs::read_dir(&self.folder).and_then(|mut all| all.try_for_each(|entry| remove(entry?)));
        removed.with_context(|| format!("could not empty {}", self.folder.display()))
    }
}
