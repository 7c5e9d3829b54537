//! From which folder a component went when it became a package: its source comes back there. It is remembered beside the
//! local scope, on this machine; .bitmap says what is in the workspace, and package.json is the team's.

use super::roots::declared_roots;
use crate::disk;
use crate::model::ComponentId;
use crate::ops::Workspace;
use crate::scope::{Known, LocalScope};
use crate::workspace::{DependencyFiles, check_relative_path};
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn file(scope: &LocalScope) -> PathBuf {
    scope.state_folder().join("ejected")
}

fn read(scope: &LocalScope) -> Result<BTreeMap<ComponentId, String>> {
    let text = String::from_utf8(disk::read_optional(&file(scope))?.unwrap_or_default()).unwrap_or_default();
    let line = |line: &str| {
        let (id, folder) = line.split_once('\t')?;
        check_relative_path(folder).ok()?;
        Some((id.parse().ok()?, folder.to_owned()))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// Remembers the folders of components that become packages.
pub fn remember(scope: &LocalScope, gone: impl Iterator<Item = (ComponentId, String)>) -> Result<()> {
    let mut all = read(scope)?;
    all.extend(gone);
    let text: String = all.iter().map(|(id, folder)| format!("{id}\t{folder}\n")).collect();
    disk::write_if_changed(&file(scope), text.as_bytes(), &scope.state_folder()).map(drop)
}

/// The folders from which the components went that are packages now.
pub fn folders(workspace: &Workspace, known: &Known) -> Result<BTreeMap<ComponentId, String>> {
    let mut all = read(&workspace.scope)?;
    if !all.is_empty() {
        let roots = declared_roots(workspace, known, &DependencyFiles::read(&workspace.layout.root)?)?;
        all.retain(|id, _| roots.iter().any(|root| root.id.id == *id));
    }
    Ok(all)
}
