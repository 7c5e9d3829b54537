//! How a scope's catalog goes on from the one that was last seen. Whoever would take a new one for that asks here first:
//! what was listed once is settled, here as everywhere, and what is taken instead of it is taken by a person's word.

use super::history;
use crate::git::Repo;
use crate::model::Moved;
use crate::scope::TrackedCatalog;
use anyhow::Result;

/// How a catalog goes on from the one that was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Continuity {
    /// None was seen before.
    First,
    /// It is the same.
    Same,
    /// It went on.
    Forward,
    /// It went on, and what was listed is not listed any more as it was.
    Changed(Vec<Moved>),
    /// It is another one: these versions are not listed any more as they were.
    Replaced(Vec<Moved>),
}

/// Compares the two. Both are in the repository.
pub fn continuity(repo: &Repo, before: Option<&TrackedCatalog>, now: &TrackedCatalog) -> Result<Continuity> {
    Ok(match before {
        None => Continuity::First,
        Some(before) if before.commit == now.commit => Continuity::Same,
        Some(before) if history::holds(repo, now.commit, before.as_published(repo)?)? => {
            match before.moved(repo, now)? {
                moved if moved.is_empty() => Continuity::Forward,
                moved => Continuity::Changed(moved),
            }
        }
        Some(before) => Continuity::Replaced(before.moved(repo, now)?),
    })
}
