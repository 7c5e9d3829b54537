//! A package that a package manager put where the link of a component of the workspace belongs.
//!
//! It does so when something installed needs a version of a component whose sources are here: the installed version then
//! goes to those who need it, and the sources get their place.

use crate::model::{ComponentId, PackageName};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Moves an installed version of this component into the folders of the packages that need it. Says whether the place is
/// free now: what is no version of the component, or what nothing installed needs, stays.
pub fn make_room(root: &Path, id: &ComponentId, package: &PackageName) -> Result<bool> {
    let modules = root.join("node_modules");
    let place = modules.join(package.as_str());
    let is_real = fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
    if !is_real || !is_version_of(&place, id) {
        return Ok(false);
    }
    let Some(version) = json(&place.join("package.json")).and_then(|own| own["version"].as_str().map(str::to_owned))
    else {
        return Ok(false);
    };
    let mut dependents = Vec::new();
    find_dependents(&modules, package.as_str(), &version, &mut dependents);
    dependents.retain(|folder| *folder != place);
    let Some((first, others)) = dependents.split_first() else { return Ok(false) };
    let at = |folder: &Path| folder.join("node_modules").join(package.as_str());
    let cannot = || format!("could not move {}", place.display());
    for folder in others {
        // Node resolves what is behind a link from where it really is; there it finds the same.
        let up = folder.strip_prefix(&modules).map_or(0, |inside| inside.components().count());
        let depth = up + 1 + package.as_str().split('/').count() - 1;
        let way = PathBuf::from("../".repeat(depth)).join(at(first).strip_prefix(&modules).unwrap_or(first));
        make_parent(&at(folder)).and_then(|()| symlink(way, at(folder))).with_context(cannot)?;
    }
    make_parent(&at(first)).and_then(|()| fs::rename(&place, at(first))).with_context(cannot)?;
    Ok(true)
}

fn make_parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn is_version_of(folder: &Path, id: &ComponentId) -> bool {
    let manifest = json(&folder.join("component.json")).unwrap_or_default();
    manifest["scope"] == id.scope.as_str() && manifest["name"] == id.name.as_str()
}

fn json(file: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// The installed packages that need this version and have none of their own, near and far.
fn find_dependents(modules: &Path, package: &str, version: &str, found: &mut Vec<PathBuf>) {
    for folder in packages_in(modules) {
        let needs = json(&folder.join("package.json")).is_some_and(|own| own["dependencies"][package] == version);
        let own = folder.join("node_modules");
        if needs && fs::symlink_metadata(own.join(package)).is_err() {
            found.push(folder);
        }
        find_dependents(&own, package, version, found);
    }
}

/// The real folders of packages; links lead to what is no part of this node_modules.
fn packages_in(modules: &Path) -> Vec<PathBuf> {
    let real = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = entries
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .collect();
        folders.sort();
        folders
    };
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut found = Vec::new();
    for folder in real(modules) {
        match name(&folder) {
            owner if owner.starts_with('@') => found.extend(real(&folder)),
            hidden if hidden.starts_with('.') => {}
            _ => found.push(folder),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(root: &Path, folder: &str, version: &str, dependencies: &str) {
        let folder = root.join("node_modules").join(folder);
        fs::create_dir_all(&folder).unwrap();
        let package = format!(r#"{{"version": "{version}", "dependencies": {dependencies}}}"#);
        fs::write(folder.join("package.json"), package).unwrap();
        fs::write(folder.join("component.json"), r#"{"scope": "o.s", "name": "dep"}"#).unwrap();
    }

    #[test]
    fn an_installed_version_goes_to_those_who_need_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let needs = r#"{"@o/s.dep": "1.0.0"}"#;
        install(root, "@o/s.dep", "1.0.0", "{}");
        install(root, "@o/s.a", "1.0.0", needs);
        install(root, "plain", "1.0.0", "{}");
        install(root, "plain/node_modules/@o/s.b", "1.0.0", needs);
        install(root, "@o/s.own", "1.0.0", r#"{"@o/s.dep": "2.0.0"}"#);
        let id: ComponentId = "o.s/dep".parse().unwrap();
        let package = PackageName::of(&id);
        assert!(!make_room(root, &"o.s/other".parse().unwrap(), &package).unwrap());
        assert!(make_room(root, &id, &package).unwrap());
        let version = |place: &str| {
            json(&root.join("node_modules").join(place).join("package.json")).map(|p| p["version"].clone())
        };
        assert_eq!(version("@o/s.a/node_modules/@o/s.dep"), Some("1.0.0".into()));
        assert_eq!(version("plain/node_modules/@o/s.b/node_modules/@o/s.dep"), Some("1.0.0".into()));
        assert_eq!((version("@o/s.dep"), version("@o/s.own/node_modules/@o/s.dep")), (None, None));
        assert!(!make_room(root, &id, &package).unwrap());
    }
}
