//! Hosts that refuse, fail or are not there.

use super::login::{TokenKept, how_to_log_in, is_folder, is_http};
use super::{Failure, failure, for_shell, report};
use crate::model::ScopeName;

/// Nothing is at the place that a URL names.
pub fn remote_not_there(url: &str, words: &str) -> anyhow::Error {
    let message = format!("there is no repository at {url}, or you may not see it: {words}");
    failure("remote-not-found-there", message, way_to_a_scope(url, None))
}

/// The same, where a scope of this name is to be: one that takes its name from the URL would be another.
pub fn named_scope_not_there(scope: &ScopeName, url: &str, error: anyhow::Error) -> anyhow::Error {
    let Failure { kind, message, exit, .. } = report(&error);
    error.context(Failure { kind, message, hint: way_to_a_scope(url, Some(scope)), exit })
}

fn way_to_a_scope(url: &str, name: Option<&ScopeName>) -> String {
    let log_in = if is_http(url) { format!(" (\"bit login {}\")", for_shell(url)) } else { String::new() };
    let name = name.map(|name| format!("--name {name} ")).unwrap_or_default();
    format!(
        "check the URL and whether you have access{log_in}; \"bit scope create {name}{}\" makes a scope of an empty repository",
        for_shell(url)
    )
}

/// What is at the place is no repository.
pub fn remote_no_repository(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-no-repository",
        format!("what is at {url} is not a git repository: {words}"),
        "check the URL: it is the one that \"git clone\" takes",
    )
}

/// A repository whose objects have other names than a scope's.
pub fn remote_other_ids(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-other-ids",
        format!("the repository at {url} can be no scope: {words}"),
        "the ids of a scope's objects are SHA-1: make the repository anew (git init --bare --object-format=sha1)",
    )
}

/// Who asks is not known to the host; `kept` says why it did not get the token of a CI job, if it did not.
pub fn remote_authentication(url: &str, words: &str, kept: Option<&TokenKept>) -> anyhow::Error {
    failure(
        "remote-authentication",
        format!("{url} does not know who you are: {words}"),
        format!("{}. What works in \"git ls-remote {}\" works here", how_to_log_in(url, kept), for_shell(url)),
    )
}

/// Who asks may not.
pub fn remote_denied(url: &str, words: &str) -> anyhow::Error {
    let shell = for_shell(url);
    let way_out = match () {
        () if is_folder(url) => {
            format!(
                "ask the owner of the folder for the right to read and write there (bit remote check {shell} shows what you may)"
            )
        }
        () if is_http(url) => format!(
            "ask who runs the host for the right to read or to push, or log in as somebody who has (bit login {shell}; --username says as whom)"
        ),
        () if url.starts_with("git://") => {
            "git:// knows nobody by name: ask who runs the host to let all push there, or for another URL of it"
                .to_owned()
        }
        () => {
            "ask who runs the host for the right to read or to push, or use the ssh key of somebody who has".to_owned()
        }
    };
    failure(
        "remote-denied",
        format!("you have no right to do this at {url}: {words}"),
        format!("{way_out}; nothing was changed"),
    )
}

/// The name of the host can't be resolved.
pub fn remote_host_unknown(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-host-unknown",
        format!("the host of {url} was not found: {words}"),
        "check the spelling, and whether you are online",
    )
}

/// The host can't prove to be what it says it is.
pub fn remote_not_trusted(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-not-trusted",
        format!("the host of {url} can't be trusted: {words}"),
        "for ssh, connect once by hand and compare the fingerprint; for https, see that its certificate is known (http.sslCAInfo)",
    )
}

/// The host does not answer, or stopped in the middle.
pub fn remote_unreachable(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-unreachable",
        format!("{url} can't be reached or broke off: {words}"),
        "try the same command again later; it goes on where it was",
    )
}

/// The host takes connections and says nothing.
pub fn remote_silent(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-silent",
        format!("{url} does not answer: {words}"),
        "see whether it is at work, then run the same command again; \"bit mirror --timeout\" waits longer, and so does bit with GIT_HTTP_LOW_SPEED_TIME (in seconds; for the web alone git's setting http.lowSpeedTime)",
    )
}

/// The word for a host that does not take so much.
pub(super) const TOO_LARGE: &str = "remote-too-large";

/// The host does not take so much.
pub fn remote_too_large(url: &str, words: &str) -> anyhow::Error {
    failure(
        TOO_LARGE,
        format!("{url} does not take so much at once: {words}"),
        "export fewer components at a time, or ask who runs the host to raise its limit",
    )
}

/// The host wants to be asked less often.
pub fn remote_rate_limited(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-rate-limited",
        format!("the host of {url} takes no more requests for now: {words}"),
        "try the same command again later; it goes on where it was",
    )
}

/// The host failed by itself.
pub fn remote_broken(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-broken",
        format!("the host of {url} failed: {words}"),
        "try the same command again later, or ask who runs the host",
    )
}

/// The repository is a folder of another user.
pub fn remote_owner(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-owner",
        format!("{url} belongs to another user, and git does not trust it: {words}"),
        format!("if you do: git config --global --add safe.directory {}", for_shell(url)),
    )
}

/// There is no room.
pub fn remote_disk_full(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-disk-full",
        format!("no room is left for what goes to or comes from {url}: {words}"),
        "free some space there or here and run the same command again; nothing is lost",
    )
}

/// The host can't push all or nothing.
pub fn remote_not_atomic(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-not-atomic",
        format!("the host of {url} can't change several refs together: {words}"),
        "push in two steps: versions first, then the catalog",
    )
}

/// A ref or a commit is not there any more.
pub fn remote_missing(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-missing",
        format!("{url} does not have what was asked for: {words}"),
        "somebody may have removed it; \"bit fetch\" looks again at what there is",
    )
}

/// A way to connect that is not used.
pub fn remote_transport(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-transport",
        format!("{url} leads to a transport that is not used: {words}"),
        "only file, git, http, https and ssh are; look for url.<base>.insteadOf in your git configuration",
    )
}

/// What came is not sound.
pub fn remote_damaged(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-damaged",
        format!("what {url} sent is damaged or incomplete, and was not taken: {words}"),
        "ask who runs the host to look at it with \"git fsck --full\"; nothing was changed here",
    )
}

/// git failed in a way that is not known.
pub fn remote_failed(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-failed",
        format!("git could not work with {url}: {words}"),
        format!("try \"git ls-remote {}\": it may say more", for_shell(url)),
    )
}

/// A repository whose HEAD names a branch that is not there, though another one is.
pub fn head_names_nothing(url: &str, branch: &str) -> anyhow::Error {
    failure(
        "no-head",
        format!("the HEAD of {url} names a branch that is not there; {branch} is"),
        format!("if that is the catalog, make it the default branch (in a folder: git symbolic-ref HEAD {branch})"),
    )
}

/// A repository whose HEAD names a branch that nobody can find out.
pub fn head_does_not_resolve(url: &str) -> anyhow::Error {
    failure(
        "no-head",
        format!("the HEAD of {url} names a branch that is neither main nor master, and the host does not say which"),
        "make main its default branch, and run the same command again",
    )
}
