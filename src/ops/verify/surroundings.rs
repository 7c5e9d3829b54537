//! What lies around the objects of a scope, and makes whoever reads it with git see something else.

use crate::errors::for_shell;
use crate::git::{RefName, Repo, broken_refs, has_grafts, is_cut_off, lost_alternates};
use crate::model::{ScopeName, VersionId};
use crate::ops::audit::{Finding, damage};
use crate::ops::findings::Severity;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// What is found in the folder of a scope, beside objects and refs. What can't be read is told.
pub fn examine_surroundings(scope: &ScopeName, folder: &Path) -> Vec<Finding> {
    let read = || -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        if is_cut_off(folder)? {
            findings.push(cut_off(scope, Some(folder)));
        }
        if has_grafts(folder)? {
            let what = "its file info/grafts lets git see other parents than its commits have";
            let way_out = format!("ask who wrote it, and remove {}", folder.join("info/grafts").display());
            findings.push(Finding::new("grafts", Severity::Warning, scope, what).way_out(way_out));
        }
        for lost in lost_alternates(folder)? {
            let what = format!("it borrows objects from {}, which is not there", lost.display());
            let list = folder.join("objects/info/alternates");
            let way_out = format!(
                "bring that folder back; or, where nothing else is wrong, take the line out of {}",
                list.display()
            );
            findings.push(Finding::new("lost-alternates", Severity::Warning, scope, what).way_out(way_out));
        }
        Ok(findings)
    };
    read().unwrap_or_else(|error| vec![Finding::of(scope, &error)])
}

/// Earlier commits are missing, and all that they say of versions.
pub fn cut_off(scope: &ScopeName, folder: Option<&Path>) -> Finding {
    let what = "its history is cut off (a clone made with --depth): what was listed before that can't be compared";
    let git =
        folder.map_or("git".to_owned(), |folder| format!("git --git-dir {}", for_shell(&folder.to_string_lossy())));
    Finding::new("cut-off", Severity::Warning, scope, what)
        .way_out(format!("bring the rest from where it was cloned ({git} fetch --unshallow <url>), or verify that one"))
}

/// Refs that show one object in the place of another.
pub fn examine_replacements<'r>(scope: &ScopeName, names: impl Iterator<Item = &'r String>) -> Option<Finding> {
    let replacements: Vec<&str> = names.map(String::as_str).filter(|name| RefName::is_replacement(name)).collect();
    let [first, ..] = replacements.as_slice() else { return None };
    let what = format!(
        "refs in refs/replace ({}) let git show other objects in the place of its own: {first}",
        replacements.len()
    );
    let way_out = "bit never looks at them, plain git does: ask who made them, and delete them (git replace -d)";
    Some(Finding::new("replaced-objects", Severity::Warning, scope, what).way_out(way_out))
}

/// Tags of versions that only lead to other refs.
pub fn examine_symbolic(scope: &ScopeName, symbolic: &BTreeMap<String, String>) -> Vec<Finding> {
    let tags = symbolic.iter().filter_map(|(name, to)| Some((RefName::version_in_scope(name, scope)?, name, to)));
    let finding = |(id, name, to): (VersionId, &String, &String)| {
        let what = format!("its tag is a symbolic ref, which leads to {to}: whoever moves that moves the version");
        let way_out = format!(
            "ask who runs the host to remove it (git symbolic-ref --delete {name}); \"bit export --all-versions\", where the version is, puts the tag there"
        );
        Finding::new("symbolic-tag", Severity::Error, &id, what).way_out(way_out)
    };
    tags.map(finding).collect()
}

/// Refs that lead nowhere, where git found all objects right before and does not look again.
pub fn examine_refs(repository: &Path) -> Option<Finding> {
    match Repo::open(repository).and_then(|repo| broken_refs(&repo)) {
        Ok(broken) if broken.is_empty() => None,
        Ok(broken) => Some(damage(repository, "refs lead nowhere", &broken)),
        Err(error) => Some(Finding::of_error("damaged-objects", repository.display(), &error)),
    }
}
