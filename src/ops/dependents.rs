//! Who depends on components that are to be removed from their scopes.

use super::state::Needed;
use super::{Progress, State, Workspace, removal};
use crate::errors;
use crate::model::{CatalogEntry, ComponentId, ScopeName, VersionId, VersionRange};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be removed.
#[derive(Clone, Copy)]
pub struct Going<'a> {
    /// The components.
    pub ids: &'a BTreeSet<ComponentId>,
    /// Only these versions of them.
    pub range: Option<&'a VersionRange>,
}

impl Going<'_> {
    fn holds(&self, needed: &VersionId) -> bool {
        self.ids.contains(&needed.id) && self.range.is_none_or(|range| range.holds(&needed.version))
    }
}

/// Each component that goes, with those that depend on it and stay.
pub type Dependents = BTreeMap<ComponentId, BTreeSet<ComponentId>>;

/// Those of a scope: what the latest version of each of its components was made with.
pub fn in_catalog(scope: &ScopeName, entries: &[CatalogEntry], going: &Going) -> Dependents {
    let mut found = Dependents::new();
    for entry in entries.iter().filter(|entry| entry.removed.is_none()) {
        let id = ComponentId::new(scope.clone(), entry.name.clone());
        let latest = entry.version(&entry.latest).filter(|_| !going.ids.contains(&id));
        for needed in latest.iter().flat_map(|latest| &latest.dependencies).filter(|needed| going.holds(needed)) {
            found.entry(needed.id.clone()).or_default().insert(id.clone());
        }
    }
    found
}

/// Those of a workspace: what its components need as they are now.
pub fn in_workspace(workspace: &Workspace, going: &Going, progress: &dyn Progress) -> Result<Dependents> {
    let state = State::load(workspace, progress)?;
    let mut found = Dependents::new();
    let stays = |id: &ComponentId| !going.ids.contains(id);
    for component in state.components.iter().filter(|component| stays(&component.id)) {
        if removal::is_removed(Some(&component.entry), false) {
            continue;
        }
        for need in &component.needs {
            let needed = match &need.target {
                Needed::Known(version, _) => Some(version.clone()),
                Needed::Here(at) => {
                    let needed = &state.components[*at];
                    needed.entry.version.clone().map(|version| needed.id.at(version))
                }
            };
            if let Some(needed) = needed.filter(|needed| going.holds(needed)) {
                found.entry(needed.id).or_default().insert(component.id.clone());
            }
        }
    }
    state.remember(workspace);
    Ok(found)
}

/// Refuses, if there are any.
pub fn refuse(dependents: Dependents) -> Result<()> {
    if dependents.is_empty() { Ok(()) } else { Err(errors::components_needed(&dependents)) }
}
