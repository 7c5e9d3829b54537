//! Versions that are here: are their tags in their scope still what they were? Asked along with the catalog, in the same
//! connection.

use super::{Incoming, Source};
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{Oid, RefName, RefTable, Repo, oid, remote};
use crate::model::{CommitId, ScopeName, VersionId};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// A version that is here, and that its scope listed with this content.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub id: VersionId,
    commit: CommitId,
    /// What its ref names here.
    pub target: Oid,
}

/// What tags are, and are on, in their scope.
pub(super) type Found = BTreeMap<VersionId, (Oid, Oid)>;

/// git looks names up one by one: more than these would be felt.
const MOST: usize = 90;

impl Incoming<'_> {
    /// Names versions that are looked at before others.
    pub fn watch(&mut self, ids: impl IntoIterator<Item = VersionId>) {
        self.watched.extend(ids);
    }

    /// Those of a scope: what was named, and what the workspace's components have.
    pub(super) fn watched_of(&mut self, scope: &ScopeName) -> Result<Vec<Watched>> {
        let entries = self.workspace.bitmap.entries();
        let records = entries.filter_map(|entry| Some(entry.id().at(entry.version.clone()?)));
        let records: Vec<VersionId> = records.collect();
        let mut told = BTreeSet::new();
        let mut watched = Vec::new();
        for id in self.watched.clone().into_iter().chain(records) {
            if id.id.scope != *scope || watched.len() == MOST || !told.insert(id.clone()) || self.accepted.is_moved(&id)
            {
                continue;
            }
            let Some(at) = self.known.at(&id) else { continue };
            let Some(entry) = self.seen_before(&id.id)? else { continue };
            // One that is removed may have lost its tag; one that is only staged has none there.
            let listed = entry.version(&id.version).filter(|listed| !entry.is_removed(listed));
            if listed.is_some_and(|listed| listed.commit == at.commit) && self.workspace.scope.repo().has(at.target)? {
                watched.push(Watched { id, commit: at.commit, target: at.target });
            }
        }
        Ok(watched)
    }
}

/// By which names they are asked for, and kept apart.
pub(super) fn names(watched: &[Watched]) -> impl Iterator<Item = (String, String)> {
    watched.iter().map(|one| (RefName::in_scope(&one.id), RefName::from(one.id.clone()).to_string()))
}

/// What came of them.
pub(super) fn received(repo: &Repo, watched: &[Watched]) -> Result<Found> {
    let table = RefTable::read(repo)?;
    let value = |one: &Watched| {
        let value = table.get(&RefName::from(one.id.clone()).to_string())?;
        Some((one.id.clone(), (value.target, value.commit())))
    };
    Ok(watched.iter().filter_map(value).collect())
}

/// What the scope says of them, where one of them is not there.
pub(super) fn listed(repo: &Repo, url: &RemoteUrl, watched: &[Watched]) -> Result<Found> {
    let names: Vec<String> = watched.iter().map(|one| RefName::in_scope(&one.id)).collect();
    let there = remote::list_some(url, Some(repo), &names)?;
    let value = |(one, name): (&Watched, &String)| {
        let target = *there.refs.get(name)?;
        let peeled = there.refs.get(&format!("{name}^{{}}")).copied();
        // Not every host says what an annotated tag is on.
        let commit = peeled.unwrap_or(if target == one.target { oid(one.commit) } else { target });
        Some((one.id.clone(), (target, commit)))
    };
    Ok(watched.iter().zip(&names).filter_map(value).collect())
}

impl Source {
    /// Refuses a tag that is not what it was, and not what the catalog lists: where that changed too, it is told of the
    /// catalog. Here a bare commit may stand for an annotated tag: who imported it before tags were kept has no more. One
    /// that is gone is no harm to who has the version.
    pub(super) fn refuse_moved(&self, watched: &[Watched], found: &Found) -> Result<()> {
        for Watched { id, commit, target } in watched {
            let (before, now) = match found.get(id) {
                Some((_, there)) if *there != oid(*commit) => (oid(*commit), there),
                Some((there, _)) if there != target && *target != oid(*commit) => (*target, there),
                _ => continue,
            };
            let entry = self.entry(&id.id.name)?;
            let listed = entry.as_ref().and_then(|entry| entry.version(&id.version));
            if listed.is_some_and(|listed| listed.commit == *commit) {
                return Err(errors::tag_moved(id, &self.url.to_string(), &before.to_string(), &now.to_string()));
            }
        }
        Ok(())
    }
}
