//! Remotes: where scopes are reached. They are written down here, and dialled by other commands.

mod check;

use super::{Progress, Visit, Workspace};
use crate::errors;
use crate::git::url::{RemoteUrl, display_url};
use crate::model::{ScopeName, nearest};
use crate::scope::{
    GlobalRemotes, LocalScope, Remotes, WriteLock, info_at, local_remotes, remove_local_remote, set_local_remote,
};
use crate::workspace::{Layout, WorkspaceConfig, hide_from_git};
use anyhow::Result;
use std::fmt;
use std::path::Path;

pub use check::{Checked, Findings, Note, PushRight, check};

/// For whom a remote is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// For this workspace.
    Workspace,
    /// For every workspace of this machine's user.
    Machine,
}

/// Who says where a scope is; of several, the first one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A remote of this workspace.
    Workspace,
    /// The team, in workspace.jsonc.
    Team,
    /// A remote of this machine's user.
    Machine,
}

impl From<Reach> for Source {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::Workspace => Self::Workspace,
            Reach::Machine => Self::Machine,
        }
    }
}

/// Which scopes a remote is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemoteName {
    /// This one.
    Scope(ScopeName),
    /// All that a pattern of the team names.
    Pattern(String),
}

impl RemoteName {
    /// The scope, where it is about one.
    pub fn into_scope(self) -> Option<ScopeName> {
        match self {
            Self::Scope(name) => Some(name),
            Self::Pattern(_) => None,
        }
    }
}

impl fmt::Display for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(name) => name.fmt(f),
            Self::Pattern(text) => f.pad(text),
        }
    }
}

impl PartialEq<ScopeName> for RemoteName {
    fn eq(&self, other: &ScopeName) -> bool {
        matches!(self, Self::Scope(name) if name == other)
    }
}

/// A remote as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The scope, or scopes.
    pub name: RemoteName,
    /// Where it is, without secrets.
    pub url: String,
    /// Who says so.
    pub source: Source,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedRemote {
    /// The remote as it is now.
    pub remote: Remote,
    /// Where it was before, if it was elsewhere; without secrets.
    pub before: Option<String>,
}

/// Adds a remote, or gives it another URL. Without a name, the scope itself is asked for it.
pub fn add(cwd: &Path, name: Option<&str>, url: &str, reach: Reach, progress: &dyn Progress) -> Result<AddedRemote> {
    let name = name.map(scope_name).transpose()?;
    let url = RemoteUrl::parse(url, cwd)?;
    progress.stage("asking the scope for its name", 0);
    let name = name_of(name, &url)?;
    let before = match reach {
        Reach::Machine => GlobalRemotes::of_user()?.change(|all| all.insert(name.clone(), url.as_str().to_owned()))?,
        Reach::Workspace => {
            let (scope, _lock) = local_scope(cwd, progress)?;
            let before = local_remotes(&scope)?.remove(&name);
            set_local_remote(&scope, &name, url.as_str())?;
            before
        }
    };
    let before = before.filter(|before| before != url.as_str()).map(|before| display_url(&before));
    Ok(AddedRemote {
        remote: Remote { name: RemoteName::Scope(name), url: url.to_string(), source: reach.into() },
        before,
    })
}

/// A URL in the place of the name may hold a secret, which the message must not repeat.
fn scope_name(text: &str) -> Result<ScopeName> {
    match ScopeName::new(text) {
        Err(_) if text.contains(['@', ':']) => {
            Err(errors::bad_url(&display_url(text), "the scope's name comes first, then the URL"))
        }
        name => Ok(name?),
    }
}

/// The name that was given, if it is not another's; else what the scope says of itself.
fn name_of(asked: Option<ScopeName>, url: &RemoteUrl) -> Result<ScopeName> {
    let found = match url.local_path() {
        Some(folder) => match info_at(folder) {
            // What only git can read is asked as a host is.
            Err(error) if errors::is_other_repository(&error) => Some((folder, ask_for_name(url)?)),
            info => info?.map(|info| (folder, info.name)),
        },
        None => None,
    };
    let name = match (asked, found) {
        (Some(asked), Some((folder, found))) if asked != found => {
            return Err(errors::other_scope_there(&asked, folder, &found));
        }
        (Some(asked), _) => asked,
        (None, Some((_, found))) => found,
        (None, None) if url.local_path().is_some() => return Err(errors::no_catalog_there(&url.to_string())),
        (None, None) => ask_for_name(url)?,
    };
    if name.is_placeholder() {
        return Err(errors::placeholder_remote());
    }
    Ok(name)
}

/// What the scope says of itself, over the network.
fn ask_for_name(url: &RemoteUrl) -> Result<ScopeName> {
    let reached = Visit::new()?.reach(url.clone());
    reached.map(|reached| reached.info.name).map_err(|error| errors::name_not_asked(&url.to_string(), &error))
}

/// Removes a remote.
pub fn remove(cwd: &Path, name: &str, reach: Reach, progress: &dyn Progress) -> Result<ScopeName> {
    let known = recorded(cwd)?;
    let sources: Vec<Source> =
        known.iter().filter(|remote| remote.name.to_string() == name).map(|remote| remote.source).collect();
    // Those of the team are in a person's file. Should it be broken, what can be removed still can.
    let is_shared = || shared(cwd).is_ok_and(|shared| shared.iter().any(|remote| remote.name.to_string() == name));
    match reach {
        _ if sources.contains(&reach.into()) => {}
        Reach::Workspace if is_shared() => return Err(errors::remote_is_shared(name)),
        _ if sources.is_empty() => {
            let names: Vec<String> = known.iter().map(|remote| remote.name.to_string()).collect();
            return Err(errors::remote_not_found(name, nearest(name, names.iter().map(String::as_str))));
        }
        Reach::Machine => return Err(errors::remote_is_local(name)),
        Reach::Workspace => return Err(errors::remote_is_global(name)),
    }
    let name = ScopeName::new(name)?;
    match reach {
        Reach::Machine => drop(GlobalRemotes::of_user()?.change(|all| all.remove(&name))?),
        Reach::Workspace => {
            let (scope, _lock) = local_scope(cwd, progress)?;
            remove_local_remote(&scope, &name)?;
        }
    }
    Ok(name)
}

/// Every remote that is known here, sorted; outside of a workspace, those of the machine.
pub fn list(cwd: &Path) -> Result<Vec<Remote>> {
    let mut all = recorded(cwd)?;
    all.extend(shared(cwd)?);
    all.sort_by(|a, b| (&a.name, a.source).cmp(&(&b.name, b.source)));
    Ok(all)
}

/// The remotes that were added by a command.
fn recorded(cwd: &Path) -> Result<Vec<Remote>> {
    let local = match Layout::find(cwd) {
        Ok(layout) if LocalScope::exists(&layout.local_scope) => {
            local_remotes(&LocalScope::open(&layout.local_scope)?)?
        }
        _ => Remotes::new(),
    };
    let shown = |source| {
        move |(name, url): (ScopeName, String)| Remote { name: RemoteName::Scope(name), url: display_url(&url), source }
    };
    // Without a home there are none.
    let global = GlobalRemotes::of_user().map_or_else(|_| Ok(Remotes::new()), |global| global.read())?;
    let mut all: Vec<Remote> = local.into_iter().map(shown(Source::Workspace)).collect();
    all.extend(global.into_iter().map(shown(Source::Machine)));
    Ok(all)
}

/// The remotes that the team shares.
fn shared(cwd: &Path) -> Result<Vec<Remote>> {
    let Ok(layout) = Layout::find(cwd) else { return Ok(Vec::new()) };
    let Some(config) = WorkspaceConfig::read(&layout.config_file())? else { return Ok(Vec::new()) };
    let remotes = &config.shared_remotes;
    let exact = remotes.exact().map(|(name, url)| (RemoteName::Scope(name.clone()), url));
    let patterns = remotes.patterns().map(|(text, url)| (RemoteName::Pattern(text.to_owned()), url));
    let shown = |(name, url)| Remote { name, url: display_url(url), source: Source::Team };
    Ok(exact.chain(patterns).map(shown).collect())
}

/// Where a scope is: by this workspace's remotes, then by workspace.jsonc (its name before patterns), then by the
/// machine's remotes.
pub fn url_of(workspace: &Workspace, scope: &ScopeName) -> Result<Option<RemoteUrl>> {
    let found = known_url(workspace, scope)?;
    // Those of the machine were made absolute when they were added.
    found.map(|(url, _)| RemoteUrl::parse(&url, &workspace.layout.root)).transpose()
}

/// What is said of where a scope is, as it was written, and by whom.
pub fn known_url(workspace: &Workspace, scope: &ScopeName) -> Result<Option<(String, Source)>> {
    if let Some(local) = local_remotes(&workspace.scope)?.remove(scope) {
        return Ok(Some((local, Source::Workspace)));
    }
    if let Some(shared) = workspace.config.shared_remotes.url_of(scope) {
        return Ok(Some((shared, Source::Team)));
    }
    // Without a home there are none.
    let Ok(global) = GlobalRemotes::of_user() else { return Ok(None) };
    Ok(global.read()?.remove(scope).map(|url| (url, Source::Machine)))
}

/// Where a scope is by the machine's remotes, which count outside of a workspace too.
pub fn global_url_of(scope: &ScopeName) -> Result<Option<RemoteUrl>> {
    // Without a home there are none.
    let Ok(remotes) = GlobalRemotes::of_user() else { return Ok(None) };
    // They were made absolute when they were added.
    remotes.read()?.remove(scope).map(|url| RemoteUrl::parse(&url, Path::new("/"))).transpose()
}

/// The refusal where no remote says where a scope is; with the nearest name that one has.
pub fn nobody_knows(scope: &ScopeName, workspace: Option<&Workspace>) -> anyhow::Error {
    let names = known_names(workspace);
    let nearest = nearest(scope.as_str(), names.iter().map(ScopeName::as_str));
    let command = if workspace.is_some() { "bit remote add" } else { "bit remote add --global" };
    errors::unknown_remote(scope, nearest, command)
}

/// The names of the scopes that have a remote of their own; none where they can't be read.
fn known_names(workspace: Option<&Workspace>) -> Vec<ScopeName> {
    let local = workspace.and_then(|workspace| local_remotes(&workspace.scope).ok()).unwrap_or_default();
    let global = GlobalRemotes::of_user().and_then(|global| global.read()).unwrap_or_default();
    local.into_keys().chain(global.into_keys()).collect()
}

/// The local scope alone: its remotes can be changed whatever state the workspace's files are in.
fn local_scope(cwd: &Path, progress: &dyn Progress) -> Result<(LocalScope, WriteLock)> {
    let path = Layout::find(cwd)?.local_scope;
    let scope = if LocalScope::exists(&path) { LocalScope::open(&path)? } else { make_anew(&path)? };
    let lock = scope.lock(&mut |who| progress.waiting(who))?;
    Ok((scope, lock))
}

/// A local scope that is gone is made again, as every command does.
fn make_anew(path: &Path) -> Result<LocalScope> {
    let scope = LocalScope::init(path)?;
    hide_from_git(path)?;
    Ok(scope)
}
