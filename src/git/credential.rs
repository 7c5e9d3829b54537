//! git's own credential system: the helpers that a person has set up, and whether a host takes a password.

use super::command::{Git, Output};
use super::failure::RemoteFailure;
use super::host::Address;
use super::masking::masked;
use super::token::{Company, Secret, Token};
use super::url::RemoteUrl;
use super::{Repo, refs};
use crate::errors;
use anyhow::Result;
use std::path::Path;

/// What git's credential helpers know of a URL.
pub struct Credentials<'r> {
    url: &'r RemoteUrl,
    from: &'r Repo,
}

/// What a helper knows.
pub struct Known {
    /// The user's name.
    pub user: String,
    /// The password.
    pub secret: Secret,
}

impl<'r> Credentials<'r> {
    /// Of an http or https URL; the repository's configuration counts too.
    pub fn new(url: &'r RemoteUrl, from: &'r Repo) -> Self {
        Self { url, from }
    }

    /// The helpers that are asked about the URL, in their order.
    pub fn helpers(&self) -> Result<Vec<String>> {
        let all = self.git(["config", "--null", "--get-regexp", r"^credential\.(.*\.)?helper$"]).output()?;
        let mut helpers = Vec::new();
        for (key, helper) in all.stdout.split('\0').filter_map(|entry| entry.split_once('\n')) {
            match (applies(key, self.url), helper) {
                (Some(true), "") => helpers.clear(),
                (Some(false), _) | (None, "") => {}
                // A pattern: whether it is remembered is seen when it was.
                _ => helpers.push(helper.to_owned()),
            }
        }
        Ok(helpers)
    }

    /// The user's name that the configuration gives.
    pub fn configured_user(&self) -> Result<Option<String>> {
        let output = self.git(["config", "--get-urlmatch", "credential.username", self.url.as_str()]).output()?;
        let user = output.stdout.trim_end();
        Ok((output.success && !user.is_empty()).then(|| user.to_owned()))
    }

    /// What they know, of this user or of any. Nobody is asked for it.
    pub fn known(&self, user: Option<&str>) -> Result<Option<Known>> {
        let output = self.tell("fill", user, None)?;
        let value = |name: &str| {
            let mut pairs = output.stdout.lines().filter_map(|line| line.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let known = || {
            let secret = Secret::new(value("password")?)?;
            Some(Known { user: value("username")?.to_owned(), secret })
        };
        Ok(output.success.then(known).flatten())
    }

    /// Hands a password to the helpers. What they say, fit to be shown: git does not tell whether they kept it.
    pub fn remember(&self, user: &str, secret: &Secret) -> Result<String> {
        Ok(masked(self.tell("approve", Some(user), Some(secret))?.stderr.trim()))
    }

    /// Lets the helpers forget what they know of a user.
    pub fn forget(&self, user: &str) -> Result<()> {
        self.tell("reject", Some(user), None).map(drop)
    }

    fn tell(&self, action: &str, user: Option<&str>, secret: Option<&Secret>) -> Result<Output> {
        let mut said = format!("url={}\n", self.url.without_user());
        said.extend(user.map(|user| format!("username={user}\n")));
        said.extend(secret.map(|secret| format!("password={}\n", secret.expose())));
        self.git(["credential", action]).stdin(said + "\n").output()
    }

    /// A call that opens no window and asks nobody.
    fn git<const N: usize>(&self, arguments: [&str; N]) -> Git {
        Git::new(arguments)
            .in_repository(self.from.path())
            .env("GIT_ASKPASS", "")
            .env("GCM_INTERACTIVE", "never")
            .config("credential.interactive", "false")
    }
}

/// Whether a setting `credential[.<url>].helper` is for a URL; `None` if that is not known here.
fn applies(key: &str, url: &RemoteUrl) -> Option<bool> {
    let Some(place) = key.strip_prefix("credential.").and_then(|rest| rest.strip_suffix(".helper")) else {
        return Some(true);
    };
    let (address, own) = (Address::parse(place)?, Address::parse(url.as_str())?);
    // One below a path may apply or not.
    let has_path = place.splitn(4, '/').nth(3).is_some_and(|path| !path.is_empty());
    match address.scheme == own.scheme && own.is_at(&address.host) {
        true if has_path => None,
        is_there => Some(is_there),
    }
}

/// The URL that git really dials, after `url.<base>.insteadOf`.
pub fn effective_url(url: &RemoteUrl, from: &Repo) -> Result<RemoteUrl> {
    if url.local_path().is_some() {
        return Ok(url.clone());
    }
    let output = Git::new(["ls-remote", "--get-url", "--", url.as_str()]).in_repository(from.path()).output()?;
    match output.success {
        true => RemoteUrl::parse(output.stdout.trim_end_matches('\n'), Path::new("/")),
        false => Err(RemoteFailure::explain(url, &output)),
    }
}

/// What one may want to do at a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Fetch.
    Read,
    /// Push.
    Write,
}

/// As whom a host is asked.
pub enum Visitor<'s> {
    /// As nobody: no password is sent, whatever the helpers know.
    Nobody,
    /// As this user with this password, and no other.
    User(&'s str, &'s Secret),
}

/// Asks a host whether it lets a visitor in; nothing is changed there.
pub fn knock(url: &RemoteUrl, from: &Repo, service: Service, visitor: &Visitor) -> Result<()> {
    let plain = url.without_user();
    let git = match service {
        Service::Read => Git::new(["ls-remote", "--", &plain, refs::HEAD]),
        // What is not there can't be deleted: git finds out after the host has let it in, and before it sends anything.
        Service::Write => Git::new(["push", "--dry-run", "--no-verify", "--no-signed", "--no-follow-tags"])
            .args(["--recurse-submodules=no", "--", &plain, &format!(":{}", refs::NOWHERE)])
            .config("push.pushOption", ""),
    };
    let git = git.in_repository(from.path()).over_the_network_as_nobody(url);
    let git = match visitor {
        Visitor::Nobody => git,
        Visitor::User(user, secret) => {
            let address = Address::parse(url.as_str());
            let address = address.ok_or_else(|| errors::bad_url(&url.to_string(), "its host can't be read"))?;
            Token::new(&address, user, (*secret).clone()).accompany(git, Company::Alone)
        }
    };
    let output = git.output()?;
    match RemoteFailure::recognise(url, &output.stderr) {
        _ if output.success => Ok(()),
        RemoteFailure::Missing if service == Service::Write => Ok(()),
        _ => Err(RemoteFailure::explain(url, &output)),
    }
}

/// Whether a password that goes there could be read on the way.
pub fn can_be_read_by_others(url: &RemoteUrl) -> bool {
    Address::parse(url.as_str()).is_some_and(|address| !address.is_private())
}
