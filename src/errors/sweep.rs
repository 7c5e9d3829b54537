//! Stray tags, and locks that a killed git left.

use super::{failure, for_shell, indented};
use crate::model::{ScopeName, VersionId, few};
use std::path::{Path, PathBuf};

/// Something is to be removed, and nobody is there to say yes.
pub fn not_confirmed(what: &str) -> anyhow::Error {
    failure("not-confirmed", format!("{what}: nobody is there to say yes"), "say it beforehand: --yes")
}

/// A tag that was named for removal is a version of the scope.
pub fn tag_is_listed(id: &VersionId, place: &str) -> anyhow::Error {
    failure(
        "tag-is-listed",
        format!("{id} is no stray tag: the scope lists it"),
        format!("what is published stays; {}", shown_by(place)),
    )
}

/// A tag that was named for removal is that of a version that the scope listed before.
pub fn tag_was_listed(id: &VersionId) -> anyhow::Error {
    failure("tag-was-listed", format!("{id} is no stray tag: {}", why_it_stays()), way_back(id))
}

/// Why a tag stays that no catalog lists any more.
pub fn why_it_stays() -> &'static str {
    "the scope listed it when this workspace last saw it, so the catalog was rolled back or replaced"
}

fn way_back(id: &VersionId) -> String {
    let scope = &id.id.scope;
    format!(
        "a published version stays: \"bit verify {scope}\" says more; \"bit export --all-versions\", where the version is, lists it again"
    )
}

/// A tag that was named for removal is only named as a version is.
pub fn tag_is_no_version(id: &VersionId) -> anyhow::Error {
    failure(
        "tag-is-no-version",
        format!(
            "{}@{} is not a version that bit made: no component.json says so where the tag is",
            id.id.name, id.version
        ),
        "it is somebody's own tag, and stays; whoever made it can remove it with plain git",
    )
}

/// A tag that was named for removal is not there.
pub fn no_such_tag(scope: &ScopeName, place: &str, tag: &str) -> anyhow::Error {
    failure("no-such-tag", format!("the scope {scope} has no version tag \"{}\"", tag.escape_debug()), shown_by(place))
}

/// Which command tells of stray tags, of a scope that a person named so.
fn shown_by(place: &str) -> String {
    format!("\"bit scope sweep {} --dry-run\" shows the stray tags", for_shell(place))
}

/// Lock files stand in a scope's folder, and nobody seems to work there. `again` is the command that goes on then.
pub fn scope_locked(scope: &ScopeName, folder: &Path, locks: &[PathBuf], again: &str) -> anyhow::Error {
    const SHOWN: usize = 5;
    let names = few(locks.iter().map(|lock| lock.display()), SHOWN);
    failure(
        "scope-locked",
        format!(
            "the scope {scope} can't be changed: these lock files stand in it, as a git leaves them that is killed:\n{}",
            indented(&names)
        ),
        format!(
            "first make sure that no git is at work in {0}; then remove them (find {0} -name '*.lock' shows them all) and run \"{again}\" again",
            for_shell(&folder.to_string_lossy())
        ),
    )
}

/// A host has been saying for a while that refs are locked.
pub fn host_locked(scope: &ScopeName, url: &str, words: &str, again: &str) -> anyhow::Error {
    failure(
        "scope-locked",
        format!("the scope {scope} at {url} can't be changed, its refs stay locked: {words}"),
        format!(
            "a git that was killed leaves lock files: ask who runs the host to make sure that no git is at work there, and to remove them; then run \"{again}\" again"
        ),
    )
}
