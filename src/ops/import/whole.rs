//! Without ids: a fresh clone of the team's repository gets all versions that its `.bitmap` speaks of.

use super::{Imported, LostVersion, Run, unanswered};
use crate::model::{CommitId, Version, VersionId};
use crate::ops::base::{here, is_lost};
use crate::ops::{BitmapChange, Work};
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
            let scope_entry = self.incoming.entry(&id.id)?;
            let listed =
                |version: &Version| scope_entry.as_ref().and_then(|entry| Some(entry.version(version)?.commit));
            let newest = scope_entry.as_ref().and_then(|entry| entry.newest());
            roots.extend(newest.map(|newest| id.id.at(newest.version.clone())));
            // What the files were made from, and what was merged into them.
            let base = entry.base.iter().map(|base| (&base.version, base.commit));
            let further = base.chain(entry.merging.iter().map(|merging| (&merging.version, merging.commit)));
            let further = further.filter(|(version, commit)| listed(version) == Some(*commit));
            roots.extend(further.map(|(version, _)| id.id.at(version.clone())));
            if self.is_lost(entry, &id, listed(version)) {
                let (base, is_number_taken) = (entry.base.clone().map(|base| base.version), listed(version).is_some());
                outcome.lost.push(LostVersion { id, base, is_number_taken });
                continue;
            }
            bitmap.extend(self.checked_record(entry, &id)?);
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

    /// Whether a staged version is neither here nor there. Of a scope that does not answer nobody knows.
    fn is_lost(&self, entry: &BitmapEntry, id: &VersionId, listed: Option<CommitId>) -> bool {
        let is_asked = self.incoming.source(&id.id.scope).is_some();
        is_asked && here(self.known, entry).is_none() && is_lost(entry, listed)
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
        let after = BitmapEntry { commit: Some(listed), base: None, ..entry.clone() };
        Ok(Some(BitmapChange { before: Some(entry.clone()), after: Some(after) }))
    }
}
