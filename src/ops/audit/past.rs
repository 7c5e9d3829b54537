//! What was listed once stays listed, with the same content.

use super::{Finding, Listing};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::findings::Severity;
use std::collections::BTreeSet;

/// A version as somebody saw it before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remembered {
    /// Which one.
    pub id: VersionId,
    /// The content it had.
    pub commit: CommitId,
    /// Who saw it.
    pub who: Witness,
}

/// Who saw what a version was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Witness {
    /// The workspace, when it last saw the catalog.
    Workspace,
    /// The same, of a scope of which this is a mirror.
    Original,
    /// This machine, when it verified the scope.
    Memory,
    /// The catalog itself.
    Catalog,
    /// The catalog itself, which has come back to what it listed first.
    PutRight,
}

impl Witness {
    /// As a sentence begins.
    fn says(self) -> &'static str {
        match self {
            Self::Workspace | Self::Original => "this workspace knows it as",
            Self::Memory => "it was verified as",
            Self::Catalog | Self::PutRight => "an earlier commit of the catalog lists it as",
        }
    }

    /// How a person who has looked at what changed goes on.
    fn acceptance(self, scope: &ScopeName) -> String {
        const LOOKED: &str = "; once you have looked at it,";
        match self {
            Self::Workspace => {
                format!("{LOOKED} \"bit fetch --accept-replaced {scope}\", then the same command with --accept")
            }
            Self::Memory | Self::Catalog => format!("{LOOKED} the same command with --accept takes it as it is"),
            Self::Original | Self::PutRight => String::new(),
        }
    }
}

/// Compares what is listed now with what was seen before.
pub fn examine_past(listing: &Listing, before: impl IntoIterator<Item = Remembered>) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for Remembered { id, commit, who } in before {
        let entry = listing.entries.get(&id.id.name);
        let now = entry.and_then(|entry| entry.version(&id.version)).map(|listed| listed.commit);
        if now == Some(commit) || !told.insert((id.clone(), commit)) {
            continue;
        }
        let is_put_right = who == Witness::PutRight;
        let (who, accepted) = (who.says(), who.acceptance(listing.scope()));
        findings.push(match now {
            Some(now) if is_put_right => {
                let what = format!("{who} {}; the catalog lists {} again, as at first", commit.short(), now.short());
                Finding::new("was-changed", Severity::Notice, &id, what)
                    .way_out("somebody had exchanged it, and it was put right: nothing is left to do")
            }
            Some(now) => {
                let what = format!("{who} {}, the catalog lists {} now", commit.short(), now.short());
                Finding::new("version-changed", Severity::Error, &id, what).way_out(format!(
                    "a version never changes: don't use it before you know who did this; whoever imported the old one still has it{accepted}"
                ))
            }
            None => {
                let what = format!("{who} {}, the catalog does not list it any more", commit.short());
                Finding::new("version-lost", Severity::Error, &id, what).way_out(format!(
                    "a catalog only grows: ask who changed it; \"bit export --all-versions\", where the version is, lists it again{accepted}"
                ))
            }
        });
    }
    findings
}
