//! Logging in to a host and out again, by git's own credential system.

use super::reach::{Place, Visit};
use super::{Progress, Workspace, remote};
use crate::errors;
use crate::git::url::{RemoteUrl, Transport};
use crate::git::{
    Credentials, RemoteFailure, Repo, Secret, Service, USUAL_USER, Visitor, can_be_read_by_others, effective_url, knock,
};
use crate::model::ScopeName;
use crate::workspace::Layout;
use anyhow::Result;
use std::path::Path;

/// Where, and as whom.
#[derive(Debug, Clone, Default)]
pub struct LoginOptions {
    /// A scope or a URL; the workspace's own scope, or the only remote, without it.
    pub place: Option<String>,
    /// The user's name; that of the URL without it, else the one that git knows, else `git`.
    pub username: Option<String>,
}

/// What a place wants of who comes.
pub enum Door {
    /// A password or token: [`Login::finish`].
    Password(Box<Login>),
    /// Something else, and it lets this person in.
    Open {
        /// Where it is.
        url: RemoteUrl,
        /// What counts there.
        by: Key,
    },
}

/// What counts at a place that wants no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The rights of a folder.
    FolderRights,
    /// ssh's keys.
    SshKeys,
    /// git's own protocol asks nobody.
    Nothing,
    /// A web server that asks nobody, or that git gets into in another way (`.netrc`, a header, a certificate).
    NoPassword,
}

/// A login that lacks only the password.
pub struct Login {
    url: RemoteUrl,
    user: String,
    helpers: Vec<String>,
    service: Service,
    ground: Ground,
}

/// What was remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Where.
    pub url: RemoteUrl,
    /// Who.
    pub user: String,
    /// By which of git's helpers, in their order.
    pub helpers: Vec<String>,
    /// The user whose password git takes for this URL before, if there is one: both are known to a helper.
    pub hidden_by: Option<String>,
}

/// Finds out what a place wants. Nothing is changed anywhere.
pub fn begin(cwd: &Path, options: &LoginOptions, progress: &dyn Progress) -> Result<Door> {
    let (ground, url) = find(cwd, options, progress)?;
    if let Some(by) = key_of(&url) {
        crate::git::remote::list(&url, Some(ground.repo()))?;
        return Ok(Door::Open { url, by });
    }
    let Some(service) = guarded(&url, ground.repo())? else { return Ok(Door::Open { url, by: Key::NoPassword }) };
    if can_be_read_by_others(&url) {
        return Err(errors::login_unencrypted(&url.to_string()));
    }
    let credentials = Credentials::new(&url, ground.repo());
    let helpers = credentials.helpers()?;
    if helpers.is_empty() {
        return Err(errors::no_credential_helper(&url.to_string()));
    }
    let user = user(&url, options, &credentials)?;
    Ok(Door::Password(Box::new(Login { url, user, helpers, service, ground })))
}

impl Login {
    /// Where.
    pub fn url(&self) -> &RemoteUrl {
        &self.url
    }

    /// Who.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Tries the password at the host, and only then has it remembered.
    pub fn finish(self, secret: &Secret) -> Result<LoggedIn> {
        let url = self.url.to_string();
        knock(&self.url, self.ground.repo(), self.service, &Visitor::User(&self.user, secret)).map_err(|error| {
            match RemoteFailure::of(&error) {
                Some(RemoteFailure::AuthenticationFailed) => errors::login_refused(&url, &self.user),
                _ => error,
            }
        })?;
        let credentials = Credentials::new(&self.url, self.ground.repo());
        let said = credentials.remember(&self.user, secret)?;
        // git does not say whether a helper kept it. So it is asked, first as an export will ask.
        let found = credentials.known(self.url.user().as_deref())?;
        let is_ours = found.as_ref().is_some_and(|found| found.user == self.user && found.secret == *secret);
        let hidden_by = found.filter(|_| !is_ours).map(|found| found.user).filter(|other| *other != self.user);
        let is_kept = is_ours || credentials.known(Some(&self.user))?.is_some_and(|kept| kept.secret == *secret);
        match is_kept {
            true => Ok(LoggedIn { url: self.url, user: self.user, helpers: self.helpers, hidden_by }),
            false => Err(errors::not_remembered(&url, &self.helpers.join(", "), &said)),
        }
    }
}

/// What was forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    /// Where.
    pub url: RemoteUrl,
    /// Whose passwords; nobody's, if none was known.
    pub users: Vec<String>,
    /// What counts there instead, where it is no password.
    pub instead: Option<Key>,
}

/// Lets git's helpers forget the passwords for a place: of one user, or of all. The host is not asked.
pub fn logout(cwd: &Path, options: &LoginOptions, progress: &dyn Progress) -> Result<LoggedOut> {
    let (ground, url) = find(cwd, options, progress)?;
    if let Some(instead) = key_of(&url) {
        return Ok(LoggedOut { url, users: Vec::new(), instead: Some(instead) });
    }
    let credentials = Credentials::new(&url, ground.repo());
    let user = options.username.clone().or(url.user());
    let mut users: Vec<String> = Vec::new();
    while let Some(known) = credentials.known(user.as_deref())? {
        if users.contains(&known.user) {
            return Err(errors::not_forgotten(&url.to_string(), &known.user));
        }
        credentials.forget(&known.user)?;
        users.push(known.user);
    }
    Ok(LoggedOut { url, users, instead: None })
}

/// The repository whose configuration counts.
enum Ground {
    Workspace(Box<Workspace>),
    Anywhere(Visit),
}

impl Ground {
    fn around(cwd: &Path, progress: &dyn Progress) -> Result<Self> {
        Ok(match Layout::find(cwd) {
            Ok(_) => Self::Workspace(Box::new(Workspace::open(cwd, progress)?)),
            Err(_) => Self::Anywhere(Visit::new()?),
        })
    }

    fn workspace(&self) -> Option<&Workspace> {
        match self {
            Self::Workspace(workspace) => Some(workspace),
            Self::Anywhere(_) => None,
        }
    }

    fn repo(&self) -> &Repo {
        match self {
            Self::Workspace(workspace) => workspace.scope.repo(),
            Self::Anywhere(visit) => visit.repo(),
        }
    }
}

fn find(cwd: &Path, options: &LoginOptions, progress: &dyn Progress) -> Result<(Ground, RemoteUrl)> {
    if options.username.as_ref().is_some_and(|name| name.is_empty() || name.chars().any(char::is_control)) {
        return Err(errors::bad_username());
    }
    let ground = Ground::around(cwd, progress)?;
    let url = match &options.place {
        Some(place) => Place::parse(place, cwd)?.url(ground.workspace())?,
        None => usual_url(cwd, ground.workspace())?,
    };
    let url = effective_url(&url, ground.repo())?;
    Ok((ground, url))
}

/// The workspace's own scope, else the only remote.
fn usual_url(cwd: &Path, workspace: Option<&Workspace>) -> Result<RemoteUrl> {
    // The placeholder is nobody's scope, though a pattern may name it.
    if let Some(workspace) = workspace.filter(|workspace| !workspace.config.default_scope.is_placeholder())
        && let Some(url) = remote::url_of(workspace, &workspace.config.default_scope)?
    {
        return Ok(url);
    }
    let mut known: Vec<ScopeName> =
        remote::list(cwd)?.into_iter().filter_map(|remote| remote.name.into_scope()).collect();
    known.dedup();
    match known.as_slice() {
        [only] => Place::Scope(only.clone()).url(workspace),
        known => Err(errors::login_where(&known.iter().map(ScopeName::to_string).collect::<Vec<_>>())),
    }
}

fn key_of(url: &RemoteUrl) -> Option<Key> {
    match url.transport() {
        Transport::Folder => Some(Key::FolderRights),
        Transport::Ssh => Some(Key::SshKeys),
        Transport::Git => Some(Key::Nothing),
        Transport::Http => None,
    }
}

/// What the host lets nobody do without a password. Many let everybody read.
fn guarded(url: &RemoteUrl, repo: &Repo) -> Result<Option<Service>> {
    for service in [Service::Read, Service::Write] {
        let refused = match knock(url, repo, service, &Visitor::Nobody) {
            Ok(()) => continue,
            Err(error) => error,
        };
        return match (RemoteFailure::of(&refused), service) {
            (Some(RemoteFailure::AuthenticationFailed), _) => Ok(Some(service)),
            // It serves readers only: a password would change nothing.
            (Some(failure), Service::Write) if !failure.is_passing() => Ok(None),
            _ => Err(refused),
        };
    }
    Ok(None)
}

fn user(url: &RemoteUrl, options: &LoginOptions, credentials: &Credentials) -> Result<String> {
    if let Some(user) = options.username.clone().or(url.user()) {
        return Ok(user);
    }
    if let Some(user) = credentials.configured_user()? {
        return Ok(user);
    }
    let known = credentials.known(None)?;
    Ok(known.map_or_else(|| USUAL_USER.to_owned(), |known| known.user))
}
