//! What became of a mirroring.

use super::{Effect, Job};
use crate::git::url::RemoteUrl;
use crate::model::{CommitId, ScopeName, VersionId};
use anyhow::Error;

/// One scope.
#[derive(Debug)]
pub struct Mirrored {
    /// Its name, as far as it is known: in sync it need not be asked for.
    pub scope: Option<ScopeName>,
    /// Where it was read, without secrets.
    pub from: String,
    /// The catalog that was mirrored; `None` where all was in sync already.
    pub catalog: Option<CommitId>,
    /// How many versions that catalog lists.
    pub versions: usize,
    /// Whether somebody exported to the source meanwhile.
    pub went_on: bool,
    /// Patterns that match nothing that it has.
    pub unmatched: Vec<String>,
    /// Its destinations.
    pub destinations: Vec<Destination>,
    /// Why nothing could be mirrored at all.
    pub error: Option<Error>,
}

/// One destination of a scope.
#[derive(Debug)]
pub struct Destination {
    /// Where, without secrets.
    pub to: String,
    /// Whether this only tells what would be done.
    pub effect: Effect,
    /// The versions that came.
    pub copied: Vec<VersionId>,
    /// The removed versions whose tags went.
    pub pruned: Vec<VersionId>,
    /// What is not what it is at the source.
    pub diverged: Vec<Difference>,
    /// Removed versions that were not pruned, and why not.
    pub kept: Vec<(VersionId, String)>,
    /// Versions that did not come, or should not be there, and why.
    pub refused: Vec<(VersionId, String)>,
    /// How many listed versions are not there because they were not chosen.
    pub left_out: usize,
    /// Whether nothing of the scope is there.
    pub is_empty: bool,
    /// What became of the catalog.
    pub catalog: CatalogMove,
    /// Why it could not be brought into sync.
    pub error: Option<Error>,
}

/// What became of a destination's catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogMove {
    /// It was not come to.
    Unknown,
    /// It is that of the source.
    Same,
    /// It moved to that of the source, from this one.
    Moved(Option<CommitId>),
    /// It stays, because it lists so many versions that are not there.
    Waits(usize),
    /// It is none that the source once had.
    Diverged,
}

/// What is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of what.
    pub what: What,
    /// What it is at the source.
    pub source: String,
    /// What it is otherwise.
    pub other: String,
    /// Where it is that.
    pub side: Side,
    /// What to do about it, where a version was exchanged at the source.
    pub way_out: String,
}

/// Where a version is, or was, another one than at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// At the destination.
    Destination,
    /// In the workspace around, when it last saw the scope.
    Workspace,
    /// In the cache, when it was mirrored before.
    Cache,
}

/// A catalog or a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The catalog.
    Catalog,
    /// A version's tag.
    Version(VersionId),
}

/// How a destination stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was in sync.
    InSync,
    /// It was brought into sync, or would be.
    Updated,
    /// Nothing of the scope is there, since nothing was chosen.
    Empty,
    /// Something is not what it is at the source.
    Diverged,
    /// Something could not be done.
    Failed,
}

impl Mirrored {
    /// Before anything was asked.
    pub(super) fn of(job: &Job, effect: Effect) -> Self {
        Self {
            scope: None,
            from: job.from.to_string(),
            catalog: None,
            versions: 0,
            went_on: false,
            unmatched: Vec::new(),
            destinations: job.to.iter().map(|to| Destination::of(to, effect)).collect(),
            error: None,
        }
    }

    /// All that went wrong.
    pub fn failures(&self) -> impl Iterator<Item = &Error> {
        self.error.iter().chain(self.destinations.iter().filter_map(|destination| destination.error.as_ref()))
    }

    /// Whether anything was changed anywhere.
    pub(super) fn has_changed(&self) -> bool {
        self.destinations.iter().any(Destination::has_changed)
    }

    /// How a destination of it stands.
    pub fn standing(&self, destination: &Destination) -> Standing {
        if self.error.is_some() { Standing::Failed } else { destination.standing() }
    }
}

impl Destination {
    pub(super) fn of(to: &RemoteUrl, effect: Effect) -> Self {
        Self {
            to: to.to_string(),
            effect,
            copied: Vec::new(),
            pruned: Vec::new(),
            kept: Vec::new(),
            diverged: Vec::new(),
            refused: Vec::new(),
            left_out: 0,
            is_empty: false,
            catalog: CatalogMove::Unknown,
            error: None,
        }
    }

    /// It has all that the source has.
    pub(super) fn settle(&mut self) {
        self.catalog = CatalogMove::Same;
    }

    fn has_changed(&self) -> bool {
        !self.copied.is_empty() || !self.pruned.is_empty() || matches!(self.catalog, CatalogMove::Moved(_))
    }

    /// How it stands.
    fn standing(&self) -> Standing {
        match () {
            () if self.error.is_some() || !self.refused.is_empty() => Standing::Failed,
            () if !self.diverged.is_empty() => Standing::Diverged,
            () if self.has_changed() => Standing::Updated,
            () if self.is_empty && self.left_out > 0 => Standing::Empty,
            () => Standing::InSync,
        }
    }
}
