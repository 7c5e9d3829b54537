//! Which copies are there already, and which are made.

use super::super::Standing;
use super::{Place, Planner};
use crate::git::oid;
use crate::model::{CatalogVersion, CommitId, ComponentId, Graph, Lineage, VersionId};
use crate::ops::renaming::new_names;
use crate::ops::rewrite::At;
use crate::ops::specifiers::{Unparsable, VersionSpecifiers};
use anyhow::Result;
use std::collections::{HashMap, HashSet};

impl Planner<'_, '_> {
    /// Settles versions that come together: one, or those of a cycle.
    pub(super) fn settle(&mut self, group: &[usize]) -> Result<()> {
        let group: Vec<usize> =
            group.iter().copied().filter(|&at| self.versions[at].1.standing == Standing::Numbered).collect();
        let mut rest = Vec::with_capacity(group.len());
        for at in group {
            let home = if self.copies_of(at)?.is_empty() { self.home(at)? } else { None };
            match home {
                Some(home) => drop(self.plan.copies.insert(self.versions[at].1.stored.commit, home)),
                None => rest.push(at),
            }
        }
        self.settle_copies(&rest)
    }

    fn settle_copies(&mut self, group: &[usize]) -> Result<()> {
        let mut found = self.find(group)?;
        // Numbers first: those of a cycle need each other's.
        let mut made = Vec::new();
        for &at in group {
            let copy = match found.remove(&at) {
                Some(copy) => Some(copy),
                None => self.make(at, &mut made)?,
            };
            self.plan.copies.extend(copy.map(|copy| (self.versions[at].1.stored.commit, copy)));
        }
        for &(job, at) in &made {
            let needs = self.needs(at)?;
            let left = needs.iter().filter(|need| self.plan.follows[job] && need.after.id.scope != *self.target);
            for need in left {
                match self.beside.contains(&(at, need.before.clone())) {
                    true => drop(self.plan.beside.insert((self.versions[at].1.stored.id(), need.before.clone()))),
                    false => drop(self.plan.left.insert(need.before.clone())),
                }
            }
            self.plan.jobs[job].needs = needs;
        }
        self.unpin_cycles(&made);
        Ok(())
    }

    /// Those of a group that are there. In a cycle each may depend on the others being there: the last copies of all of
    /// them are tried, and what is to be made anew takes those with it that are to need it.
    fn find(&mut self, group: &[usize]) -> Result<HashMap<usize, Place>> {
        let (mut open, mut made) = (Vec::new(), HashSet::new());
        for &at in group {
            let commit = self.versions[at].1.stored.commit;
            match self.copies_of(at)?.last().map(|last| Place::listed(last)) {
                Some(last) => {
                    self.plan.copies.insert(commit, last);
                    open.push(at);
                }
                None if self.is_free(at) => drop(made.insert(commit)),
                None => {}
            }
        }
        loop {
            let mut found = HashMap::new();
            let mut outdated = None;
            for &at in &open {
                match self.find_one(at, &made)? {
                    Some(place) => drop(found.insert(at, place)),
                    None if self.is_newest(at) => outdated = Some(at),
                    // It stays: what was released never changes.
                    None => {}
                }
            }
            let Some(outdated) = outdated else { return Ok(found) };
            let commit = self.versions[outdated].1.stored.commit;
            open.retain(|&at| at != outdated);
            self.plan.copies.remove(&commit);
            made.insert(commit);
        }
    }

    /// The copy of a version as it would be made now, if it is there.
    fn find_one(&mut self, at: usize, made: &HashSet<CommitId>) -> Result<Option<Place>> {
        let (id, version) = self.versions[at];
        let stored = &version.stored;
        let own = self.descents.of_stored(stored)?;
        let follows = self.there[id].follows;
        let needs_new = follows
            && stored
                .manifest
                .dependencies
                .iter()
                .filter_map(|needed| self.content(needed))
                .any(|it| made.contains(&it));
        let expected = self.expected(at)?;
        let copies: Vec<CatalogVersion> = self.copies_of(at)?.into_iter().cloned().collect();
        for listed in copies.iter().rev() {
            // The very version that this one is a copy of.
            let is_home = listed.commit != stored.commit && own.holds(listed.commit);
            let is_such = || !needs_new && sorted(&listed.dependencies) == expected;
            if is_home || (is_such() && !(follows && !listed.rewired && self.is_named_by_itself(at)?)) {
                return Ok(Some(Place::listed(listed)));
            }
        }
        Ok(None)
    }

    /// The versions that the target has of a version, as the catalog lists them.
    pub(super) fn copies_of(&self, at: usize) -> Result<Vec<&CatalogVersion>> {
        let (id, version) = self.versions[at];
        let own = self.descents.of_stored(&version.stored)?;
        let new = ComponentId::new(self.target.clone(), id.name.clone());
        let mut copies = Vec::new();
        for listed in self.there[id].entry.iter().flat_map(|entry| &entry.versions) {
            if self.descents.of_listed(&new, listed)?.is_same_as(&own) {
                copies.push(listed);
            }
        }
        Ok(copies)
    }

    /// The ids that the copy of a version needs.
    fn expected(&mut self, at: usize) -> Result<Vec<VersionId>> {
        let ids: Vec<VersionId> = self.needs(at)?.into_iter().map(|need| need.after).collect();
        Ok(sorted(&ids))
    }

    /// Whether its files import the component by its own package: a copy that was not rewired does so in vain.
    fn is_named_by_itself(&self, at: usize) -> Result<bool> {
        let (id, version) = self.versions[at];
        if !self.is_newest(at) || !self.repo.has(oid(version.stored.commit))? {
            return Ok(false);
        }
        let new = ComponentId::new(self.target.clone(), id.name.clone());
        let names = [new_names([(id, &new)])];
        let found = VersionSpecifiers::find(self.repo, &[(&version.stored, 0)], &names, Unparsable::Leave)?;
        Ok(!found.told.changed.is_empty())
    }

    fn is_newest(&self, at: usize) -> bool {
        let (id, version) = self.versions[at];
        self.there[id].newest == Some(version.stored.commit)
    }

    /// Whether a version without a copy gets one.
    fn is_free(&self, at: usize) -> bool {
        let (id, version) = self.versions[at];
        version.stored.lineage == Lineage::Main || !self.there[id].taken.contains(&version.stored.manifest.version)
    }

    /// Copies that are made together and need each other can't say each other's content.
    fn unpin_cycles(&mut self, made: &[(usize, usize)]) {
        let places: HashMap<usize, usize> = made.iter().enumerate().map(|(place, (job, _))| (*job, place)).collect();
        let place = |at: &At| match at {
            At::Job(job) => places.get(job).copied(),
            At::Commit(_) => None,
        };
        let mut graph = Graph::new(made.len());
        for (from, (job, _)) in made.iter().enumerate() {
            let job = &self.plan.jobs[*job];
            let named = job.needs.iter().filter_map(|need| need.at.as_ref()).chain(&job.parents);
            named.filter_map(place).for_each(|to| graph.add(from, to));
        }
        for cycle in graph.cycles() {
            for (job, _) in cycle.iter().map(|&from| made[from]) {
                for need in &mut self.plan.jobs[job].needs {
                    need.is_pinned &= !need.at.as_ref().and_then(place).is_some_and(|to| cycle.contains(&to));
                }
            }
        }
    }
}

fn sorted(ids: &[VersionId]) -> Vec<VersionId> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    ids
}
