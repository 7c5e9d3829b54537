//! The packages that capsules find, in stores beside them that are laid out as the one in node_modules is. What a component
//! needs itself is copied into a store that only its capsule finds: a command may write there. What those need is shared.
//!
//! ```text
//! <capsules>/<scope>/<name>/<task>/                  a capsule
//!     node_modules/@owner/theme                      → the package of a component that it needs, in its store
//!     node_modules/react                             → where the workspace has it installed
//! <store> = <capsules>/node_modules/.bit/<scope>/<name>/<task>
//! <store>/…/node_modules/@owner/theme                a package, and beside it those that it runs with
//! <store>/…                                          → an entry of the shared store
//! <store>/node_modules/lodash                        what packages need from outside
//! <capsules>/.packages/node_modules/.bit/…           the shared store
//! ```

use super::author_files::ReadFile;
use super::digest::Package;
use super::pipeline::{Pipeline, artifacts};
use crate::model::{CommitId, Dependency, Manifest, Version};
use crate::ops::materialize;
use crate::ops::state::{Component, Need, Needed};
use crate::package::{EntryPoints, PackageJson};
use crate::scope::PACKAGE_JSON;
use crate::workspace::{Store, StoreEntry, StoreFile, StoreMode};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

const MODULES: &str = "node_modules";
/// Beside the capsules: no scope has such a name.
const PACKAGES: &str = ".packages";

impl Pipeline<'_> {
    /// Sees to it that packages can be used, with all that they run with; where they are in the capsule's own store.
    pub(super) fn store_all(&self, packages: &[Package], own: &Store) -> Result<Vec<StoreEntry>> {
        let shared = Store::of(&self.capsules()?.path().join(PACKAGES))?;
        let mut closure: BTreeMap<Package, Stored> = BTreeMap::new();
        let mut waiting: Vec<Package> = packages.to_vec();
        while let Some(package) = waiting.pop() {
            if closure.contains_key(&package) {
                continue;
            }
            let beside = self.runs_with(&package)?;
            let entry = self.entry(&package)?;
            if !shared.has(&entry) {
                let beside = beside.iter().map(|needed| self.entry(needed)).collect::<Result<Vec<_>>>()?;
                self.put(&shared, &package, &entry, &beside)?;
            }
            waiting.extend(beside.iter().cloned());
            closure.insert(package, Stored { entry, beside });
        }
        for package in leading_to(packages, &closure) {
            let stored = &closure[package];
            if !own.has(&stored.entry) {
                own.take(&shared, &stored.entry)?;
            }
            for name in self.outside_of(package)? {
                self.link_outside(&own.path().join(MODULES), "", &name)?;
            }
        }
        // What was copied finds the others beside it. Where a copy is, nothing is linked.
        for needed in leading_to(packages, &closure).into_iter().flat_map(|package| &closure[package].beside) {
            let folder = closure[needed].entry.folder();
            self.capsules()?.link(&shared.path().join(&folder), &own.path().join(&folder))?;
        }
        Ok(packages.iter().filter_map(|package| Some(closure.get(package)?.entry.clone())).collect())
    }

    fn entry(&self, package: &Package) -> Result<StoreEntry> {
        Ok(match package {
            Package::Built(member) | Package::Sources(member) => StoreEntry {
                id: self.component(*member).id.at(Version::zero()),
                commit: CommitId::from_bytes(self.digest(package)?),
            },
            Package::Version(id, commit) => StoreEntry { id: id.clone(), commit: *commit },
        })
    }

    fn put(&self, store: &Store, package: &Package, entry: &StoreEntry, beside: &[StoreEntry]) -> Result<()> {
        for name in self.outside_of(package)? {
            self.link_outside(&store.path().join(MODULES), "", &name)?;
        }
        match package {
            Package::Version(..) => materialize::put(self.scope().repo(), store, entry, beside),
            Package::Built(member) | Package::Sources(member) => {
                let mut files = self.store_files(*member)?;
                let made = self.made_of(package);
                files.extend(made.iter().map(|file| StoreFile {
                    path: file.path.clone(),
                    mode: mode(file.executable),
                    content: file.content.clone(),
                }));
                files.push(StoreFile {
                    path: PACKAGE_JSON.to_owned(),
                    mode: StoreMode::Plain,
                    content: self.package_json(*member, package).into_bytes(),
                });
                store.put(entry, files.into_iter().map(Ok), beside)
            }
        }
    }

    /// The author's files, as a store and a capsule hold them.
    pub(super) fn store_files(&self, member: usize) -> Result<Vec<StoreFile>> {
        let file = |file: ReadFile| StoreFile { path: file.path, mode: mode(file.executable), content: file.bytes };
        Ok(self.author_files(member)?.into_iter().map(file).collect())
    }

    /// What the package.json of a member says while it is built. It doesn't tell the version's number: a result that
    /// depended on it could not be used again.
    pub(super) fn package_json(&self, member: usize, package: &Package) -> String {
        let component = self.component(member);
        let made = self.made_of(package);
        let artifacts = artifacts(&self.members[member].tasks, made);
        let manifest = Manifest { artifacts, ..self.manifest(component) };
        let sources = component.files.iter().map(|file| file.source.path.as_str());
        let entry = EntryPoints::of(&manifest, sources.chain(made.iter().map(|file| file.path.as_str())));
        PackageJson::new(&manifest, component.module, &entry, &component.package_fields).to_json()
    }

    fn manifest(&self, component: &Component) -> Manifest {
        let id = |need: &Need| match &need.target {
            Needed::Here(at) => self.state.components[*at].id.clone(),
            Needed::Known(id, _) => id.id.clone(),
        };
        let dependency = |need: &Need| Dependency { id: id(need).at(Version::zero()), commit: None, kind: need.kind };
        let mut dependencies: Vec<Dependency> = component.needs.iter().map(dependency).collect();
        dependencies.sort();
        Manifest {
            dependencies,
            packages: component.packages.clone(),
            ..Manifest::of(component.id.at(Version::zero()), &component.entry.main_file, &component.env)
        }
    }

    /// Links an installed package into a folder of packages, if it is installed.
    pub(super) fn link_outside(&self, modules: &Path, from: &str, name: &str) -> Result<()> {
        let Some(target) = self.installed.place_of(from, name) else { return Ok(()) };
        self.capsules()?.link(&target, &modules.join(name))
    }

    /// Packages from outside that a capsule finds: those of the component, what the workspace has for development, and
    /// the types of all of them.
    pub(super) fn seen_from_capsule(&self, member: usize) -> Vec<String> {
        let component = self.component(member);
        let packages = &component.packages;
        let own = [&packages.dependencies, &packages.dev_dependencies, &packages.peer_dependencies];
        let policy = self.config.for_component(&component.entry.root_dir).policy().dev_dependencies;
        let common = self.config.policy.dev_dependencies.keys().chain(self.declared.dev_dependencies.keys());
        let all = own.into_iter().flat_map(|section| section.keys()).chain(policy.keys()).chain(common);
        let mut names: Vec<String> = all.cloned().collect();
        let types: Vec<String> = names.iter().filter_map(|name| types_of(name)).collect();
        names.extend(types);
        names.push("@types/node".to_owned());
        names.sort();
        names.dedup();
        let here: HashSet<&str> = self.state.components.iter().map(|component| component.package.as_str()).collect();
        names.retain(|name| !here.contains(name.as_str()));
        names
    }
}

/// A package in a store, and what stands beside it.
struct Stored {
    entry: StoreEntry,
    beside: Vec<Package>,
}

/// These packages, and all in their closure that lead to one of them: who copied only the first would load them twice.
fn leading_to<'p>(packages: &[Package], closure: &'p BTreeMap<Package, Stored>) -> BTreeSet<&'p Package> {
    let mut leads_from: BTreeMap<&Package, Vec<&'p Package>> = BTreeMap::new();
    for (package, stored) in closure {
        for needed in &stored.beside {
            leads_from.entry(needed).or_default().push(package);
        }
    }
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&'p Package> = closure.keys().filter(|package| packages.contains(package)).collect();
    while let Some(package) = waiting.pop() {
        if found.insert(package) {
            waiting.extend(leads_from.get(package).into_iter().flatten());
        }
    }
    found
}

/// `react` → `@types/react`, `@scope/name` → `@types/scope__name`.
fn types_of(package: &str) -> Option<String> {
    match package.strip_prefix('@') {
        Some(scoped) if scoped.starts_with("types/") => None,
        Some(scoped) => Some(format!("@types/{}", scoped.replace('/', "__"))),
        None => Some(format!("@types/{package}")),
    }
}

pub(super) fn mode(executable: bool) -> StoreMode {
    if executable { StoreMode::Executable } else { StoreMode::Plain }
}
