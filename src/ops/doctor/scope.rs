//! What may be wrong with a scope in a folder of this machine.

use super::{Finding, Severity, machine, repository};
use crate::git::{RefTable, Repo, commit_id};
use crate::model::{CatalogEntry, ScopeName};
use crate::ops::audit::{Tags, listed_tags};
use crate::scope::{TrackedCatalog, check_trust, info_at};
use anyhow::Result;
use std::path::Path;

/// Looks at all of it.
pub fn examine(folder: &Path) -> Vec<Finding> {
    let mut findings: Vec<Finding> = machine::examine_git().into_iter().collect();
    if !findings.is_empty() {
        return findings;
    }
    // A local scope among the team's files, looked at as what it is not.
    if let Err(error) = check_trust(folder) {
        findings.push(Finding::of_error("untrusted-scope", folder.display(), &error));
        return findings;
    }
    findings.extend(repository::examine(folder));
    match examine_catalog(folder) {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(Finding::of_error("unreadable-catalog", folder.display(), &error)),
    }
    findings
}

fn examine_catalog(folder: &Path) -> Result<Vec<Finding>> {
    let repo = Repo::open(folder)?;
    let (Some(info), Some(head)) = (info_at(folder)?, repo.head()?) else {
        let what = "its HEAD names no catalog: nobody can read it as a scope, and npm can't install from it";
        let finding = Finding::new("no-catalog", Severity::Error, folder.display(), what);
        return Ok(vec![finding.way_out(format!("bit scope create {}", folder.display()))]);
    };
    let catalog = TrackedCatalog { scope: info.name.clone(), commit: commit_id(head) };
    let tags = Tags::of(&info.name, RefTable::read(&repo)?.iter());
    let entries = catalog.entries(&repo)?;
    let findings =
        listed_tags(&info.name, &entries, &tags, &|_, _| false).into_iter().map(|finding| finding.with(None));
    Ok(findings.chain(strays(folder, &info.name, &entries, &tags)).collect())
}

fn strays(folder: &Path, scope: &ScopeName, entries: &[CatalogEntry], tags: &Tags) -> Option<Finding> {
    let strays = tags.unlisted(scope, entries).len();
    let what = format!("{strays} tags of versions that its catalog does not list: an export was stopped");
    let way_out = format!("bit scope sweep {} --dry-run", folder.display());
    (strays > 0).then(|| Finding::new("stray-tags", Severity::Notice, scope, what).way_out(way_out))
}
