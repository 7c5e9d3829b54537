//! Making a repository a scope.

use super::adopt::{Ground, look};
use crate::disk;
use crate::errors;
use crate::git::remote;
use crate::git::url::{RemoteUrl, Transport};
use crate::git::{
    Advertised, Envelope, Identities, Oid, PackWriter, PushMode, RemoteFailure, Repo, commit_id, oid, refs,
};
use crate::model::{FORMAT, ScopeInfo, ScopeName};
use crate::ops::Visit;
use crate::scope::{CatalogDraft, TrackedCatalog};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

/// What scope to make, and where.
#[derive(Debug, Clone, Default)]
pub struct CreateOptions {
    /// A folder or a URL.
    pub place: String,
    /// Its name; the place's own without it.
    pub name: Option<ScopeName>,
    /// What it is for.
    pub description: String,
    /// What to do with a repository that holds something.
    pub used: Used,
}

/// What to do with a repository that holds something and is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Used {
    /// Refuse it.
    #[default]
    Refuse,
    /// Put a catalog on top of what its default branch has.
    Adopt,
}

/// What was made.
#[derive(Debug)]
pub struct Created {
    /// The scope.
    pub name: ScopeName,
    /// Where it is, without secrets.
    pub url: String,
    /// How a workspace reaches it: the same, but for a folder, which has a URL too.
    pub remote: String,
}

/// Makes a repository a scope: its first catalog. What does not exist yet is made, in a folder and over ssh.
pub fn create(cwd: &Path, options: &CreateOptions) -> Result<Created> {
    let url = RemoteUrl::parse(&options.place, cwd)?;
    let name = name_for(&url, options)?;
    // Before anything is made: a scope without a commit would be left.
    let identities = Identities::of(cwd)?;
    let advertised = look_or_make(&url)?;
    let visit = Visit::new()?;
    let ground = look(&visit, &url, advertised, &name, options)?;
    let first = FirstCatalog { visit: &visit, url: &url, name: &name, description: &options.description, identities };
    match ground {
        Ground::Empty => first.push_to_empty()?,
        Ground::Used { branch, commit } => first.push_on_top(branch, commit)?,
    }
    Ok(Created { remote: remote_of(&url), name, url: url.to_string() })
}

fn name_for(url: &RemoteUrl, options: &CreateOptions) -> Result<ScopeName> {
    let name = match &options.name {
        Some(name) => name.clone(),
        None => ScopeName::of_place(url.last_part()).ok_or_else(|| errors::new_scope_name_needed(&url.to_string()))?,
    };
    if name.is_placeholder() { Err(errors::placeholder_scope()) } else { Ok(name) }
}

fn remote_of(url: &RemoteUrl) -> String {
    match url.local_path() {
        Some(path) => RemoteUrl::of_folder(path).to_string(),
        None => url.to_string(),
    }
}

/// What the repository has; an empty one is made where there is none and it can be made.
pub(in crate::ops) fn look_or_make(url: &RemoteUrl) -> Result<Advertised> {
    if let Some(folder) = url.local_path()
        && !Repo::exists(folder)
    {
        make_folder(folder)?;
    }
    match remote::list(url, None) {
        Err(error) if RemoteFailure::of(&error) != Some(RemoteFailure::NotFound) => Err(error),
        Err(_) if url.transport() == Transport::Ssh => remote::make(url),
        Err(_) => Err(errors::no_repository_there_yet(&url.to_string())),
        found => found,
    }
}

/// A folder that is new or empty, or in which this was stopped before.
fn make_folder(folder: &Path) -> Result<()> {
    refuse_file(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    // Of two that begin at once the second waits, and finds what the first has made. Where a disk knows no locks, nobody
    // waits.
    let guard = File::open(folder).with_context(|| format!("could not read {}", folder.display()))?;
    let _ = guard.lock();
    if Repo::exists(folder) {
        return Ok(());
    }
    let is_full = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_full && !Repo::is_begun(folder) {
        return Err(errors::folder_not_empty(folder));
    }
    if is_full {
        disk::remove_temporaries(folder)?;
    }
    Repo::init_bare(folder, folder).map(drop)
}

/// No folder can be made in or in the place of a file, nor of a link to nowhere.
fn refuse_file(folder: &Path) -> Result<()> {
    match folder.ancestors().find(|path| path.symlink_metadata().is_ok()) {
        Some(there) if !there.exists() => Err(errors::link_to_nowhere(there)),
        Some(there) if !there.is_dir() => Err(errors::no_folder_for_scope(there)),
        _ => Ok(()),
    }
}

/// The first catalog, and where it goes.
struct FirstCatalog<'a> {
    visit: &'a Visit,
    url: &'a RemoteUrl,
    name: &'a ScopeName,
    description: &'a str,
    identities: Identities,
}

impl FirstCatalog<'_> {
    /// Pushes it to the branch that HEAD names there. Not every host tells which that is before the branch exists
    /// (over ssh it often can't), so it is looked at afterwards, and a wrong guess is taken back.
    fn push_to_empty(&self) -> Result<()> {
        let commit = self.write(None)?;
        let told = remote::unborn_head(self.url)?;
        let usual = refs::USUAL_HEADS.map(str::to_owned).into_iter().filter(|usual| Some(usual) != told.as_ref());
        for branch in told.clone().into_iter().chain(usual) {
            let pushed = [(branch, commit)];
            self.push(&pushed)?;
            if remote::list(self.url, None)?.head_commit() == Some(commit) {
                return Ok(());
            }
            remote::delete(self.visit.repo(), self.url, &pushed)?;
        }
        Err(errors::head_does_not_resolve(&self.url.to_string()))
    }

    /// Pushes it as the next commit of a branch.
    fn push_on_top(&self, branch: String, base: Oid) -> Result<()> {
        let commit = self.write(Some(base))?;
        self.push(&[(branch, commit)])
    }

    fn push(&self, pushed: &[(String, Oid)]) -> Result<()> {
        let repo = self.visit.repo();
        let report = Envelope::new(repo, pushed, repo.path())?.push(self.url, PushMode::Separate, &mut |_| {})?;
        match report.refused().first() {
            Some((name, why)) => Err(errors::push_refused(self.name, &self.url.to_string(), name, why)),
            None => Ok(()),
        }
    }

    fn write(&self, base: Option<Oid>) -> Result<Oid> {
        let (name, description) = (self.name.clone(), self.description.to_owned());
        let info = ScopeInfo { format: FORMAT, name, description, remotes: [].into(), others: [].into() };
        let base = base.map(|base| TrackedCatalog { scope: info.name.clone(), commit: commit_id(base) });
        let draft = CatalogDraft {
            base: base.as_ref(),
            info: Some(&info),
            entries: &BTreeMap::new(),
            url: Some(self.url),
            message: "a scope begins",
            identities: &self.identities,
        };
        let repo = self.visit.repo();
        let mut objects = Vec::new();
        let commit = draft.write(repo, &mut objects)?;
        let mut pack = PackWriter::new(repo)?;
        pack.add(objects)?;
        pack.finish()?;
        repo.refresh()?;
        Ok(oid(commit))
    }
}
