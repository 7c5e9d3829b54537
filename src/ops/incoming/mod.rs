//! What comes from scopes: their catalogs and versions, received apart from the local scope, checked, then admitted.

mod admission;
mod ask;
mod bring;
mod closure;
mod culprit;
mod signatures;
mod source;
mod watch;
mod ways;

use super::{Progress, Workspace};
use crate::errors;
use crate::git::oid;
use crate::model::{CatalogEntry, CommitId, ComponentId, IdQuery, ScopeName, VersionId, VersionSelector};
use crate::scope::{CatalogIndex, Known};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap, HashSet};

pub use closure::{Closure, Lacking};
pub use source::Source;
pub use ways::{FollowHint, Hint};

/// What comes from scopes in one command.
pub struct Incoming<'a> {
    workspace: &'a Workspace,
    known: &'a Known,
    follow: &'a FollowHint<'a>,
    progress: &'a dyn Progress,
    accepted: Accepted,
    sources: BTreeMap<ScopeName, Source>,
    unreachable: BTreeMap<ScopeName, anyhow::Error>,
    tracked: HashMap<ScopeName, CatalogIndex<'static>>,
    /// What came, and whose tag in its scope was looked at.
    brought: HashSet<CommitId>,
}

/// What a person looked at, and wants all the same.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// Ids, with or without a version, whose content is not what it was.
    pub moved: Vec<IdQuery>,
    /// Ids whose tags were moved, while the catalog lists what is here: they are passed over.
    pub moved_tags: Vec<IdQuery>,
    /// Scopes that are not what they were.
    pub replaced: Vec<ScopeName>,
}

impl Accepted {
    /// Whether a version may have another content than was known.
    pub fn is_moved(&self, id: &VersionId) -> bool {
        is_among(&self.moved, id)
    }

    /// Whether nobody is to look at its tag.
    pub fn is_tag_moved(&self, id: &VersionId) -> bool {
        self.is_moved(id) || is_among(&self.moved_tags, id)
    }
}

fn is_among(queries: &[IdQuery], id: &VersionId) -> bool {
    let is_meant = |version: &VersionSelector| *version == VersionSelector::Exact(id.version.clone());
    queries.iter().any(|query| query.names(&id.id) && query.version.as_ref().is_none_or(is_meant))
}

impl<'a> Incoming<'a> {
    /// Nothing came yet.
    pub fn new(
        workspace: &'a Workspace,
        known: &'a Known,
        accepted: Accepted,
        follow: &'a FollowHint<'a>,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            workspace,
            known,
            follow,
            progress,
            accepted,
            sources: BTreeMap::new(),
            unreachable: BTreeMap::new(),
            tracked: HashMap::new(),
            brought: HashSet::new(),
        }
    }

    /// The scopes that answered.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values()
    }

    /// One that answered.
    pub fn source(&self, scope: &ScopeName) -> Option<&Source> {
        self.sources.get(scope)
    }

    /// Why a scope did not answer.
    pub fn why_not(&mut self, scope: &ScopeName) -> Option<anyhow::Error> {
        self.unreachable.remove(scope)
    }

    /// The scopes that did not answer, and why.
    pub fn unreachable(&self) -> impl Iterator<Item = (&ScopeName, &anyhow::Error)> {
        self.unreachable.iter()
    }

    /// What is listed of a component: by its scope, if that was asked, else when it was last seen.
    pub fn entry(&mut self, id: &ComponentId) -> Result<Option<CatalogEntry>> {
        if let Some(source) = self.sources.get(&id.scope) {
            return source.entry(&id.name);
        }
        self.seen_before(id)
    }

    /// What the last catalog seen before lists.
    pub fn seen_before(&mut self, id: &ComponentId) -> Result<Option<CatalogEntry>> {
        let repo = self.workspace.scope.repo();
        let Some(catalog) = self.known.catalogs.get(&id.scope) else { return Ok(None) };
        if !self.tracked.contains_key(&id.scope) {
            self.tracked.insert(id.scope.clone(), catalog.clone().into_index(repo)?);
        }
        self.tracked[&id.scope].entry(repo, &id.name)
    }

    /// Whether a version with this content is in the local scope, or came. A ref whose commit was lost is no version.
    fn is_here(&self, id: &VersionId, commit: CommitId) -> Result<bool> {
        let is_known = || self.known.commit(&id.id, &id.version) == Some(commit);
        Ok(self.brought.contains(&commit) || is_known() && self.workspace.scope.repo().has(oid(commit))?)
    }

    /// Whether a version is in the local scope, and is what its scope listed when it was last seen.
    pub fn is_known(&mut self, id: &VersionId) -> Result<bool> {
        let listed = self.seen_before(&id.id)?.and_then(|entry| entry.version(&id.version).map(|listed| listed.commit));
        listed.map_or(Ok(false), |listed| self.is_here(id, listed))
    }

    /// Whether a person has looked at a version that is not what it was, and takes it.
    pub fn accepts(&self, id: &VersionId) -> bool {
        self.accepted.is_moved(id)
    }

    /// Refuses what differs from what was known, unless a person has looked at it.
    fn refuse_moved(&self, id: &VersionId, who: &str, meant: CommitId, found: CommitId) -> Result<()> {
        match meant == found || self.accepted.is_moved(id) {
            true => Ok(()),
            false => Err(errors::content_moved(id, who, meant, found)),
        }
    }

    /// Refuses where `.bitmap` means another content than the scope lists.
    pub fn check_record(&self, id: &VersionId, meant: CommitId, listed: CommitId) -> Result<()> {
        self.refuse_moved(id, ".bitmap means", meant, listed)
    }
}
