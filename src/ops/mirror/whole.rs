//! Versions that a source can't hand out, since something that they need is not there. Asked only once git has failed:
//! it gives up the whole of a push or a fetch, and the other versions are to go.

use super::plan::TagStep;
use crate::errors;
use crate::git::{EntryKind, Kind, Oid, Repo};
use crate::model::VersionId;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Those of the versions that are not whole in a source of this machine, and why. What is known to be whole with all
/// that it was made from need not be looked at.
pub fn not_whole(
    source: &Repo,
    versions: impl IntoIterator<Item = TagStep>,
    is_known: &dyn Fn(Oid) -> bool,
) -> BTreeMap<VersionId, String> {
    let mut look = Look { source, is_known, lacks: HashMap::new(), whole: HashSet::new() };
    let lack = |step: TagStep| {
        if !source.has(step.target).unwrap_or(false) {
            return Some((step.id, errors::mirror_tag_names_nothing(step.target)));
        }
        let missing = look.behind(step.target)?;
        Some((step.id, errors::mirror_version_not_whole(source.path(), missing)))
    };
    versions.into_iter().filter_map(lack).collect()
}

struct Look<'r> {
    source: &'r Repo,
    is_known: &'r dyn Fn(Oid) -> bool,
    /// Commits, and what is missing of them or of what they were made from.
    lacks: HashMap<Oid, Oid>,
    /// What was looked at, and is whole.
    whole: HashSet<Oid>,
}

impl Look<'_> {
    /// What is missing of all that a tag or a commit leads to.
    fn behind(&mut self, target: Oid) -> Option<Oid> {
        let commit = match self.source.kind_of(target) {
            Ok(Kind::Tag) => self.source.peel_tag(target).unwrap_or(target),
            _ => target,
        };
        let (mut next, mut seen) = (vec![commit], Vec::new());
        while let Some(found) = next.pop() {
            if self.whole.contains(&found) || seen.contains(&found) || (self.is_known)(found) {
                continue;
            }
            let lack = match (self.lacks.get(&found), self.source.commit(found)) {
                (Some(lack), _) => Some(*lack),
                (None, Err(_)) => Some(found),
                (None, Ok(info)) => {
                    next.extend(info.parents);
                    self.of_tree(info.tree)
                }
            };
            if let Some(lack) = lack {
                self.lacks.extend([(found, lack), (commit, lack)]);
                return Some(lack);
            }
            seen.push(found);
        }
        self.whole.extend(seen);
        None
    }

    fn of_tree(&mut self, tree: Oid) -> Option<Oid> {
        let mut next = vec![tree];
        let mut seen = Vec::new();
        while let Some(found) = next.pop() {
            if self.whole.contains(&found) {
                continue;
            }
            let Ok(entries) = self.source.entries(found) else { return Some(found) };
            for entry in entries {
                match entry.kind {
                    EntryKind::Folder => next.push(entry.oid),
                    // That commit is another repository's.
                    EntryKind::Submodule => {}
                    _ if self.whole.contains(&entry.oid) => {}
                    _ if self.source.raw(entry.oid, Kind::Blob).is_err() => return Some(entry.oid),
                    _ => seen.push(entry.oid),
                }
            }
            seen.push(found);
        }
        self.whole.extend(seen);
        None
    }
}
