//! Whether a package manager did what it was told: every version finds in node_modules the versions that it was made
//! with, as Node looks for them. What only says that it succeeded is not believed: sources go next. A registry may have
//! something else under a version's number, and what comes by git is packed first, without what ignore files name: of what
//! they bring, the content is compared. Of what package.json had from a registry already, only the versions are: a person
//! may have patched it.

use super::Way;
use super::closure::Closure;
use super::content::first_difference;
use super::lockfiles;
use crate::errors;
use crate::model::{DependencyKind, PackageName, Version, VersionId};
use crate::ops::Workspace;
use crate::package::manager::Manager;
use crate::workspace::{
    DeclaredDependency, DependencyFiles, installed_component, installed_manifest, installed_version,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is not as it should be, in sentences.
pub fn faults(workspace: &Workspace, manager: &Manager, closure: &Closure) -> Vec<String> {
    let root = &workspace.layout.root;
    let mut check = Check { workspace, closure, seen: BTreeSet::new(), faults: BTreeSet::new() };
    let unknown = unknown_roots(workspace, closure);
    for id in closure.direct.iter().chain(&closure.registry_roots).chain(&unknown) {
        let place = root.join("node_modules").join(PackageName::of(&id.id).as_str());
        check.visit(id, None, place.is_dir().then_some(place));
    }
    let unresolved = |id: &VersionId| lockfiles::lacks(root, manager, PackageName::of(&id.id).as_str());
    let mut faults = check.faults;
    let new = closure.registry_roots.iter().filter(|id| closure.is_brought_now(id));
    faults.extend(new.filter_map(unresolved));
    faults.into_iter().collect()
}

/// The components that package.json has from a registry and of which nothing is known here, as in a fresh clone: they say
/// themselves what they are.
fn unknown_roots(workspace: &Workspace, closure: &Closure) -> Vec<VersionId> {
    let root = &workspace.layout.root;
    let declared = DependencyFiles::read(root).and_then(|files| files.declared()).unwrap_or_default();
    let component = |one: &DeclaredDependency| {
        let version: Version = one.spec.parse().ok()?;
        let id = installed_component(&root.join("node_modules").join(&one.package))?.id;
        let is_unknown = !closure.is_named(&id) && workspace.entry(&id).is_none();
        (is_unknown && PackageName::of(&id).as_str() == one.package).then(|| id.at(version))
    };
    declared.iter().filter_map(component).collect()
}

/// What a component that is installed in a folder says that it needs to run.
fn said_at(place: &Path, id: &VersionId) -> Vec<VersionId> {
    let manifest = installed_manifest(place).filter(|manifest| manifest.id() == *id);
    let dependencies = manifest.into_iter().flat_map(|manifest| manifest.dependencies);
    dependencies.filter(|one| one.kind == DependencyKind::Runtime).map(|one| one.id).collect()
}

struct Check<'a> {
    workspace: &'a Workspace,
    closure: &'a Closure,
    /// Places that were looked at, and for which version.
    seen: BTreeSet<(PathBuf, VersionId)>,
    faults: BTreeSet<String>,
}

impl Check<'_> {
    fn visit(&mut self, id: &VersionId, needed_by: Option<&VersionId>, place: Option<PathBuf>) {
        // Node looks from where a package really is.
        let place = place.and_then(|place| fs::canonicalize(place).ok());
        let there = place.as_deref().and_then(|place| self.version_at(id, place));
        let Some(place) = place.filter(|_| there.as_ref() == Some(&id.version.to_string())) else {
            self.faults.insert(errors::wrongly_installed(id, needed_by, there.as_deref()));
            return;
        };
        if !self.seen.insert((place.clone(), id.clone())) {
            return;
        }
        self.compare(id, &place);
        for needed in self.closure.needs_of(id).map_or_else(|| said_at(&place, id), <[_]>::to_vec) {
            let found = find(&place, PackageName::of(&needed.id).as_str());
            self.visit(&needed, Some(id), found);
        }
    }

    /// Notes where a registry has something else under this number than the version that is here, and where a package
    /// manager has brought less of it by git.
    fn compare(&mut self, id: &VersionId, place: &Path) {
        let of_registry = self.closure.content_of_registry(id);
        let by_git = || self.closure.nodes.get(id).filter(|node| node.way == Way::Git).map(|node| node.commit);
        let Some(commit) = of_registry.or_else(by_git) else { return };
        let otherwise = if of_registry.is_some() { errors::otherwise_in_registry } else { errors::otherwise_by_git };
        match first_difference(self.workspace.scope.repo(), id, commit, place) {
            Ok(None) => {}
            Ok(Some(path)) => drop(self.faults.insert(otherwise(id, &path))),
            Err(error) => drop(self.faults.insert(errors::in_one_line(&error))),
        }
    }

    /// The version of a component that is installed in a folder. Links of ours are not installed. What a registry has
    /// may have been made by anybody; of archives and scopes it is known that the manifest is with it.
    fn version_at(&self, id: &VersionId, place: &Path) -> Option<String> {
        match self.closure.nodes.contains_key(id) {
            true => installed_component(place).filter(|there| there.id == id.id).map(|there| there.version.to_string()),
            false => installed_version(place),
        }
    }
}

/// Where Node finds what a package's files name.
fn find(from: &Path, package: &str) -> Option<PathBuf> {
    let above = from.ancestors().filter(|folder| !folder.ends_with("node_modules"));
    above.map(|folder| folder.join("node_modules").join(package)).find(|place| place.is_dir())
}
