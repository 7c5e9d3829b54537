//! What a scope holds: versions, catalogs, the journal.

use super::failure;
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
