//! Remotes: where scopes are reached. They are written down here, and dialled by other commands.

use super::{Progress, Workspace};
use crate::errors;
use crate::git::url::{RemoteUrl, display_url};
use crate::model::{Pattern, ScopeName, nearest};
use crate::scope::{
    GlobalRemotes, LocalScope, Remotes, WriteLock, info_at, local_remotes, remove_local_remote, set_local_remote,
};
use crate::workspace::{Layout, hide_from_git};
use anyhow::Result;
use std::path::Path;

/// For whom a remote is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// For this workspace.
    Workspace,
    /// For every workspace of this machine's user.
    Machine,
}

/// A remote as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The scope.
    pub name: ScopeName,
    /// Where it is, without secrets.
    pub url: String,
    /// Who knows it.
    pub reach: Reach,
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
    Ok(AddedRemote { remote: Remote { name, url: url.to_string(), reach }, before })
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
        Some(folder) => info_at(folder)?.map(|info| (folder, info.name)),
        None => None,
    };
    let name = match (asked, found) {
        (Some(asked), Some((folder, found))) if asked != found => {
            return Err(errors::other_scope_there(&asked, folder, &found));
        }
        (Some(asked), _) => asked,
        (None, Some((_, found))) => found,
        (None, None) => return Err(errors::scope_name_needed(&url.to_string())),
    };
    if name.is_placeholder() {
        return Err(errors::placeholder_remote());
    }
    Ok(name)
}

/// Removes a remote.
pub fn remove(cwd: &Path, name: &str, reach: Reach, progress: &dyn Progress) -> Result<ScopeName> {
    let known = list(cwd)?;
    let reaches: Vec<Reach> =
        known.iter().filter(|remote| remote.name.as_str() == name).map(|remote| remote.reach).collect();
    if reaches.is_empty() {
        let names = known.iter().map(|remote| remote.name.as_str());
        return Err(errors::remote_not_found(name, nearest(name, names)));
    }
    match reach {
        _ if reaches.contains(&reach) => {}
        Reach::Workspace => return Err(errors::remote_is_global(name)),
        Reach::Machine => return Err(errors::remote_is_local(name)),
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
    let local = match Layout::find(cwd) {
        Ok(layout) if LocalScope::exists(&layout.local_scope) => {
            local_remotes(&LocalScope::open(&layout.local_scope)?)?
        }
        _ => Remotes::new(),
    };
    let shown = |reach| move |(name, url): (ScopeName, String)| Remote { name, url: display_url(&url), reach };
    // Without a home there are none.
    let global = GlobalRemotes::of_user().map_or_else(|_| Ok(Remotes::new()), |global| global.read())?;
    let mut all: Vec<Remote> = local.into_iter().map(shown(Reach::Workspace)).collect();
    all.extend(global.into_iter().map(shown(Reach::Machine)));
    all.sort_by(|a, b| (&a.name, a.reach).cmp(&(&b.name, b.reach)));
    Ok(all)
}

/// The key of workspace.jsonc by which a team shares its remotes.
const SHARED: &str = "bit.scope/remotes";

/// Where a scope is: by this workspace's remotes, then by workspace.jsonc (its name before patterns), then by the
/// machine's remotes.
pub fn url_of(workspace: &Workspace, scope: &ScopeName) -> Result<Option<RemoteUrl>> {
    let found = match local_remotes(&workspace.scope)?.remove(scope) {
        Some(local) => Some(local),
        None => match shared_url(workspace, scope)? {
            Some(shared) => Some(shared),
            None => return global_url_of(scope),
        },
    };
    found.map(|url| RemoteUrl::parse(&url, &workspace.layout.root)).transpose()
}

/// Where a scope is by the machine's remotes, which count outside of a workspace too.
pub fn global_url_of(scope: &ScopeName) -> Result<Option<RemoteUrl>> {
    // Without a home there are none.
    let Ok(remotes) = GlobalRemotes::of_user() else { return Ok(None) };
    // They were made absolute when they were added.
    remotes.read()?.remove(scope).map(|url| RemoteUrl::parse(&url, Path::new("/"))).transpose()
}

/// The names of the scopes that have a remote of their own; none where they can't be read.
pub fn known_names(workspace: Option<&Workspace>) -> Vec<ScopeName> {
    let local = workspace.and_then(|workspace| local_remotes(&workspace.scope).ok()).unwrap_or_default();
    let global = GlobalRemotes::of_user().and_then(|global| global.read()).unwrap_or_default();
    local.into_keys().chain(global.into_keys()).collect()
}

fn shared_url(workspace: &Workspace, scope: &ScopeName) -> Result<Option<String>> {
    let Some(shared) = workspace.config.raw(SHARED).and_then(|value| value.as_object()) else { return Ok(None) };
    if let Some(url) = shared.get(scope.as_str()).and_then(|value| value.as_str()) {
        return Ok(Some(filled(url, scope)));
    }
    // The longest pattern is the most particular one.
    let mut patterns: Vec<(&String, &str)> =
        shared.iter().filter_map(|(pattern, url)| Some((pattern, url.as_str()?))).collect();
    patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
    for (pattern, url) in patterns.into_iter().filter(|(pattern, _)| Pattern::looks_like(pattern)) {
        if Pattern::parse(pattern)?.matches_scope(scope) {
            return Ok(Some(filled(url, scope)));
        }
    }
    Ok(None)
}

fn filled(url: &str, scope: &ScopeName) -> String {
    let owner = scope.owner().unwrap_or_default();
    url.replace("{name}", scope.base()).replace("{owner}", owner).replace("{scope}", scope.as_str())
}

/// The local scope alone: its remotes can be changed whatever state the workspace's files are in.
fn local_scope(cwd: &Path, progress: &dyn Progress) -> Result<(LocalScope, WriteLock)> {
    let path = Layout::find(cwd)?.local_scope;
    let scope = if LocalScope::exists(&path) { LocalScope::open(&path)? } else { make_anew(&path)? };
    let lock = scope.lock(&mut || progress.waiting("another bit command"))?;
    Ok((scope, lock))
}

/// A local scope that is gone is made again, as every command does.
fn make_anew(path: &Path) -> Result<LocalScope> {
    let scope = LocalScope::init(path)?;
    hide_from_git(path)?;
    Ok(scope)
}
