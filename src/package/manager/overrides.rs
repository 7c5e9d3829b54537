//! How each package manager is told that the packages which packages need come from elsewhere than a registry.

use super::{Kind, Manager};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One version of a package that does not come from a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Where it comes from: `file:./vendor/…`, `git+https://…#…`.
    pub spec: String,
    /// The other ones that it needs.
    pub needs: Vec<Needed>,
    /// Whether the workspace's own package.json depends on this very version.
    pub is_direct: bool,
}

/// A package that another one needs, at exactly this version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needed {
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
}

/// Where overrides are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In package.json, under these keys.
    PackageJson(&'static [&'static str]),
    /// In pnpm-workspace.yaml.
    PnpmWorkspace,
}

/// Where a manager reads overrides. pnpm 10 knows both places, and passes over package.json where the other one has some.
pub fn place(manager: &Manager, root: &Path) -> Place {
    match manager.kind {
        Kind::Npm | Kind::Bun => Place::PackageJson(&["overrides"]),
        Kind::YarnClassic | Kind::YarnBerry => Place::PackageJson(&["resolutions"]),
        Kind::Pnpm if manager.version.major >= 11 || yaml_has_overrides(root) => Place::PnpmWorkspace,
        Kind::Pnpm => Place::PackageJson(&["pnpm", "overrides"]),
    }
}

fn yaml_has_overrides(root: &Path) -> bool {
    let text = std::fs::read_to_string(root.join("pnpm-workspace.yaml")).unwrap_or_default();
    text.lines().any(|line| line.starts_with("overrides:"))
}

/// The overrides for all of these, in the order in which they have to stand: npm takes the first of a package's for a
/// dependency that is a file, whichever version its key names, and refuses if that is not the file of the dependency.
pub fn overrides(kind: Kind, all: &[Pinned]) -> Vec<(String, String)> {
    match kind {
        Kind::YarnClassic => paths(all),
        Kind::YarnBerry => keyed(all, "@npm:"),
        Kind::Npm | Kind::Pnpm | Kind::Bun => keyed(all, "@"),
    }
}

fn keyed(all: &[Pinned], at: &str) -> Vec<(String, String)> {
    let needed: BTreeSet<&str> = all.iter().flat_map(|one| &one.needs).map(|need| need.package.as_str()).collect();
    let mut pinned: Vec<&Pinned> = all.iter().filter(|one| needed.contains(one.package.as_str())).collect();
    pinned.sort_by_key(|one| (&one.package, !one.is_direct, &one.version));
    pinned.into_iter().map(|one| (format!("{}{at}{}", one.package, one.version), one.spec.clone())).collect()
}

/// Yarn 1 knows no versions here, only ways: `**/parent/child`. Where two versions of the parent need different children,
/// the way begins further up.
fn paths(all: &[Pinned]) -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    let key = |package: &str, version: &str| (package.to_owned(), version.to_owned());
    let by_key: BTreeMap<_, &Pinned> = all.iter().map(|one| (key(&one.package, &one.version), one)).collect();
    for parent in all {
        for need in &parent.needs {
            let Some(child) = by_key.get(&key(&need.package, &need.version)) else { continue };
            for way in ways_to(all, parent, &need.package, &mut Vec::new()) {
                found.insert(format!("**/{way}/{}", need.package), child.spec.clone());
            }
        }
    }
    // Of two ways that both fit, yarn takes the first: the longer one says more.
    let mut found: Vec<(String, String)> = found.into_iter().collect();
    found.sort_by_key(|(way, _)| std::cmp::Reverse(way.matches('/').count()));
    found
}

/// The shortest ways that lead to this version of a package and to no other that needs another version of the child.
fn ways_to(all: &[Pinned], parent: &Pinned, child: &str, below: &mut Vec<(String, String)>) -> Vec<String> {
    let wanted = |one: &Pinned| one.needs.iter().find(|need| need.package == child).map(|need| need.version.clone());
    let mut same = all.iter().filter(|one| one.package == parent.package);
    let here = (parent.package.clone(), parent.version.clone());
    if parent.is_direct || same.all(|one| wanted(one) == wanted(parent)) || below.contains(&here) {
        return vec![parent.package.clone()];
    }
    below.push(here);
    let mut ways = Vec::new();
    for above in all
        .iter()
        .filter(|one| one.needs.iter().any(|need| need.package == parent.package && need.version == parent.version))
    {
        let above = ways_to(all, above, &parent.package, below);
        ways.extend(above.into_iter().map(|way| format!("{way}/{}", parent.package)));
    }
    below.pop();
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pinned(id: &str, needs: &[&str], is_direct: bool) -> Pinned {
        let split = |id: &str| id.rsplit_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let (package, version) = split(id);
        let spec = format!("file:./vendor/{id}.tgz");
        let need = |id: &&str| {
            let (package, version) = split(id);
            Needed { package, version }
        };
        Pinned { package, version, spec, needs: needs.iter().map(need).collect(), is_direct }
    }

    fn keys(kind: Kind, all: &[Pinned]) -> Vec<String> {
        overrides(kind, all).into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn the_version_that_package_json_has_comes_first() {
        let all = [
            pinned("@o/s.dep@1.0.0", &[], false),
            pinned("@o/s.dep@2.0.0", &[], true),
            pinned("@o/s.top@1.0.0", &["@o/s.dep@1.0.0"], true),
        ];
        assert_eq!(keys(Kind::Npm, &all), ["@o/s.dep@2.0.0", "@o/s.dep@1.0.0"]);
        assert_eq!(keys(Kind::YarnBerry, &all), ["@o/s.dep@npm:2.0.0", "@o/s.dep@npm:1.0.0"]);
        assert_eq!(keys(Kind::YarnClassic, &all), ["**/@o/s.top/@o/s.dep"]);
    }

    #[test]
    fn two_versions_of_a_parent_are_told_apart_by_the_way_to_them() {
        let all = [
            pinned("@o/dep@1.0.0", &[], false),
            pinned("@o/dep@2.0.0", &[], false),
            pinned("@o/mid@1.0.0", &["@o/dep@1.0.0"], false),
            pinned("@o/mid@2.0.0", &["@o/dep@2.0.0"], false),
            pinned("@o/a@1.0.0", &["@o/mid@1.0.0"], true),
            pinned("@o/b@1.0.0", &["@o/mid@2.0.0"], true),
        ];
        let expected = ["**/@o/a/@o/mid/@o/dep", "**/@o/b/@o/mid/@o/dep", "**/@o/a/@o/mid", "**/@o/b/@o/mid"];
        assert_eq!(keys(Kind::YarnClassic, &all), expected);
    }
}
