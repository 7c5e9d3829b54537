//! What a plan needs to be carried out: versions that must be here, and the names that count in files.

use super::super::Primary;
use super::{Place, Plan, Planner};
use crate::git::oid;
use crate::model::ComponentId;
use crate::ops::renaming::new_names;
use crate::ops::rewrite::At;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

impl Planner<'_, '_> {
    /// What the jobs name must be here: git pushes what it can walk, and what a closure reaches is read from it.
    pub(super) fn find_missing(&mut self) -> Result<()> {
        if self.options.copies.primary == Primary::Moves {
            self.find_missing_copies()?;
        }
        for job in &self.plan.jobs {
            for at in &job.parents {
                let At::Commit(commit) = at else { continue };
                if !self.repo.has(oid(*commit))? {
                    let entry = self.plan.entries.get(&job.id.id.name);
                    let mut listed = entry.into_iter().flat_map(|entry| &entry.versions);
                    let listed = listed.find(|listed| listed.commit == *commit);
                    self.plan.missing.extend(listed.map(|listed| job.id.id.at(listed.version.clone())));
                }
            }
            // Whoever has not seen the other versions of a cycle can't say their content.
            let unknown = job.needs.iter().filter(|need| need.is_pinned && need.at.is_none());
            self.plan.missing.extend(unknown.map(|need| need.after.clone()));
            // A copy whose needs stay reaches what its origin reaches.
            if job.keeps_its_needs() {
                continue;
            }
            for need in &job.needs {
                if let Some(At::Commit(commit)) = need.at
                    && !self.repo.has(oid(commit))?
                {
                    self.plan.missing.insert(need.after.clone());
                }
            }
        }
        Ok(())
    }

    /// Whoever goes on with the copies has all of them.
    fn find_missing_copies(&mut self) -> Result<()> {
        for (id, version) in &self.versions {
            let Some(Place { version, at: At::Commit(commit) }) = self.plan.copies.get(&version.stored.commit) else {
                continue;
            };
            if !self.repo.has(oid(*commit))? {
                let copy = ComponentId::new(self.target.clone(), id.name.clone());
                self.plan.missing.insert(copy.at(version.clone()));
            }
        }
        Ok(())
    }
}

impl Plan<'_> {
    /// In the files of a copy its own package, and those that it needs, are called by their new names.
    pub(super) fn choose_names(&mut self) {
        let mut sets: BTreeMap<BTreeSet<(&ComponentId, &ComponentId)>, usize> = BTreeMap::new();
        let mut chosen = Vec::with_capacity(self.jobs.len());
        for (job, follows) in self.jobs.iter().zip(&self.follows) {
            let needs = job.needs.iter().map(|need| (&need.before.id, &need.after.id));
            let own = job.origin.iter().map(|origin| (&origin.id.id, &job.id.id));
            let pairs: BTreeSet<_> = needs.chain(own).filter(|(old, new)| old != new).collect();
            let next = sets.len();
            chosen.push(follows.then(|| *sets.entry(pairs).or_insert(next)));
        }
        let mut sets: Vec<_> = sets.into_iter().collect();
        sets.sort_by_key(|(_, at)| *at);
        self.names = sets.iter().map(|(pairs, _)| new_names(pairs.iter().copied())).collect();
        self.jobs.iter_mut().zip(chosen).for_each(|(job, names)| job.names = names);
    }
}
