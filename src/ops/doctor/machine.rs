//! What may be wrong with the machine.

use super::Finding;
use crate::git::{Identities, check_git_version};
use std::path::Path;

/// Whether there is a git that is new enough.
pub fn examine_git() -> Option<Finding> {
    check_git_version().err().map(|error| Finding::of_error("git", "git", &error))
}

/// Whether git knows who is at work in a folder.
pub fn examine_identity(folder: &Path) -> Option<Finding> {
    Identities::of(folder).err().map(|error| Finding::of_error("no-identity", "git", &error))
}
