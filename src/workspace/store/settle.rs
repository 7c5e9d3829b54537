//! The links that lead into the store: from the workspace, from its components, and from one version to another.

use super::{
    MODULES, STORE, Store, StoreEntry, TEMPORARY, children, make_parent, refuse_unreal, remove_if_empty, way_from_entry,
};
use crate::disk;
use crate::model::PackageName;
use crate::workspace::folders::real_folder;
use crate::workspace::links;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What was done to the links of one node_modules.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Made, because there was none.
    pub created: Vec<PackageName>,
    /// Led to another version.
    pub mended: Vec<PackageName>,
    /// Left alone, because something else is there.
    pub foreign: Vec<PackageName>,
    /// Nobody needs them any more.
    pub removed: Vec<String>,
}

impl Store {
    /// Sees to it that an entry's links lead to these versions: one may have come since the entry was made.
    pub fn wire(&self, entry: &StoreEntry, dependencies: &[StoreEntry]) -> Result<()> {
        let modules = self.folder.join(entry.folder()).join(MODULES);
        refuse_unreal(&modules)?;
        let others = dependencies.iter().filter(|dependency| dependency.package() != entry.package());
        self.settle(&modules, others.map(|dependency| (dependency, way_from_entry(dependency)))).map(drop)
    }

    /// Makes the links into the store that the workspace as a whole sees lead to these versions, and no others.
    pub fn settle_root(&self, wanted: &[StoreEntry]) -> Result<Settled> {
        let way = |entry: &StoreEntry| PathBuf::from(format!("../{STORE}/{}", entry.package_folder()));
        self.settle(&self.root.join(MODULES), wanted.iter().map(|entry| (entry, way(entry))))
    }

    /// The same for what one component of the workspace sees besides.
    pub fn settle_component(&self, root_dir: &str, wanted: &[StoreEntry]) -> Result<Settled> {
        let modules = real_folder(&self.root, root_dir)?.join(MODULES);
        let found = fs::symlink_metadata(&modules);
        if wanted.is_empty() && !found.is_ok_and(|found| found.is_dir()) {
            return Ok(Settled::default());
        }
        refuse_unreal(&modules)?;
        let up = "../".repeat(root_dir.split('/').count() + 2);
        let store = Path::new(&up).join(self.folder.strip_prefix(&self.root).unwrap_or(&self.folder));
        let way = |entry: &StoreEntry| store.join(entry.package_folder());
        let settled = self.settle(&modules, wanted.iter().map(|entry| (entry, way(entry))))?;
        if !settled.removed.is_empty() {
            remove_if_empty(&modules);
        }
        Ok(settled)
    }

    /// A link that is there and leads into the store is ours; anything else is not touched.
    fn settle<'e>(&self, modules: &Path, wanted: impl Iterator<Item = (&'e StoreEntry, PathBuf)>) -> Result<Settled> {
        let mut settled = Settled::default();
        let mut kept = BTreeSet::new();
        for (entry, way) in wanted {
            let package = entry.package();
            let at = modules.join(package.as_str());
            kept.insert(package.to_string());
            refuse_unreal(at.parent().unwrap_or(modules))?;
            match fs::read_link(&at) {
                Ok(leads_to) if leads_to == way => continue,
                Ok(_) if self.is_link_of_ours(&at) => {
                    replace_link(modules, &at, &way)?;
                    settled.mended.push(package);
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    make_parent(&at)?;
                    match symlink(&way, &at) {
                        Err(_) if fs::read_link(&at).is_ok_and(|leads_to| leads_to == way) => {}
                        done => done.with_context(|| format!("could not link {}", at.display()))?,
                    }
                    settled.created.push(package);
                }
                _ => settled.foreign.push(package),
            }
        }
        for (package, at) in self.links_of_ours(modules)? {
            if !kept.contains(&package) {
                disk::remove_if_there(&at)?;
                at.parent().into_iter().for_each(remove_if_empty);
                settled.removed.push(package);
            }
        }
        Ok(settled)
    }

    /// The links in a node_modules that lead into the store, by package.
    fn links_of_ours(&self, modules: &Path) -> Result<BTreeMap<String, PathBuf>> {
        let mut found = BTreeMap::new();
        for (owner, folder) in children(modules)? {
            let is_real = || fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
            if !owner.starts_with('@') || !is_real() {
                continue;
            }
            for (name, at) in children(&folder)? {
                if self.is_link_of_ours(&at) {
                    found.insert(format!("{owner}/{name}"), at);
                }
            }
        }
        Ok(found)
    }

    fn is_link_of_ours(&self, at: &Path) -> bool {
        let into_store = || links::leads_to(at).is_some_and(|place| place.starts_with(&self.folder));
        // One in a component's folder that was moved leads nowhere, but it names the store.
        let astray = || fs::read_link(at).is_ok_and(|way| names_store(&way)) && !at.exists();
        into_store() || astray()
    }

    /// Whether a folder of the workspace (`""` is its root) has a link to this version.
    pub fn is_found_from(&self, folder: &str, entry: &StoreEntry) -> bool {
        let link = self.root.join(folder).join(MODULES).join(entry.package().as_str());
        let real = |path: &Path| fs::canonicalize(path).ok();
        real(&link).is_some_and(|place| Some(place) == real(&self.folder.join(entry.package_folder())))
    }

    /// Whether something that is not ours stands in that link's place.
    pub fn is_foreign_in(&self, folder: &str, entry: &StoreEntry) -> bool {
        let package = entry.package();
        let link = self.root.join(folder).join(MODULES).join(package.as_str());
        let is_there = fs::symlink_metadata(&link).is_ok();
        is_there && !self.is_link_of_ours(&link) && !links::link_of_component(&self.root.join(folder), package.as_str())
    }

    /// Whether a component of the workspace has a node_modules that may hold links into the store.
    pub fn may_have_links(&self, root_dir: &str) -> bool {
        fs::symlink_metadata(self.root.join(root_dir).join(MODULES)).is_ok_and(|found| found.is_dir())
    }
}

fn names_store(way: &Path) -> bool {
    let parts: Vec<_> = way.iter().collect();
    parts.windows(2).any(|pair| pair[0] == MODULES && pair[1] == STORE)
}

/// In one step: an import that is resolved meanwhile finds the old version or the new one.
fn replace_link(modules: &Path, at: &Path, way: &Path) -> Result<()> {
    let replace = || -> std::io::Result<()> {
        let folder = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(modules)?;
        symlink(way, folder.path().join("link"))?;
        fs::rename(folder.path().join("link"), at)
    };
    replace().with_context(|| format!("could not link {}", at.display()))
}
