//! Seeing to it that what the workspace needs and does not have itself stands in node_modules, from the local scope.

mod plan;

use self::plan::{Plan, lacks_a_package};
use super::Workspace;
use super::links::{LinkCheck, LinkReport};
use super::state::{Needed, State, StoreMemory};
use crate::errors;
use crate::git::{FileMode, Repo, TreeFile, oid};
use crate::model::{CommitId, Fingerprint, PackageName, VersionId, fingerprint};
use crate::package::{EntryPoints, ModuleSystem, PackageJson, harmless};
use crate::scope::{LocalScope, PACKAGE_JSON, StoredVersion};
use crate::source::files::check_tree;
use crate::workspace::{self, Store, StoreEntry, StoreFile, StoreMode, with_mark_of_version};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// A version that another one depends on, and that can't be put into node_modules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingDependency {
    /// Which one.
    pub id: VersionId,
    /// The version that was made with it.
    pub needed_by: VersionId,
    /// Why it can't.
    pub reason: Absence,
}

/// A package from outside that a component needs: a version in node_modules, to run, or one whose sources are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsidePackage {
    /// Its name.
    pub package: String,
    /// In which range.
    pub range: String,
    /// The version that was made with it.
    pub needed_by: VersionId,
}

/// Why a version can't be put into node_modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// The local scope doesn't have it.
    NotHere,
    /// The local scope has other content under that number.
    OtherContent {
        /// What is here.
        here: CommitId,
        /// What the dependent was made with.
        pinned: CommitId,
    },
}

/// Puts what is needed into node_modules, and takes out what is not. What can't be put there is reported, and is no
/// reason to fail a command that has other work to do.
pub(super) fn materialize(workspace: &Workspace, state: &mut State, check: LinkCheck, report: &mut LinkReport) {
    let needs = fingerprint_of(state);
    let is_whole = !state.components.iter().any(|one| lacks_a_package(one) || !one.lacking.is_empty());
    if check == LinkCheck::Quick && is_whole && is_in_place(workspace, state, needs) {
        return;
    }
    let problems = report.failed.len() + report.foreign.len();
    let plan = Plan::new(workspace, state, report);
    let links = carry_out(workspace, state, &plan, check, report).unwrap_or_else(|error| {
        report_all(&plan, &error, report);
        Vec::new()
    });
    report.not_installed = not_installed(workspace, plan.packages);
    let all_is_well = plan.missing.is_empty()
        && report.not_installed.is_empty()
        && report.failed.len() + report.foreign.len() == problems;
    report.missing = plan.missing;
    let memory = needs.filter(|_| all_is_well).map(|needs| StoreMemory { needs, links });
    state.put_store(memory);
}

/// What the versions in node_modules need from outside, whether it is installed or not, and what sources lack.
pub(super) fn outside_packages(workspace: &Workspace, state: &State) -> Vec<OutsidePackage> {
    // What can't be put there is reported by whoever puts it there.
    Plan::new(workspace, state, &mut LinkReport::default()).packages
}

/// Those that neither the workspace's node_modules has nor one further up: there is no other for versions in the store.
fn not_installed(workspace: &Workspace, mut packages: Vec<OutsidePackage>) -> Vec<OutsidePackage> {
    packages.retain(|needed| !is_installed(&workspace.layout.root, &needed.package));
    packages
}

/// Whether Node finds a package from here.
pub(super) fn is_installed(root: &Path, package: &str) -> bool {
    root.ancestors().any(|folder| folder.join("node_modules").join(package).join(PACKAGE_JSON).is_file())
}

/// Nothing can be put there.
fn report_all(plan: &Plan, error: &anyhow::Error, report: &mut LinkReport) {
    report.failed.extend(plan.root.iter().map(|entry| (entry.package(), format!("{error:#}"))));
}

/// What [`materialize`] would do.
pub(super) fn look(workspace: &Workspace, state: &State, report: &mut LinkReport) {
    let mut plan = Plan::new(workspace, state, report);
    report.missing = std::mem::take(&mut plan.missing);
    report.not_installed = not_installed(workspace, std::mem::take(&mut plan.packages));
    let store = match Store::of(&workspace.layout.root) {
        Ok(store) => store,
        Err(error) => return report_all(&plan, &error, report),
    };
    let (there, absent): (Vec<_>, Vec<_>) = plan.entries.keys().partition(|entry| store.has(entry));
    report.materialized.extend(absent.into_iter().map(|entry| entry.id.clone()));
    let nested =
        plan.nested.iter().flat_map(|(folder, entries)| entries.iter().map(move |entry| (folder.as_str(), entry)));
    for (folder, entry) in plan.root.iter().map(|entry| ("", entry)).chain(nested) {
        if !there.contains(&entry) || store.is_found_from(folder, entry) {
            continue;
        }
        match store.is_foreign_in(folder, entry) {
            true => report.foreign.push(entry.package()),
            false => report.created.push(entry.package()),
        }
    }
}

/// What tells one set of needs from another; `None` where nothing is needed.
fn fingerprint_of(state: &State) -> Option<Fingerprint> {
    let mut text = String::new();
    let mut any = false;
    for component in &state.components {
        text.push_str(&format!("{}\0{}\n", component.entry.root_dir, component.package));
        for need in &component.needs {
            if let Needed::Known(id, commit) = &need.target {
                any = true;
                text.push_str(&format!("\t{id} {commit}\n"));
            }
        }
    }
    any.then(|| fingerprint(text.as_bytes()))
}

/// Whether all is as it was when it was last found right. A package manager may have cleaned up since.
fn is_in_place(workspace: &Workspace, state: &State, needs: Option<Fingerprint>) -> bool {
    let root = &workspace.layout.root;
    match (state.store(), needs) {
        (None, None) => true,
        (Some(memory), Some(needs)) => {
            let leads_somewhere = |link: &String| root.join(link).join(PACKAGE_JSON).is_file();
            memory.needs == needs && memory.links.iter().all(leads_somewhere)
        }
        _ => false,
    }
}

/// Returns the links by which the workspace finds what it needs.
fn carry_out(
    workspace: &Workspace,
    state: &State,
    plan: &Plan,
    check: LinkCheck,
    report: &mut LinkReport,
) -> Result<Vec<String>> {
    let root = &workspace.layout.root;
    let store = Store::of(root)?;
    let absent = write_missing(workspace, &store, plan, report);
    let is_there = |entry: &&StoreEntry| !absent.contains(*entry);
    let only_there = |entries: &[StoreEntry]| entries.iter().filter(is_there).cloned().collect::<Vec<_>>();
    for (entry, dependencies) in plan.entries.iter().filter(|(entry, _)| is_there(entry)) {
        store.wire(entry, &only_there(dependencies))?;
    }
    let mut links: Vec<String> =
        plan.installed.iter().map(|id| format!("node_modules/{}", PackageName::of(&id.id))).collect();
    let mut note = |folder: &str, entries: &[StoreEntry]| {
        links.extend(entries.iter().map(|entry| format!("{folder}node_modules/{}", entry.package())));
    };
    for entry in &plan.root {
        // A component that was here and is not any more left its link.
        if workspace::link_of_component(root, entry.package().as_str()) {
            workspace::remove(root, entry.package().as_str())?;
        }
    }
    let at_root: Vec<StoreEntry> = plan.root.iter().filter(is_there).cloned().collect();
    note("", &at_root);
    let settled = store.settle_root(&at_root)?;
    report.foreign.extend(settled.foreign);
    report.removed.extend(settled.removed);
    for component in &state.components {
        let root_dir = &component.entry.root_dir;
        let nested = plan.nested.get(root_dir).map_or(Vec::new(), |entries| only_there(entries));
        if nested.is_empty() && !store.may_have_links(root_dir) {
            continue;
        }
        note(&format!("{root_dir}/"), &nested);
        match store.settle_component(root_dir, &nested) {
            Ok(settled) => report.foreign.extend(settled.foreign),
            Err(error) => report.failed.push((component.package.clone(), format!("{error:#}"))),
        }
    }
    if check == LinkCheck::Full {
        store.sweep_litter()?;
        store.sweep(&plan.entries.keys().map(StoreEntry::folder).collect::<BTreeSet<_>>())?;
    }
    Ok(links)
}

/// Writes the versions that are not in the store yet, side by side. Returns those that could not be written.
fn write_missing(workspace: &Workspace, store: &Store, plan: &Plan, report: &mut LinkReport) -> BTreeSet<StoreEntry> {
    let path = workspace.scope.repo().path();
    let missing: Vec<_> = plan.entries.iter().filter(|(entry, _)| !store.has(entry)).collect();
    let write = |scope: &mut Result<LocalScope>, (entry, dependencies): (&StoreEntry, &Vec<StoreEntry>)| {
        let scope = scope.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        put(scope.repo(), store, entry, dependencies)
    };
    let written: Vec<Result<()>> =
        missing.par_iter().map_init(|| LocalScope::open_again(path), |scope, version| write(scope, *version)).collect();
    let mut absent = BTreeSet::new();
    for ((entry, _), outcome) in missing.into_iter().zip(written) {
        match outcome {
            Ok(()) => report.materialized.push(entry.id.clone()),
            Err(error) => {
                report.failed.push((entry.package(), format!("{error:#}")));
                absent.insert(entry.clone());
            }
        }
    }
    absent
}

/// Checks all of a version before a byte of it is written: it may be a stranger's.
pub(super) fn put(repo: &Repo, store: &Store, entry: &StoreEntry, dependencies: &[StoreEntry]) -> Result<()> {
    let stored = StoredVersion::read(repo, entry.commit)?;
    if stored.id() != entry.id {
        let reason = format!("its component.json says that it is {}", stored.id());
        return Err(errors::not_a_version(&entry.id.to_string(), &reason));
    }
    check_tree(repo, &entry.id, repo.commit(oid(entry.commit))?.tree)?;
    let files = stored.all_files(repo)?;
    let package_json = StoreFile {
        path: PACKAGE_JSON.to_owned(),
        mode: StoreMode::Plain,
        content: package_json(repo, entry, &stored)?.into_bytes(),
    };
    let read = |file: TreeFile| {
        let mode = match file.mode {
            FileMode::Regular => StoreMode::Plain,
            FileMode::Executable => StoreMode::Executable,
        };
        Ok(StoreFile { path: file.path, mode, content: repo.blob(file.blob)? })
    };
    let others = files.into_iter().filter(|file| file.path != PACKAGE_JSON).map(read);
    store.put(entry, others.chain([Ok(package_json)]), dependencies)
}

/// The version's own package.json, with nothing in it that makes a package manager run something.
fn package_json(repo: &Repo, entry: &StoreEntry, stored: &StoredVersion) -> Result<String> {
    let own = match stored.package_json(repo)? {
        Some(own) => own,
        None => {
            let (package, version) = (entry.package(), &stored.manifest.version);
            let entry = EntryPoints::of_sources(&stored.manifest.main);
            let made = PackageJson::of_link(&package, version, &entry, ModuleSystem::CommonJs);
            made.to_json().into_bytes()
        }
    };
    let harmless = harmless(&own)
        .map_err(|reason| errors::hostile_version(&entry.id, &format!("its package.json can't be used: {reason}")))?;
    with_mark_of_version(&harmless, entry)
}
