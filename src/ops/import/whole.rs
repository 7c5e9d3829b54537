//! Without ids: a fresh clone of the team's repository gets all versions that its `.bitmap` speaks of.

use super::{Imported, LostVersion, Run, unanswered};
use crate::model::{CommitId, Version, VersionId};
use crate::ops::base::{here, is_lost as is_unlisted, is_staged_elsewhere, scopes_of_staged_elsewhere};
use crate::ops::{BitmapChange, Work};
use crate::workspace::BitmapEntry;
use anyhow::Result;

impl Run<'_> {
    /// Brings the versions that the components have, the newest of their main lines, and all that these need. No file is
    /// written. What can't be had is told, and all else comes.
    pub(super) fn whole_workspace(&mut self, outcome: &mut Imported) -> Result<()> {
        let is_there = |entry: &&BitmapEntry| entry.is_exported() && entry.version.is_some();
        let entries: Vec<&BitmapEntry> = self
            .workspace
            .bitmap
            .entries()
            .filter(|entry| is_there(entry) || is_staged_elsewhere(self.known, entry))
            .collect();
        outcome.exported = entries.len();
        let mut scopes = scopes_of_staged_elsewhere(self.workspace, self.known)?;
        scopes.extend(entries.iter().filter(|entry| is_there(entry)).map(|entry| entry.scope_name()));
        self.incoming.ask(&scopes)?;
        outcome.failed = unanswered(&self.incoming);
        let (mut roots, mut bitmap) = (Vec::new(), Vec::new());
        for entry in entries {
            bitmap.extend(self.want(entry, &mut roots, outcome)?);
        }
        let closure = self.incoming.close(roots)?;
        let refs = self.incoming.judge(&closure)?;
        self.incoming.admit()?;
        self.commit(refs.edits, bitmap, Work::default())?;
        outcome.versions = refs.versions;
        outcome.lacking = closure.lacking;
        Ok(())
    }

    /// What a component wants: the newest version, what its files were made from and what was merged into them, and the
    /// one that it has, if that is not lost. How its record changes.
    fn want(
        &mut self,
        entry: &BitmapEntry,
        roots: &mut Vec<VersionId>,
        outcome: &mut Imported,
    ) -> Result<Option<BitmapChange>> {
        let Some(version) = &entry.version else { return Ok(None) };
        let id = entry.id().at(version.clone());
        let scope_entry = self.incoming.entry(&id.id)?;
        let listed = |version: &Version| scope_entry.as_ref().and_then(|entry| Some(entry.version(version)?.commit));
        let is_lost = self.is_lost(entry, &id, listed(version));
        if is_lost {
            outcome.lost.push(self.lost(entry, &id, listed(version).is_some()));
        }
        // What its scope has may be somebody else's component of that name.
        if is_staged_elsewhere(self.known, entry) && is_unlisted(entry, listed(version)) {
            return Ok(None);
        }
        let newest = scope_entry.as_ref().and_then(|entry| entry.newest());
        roots.extend(newest.map(|newest| id.id.at(newest.version.clone())));
        let base = entry.base.iter().map(|base| (&base.version, base.commit));
        let further = base.chain(entry.merging.iter().map(|merging| (&merging.version, merging.commit)));
        let further = further.filter(|(version, commit)| listed(version) == Some(*commit));
        roots.extend(further.map(|(version, _)| id.id.at(version.clone())));
        if is_lost {
            return Ok(None);
        }
        outcome.found.extend((!entry.is_exported()).then(|| id.id.clone()));
        let change = self.checked_record(entry, &id)?;
        roots.push(id);
        Ok(change)
    }

    fn lost(&self, entry: &BitmapEntry, id: &VersionId, is_number_taken: bool) -> LostVersion {
        let base = entry.base.as_ref().map(|base| base.version.clone());
        let is_scope_asked = self.incoming.source(&id.id.scope).is_some();
        LostVersion { id: id.clone(), base, is_number_taken, is_scope_asked }
    }

    /// Whether a staged version is neither here nor there. Of a scope that does not answer nobody knows.
    fn is_lost(&self, entry: &BitmapEntry, id: &VersionId, listed: Option<CommitId>) -> bool {
        let is_silent = self.incoming.unreachable().any(|(scope, _)| *scope == id.id.scope);
        let is_asked = self.incoming.source(&id.id.scope).is_some() || !entry.is_exported() && !is_silent;
        is_asked && here(self.known, entry).is_none() && is_unlisted(entry, listed)
    }

    /// A record must mean what the scope lists. One that a person accepts is mended, and one from before somebody exported
    /// its version says then what that person's says.
    fn checked_record(&mut self, entry: &BitmapEntry, id: &VersionId) -> Result<Option<BitmapChange>> {
        let listed = self.incoming.entry(&id.id)?.and_then(|entry| entry.version(&id.version).map(|one| one.commit));
        let Some(listed) = listed else { return Ok(None) };
        let meant = entry.commit.unwrap_or(listed);
        // What is staged here under this number is a matter for "bit merge".
        if meant != listed && self.known.commit(&id.id, &id.version) == Some(meant) {
            return Ok(None);
        }
        self.incoming.check_record(id, meant, listed)?;
        let mut after = BitmapEntry { commit: entry.commit.map(|_| listed), base: None, ..entry.clone() };
        after.live_in_default_scope();
        Ok((after != *entry).then(|| BitmapChange { before: Some(entry.clone()), after: Some(after) }))
    }
}
