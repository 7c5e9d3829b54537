//! What every command finds, whatever its component needs: the programs of packages, what is patched in packages, and
//! where yarn's Plug'n'Play is in force, all that it knows.

use super::InstalledPackages;
use crate::model::{Fingerprint, fingerprint};
use crate::workspace::{Declared, pnp_in_force};
use std::fs;
use std::path::{Path, PathBuf};

const MODULES: &str = "node_modules";
/// What Plug'n'Play reads instead of folders.
const OF_PNP: [&str; 3] = ["yarn.lock", ".pnp.cjs", ".pnp.js"];
/// Where patch-package and package managers have patches: they change installed files, and no number says so.
const PATCHES: [&str; 2] = ["patches", ".yarn/patches"];

impl InstalledPackages {
    /// Two that are equal give a command the same programs.
    pub fn programs(&self, declared: &Declared) -> Fingerprint {
        let mut found = Vec::new();
        if pnp_in_force(&self.root) {
            found.extend(OF_PNP.iter().filter_map(|file| Some(fingerprint(&fs::read(self.root.join(file)).ok()?))));
        }
        for patch in PATCHES.iter().flat_map(|folder| patches_in(&self.root.join(folder))) {
            found.push(fingerprint(patch.file_name().unwrap_or_default().as_encoded_bytes()));
            found.extend(fs::read(&patch).ok().map(|patch| fingerprint(&patch)));
        }
        for program in entries(&self.root.join(MODULES).join(".bin")) {
            found.push(fingerprint(program.file_name().unwrap_or_default().as_encoded_bytes()));
            let real = fs::canonicalize(&program).ok();
            let package = real.as_deref().and_then(package_around);
            let digest = match package.and_then(|package| self.closures().of(package)) {
                Some(closure) => Some(closure),
                // A script that leads to the program names its place, and with pnpm that names its version.
                None => fs::read(&program).ok().map(|script| fingerprint(&script)),
            };
            found.extend(digest);
        }
        for name in declared.dependencies.keys().chain(declared.optional_dependencies.keys()) {
            let Some(place) = self.place_of("", name) else { continue };
            if self.closures().has_programs(&place) {
                found.extend(self.closures().of(&place));
            }
        }
        fingerprint(&found.concat())
    }
}

/// Those of packages with a scope may be a folder further down.
fn patches_in(folder: &Path) -> Vec<PathBuf> {
    let files =
        entries(folder).into_iter().flat_map(|place| if place.is_dir() { entries(&place) } else { vec![place] });
    files.filter(|file| file.extension().is_some_and(|ending| ending == "patch")).collect()
}

/// Sorted; none where there is no folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// The package whose file this is: packages may have a further package.json in a folder of theirs.
fn package_around(file: &Path) -> Option<&Path> {
    let is_in_modules = |folder: &&Path| {
        let around = folder.parent();
        let is_scope = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b"@");
        match around.and_then(Path::file_name) {
            Some(name) if name == MODULES => !folder.file_name().is_some_and(is_scope),
            Some(name) if is_scope(name) => around.and_then(Path::parent).is_some_and(|above| above.ends_with(MODULES)),
            _ => false,
        }
    };
    let above = || file.ancestors().skip(1);
    above().find(is_in_modules).or_else(|| above().find(|folder| folder.join("package.json").is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_program_belongs_to_the_package_it_stands_in() {
        let around = |file: &str| package_around(Path::new(file)).map(|found| found.display().to_string());
        assert_eq!(around("/w/node_modules/a/dist/cli/run.js").as_deref(), Some("/w/node_modules/a"));
        assert_eq!(around("/w/node_modules/@s/a/run.js").as_deref(), Some("/w/node_modules/@s/a"));
        assert_eq!(around("/w/node_modules/.bin/run"), Some("/w/node_modules/.bin".into()));
        assert_eq!(around("/nowhere/run"), None);
    }

    #[test]
    fn what_a_program_needs_counts() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(MODULES).join(path);
        let put = |name: &str, version: u8, more: &str| {
            fs::create_dir_all(at(name)).unwrap();
            fs::write(at(name).join("package.json"), format!("{{\"version\": \"{version}.0.0\"{more}}}")).unwrap();
        };
        let needs = ", \"bin\": \"run.js\", \"dependencies\": {\"inner\": \"*\"}";
        put("tool", 1, needs);
        put("inner", 1, "");
        put("other", 1, "");
        fs::write(at("tool/run.js"), "").unwrap();
        fs::create_dir_all(at(".bin")).unwrap();
        symlink("../tool/run.js", at(".bin/run")).unwrap();
        let programs = |declared: &Declared| InstalledPackages::new(folder.path()).programs(declared);
        let nothing = Declared::default();
        let before = programs(&nothing);
        put("other", 2, "");
        assert_eq!(programs(&nothing), before);
        put("inner", 2, "");
        let after = programs(&nothing);
        assert_ne!(after, before);
        // A script that leads to it, as pnpm writes them.
        fs::remove_file(at(".bin/run")).unwrap();
        fs::write(at(".bin/run"), "node ../tool/run.js").unwrap();
        let declared = Declared { dependencies: [("tool".to_owned(), "*".to_owned())].into(), ..Declared::default() };
        let by_script = programs(&declared);
        put("inner", 3, "");
        assert_ne!(programs(&declared), by_script);
        // Plug'n'Play has no folders to look at.
        fs::write(folder.path().join(".pnp.cjs"), "one").unwrap();
        let by_map = programs(&declared);
        fs::write(folder.path().join("yarn.lock"), "another").unwrap();
        assert_ne!(programs(&declared), by_map);
    }
}
