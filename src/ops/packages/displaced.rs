//! A package that a package manager put where the link of a component of the workspace belongs.
//!
//! It does so when something installed needs a version of a component whose sources are here: the installed version then
//! goes to those who need it, and the sources get their place.

use crate::disk;
use crate::model::{ComponentId, PackageName};
use crate::workspace::{installed_component, real_folder};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Where it is written down which packages were moved: some package managers never look at them again.
const LIST: &str = ".bit-displaced";
/// Where a package's folder goes first that is to be removed.
const ASIDE: &str = ".bit-removed";

/// Moves an installed version of this component into the folders of the packages that need it. Says whether the place is
/// free now: what is no version of the component, or what nothing installed needs, stays.
pub fn make_room(root: &Path, id: &ComponentId, package: &PackageName) -> Result<bool> {
    let modules = root.join("node_modules");
    let place = modules.join(package.as_str());
    let is_real = fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
    let Some(installed) = installed_component(&place).filter(|installed| is_real && installed.id == *id) else {
        return Ok(false);
    };
    let mut dependents = Vec::new();
    find_dependents(&modules, "dependencies", package.as_str(), &installed.version.to_string(), &mut dependents);
    dependents.sort();
    let at = |folder: &Path| folder.join("node_modules").join(package.as_str());
    let (served, lacking): (Vec<PathBuf>, Vec<PathBuf>) = dependents
        .into_iter()
        .filter(|folder| *folder != place)
        .partition(|folder| installed_component(&at(folder)).as_ref() == Some(&installed));
    let cannot = || format!("could not move {}", place.display());
    let Some((first, others)) = lacking.split_first() else {
        // Whoever needs it has it from an earlier time: the package manager has put it here once more. Or it is here as a
        // peer, and that is the workspace's own.
        let goes = !served.is_empty() || is_only_a_peer(root, package.as_str(), &installed.version.to_string());
        return match goes {
            true => take_away(root, &place).map(|()| true).with_context(cannot),
            false => Ok(false),
        };
    };
    note(&modules, lacking.iter().map(|folder| at(folder)))?;
    for folder in others {
        // Node resolves what is behind a link from where it really is; there it finds the same.
        let depth = at(folder).strip_prefix(&modules).map_or(0, |inside| inside.components().count()) - 1;
        let way = PathBuf::from("../".repeat(depth)).join(at(first).strip_prefix(&modules).unwrap_or(first));
        clear(&at(folder)).and_then(|()| symlink(way, at(folder))).with_context(cannot)?;
    }
    clear(&at(first)).and_then(|()| fs::rename(&place, at(first))).with_context(cannot)?;
    Ok(true)
}

/// Removes a package's folder. It goes at once: half of one would be nobody's, and stay in the way.
pub fn take_away(root: &Path, place: &Path) -> std::io::Result<()> {
    let aside = root.join("node_modules").join(ASIDE);
    remove(&aside)?;
    fs::rename(place, &aside)?;
    remove(&aside)
}

/// Whether any package was moved.
pub fn any_moved(root: &Path) -> bool {
    fs::read_to_string(root.join("node_modules").join(LIST)).is_ok_and(|list| !list.is_empty())
}

/// Removes packages that were moved and that are not what is needed there any more.
pub fn forget_stale(root: &Path) -> Result<()> {
    let modules = root.join("node_modules");
    // A command was stopped while it removed a folder.
    remove(&modules.join(ASIDE)).context("could not write node_modules")?;
    let list = fs::read_to_string(modules.join(LIST)).unwrap_or_default();
    let mut kept = Vec::new();
    for path in list.lines().filter(|path| stays_inside(path)) {
        let Some((folder, package)) = path.rsplit_once("/node_modules/") else { continue };
        let needed = json(&modules.join(folder).join("package.json"));
        let needed = needed.and_then(|own| own["dependencies"][package].as_str().map(str::to_owned));
        let there = installed_component(&modules.join(path)).map(|id| id.version.to_string());
        match there.is_some() && there == needed {
            true => kept.push(path),
            false if real_folder(&modules, folder).is_ok() => {
                let place = modules.join(path);
                remove(&place).with_context(|| format!("could not remove {}", place.display()))?;
                remove_empty_parents(&modules, &place);
            }
            false => {}
        }
    }
    let text: String = kept.iter().map(|path| format!("{path}\n")).collect();
    match text == list {
        true => Ok(()),
        false => disk::replace_derived(&modules.join(LIST), text.as_bytes()).context("could not write node_modules"),
    }
}

/// The list may have come with the folder that it is in.
fn stays_inside(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn note(modules: &Path, places: impl Iterator<Item = PathBuf>) -> Result<()> {
    let before = fs::read_to_string(modules.join(LIST)).unwrap_or_default();
    let line = |place: PathBuf| format!("{}\n", place.strip_prefix(modules).unwrap_or(&place).display());
    let list: BTreeSet<String> = before.lines().map(|line| format!("{line}\n")).chain(places.map(line)).collect();
    let list: String = list.into_iter().collect();
    disk::replace_derived(&modules.join(LIST), list.as_bytes()).context("could not write node_modules")
}

/// A package manager leaves the folder of a package that it removes where something is in it that it knows nothing of.
fn remove_empty_parents(modules: &Path, place: &Path) {
    let inside = |folder: &&Path| folder.starts_with(modules) && *folder != modules;
    // One that is not empty stays, and so does what is above it.
    let _ = place.ancestors().skip(1).take_while(inside).try_for_each(fs::remove_dir);
}

/// Makes a place free, and the folders above it.
fn clear(place: &Path) -> std::io::Result<()> {
    remove(place)?;
    make_parent(place)
}

/// Removes whatever it is.
pub fn remove(place: &Path) -> std::io::Result<()> {
    match fs::symlink_metadata(place) {
        Err(_) => Ok(()),
        Ok(found) if found.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
    }
}

fn make_parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// What a JSON file says, if it can be read.
pub fn json(file: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// Whether an installed package has this version as a peer, and the workspace's package.json does not name it.
fn is_only_a_peer(root: &Path, package: &str, version: &str) -> bool {
    let own = json(&root.join("package.json")).unwrap_or_default();
    let is_named =
        ["dependencies", "devDependencies", "optionalDependencies"].iter().any(|key| !own[key][package].is_null());
    let mut found = Vec::new();
    find_dependents(&root.join("node_modules"), "peerDependencies", package, version, &mut found);
    !is_named && !found.is_empty()
}

/// The installed packages that need this version, near and far, in this section of their package.json.
fn find_dependents(modules: &Path, section: &str, package: &str, version: &str, found: &mut Vec<PathBuf>) {
    for folder in packages_in(modules) {
        let needs = json(&folder.join("package.json")).is_some_and(|own| own[section][package] == version);
        find_dependents(&folder.join("node_modules"), section, package, version, found);
        if needs {
            found.push(folder);
        }
    }
}

/// The real folders of packages; links lead to what is no part of this node_modules.
pub fn packages_in(modules: &Path) -> Vec<PathBuf> {
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
        let manifest = r#""main": "i.js", "env": "node", "artifacts": [], "dependencies": [], "scopes": [], "packages": {}, "build": []"#;
        let manifest = format!(r#"{{"format": 1, "scope": "o.s", "name": "dep", "version": "{version}", {manifest}}}"#);
        fs::write(folder.join("component.json"), manifest).unwrap();
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

        // Put there once more, it goes; and what is needed in another version goes too.
        install(root, "@o/s.dep", "1.0.0", "{}");
        assert!(make_room(root, &id, &package).unwrap());
        assert_eq!(version("@o/s.dep"), None);
        forget_stale(root).unwrap();
        assert_eq!(version("plain/node_modules/@o/s.b/node_modules/@o/s.dep"), Some("1.0.0".into()));
        install(root, "@o/s.a", "2.0.0", r#"{"@o/s.dep": "2.0.0"}"#);
        forget_stale(root).unwrap();
        assert_eq!(version("@o/s.a/node_modules/@o/s.dep"), None);
    }
}
