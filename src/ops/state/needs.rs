//! What a component needs, found in its sources: other components, and packages from outside.

mod finder;
mod folder;
mod packages;

use super::files::Found;
use super::issues::Issue;
use crate::model::{
    CommitId, ComponentId, ComponentName, DependencyKind, Manifest, PackageName, Packages, VersionId, nearest,
};
use crate::ops::Workspace;
use crate::ops::base::here;
use crate::scope::{Known, StoredVersion};
use crate::workspace::{Bitmap, BitmapEntry, Declared, InstalledPackages, WorkspaceConfig};
use anyhow::Result;
use finder::Finder;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Mutex;

/// A component that another one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Which one.
    pub target: Needed,
    /// When.
    pub kind: DependencyKind,
    /// The first import of it: the file, relative to the workspace, and the line.
    pub place: (String, u32),
}

/// Where a needed component is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// In the workspace; an index into its components.
    Here(usize),
    /// Only in the local scope, at this version.
    Known(VersionId, CommitId),
}

/// What was found out about one component.
pub struct Facts {
    /// The components it needs.
    pub needs: Vec<Need>,
    /// The packages it needs.
    pub packages: Packages,
    /// Those of them that nobody declares here, and that are not installed: their ranges are the author's.
    pub lacking: BTreeMap<String, String>,
    /// What is wrong.
    pub issues: Vec<Issue>,
}

/// All that is needed to find out what a component needs.
pub struct Index<'a> {
    root: &'a Path,
    local_scope: &'a Path,
    config: &'a WorkspaceConfig,
    bitmap: &'a Bitmap,
    entries: &'a [&'a BitmapEntry],
    found: &'a [Found],
    known: &'a Known,
    by_package: HashMap<String, usize>,
    declared: Declared,
    installed: InstalledPackages,
    /// Packages of components that are only in the local scope: filled when the first one is met.
    known_packages: std::sync::OnceLock<HashMap<String, ComponentId>>,
    /// What files outside of components were found to exist.
    outside: Mutex<HashMap<String, bool>>,
}

impl<'a> Index<'a> {
    /// Reads what the workspace declares.
    pub fn new(
        workspace: &'a Workspace,
        entries: &'a [&'a BitmapEntry],
        found: &'a [Found],
        known: &'a Known,
    ) -> Result<Self> {
        let package = |(at, entry): (usize, &&BitmapEntry)| (PackageName::of(&entry.id()).to_string(), at);
        Ok(Self {
            root: &workspace.layout.root,
            local_scope: workspace.scope.repo().path(),
            config: &workspace.config,
            bitmap: &workspace.bitmap,
            entries,
            found,
            known,
            by_package: entries.iter().enumerate().map(package).collect(),
            declared: Declared::read(&workspace.layout.root)?,
            installed: InstalledPackages::new(&workspace.layout.root),
            known_packages: std::sync::OnceLock::new(),
            outside: Mutex::default(),
        })
    }

    /// What the component at this place needs, and what is wrong with it.
    pub fn facts_of(&self, at: usize) -> Facts {
        let found = &self.found[at];
        let mut finder = Finder::new(self, at);
        finder.check_folder(found);
        for file in &found.files {
            finder.look_at(file);
        }
        finder.into_facts()
    }

    fn exists(&self, at: usize, path: &str) -> bool {
        if let Some(inside) = self.inside(at, path) {
            let files = &self.found[at].files;
            if files.binary_search_by(|file| file.source.path.as_str().cmp(inside)).is_ok() {
                return true;
            }
        }
        let mut outside = self.outside.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *outside.entry(path.to_owned()).or_insert_with(|| self.root.join(path).is_file())
    }

    /// The path from a component's folder, if it lies in it.
    fn inside<'p>(&self, at: usize, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.entries[at].root_dir.as_str())?.strip_prefix('/')
    }

    /// A component that is not in the workspace but known in the local scope, by its package's name.
    fn known_component(&self, at: usize, package: &str) -> Option<Needed> {
        let all = || self.known.components.keys().map(|id| (PackageName::of(id).to_string(), id.clone()));
        let id = self.known_packages.get_or_init(|| all().collect()).get(package)?;
        let installed = || {
            let version = self.installed.version_of(&self.entries[at].root_dir, package)?.parse().ok()?;
            self.known.commit(id, &version).map(|_| version)
        };
        // What package.json says is a person's choice; what other packages brought along is not.
        let chosen = self.declared.has(package).then(&installed).flatten();
        let version = chosen
            .or_else(|| self.pinned(at, id))
            .or_else(installed)
            .or_else(|| self.known.versions(id).next_back().map(|(version, _)| version.clone()))?;
        let commit = self.known.commit(id, &version)?;
        Some(Needed::Known(id.at(version), commit))
    }

    /// The component that a package is, if a scope that was seen lists it.
    fn listed_component(&self, package: &str) -> Option<ComponentId> {
        let mut catalogs = self.known.catalogs.values();
        let (catalog, rest) = catalogs.find_map(|catalog| {
            package.strip_prefix(&PackageName::prefix(&catalog.scope)).map(|rest| (catalog, rest))
        })?;
        let name = ComponentName::new(&rest.replace('.', "/")).ok()?;
        // Worker threads have no repository of their own here; this is the rare way, and opening one is cheap.
        let scope = crate::scope::LocalScope::open_again(self.local_scope).ok()?;
        let entry = catalog.entry(scope.repo(), &name).ok()??;
        entry.removed.is_none().then(|| ComponentId::new(catalog.scope.clone(), name))
    }

    /// What to do about a package that nobody has. One of the workspace's own scopes is a component that is not here.
    fn fix_for_package(&self, name: &str) -> String {
        if let Some(id) = self.listed_component(name) {
            return format!("its scope lists it: bit import {id}; or, without its files: bit import --objects {id}");
        }
        let mut scopes = self.entries.iter().map(|entry| entry.scope_name()).chain([self.config.default_scope.clone()]);
        let Some(scope) = scopes.find(|scope| name.starts_with(&PackageName::prefix(scope))) else {
            return format!(
                "install it (bit install {name}), or declare it: \"{name}\": \"<range>\" in the policy of workspace.jsonc"
            );
        };
        let track = format!("a component of {scope} is added by its folder: bit add <folder>");
        match nearest(name, self.by_package.keys().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"? {track}"),
            None => track,
        }
    }

    /// What the component's current version says of itself.
    fn current(&self, at: usize) -> Option<Manifest> {
        let entry = self.entries[at];
        let commit = here(self.known, entry)?;
        // Worker threads have no repository of their own here; this is the rare way, and opening one is cheap.
        let scope = crate::scope::LocalScope::open_again(self.local_scope).ok()?;
        Some(*StoredVersion::read(scope.repo(), commit).ok()?.manifest)
    }

    /// The version of a dependency that the component's current version was made with.
    fn pinned(&self, at: usize, wanted: &ComponentId) -> Option<crate::model::Version> {
        let manifest = self.current(at)?;
        let pin = manifest.dependencies.into_iter().find(|dependency| dependency.id.id == *wanted)?;
        self.known.commit(wanted, &pin.id.version).map(|_| pin.id.version)
    }
}
