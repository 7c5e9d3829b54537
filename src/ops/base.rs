//! Where a staged version comes from: the newest version of its scope among those that it was made from. The record
//! keeps it, for a staged version may be lost, or be in another clone, and its files are here all the same.

use super::remote::url_of;
use super::state::CatalogView;
use super::{Workspace, history};
use crate::git::{Repo, commit_id, oid};
use crate::model::{CommitId, ScopeName, Version};
use crate::scope::Known;
use crate::workspace::{Base, BitmapEntry};
use anyhow::Result;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The newest listed version in the histories of these; `None` where they are listed themselves, or none is.
pub fn base_of_staged(repo: &Repo, catalog: Option<&CatalogView>, version: CommitId) -> Result<Option<Base>> {
    match catalog {
        Some(catalog) if !catalog.lists(version) => newest_listed(repo, catalog, repo_parents(repo, version)?),
        _ => Ok(None),
    }
}

/// The same of a version that is to be made from these.
pub fn newest_listed(repo: &Repo, catalog: &CatalogView, parents: Vec<CommitId>) -> Result<Option<Base>> {
    let listed: HashMap<CommitId, &Version> =
        catalog.versions.iter().map(|(version, commit)| (CommitId::from_bytes(*commit), version)).collect();
    let (mut found, mut seen, mut next): (Vec<CommitId>, _, _) = (Vec::new(), HashSet::new(), parents);
    while let Some(commit) = next.pop() {
        match listed.contains_key(&commit) {
            _ if !seen.insert(commit) => {}
            true => found.push(commit),
            false => next.extend(repo_parents(repo, commit)?),
        }
    }
    // Of both sides of a merge: one that the other was made from says less.
    let mut newest: Option<CommitId> = None;
    for commit in found {
        let is_newer = match newest {
            Some(newest) if history::holds(repo, newest, commit)? => false,
            Some(newest) => history::holds(repo, commit, newest)? || listed[&commit] > listed[&newest],
            None => true,
        };
        newest = if is_newer { Some(commit) } else { newest };
    }
    Ok(newest.map(|commit| Base { version: listed[&commit].clone(), commit }))
}

fn repo_parents(repo: &Repo, commit: CommitId) -> Result<Vec<CommitId>> {
    match repo.has(oid(commit))? {
        true => Ok(repo.commit(oid(commit))?.parents.into_iter().map(commit_id).collect()),
        false => Ok(Vec::new()),
    }
}

/// The version that a record is at, if it is here. One of the same number that its scope has given to somebody else is
/// nothing that these files were made from.
pub fn here(known: &Known, entry: &BitmapEntry) -> Option<CommitId> {
    let here = known.commit(&entry.id(), entry.version.as_ref()?)?;
    let is_another = entry.base.is_some() && entry.commit.is_some_and(|meant| meant != here);
    (!is_another).then_some(here)
}

/// Whether a record is at a version of somebody else that nobody had exported when it was written.
pub fn is_staged_elsewhere(known: &Known, entry: &BitmapEntry) -> bool {
    entry.version.is_some() && !entry.is_exported() && here(known, entry).is_none()
}

/// The scopes that such components are meant for, where anybody said where these are: by now they may have them.
pub fn scopes_of_staged_elsewhere(workspace: &Workspace, known: &Known) -> Result<BTreeSet<ScopeName>> {
    let entries = workspace.bitmap.entries().filter(|entry| is_staged_elsewhere(known, entry));
    let scopes: BTreeSet<ScopeName> = entries.map(BitmapEntry::scope_name).collect();
    let mut found = BTreeSet::new();
    for scope in scopes {
        if url_of(workspace, &scope)?.is_some() {
            found.insert(scope);
        }
    }
    Ok(found)
}

/// Whether a record is at a version that was never exported, as far as its scope says, and that is not here: `listed` is
/// what the scope has under that number. Where a record says of itself that its version was exported, another content
/// there is a matter of trust, and not this.
pub fn is_lost(entry: &BitmapEntry, listed: Option<CommitId>) -> bool {
    let is_there = listed.is_some() && (entry.commit.is_none() || entry.commit == listed);
    entry.version.is_some() && !is_there && (entry.base.is_some() || !entry.is_exported())
}
