//! Versions as archives, and their way to a registry.

use super::failure;
use crate::model::{ComponentId, VersionId};
use std::path::Path;

/// A program of a package that no file stands for.
pub fn program_missing(id: &ComponentId, file: &str) -> anyhow::Error {
    failure(
        "program-missing",
        format!("{id} has no file {}, which \"bin\" names in workspace.jsonc", file.escape_debug()),
        "name a file of the component, or what the build makes of it (dist/…), under \"teambit.pkg/pkg\"",
    )
}

/// A version that package managers would refuse, or that would run something.
pub fn unfit_package(id: &VersionId, reason: &str) -> anyhow::Error {
    failure(
        "unfit-package",
        format!("{id} is no sound package: {reason}"),
        "it was not written by bit: \"bit verify\" says more; tag a new version of the component",
    )
}

/// An archive of this name is there, with other content.
pub fn other_archive_there(id: &VersionId, path: &Path) -> anyhow::Error {
    failure(
        "other-archive-there",
        format!("{} is there already, and it is not the archive of {id}; it was left as it is", path.display()),
        "move it away, or pack into another folder with --out-dir",
    )
}

/// Two versions whose archives npm would call the same.
pub fn one_archive_for_two(one: &VersionId, other: &VersionId, name: &str) -> anyhow::Error {
    failure(
        "one-archive-for-two",
        format!("the archives of {one} and {other} would both be called {name}"),
        "pack them one after the other, into different folders with --out-dir",
    )
}
