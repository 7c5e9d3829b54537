//! Every object is there, and is what its id says: git's own judgement.

use crate::git::fsck;
use crate::model::few;
use crate::ops::findings::{Finding, Severity};
use std::path::Path;

/// Lets git read all of a repository in a folder.
pub fn examine_objects<R>(repository: &Path) -> Option<Finding<R>> {
    match fsck(repository).as_deref() {
        Ok([]) => None,
        Ok(faults) => Some(damage(repository, "git finds damage", faults)),
        Err(error) => Some(Finding::of_error("damaged-objects", repository.display(), error)),
    }
}

/// Tells of damage, and of the first faults themselves.
pub fn damage<R>(repository: &Path, what: &str, faults: &[String]) -> Finding<R> {
    const SHOWN: usize = 3;
    let shown = few(faults, SHOWN).join("; ");
    let way_out = format!(
        "see all of it: git --git-dir {} fsck --full; \"bit import\" brings exported versions back, a backup the others",
        repository.display()
    );
    Finding::new("damaged-objects", Severity::Error, repository.display(), format!("{what}: {shown}")).way_out(way_out)
}
