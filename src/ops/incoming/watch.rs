//! Versions that are here: are their tags in their scope still what they were? Asked along with the catalog.

use super::{Incoming, Source};
use crate::errors::{self, MovedTag};
use crate::git::url::RemoteUrl;
use crate::git::{Oid, RefName, RefTable, Repo, oid, remote};
use crate::model::{CatalogEntry, ScopeName, VersionId};
use crate::ops::Workspace;
use crate::ops::accepting::accepting_all;
use crate::scope::KnownVersion;
use anyhow::Result;

/// A version that is here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Watched {
    pub id: VersionId,
    pub at: KnownVersion,
}

/// What tags are, and are on, in their scope.
pub(super) type Found = Vec<(Watched, (Oid, Oid))>;

/// So many are asked for by their names, in the connection that asks for the catalog. git looks names up one by one:
/// more would be felt. From there on all tags of the scope are listed first.
pub(super) const FEW: usize = 90;

impl Incoming<'_> {
    /// Those of a scope. What can be asked for by name was there when the scope was last seen.
    pub(super) fn watched_of(&mut self, scope: &ScopeName) -> Result<Vec<Watched>> {
        let watched = self.here_of(scope);
        if watched.len() > FEW {
            return Ok(watched);
        }
        let mut few = Vec::with_capacity(watched.len());
        for one in watched {
            let was_listed = self.seen_before(&one.id.id)?.is_some_and(|entry| one.is_listed_by(&entry));
            if was_listed && self.workspace.scope.repo().has(one.at.target)? {
                few.push(one);
            }
        }
        few.sort();
        Ok(few)
    }

    fn here_of(&self, scope: &ScopeName) -> Vec<Watched> {
        let components = self.known.components.iter().filter(|(id, _)| id.scope == *scope);
        let versions = components.flat_map(|(id, component)| {
            component.versions.iter().map(|(number, at)| Watched { id: id.at(number.clone()), at: *at })
        });
        versions.filter(|one| !self.accepted.is_tag_moved(&one.id)).collect()
    }
}

impl Watched {
    /// One that is removed may have lost its tag; one that is only staged has none there.
    pub fn is_listed_by(&self, entry: &CatalogEntry) -> bool {
        let listed = entry.version(&self.id.version).filter(|listed| !entry.is_removed(listed));
        listed.is_some_and(|listed| listed.commit == self.at.commit)
    }
}

impl Watched {
    /// What became of its tag, if that is something else.
    fn moved(&self, tag: Oid, is_on: Oid) -> Option<MovedTag<'_>> {
        let KnownVersion { commit, target } = self.at;
        let is_same_version = is_on == oid(commit);
        let (was, is) = match target != oid(commit) && tag != target {
            _ if !is_same_version => (oid(commit), is_on),
            true => (target, tag),
            false => return None,
        };
        Some(MovedTag { id: &self.id, was: was.to_string(), is: is.to_string(), is_same_version })
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
        Some((one.clone(), (value.target, value.commit())))
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
        let commit = peeled.unwrap_or(if target == one.at.target { oid(one.at.commit) } else { target });
        Some((one.clone(), (target, commit)))
    };
    Ok(watched.iter().zip(&names).filter_map(value).collect())
}

impl Source {
    /// Refuses tags that are not what they were, and not what the catalog lists: where that changed too, it is told of the
    /// catalog. Here a bare commit may stand for an annotated tag: who imported it before tags were kept has no more. One
    /// that is gone is no harm to who has the version.
    pub(super) fn refuse_moved(&self, found: &Found, workspace: &Workspace) -> Result<()> {
        let mut moved = Vec::new();
        for (one, (tag, is_on)) in found {
            if let Some(tag) = one.moved(*tag, *is_on)
                && self.entry(&one.id.id.name)?.is_some_and(|entry| one.is_listed_by(&entry))
            {
                moved.push(tag);
            }
        }
        let ids: Vec<&VersionId> = moved.iter().map(|tag| tag.id).collect();
        match moved.is_empty() {
            true => Ok(()),
            false => Err(errors::tags_moved(&self.url.to_string(), &moved, &accepting_all(workspace, &ids))),
        }
    }
}
