//! Staged versions that others need, near or far.

use super::super::select::staged;
use super::super::{Staged, Versions};
use crate::git::Repo;
use crate::model::{CommitId, Dependency};
use crate::scope::{Known, StoredVersion};
use anyhow::Result;
use std::collections::{BTreeMap, HashSet};

/// These staged versions, and those that they need or were made from. What is published needs nothing that is not.
pub fn needed<'s>(repo: &Repo, known: &Known, these: impl Iterator<Item = &'s Staged>) -> Result<HashSet<CommitId>> {
    let all = staged(repo, known, known.components.keys(), Versions::Staged)?;
    let staged: HashSet<CommitId> = all.values().flat_map(BTreeMap::values).copied().collect();
    let content = |needed: &Dependency| needed.commit.or_else(|| known.commit(&needed.id.id, &needed.id.version));
    let mut next: Vec<CommitId> = these.flat_map(BTreeMap::values).flat_map(BTreeMap::values).copied().collect();
    let mut needed = HashSet::new();
    while let Some(commit) = next.pop() {
        if staged.contains(&commit) && needed.insert(commit) {
            let version = StoredVersion::read(repo, commit)?;
            next.extend(&version.parents);
            next.extend(version.manifest.dependencies.iter().filter_map(content));
        }
    }
    Ok(needed)
}
