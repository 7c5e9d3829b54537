//! The repository from which a mirroring pushes: the source's own objects where they are at hand, a cache, or one that
//! is thrown away.

use crate::git::remote::{self, Durability, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{Oid, RefEdit, RefTable, Repo, fsck, has_broken_pack, is_cut_off, refs, unfinished_packs};
use crate::ops::{Progress, Visit, Workspace};
use crate::scope::{LocalScope, WriteLock};
use crate::{disk, errors};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the objects are.
pub enum Store<'c> {
    /// In a repository that is thrown away, or that only borrows them.
    Visit { visit: Visit, borrows: bool },
    /// In the cache.
    Cache(&'c Cache),
}

/// A store, for those who open it by themselves.
pub struct StorePlace {
    /// Its repository.
    pub repository: PathBuf,
    /// A folder for temporary files.
    pub scratch: PathBuf,
}

impl<'c> Store<'c> {
    /// Opens the one that serves best.
    pub fn open(from: &RemoteUrl, cache: Option<&'c Cache>, workspace: Option<&Workspace>) -> Result<Self> {
        if let Some(cache) = cache {
            return Ok(Self::Cache(cache));
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
            Self::Cache(cache) => cache.scope.repo(),
        }
    }

    /// For threads: each opens it by itself.
    pub fn place(&self) -> StorePlace {
        let repository = self.repo().path().to_owned();
        let scratch = match self {
            Self::Visit { .. } => repository.clone(),
            Self::Cache(cache) => cache.scope.state_folder(),
        };
        StorePlace { repository, scratch }
    }

    /// Looks again at what a source has whose objects are borrowed: it may have gone on.
    pub fn borrows(&self) -> bool {
        matches!(self, Self::Visit { borrows: true, .. })
    }

    /// What is known to be here, by name; only a cache remembers.
    pub fn remembered(&self) -> Result<RefTable> {
        match self {
            Self::Visit { .. } => Ok(RefTable::default()),
            Self::Cache(cache) => RefTable::read(cache.scope.repo()),
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
        let Self::Cache(cache) = self else { return Ok(()) };
        let repo = cache.scope.repo();
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
    scope: LocalScope,
    _lock: WriteLock,
}

/// The file that tells a cache from a repository that somebody may miss.
const MARK: &str = "bit/mirror-cache";
/// A pack that nobody has written to for so long was left by a git that was killed.
const DESERTED: Duration = Duration::from_secs(600);

impl Cache {
    /// Opens it, or makes it. One that is not whole any more is emptied: it can be filled anew.
    pub fn open(folder: &Path, progress: &dyn Progress) -> Result<Self> {
        let mark = folder.join(MARK);
        let is_new = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
        if !mark.exists() && !is_new {
            return Err(errors::mirror_cache_is_something_else(folder));
        }
        let cannot = || format!("could not make {}", folder.display());
        fs::create_dir_all(folder.join("bit")).with_context(cannot)?;
        fs::write(&mark, "what is in this folder can be thrown away at any time\n").with_context(cannot)?;
        let scope = match LocalScope::init(folder) {
            Ok(scope) => scope,
            Err(_) => emptied(folder)?,
        };
        let lock = scope.lock(&mut || progress.waiting("another bit mirror"))?;
        let cache = Self { scope, _lock: lock };
        if cache.is_broken() {
            cache.empty()?;
        }
        for file in unfinished_packs(folder, DESERTED) {
            disk::remove_if_there(&file)?;
        }
        // Another one may have filled it while this one waited.
        let scope = LocalScope::open(folder)?;
        Ok(Self { scope, ..cache })
    }

    /// Whether something of it is plainly missing: it was copied half, or somebody cut its histories off.
    fn is_broken(&self) -> bool {
        let repo = self.scope.repo();
        let is_gone = |oid: Oid| !repo.has(oid).unwrap_or(false);
        let lacks = |table: RefTable| table.iter().any(|(_, value)| is_gone(value.target));
        is_cut_off(repo.path()).unwrap_or(true)
            || has_broken_pack(repo.path())
            || RefTable::read(repo).map_or(true, lacks)
    }

    /// Whether git finds fault with it, however long that takes.
    pub fn is_damaged(&self) -> Result<bool> {
        Ok(!fsck(self.scope.repo().path())?.is_empty())
    }

    /// Throws away all that it keeps.
    pub fn empty(&self) -> Result<()> {
        emptied(self.scope.repo().path())?;
        self.scope.repo().refresh()
    }
}

/// The lock and the mark stay.
fn emptied(folder: &Path) -> Result<LocalScope> {
    let gone = || -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            match entry.file_name() == "bit" {
                true => {}
                false if entry.file_type()?.is_dir() => fs::remove_dir_all(entry.path())?,
                false => fs::remove_file(entry.path())?,
            }
        }
        Ok(())
    };
    gone().with_context(|| format!("could not empty {}", folder.display()))?;
    let scope = LocalScope::init(folder)?;
    debug_assert!(!folder.join(refs::SHALLOW).exists());
    Ok(scope)
}
