//! Packages of components that a package manager left in node_modules, and that nothing depends on any more: yarn 1 leaves
//! all of them when the last dependency goes. They would hide the versions that are needed there.

use super::content::first_difference;
use super::folders::{json, packages_in, take_away};
use crate::model::{PackageName, VersionId};
use crate::ops::Workspace;
use crate::scope::Known;
use crate::workspace::installed_component;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a package is named that something depends on: by people, by bit and by package managers.
const RECORDS: [&str; 11] = [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-workspace.yaml",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "node_modules/.package-lock.json",
    "node_modules/.yarn-integrity",
    "node_modules/.yarn-state.yml",
];
/// Where an installed package says what it needs.
const NEEDS: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

/// The packages that are left over: no record names them, nothing installed needs them, and each is what the version in
/// the local scope is, so that nothing is lost with it.
pub fn leftovers(workspace: &Workspace, known: &Known) -> Result<Vec<VersionId>> {
    let root = &workspace.layout.root;
    let modules = root.join("node_modules");
    let mut found: BTreeMap<PathBuf, VersionId> = BTreeMap::new();
    for folder in packages_in(&modules) {
        // Links have none: of thousands of them nothing else is read.
        if !folder.join("component.json").is_file() {
            continue;
        }
        let Some(id) = installed_component(&folder) else { continue };
        if folder == place_of(root, &id) {
            found.insert(folder, id);
        }
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let records: Vec<Vec<u8>> = RECORDS.iter().filter_map(|name| fs::read(root.join(name)).ok()).collect();
    found.retain(|_, id| !records.iter().any(|record| names(record, PackageName::of(&id.id).as_str())));
    let mut leftovers = Vec::new();
    for (folder, id) in without_needed(&modules, found) {
        let Some(commit) = known.commit(&id.id, &id.version) else { continue };
        if first_difference(workspace.scope.repo(), &id, commit, &folder)?.is_none() {
            leftovers.push(id);
        }
    }
    Ok(leftovers)
}

/// Removes them; which ones.
pub fn remove_leftovers(workspace: &Workspace, known: &Known) -> Result<Vec<VersionId>> {
    let leftovers = leftovers(workspace, known)?;
    let root = &workspace.layout.root;
    leftovers.iter().try_for_each(|id| remove(root, &place_of(root, id)))?;
    Ok(leftovers)
}

/// Removes the package of a component whose source came in its place: this very version, which package.json had named.
/// It goes though it be changed, or something installed want it in a range, which the source then is for. Says whether
/// it was that.
pub fn remove_replaced(root: &Path, id: &VersionId) -> Result<bool> {
    let place = place_of(root, id);
    let is_real = fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
    if !is_real || installed_component(&place).as_ref() != Some(id) {
        return Ok(false);
    }
    remove(root, &place).map(|()| true)
}

fn place_of(root: &Path, id: &VersionId) -> PathBuf {
    root.join("node_modules").join(PackageName::of(&id.id).as_str())
}

fn remove(root: &Path, place: &Path) -> Result<()> {
    take_away(root, place).with_context(|| format!("could not remove {}", place.display()))
}

/// Whether a text names a package, and not one whose name only begins like it.
pub(super) fn names(text: &[u8], package: &str) -> bool {
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~');
    let length = package.len();
    let at =
        |(start, part): (usize, &[u8])| part == package.as_bytes() && !text.get(start + length).is_some_and(goes_on);
    text.windows(length).enumerate().any(at)
}

/// Those that nothing needs but others of them.
fn without_needed(modules: &Path, mut found: BTreeMap<PathBuf, VersionId>) -> BTreeMap<PathBuf, VersionId> {
    loop {
        let mut needed = Vec::new();
        note_needed(modules, &found, &mut needed);
        let before = found.len();
        found.retain(|_, id| !needed.iter().any(|name| name == PackageName::of(&id.id).as_str()));
        if found.len() == before {
            return found;
        }
    }
}

/// What the installed packages need, but for these.
fn note_needed(modules: &Path, but_for: &BTreeMap<PathBuf, VersionId>, needed: &mut Vec<String>) {
    for folder in packages_in(modules) {
        if but_for.contains_key(&folder) {
            continue;
        }
        let own = json(&folder.join("package.json")).unwrap_or_default();
        let sections = NEEDS.iter().filter_map(|section| own[*section].as_object());
        needed.extend(sections.flat_map(|section| section.keys().cloned()));
        note_needed(&folder.join("node_modules"), but_for, needed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_goes_on_is_another_one() {
        for text in ["\"@o/s.x\"", "@o/s.x@file:./a", "node_modules/@o/s.x", "@o/s.xy @o/s.x:"] {
            assert!(names(text.as_bytes(), "@o/s.x"), "{text}");
        }
        assert!(!names(b"@o/s.x2 @o/s.x.y @o/s.x-z", "@o/s.x"));
    }

    #[test]
    fn what_only_leftovers_need_is_one_too() {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path().join("node_modules");
        let put = |place: &str, needs: &str| {
            fs::create_dir_all(modules.join(place)).unwrap();
            fs::write(modules.join(place).join("package.json"), format!("{{\"dependencies\": {{{needs}}}}}")).unwrap();
        };
        put("@o/s.a", "\"@o/s.b\": \"1.0.0\"");
        put("@o/s.b", "");
        put("@o/s.c", "\"@o/s.d\": \"1.0.0\"");
        put("@o/s.d", "");
        put("plain/node_modules/deep", "\"@o/s.c\": \"^1.0.0\"");
        put("plain", "");
        let id = |name: &str| format!("o.s/{name}@1.0.0").parse::<VersionId>().unwrap();
        let found = ["a", "b", "c", "d"].map(|name| (modules.join(format!("@o/s.{name}")), id(name)));
        let left: Vec<VersionId> = without_needed(&modules, found.into()).into_values().collect();
        assert_eq!(left, [id("a"), id("b")]);
    }
}
