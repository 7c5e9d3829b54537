//! The jobs that make copies: their numbers, and what they are made from.

use super::super::Standing;
use super::{Place, Planner};
use crate::errors;
use crate::model::{CatalogVersion, CommitId, ComponentId, Lineage, Origin, Version};
use crate::ops::rewrite::{At, Job};
use anyhow::Result;

impl Planner<'_, '_> {
    /// The job that makes a version's copy. Of a version that is there with other content only the newest is made
    /// anew: what was released never changes.
    pub(super) fn make(&mut self, at: usize, made: &mut Vec<(usize, usize)>) -> Result<Option<Place>> {
        let (id, version) = self.versions[at];
        let before = self.copies_of(at)?.last().map(|listed| Place::listed(listed));
        let is_newest = self.there[id].newest == Some(version.stored.commit);
        if before.is_some() && !is_newest {
            return Ok(before);
        }
        let is_anew = before.is_some();
        if is_anew {
            self.refuse_foreign_head(id)?;
        }
        let Some(number) = self.number(at, is_anew) else {
            self.plan.warnings.push(errors::maintenance_number_taken(&version.stored.id(), self.target));
            return Ok(None);
        };
        let parents = match (is_anew, self.there[id].head) {
            (true, Some(head)) => vec![head],
            _ => self.parents(at)?,
        };
        let job = self.add(at, number.clone(), parents);
        made.push((job, at));
        let copy = Place { version: number, at: At::Job(job) };
        if version.stored.lineage == Lineage::Main
            && let Some(there) = self.there.get_mut(id)
        {
            there.head = Some(copy.at);
        }
        Ok(Some(copy))
    }

    /// What somebody made there by themselves is not buried under a copy.
    fn refuse_foreign_head(&self, id: &ComponentId) -> Result<()> {
        let Some(entry) = &self.there[id].entry else { return Ok(()) };
        let is_ours = |head: &CatalogVersion| head.origin.is_some() || self.numbers.contains_key(&head.commit);
        match entry.version(&entry.head) {
            Some(head) if !is_ours(head) => {
                let there = ComponentId::new(self.target.clone(), id.name.clone());
                Err(errors::copy_has_a_life_of_its_own(&there, &entry.head.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// A copy keeps its number where that is free. None is free for a maintenance version: a higher one would be taken
    /// for the latest.
    fn number(&mut self, at: usize, is_anew: bool) -> Option<Version> {
        let (id, version) = self.versions[at];
        let own = &version.stored.manifest.version;
        let there = self.there.get_mut(id)?;
        let number = match (is_anew || there.taken.contains(own), version.stored.lineage) {
            (false, _) => own.clone(),
            (true, Lineage::Maintenance) => return None,
            (true, Lineage::Main) => there.next_number()?,
        };
        there.take(&number);
        if number != *own {
            let new = ComponentId::new(self.target.clone(), id.name.clone()).at(number.clone());
            self.plan.renumbered.push((version.stored.id(), new));
        }
        Some(number)
    }

    fn add(&mut self, at: usize, number: Version, parents: Vec<At>) -> usize {
        let (id, version) = self.versions[at];
        let stored = &version.stored;
        self.plan.jobs.push(Job {
            original: stored,
            id: ComponentId::new(self.target.clone(), id.name.clone()).at(number),
            parents,
            needs: Vec::new(),
            origin: Some(Origin { id: stored.id(), commit: stored.commit }),
            names: None,
        });
        self.plan.standings.push(version.standing);
        self.plan.follows.push(self.there[id].follows);
        self.plan.jobs.len() - 1
    }

    /// The copies of the versions that a version was made from, as far as anybody knows them.
    fn parents(&mut self, at: usize) -> Result<Vec<At>> {
        let (id, version) = self.versions[at];
        let mut parents = Vec::new();
        for &parent in &version.stored.parents {
            let copy = match self.plan.copies.get(&parent) {
                Some(copy) => Some(copy.at),
                None => self.parent(id, parent)?,
            };
            parents.extend(copy.filter(|copy| !parents.contains(copy)));
        }
        Ok(parents)
    }

    /// One that has no number gets a copy that has none either; one that is not here may have been copied by others.
    fn parent(&mut self, id: &ComponentId, commit: CommitId) -> Result<Option<At>> {
        if let Some(&at) = self.numbers.get(&commit) {
            let (_, version) = self.versions[at];
            if version.standing == Standing::Numbered {
                return Ok(None);
            }
            let parents = self.parents(at)?;
            let job = self.add(at, version.stored.manifest.version.clone(), parents);
            let copy = Place { version: version.stored.manifest.version.clone(), at: At::Job(job) };
            self.plan.copies.insert(commit, copy);
            self.plan.jobs[job].needs = self.needs(at)?;
            return Ok(Some(At::Job(job)));
        }
        let listed = self.there[id].entry.iter().flat_map(|entry| &entry.versions);
        let new = ComponentId::new(self.target.clone(), id.name.clone());
        for listed in listed.rev() {
            if self.descents.of_listed(&new, listed)?.holds(commit) {
                return Ok(Some(At::Commit(listed.commit)));
            }
        }
        Ok(None)
    }
}
