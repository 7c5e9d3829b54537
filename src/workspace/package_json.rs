//! The workspace's own package.json, and the packages that a package manager installed.

use super::json;
use super::links::is_marked;
use super::store::is_of_store;
use crate::disk;
use crate::model::{Manifest, VersionId};
use anyhow::Result;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the workspace's own package.json says it needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Declared {
    /// Needed to run.
    pub dependencies: BTreeMap<String, String>,
    /// Needed to develop or test.
    pub dev_dependencies: BTreeMap<String, String>,
    /// Needed to run; whoever uses it brings them.
    pub peer_dependencies: BTreeMap<String, String>,
    /// Used where they can be installed.
    pub optional_dependencies: BTreeMap<String, String>,
}

impl Declared {
    /// Reads `package.json` in a folder; nothing is declared where there is none.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("package.json");
        match disk::read_optional(&path)? {
            Some(bytes) => json::parse(&path, &json::text_of(&path, bytes)?),
            None => Ok(Self::default()),
        }
    }

    /// The range of a package, from the first section that has it.
    pub fn range_of(&self, name: &str) -> Option<&str> {
        [&self.dependencies, &self.dev_dependencies, &self.peer_dependencies, &self.optional_dependencies]
            .into_iter()
            .find_map(|section| section.get(name))
            .map(String::as_str)
    }
}

/// Finds installed packages as Node does, and remembers what it found. May be shared between threads.
#[derive(Debug)]
pub struct InstalledPackages {
    root: PathBuf,
    seen: Mutex<Seen>,
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
        Self { root: root.to_owned(), seen: Mutex::default() }
    }

    /// The version that an import of a package from a folder (relative to the root) gets.
    /// Components' links are no installed packages, nor are versions that bit put there: they follow what is needed.
    pub fn version_of(&self, from_dir: &str, name: &str) -> Option<String> {
        if !is_package_name(name) {
            return None;
        }
        let start = self.root.join(from_dir);
        start
            .ancestors()
            .take_while(|folder| folder.starts_with(&self.root))
            .filter(|folder| self.has_node_modules(folder))
            .find_map(|folder| self.version_in(folder.join("node_modules").join(name)))
    }

    fn has_node_modules(&self, folder: &Path) -> bool {
        if let Some(&known) = self.seen().folders.get(folder) {
            return known;
        }
        let found = folder.join("node_modules").is_dir();
        self.seen().folders.insert(folder.to_owned(), found);
        found
    }

    fn version_in(&self, package: PathBuf) -> Option<String> {
        if let Some(known) = self.seen().versions.get(&package) {
            return known.clone();
        }
        let version = read_version(&package.join("package.json"));
        self.seen().versions.insert(package, version.clone());
        version
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // A panic elsewhere can't leave a half-made answer: each is put in whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The version of a component that is installed as a package in this folder: packages of components have their manifest.
/// What bit put there itself is not installed.
pub fn installed_component(folder: &Path) -> Option<VersionId> {
    let is_real = std::fs::metadata(folder).is_ok_and(|found| found.is_dir());
    read_version(&folder.join("package.json")).filter(|_| is_real)?;
    let manifest = std::fs::read(folder.join("component.json")).ok()?;
    Some(Manifest::from_json(&manifest).ok()?.id())
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
    fn the_first_section_that_has_a_package_decides() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Declared::read(dir.path()).unwrap(), Declared::default());
        let text = r#"{"name": "w", "dependencies": {"a": "^1.0.0"}, "devDependencies": {"a": "2", "b": "~3"}, "peerDependencies": {"c": "4"}}"#;
        install(dir.path(), "", text);
        let declared = Declared::read(dir.path()).unwrap();
        assert_eq!(declared.range_of("a"), Some("^1.0.0"));
        assert_eq!((declared.range_of("b"), declared.range_of("c")), (Some("~3"), Some("4")));
        assert_eq!(declared.range_of("d"), None);
        install(dir.path(), "", "{\n\"dependencies\": []}");
        let error = Declared::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains("failed parsing the package.json") && error.contains("package.json:2:"), "{error}");
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
