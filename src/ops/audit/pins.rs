//! What versions need: listed, and still what they were made with.

use super::{ASK, Facts, Finding, Listing, Tags};
use crate::model::{CatalogVersion, CommitId, ScopeName, VersionId};
use crate::ops::findings::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a version that another one needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Its scope lists it, with this content.
    Listed(CommitId),
    /// Its scope does not list it.
    NotListed,
    /// Nobody here can tell.
    Unknown,
}

/// The catalog says the same as the version itself.
pub fn examine_dependencies(listed: &CatalogVersion, facts: &Facts) -> Option<Finding> {
    let differs = !listed.dependencies.iter().eq(facts.needs.iter().map(|(id, _)| id));
    differs.then(|| {
        let what = "the catalog and its manifest do not agree on what it needs";
        Finding::new("dependencies-differ", Severity::Error, &facts.id, what).way_out(ASK)
    })
}

/// Looks at what a version was made with. `answer` knows of the versions that exist, `reaches` whether one needs another.
/// What nobody can tell is counted by scopes.
pub fn examine_pins(
    facts: &Facts,
    answer: &dyn Fn(&VersionId) -> Answer,
    reaches: &dyn Fn(&VersionId, &VersionId) -> bool,
    unknown: &mut BTreeMap<ScopeName, usize>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut error = |kind, what: String, way_out: &str| {
        findings.push(Finding::new(kind, Severity::Error, &facts.id, what).way_out(way_out));
    };
    for (needed, pin) in &facts.needs {
        match (answer(needed), pin) {
            (Answer::Listed(commit), Some(pin)) if commit != *pin => {
                let what = format!("it was made with {needed} {}, its scope lists {}", pin.short(), commit.short());
                error("pin-differs", what, "a version never changes: one of the two was, ask who runs these scopes");
            }
            (Answer::NotListed, _) => {
                let what = format!("it needs {needed}, which the scope {} does not list", needed.id.scope);
                error("dependency-not-listed", what, "nobody can import it: ask who has that version to export it");
            }
            (Answer::Listed(_), None) if !reaches(needed, &facts.id) => {
                let what = format!("it needs {needed}, and does not say with which content it was made");
                error("no-pin", what, ASK);
            }
            (Answer::Unknown, _) => *unknown.entry(needed.id.scope.clone()).or_default() += 1,
            (Answer::Listed(_), _) => {}
        }
    }
    findings
}

/// A removed version may lose its tag only where nothing that stays needs it, near or far.
pub fn examine_needed(listing: &Listing, tags: &Tags) -> Vec<Finding> {
    let find = |id: &VersionId| {
        let entry = listing.entries.get(&id.id.name).filter(|_| id.id.scope == *listing.scope())?;
        Some((entry, entry.version(&id.version)?))
    };
    let alive = listing.entries.values().flat_map(|entry| {
        let id = listing.id(&entry.name);
        let stays = entry.versions.iter().filter(|listed| !entry.is_removed(listed));
        stays.map(move |listed| id.at(listed.version.clone()))
    });
    let mut next: Vec<VersionId> = alive.collect();
    let mut seen: BTreeSet<VersionId> = next.iter().cloned().collect();
    let mut findings = Vec::new();
    while let Some(id) = next.pop() {
        let Some((_, listed)) = find(&id) else { continue };
        for needed in &listed.dependencies {
            let Some((entry, version)) = find(needed).filter(|_| seen.insert(needed.clone())) else { continue };
            if entry.is_removed(version) && !tags.versions.contains_key(needed) {
                let what = format!("it is removed, its tag is gone, and {id} needs it: nobody can install that");
                let finding = Finding::new("dependency-gone", Severity::Error, needed, what);
                findings.push(finding.way_out(
                    "\"bit mirror\" from a scope that has it brings it back; else ask who has the version to push its tag again, with plain git",
                ));
            }
            next.push(needed.clone());
        }
    }
    findings
}
