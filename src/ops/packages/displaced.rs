//! A package that a package manager put where the link of a component of the workspace belongs.
//!
//! It does so when something installed needs a version of a component whose sources are here: the installed version then
//! goes to those who need it, and the sources get their place.

use super::closure::Closure;
use super::folders::{clear, is_folder, json, packages_in, take_away};
use super::moved::{Moved, forget_stale, stays_inside};
use crate::model::{ComponentId, PackageName};
use crate::ops::Workspace;
use crate::workspace::{BitmapEntry, installed_component};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Gives the sources of the workspace their places, as whoever looks at the links does next; what package.json names
/// stays in its own.
pub fn make_room_for_sources(workspace: &Workspace, closure: &Closure) -> Result<()> {
    let root = &workspace.layout.root;
    forget_stale(root)?;
    // Without a folder there is nothing to link to.
    let is_there = |entry: &&BitmapEntry| root.join(&entry.root_dir).is_dir();
    let sources = workspace.bitmap.entries().filter(is_there).map(BitmapEntry::id);
    for id in sources.filter(|id| !closure.is_named(id)) {
        make_room(root, &id, &PackageName::of(&id))?;
    }
    Ok(())
}

/// Moves an installed version of this component into the folders of the packages that need it. Says whether the place is
/// free now: what is no version of the component, or what nothing installed needs, stays.
pub fn make_room(root: &Path, id: &ComponentId, package: &PackageName) -> Result<bool> {
    let modules = root.join("node_modules");
    let place = modules.join(package.as_str());
    let Some(installed) = installed_component(&place).filter(|found| is_folder(&place) && found.id == *id) else {
        return Ok(false);
    };
    let mut dependents = Vec::new();
    find_dependents(&modules, "dependencies", package.as_str(), &installed.version.to_string(), &mut dependents);
    dependents.sort();
    let mut moved = Moved::read(&modules);
    let at = |folder: &Path| folder.join("node_modules").join(package.as_str());
    // What an earlier run moved there may have lost what it needs: it makes way for what was installed now.
    let is_served =
        |folder: &Path| installed_component(&at(folder)).as_ref() == Some(&installed) && !moved.holds(&at(folder));
    let others = dependents.into_iter().filter(|folder| !folder.starts_with(&place));
    let (served, mut lacking): (Vec<PathBuf>, Vec<PathBuf>) = others.partition(|folder| is_served(folder));
    // Others may have links to where it is already.
    lacking.sort_by_key(|folder| !(moved.holds(&at(folder)) && is_folder(&at(folder))));
    let cannot = || format!("could not move {}", place.display());
    let Some((first, others)) = lacking.split_first() else {
        // Whoever needs it has it: the package manager has put it here once more. Or it is here as a peer, and that is the
        // workspace's own.
        let goes = !served.is_empty() || is_only_a_peer(root, package.as_str(), &installed.version.to_string());
        return match goes {
            true => take_away(root, &place).map(|()| true).with_context(cannot),
            false => Ok(false),
        };
    };
    let target = at(first);
    moved.note(lacking.iter().map(|folder| at(folder)))?;
    moved.carry_over(&target, &place).and_then(|()| clear(&target)).with_context(cannot)?;
    // Node resolves what is behind a link from where it really is; there it finds the same.
    let mut links: Vec<(PathBuf, PathBuf)> = others.iter().map(|folder| (at(folder), target.clone())).collect();
    let hidden = hidden_needs(&modules, &place, &target).into_iter();
    links.extend(hidden.map(|need| (target.join("node_modules").join(&need), modules.join(need))));
    moved.note(links.iter().map(|(link, _)| link.clone()))?;
    moved.relocate(&place, &target).with_context(cannot)?;
    for (link, way) in links {
        clear(&link).and_then(|()| symlink(moved.way(&link, &way), &link)).with_context(cannot)?;
    }
    moved.write()?;
    Ok(true)
}

/// Names that a package at the top of node_modules, or one inside it, finds beside it, and that it would find as something
/// else in another place.
fn hidden_needs(modules: &Path, place: &Path, target: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    outside_needs(place, place, &mut found);
    let real = |path: &Path| fs::canonicalize(path).ok();
    let nearest = |need: &str| {
        let above = target.ancestors().skip(1).take_while(|folder| folder.starts_with(modules) && *folder != modules);
        above.map(|folder| folder.join("node_modules").join(need)).find_map(|path| real(&path))
    };
    found.retain(|need| {
        let here = real(&modules.join(need));
        here.is_some() && nearest(need).is_some_and(|there| Some(there) != here)
    });
    found
}

/// What the packages in a folder need and do not find inside the outermost one.
fn outside_needs(outermost: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    let own = json(&folder.join("package.json")).unwrap_or_default();
    let is_inside = |need: &str| {
        let mut inside = folder.ancestors().take_while(|folder| folder.starts_with(outermost));
        inside.any(|folder| folder.join("node_modules").join(need).exists())
    };
    let needs = own["dependencies"].as_object().into_iter().flat_map(|needs| needs.keys());
    found.extend(needs.filter(|need| stays_inside(need) && !is_inside(need)).cloned());
    for nested in packages_in(&folder.join("node_modules")) {
        outside_needs(outermost, &nested, found);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::packages::folders::remove;
    use crate::ops::packages::moved::LIST;

    fn install(root: &Path, folder: &str, version: &str, dependencies: &str) {
        let name = folder.rsplit("s.").next().unwrap();
        let folder = root.join("node_modules").join(folder);
        fs::create_dir_all(&folder).unwrap();
        let package = format!(r#"{{"version": "{version}", "dependencies": {dependencies}}}"#);
        fs::write(folder.join("package.json"), package).unwrap();
        let manifest = r#""main": "i.js", "env": "node", "artifacts": [], "dependencies": [], "scopes": [], "packages": {}, "build": []"#;
        let manifest =
            format!(r#"{{"format": 1, "scope": "o.s", "name": "{name}", "version": "{version}", {manifest}}}"#);
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
    /// What stands there from an earlier run may lack what it needs; what was installed now does not.
    #[test]
    fn what_was_installed_now_takes_the_place_of_what_was_moved_before() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let side = "@o/s.top/node_modules/@o/s.side";
        install(root, "@o/s.top", "1.0.0", r#"{"@o/s.side": "1.0.0"}"#);
        install(root, side, "1.0.0", r#"{"plain": "1.0.0"}"#);
        fs::write(root.join("node_modules").join(LIST), format!("{side}\n")).unwrap();
        install(root, "@o/s.side", "1.0.0", r#"{"plain": "1.0.0"}"#);
        install(root, "@o/s.side/node_modules/plain", "1.0.0", "{}");
        let id: ComponentId = "o.s/side".parse().unwrap();
        assert!(make_room(root, &id, &PackageName::of(&id)).unwrap());
        assert!(root.join("node_modules").join(side).join("node_modules/plain/package.json").exists());
    }

    /// `base` and `side` have sources here; `side` needs `base`, and others need both: `old` finds other versions beside it,
    /// and has what an earlier run moved there, of which npm took away what that needs.
    #[test]
    fn what_moves_into_what_moves_goes_along_and_links_follow() {
        // Who comes first in the order of names gets the package, the others get links.
        let orders = [["base", "side"], ["side", "base"]];
        for (order, old) in orders.into_iter().flat_map(|order| [(order, "@o/s.a"), (order, "@o/s.z")]) {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path();
            let modules = root.join("node_modules");
            install(root, "@o/s.base", "1.0.0", r#"{"plain": "1.0.0"}"#);
            install(root, "@o/s.side", "1.0.0", r#"{"@o/s.base": "1.0.0"}"#);
            install(root, "plain", "1.0.0", "{}");
            install(root, old, "1.0.0", r#"{"@o/s.side": "1.0.0", "@o/s.base": "2.0.0"}"#);
            install(root, &format!("{old}/node_modules/plain"), "2.0.0", "{}");
            install(root, &format!("{old}/node_modules/@o/s.base"), "2.0.0", "{}");
            install(root, &format!("{old}/node_modules/@o/s.side"), "1.0.0", r#"{"@o/s.base": "1.0.0"}"#);
            fs::write(modules.join(LIST), format!("{old}/node_modules/@o/s.side\n")).unwrap();
            install(root, "@o/s.more", "1.0.0", r#"{"@o/s.side": "1.0.0", "@o/s.base": "1.0.0"}"#);
            let version = |from: &str, package: &str| {
                let from = fs::canonicalize(modules.join(from)).unwrap();
                let found =
                    from.ancestors().map(|folder| folder.join("node_modules").join(package).join("package.json"));
                found.filter_map(|file| json(&file)).next().map(|own| own["version"].as_str().unwrap().to_owned())
            };
            let are_right = || {
                for user in [old, "@o/s.more"] {
                    let side = format!("{user}/node_modules/@o/s.side");
                    assert_eq!(version(&side, "@o/s.base").as_deref(), Some("1.0.0"), "{order:?} {user}");
                    let base = format!("{side}/node_modules/@o/s.base");
                    let base =
                        if modules.join(&base).exists() { base } else { format!("{user}/node_modules/@o/s.base") };
                    assert_eq!(version(&base, "plain").as_deref(), Some("1.0.0"), "{order:?} {base}");
                }
                assert_eq!(version(old, "@o/s.base").as_deref(), Some("2.0.0"));
                assert_eq!(version("@o/s.more", "@o/s.base").as_deref(), Some("1.0.0"));
            };
            let make_all = |names: &[&str]| {
                for name in names {
                    let id: ComponentId = format!("o.s/{name}").parse().unwrap();
                    assert!(make_room(root, &id, &PackageName::of(&id)).unwrap(), "{order:?}");
                    // The source of something newer.
                    install(root, &format!("@o/s.{name}"), "9.0.0", "{}");
                }
                are_right();
            };
            make_all(&order);
            forget_stale(root).unwrap();
            are_right();
            // A package manager puts one of them there once more.
            remove(&modules.join("@o/s.side")).unwrap();
            install(root, "@o/s.side", "1.0.0", r#"{"@o/s.base": "1.0.0"}"#);
            make_all(&["side"]);
        }
    }
}
