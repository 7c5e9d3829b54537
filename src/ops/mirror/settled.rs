//! What this machine knows of a source's versions already, by the workspace around and by the cache. A version that is
//! something else by now goes nowhere: neither knows who exchanged it, but that somebody did.

use super::report::Side;
use super::source::{Source, Tag, Wanted};
use super::store::Cache;
use crate::git::{Advertised, Oid, RefName, Repo, oid};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::{Workspace, history};
use crate::scope::{Known, TrackedCatalog};
use anyhow::Result;
use std::collections::BTreeMap;

/// What was known before a mirroring.
pub struct Settled {
    witnesses: Vec<Witness>,
}

/// A repository whose refs are those of a local scope.
struct Witness {
    side: Side,
    repo: Repo,
    known: Known,
}

/// Where a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whence {
    /// Where the workspace says that the scope is.
    Home,
    /// Somewhere else: that may be a mirror which is behind.
    Elsewhere,
}

impl Settled {
    /// Reads it, before anything of this run is added to it.
    pub fn read(cache: Option<&Cache>, workspace: Option<&Workspace>) -> Result<Self> {
        let mut witnesses = Vec::new();
        let cached = cache.map(Cache::repo).transpose()?.map(|repo| (Side::Cache, repo));
        let around = workspace.map(|workspace| Repo::open(workspace.scope.repo().path())).transpose()?;
        for (side, repo) in around.map(|repo| (Side::Workspace, repo)).into_iter().chain(cached) {
            let known = Known::read(&repo)?;
            witnesses.push(Witness { side, repo, known });
        }
        Ok(Self { witnesses })
    }

    /// Whether a source plainly is what was known, by its refs alone; of what was never seen nothing is known.
    pub fn agrees(&self, scope: Option<&ScopeName>, there: &Advertised) -> bool {
        self.witnesses.iter().all(|witness| witness.agrees(scope, there))
    }

    /// The versions of a source that are not what they were: what they were, and who knows it.
    pub fn exchanged(&self, source: &Source) -> Result<BTreeMap<VersionId, (Oid, Side)>> {
        let mut exchanged = BTreeMap::new();
        for witness in &self.witnesses {
            for (id, was) in witness.exchanged(source)? {
                exchanged.entry(id).or_insert((was, witness.side));
            }
        }
        Ok(exchanged)
    }

    /// The versions that the workspace around has seen in the scope's catalog, and that the source does not list.
    pub fn lost(&self, source: &Source, whence: Whence) -> Result<Vec<VersionId>> {
        match self.witnesses.iter().find(|witness| witness.side == Side::Workspace) {
            Some(workspace) => workspace.lost(source, whence),
            None => Ok(Vec::new()),
        }
    }
}

impl Witness {
    fn lost(&self, source: &Source, whence: Whence) -> Result<Vec<VersionId>> {
        let Some(tracked) = self.known.catalogs.get(&source.info.name) else { return Ok(Vec::new()) };
        let listed = self.listed(tracked, source)?.into_iter().map(|(id, _)| id);
        let lost: Vec<VersionId> = listed.filter(|id| !source.wanted.contains_key(id)).collect();
        let is_behind = || history::holds(&self.repo, tracked.commit, source.catalog());
        match lost.is_empty() || whence == Whence::Elsewhere && is_behind()? {
            true => Ok(Vec::new()),
            false => Ok(lost),
        }
    }

    fn agrees(&self, scope: Option<&ScopeName>, there: &Advertised) -> bool {
        let catalogs: Vec<&TrackedCatalog> =
            self.known.catalogs.values().filter(|catalog| scope.is_none_or(|scope| *scope == catalog.scope)).collect();
        let head = there.head_commit();
        let is_same = |catalog: &&TrackedCatalog| head == Some(oid(catalog.commit));
        let in_place = |id: &VersionId, target: Oid, commit: CommitId| {
            there.refs.get(&RefName::in_scope(id)).is_none_or(|found| *found == target || *found == oid(commit))
        };
        let mut tags =
            self.known.components.iter().filter(|(id, _)| scope == Some(&id.scope)).flat_map(|(id, known)| {
                known.versions.iter().map(move |(version, at)| (id.at(version.clone()), at.target, at.commit))
            });
        (catalogs.is_empty() || catalogs.iter().any(is_same))
            && tags.all(|(id, target, commit)| in_place(&id, target, commit))
    }

    fn exchanged(&self, source: &Source) -> Result<Vec<(VersionId, Oid)>> {
        let mut exchanged = Vec::new();
        let Some(tracked) = self.known.catalogs.get(&source.info.name) else { return Ok(exchanged) };
        for (id, was) in self.listed(tracked, source)? {
            let Some(wanted) = source.wanted.get(&id) else { continue };
            if wanted.commit != oid(was) {
                exchanged.push((id, oid(was)));
            } else if let Some(target) = self.tag_of(&id, was).filter(|target| is_another(wanted, *target)) {
                exchanged.push((id, target));
            }
        }
        Ok(exchanged)
    }

    /// What the catalog listed that was seen last: mostly it is the source's own.
    fn listed(&self, tracked: &TrackedCatalog, source: &Source) -> Result<Vec<(VersionId, CommitId)>> {
        if tracked.commit == source.catalog() {
            let all = source.wanted.iter();
            return Ok(all.map(|(id, wanted)| (id.clone(), crate::git::commit_id(wanted.commit))).collect());
        }
        let entries = tracked.entries(&self.repo)?;
        Ok(entries.into_iter().flat_map(|entry| tracked.versions_of(entry)).collect())
    }

    /// The annotated tag that a version had.
    fn tag_of(&self, id: &VersionId, commit: CommitId) -> Option<Oid> {
        let at = self.known.at(id).filter(|at| at.commit == commit)?;
        (at.target != oid(commit)).then_some(at.target)
    }
}

/// What was signed is the tag: another one on the same content, or none, is not what was there. That a tag is on something
/// else is told in any case.
fn is_another(wanted: &Wanted, target: Oid) -> bool {
    matches!(wanted.tag, Tag::Sound(found) if found != target)
}
