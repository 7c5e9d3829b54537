//! Components of the workspace that import others which have another package name now, because their primary scope is
//! another one.

use super::renaming::new_names;
use super::specifiers::{Specifiers, Told, Unparsable, WorkspaceSpecifiers};
use super::{Component, Standing, State, Work, Workspace};
use crate::errors;
use crate::git::{hash_blob, oid};
use crate::model::{ComponentId, PackageName};
use crate::scope::StoredVersion;
use crate::source::imports::package_of;
use crate::source::rewrite::NewNames;
use crate::source::text::normalized;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;

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

/// Lets those follow that are as their versions are, or are so then, where somebody asked for it; names the others.
pub fn importers_then(
    workspace: &Workspace,
    state: &State,
    ids: &BTreeMap<ComponentId, ComponentId>,
    specifiers: Specifiers,
    is_free: impl Fn(&Component) -> bool,
) -> Result<ImportersThen> {
    let importers = state.components.iter().filter(|component| !ids.contains_key(&component.id));
    let importers = importers.filter(|component| ids.keys().any(|old| imports(component, old)));
    let names = new_names(ids.iter());
    let (mut follow, mut stay) = (Vec::new(), Vec::new());
    for component in importers {
        let follows = matches!(specifiers, Specifiers::Rewire(_))
            && is_free(component)
            && (component.standing == Standing::Unchanged || comes_home(workspace, component, &names)?);
        if follows { &mut follow } else { &mut stay }.push(component);
    }
    let found = WorkspaceSpecifiers::find(workspace, follow, &names, Unparsable::Leave)?;
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

/// Whether a modified component would be as its version is: then it only followed these packages to where they come
/// back from, and nobody's work is in it.
fn comes_home(workspace: &Workspace, component: &Component, names: &NewNames) -> Result<bool> {
    let repo = workspace.scope.repo();
    let Some(commit) = component.entry.commit else { return Ok(false) };
    if !repo.has(oid(commit))? {
        return Ok(false);
    }
    let stored = StoredVersion::read(repo, commit)?.source_files(repo)?;
    if stored.len() != component.files.len() {
        return Ok(false);
    }
    for (file, stored) in component.files.iter().map(|file| &file.source).zip(&stored) {
        if (&file.path, file.mode) != (&stored.path, stored.mode) {
            return Ok(false);
        }
        if file.blob != stored.blob {
            let path = workspace.layout.root.join(&component.entry.root_dir).join(&file.path);
            let Ok(bytes) = fs::read(path) else { return Ok(false) };
            let after = names.rewrite(&file.path, &bytes).ok().flatten();
            if after.is_none_or(|after| hash_blob(&normalized(&after)) != stored.blob) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn imports(component: &Component, id: &ComponentId) -> bool {
    let package = PackageName::of(id);
    let mut scans = component.files.iter().filter_map(|file| file.scan.as_ref());
    scans.any(|scan| {
        let mut names = scan.specifiers().filter_map(|import| package_of(&import.specifier));
        names.any(|named| named.name == package.as_str())
    })
}
