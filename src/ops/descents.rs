//! Where copies come from in the end, as far as the catalogs and versions here tell.

use crate::git::{Repo, oid};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentId, Descent, Origin, Step, VersionId};
use crate::scope::{Known, StoredVersion};
use anyhow::Result;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Finds out; what was found is remembered.
pub struct Descents<'a> {
    repo: &'a Repo,
    known: &'a Known,
    steps: RefCell<HashMap<CommitId, Step>>,
    entries: RefCell<HashMap<ComponentId, Option<Rc<CatalogEntry>>>>,
    found: RefCell<HashMap<CommitId, Rc<Descent>>>,
}

impl<'a> Descents<'a> {
    /// Nothing is looked at yet.
    pub fn new(repo: &'a Repo, known: &'a Known) -> Self {
        Self { repo, known, steps: RefCell::default(), entries: RefCell::default(), found: RefCell::default() }
    }

    /// Of a version that was read.
    pub fn of_stored(&self, stored: &StoredVersion) -> Result<Rc<Descent>> {
        if let Some(found) = self.found(stored.commit) {
            return Ok(found);
        }
        self.steps.borrow_mut().insert(stored.commit, step(stored.origin.clone()));
        self.of(stored.id(), stored.commit)
    }

    /// Of what a catalog lists.
    pub fn of_listed(&self, id: &ComponentId, listed: &CatalogVersion) -> Result<Rc<Descent>> {
        if let Some(found) = self.found(listed.commit) {
            return Ok(found);
        }
        self.steps.borrow_mut().entry(listed.commit).or_insert_with(|| step(listed.origin.clone()));
        self.of(id.at(listed.version.clone()), listed.commit)
    }

    /// Of any version.
    pub fn of(&self, id: VersionId, commit: CommitId) -> Result<Rc<Descent>> {
        if let Some(found) = self.found(commit) {
            return Ok(found);
        }
        let found = Rc::new(Descent::trace(Origin { id, commit }, |step| self.before(step))?);
        self.found.borrow_mut().insert(commit, found.clone());
        Ok(found)
    }

    /// The content of a version, as a catalog lists it or as it is known here.
    pub fn content(&self, id: &VersionId) -> Result<Option<CommitId>> {
        let listed = self.entry(&id.id)?.and_then(|entry| Some(entry.version(&id.version)?.commit));
        Ok(listed.or_else(|| self.known.commit(&id.id, &id.version)))
    }

    fn found(&self, commit: CommitId) -> Option<Rc<Descent>> {
        self.found.borrow().get(&commit).cloned()
    }

    fn before(&self, version: &Origin) -> Result<Step> {
        if let Some(step) = self.steps.borrow().get(&version.commit) {
            return Ok(step.clone());
        }
        let found = self.look(version)?;
        self.steps.borrow_mut().insert(version.commit, found.clone());
        Ok(found)
    }

    fn look(&self, Origin { id, commit }: &Origin) -> Result<Step> {
        let entry = self.entry(&id.id)?;
        let listed = entry.as_ref().and_then(|entry| entry.version(&id.version));
        if let Some(listed) = listed.filter(|listed| listed.commit == *commit) {
            return Ok(step(listed.origin.clone()));
        }
        Ok(match self.repo.has(oid(*commit))? {
            true => step(StoredVersion::read(self.repo, *commit)?.origin),
            false => Step::Unknown,
        })
    }

    fn entry(&self, id: &ComponentId) -> Result<Option<Rc<CatalogEntry>>> {
        if let Some(entry) = self.entries.borrow().get(id) {
            return Ok(entry.clone());
        }
        let entry = self.known.entry(self.repo, id)?.map(Rc::new);
        self.entries.borrow_mut().insert(id.clone(), entry.clone());
        Ok(entry)
    }
}

fn step(origin: Option<Origin>) -> Step {
    origin.map_or(Step::First, Step::CopyOf)
}
