//! What this machine knows of a source's versions already, by the workspace around and by the cache. A version that is
//! something else by now goes nowhere: neither knows who exchanged it, but that somebody did.

use super::report::Side;
use super::source::{Source, Tag, Wanted};
use super::store::Cache;
use crate::errors;
use crate::git::{Advertised, Oid, RefName, Repo, oid};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::accepting::accepting_all;
use crate::ops::{Workspace, history};
use crate::scope::{Known, TrackedCatalog};
use anyhow::Result;
use std::collections::BTreeMap;

/// What was known before a mirroring.
pub struct Settled<'w> {
    workspace: Option<&'w Workspace>,
    witnesses: Vec<Witness>,
}

/// What became of a version.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// What it was.
    was: Oid,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Another content is listed.
    Content,
    /// Another tag is on the same content.
    Tag,
    /// Its tag is on something else than what is listed.
    Stray,
}

/// A version of a source that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// What it was.
    pub was: Oid,
    /// Who knows it.
    pub side: Side,
    /// What to do about it.
    pub way_out: String,
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

impl<'w> Settled<'w> {
    /// Reads it, before anything of this run is added to it.
    pub fn read(cache: Option<&Cache>, workspace: Option<&'w Workspace>) -> Result<Self> {
        let mut witnesses = Vec::new();
        let cached = cache.map(Cache::repo).transpose()?.map(|repo| (Side::Cache, repo));
        let around = workspace.map(|workspace| Repo::open(workspace.scope.repo().path())).transpose()?;
        for (side, repo) in around.map(|repo| (Side::Workspace, repo)).into_iter().chain(cached) {
            let known = Known::read(&repo)?;
            witnesses.push(Witness { side, repo, known });
        }
        Ok(Self { workspace, witnesses })
    }

    /// Whether a source plainly is what was known, by its refs alone; of what was never seen nothing is known.
    pub fn agrees(&self, scope: Option<&ScopeName>, there: &Advertised) -> bool {
        self.witnesses.iter().all(|witness| witness.agrees(scope, there))
    }

    /// The versions of a source that are not what they were.
    pub fn exchanged(&self, source: &Source) -> Result<BTreeMap<VersionId, Exchanged>> {
        let mut exchanged = BTreeMap::new();
        for witness in &self.witnesses {
            let (side, changes) = (witness.side, witness.exchanged(source)?);
            let retagged = changes.iter().filter(|(_, change)| change.kind == Kind::Tag);
            let retagged: Vec<&VersionId> = retagged.map(|(id, _)| id).collect();
            for (id, Change { was, kind }) in &changes {
                let way_out = self.way_out(&id.id.scope, *kind, side, &retagged);
                exchanged.entry(id.clone()).or_insert(Exchanged { was: *was, side, way_out });
            }
        }
        Ok(exchanged)
    }

    /// How a person goes on. What no catalog lists nobody can take; of tags that were replaced one is not taken without
    /// the others.
    fn way_out(&self, scope: &ScopeName, kind: Kind, side: Side, retagged: &[&VersionId]) -> String {
        match (kind, side, self.workspace) {
            (Kind::Stray, ..) => errors::mirror_put_tag_back(),
            (Kind::Tag, Side::Workspace, Some(workspace)) => {
                errors::mirror_accept_version(&accepting_all(workspace, retagged))
            }
            (_, Side::Workspace, _) => errors::mirror_accept_scope(scope),
            _ => errors::mirror_forget_cache(),
        }
    }

    /// Refuses a source that does not list what was seen in the scope's catalog before. What a cache has may come from
    /// elsewhere.
    pub fn refuse_lost(&self, source: &Source, whence: Whence) -> Result<()> {
        for witness in &self.witnesses {
            let scope = &source.info.name;
            let (whence, way_out) = match witness.side {
                Side::Workspace => (whence, errors::mirror_accept_loss(scope)),
                _ => (Whence::Elsewhere, errors::mirror_forget_cache()),
            };
            let lost = witness.lost(source, whence)?;
            if !lost.is_empty() {
                return Err(errors::mirror_source_lost(scope, &lost, way_out));
            }
        }
        Ok(())
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

    fn exchanged(&self, source: &Source) -> Result<Vec<(VersionId, Change)>> {
        let mut exchanged = Vec::new();
        let Some(tracked) = self.known.catalogs.get(&source.info.name) else { return Ok(exchanged) };
        for (id, was) in self.listed(tracked, source)? {
            let Some(wanted) = source.wanted.get(&id) else { continue };
            let change = self.change_of(&id, was, wanted);
            exchanged.extend(change.map(|change| (id, change)));
        }
        Ok(exchanged)
    }

    /// What became of a version that was listed. What was signed is the tag: another one on the same content, or none, is
    /// not what was there. Here a bare commit may stand for an annotated tag: who imported it before tags were kept has
    /// no more.
    fn change_of(&self, id: &VersionId, was: CommitId, wanted: &Wanted) -> Option<Change> {
        let listed = oid(was);
        let tag = self.known.at(id).filter(|at| at.commit == was).map(|at| at.target);
        match (wanted.tag, tag) {
            (Tag::Moved(found), Some(tag)) if found != tag => Some(Change { was: tag, kind: Kind::Stray }),
            _ if wanted.commit != listed => Some(Change { was: listed, kind: Kind::Content }),
            (Tag::Sound(found), Some(tag)) if tag != listed && found != tag => {
                Some(Change { was: tag, kind: Kind::Tag })
            }
            _ => None,
        }
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
}
