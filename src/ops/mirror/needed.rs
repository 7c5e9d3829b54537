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
    /// What those of one scope need.
    pub fn of(source: &Source) -> Self {
        let mut needs = Self::default();
        needs.add(source);
        needs
    }

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
        if let Some(place) = &self.unread {
            return all_removed(source, &format!("{place} may need it, and could not be read"));
        }
        let alive = self.alive.iter().filter_map(|id| Some((id, self.of.get(id)?.as_slice())));
        self.needed_by(source, alive.map(|(id, needs)| (id.to_string(), needs)).collect())
    }

    /// The removed versions that some have to find, near or far, and why. Those are named in words.
    pub fn needed_by<'n>(
        &'n self,
        source: &Source,
        mut next: Vec<(String, &'n [VersionId])>,
    ) -> BTreeMap<VersionId, String> {
        let removed: BTreeSet<&VersionId> = removed(source).collect();
        let (mut kept, mut seen) = (BTreeMap::new(), BTreeSet::new());
        while let Some((who, needs)) = next.pop() {
            for needed in needs {
                if removed.contains(needed) {
                    kept.entry(needed.clone()).or_insert_with(|| format!("{who} needs it"));
                }
                if seen.insert(needed)
                    && let Some(more) = self.of.get(needed)
                {
                    next.push((needed.to_string(), more));
                }
            }
        }
        kept
    }
}

/// Every removed version of a scope, where it can't be known who needs it.
pub fn all_removed(source: &Source, why: &str) -> BTreeMap<VersionId, String> {
    removed(source).map(|id| (id.clone(), why.to_owned())).collect()
}

fn removed(source: &Source) -> impl Iterator<Item = &VersionId> {
    source.wanted.iter().filter(|(_, wanted)| wanted.is_removed).map(|(id, _)| id)
}
