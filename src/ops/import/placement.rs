//! What is to be done for one component.

use super::choose::Chosen;
use super::{Fate, ImportedComponent};
use crate::model::{CommitId, Version};
use crate::ops::BitmapChange;
use crate::ops::merge::Decision;
use crate::scope::SourceFile;
use crate::workspace::BitmapEntry;

/// What is to be done for one component.
#[derive(Debug)]
pub struct Placement {
    /// What becomes of it.
    pub fate: Fate,
    /// Its folder; none where no files are written.
    pub root_dir: Option<String>,
    /// Where its folder was, if it has to move first.
    pub moves_from: Option<String>,
    /// Files to be written.
    pub writes: Vec<SourceFile>,
    /// Files to be deleted.
    pub deletes: Vec<String>,
    /// Whether the folder is new: then it appears whole.
    pub is_new_folder: bool,
    /// Where local changes are to be joined with the version that comes: nothing is written or deleted then.
    pub joins: Option<Join>,
    /// The record as it is.
    pub before: Option<BitmapEntry>,
    /// The record as it becomes.
    pub after: Option<BitmapEntry>,
}

/// Local changes and a version that are to be joined.
#[derive(Debug)]
pub struct Join {
    /// The version that the folder was made from.
    pub from: (Version, CommitId),
    /// The version that comes.
    pub to: (Version, CommitId),
    /// What becomes of the files, once that is worked out.
    pub decisions: Vec<Decision>,
}

impl Placement {
    /// A component that stays as it is.
    pub fn nothing(fate: Fate, root_dir: Option<String>) -> Self {
        let (writes, deletes) = (Vec::new(), Vec::new());
        let (before, after) = (None, None);
        Self { fate, root_dir, moves_from: None, writes, deletes, is_new_folder: false, joins: None, before, after }
    }

    /// The change of the record.
    pub fn change(&self) -> Option<BitmapChange> {
        let change = BitmapChange { before: self.before.clone(), after: Some(self.after.clone()?) };
        (change.before != change.after).then_some(change)
    }

    /// What is told of it.
    pub fn outcome(self, chosen: &Chosen) -> ImportedComponent {
        let version = match &self.fate {
            Fate::Ahead | Fate::Diverged => self.before.as_ref().and_then(|entry| entry.version.clone()),
            _ => None,
        };
        let version = version.unwrap_or_else(|| chosen.id.version.clone());
        let advice = chosen.entry.deprecated.clone().filter(|advice| advice.covers(&version));
        let listed = chosen.entry.version(&version);
        ImportedComponent {
            id: chosen.id.id.at(version),
            fate: self.fate,
            root_dir: self.root_dir,
            latest: chosen.entry.latest.clone(),
            deprecated: advice,
            is_removed: chosen.entry.removed.is_some() || listed.is_some_and(|listed| listed.removed.is_some()),
            decisions: self.joins.map_or_else(Vec::new, |join| join.decisions),
            written: self.writes.into_iter().map(|file| file.path).collect(),
            deleted: self.deletes,
        }
    }
}
