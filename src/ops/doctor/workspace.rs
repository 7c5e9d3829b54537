//! What may be wrong with a workspace as a whole.

use super::repair::Repair;
use super::{Finding, Severity, links, machine, records, remotes, repository};
use crate::ops::merge_driver::{Registration, registration};
use crate::ops::packages::Declared;
use crate::ops::{Progress, State, Workspace};
use crate::scope::{LocalScope, check_trust};
use crate::workspace::Layout;
use std::fs;

/// Looks at all of it. Where something is so wrong that the rest can't be looked at, that is all that is told.
pub fn examine(layout: &Layout, progress: &dyn Progress) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(machine::examine_git());
    if !findings.is_empty() {
        return findings;
    }
    findings.extend(machine::examine_identity(&layout.root));
    if let Some(fatal) = examine_scope(layout, &mut findings) {
        findings.push(fatal);
        return findings;
    }
    let mut workspace = match Workspace::look(layout) {
        Ok(workspace) => workspace,
        Err(error) => {
            findings.push(Finding::of_error("unreadable-workspace", layout.root.display(), &error));
            return findings;
        }
    };
    findings.extend(remotes::examine(&workspace));
    match State::load(&workspace, progress) {
        Ok(state) => {
            findings.extend(records::examine(&mut workspace, &state, progress));
            findings.extend(links::examine(&workspace, &state));
            findings.extend(archives(&workspace, &state, progress));
        }
        Err(error) => findings.push(Finding::of_error("unreadable-components", layout.root.display(), &error)),
    }
    findings.extend(merging(layout));
    findings
}

/// Looks at the archives that package.json needs.
fn archives(workspace: &Workspace, state: &State, progress: &dyn Progress) -> Vec<Finding> {
    let lacking = Declared::among(workspace, &state.known).and_then(|declared| declared.lacking(progress));
    let finding = |path: String| {
        let what = "package.json needs this archive, and it is gone or is not what it was";
        Finding::new("damaged-archive", Severity::Warning, path, what).way_out("bit install")
    };
    lacking.unwrap_or_default().into_iter().map(finding).collect()
}

/// Looks at the local scope; returns what keeps from looking further.
fn examine_scope(layout: &Layout, findings: &mut Vec<Finding>) -> Option<Finding> {
    let place = layout.local_scope.display();
    // Nothing of it is read, nor made, before that.
    if let Err(error) = check_trust(&layout.local_scope) {
        return Some(Finding::of_error("untrusted-scope", &place, &error));
    }
    if !LocalScope::exists(&layout.local_scope) {
        let what = match LocalScope::has_remains(&layout.local_scope) {
            true => "a file of the local scope is missing; its versions are there",
            false => "the local scope is gone, with the versions in it",
        };
        let finding = Finding::new("no-local-scope", Severity::Error, &place, what);
        let way_out = "\"bit doctor --fix\" makes an empty one; \"bit import\" brings exported versions back";
        return Some(finding.way_out(way_out).repaired_by(Repair::MakeScope));
    }
    let scope = match LocalScope::open(&layout.local_scope) {
        Ok(scope) => scope,
        Err(error) => return Some(Finding::of_error("unreadable-scope", &place, &error)),
    };
    findings.extend(repository::examine(&layout.local_scope));
    if layout.local_scope.file_name() == Some(".bit".as_ref()) && !layout.local_scope.join(".gitignore").is_file() {
        let what = "the team's git would take the local scope for files of the team's";
        let finding = Finding::new("scope-not-hidden", Severity::Warning, &place, what);
        findings.push(finding.repaired_by(Repair::HideScope));
    }
    if Workspace::is_to_be_put_back(&scope) {
        let what =
            "a command was stopped while packages were being installed: package.json and others are not as they were";
        let finding = Finding::new("unfinished-install", Severity::Warning, &place, what);
        let way_out = "the next command puts them back; so does \"bit doctor --fix\"";
        return Some(finding.way_out(way_out).repaired_by(Repair::Recover));
    }
    match scope.journal().pending() {
        Ok(None) => None,
        Ok(Some(plan)) => {
            let what = format!("a \"bit {}\" was stopped half-way", plan.command);
            let finding = Finding::new("unfinished-command", Severity::Warning, &place, what);
            let way_out = "the next command finishes or discards it; so does \"bit doctor --fix\"";
            Some(finding.way_out(way_out).repaired_by(Repair::Recover))
        }
        Err(error) => Some(Finding::of_error("damaged-journal", &place, &error)),
    }
}

fn merging(layout: &Layout) -> Option<Finding> {
    let has_bitmap = fs::symlink_metadata(layout.bitmap_file()).is_ok();
    match registration(layout) {
        Ok(Registration::Missing) if has_bitmap => {
            let what = "git merges .bitmap by lines, so branches that add neighbouring components conflict";
            let finding = Finding::new("no-merge-driver", Severity::Notice, ".bitmap", what);
            Some(finding.way_out("bit init --merge-driver"))
        }
        Ok(_) => None,
        Err(error) => Some(Finding::of_error("unreadable-gitattributes", ".gitattributes", &error)),
    }
}
