//! What versions need: listed, and still what they were made with.

use super::{ASK, Facts, Finding};
use crate::model::{CatalogVersion, CommitId, ScopeName, VersionId};
use crate::ops::findings::Severity;
use std::collections::BTreeMap;

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
