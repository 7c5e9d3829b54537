//! The git program and repositories on this machine.

use super::{failure, for_shell, report};
use crate::model::VersionId;
use std::path::Path;

/// The folder that should be a repository is none.
pub fn not_a_repository(path: &Path, reason: &str) -> anyhow::Error {
    failure(
        "not-a-repository",
        format!("{} can't be opened as a git repository: {reason}", path.display()),
        "run \"bit init\" to make what is missing of the local scope",
    )
}

/// A repository whose objects or refs are not as this program reads them in a folder.
pub fn other_repository(path: &Path, reason: &str) -> anyhow::Error {
    failure(
        OTHER_REPOSITORY,
        format!("{} is a repository that only git can read: {reason}", path.display()),
        "this needs one with SHA-1 ids and with refs as files (git init --bare --object-format=sha1 --ref-format=files); a mirror has the same versions",
    )
}

const OTHER_REPOSITORY: &str = "other-repository";

/// Whether it is that.
pub fn is_other_repository(error: &anyhow::Error) -> bool {
    report(error).kind == OTHER_REPOSITORY
}

/// git's own configuration can't be read.
pub fn bad_git_config(reason: &str) -> anyhow::Error {
    failure(
        "bad-git-config",
        format!("git's configuration can't be read: {reason}"),
        "mend that file (\"git config --list --show-origin\" stops at the same line); nothing was changed",
    )
}

/// A file of a repository that this user may not read.
pub fn unreadable_objects(path: &Path) -> anyhow::Error {
    failure(
        "unreadable-objects",
        format!("{} can't be read: permission denied", path.display()),
        "check who owns the file and its folder, and whether you may read them; nothing is lost",
    )
}

/// An object is missing or its content is not what its id says.
pub fn damaged_object(repository: &Path, oid: &str, reason: &str) -> anyhow::Error {
    failure(
        "damaged-object",
        format!("the object {oid} in {} is missing or damaged: {reason}", repository.display()),
        format!(
            "see what else is: git --git-dir {} fsck --full; an exported version comes back with \"bit import\"",
            for_shell(&repository.to_string_lossy())
        ),
    )
}

/// Whether an error says that a repository of this machine is not sound.
pub fn speaks_of_damage(error: &anyhow::Error) -> bool {
    ["damaged-object", "damaged-refs", "not-a-repository"].contains(&report(error).kind)
}

/// A file that holds refs can't be read.
pub fn damaged_refs(path: &Path) -> anyhow::Error {
    failure(
        "damaged-refs",
        format!("{} can't be read: it is not what git writes there", path.display()),
        "restore the file from a backup, or move it away to look at it; nothing was changed",
    )
}

/// A tree that no component may have.
pub fn hostile_tree(oid: &str, reason: &str) -> anyhow::Error {
    failure(
        "hostile-tree",
        format!("the tree {oid} is refused: {reason}"),
        "ask who made this version; it was not made by bit",
    )
}

/// A version whose files can't be written, whoever made it.
pub fn hostile_version(id: &VersionId, reason: &str) -> anyhow::Error {
    failure(
        "hostile-tree",
        format!("{id} is refused, nothing of it was written: {reason}"),
        "ask who made this version; it was not made by bit",
    )
}

/// A ref changed between reading it and writing it.
pub fn ref_moved(name: &str, expected: Option<String>, found: Option<String>) -> anyhow::Error {
    let say = |value: Option<String>| value.unwrap_or_else(|| "nothing".into());
    failure(
        "ref-moved",
        format!("{name} should be {} but is {}", say(expected), say(found)),
        "something else changed the local scope; run the same command again",
    )
}

/// Another program holds git's lock on packed-refs.
pub fn refs_locked(path: &Path) -> anyhow::Error {
    failure(
        "refs-locked",
        format!("{} exists: another git is changing the refs, or one was killed", path.display()),
        "if no git is running there, remove that file and run the same command again",
    )
}

/// git doesn't know who is at work.
pub fn no_identity(said: &str) -> anyhow::Error {
    let said = said.lines().find(|line| line.starts_with("fatal:")).unwrap_or(said).trim_start_matches("fatal:").trim();
    failure(
        "no-identity",
        format!("git does not know who you are: {said}"),
        "tell it once: git config --global user.name \"Your Name\" && git config --global user.email you@example.com",
    )
}

/// There is no git program.
pub fn git_missing(oldest: (u32, u32)) -> anyhow::Error {
    failure(
        "no-git",
        "the program git was not found",
        format!("install git {}.{} or newer, and see that it is on the PATH", oldest.0, oldest.1),
    )
}

/// The git program is too old.
pub fn git_too_old(found: &str, oldest: (u32, u32)) -> anyhow::Error {
    failure("old-git", format!("git {found} is too old"), format!("install git {}.{} or newer", oldest.0, oldest.1))
}
