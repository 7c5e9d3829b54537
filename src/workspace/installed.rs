//! The packages that a package manager installed.

mod closure;
mod programs;

use self::closure::Closures;
use super::json;
use super::links::is_marked;
use super::store::is_of_store;
use crate::model::{Fingerprint, Manifest, VersionId};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Finds installed packages as Node does, and remembers what it found. May be shared between threads.
#[derive(Debug)]
pub struct InstalledPackages {
    root: PathBuf,
    seen: Mutex<Seen>,
    closures: Mutex<Closures>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Whether a folder has a node_modules.
    folders: HashMap<PathBuf, bool>,
    /// The version in a package's folder.
    versions: HashMap<PathBuf, Option<String>>,
}

impl InstalledPackages {
    /// Looks no further up than the workspace's root.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), seen: Mutex::default(), closures: Mutex::new(Closures::new(root)) }
    }

    /// The version that an import of a package from a folder (relative to the root) gets.
    /// Components' links are no installed packages, nor are versions that bit put there: they follow what is needed.
    pub fn version_of(&self, from_dir: &str, name: &str) -> Option<String> {
        self.find(from_dir, name).map(|(_, version)| version)
    }

    /// The folder in which it is found.
    pub fn place_of(&self, from_dir: &str, name: &str) -> Option<PathBuf> {
        self.find(from_dir, name).map(|(place, _)| place)
    }

    /// What it is with all that it runs with: where two are equal, so is every package that one of them leads to.
    pub fn closure_of(&self, from_dir: &str, name: &str) -> Option<Fingerprint> {
        let place = self.place_of(from_dir, name)?;
        self.closures().of(&place)
    }

    fn find(&self, from_dir: &str, name: &str) -> Option<(PathBuf, String)> {
        if !is_package_name(name) {
            return None;
        }
        let start = self.root.join(from_dir);
        let around = start.ancestors().take_while(|folder| folder.starts_with(&self.root));
        around.filter(|folder| self.has_node_modules(folder)).find_map(|folder| {
            let place = folder.join("node_modules").join(name);
            let version = self.version_in(&place)?;
            Some((place, version))
        })
    }

    fn has_node_modules(&self, folder: &Path) -> bool {
        if let Some(&known) = self.seen().folders.get(folder) {
            return known;
        }
        let found = folder.join("node_modules").is_dir();
        self.seen().folders.insert(folder.to_owned(), found);
        found
    }

    fn version_in(&self, package: &Path) -> Option<String> {
        if let Some(known) = self.seen().versions.get(package) {
            return known.clone();
        }
        let version = read_version(&package.join("package.json"));
        self.seen().versions.insert(package.to_owned(), version.clone());
        version
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // A panic elsewhere can't leave a half-made answer: each is put in whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closures(&self) -> MutexGuard<'_, Closures> {
        // Likewise.
        self.closures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The version of a component that is installed as a package in this folder: packages of components have their manifest.
/// What bit put there itself is not installed.
pub fn installed_component(folder: &Path) -> Option<VersionId> {
    Some(installed_manifest(folder)?.id())
}

/// Its manifest.
pub fn installed_manifest(folder: &Path) -> Option<Manifest> {
    let is_real = std::fs::metadata(folder).is_ok_and(|found| found.is_dir());
    read_version(&folder.join("package.json")).filter(|_| is_real)?;
    Manifest::from_json(&std::fs::read(folder.join("component.json")).ok()?).ok()
}

/// The version of whatever package is installed in this folder. What bit put there itself is not installed.
pub fn installed_version(folder: &Path) -> Option<String> {
    read_version(&folder.join("package.json"))
}

/// An import could say anything; what is no package name must not become a path.
fn is_package_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let expected = if name.starts_with('@') { 2 } else { 1 };
    let plain = |part: &&str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0', ':']);
    parts.len() == expected && parts.iter().all(plain)
}

/// A package whose file can't be read counts as not installed: the import is then reported as missing.
fn read_version(file: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Installed {
        version: Option<String>,
    }
    let bytes = std::fs::read(file).ok()?;
    if is_marked(&bytes) || is_of_store(&bytes) {
        return None;
    }
    serde_json::from_slice::<Installed>(json::without_bom(std::str::from_utf8(&bytes).ok()?).as_bytes()).ok()?.version
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn install(root: &Path, folder: &str, package_json: &str) {
        fs::create_dir_all(root.join(folder)).unwrap();
        fs::write(root.join(folder).join("package.json"), package_json).unwrap();
    }

    #[test]
    fn installed_versions_are_found_from_the_folder_upwards() {
        let dir = tempfile::tempdir().unwrap();
        let root = &dir.path().join("w");
        install(root, "node_modules/lodash", "{\"version\": \"4.17.21\"}");
        install(root, "node_modules/@s/p", "\u{feff}{\"version\": \"1.0.0-Rc+build\"}");
        install(root, "src/c1/node_modules/lodash", "{\"version\": \"3.0.0\"}");
        install(root, "node_modules/broken", "{\"version\": ");
        install(dir.path(), "node_modules/above", "{\"version\": \"1.0.0\"}");
        let packages = InstalledPackages::new(root);
        let version = |from: &str, name: &str| packages.version_of(from, name);
        assert_eq!(version("src/c1/deep", "lodash").as_deref(), Some("3.0.0"));
        assert_eq!(version("src/c2", "lodash").as_deref(), Some("4.17.21"));
        assert_eq!(version("src/c2", "@s/p").as_deref(), Some("1.0.0-Rc+build"));
        for absent in ["broken", "nowhere", "above", "../node_modules/lodash", "lodash/..", "@s", "", "."] {
            assert_eq!(version("src/c2", absent), None, "{absent}");
        }
    }

    #[test]
    fn answers_are_remembered() {
        let dir = tempfile::tempdir().unwrap();
        install(dir.path(), "node_modules/a", "{\"version\": \"1.0.0\"}");
        let packages = InstalledPackages::new(dir.path());
        assert_eq!(packages.version_of("x", "a").as_deref(), Some("1.0.0"));
        fs::remove_dir_all(dir.path().join("node_modules")).unwrap();
        assert_eq!(packages.version_of("x/y", "a").as_deref(), Some("1.0.0"));
        assert_eq!(InstalledPackages::new(dir.path()).version_of("x", "a"), None);
    }
}
