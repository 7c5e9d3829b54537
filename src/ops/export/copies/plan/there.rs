//! What a scope has of one component, and which numbers are free.

use super::super::{Source, SourceVersion, Standing};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, Increment, Lineage, Version};
use crate::ops::rewrite::At;
use std::collections::BTreeSet;

/// Where the copy of a version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Under which number.
    pub version: Version,
    /// Its content.
    pub at: At,
}

/// What the target has of one component.
pub struct There {
    /// What its catalog lists.
    pub entry: Option<CatalogEntry>,
    /// Whether the copy needs copies.
    pub follows: bool,
    /// The numbers that are taken, and those that this plan takes.
    pub taken: BTreeSet<Version>,
    latest: Option<Version>,
    /// The newest of the copy's main line.
    pub head: Option<At>,
    /// The newest version of the main line at home.
    pub newest: Option<CommitId>,
}

impl There {
    /// Looks.
    pub fn new(entry: Option<CatalogEntry>, source: &Source, is_wanted: bool) -> Self {
        let listed = || entry.iter().flat_map(|entry| &entry.versions);
        let is_rewired = listed().any(|listed| listed.rewired);
        let main = |version: &&SourceVersion| {
            version.standing == Standing::Numbered && version.stored.lineage == Lineage::Main
        };
        let head = entry.as_ref().and_then(|entry| entry.version(&entry.head));
        Self {
            follows: is_wanted || is_rewired,
            taken: listed().map(|listed| listed.version.clone()).collect(),
            latest: entry.as_ref().map(|entry| entry.latest.clone()),
            head: head.map(|head| At::Commit(head.commit)),
            newest: source.versions.iter().rfind(main).map(|version| version.stored.commit),
            entry,
        }
    }

    /// The next free patch number above the latest.
    pub fn next_number(&self) -> Option<Version> {
        let mut number = self.latest.clone()?;
        loop {
            number = number.next(&Increment::default()).ok()?;
            if !self.taken.contains(&number) {
                return Some(number);
            }
        }
    }

    /// Notes that a number is taken.
    pub fn take(&mut self, number: &Version) {
        self.taken.insert(number.clone());
        let release = |version: &Version| (!version.is_prerelease(), version.clone());
        if self.latest.as_ref().is_none_or(|latest| release(number) > release(latest)) {
            self.latest = Some(number.clone());
        }
    }
}

impl Place {
    /// As the catalog lists it.
    pub fn listed(listed: &CatalogVersion) -> Self {
        Self { version: listed.version.clone(), at: At::Commit(listed.commit) }
    }
}
