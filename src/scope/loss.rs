//! What a scope has lost, and nobody has brought back yet: noted on top of its catalog, in the local scope alone. So what
//! was known of it stays known, and what was published meanwhile is known too.

use super::{CatalogDraft, TrackedCatalog};
use crate::git::{Identities, Identity, RawObject, Repo, commit_id, oid};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentName, Moved};
use anyhow::Result;
use std::collections::BTreeMap;

/// The trailer of such a note.
const TRAILER: &str = "Bit-Lost: ";

impl TrackedCatalog {
    /// The scope's own catalog that was seen last: the one itself, or that on which it notes what was lost.
    pub fn as_published(&self, repo: &Repo) -> Result<CommitId> {
        let commit = repo.commit(oid(self.commit))?;
        let is_note = commit.message.lines().next_back() == Some(&format!("{TRAILER}{}", self.scope));
        Ok(commit.parents.first().filter(|_| is_note).map_or(self.commit, |parent| commit_id(*parent)))
    }

    /// A note on a later catalog of what it does not list any more as this one did; nothing where it lists all of that. The
    /// same note on every machine, and each time.
    pub fn note_loss(&self, repo: &Repo, now: &Self, out: &mut Vec<RawObject>) -> Result<Option<CommitId>> {
        let lost = self.moved(repo, now)?;
        if lost.is_empty() {
            return Ok(None);
        }
        let mut entries: BTreeMap<ComponentName, CatalogEntry> = BTreeMap::new();
        for Moved { id, .. } in &lost {
            if let Some(was) = self.entry(repo, &id.id.name)?.filter(|_| !entries.contains_key(&id.id.name)) {
                let joined = joined(was, now.entry(repo, &id.id.name)?);
                entries.insert(id.id.name.clone(), joined);
            }
        }
        let line = format!("bit <bit@localhost> {} +0000", repo.commit(oid(now.commit))?.time);
        let who = || Identity { line: line.clone() };
        let draft = CatalogDraft {
            base: Some(now),
            info: None,
            entries: &entries,
            url: None,
            message: &message(self, &lost),
            identities: &Identities { author: who(), committer: who() },
        };
        draft.write(repo, out).map(Some)
    }
}

fn message(catalog: &TrackedCatalog, lost: &[Moved]) -> String {
    let lines: Vec<String> = lost.iter().map(|Moved { id, was, .. }| format!("{id} {was}")).collect();
    let scope = &catalog.scope;
    format!("what {scope} has lost\n\nIt listed these once:\n{}\n\n{TRAILER}{scope}", lines.join("\n"))
}

/// All that was listed, as it was, and all that is listed now and was not.
fn joined(was: CatalogEntry, now: Option<CatalogEntry>) -> CatalogEntry {
    let Some(now) = now else { return was };
    let same = |a: &CatalogVersion, b: &CatalogVersion| a.version == b.version && a.commit == b.commit;
    let is_old = |listed: &CatalogVersion| was.versions.iter().any(|was| same(was, listed));
    let is_new = |listed: &&CatalogVersion| was.version(&listed.version).is_none();
    let head = if now.version(&now.head).is_some_and(is_old) { was.head.clone() } else { now.head.clone() };
    let kept = was.versions.iter().map(|was| now.versions.iter().find(|listed| same(was, listed)).unwrap_or(was));
    let versions = kept.chain(now.versions.iter().filter(is_new)).cloned().collect();
    let mut joined = CatalogEntry { head, versions, ..now };
    joined.choose_latest();
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(versions: &[(&str, u8)]) -> CatalogEntry {
        let listed = |&(version, content): &(&str, u8)| {
            CatalogVersion::new(version.parse().unwrap(), CommitId::from_bytes([content; 20]), vec![])
        };
        let mut entry = CatalogEntry::new("button".parse().unwrap(), listed(&versions[0]));
        let newest = versions[versions.len() - 1].0;
        entry.extend(versions[1..].iter().map(listed), newest.parse().unwrap());
        entry
    }

    #[test]
    fn what_was_listed_stays_beside_what_came() {
        let was = entry(&[("0.0.1", 1), ("0.0.2", 2), ("0.0.3", 3)]);
        assert_eq!(joined(was.clone(), None), was);
        assert_eq!(joined(was.clone(), Some(entry(&[("0.0.1", 1)]))), was);
        let gone_on = joined(was.clone(), Some(entry(&[("0.0.1", 1), ("0.0.3", 9), ("0.0.4", 4)])));
        assert_eq!(gone_on, entry(&[("0.0.1", 1), ("0.0.2", 2), ("0.0.3", 3), ("0.0.4", 4)]));
        let mut removed = entry(&[("0.0.1", 1)]);
        removed.removed = Some(crate::model::Removal::default());
        assert_eq!(joined(was, Some(removed.clone())).removed, removed.removed);
    }
}
