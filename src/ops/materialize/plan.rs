//! Working out which versions are to stand in node_modules, and who finds them.

use super::{Absence, MissingDependency, OutsidePackage};
use crate::model::{CommitId, Dependency, DependencyKind, PackageName, Packages, VersionId};
use crate::ops::links::LinkReport;
use crate::ops::state::{Component, IssueKind, Needed};
use crate::ops::{State, Workspace};
use crate::scope::{Known, StoredVersion};
use crate::workspace::{StoreEntry, installed_component};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What is to stand in node_modules.
#[derive(Default)]
pub struct Plan {
    /// Every version that is needed, near or far, with those it finds beside it.
    pub entries: BTreeMap<StoreEntry, Vec<StoreEntry>>,
    /// What the workspace as a whole finds: one version of each package.
    pub root: BTreeSet<StoreEntry>,
    /// What one component finds besides: its folder, and the versions.
    pub nested: BTreeMap<String, Vec<StoreEntry>>,
    /// What is installed as a package already, in the workspace's node_modules.
    pub installed: BTreeSet<VersionId>,
    /// What can't be there.
    pub missing: Vec<MissingDependency>,
    /// What these versions need from outside, and what sources need that nobody declares here.
    pub packages: Vec<OutsidePackage>,
}

impl Plan {
    /// Works it out from what the components need now. What can't be read is reported.
    pub fn new(workspace: &Workspace, state: &State, report: &mut LinkReport) -> Self {
        let here: HashSet<&PackageName> = state.components.iter().map(|component| &component.package).collect();
        let mut plan = Self::default();
        let mut wanted: BTreeMap<PackageName, BTreeMap<StoreEntry, usize>> = BTreeMap::new();
        let mut waiting = Vec::new();
        let installed = installed(workspace, state);
        let known_needs = |component| known_needs(component).filter(|entry| !installed.contains(&entry.id));
        for entry in state.components.iter().flat_map(known_needs) {
            *wanted.entry(entry.package()).or_default().entry(entry.clone()).or_default() += 1;
            waiting.push(entry);
        }
        while let Some(entry) = waiting.pop() {
            if plan.entries.contains_key(&entry) {
                continue;
            }
            let mut beside = Vec::new();
            for (dependency, kind) in plan.dependencies(workspace, &state.known, &entry, report) {
                // Whoever uses a component brings its peers: they are the workspace's own, if it has them.
                if kind == DependencyKind::Peer {
                    if here.contains(&dependency.package()) {
                        continue;
                    }
                    wanted.entry(dependency.package()).or_default().entry(dependency.clone()).or_default();
                } else {
                    beside.push(dependency.clone());
                }
                waiting.push(dependency);
            }
            plan.entries.insert(entry, beside);
        }
        for component in state.components.iter().filter(|component| lacks_a_package(component)) {
            plan.note_lacking(workspace, &state.known, component);
        }
        plan.packages.extend(state.components.iter().flat_map(|component| lacking_packages(component, &state.known)));
        // Another version that a package manager put there stays, for those who need that one.
        wanted.retain(|package, _| !is_taken(workspace, package));
        plan.root = wanted.into_values().filter_map(most_needed).collect();
        for component in &state.components {
            let is_nested = |entry: &StoreEntry| !plan.root.contains(entry);
            let nested: Vec<StoreEntry> = known_needs(component).filter(is_nested).collect();
            if !nested.is_empty() {
                plan.nested.insert(component.entry.root_dir.clone(), nested);
            }
        }
        plan.installed = installed;
        plan
    }

    /// A component of the workspace may import what its version was made with and nothing here knows: after a
    /// checkout of an older version, for one. One whose version can't be read is told of elsewhere.
    fn note_lacking(&mut self, workspace: &Workspace, known: &Known, component: &Component) {
        let Some((id, Some(commit))) = component.current(known) else { return };
        let Ok(stored) = StoredVersion::read(workspace.scope.repo(), commit) else { return };
        for dependency in stored.manifest.dependencies {
            if let Err(reason @ Absence::NotHere) = locate(known, &dependency) {
                self.missing.push(MissingDependency { id: dependency.id, needed_by: id.clone(), reason });
            }
        }
    }

    /// What a version was made with and needs to run.
    fn dependencies(
        &mut self,
        workspace: &Workspace,
        known: &Known,
        entry: &StoreEntry,
        report: &mut LinkReport,
    ) -> Vec<(StoreEntry, DependencyKind)> {
        let stored = match StoredVersion::read(workspace.scope.repo(), entry.commit) {
            Ok(stored) => stored,
            Err(error) => {
                report.failed.push((entry.package(), format!("{error:#}")));
                return Vec::new();
            }
        };
        let Packages { dependencies, peer_dependencies, .. } = stored.manifest.packages;
        let needed_by = &entry.id;
        let package = |(package, range)| OutsidePackage { package, range, needed_by: needed_by.clone() };
        self.packages.extend(dependencies.into_iter().chain(peer_dependencies).map(package));
        let to_run = |dependency: &Dependency| dependency.kind != DependencyKind::Dev;
        let mut found = Vec::new();
        for dependency in stored.manifest.dependencies.into_iter().filter(to_run) {
            match locate(known, &dependency) {
                Ok(commit) => found.push((StoreEntry { id: dependency.id, commit }, dependency.kind)),
                Err(reason) => {
                    let needed_by = entry.id.clone();
                    self.missing.push(MissingDependency { id: dependency.id, needed_by, reason });
                }
            }
        }
        found
    }
}

/// What a component needs from outside and only its own version says the range of.
fn lacking_packages(component: &Component, known: &Known) -> impl Iterator<Item = OutsidePackage> {
    let current = component.current(known).map(|(id, _)| id);
    let one = |(package, range): (&String, &String)| {
        Some(OutsidePackage { package: package.clone(), range: range.clone(), needed_by: current.clone()? })
    };
    component.lacking.iter().filter_map(one).collect::<Vec<_>>().into_iter()
}

/// Whether it imports a package that nothing here knows.
pub fn lacks_a_package(component: &Component) -> bool {
    component.issues.iter().any(|issue| issue.kind == IssueKind::MissingPackage)
}

/// What a component of the workspace needs and the workspace does not have.
fn known_needs(component: &Component) -> impl Iterator<Item = StoreEntry> + '_ {
    component.needs.iter().filter_map(|need| match &need.target {
        Needed::Known(id, commit) => Some(StoreEntry { id: id.clone(), commit: *commit }),
        Needed::Here(_) => None,
    })
}

/// What of that a package manager has installed.
fn installed(workspace: &Workspace, state: &State) -> BTreeSet<VersionId> {
    let modules = workspace.layout.root.join("node_modules");
    let needed: BTreeSet<StoreEntry> = state.components.iter().flat_map(known_needs).collect();
    let is_installed =
        |entry: &StoreEntry| installed_component(&modules.join(entry.package().as_str())).as_ref() == Some(&entry.id);
    needed.into_iter().filter(is_installed).map(|entry| entry.id).collect()
}

/// Whether a version of a component is installed in a package's place.
fn is_taken(workspace: &Workspace, package: &PackageName) -> bool {
    let place = workspace.layout.root.join("node_modules").join(package.as_str());
    installed_component(&place).is_some_and(|installed| PackageName::of(&installed.id) == *package)
}

/// Of several versions of a package the one that most components need, the highest of those.
fn most_needed(candidates: BTreeMap<StoreEntry, usize>) -> Option<StoreEntry> {
    candidates.into_iter().max_by(|(a, needs_a), (b, needs_b)| (needs_a, a).cmp(&(needs_b, b))).map(|(entry, _)| entry)
}

/// The content of a dependency. A pin that is not kept is never passed over.
fn locate(known: &Known, dependency: &Dependency) -> Result<CommitId, Absence> {
    let here = known.commit(&dependency.id.id, &dependency.id.version).ok_or(Absence::NotHere)?;
    match dependency.commit {
        Some(pinned) if pinned != here => Err(Absence::OtherContent { here, pinned }),
        _ => Ok(here),
    }
}
