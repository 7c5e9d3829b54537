//! Without ids: a fresh clone of the team's repository gets all versions that its `.bitmap` speaks of.

use super::{Imported, Run, unanswered};
use crate::model::VersionId;
use crate::ops::BitmapChange;
use crate::ops::Work;
use crate::workspace::BitmapEntry;
use anyhow::Result;

impl Run<'_> {
    /// Brings the versions that the components have, the newest of their main lines, and all that these need. No file is
    /// written. What can't be had is told, and all else comes.
    pub(super) fn whole_workspace(&mut self, outcome: &mut Imported) -> Result<()> {
        let entries: Vec<&BitmapEntry> =
            self.workspace.bitmap.entries().filter(|entry| entry.is_exported() && entry.version.is_some()).collect();
        outcome.exported = entries.len();
        self.incoming.ask(&entries.iter().map(|entry| entry.scope_name()).collect())?;
        outcome.failed = unanswered(&self.incoming);
        let (mut roots, mut bitmap) = (Vec::new(), Vec::new());
        for entry in entries {
            let Some(version) = &entry.version else { continue };
            let id = entry.id().at(version.clone());
            bitmap.extend(self.checked_record(entry, &id)?);
            if let Some(listed) = self.incoming.entry(&id.id)? {
                roots.push(id.id.at(listed.head));
            }
            roots.push(id);
        }
        let closure = self.incoming.close(roots)?;
        let refs = self.incoming.judge(&closure)?;
        self.incoming.admit()?;
        self.commit(refs.edits, bitmap, Work::default())?;
        outcome.versions = refs.versions;
        outcome.lacking = closure.lacking;
        Ok(())
    }

    /// A record must mean what the scope lists. One that a person accepts is mended.
    fn checked_record(&mut self, entry: &BitmapEntry, id: &VersionId) -> Result<Option<BitmapChange>> {
        let listed = self.incoming.entry(&id.id)?.and_then(|entry| entry.version(&id.version).map(|one| one.commit));
        let (Some(meant), Some(listed)) = (entry.commit, listed) else { return Ok(None) };
        // What is staged here under this number is a matter for "bit merge".
        if meant == listed || self.known.commit(&id.id, &id.version) == Some(meant) {
            return Ok(None);
        }
        self.incoming.check_record(id, meant, listed)?;
        let after = BitmapEntry { commit: Some(listed), ..entry.clone() };
        Ok(Some(BitmapChange { before: Some(entry.clone()), after: Some(after) }))
    }
}
