//! How each package manager is told that the packages which packages need come from elsewhere than a registry.

use super::{Kind, Manager, detect};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One version of a package that does not come from a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pinned {
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Where it comes from: `file:./vendor/…`, `git+https://…#…`.
    pub spec: String,
    /// The other ones that it needs.
    pub needs: Vec<Needed>,
    /// The peers whose source the workspace has: that is what it is to find.
    pub peers_here: Vec<Needed>,
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

/// A package from a registry that needs another one from there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfRegistry {
    /// The package.
    pub package: String,
    /// What it needs.
    pub needs: Needed,
}

/// Where overrides are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In package.json, under these keys.
    PackageJson(&'static [&'static str]),
    /// In pnpm-workspace.yaml.
    PnpmWorkspace,
}

/// Where a manager reads overrides. pnpm 10 knows both places, and passes over pnpm-workspace.yaml where package.json has
/// any: so ours follow those of a person, and never put others out of force.
pub fn place(manager: &Manager, root: &Path, is_ours: &dyn Fn(&str, &str) -> bool) -> Place {
    match manager.kind {
        Kind::Npm | Kind::Bun => Place::PackageJson(&["overrides"]),
        Kind::YarnClassic | Kind::YarnBerry => Place::PackageJson(&["resolutions"]),
        Kind::Pnpm if manager.version.major >= 11 => Place::PnpmWorkspace,
        Kind::Pnpm if yaml_has_overrides(root) && !detect::has_overrides(root, is_ours) => Place::PnpmWorkspace,
        Kind::Pnpm => Place::PackageJson(&["pnpm", "overrides"]),
    }
}

fn yaml_has_overrides(root: &Path) -> bool {
    let text = std::fs::read_to_string(root.join("pnpm-workspace.yaml")).unwrap_or_default();
    text.lines().any(|line| ["overrides:", "'overrides':", "\"overrides\":"].iter().any(|key| line.starts_with(key)))
}

/// The overrides for all of these, in the order in which they have to stand: npm takes the first of a package's for a
/// dependency that is a file, whichever version its key names, and refuses if that is not the file of the dependency.
pub fn overrides(kind: Kind, all: &[Pinned], beside: &[OfRegistry]) -> Vec<(String, String)> {
    match kind {
        Kind::YarnClassic => paths(all, beside),
        Kind::YarnBerry => keyed(all, "@npm:", Peers::NobodyBrings),
        Kind::Npm | Kind::Bun => keyed(all, "@", Peers::AreBrought),
        Kind::Pnpm => [keyed(all, "@", Peers::NobodyBrings), without_peers(all)].concat(),
    }
}

/// What pnpm is told of a peer that it is not to bring: where it looks for it then, the workspace's own is found. npm and
/// bun know no such word.
const NOT_AT_ALL: &str = "-";

/// What tells pnpm that a package's peer is here.
fn without_peers(all: &[Pinned]) -> Vec<(String, String)> {
    let key = |one: &Pinned, peer: &Needed| format!("{}@{}>{}", one.package, one.version, peer.package);
    let each = |one: &Pinned| one.peers_here.iter().map(|peer| (key(one, peer), NOT_AT_ALL.to_owned())).collect();
    all.iter().flat_map::<Vec<_>, _>(each).collect()
}

/// The packages of an override that keeps a peer out: whose it is, and the peer's own.
pub fn kept_out<'k>(key: &'k str, spec: &str) -> Option<(&'k str, &'k str)> {
    let (parent, child) = key.split_once('>').filter(|_| spec == NOT_AT_ALL)?;
    let (parent, version) = parent.rsplit_once('@')?;
    semver::Version::parse(version).ok().map(|_| (parent, child))
}

/// Whether a manager installs peers by itself, also those whose source is here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Peers {
    AreBrought,
    NobodyBrings,
}

fn keyed(all: &[Pinned], at: &str, peers: Peers) -> Vec<(String, String)> {
    let brought = all.iter().filter(|_| peers == Peers::AreBrought).flat_map(|one| &one.peers_here);
    let needed = all.iter().flat_map(|one| &one.needs).chain(brought);
    let needed: BTreeSet<&str> = needed.map(|need| need.package.as_str()).collect();
    let mut pinned: Vec<&Pinned> = all.iter().filter(|one| needed.contains(one.package.as_str())).collect();
    pinned.sort_by_key(|one| (&one.package, !one.is_direct, &one.version));
    pinned.into_iter().map(|one| (format!("{}{at}{}", one.package, one.version), one.spec.clone())).collect()
}

/// Yarn 1 knows no versions here, only names: `**/parent/child`. It looks for what a package needs that an override
/// brought as if that stood at the top, so a longer way never fits. Where two versions of the parent need different
/// versions of the child, be it one from a registry, no way tells them apart: see [`locked`].
fn paths(all: &[Pinned], beside: &[OfRegistry]) -> Vec<(String, String)> {
    let edges = edges(all);
    let unambiguous = edges.iter().filter(|(names, versions)| !is_ambiguous(**names, versions, beside));
    let path = |((parent, child), specs): (&(&str, &str), &BTreeSet<&Pinned>)| {
        let spec = specs.first().map(|one| one.spec.clone())?;
        Some((format!("**/{parent}/{child}"), spec))
    };
    unambiguous.filter_map(path).collect()
}

/// The versions that yarn 1 can be told of by its lockfile alone.
pub fn locked<'p>(all: &'p [Pinned], beside: &[OfRegistry]) -> Vec<&'p Pinned> {
    let several = edges(all).into_iter().filter(|(names, versions)| is_ambiguous(*names, versions, beside));
    several.flat_map(|(_, versions)| versions).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether the names of a package and of what it needs mean more than one version of the latter.
fn is_ambiguous((parent, child): (&str, &str), versions: &BTreeSet<&Pinned>, beside: &[OfRegistry]) -> bool {
    let is_other = |one: &OfRegistry| {
        let is_same = one.package == parent && one.needs.package == child;
        is_same && versions.iter().all(|version| version.version != one.needs.version)
    };
    versions.len() > 1 || beside.iter().any(is_other)
}

/// What versions of one package need of another one: by the names of both.
fn edges(all: &[Pinned]) -> BTreeMap<(&str, &str), BTreeSet<&Pinned>> {
    let by_key: BTreeMap<_, &Pinned> = all.iter().map(|one| ((&*one.package, &*one.version), one)).collect();
    let mut edges: BTreeMap<_, BTreeSet<&Pinned>> = BTreeMap::new();
    for parent in all {
        let needed = parent.needs.iter().filter_map(|need| by_key.get(&(&*need.package, &*need.version)));
        for child in needed {
            edges.entry((&*parent.package, &*child.package)).or_default().insert(child);
        }
    }
    edges
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
        Pinned { package, version, spec, needs: needs.iter().map(need).collect(), peers_here: Vec::new(), is_direct }
    }

    fn keys(kind: Kind, all: &[Pinned]) -> Vec<String> {
        overrides(kind, all, &[]).into_iter().map(|(key, _)| key).collect()
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
    fn pnpm_10_reads_one_place_of_two() {
        let folder = tempfile::tempdir().unwrap();
        let is_ours = |_: &str, spec: &str| spec.starts_with("file:");
        let place_of = |package: &str, yaml: &str, version: &str| {
            std::fs::write(folder.path().join("package.json"), package).unwrap();
            std::fs::write(folder.path().join("pnpm-workspace.yaml"), yaml).unwrap();
            let manager = Manager { kind: Kind::Pnpm, version: version.parse().unwrap() };
            place(&manager, folder.path(), &is_ours)
        };
        let package = Place::PackageJson(&["pnpm", "overrides"]);
        let some = "\"overrides\":\n  ms: 2.1.3\n";
        assert_eq!(place_of("{}", "packages: []\n", "10.34.9"), package);
        assert_eq!(place_of("{}", some, "10.34.9"), Place::PnpmWorkspace);
        for theirs in [r#"{"pnpm": {"overrides": {"ms": "2.1.2"}}}"#, r#"{"resolutions": {"ms": "2.1.2"}}"#] {
            assert_eq!(place_of(theirs, some, "10.34.9"), package);
            assert_eq!(place_of(theirs, "", "12.0.0"), Place::PnpmWorkspace);
        }
        let ours = r#"{"pnpm": {"overrides": {"@o/a@1.0.0": "file:./vendor/bit/o/a/1.0.0.tgz"}}}"#;
        assert_eq!(place_of(ours, some, "10.34.9"), Place::PnpmWorkspace);
    }

    #[test]
    fn where_two_versions_of_a_parent_need_two_of_a_child_the_lockfile_tells_them_apart() {
        let all = [
            pinned("@o/dep@1.0.0", &[], false),
            pinned("@o/dep@2.0.0", &[], false),
            pinned("@o/mid@1.0.0", &["@o/dep@1.0.0"], false),
            pinned("@o/mid@2.0.0", &["@o/dep@2.0.0"], false),
            pinned("@o/a@1.0.0", &["@o/mid@1.0.0"], true),
            pinned("@o/b@1.0.0", &["@o/mid@2.0.0", "@o/dep@1.0.0"], true),
        ];
        assert_eq!(keys(Kind::YarnClassic, &all), ["**/@o/a/@o/mid", "**/@o/b/@o/dep", "**/@o/b/@o/mid"]);
        assert_eq!(locked(&all, &[]), [&all[0], &all[1]]);
        assert!(locked(&all[2..], &[]).is_empty());
    }
}
