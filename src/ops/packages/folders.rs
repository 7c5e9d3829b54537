//! Folders of packages in node_modules.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a package's folder goes first that is to be removed.
const ASIDE: &str = ".bit-removed";

/// Removes a package's folder. It goes at once: half of one would be nobody's, and stay in the way.
pub fn take_away(root: &Path, place: &Path) -> std::io::Result<()> {
    let aside = root.join("node_modules").join(ASIDE);
    remove(&aside)?;
    fs::rename(place, &aside)?;
    remove(&aside)
}

/// Removes what a command that was stopped had put aside.
pub fn finish_removal(modules: &Path) -> std::io::Result<()> {
    remove(&modules.join(ASIDE))
}

/// Makes a place free, and the folders above it.
pub fn clear(place: &Path) -> std::io::Result<()> {
    remove(place)?;
    make_parent(place)
}

pub fn is_folder(place: &Path) -> bool {
    fs::symlink_metadata(place).is_ok_and(|found| found.is_dir())
}

/// Removes whatever it is.
pub fn remove(place: &Path) -> std::io::Result<()> {
    match fs::symlink_metadata(place) {
        Err(_) => Ok(()),
        Ok(found) if found.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
    }
}

pub fn make_parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// What a JSON file says, if it can be read.
pub fn json(file: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
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
