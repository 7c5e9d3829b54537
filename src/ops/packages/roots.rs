//! The components that package.json depends on as packages, and how it says so.

use super::members::named_by_members;
use crate::model::{ComponentId, ComponentName, PackageName, ScopeName, Version, VersionId};
use crate::ops::Workspace;
use crate::package::manager::kept_out;
use crate::scope::Known;
use crate::workspace::DependencyFiles;
use anyhow::Result;
use std::collections::HashMap;

/// Where archives stand, from the workspace's root.
pub(super) const VENDOR: &str = "vendor/bit";

/// Where a component's package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Way {
    /// An archive in `vendor/bit`.
    #[default]
    Vendor,
    /// Its scope, by git.
    Git,
    /// A registry.
    Registry,
}

/// A component whose package the workspace depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// Which one, at which version.
    pub id: VersionId,
    /// Where it comes from.
    pub way: Way,
}

/// The archive of a version, from the workspace's root.
pub(super) fn archive_path(id: &VersionId) -> String {
    format!("{VENDOR}/{}/{}/{}.tgz", id.id.scope, id.id.name, id.version)
}

/// What package.json says of an archive.
pub(super) fn archive_spec(id: &VersionId) -> String {
    format!("file:./{}", archive_path(id))
}

/// The version that an archive's path names.
pub(super) fn version_of_archive(path: &str) -> Option<VersionId> {
    let (scope, rest) = path.strip_prefix(VENDOR)?.strip_prefix('/')?.split_once('/')?;
    let (name, file) = rest.rsplit_once('/')?;
    let version: Version = file.strip_suffix(".tgz")?.parse().ok()?;
    Some(ComponentId::new(scope.parse().ok()?, name.parse().ok()?).at(version))
}

/// Whether a place is an archive of ours.
pub(super) fn is_archive(spec: &str) -> bool {
    let path = spec.strip_prefix("file:").map(|path| path.strip_prefix("./").unwrap_or(path));
    path.and_then(version_of_archive).is_some()
}

/// Whether an override is one of ours. A word that names no place is one only where it speaks of components.
pub(super) fn is_ours(key: &str, spec: &str, components: &Packages) -> bool {
    let is_kept_out = || {
        let found = kept_out(key, spec);
        found.is_some_and(|(whose, peer)| [whose, peer].iter().all(|package| components.contains_key(*package)))
    };
    is_archive(spec) || by_git(package_of_key(key), spec).is_some() || is_kept_out()
}

/// The packages of the components that are known here.
pub(super) type Packages = HashMap<String, ComponentId>;

/// Lists them.
pub(super) fn packages_of(workspace: &Workspace, known: &Known) -> Packages {
    let here = workspace.bitmap.entries().map(|entry| entry.id());
    known.components.keys().cloned().chain(here).map(|id| (PackageName::of(&id).to_string(), id)).collect()
}

/// The package that a key of overrides is about: `**/@o/a/@o/b`, `@o/b@npm:1.0.0`.
fn package_of_key(key: &str) -> &str {
    let start = key.rfind("/@").map_or(0, |at| at + 1);
    let package = &key[start..];
    package[1.min(package.len())..].find('@').map_or(package, |at| &package[..at + 1])
}

/// What a dependency names, if it is a component by one of our ways. A plain version is one only where the component is
/// known here.
pub(super) fn root_of(package: &str, spec: &str, known: &Packages) -> Option<Root> {
    if let Some(path) = spec.strip_prefix("file:") {
        let id = version_of_archive(path.strip_prefix("./").unwrap_or(path))?;
        return (PackageName::of(&id.id).as_str() == package).then_some(Root { id, way: Way::Vendor });
    }
    if let Some(id) = by_git(package, spec) {
        return Some(Root { id, way: Way::Git });
    }
    let id = known.get(package)?.at(spec.parse().ok()?);
    Some(Root { id, way: Way::Registry })
}

/// `git+https://host/scope.git#ui/button@1.0.0`, of the package that this component is.
fn by_git(package: &str, spec: &str) -> Option<VersionId> {
    let (_, fragment) = spec.strip_prefix("git+").and_then(|rest| rest.rsplit_once('#'))?;
    let (name, version) = fragment.rsplit_once('@')?;
    let (name, version): (ComponentName, Version) = (name.parse().ok()?, version.parse().ok()?);
    let prefix = package.strip_suffix(&name.as_str().replace('/', "."))?;
    let scope = match prefix.strip_suffix('.') {
        Some(scope) => scope.strip_prefix('@')?.replacen('/', ".", 1),
        None => prefix.strip_prefix('@')?.strip_suffix('/')?.to_owned(),
    };
    let id = ComponentId::new(ScopeName::new(&scope).ok()?, name).at(version);
    (PackageName::of(&id.id).as_str() == package).then_some(id)
}

/// The components that package.json depends on, sorted.
pub fn declared_roots(workspace: &Workspace, known: &Known, files: &DependencyFiles) -> Result<Vec<Root>> {
    let packages = packages_of(workspace, known);
    let declared = files.declared()?;
    let mut roots: Vec<Root> = declared.iter().filter_map(|one| root_of(&one.package, &one.spec, &packages)).collect();
    roots.sort();
    roots.dedup();
    Ok(roots)
}

/// The components of the workspace that package.json depends on as packages that come from elsewhere.
pub fn in_package_json(workspace: &Workspace) -> Result<Vec<ComponentId>> {
    let declared = DependencyFiles::read(&workspace.layout.root)?.declared()?;
    let is_elsewhere = |spec: &str| !["workspace:", "link:", "portal:"].iter().any(|here| spec.starts_with(here));
    let is_declared = |id: &ComponentId| {
        let package = PackageName::of(id);
        declared.iter().any(|one| one.package == package.as_str() && is_elsewhere(&one.spec))
    };
    Ok(workspace.bitmap.entries().map(|entry| entry.id()).filter(is_declared).collect())
}

/// The roots whose versions are not in the local scope, and those whose archives members of a monorepo name: a fresh clone of the team's repository has the archives, and not
/// what they were made of.
pub fn without_versions(workspace: &Workspace) -> Result<Vec<VersionId>> {
    let known = workspace.scope.known()?;
    let files = DependencyFiles::read(&workspace.layout.root)?;
    let roots = declared_roots(workspace, &known, &files)?;
    let is_missing = |id: &VersionId| known.commit(&id.id, &id.version).is_none();
    let mut to_bring = named_by_members(&workspace.layout.root)?;
    to_bring.extend(roots.into_iter().filter(|root| root.way != Way::Registry).map(|root| root.id));
    Ok(to_bring.into_iter().filter(is_missing).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> VersionId {
        text.parse().unwrap()
    }

    #[test]
    fn an_archive_says_which_version_it_is() {
        for text in ["my-org.ui/forms/input@1.0.0-rc.1", "my-scope/button@0.0.1"] {
            let spec = archive_spec(&id(text));
            let package = PackageName::of(&id(text).id).to_string();
            let root = root_of(&package, &spec, &HashMap::new()).unwrap();
            assert_eq!((root.id, root.way), (id(text), Way::Vendor));
            assert_eq!(root_of("@other/x", &spec, &HashMap::new()), None);
        }
        let others = ["vendor/bit/x.tgz", "vendor/bit/a/b/c.tgz", "vendor/other/a/b/1.0.0.tgz", "a/b/1.0.0.tgz"];
        assert!(others.iter().all(|path| version_of_archive(path).is_none()));
    }

    #[test]
    fn a_dependency_by_git_says_which_component_it_is() {
        let read = |package: &str, spec: &str| by_git(package, spec).map(|id| id.to_string());
        let spec = "git+https://example.com/ui.git#forms/input@1.0.0";
        assert_eq!(read("@my-org/ui.forms.input", spec).as_deref(), Some("my-org.ui/forms/input@1.0.0"));
        assert_eq!(read("@ui/forms.input", spec).as_deref(), Some("ui/forms/input@1.0.0"));
        assert_eq!(read("@my-org/ui.input", spec), None);
        assert_eq!(read("lodash", "git+https://example.com/x.git#v1.0.0"), None);
    }

    #[test]
    fn overrides_of_ours_are_told_from_others() {
        let ours = archive_spec(&id("o.s/d@1.0.0"));
        let known = Packages::from(["o.s/d", "o.s/a"].map(|id| {
            let id: ComponentId = id.parse().unwrap();
            (PackageName::of(&id).to_string(), id)
        }));
        let is_ours = |key: &str, spec: &str| is_ours(key, spec, &known);
        for key in ["@o/s.d@1.0.0", "@o/s.d@npm:1.0.0", "**/@o/a/@o/s.d"] {
            assert!(is_ours(key, &ours), "{key}");
            assert_eq!(package_of_key(key), "@o/s.d");
            assert!(is_ours(key, "git+ssh://git@host/s.git#d@1.0.0"), "{key}");
        }
        assert!(!is_ours("lodash", "^4.0.0") && !is_ours("x", "file:./vendor/x.tgz"));
        assert!(is_ours("@o/s.a@1.0.0>@o/s.d", "-"));
        for key in ["@o/s.a>@o/s.d", "@o/s.a@1>@o/s.d", "lodash@1.0.0>@o/s.d", "@o/s.a@1.0.0>ms", "@o/s.d@1.0.0"] {
            assert!(!is_ours(key, "-"), "{key}");
        }
    }
}
