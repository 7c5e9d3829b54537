//! Names and URLs of scopes.

use super::{failure, for_shell};
use crate::model::ScopeName;
use std::fmt;
use std::path::Path;

/// A URL that may not be dialled.
pub fn bad_url(shown: &str, reason: &str) -> anyhow::Error {
    failure(
        "bad-url",
        format!("the URL \"{shown}\" can't be used: {reason}"),
        "name a folder, or a URL such as https://example.com/scope.git or git@example.com:scope.git",
    )
}

/// A URL with a password or a token in it.
pub fn secret_in_url(shown: &str) -> anyhow::Error {
    failure(
        "secret-in-url",
        format!("the URL \"{shown}\" holds a password or a token, which is not stored"),
        format!(
            "leave it out; git remembers it: git config --global credential.helper cache (or your system's helper), then bit login {}",
            for_shell(&without_secrets(shown))
        ),
    )
}

/// What is left of a shown URL without the user, and without what was sent along.
fn without_secrets(shown: &str) -> String {
    let Some((scheme, rest)) = shown.split_once("://") else { return shown.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or(host))
}

/// There is no scope at this place, where one can be made.
pub fn scope_not_found(path: &Path, reason: &str) -> anyhow::Error {
    let hint = format!("check the path; \"bit scope create {}\" makes a scope", for_shell(&path.to_string_lossy()));
    failure(SCOPE_NOT_FOUND, not_found_at(path, reason), hint)
}

/// There is no scope at this place, but other things are.
pub fn no_scope_among_files(path: &Path, reason: &str) -> anyhow::Error {
    let hint = "check the path; \"bit scope create\" makes a scope of a new folder, or of an empty one";
    failure(SCOPE_NOT_FOUND, not_found_at(path, reason), hint)
}

const SCOPE_NOT_FOUND: &str = "scope-not-found";

fn not_found_at(path: &Path, reason: &str) -> String {
    format!("scope not found at {}: {reason}", path.display())
}

/// The scope at this place has another name.
pub fn other_scope_there(asked: &ScopeName, path: &Path, found: &ScopeName) -> anyhow::Error {
    failure(
        "other-scope",
        format!("the scope at {} is {found}, not {asked}", path.display()),
        format!("add it by its own name: bit remote add {found} {}", for_shell(&path.to_string_lossy())),
    )
}

/// A remote that would bear the name of no scope.
pub fn placeholder_remote() -> anyhow::Error {
    failure(
        "placeholder-scope",
        "no remote can be named my-scope: that is what workspaces without a scope of their own say",
        "give the scope a name of its own, such as my-org.ui",
    )
}

/// The remote is one that the team shares, which no command removes.
pub fn remote_is_shared(name: &str) -> anyhow::Error {
    failure(
        "remote-is-shared",
        format!("remote \"{name}\" was not found locally: the team shares it in workspace.jsonc"),
        "take it out of \"bit.scope/remotes\" there",
    )
}

/// No remote of this name.
pub fn remote_not_found(name: &str, nearest: Option<&str>) -> anyhow::Error {
    let hint = match nearest {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => "\"bit remote\" shows them all".into(),
    };
    failure("remote-not-found", format!("remote \"{}\" was not found", name.escape_debug()), hint)
}

/// The remote is one of this machine, and a workspace's was asked for.
pub fn remote_is_global(name: &str) -> anyhow::Error {
    let message =
        format!("remote \"{name}\" was not found locally, to remove a global remote, please use \"--global\" flag");
    failure("remote-is-global", message, format!("bit remote del {name} --global"))
}

/// The remote is the workspace's, and one of this machine was asked for.
pub fn remote_is_local(name: &str) -> anyhow::Error {
    let message = format!(
        "remote \"{name}\" was not found globally, to remove a local remote, please omit the \"--global\" flag"
    );
    failure("remote-is-local", message, format!("bit remote del {name}"))
}

/// The file of this machine's remotes can't be read.
pub fn damaged_remotes(path: &Path, reason: &dyn fmt::Display) -> anyhow::Error {
    failure(
        "damaged-remotes",
        format!("the global remotes in {} can't be read: {reason}", path.display()),
        "mend the file or remove it; nothing was changed",
    )
}

/// Nobody knows where this machine's settings are.
pub fn no_home() -> anyhow::Error {
    failure("no-home", "there is no place for global remotes: HOME is not set", "set HOME or XDG_CONFIG_HOME")
}
