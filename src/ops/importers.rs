//! Components of the workspace that import others which have another package name now, because their primary scope is
//! another one.

use super::renaming::new_names;
use super::specifiers::{Specifiers, Told, Unparsable, WorkspaceSpecifiers};
use super::{Component, Standing, State, Work, Workspace};
use crate::errors;
use crate::model::{ComponentId, PackageName};
use crate::source::imports::package_of;
use anyhow::Result;
use std::collections::BTreeMap;

/// What becomes of them.
#[derive(Default)]
pub struct ImportersThen {
    /// Files that follow.
    pub work: Work,
    /// What changes in them.
    pub told: Told,
    /// What a person should know of those that stay.
    pub warnings: Vec<String>,
}

/// Lets those follow that are as their versions are, where somebody asked for it; names the others.
pub fn importers_then(
    workspace: &Workspace,
    state: &State,
    ids: &BTreeMap<ComponentId, ComponentId>,
    specifiers: Specifiers,
    is_free: impl Fn(&Component) -> bool,
) -> Result<ImportersThen> {
    let importers = state.components.iter().filter(|component| !ids.contains_key(&component.id));
    let importers = importers.filter(|component| ids.keys().any(|old| imports(component, old)));
    let follows = |component: &&Component| {
        matches!(specifiers, Specifiers::Rewire(_)) && component.standing == Standing::Unchanged && is_free(component)
    };
    let (follow, stay): (Vec<&Component>, Vec<&Component>) = importers.partition(follows);
    let found = WorkspaceSpecifiers::find(workspace, follow, &new_names(ids.iter()), Unparsable::Leave)?;
    let mut warnings = Vec::new();
    for (old, new) in ids {
        let named = stay.iter().filter(|component| imports(component, old)).map(|component| component.id.to_string());
        let named: Vec<String> = named.collect();
        if !named.is_empty() {
            warnings.push(errors::importers_left_behind(&named, old, new));
        }
    }
    Ok(ImportersThen { work: found.work, told: found.told, warnings })
}

fn imports(component: &Component, id: &ComponentId) -> bool {
    let package = PackageName::of(id);
    let mut scans = component.files.iter().filter_map(|file| file.scan.as_ref());
    scans.any(|scan| {
        let mut names = scan.specifiers().filter_map(|import| package_of(&import.specifier));
        names.any(|named| named.name == package.as_str())
    })
}
