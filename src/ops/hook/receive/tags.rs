//! What a push makes of the tags of versions.

use super::Push;
use crate::git::{Kind, Oid, RefName, commit_id, oid};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::audit::tag_fault;
use crate::ops::hook::catalog::Catalog;
use anyhow::Result;
use std::collections::BTreeMap;

impl Push<'_> {
    /// Judges what becomes of tags; the versions that are made, with their commits.
    pub(in crate::ops::hook) fn tags(
        &self,
        scope: &ScopeName,
        after: Option<&Catalog>,
        faults: &mut Vec<String>,
    ) -> Result<BTreeMap<VersionId, CommitId>> {
        let mut made = BTreeMap::new();
        for update in self.updates {
            let Some(id) = RefName::version_in_scope(&update.name, scope) else { continue };
            match (update.old, update.new) {
                (None, Some(new)) => match self.commit_of(new) {
                    Some(commit) => {
                        let fault = tag_fault(&self.repo, &id, new, oid(commit))?;
                        faults.extend(fault.map(|what| format!("{id}: {what}")));
                        made.insert(id, commit);
                    }
                    None => faults.push(format!("{id}: its tag is on no commit")),
                },
                (Some(old), Some(new)) => {
                    let (old, new) = (commit_id(old).short(), commit_id(new).short());
                    faults.push(format!("{id}: a version never moves, and this would move it from {old} to {new}"));
                }
                (Some(_), None)
                    if self.is_kept(&id, after) && after.is_some_and(|after| !self.is_alive(&id, after)) =>
                {
                    // git may take one change of a push and not the other.
                    faults.push(format!(
                        "{id}: push the catalog that removes it first, and take its tag back after that"
                    ));
                }
                (Some(_), None) if self.is_kept(&id, after) => {
                    faults.push(format!(
                        "{id}: the catalog lists it, so its tag can't be deleted (\"bit delete {} --range {} --remote\" removes a version)",
                        id.id, id.version
                    ));
                }
                _ => {}
            }
        }
        for (id, commit) in &made {
            let catalog = after.or(self.before.as_ref());
            let entry =
                catalog.map(|catalog| catalog.entry(&self.repo, &id.id.name)).transpose().ok().flatten().flatten();
            let listed = entry.and_then(|entry| entry.version(&id.version).map(|listed| listed.commit));
            if let Some(listed) = listed.filter(|listed| listed != commit) {
                faults.push(format!(
                    "{id}: the catalog lists {}, and its tag would be on {}",
                    listed.short(),
                    commit.short()
                ));
            }
        }
        Ok(made)
    }

    pub(super) fn commit_of(&self, target: Oid) -> Option<CommitId> {
        match self.repo.kind_of(target).ok()? {
            Kind::Commit => Some(commit_id(target)),
            Kind::Tag => self.repo.peel_tag(target).ok().map(commit_id),
            Kind::Blob | Kind::Tree => None,
        }
    }

    /// Whether a version must keep its tag: a catalog lists it, and does not say that it is removed.
    fn is_kept(&self, id: &VersionId, after: Option<&Catalog>) -> bool {
        [self.before.as_ref(), after].into_iter().flatten().any(|catalog| self.is_alive(id, catalog))
    }

    /// Whether a catalog lists a version that is not removed; an entry that can't be read may list it.
    fn is_alive(&self, id: &VersionId, catalog: &Catalog) -> bool {
        let Ok(entry) = catalog.entry(&self.repo, &id.id.name) else { return true };
        entry.as_ref().and_then(|entry| Some(!entry.is_removed(entry.version(&id.version)?))) == Some(true)
    }
}
