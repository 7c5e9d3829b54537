//! What may be wrong with any repository of ours: the local scope, or a scope in a folder.

use super::repair::Repair;
use super::{Finding, Severity};
use crate::git::{lock_files, unfinished_packs};
use crate::model::few;
use crate::ops::audit::examine_objects;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A git that is at work holds a lock for moments only, and writes to a pack all the time.
const LOCK_AGE: Duration = Duration::from_secs(60);
const PACK_AGE: Duration = Duration::from_secs(600);

/// Looks at its files and objects.
pub fn examine(repository: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let locks = lock_files(repository, LOCK_AGE);
    if !locks.is_empty() {
        let what = format!(
            "lock files stand there that a killed git left, and nothing can be changed: {}",
            names(repository, &locks)
        );
        let finding = Finding::new("stale-locks", Severity::Error, repository.display(), what);
        findings.push(finding.repaired_by(Repair::RemoveFiles(locks)));
    }
    let packs = unfinished_packs(repository, PACK_AGE);
    if !packs.is_empty() {
        let what = format!("packs that were never finished take up space: {}", names(repository, &packs));
        let finding = Finding::new("unfinished-packs", Severity::Warning, repository.display(), what);
        findings.push(finding.repaired_by(Repair::RemoveFiles(packs)));
    }
    findings.extend(examine_objects(repository));
    findings
}

fn names(repository: &Path, files: &[PathBuf]) -> String {
    const SHOWN: usize = 5;
    let name = |file: &PathBuf| file.strip_prefix(repository).unwrap_or(file).display().to_string();
    few(files.iter().map(name), SHOWN).join(", ")
}
