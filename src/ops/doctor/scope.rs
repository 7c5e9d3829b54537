//! What may be wrong with a scope in a folder of this machine.

use super::{Finding, Severity, machine, repository};
use crate::git::{RefName, RefTable, Repo, commit_id};
use crate::model::{CatalogEntry, ComponentId, ScopeName};
use crate::scope::{TrackedCatalog, info_at};
use anyhow::Result;
use std::collections::HashSet;
use std::path::Path;

/// Looks at all of it.
pub fn examine(folder: &Path) -> Vec<Finding> {
    let mut findings: Vec<Finding> = machine::examine_git().into_iter().collect();
    if !findings.is_empty() {
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
    let table = RefTable::read(&repo)?;
    let entries = catalog.entries(&repo)?;
    let mut findings = compare(&info.name, &entries, &table);
    findings.extend(strays(folder, &info.name, &entries, &table));
    Ok(findings)
}

/// Every version that is listed has its tag, on the commit that is listed.
fn compare(scope: &ScopeName, entries: &[CatalogEntry], table: &RefTable) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in entries {
        let component = ComponentId::new(scope.clone(), entry.name.clone());
        for listed in &entry.versions {
            let id = component.at(listed.version.clone());
            let found = table.get(&RefName::in_scope(&id)).map(|value| commit_id(value.commit()));
            let finding = match found {
                Some(found) if found == listed.commit => continue,
                Some(found) => {
                    let what = format!("its tag is on {}, the catalog lists {}", found.short(), listed.commit.short());
                    Finding::new("version-moved", Severity::Error, &id, what)
                        .way_out("a version never changes: ask who moved the tag, and put it back with plain git")
                }
                None => Finding::new("version-gone", Severity::Error, &id, "the catalog lists it, and its tag is gone")
                    .way_out("ask who has the version to push its tag again, with plain git"),
            };
            findings.push(finding);
        }
    }
    findings
}

fn strays(folder: &Path, scope: &ScopeName, entries: &[CatalogEntry], table: &RefTable) -> Option<Finding> {
    let names = |entry: &CatalogEntry| {
        let component = ComponentId::new(scope.clone(), entry.name.clone());
        let name =
            move |listed: &crate::model::CatalogVersion| RefName::in_scope(&component.at(listed.version.clone()));
        entry.versions.iter().map(name).collect::<Vec<_>>()
    };
    let listed: HashSet<String> = entries.iter().flat_map(names).collect();
    let is_stray = |name: &str| RefName::version_in_scope(name, scope).is_some() && !listed.contains(name);
    let strays = table.iter().filter(|(name, _)| is_stray(name)).count();
    let what = format!("{strays} tags of versions that its catalog does not list: an export was stopped");
    let way_out = format!("bit scope sweep {} --dry-run", folder.display());
    (strays > 0).then(|| Finding::new("stray-tags", Severity::Notice, scope, what).way_out(way_out))
}
