//! What versions need: listed, and still what they were made with.

use super::{ASK, Facts, Finding, IsKnown, Listing, Tags, way_out_of_difference};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ScopeName, VersionId};
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

/// A version as the catalog of its scope has it.
fn find<'l>(listing: &'l Listing, id: &VersionId) -> Option<(&'l CatalogEntry, &'l CatalogVersion)> {
    let entry = listing.entries.get(&id.id.name).filter(|_| id.id.scope == *listing.scope())?;
    Some((entry, entry.version(&id.version)?))
}

/// What the versions that stay need, near or far, each with one that needs it. Of other scopes only what is needed by
/// itself: what that needs is for its own scope to say.
pub fn needed_by_what_stays(listing: &Listing) -> BTreeMap<VersionId, VersionId> {
    let alive = listing.entries.values().flat_map(|entry| {
        let id = listing.id(&entry.name);
        let stays = entry.versions.iter().filter(|listed| !entry.is_removed(listed));
        stays.map(move |listed| id.at(listed.version.clone()))
    });
    let mut next: Vec<VersionId> = alive.collect();
    let mut seen: BTreeSet<VersionId> = next.iter().cloned().collect();
    let mut needed_by = BTreeMap::new();
    while let Some(id) = next.pop() {
        let Some((_, listed)) = find(listing, &id) else { continue };
        for needed in listed.dependencies.iter().filter(|needed| seen.insert((*needed).clone())) {
            needed_by.insert(needed.clone(), id.clone());
            next.push(needed.clone());
        }
    }
    needed_by
}

/// A removed version may lose its tag only where nothing that stays needs it, near or far.
pub fn examine_needed(listing: &Listing, needed_by: &BTreeMap<VersionId, VersionId>, tags: &Tags) -> Vec<Finding> {
    let is_gone = |needed: &&VersionId| {
        let is_removed = find(listing, needed).is_some_and(|(entry, version)| entry.is_removed(version));
        is_removed && !tags.versions.contains_key(needed)
    };
    let told = |(needed, id): (&VersionId, &VersionId)| {
        let what = format!("it is removed, its tag is gone, and {id} needs it: nobody can install that");
        Finding::new("dependency-gone", Severity::Error, needed, what).way_out(
            "\"bit mirror\" from a scope that has it brings it back; else ask who has the version to push its tag again, with plain git",
        )
    };
    needed_by.iter().filter(|(needed, _)| is_gone(needed)).map(told).collect()
}

/// A version of another scope, which something here needs.
pub struct Abroad {
    /// The content that its scope lists.
    pub listed: CommitId,
    /// Whether it is removed there.
    pub is_removed: bool,
    /// What its tag is on there, if it has one.
    pub tag: Option<CommitId>,
}

/// A version that is needed has its tag in its own scope too, on what is listed there. Who prunes what is removed from a
/// mirror can't know who needs it from elsewhere: that is told, and no fault. Where tag and catalog differ, those who know
/// the version say which of the two is wrong.
pub fn examine_abroad(needed: &VersionId, by: &VersionId, there: &Abroad, is_known: IsKnown<'_>) -> Option<Finding> {
    let scope = &needed.id.scope;
    let Some(found) = there.tag else {
        let finding = |severity, what| Finding::new("dependency-gone", severity, needed, what);
        return Some(match there.is_removed {
            true => finding(
                Severity::Notice,
                format!("it is removed from {scope}, its tag is gone there, and {by} needs it: only who has it can install that"),
            )
            .way_out("\"bit mirror\" from a scope that has it brings it back; so does \"bit recover\" with an export, where a workspace has it"),
            false => finding(
                Severity::Error,
                format!("{scope} lists it, its tag is gone there, and {by} needs it: nobody can import that"),
            )
            .way_out(format!(
                "\"bit verify {scope} --fix\" puts the tag back where it is at hand; else ask who has the version to push it again, with plain git"
            )),
        });
    };
    (found != there.listed).then(|| {
        let (is_on, listed) = (found.short(), there.listed.short());
        let what = format!("{by} needs it, its tag in {scope} is on {is_on}, the catalog there lists {listed}");
        let way_out = way_out_of_difference(needed, found, is_known);
        Finding::new("dependency-moved", Severity::Error, needed, what).way_out(way_out)
    })
}
