//! What a package is, in twenty bytes: its files, and those of all that it runs with. A version from the local scope
//! and a component that was just built are the same where these are.

use super::pipeline::Pipeline;
use crate::git::{FileMode, Oid};
use crate::model::{CommitId, Dependency, DependencyKind, Fingerprint, PackageName, Packages, VersionId, fingerprint};
use crate::ops::state::{Need, Needed};
use crate::scope::{MANIFEST, PACKAGE_JSON};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A package that a capsule finds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Package {
    /// A component of this build, with what was made of it. By its place among the members.
    Built(usize),
    /// The same without what its commands make: inside a cycle nobody is first.
    Sources(usize),
    /// A version of the local scope.
    Version(VersionId, CommitId),
}

/// What was worked out already.
#[derive(Default)]
pub struct Digests(HashMap<Package, Fingerprint>);

impl Pipeline<'_> {
    /// The package that a member's need leads to.
    pub(super) fn needed(&self, need: &Need, within: Option<usize>) -> Option<Package> {
        if let Needed::Here(at) = need.target
            && let Some(&member) = self.places.get(&at)
        {
            let in_cycle = within.is_some_and(|group| self.members[member].group == group);
            return Some(if in_cycle { Package::Sources(member) } else { Package::Built(member) });
        }
        let (id, commit) = self.state.resolve(need)?;
        Some(Package::Version(id, commit?))
    }

    /// What a package needs to run.
    pub(super) fn runs_with(&self, package: &Package) -> Result<Vec<Package>> {
        match package {
            Package::Built(member) => Ok(self.needs_to_run(*member, None)),
            Package::Sources(member) => Ok(self.needs_to_run(*member, Some(self.members[*member].group))),
            Package::Version(_, commit) => {
                let known = |dependency: &Dependency| {
                    let here = self.state.known.commit(&dependency.id.id, &dependency.id.version)?;
                    let is_pinned = dependency.commit.is_none_or(|pinned| pinned == here);
                    is_pinned.then(|| Package::Version(dependency.id.clone(), here))
                };
                let stored = self.stored(*commit)?;
                let to_run = stored.manifest.dependencies.iter().filter(|needed| needed.kind != DependencyKind::Dev);
                Ok(to_run.filter_map(known).collect())
            }
        }
    }

    fn needs_to_run(&self, member: usize, within: Option<usize>) -> Vec<Package> {
        let needs = self.component(member).needs.iter().filter(|need| need.kind != DependencyKind::Dev);
        needs.filter_map(|need| self.needed(need, within)).collect()
    }

    /// The name that imports use.
    pub(super) fn name_of(&self, package: &Package) -> PackageName {
        match package {
            Package::Built(member) | Package::Sources(member) => self.component(*member).package.clone(),
            Package::Version(id, _) => PackageName::of(&id.id),
        }
    }

    /// The packages from outside that it runs with.
    pub(super) fn outside_of(&self, package: &Package) -> Result<Vec<String>> {
        let names = |packages: &Packages| {
            packages.dependencies.keys().chain(packages.peer_dependencies.keys()).cloned().collect()
        };
        Ok(match package {
            Package::Built(member) | Package::Sources(member) => names(&self.component(*member).packages),
            Package::Version(_, commit) => names(&self.stored(*commit)?.manifest.packages),
        })
    }

    /// What it is. What it needs has been built. (Without recursion: chains are long.)
    pub(super) fn digest(&self, package: &Package) -> Result<Fingerprint> {
        let mut digests = self.digests();
        let mut begun = HashSet::new();
        let mut waiting = vec![package.clone()];
        while let Some(package) = waiting.last().cloned() {
            if digests.0.contains_key(&package) {
                waiting.pop();
                continue;
            }
            let needed = self.beside(&package)?;
            if begun.insert(package.clone()) {
                waiting.extend(needed.into_iter().filter(|one| !digests.0.contains_key(one) && !begun.contains(one)));
                continue;
            }
            let mut all = BTreeMap::new();
            for one in self.together(&package) {
                all.insert(self.name_of(&one).to_string(), self.own_digest(&one)?);
            }
            for one in needed {
                // Versions that need each other: whoever is met again stands for itself.
                let digest = digests.0.get(&one).copied().map_or_else(|| self.own_digest(&one), Ok)?;
                all.insert(self.name_of(&one).to_string(), digest);
            }
            let whole = fingerprint(&postcard::to_stdvec(&(self.name_of(&package).to_string(), all))?);
            digests.0.insert(package, whole);
        }
        // The last to go was the first to come.
        digests.0.get(package).copied().map_or_else(|| self.own_digest(package), Ok)
    }

    /// What it runs with, and the others of its cycle do, outside of that.
    fn beside(&self, package: &Package) -> Result<Vec<Package>> {
        let mut all = Vec::new();
        for one in self.together(package) {
            all.extend(self.runs_with(&one)?.into_iter().filter(|needed| !self.are_together(package, needed)));
        }
        Ok(all)
    }

    /// The members of a cycle are what they are together.
    fn together(&self, package: &Package) -> Vec<Package> {
        match package {
            Package::Built(member) => self.group_of(*member).iter().map(|&at| Package::Built(at)).collect(),
            Package::Sources(member) => self.group_of(*member).iter().map(|&at| Package::Sources(at)).collect(),
            Package::Version(..) => vec![package.clone()],
        }
    }

    fn are_together(&self, one: &Package, other: &Package) -> bool {
        match (one, other) {
            (Package::Built(one), Package::Built(other)) | (Package::Sources(one), Package::Sources(other)) => {
                self.members[*one].group == self.members[*other].group
            }
            _ => false,
        }
    }

    /// Its own files, by what is in them.
    fn own_digest(&self, package: &Package) -> Result<Fingerprint> {
        let mut files: Vec<(String, bool, Oid)>;
        let main;
        match package {
            Package::Built(member) | Package::Sources(member) => {
                let component = self.component(*member);
                main = component.entry.main_file.clone();
                let sources = component.files.iter().map(|file| &file.source);
                files = sources.map(|file| (file.path.clone(), is_program(file.mode), file.blob)).collect();
                let made = self.made_of(package);
                files.extend(made.iter().map(|file| (file.path.clone(), file.executable, file.blob)));
            }
            Package::Version(_, commit) => {
                let stored = self.stored(*commit)?;
                main = stored.manifest.main.clone();
                let all = stored.all_files(self.scope().repo())?;
                let all = all.into_iter().filter(|file| !is_generated(&file.path));
                files = all.map(|file| (file.path, is_program(file.mode), file.blob)).collect();
            }
        }
        files.sort();
        let files: Vec<(&str, bool, &[u8])> =
            files.iter().map(|(path, program, blob)| (path.as_str(), *program, blob.as_bytes())).collect();
        let outside = self.outside_of(package)?.into_iter().map(|name| (self.installed.closure_of("", &name), name));
        let outside: Vec<_> = outside.collect();
        Ok(fingerprint(&postcard::to_stdvec(&(self.name_of(package).to_string(), main, files, outside))?))
    }
}

fn is_program(mode: FileMode) -> bool {
    mode == FileMode::Executable
}

/// A file that is written anew for every version.
fn is_generated(path: &str) -> bool {
    matches!(path, MANIFEST | PACKAGE_JSON)
}
