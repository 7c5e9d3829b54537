//! What of an export can go without a scope that does not answer.

use crate::model::{CommitId, ComponentId, ScopeName};
use crate::ops::export::select::Share;
use crate::scope::StoredVersion;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Versions by their commits.
type Versions = HashMap<CommitId, StoredVersion>;

/// The components of other scopes whose staged versions need nothing, near or far, that is staged for this one.
pub fn free_of<'s>(
    silent: &ScopeName,
    shares: impl Iterator<Item = (&'s ScopeName, &'s Share)>,
    read: impl FnOnce(&[&'s Share]) -> Result<Versions>,
) -> Result<Vec<ComponentId>> {
    let (waiting, others): (Vec<_>, Vec<_>) = shares.partition(|(scope, _)| *scope == silent);
    let others: Vec<&Share> = others.into_iter().map(|(_, share)| share).collect();
    let versions = read(&others)?;
    let mut bound: BTreeSet<&ComponentId> = waiting.iter().flat_map(|(_, share)| share.staged.keys()).collect();
    let mut free: BTreeMap<&ComponentId, Vec<&ComponentId>> = BTreeMap::new();
    for (id, staged) in others.iter().flat_map(|share| &share.staged) {
        let stored = staged.values().filter_map(|commit| versions.get(commit));
        free.insert(id, stored.flat_map(|stored| &stored.manifest.dependencies).map(|one| &one.id.id).collect());
    }
    loop {
        let needs_it = |(id, needs): (&&'s ComponentId, &Vec<&ComponentId>)| {
            needs.iter().any(|needed| bound.contains(needed)).then_some(*id)
        };
        let more: Vec<&ComponentId> = free.iter().filter_map(needs_it).collect();
        if more.is_empty() {
            return Ok(free.into_keys().cloned().collect());
        }
        more.iter().for_each(|id| drop(free.remove(id)));
        bound.extend(more);
    }
}
