//! Removed versions that others still need: whoever installs those has to find them, so they are never pruned.

use super::source::Source;
use crate::model::VersionId;
use std::collections::{BTreeMap, BTreeSet};

/// What the versions of all scopes of a run need.
#[derive(Debug, Default)]
pub struct Needs {
    /// What each needs by itself.
    of: BTreeMap<VersionId, Vec<VersionId>>,
    /// Those that stay.
    alive: Vec<VersionId>,
    /// A scope whose catalog could not be read: it may need anything.
    unread: Option<String>,
}

impl Needs {
    /// Takes in what a scope lists.
    pub fn add(&mut self, source: &Source) {
        for (id, wanted) in &source.wanted {
            self.of.insert(id.clone(), wanted.needs.clone());
            // A removed one that was not chosen is not pruned either.
            if !wanted.is_removed || !wanted.is_chosen {
                self.alive.push(id.clone());
            }
        }
    }

    /// A scope of the run that could not be read.
    pub fn add_unread(&mut self, place: String) {
        self.unread.get_or_insert(place);
    }

    /// The removed versions of a scope that have to stay, and why.
    pub fn kept(&self, source: &Source) -> BTreeMap<VersionId, String> {
        let removed = || source.wanted.iter().filter(|(_, wanted)| wanted.is_removed).map(|(id, _)| id.clone());
        if let Some(place) = &self.unread {
            let why = format!("{place} may need it, and could not be read");
            return removed().map(|id| (id, why.clone())).collect();
        }
        let removed: BTreeSet<VersionId> = removed().collect();
        let mut kept = BTreeMap::new();
        let (mut seen, mut next) = (BTreeSet::new(), self.alive.clone());
        while let Some(id) = next.pop() {
            for needed in self.of.get(&id).into_iter().flatten() {
                if removed.contains(needed) {
                    kept.entry(needed.clone()).or_insert_with(|| format!("{id} needs it"));
                }
                if seen.insert(needed.clone()) {
                    next.push(needed.clone());
                }
            }
        }
        kept
    }
}
