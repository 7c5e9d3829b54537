//! All that an installed package runs with: the packages that it names, found as Node finds them from where the package
//! really stands, and what those name.

use super::{is_marked, is_of_store, is_package_name, json};
use crate::model::{Fingerprint, fingerprint};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const MODULES: &str = "node_modules";

/// What was found so far. Each package is read once, however many lead to it.
#[derive(Debug)]
pub(super) struct Closures {
    root: PathBuf,
    packages: Vec<Package>,
    /// The package in a folder, by the folder's real path.
    folders: HashMap<PathBuf, Option<usize>>,
    /// What stands at a place, in a node_modules or elsewhere.
    entries: HashMap<PathBuf, Option<usize>>,
    /// Where a folder's node_modules really is.
    modules: HashMap<PathBuf, Option<PathBuf>>,
    digests: HashMap<usize, Fingerprint>,
}

#[derive(Debug)]
struct Package {
    folder: PathBuf,
    /// What its package.json says.
    own: Fingerprint,
    has_programs: bool,
    /// The packages that it names, sorted.
    names: BTreeSet<String>,
    /// Where each of them is, once somebody asked.
    needs: Option<Vec<Option<usize>>>,
}

impl Closures {
    /// Nothing yet, of this workspace.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
            packages: Vec::new(),
            folders: HashMap::new(),
            entries: HashMap::new(),
            modules: HashMap::new(),
            digests: HashMap::new(),
        }
    }

    /// The package in a folder, with all that it runs with. The order in which packages are met is the same wherever
    /// the same packages lead to each other in the same way: nothing depends on where they stand.
    pub(super) fn of(&mut self, folder: &Path) -> Option<Fingerprint> {
        let start = self.begin(folder)?;
        if let Some(known) = self.digests.get(&start) {
            return Some(*known);
        }
        let mut met = vec![start];
        let mut numbers = HashMap::from([(start, 0)]);
        let mut text = Vec::new();
        let mut at = 0;
        while let Some(&package) = met.get(at) {
            at += 1;
            text.extend(self.packages[package].own);
            for need in self.needs_of(package) {
                let number = need.map_or(u64::MAX, |need| {
                    *numbers.entry(need).or_insert_with(|| {
                        met.push(need);
                        met.len() as u64 - 1
                    })
                });
                text.extend(number.to_le_bytes());
            }
        }
        let digest = fingerprint(&text);
        self.digests.insert(start, digest);
        Some(digest)
    }

    /// Whether the package in a folder has programs.
    pub(super) fn has_programs(&mut self, folder: &Path) -> bool {
        self.begin(folder).is_some_and(|package| self.packages[package].has_programs)
    }

    /// The package in a folder whose path need not be the real one.
    fn begin(&mut self, folder: &Path) -> Option<usize> {
        if let Some(known) = self.entries.get(folder) {
            return *known;
        }
        let package = fs::canonicalize(folder).ok().and_then(|folder| self.package_in(&folder));
        self.entries.insert(folder.to_owned(), package);
        package
    }

    fn needs_of(&mut self, package: usize) -> Vec<Option<usize>> {
        if let Some(known) = &self.packages[package].needs {
            return known.clone();
        }
        let (folder, names) = (self.packages[package].folder.clone(), self.packages[package].names.clone());
        let needs: Vec<Option<usize>> = names.iter().map(|name| self.find(&folder, name)).collect();
        self.packages[package].needs = Some(needs.clone());
        needs
    }

    fn find(&mut self, from: &Path, name: &str) -> Option<usize> {
        let around = from.ancestors().filter(|folder| !folder.ends_with(MODULES));
        for folder in around {
            if let Some(modules) = self.modules_of(folder)
                && let Some(found) = self.entry(modules.join(name))
            {
                return Some(found);
            }
        }
        None
    }

    /// The folder's own path is a real one.
    fn modules_of(&mut self, folder: &Path) -> Option<PathBuf> {
        let look = || {
            let modules = folder.join(MODULES);
            let found = fs::symlink_metadata(&modules).ok()?;
            if found.is_symlink() { fs::canonicalize(modules).ok() } else { Some(modules) }
        };
        self.modules.entry(folder.to_owned()).or_insert_with(look).clone()
    }

    fn entry(&mut self, place: PathBuf) -> Option<usize> {
        if let Some(known) = self.entries.get(&place) {
            return *known;
        }
        let found = fs::symlink_metadata(&place).ok();
        let folder = found
            .and_then(|found| if found.is_symlink() { fs::canonicalize(&place).ok() } else { Some(place.clone()) });
        let package = folder.and_then(|folder| self.package_in(&folder));
        self.entries.insert(place, package);
        package
    }

    fn package_in(&mut self, folder: &Path) -> Option<usize> {
        if let Some(known) = self.folders.get(folder) {
            return *known;
        }
        let package = read(folder).map(|mut package| {
            if is_source(folder) && !self.root.starts_with(folder) {
                package.own = fingerprint(&[package.own, state_of(folder)].concat());
            }
            self.packages.push(package);
            self.packages.len() - 1
        });
        self.folders.insert(folder.to_owned(), package);
        package
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PackageJson {
    dependencies: BTreeMap<String, IgnoredAny>,
    optional_dependencies: BTreeMap<String, IgnoredAny>,
    peer_dependencies: BTreeMap<String, IgnoredAny>,
    bin: Option<IgnoredAny>,
    directories: BTreeMap<String, IgnoredAny>,
}

fn read(folder: &Path) -> Option<Package> {
    let bytes = fs::read(folder.join("package.json")).ok()?;
    let folder = folder.to_owned();
    if is_marked(&bytes) || is_of_store(&bytes) {
        // What bit put there follows what is needed, and its number counts nowhere in a build.
        return Some(Package { folder, own: [0; 20], has_programs: false, names: BTreeSet::new(), needs: None });
    }
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let said: PackageJson = serde_json::from_str(json::without_bom(text)).unwrap_or_default();
    let sections = [said.dependencies, said.optional_dependencies, said.peer_dependencies];
    let names = sections.into_iter().flat_map(BTreeMap::into_keys).filter(|name| is_package_name(name)).collect();
    let has_programs = said.bin.is_some() || said.directories.contains_key("bin");
    Some(Package { folder, own: fingerprint(&bytes), has_programs, names, needs: None })
}

/// Whether somebody works on a package here, as in a monorepo: package managers link such ones, and they change without
/// a number that says so.
fn is_source(folder: &Path) -> bool {
    !folder.iter().any(|part| part == MODULES)
}

/// What tells whether files of a package have changed: their names, sizes and times.
fn state_of(folder: &Path) -> Fingerprint {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(found) = entry.metadata() else { continue };
            if !found.is_dir() {
                files.push((entry.path(), found.len(), found.mtime(), found.mtime_nsec()));
            } else if entry.file_name() != MODULES && entry.file_name() != ".git" {
                waiting.push(entry.path());
            }
        }
    }
    files.sort();
    fingerprint(format!("{files:?}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    struct Installed(tempfile::TempDir);

    impl Installed {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        /// Puts a package somewhere below node_modules: what it needs, and which version it is.
        fn put(&self, place: &str, version: u8, needs: &[&str]) -> &Self {
            let folder = self.0.path().join(MODULES).join(place);
            fs::create_dir_all(&folder).unwrap();
            let needs: Vec<String> = needs.iter().map(|name| format!("\"{name}\": \"*\"")).collect();
            let text = format!("{{\"version\": \"{version}.0.0\", \"dependencies\": {{{}}}}}", needs.join(", "));
            fs::write(folder.join("package.json"), text).unwrap();
            self
        }

        fn link(&self, place: &str, target: &str) -> &Self {
            let at = self.0.path().join(MODULES).join(place);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            symlink(target, at).unwrap();
            self
        }

        fn of(&self, name: &str) -> Fingerprint {
            Closures::new(self.0.path()).of(&self.0.path().join(MODULES).join(name)).unwrap()
        }
    }

    #[test]
    fn whatever_changes_far_below_changes_the_whole() {
        let installed = Installed::new();
        installed.put("a", 1, &["b"]).put("b", 1, &["@s/c", "absent"]).put("@s/c", 1, &["a"]).put("other", 1, &[]);
        let (before, of_c) = (installed.of("a"), installed.of("@s/c"));
        installed.put("other", 2, &[]);
        assert_eq!((installed.of("a"), installed.of("@s/c")), (before, of_c), "a cycle ends, and others don't count");
        installed.put("@s/c", 2, &["a"]);
        let hoisted = installed.of("a");
        assert_ne!(hoisted, before);
        assert_ne!(installed.of("@s/c"), of_c);
        // Node finds this one first.
        installed.put("b/node_modules/@s/c", 1, &["a"]);
        assert_eq!(installed.of("a"), before);
        installed.put("absent", 1, &[]);
        assert_ne!(installed.of("a"), before);
    }

    #[test]
    fn who_finds_which_of_two_versions_counts() {
        let two = |of_left: u8, of_right: u8| {
            let installed = Installed::new();
            installed.put("top", 1, &["left", "right"]).put("left", 1, &["deep"]).put("right", 1, &["deep"]);
            installed.put("left/node_modules/deep", of_left, &[]).put("right/node_modules/deep", of_right, &[]);
            installed.of("top")
        };
        assert_ne!(two(1, 2), two(2, 1));
        assert_eq!(two(1, 2), two(1, 2));
    }

    #[test]
    fn packages_stand_where_their_links_lead() {
        let installed = Installed::new();
        // As pnpm lays them out.
        installed.put(".pnpm/a@1/node_modules/a", 1, &["b"]).put(".pnpm/b@1/node_modules/b", 1, &[]);
        installed.link("a", ".pnpm/a@1/node_modules/a").link(".pnpm/a@1/node_modules/b", "../../b@1/node_modules/b");
        let flat = Installed::new();
        flat.put("a", 1, &["b"]).put("b", 1, &[]);
        assert_eq!(installed.of("a"), flat.of("a"));
        installed.put(".pnpm/b@1/node_modules/b", 2, &[]);
        assert_ne!(installed.of("a"), flat.of("a"));
    }
    #[test]
    fn the_files_of_a_linked_package_count() {
        let installed = Installed::new();
        installed.put("tool", 1, &["config"]).link("config", "../packages/config");
        let at = |path: &str| installed.0.path().join("packages/config").join(path);
        fs::create_dir_all(at("node_modules/x")).unwrap();
        fs::write(at("package.json"), "{}").unwrap();
        let before = installed.of("tool");
        fs::write(at("node_modules/x/index.js"), "").unwrap();
        assert_eq!(installed.of("tool"), before);
        fs::write(at("index.js"), "1").unwrap();
        let with_file = installed.of("tool");
        assert_ne!(with_file, before);
        fs::write(at("index.js"), "12").unwrap();
        assert_ne!(installed.of("tool"), with_file);
        // The workspace itself is no tool.
        installed.link("self", "..");
        fs::write(installed.0.path().join("package.json"), "{}").unwrap();
        let whole = installed.of("self");
        fs::write(installed.0.path().join("index.js"), "").unwrap();
        assert_eq!(installed.of("self"), whole);
    }
}
