//! The packages that were moved in node_modules, and the links to them: some package managers never look at them again.

use super::folders::{clear, finish_removal, is_folder, json, make_parent, remove};
use crate::disk;
use crate::workspace::{installed_component, real_folder};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

/// Where they are written down.
pub const LIST: &str = ".bit-displaced";

/// The packages that were moved, and the links to them.
pub struct Moved<'m> {
    modules: &'m Path,
    /// Their places, in node_modules.
    places: BTreeSet<String>,
}

impl<'m> Moved<'m> {
    /// Those of a node_modules.
    pub fn read(modules: &'m Path) -> Self {
        let list = fs::read_to_string(modules.join(LIST)).unwrap_or_default();
        Self { modules, places: list.lines().filter(|place| stays_inside(place)).map(str::to_owned).collect() }
    }

    /// Writes them down.
    pub fn write(&self) -> Result<()> {
        let list: String = self.places.iter().map(|place| format!("{place}\n")).collect();
        disk::replace_derived(&self.modules.join(LIST), list.as_bytes()).context("could not write node_modules")
    }

    /// Whether this place is one of them.
    pub fn holds(&self, place: &Path) -> bool {
        self.places.contains(&self.name(place))
    }

    fn name(&self, place: &Path) -> String {
        place.strip_prefix(self.modules).unwrap_or(place).display().to_string()
    }

    /// They are known before anything is moved.
    pub fn note(&mut self, places: impl Iterator<Item = PathBuf>) -> Result<()> {
        let names: Vec<String> = places.map(|place| self.name(&place)).collect();
        self.places.extend(names);
        self.write()
    }

    /// How a link at a place leads to another place.
    pub fn way(&self, link: &Path, to: &Path) -> PathBuf {
        let inside = |path: &Path| path.strip_prefix(self.modules).unwrap_or(path).to_owned();
        PathBuf::from("../".repeat(inside(link).components().count() - 1)).join(inside(to))
    }

    /// What was moved into a package goes along into the one that takes its place, unless that has its own and not a link
    /// to this.
    pub fn carry_over(&mut self, from: &Path, to: &Path) -> std::io::Result<()> {
        for place in self.places.clone().iter().map(|name| self.modules.join(name)) {
            let Some(rest) = place.strip_prefix(from).ok().filter(|rest| !rest.as_os_str().is_empty()) else {
                continue;
            };
            let new = to.join(rest);
            if is_folder(&place) && !is_folder(&new) {
                clear(&new).and_then(|()| fs::rename(&place, &new))?;
            } else if let Some(way) = resolved_link(&place)
                && fs::symlink_metadata(&new).is_err()
            {
                make_parent(&new).and_then(|()| symlink(self.way(&new, &way), &new))?;
                self.places.insert(self.name(&new));
            }
        }
        Ok(())
    }

    /// Moves a package. Links that are in it, or lead into it, lead to the same as before.
    pub fn relocate(&mut self, from: &Path, to: &Path) -> std::io::Result<()> {
        let of = |name: &String| {
            let link = self.modules.join(name);
            let to = resolved_link(&link)?;
            Some((link, to))
        };
        let links: Vec<(PathBuf, PathBuf)> = self.places.iter().filter_map(of).collect();
        fs::rename(from, to)?;
        let now = |path: &Path| path.strip_prefix(from).map_or_else(|_| path.to_owned(), |rest| to.join(rest));
        for (link, way) in links {
            let (link_now, way_now) = (now(&link), now(&way));
            if (&link_now, &way_now) != (&link, &way) {
                remove(&link_now)?;
                symlink(self.way(&link_now, &way_now), &link_now)?;
            }
        }
        self.places = self.places.iter().map(|name| self.name(&now(&self.modules.join(name)))).collect();
        Ok(())
    }
}

/// Where a link leads, by its words.
fn resolved_link(link: &Path) -> Option<PathBuf> {
    let way = fs::read_link(link).ok()?;
    let mut place = link.parent()?.to_owned();
    for part in way.components() {
        match part {
            Component::ParentDir => drop(place.pop()),
            part => place.push(part),
        }
    }
    Some(place)
}

/// Whether any package was moved.
pub fn any_moved(root: &Path) -> bool {
    fs::read_to_string(root.join("node_modules").join(LIST)).is_ok_and(|list| !list.is_empty())
}

/// Removes packages that were moved and that are not what is needed there any more.
pub fn forget_stale(root: &Path) -> Result<()> {
    let modules = root.join("node_modules");
    // A command was stopped while it removed a folder.
    finish_removal(&modules).context("could not write node_modules")?;
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
        false if text.is_empty() => disk::remove_if_there(&modules.join(LIST)),
        false => disk::replace_derived(&modules.join(LIST), text.as_bytes()).context("could not write node_modules"),
    }
}

/// The list may have come with the folder that it is in.
pub fn stays_inside(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// A package manager leaves the folder of a package that it removes where something is in it that it knows nothing of.
fn remove_empty_parents(modules: &Path, place: &Path) {
    let inside = |folder: &&Path| folder.starts_with(modules) && *folder != modules;
    // One that is not empty stays, and so does what is above it.
    let _ = place.ancestors().skip(1).take_while(inside).try_for_each(fs::remove_dir);
}
