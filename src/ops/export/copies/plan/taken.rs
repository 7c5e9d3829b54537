//! Names that are not free: another component has them in the scope, or two of the copies would get the same.

use super::{Planner, There};
use crate::errors;
use crate::model::{CatalogEntry, ComponentId, ComponentName, Descent, VersionId};
use anyhow::Result;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

impl Planner<'_, '_> {
    /// A name that another component has there, or that two of these would get.
    pub(super) fn refuse_collisions(&self) -> Result<()> {
        let new = |id: &ComponentId| ComponentId::new(self.target.clone(), id.name.clone());
        let mut names: HashMap<&ComponentName, &ComponentId> = HashMap::new();
        let (mut taken, mut unknown) = (Vec::new(), BTreeSet::new());
        for &id in self.components.keys() {
            if names.insert(&id.name, id).is_some() {
                taken.push((id.clone(), new(id), "another component of this export gets the same id"));
            }
            let There { entry: Some(entry), .. } = &self.there[id] else { continue };
            match self.whose(id, entry)? {
                Whose::Ours => {}
                Whose::Anothers => taken.push((id.clone(), new(id), "the scope has another component of this name")),
                Whose::Unknown(ends) => unknown.extend(ends.into_iter().map(|end| (id.clone(), new(id), end))),
            }
        }
        match (taken.is_empty(), unknown.is_empty()) {
            (true, true) => Ok(()),
            (false, _) => Err(self.names_taken(&taken)),
            (true, false) => Err(errors::copy_of_unknown(&unknown)),
        }
    }

    fn names_taken(&self, taken: &[errors::TakenName]) -> anyhow::Error {
        let is_taken = |id: &ComponentId| taken.iter().any(|(old, ..)| old == id);
        let wanted = self.components.iter().filter(|(_, source)| source.wanted_in.contains(self.target));
        let (these, others): (Vec<&ComponentId>, Vec<&ComponentId>) =
            wanted.map(|(id, _)| *id).partition(|id| is_taken(id));
        let rewire = if self.follows() { " --rewire" } else { "" };
        errors::copy_names_taken(taken, &these, &others, self.target, rewire)
    }

    /// Whose copy it is that the scope has under a component's name.
    fn whose(&self, id: &ComponentId, entry: &CatalogEntry) -> Result<Whose> {
        let own = ComponentId::new(self.target.clone(), id.name.clone());
        let listed = entry.versions.iter().map(|listed| self.descents.of_listed(&own, listed));
        let listed: Vec<Rc<Descent>> = listed.collect::<Result<_>>()?;
        if listed.iter().any(|listed| listed.passes(id)) {
            return Ok(Whose::Ours);
        }
        let mut ends: BTreeSet<VersionId> = BTreeSet::new();
        for version in &self.components[id].versions {
            let version = self.descents.of_stored(&version.stored)?;
            if listed.iter().any(|listed| listed.is_same_as(&version)) {
                return Ok(Whose::Ours);
            }
            ends.extend(version.unknown_end().map(|end| end.id.clone()));
        }
        ends.extend(listed.iter().filter_map(|listed| listed.unknown_end()).map(|end| end.id.clone()));
        Ok(if ends.is_empty() { Whose::Anothers } else { Whose::Unknown(ends) })
    }
}

/// What a scope has under a component's name.
enum Whose {
    /// A copy of this component, or the component that this is a copy of.
    Ours,
    /// Another component.
    Anothers,
    /// Where these versions come from would say it.
    Unknown(BTreeSet<VersionId>),
}
