//! What npm leaves where it is killed: a package that is to go is put aside first, as `.<name>-<8 letters and digits>`
//! beside its place. By the next time a link of ours may stand in that place, and npm can't put it where a folder is.

use super::folders::take_away;
use crate::model::PackageName;
use crate::ops::Workspace;
use crate::package::manager::{Kind, Manager};
use crate::workspace::BitmapEntry;
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How many letters and digits npm puts behind the name.
const SIGN: usize = 8;

/// Removes them, of packages that are components: whatever else stands in node_modules is not ours to judge.
pub fn clear_retired(workspace: &Workspace, manager: &Manager) -> Result<()> {
    let root = &workspace.layout.root;
    let retired = if manager.kind == Kind::Npm { retired_in(&root.join("node_modules")) } else { Vec::new() };
    if retired.is_empty() {
        return Ok(());
    }
    let known = workspace.scope.known()?;
    let here = workspace.bitmap.entries().map(BitmapEntry::id);
    let ids = known.components.keys().cloned().chain(here);
    let components: HashSet<String> = ids.map(|id| PackageName::of(&id).to_string()).collect();
    let ours = retired.into_iter().filter(|(package, _)| components.contains(package));
    for (_, place) in ours {
        take_away(root, &place).with_context(|| format!("could not remove {}", place.display()))?;
    }
    Ok(())
}

/// The packages that npm put aside, and where they are. Those of components have an owner.
fn retired_in(modules: &Path) -> Vec<(String, PathBuf)> {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect::<Vec<_>>()
    };
    let is_real = |owner: &String| fs::symlink_metadata(modules.join(owner)).is_ok_and(|found| found.is_dir());
    let owners = names(modules).into_iter().filter(|name| name.starts_with('@')).filter(is_real);
    let mut retired = Vec::new();
    for owner in owners {
        let folder = modules.join(&owner);
        let aside = |name: String| Some((format!("{owner}/{}", name_of_retired(&name)?), folder.join(&name)));
        retired.extend(names(&folder).into_iter().filter_map(aside));
    }
    retired
}

/// Which package is aside under this name.
fn name_of_retired(name: &str) -> Option<&str> {
    let (package, sign) = name.strip_prefix('.')?.rsplit_once('-')?;
    let is_sign = sign.len() == SIGN && sign.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_sign && !package.is_empty()).then_some(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_npm_put_aside_is_called_so() {
        assert_eq!(name_of_retired(".ui.theme-vGS8weZy"), Some("ui.theme"));
        assert_eq!(name_of_retired(".ui.my-theme-vGS8weZy"), Some("ui.my-theme"));
        for name in ["ui.theme-vGS8weZy", ".ui.theme-vGS8weZ", ".ui.theme-vGS8weZ_", ".-vGS8weZy", ".ui.theme"] {
            assert_eq!(name_of_retired(name), None, "{name}");
        }
    }
}
