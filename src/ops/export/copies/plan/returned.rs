//! Versions of the target that it does not list, and that are known here: the originals of what comes back to it, and
//! what it listed before it was lost. They go there as they are; no other content gets their numbers.

use super::super::ready::CatalogNote;
use super::{Place, Planner};
use crate::errors;
use crate::git::oid;
use crate::model::{CatalogEntry, CatalogVersion, ComponentId, ComponentName, Lineage, Moved, Origin, VersionId};
use crate::ops::main_line;
use crate::scope::StoredVersion;
use anyhow::Result;

/// A version that the target gets as it is.
pub struct Returned {
    /// The version.
    pub stored: StoredVersion,
    /// What the catalog is to say of it, if it is a copy.
    pub note: Option<CatalogNote>,
    /// What it stands for: the copy that comes back, or what it was copied from.
    pub from: VersionId,
}

impl Planner<'_, '_> {
    /// What the target lists of a component, together with what it listed when it was last seen and has lost, as far as
    /// that is here.
    pub(super) fn entry(&mut self, name: &ComponentName) -> Result<Option<CatalogEntry>> {
        let entry = self.index.entry(self.repo, name)?;
        self.plan.entries.extend(entry.clone().map(|entry| (name.clone(), entry)));
        let before = self.before.as_ref().map(|before| before.entry(self.repo, name)).transpose()?.flatten();
        let (mut more, mut moved) = (Vec::new(), Vec::new());
        for listed in before.into_iter().flat_map(|before| before.versions) {
            if let Some(there) = entry.as_ref().and_then(|entry| entry.version(&listed.version)) {
                let id = || ComponentId::new(self.target.clone(), name.clone()).at(listed.version.clone());
                let other = Some(there.commit).filter(|commit| *commit != listed.commit);
                moved.extend(other.map(|is| Moved { id: id(), was: listed.commit, is: Some(is) }));
                continue;
            }
            if !self.repo.has(oid(listed.commit))? {
                continue;
            }
            let stored = StoredVersion::read(self.repo, listed.commit)?;
            let from = listed.origin.as_ref().map_or_else(|| stored.id(), |origin| origin.id.clone());
            more.push((listed.clone(), stored.lineage));
            let (is_rewired, removed) = (listed.rewired, listed.removed);
            let note = listed.origin.map(|origin| CatalogNote { origin, is_rewired, removed });
            self.plan.returned.push(Returned { stored, note, from });
        }
        match moved.is_empty() {
            true => main_line::extended(self.repo, name, entry, more),
            // Nothing is put on top of what is not the copy that it was.
            false => Err(errors::scope_was_changed_before_export(self.target, &moved.iter().collect::<Vec<_>>())),
        }
    }

    /// Where the version of the target is that this one comes from, over however many copies. One that the target does
    /// not list goes there itself, where it is known here.
    pub(super) fn home(&mut self, at: usize) -> Result<Option<Place>> {
        let (id, version) = self.versions[at];
        let Some(origin) = self.origin_there(id, &version.stored)? else { return Ok(None) };
        let Some(there) = self.there.get_mut(id) else { return Ok(None) };
        let mut listed = there.entry.iter().flat_map(|entry| &entry.versions);
        if let Some(listed) = listed.find(|listed| listed.commit == origin.commit) {
            return Ok(Some(Place::listed(listed)));
        }
        if there.taken.contains(&origin.id.version) {
            return Ok(None);
        }
        // The number is that version's, wherever it is.
        there.take(&origin.id.version);
        if !self.repo.has(oid(origin.commit))? {
            return Ok(None);
        }
        let stored = StoredVersion::read(self.repo, origin.commit)?;
        let dependencies = stored.manifest.dependencies.iter().map(|dependency| dependency.id.clone()).collect();
        let listed = CatalogVersion::new(origin.id.version, origin.commit, dependencies);
        let place = Place::listed(&listed);
        there.entry = main_line::extended(self.repo, &id.name, there.entry.take(), vec![(listed, stored.lineage)])?;
        if stored.lineage == Lineage::Main {
            there.head = there.listed_head();
        }
        let (is_rewired, removed) = (there.follows, None);
        let note = stored.origin.clone().map(|origin| CatalogNote { origin, is_rewired, removed });
        self.plan.returned.push(Returned { stored, note, from: version.stored.id() });
        Ok(Some(place))
    }

    /// The version of the target that this one was copied from in the end.
    fn origin_there(&self, id: &ComponentId, stored: &StoredVersion) -> Result<Option<Origin>> {
        let descent = self.descents.of_stored(stored)?;
        let there = descent.origins().find(|origin| origin.id.id.scope == *self.target);
        Ok(there.filter(|origin| origin.id.id.name == id.name).cloned())
    }
}
