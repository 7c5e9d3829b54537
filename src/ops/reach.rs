//! A scope over the network: found by its name or URL, asked for its refs, and its catalog read.

use super::Workspace;
use super::remote::{global_url_of, nobody_knows, url_of};
use crate::git::refs;
use crate::git::remote::{self, Extent, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, Count, Oid, Quarantine, Repo, commit_id, config_with_that_of, ends_of, lend, oid};
use crate::model::{ScopeInfo, ScopeName};
use crate::scope::{LocalScope, TrackedCatalog, info_of};
use crate::{disk, errors};
use anyhow::Result;
use std::fmt;
use std::fs::{self, File};
use std::path::Path;
use tempfile::TempDir;

/// A scope that answered.
pub struct Reached {
    /// Where it is.
    pub url: RemoteUrl,
    /// The branch of its catalog.
    pub branch: String,
    /// The refs it has; only those that were asked for, where some were.
    pub advertised: Advertised,
    /// Its catalog as it is now; its objects are in the repository that asked.
    pub catalog: TrackedCatalog,
    /// What it says of itself.
    pub info: ScopeInfo,
}

/// Asks what is at a URL, and brings its catalog into a repository. `before` is the catalog that is there already.
pub fn reach(
    repo: &Repo,
    url: RemoteUrl,
    before: Option<&TrackedCatalog>,
    hear: &mut dyn FnMut(Count),
) -> Result<Reached> {
    reach_for(repo, url, &[], before, hear)
}

/// The same for whoever needs to know of few refs: they are named in full, HEAD is always among them.
pub fn reach_for(
    repo: &Repo,
    url: RemoteUrl,
    refs: &[String],
    before: Option<&TrackedCatalog>,
    hear: &mut dyn FnMut(Count),
) -> Result<Reached> {
    let advertised = remote::list_some(&url, Some(repo), refs)?;
    read(repo, url, advertised, before, hear)
}

/// Brings the catalog of a place that was asked already.
fn read(
    repo: &Repo,
    url: RemoteUrl,
    advertised: Advertised,
    before: Option<&TrackedCatalog>,
    hear: &mut dyn FnMut(Count),
) -> Result<Reached> {
    let (branch, head) = head_of(&url, &advertised)?;
    if before.is_none_or(|before| oid(before.commit) != head) {
        let tips: Vec<Oid> = before.iter().map(|before| oid(before.commit)).collect();
        let is_cut_off = !ends_of(repo, tips.iter().copied())?.is_empty();
        let mut fetch = |tips| {
            let options = FetchOptions { tips, ..FetchOptions::default() };
            remote::fetch_catalog(repo, &url, (&branch, head), &options, hear)
        };
        // Not every server understands where it is cut off.
        fetch(tips).or_else(|error| if is_cut_off { fetch(Vec::new()).map_err(|_| error) } else { Err(error) })?;
    }
    described(repo, url, advertised, branch, head)
}

/// Brings what is missing of a catalog's history here. An import leaves it out; but from a history that is cut off
/// nothing is pushed: some servers never answer then.
pub fn make_whole(
    scope: &LocalScope,
    url: &RemoteUrl,
    catalog: &TrackedCatalog,
    hear: &mut dyn FnMut(Count),
) -> Result<()> {
    let (local, commit) = (scope.repo(), oid(catalog.commit));
    if ends_of(local, [commit])?.is_empty() {
        return Ok(());
    }
    let mut bring = |have: &[Oid], extent| {
        let quarantine = Quarantine::new(local, have, &scope.state_folder())?;
        let options = FetchOptions { extent, ..FetchOptions::default() };
        remote::fetch(quarantine.repo(), url, &[refs::HEAD.to_owned()], &options, hear)?;
        quarantine.admit(local)
    };
    bring(&[commit], Extent::Rest).or_else(|error| bring(&[], Extent::Whole).map_err(|_| error))
}

/// The branch of the catalog, and its newest commit.
pub(super) fn head_of(url: &RemoteUrl, advertised: &Advertised) -> Result<(String, Oid)> {
    let head = advertised.head.clone().zip(advertised.head_commit());
    head.ok_or_else(|| match advertised.head_commit() {
        Some(_) => errors::head_is_detached(&url.to_string()),
        None => errors::no_catalog_there(&url.to_string()),
    })
}

/// What a scope says of itself, in a catalog that is here.
fn described(repo: &Repo, url: RemoteUrl, advertised: Advertised, branch: String, head: Oid) -> Result<Reached> {
    let info = info_of(repo, commit_id(head), &url.to_string())?;
    let info = info.ok_or_else(|| errors::no_catalog_there(&url.to_string()))?;
    let catalog = TrackedCatalog { scope: info.name.clone(), commit: commit_id(head) };
    Ok(Reached { url, branch, advertised, catalog, info })
}

impl Reached {
    /// Refuses a scope that is another one than was meant.
    pub fn expect(self, wanted: &ScopeName) -> Result<Self> {
        match self.info.name == *wanted {
            true => Ok(self),
            false => Err(errors::other_scope_at_url(wanted, &self.url.to_string(), &self.info.name)),
        }
    }
}

/// How a person names a scope that is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By its name: a remote says where it is.
    Scope(ScopeName),
    /// By its URL, or the path of its folder.
    Url(RemoteUrl),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(scope) => scope.fmt(f),
            Self::Url(url) => url.fmt(f),
        }
    }
}

impl Place {
    /// Reads it: what could be a scope's name is one; a folder of that name is meant by `./name`.
    pub fn parse(text: &str, cwd: &Path) -> Result<Self> {
        match text.contains([':', '/', '\\']) || text == "." || text == ".." {
            true => Ok(Self::Url(RemoteUrl::parse(text, cwd)?)),
            false => Ok(Self::Scope(ScopeName::new(text)?)),
        }
    }

    /// Where it is, by the remotes that are known: those of the machine where there is no workspace.
    pub fn url(&self, workspace: Option<&Workspace>) -> Result<RemoteUrl> {
        let (scope, found) = match (self, workspace) {
            (Self::Url(url), _) => return Ok(url.clone()),
            (Self::Scope(scope), Some(workspace)) => (scope, url_of(workspace, scope)?),
            (Self::Scope(scope), None) => (scope, global_url_of(scope)?),
        };
        found.ok_or_else(|| nobody_knows(scope, workspace))
    }

    /// The same for a person in a folder: where nobody knows the scope, a folder of that name may be meant.
    pub fn url_for(&self, cwd: &Path, workspace: Option<&Workspace>) -> Result<RemoteUrl> {
        let is_folder = |scope: &ScopeName| scope.base() == "git" || cwd.join(scope.as_str()).is_dir();
        self.url(workspace).map_err(|error| match self {
            Self::Scope(scope) if is_folder(scope) => errors::folder_by_name(scope),
            _ => error,
        })
    }

    /// Checks that what answered is what was named.
    pub fn expect(&self, reached: Reached) -> Result<Reached> {
        self.check(&reached.url, &reached.info)?;
        Ok(reached)
    }

    /// Refuses what is another scope than was named.
    pub fn check(&self, url: &RemoteUrl, found: &ScopeInfo) -> Result<()> {
        match self {
            Self::Scope(wanted) if found.name != *wanted => {
                Err(errors::other_scope_at_url(wanted, &url.to_string(), &found.name))
            }
            _ => Ok(()),
        }
    }
}

/// A repository for what is only looked at, which goes when it is dropped.
pub struct Visit {
    repo: Repo,
    _folder: TempDir,
    _lock: Option<File>,
}

/// Where the visits of a workspace's commands are, in its local scope's folder of our own.
const VISITS: &str = "visits";

impl Visit {
    /// Makes it.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let repo = Repo::init_bare(folder.path(), folder.path())?;
        Ok(Self { repo, _folder: folder, _lock: None })
    }

    /// Makes another one, from which hosts are asked in the same way.
    pub fn another(&self) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::copy(self.repo.path().join("config"), folder.path().join("config"))?;
        let repo = Repo::init_bare(folder.path(), folder.path())?;
        Ok(Self { repo, _folder: folder, _lock: None })
    }

    /// Makes it inside a local scope, so that git's configuration of hosts counts as it does there, also what the
    /// person's says of this place only (`includeIf "gitdir:…"`). Nothing else in the local scope changes; in one that
    /// can't be written, it is made elsewhere.
    pub fn beside(scope: &LocalScope) -> Result<Self> {
        let Ok((folder, lock)) = visiting_folder(&scope.state_folder().join(VISITS)) else { return Self::new() };
        let config = config_with_that_of(&fs::canonicalize(scope.repo().path())?)?;
        fs::write(folder.path().join("config"), config)?;
        let repo = Repo::init_bare(folder.path(), folder.path())?;
        Ok(Self { repo, _folder: folder, _lock: Some(lock) })
    }

    /// The repository.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Sees the objects of another repository of this machine, without copying any.
    pub fn borrow(&mut self, from: &Repo) -> Result<()> {
        lend(from, self.repo.path())?;
        self.repo = Repo::open(self.repo.path())?;
        Ok(())
    }

    /// Brings the newest commit of a branch, without its history.
    pub fn bring(&self, url: &RemoteUrl, branch: &String) -> Result<()> {
        let options = FetchOptions { extent: Extent::Newest, ..FetchOptions::default() };
        remote::fetch(&self.repo, url, std::slice::from_ref(branch), &options, &mut |_| {})
    }

    /// Asks what is at a URL, and brings its catalog as it is now.
    pub fn reach(&self, url: RemoteUrl) -> Result<Reached> {
        let advertised = remote::list(&url, Some(&self.repo))?;
        let (branch, head) = head_of(&url, &advertised)?;
        self.bring(&url, &branch)?;
        described(&self.repo, url, advertised, branch, head)
    }
}

/// A folder among those of other commands that are visiting, who all share a lock. Who has it alone sweeps away what
/// killed ones left.
fn visiting_folder(visits: &Path) -> Result<(TempDir, File)> {
    fs::create_dir_all(visits)?;
    let lock = File::options().create(true).truncate(false).write(true).open(visits.join("lock"))?;
    if lock.try_lock().is_ok() {
        disk::remove_temporaries(visits)?;
        lock.unlock()?;
    }
    lock.lock_shared()?;
    Ok((disk::temporary_folder(visits)?, lock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_from_a_url() {
        let place = |text: &str| Place::parse(text, Path::new("/")).unwrap();
        assert!(matches!(place("my-org.ui"), Place::Scope(_)) && matches!(place("ui"), Place::Scope(_)));
        for url in ["./ui", "..", "git@host:ui.git", "https://host/ui", "/srv/ui"] {
            assert!(matches!(place(url), Place::Url(_)), "{url}");
        }
    }
}
