//! What a scope holds: versions, catalogs, the journal.

use super::{failure, for_shell};
use crate::model::ScopeName;
use std::fmt;
use std::path::Path;

/// The journal can't be read.
pub fn damaged_journal(path: &Path, error: &serde_json::Error) -> anyhow::Error {
    failure(
        "damaged-journal",
        format!("the journal {} can't be read: {error}", path.display()),
        "it was written by a command that was stopped; remove the file, then look at \"bit status\": versions that were tagged are kept",
    )
}

/// The way out where a local scope among the team's files is not to be trusted as it is.
const REMOVE_SCOPE: &str = "if you did not, remove the folder: \"bit import\" brings exported versions back";

/// A local scope came with the files of the repository around it.
pub fn scope_is_tracked(place: &Path) -> anyhow::Error {
    let folder = place.display().to_string();
    let folder = for_shell(&folder);
    failure(
        "untrusted-scope",
        format!(
            "{} is not used: git tracks files of it in the repository around it, so whoever commits there could say which programs run here",
            place.display()
        ),
        format!(
            "if you made it: git rm -r --cached {folder}, and commit that (the folder stays); {REMOVE_SCOPE}, after git rm -r {folder}"
        ),
    )
}

/// A local scope among the team's files has a setting that bit does not make.
pub fn scope_setting_not_ours(file: &Path, key: &str) -> anyhow::Error {
    let path = file.display().to_string();
    let (key, path) = (key.escape_debug(), for_shell(&path));
    failure(
        "untrusted-scope",
        format!(
            "{} sets {key}, which bit never does: a folder among the team's files may come from a stranger, so it is not used",
            file.display()
        ),
        format!(
            "if you made that setting, make it for yourself (git config --global {key} …) and take it out there: git config --file {path} --unset-all {key}; {REMOVE_SCOPE}"
        ),
    )
}

/// The configuration of a local scope among the team's files has a line that could hide a setting.
pub fn scope_config_not_plain(file: &Path, line: usize) -> anyhow::Error {
    failure(
        "untrusted-scope",
        format!(
            "line {line} of {} is written as neither bit nor git writes it: a folder among the team's files may come from a stranger, so it is not used",
            file.display()
        ),
        format!("if you wrote it, write it plainly, one setting a line; {REMOVE_SCOPE}"),
    )
}

/// A local scope among the team's files leads to another repository.
pub fn scope_leads_elsewhere(file: &Path) -> anyhow::Error {
    failure(
        "untrusted-scope",
        format!(
            "{} leads to another repository: a folder among the team's files may come from a stranger, so it is not used",
            file.display()
        ),
        format!("if you made that file, remove it; {REMOVE_SCOPE}"),
    )
}

/// A local scope among the team's files has a hook.
pub fn scope_has_hook(hook: &Path) -> anyhow::Error {
    failure(
        "untrusted-scope",
        format!(
            "{} is a hook, and a local scope has none: a folder among the team's files may come from a stranger, so it is not used",
            hook.display()
        ),
        format!("if you put it there, remove it; {REMOVE_SCOPE}"),
    )
}

/// A commit that should be a version is none.
pub fn not_a_version(commit: &str, reason: &str) -> anyhow::Error {
    failure(
        "not-a-version",
        format!("the commit {commit} is no component version: {reason}"),
        "it was not made by bit; look at it with \"git show\", and remove its tag if it should not be there",
    )
}

/// A catalog holds something that can't be read.
pub fn bad_catalog(scope: &ScopeName, path: &str, reason: &dyn fmt::Display) -> anyhow::Error {
    failure(
        "bad-catalog",
        format!("the catalog of {scope} can't be read: {}: {reason}", path.escape_debug()),
        "ask who wrote it, or use a newer bit if it names a newer format",
    )
}

/// The card of a scope that was reached can't be read.
pub fn unreadable_scope(place: &str, file: &str, reason: &dyn fmt::Display) -> anyhow::Error {
    failure(
        "bad-catalog",
        format!("{file} of the scope at {place} can't be read: {reason}"),
        "if the format is newer, use a newer bit; else mend the file in the catalog branch with plain git",
    )
}
