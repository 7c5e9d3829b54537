//! What goes along with components that were never exported, and get the scope that is named.

use super::aim::Aim;
use super::copies::Along;
use super::select::{Chosen, staged};
use super::{ExportOptions, Versions};
use crate::errors;
use crate::model::ComponentId;
use crate::ops::select::typed;
use crate::ops::{Specifiers, Workspace};
use crate::scope::{Known, StoredVersion};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// With their dependencies, what was never exported goes along. Of what has a scope there would have to be copies, which
/// these can't need: they are not copied themselves. That is refused, or told where only names are to follow.
pub fn take_along(
    workspace: &Workspace,
    known: &Known,
    chosen: &mut Chosen,
    aim: &Aim,
    options: &ExportOptions,
) -> Result<()> {
    let Some(scope) = &aim.scope else { return Ok(()) };
    let along = options.copies.along;
    if along == Along::Nothing && options.specifiers == Specifiers::Keep {
        return Ok(());
    }
    let is_new = |id: &ComponentId| workspace.bitmap.get(id).is_some_and(|entry| !entry.is_exported());
    let mut next: Vec<ComponentId> = chosen.ids().filter(|id| id.scope != *scope && is_new(id)).cloned().collect();
    let (mut movers, mut settled) = (BTreeSet::new(), BTreeSet::new());
    while let Some(id) = next.pop() {
        for needed in needs(workspace, known, &id)?.into_iter().filter(|needed| needed.scope != *scope) {
            match (is_new(&needed), along) {
                (false, _) => drop(settled.insert((id.clone(), needed))),
                (true, Along::Dependencies) if !movers.contains(&needed) => next.push(needed),
                (true, _) => {}
            }
        }
        movers.insert(id);
    }
    if along == Along::Dependencies {
        movers.iter().for_each(|id| chosen.add(id.clone()));
    }
    if settled.is_empty() {
        return Ok(());
    }
    let pairs: Vec<(String, String)> =
        settled.iter().map(|(id, needed)| (id.to_string(), needed.to_string())).collect();
    if along == Along::Nothing {
        chosen.warnings.push(errors::movers_need_others(&pairs));
        return Ok(());
    }
    let here = settled.iter().map(|(_, needed)| needed).filter(|needed| workspace.bitmap.get(needed).is_some());
    let ids: BTreeSet<String> = movers.iter().chain(here).map(|id| typed(workspace, id)).collect();
    Err(errors::movers_need_copies(&pairs, &ids.into_iter().collect::<Vec<_>>()))
}

/// The components that the versions of one that was never exported need.
fn needs(workspace: &Workspace, known: &Known, id: &ComponentId) -> Result<BTreeSet<ComponentId>> {
    let repo = workspace.scope.repo();
    let mut needs = BTreeSet::new();
    for commit in staged(repo, known, [id].into_iter(), Versions::All)?.values().flat_map(BTreeMap::values) {
        let manifest = StoredVersion::read(repo, *commit)?.manifest;
        needs.extend(manifest.dependencies.into_iter().map(|dependency| dependency.id.id));
    }
    needs.remove(id);
    Ok(needs)
}
