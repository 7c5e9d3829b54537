//! What a destination has and the source does not list stays there when something is pruned, and so does what it needs:
//! a version that was exported there and not yet to the source, say, or one that is something else over there.

use super::Errand;
use crate::errors;
use crate::git::remote::{self, Durability, Extent, FetchOptions};
use crate::git::{Advertised, Oid, RefName, Repo, commit_id};
use crate::model::VersionId;
use crate::ops::Visit;
use crate::ops::mirror::needed::all_removed;
use crate::ops::mirror::plan::Plan;
use crate::ops::mirror::source::Tag;
use crate::scope::{MANIFEST, StoredVersion};
use anyhow::Result;
use std::collections::BTreeMap;

/// What those that were looked at need, by what their tags name; or why nobody can tell.
pub(super) type Others = BTreeMap<Oid, std::result::Result<Vec<VersionId>, String>>;

impl Errand<'_> {
    /// What is to be done. Only where something is to be pruned are the others asked what they need.
    pub(super) fn plan(&mut self, there: &Advertised) -> Plan {
        let of = |errand: &Self| Plan::of(errand.source, there, errand.options.removed, &errand.back);
        self.back.needed.clear();
        let plan = of(self);
        if plan.prune.is_empty() {
            return plan;
        }
        self.back.needed = self.needed_by_others(there);
        if self.back.needed.is_empty() { plan } else { of(self) }
    }

    fn needed_by_others(&mut self, there: &Advertised) -> BTreeMap<VersionId, String> {
        let others = self.others(there);
        let unread: Vec<Oid> =
            others.iter().map(|(_, target)| *target).filter(|target| !self.others.contains_key(target)).collect();
        self.read(&unread);
        let mut known = Vec::new();
        for (id, target) in others {
            match self.others.get(&target) {
                Some(Ok(needs)) => known.push((errors::mirror_as_it_is_there(&id), needs.as_slice())),
                Some(Err(why)) => return all_removed(self.source, &errors::mirror_may_be_needed_there(&id, why)),
                None => {}
            }
        }
        self.needs.map(|needs| needs.needed_by(self.source, known)).unwrap_or_default()
    }

    /// The versions by whose tags the destination has something else than the source lists.
    fn others(&self, there: &Advertised) -> Vec<(VersionId, Oid)> {
        let scope = &self.source.info.name;
        let is_other = |id: &VersionId, name: &str, target: Oid| {
            let Some(wanted) = self.source.wanted.get(id) else { return true };
            let peeled = there.refs.get(&format!("{name}^{{}}")).copied();
            target != wanted.commit && peeled != Some(wanted.commit) && wanted.tag != Tag::Sound(target)
        };
        let versions = there.refs.iter().filter_map(|(name, target)| {
            let id = RefName::version_in_scope(name, scope)?;
            is_other(&id, name, *target).then_some((id, *target))
        });
        versions.collect()
    }

    /// Reads what they need. A folder is looked into; from a host each comes, without what it was made from.
    fn read(&mut self, targets: &[Oid]) {
        if targets.is_empty() {
            return;
        }
        let found = self.with_objects(targets, |repo| {
            targets.iter().map(|target| needs_in(repo, *target).map_err(|error| in_words(&error))).collect::<Vec<_>>()
        });
        let found = found.unwrap_or_else(|error| targets.iter().map(|_| Err(in_words(&error))).collect());
        self.others.extend(targets.iter().copied().zip(found));
    }

    /// Does something in a repository that has these objects of the destination.
    fn with_objects<T>(&mut self, targets: &[Oid], work: impl FnOnce(&Repo) -> T) -> Result<T> {
        if let Some(neighbour) = remote::neighbour(self.to) {
            return Ok(work(&neighbour));
        }
        let visit = Visit::new()?;
        let options = FetchOptions { extent: Extent::Newest, durability: Durability::ThrownAway, ..Default::default() };
        let wants: Vec<String> = targets.iter().map(Oid::to_string).collect();
        let (to, progress) = (self.to, self.progress);
        self.patience
            .persist(|| remote::fetch(visit.repo(), to, &wants, &options, &mut |count| progress.git(count)))?;
        Ok(work(visit.repo()))
    }
}

/// What has no manifest is no version, and needs nothing.
fn needs_in(repo: &Repo, target: Oid) -> Result<Vec<VersionId>> {
    let commit = repo.peel_tag(target)?;
    if repo.blob_at(repo.commit(commit)?.tree, MANIFEST)?.is_none() {
        return Ok(Vec::new());
    }
    let stored = StoredVersion::read(repo, commit_id(commit))?;
    Ok(stored.manifest.dependencies.into_iter().map(|needed| needed.id).collect())
}

fn in_words(error: &anyhow::Error) -> String {
    errors::report(error).message
}
