//! What a scope has of one component, and which numbers are free.

use super::super::{Source, SourceVersion, Standing};
use crate::git::Repo;
use crate::model::{CatalogEntry, CatalogVersion, CommitId, Increment, Lineage, Version};
use crate::ops::history;
use crate::ops::rewrite::At;
use anyhow::Result;
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
    pub fn new(repo: &Repo, entry: Option<CatalogEntry>, source: &Source, is_wanted: bool) -> Result<Self> {
        let listed = || entry.iter().flat_map(|entry| &entry.versions);
        let is_rewired = listed().any(|listed| listed.rewired);
        let main = |version: &&SourceVersion| {
            version.standing == Standing::Numbered && version.stored.lineage == Lineage::Main
        };
        let line: Vec<CommitId> = source.versions.iter().filter(main).map(|version| version.stored.commit).collect();
        let mut there = Self {
            follows: is_wanted || is_rewired,
            taken: listed().map(|listed| listed.version.clone()).collect(),
            latest: entry.as_ref().map(|entry| entry.latest.clone()),
            head: None,
            newest: history::newest(repo, &line)?,
            entry,
        };
        there.head = there.listed_head();
        Ok(there)
    }

    /// The newest of the main line that is listed.
    pub fn listed_head(&self) -> Option<At> {
        let entry = self.entry.as_ref()?;
        entry.version(&entry.head).map(|head| At::Commit(head.commit))
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
