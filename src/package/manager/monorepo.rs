//! Monorepos around a workspace: a package manager called in a member works for the folder further up that lists it. It
//! reads overrides there, keeps the lockfile there, and puts packages into the node_modules there.

use super::detect::package_json;
use super::{Kind, Manager};
use crate::disk;
use globset::GlobBuilder;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

const PNPM_WORKSPACE: &str = "pnpm-workspace.yaml";

/// A folder further up for which a package manager works when it is called in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monorepo {
    /// The folder.
    pub root: PathBuf,
    /// The file there that says so.
    pub file: &'static str,
}

/// The monorepo of which this folder is a member, or would be with a package.json.
pub fn monorepo_around(root: &Path, manager: &Manager) -> Option<Monorepo> {
    match manager.kind {
        Kind::Pnpm => around_for_pnpm(root, manager),
        // The folder with a lockfile is the project.
        Kind::YarnBerry if root.join("yarn.lock").exists() => None,
        Kind::Npm | Kind::YarnClassic | Kind::YarnBerry | Kind::Bun => {
            let outer = root.ancestors().skip(1).find(|outer| lists(&workspaces_of(outer), outer, root))?;
            Some(Monorepo { root: outer.to_owned(), file: "package.json" })
        }
    }
}

/// pnpm takes the nearest file. Before 11 the folder that has it keeps the lockfile of members and of all others, too.
fn around_for_pnpm(root: &Path, manager: &Manager) -> Option<Monorepo> {
    let outer = root.ancestors().find(|folder| folder.join(PNPM_WORKSPACE).exists()).filter(|outer| *outer != root)?;
    let text = || {
        let bytes = disk::read_optional(&outer.join(PNPM_WORKSPACE)).ok().flatten().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let is_member = manager.version.major < 11 || lists(&packages_in(&text()), outer, root);
    is_member.then(|| Monorepo { root: outer.to_owned(), file: PNPM_WORKSPACE })
}

/// Whether patterns of a folder name another one below it.
fn lists(patterns: &[String], outer: &Path, member: &Path) -> bool {
    let Ok(folder) = member.strip_prefix(outer) else { return false };
    // As package managers do: `packages/**` is `packages` too.
    let file = folder.join("package.json");
    let names = |pattern: &str| {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        let glob = GlobBuilder::new(&format!("{pattern}/package.json")).literal_separator(true).build();
        glob.is_ok_and(|glob| glob.compile_matcher().is_match(&file))
    };
    let is_out = patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')).any(names);
    !is_out && patterns.iter().any(|pattern| names(pattern))
}

/// The folders of a monorepo's members, from its root: those below it that have a package.json, whichever package manager
/// has them as members.
pub fn members(root: &Path) -> Vec<PathBuf> {
    let text = disk::read_optional(&root.join(PNPM_WORKSPACE)).ok().flatten().unwrap_or_default();
    let lists_of = [workspaces_of(root), packages_in(&String::from_utf8_lossy(&text))];
    let depth = |pattern: &String| if pattern.contains("**") { usize::MAX } else { pattern.split('/').count() };
    let mut found = Vec::new();
    if let Some(depth) = lists_of.iter().flatten().map(depth).max() {
        let is_member = |folder: &Path| lists_of.iter().any(|patterns| lists(patterns, root, folder));
        collect_members(root, depth, &is_member, &mut found);
    }
    found.into_iter().filter_map(|folder| Some(folder.strip_prefix(root).ok()?.to_owned())).collect()
}

/// The members below a folder, so many steps far.
fn collect_members(folder: &Path, depth: usize, is_member: &dyn Fn(&Path) -> bool, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let is_walked = |name: &OsStr| name != "node_modules" && name != ".git";
    for inner in folders.filter(|entry| is_walked(&entry.file_name())).map(|entry| entry.path()) {
        if inner.join("package.json").is_file() && is_member(&inner) {
            found.push(inner.clone());
        }
        if depth > 1 {
            collect_members(&inner, depth - 1, is_member, found);
        }
    }
}

/// What package.json says of members: a list, or one within an object.
fn workspaces_of(folder: &Path) -> Vec<String> {
    let package = package_json(folder).unwrap_or_default();
    let list = package.get("workspaces").map(|all| all.get("packages").unwrap_or(all));
    let patterns = list.and_then(Value::as_array).into_iter().flatten();
    patterns.filter_map(|pattern| pattern.as_str().map(str::to_owned)).collect()
}

/// The list `packages` of a pnpm-workspace.yaml, one a line or in brackets.
fn packages_in(text: &str) -> Vec<String> {
    let keys = ["packages:", "'packages':", "\"packages\":"];
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(|line| line.split(" #").next().unwrap_or(line));
    let Some(behind) = lines.find_map(|line| keys.iter().find_map(|key| line.strip_prefix(key))) else {
        return Vec::new();
    };
    let is_inside = |line: &&str| line.trim().is_empty() || line.starts_with([' ', '\t', '-', '#', ']']);
    let block: Vec<&str> = std::iter::once(behind).chain(lines.take_while(is_inside)).map(str::trim).collect();
    let block: Vec<&str> = block.into_iter().filter(|line| !line.starts_with('#')).collect();
    let items: Vec<&str> = match block.concat().starts_with('[') {
        true => block.iter().flat_map(|line| line.split([',', '[', ']'])).collect(),
        false => block.iter().filter_map(|line| line.strip_prefix('-')).collect(),
    };
    items
        .into_iter()
        .map(|item| item.trim().trim_matches(['\'', '"']).to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(kind: Kind, version: &str) -> Manager {
        Manager { kind, version: version.parse().unwrap() }
    }

    /// Whether `packages/site` is a member, of what this file at the top says.
    fn is_member(file: &str, text: &str, manager: &Manager) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("packages/site");
        fs::create_dir_all(&site).unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let found = monorepo_around(&site, manager);
        assert!(found.as_ref().is_none_or(|found| found.root == folder.path() && found.file == file));
        found.is_some()
    }

    #[test]
    fn workspaces_of_package_json_name_members() {
        let npm = manager(Kind::Npm, "12.2.0");
        let says = |workspaces: &str| is_member("package.json", &format!("{{\"workspaces\": {workspaces}}}"), &npm);
        for yes in ["[\"packages/*\"]", "[\"./packages/site/\"]", "[\"packages/site/**\"]", "{\"packages\": [\"**\"]}"]
        {
            assert!(says(yes), "{yes}");
        }
        for no in ["[\"packages\"]", "[\"*\"]", "[\"packages/*\", \"!packages/site\"]", "[]", "7", "[\"{\"]"] {
            assert!(!says(no), "{no}");
        }
        assert!(!is_member("package.json", "{\"workspaces\": [\"packages/*\"]}", &manager(Kind::Pnpm, "12.0.0")));
        assert!(!is_member("package.json", "{", &npm));
    }

    #[test]
    fn packages_of_pnpm_name_members() {
        let says = |text: &str| is_member(PNPM_WORKSPACE, text, &manager(Kind::Pnpm, "12.21.0"));
        let yes = [
            "packages:\n  - 'packages/*'\n",
            "# ours\r\n\"packages\":\r\n- libs/* # first\r\n\r\n# then\r\n- \"packages/**\"\r\ncatalog: {}\r\n",
            "packages: ['libs/*', \"packages/*\"]\n",
            "packages: [\n  libs/*,\n  packages/*\n]\n",
        ];
        yes.iter().for_each(|text| assert!(says(text), "{text:?}"));
        let no =
            ["", "packages: []\n", "packages:\n  - libs/*\nother:\n  - packages/*\n", "# packages:\n#  - packages/*\n"];
        no.iter().for_each(|text| assert!(!says(text), "{text:?}"));
        assert!(is_member(PNPM_WORKSPACE, "packages:\n  - libs/*\n", &manager(Kind::Pnpm, "10.34.9")));
    }

    #[test]
    fn members_are_found_by_the_patterns_of_both_files() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
            fs::write(folder.path().join(path), text).unwrap();
        };
        let found = || {
            let mut found = members(folder.path());
            found.sort();
            found.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>()
        };
        for member in
            ["packages/a", "packages/a/inner", "packages/a/node_modules/x", "libs/b/deep/er", "tool", "packages/no"]
        {
            put(&format!("{member}/package.json"), "{}");
        }
        put("packages/empty/index.js", "");
        assert!(found().is_empty());
        put("package.json", "{\"workspaces\": [\"./packages/*\", \"tool/\", \"!packages/no\"]}");
        assert_eq!(found(), ["packages/a", "tool"]);
        put(PNPM_WORKSPACE, "packages:\n  - libs/**\n");
        assert_eq!(found(), ["libs/b/deep/er", "packages/a", "tool"]);
        put("package.json", "{\"workspaces\": [\"packages/**\"]}");
        assert_eq!(found(), ["libs/b/deep/er", "packages/a", "packages/a/inner", "packages/no"]);
    }

    #[test]
    fn a_folder_that_is_a_root_of_its_own_is_no_member() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("packages/site");
        fs::create_dir_all(&site).unwrap();
        fs::write(folder.path().join("package.json"), "{\"workspaces\": [\"packages/*\"]}").unwrap();
        fs::write(folder.path().join(PNPM_WORKSPACE), "packages: ['packages/*']").unwrap();
        let (pnpm, yarn) = (manager(Kind::Pnpm, "10.34.9"), manager(Kind::YarnBerry, "4.18.1"));
        assert!(monorepo_around(&site, &pnpm).is_some() && monorepo_around(&site, &yarn).is_some());
        fs::write(site.join(PNPM_WORKSPACE), "packages: []").unwrap();
        fs::write(site.join("yarn.lock"), "").unwrap();
        assert_eq!((monorepo_around(&site, &pnpm), monorepo_around(&site, &yarn)), (None, None));
        assert!(monorepo_around(&site, &manager(Kind::YarnClassic, "1.22.22")).is_some());
    }
}
