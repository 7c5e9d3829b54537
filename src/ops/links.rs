//! Seeing to it that every component of the workspace has its link in node_modules, and what they need stands there too.

use super::compile::restore;
use super::materialize::{self, MissingDependency, OutsidePackage, materialize};
use super::packages::{forget_stale, leftovers, make_room, remove_leftovers};
use super::state::{Component, LinkMemory, LinkRecord, Stamp, State};
use super::{Quiet, Workspace};
use crate::errors;
use crate::model::{ComponentId, Fingerprint, PackageName, Version, VersionId, fingerprint};
use crate::package::{EntryPoints, PackageJson};
use crate::source::compile::{DIST, dist_files};
use crate::workspace::{self, LinkOutcome, LinkTarget};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::Path;
use std::time::SystemTime;

/// What was done to the links.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LinkReport {
    /// Made, because there was none.
    pub created: Vec<PackageName>,
    /// Put right.
    pub mended: Vec<PackageName>,
    /// Left alone, because something else is there.
    pub foreign: Vec<PackageName>,
    /// Could not be made, and why.
    pub failed: Vec<(PackageName, String)>,
    /// Removed, because the component is gone.
    pub removed: Vec<String>,
    /// Packages of components that an earlier install left, and that nothing needs: removed too.
    pub leftovers: Vec<VersionId>,
    /// How many components have a link now.
    pub linked: usize,
    /// Versions of other components that were put into node_modules, from the local scope.
    pub materialized: Vec<VersionId>,
    /// Versions that those need, and that are not in the local scope.
    pub missing: Vec<MissingDependency>,
    /// Packages from outside that those need, and that nobody installed.
    pub not_installed: Vec<OutsidePackage>,
    /// Compiled again: they were, and a package manager had taken that away.
    pub compiled: Vec<ComponentId>,
    /// The same, but they can't be compiled any more.
    pub uncompiled: Vec<ComponentId>,
}

/// How thoroughly to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkCheck {
    /// Believe links whose folder has not changed since they were found right.
    Quick,
    /// Look at every entry, and remove links of components that are gone.
    Full,
}

/// Mends what is broken. With yarn's Plug'n'Play there is no node_modules: then nothing is done.
pub fn mend(workspace: &Workspace, state: &mut State, check: LinkCheck) -> Result<LinkReport> {
    let root = &workspace.layout.root;
    if workspace::pnp_in_force(root) {
        return Ok(LinkReport::default());
    }
    let mut leftovers = Vec::new();
    if check == LinkCheck::Full {
        forget_stale(root)?;
        leftovers = remove_leftovers(workspace, &state.known)?;
        // The components' needs were looked up while these were there.
        if !leftovers.is_empty() {
            *state = State::load(workspace, &Quiet)?;
        }
    }
    let mut looks: Vec<Look> = state
        .components
        .par_iter()
        .with_min_len(32)
        .map(|component| mend_one(root, component, state.links(), check))
        .collect();
    // One after the other: what makes room for one component may move into what makes room for another.
    for (component, look) in state.components.iter().zip(&mut looks) {
        if matches!(look.outcome, Ok(LinkOutcome::Foreign))
            && make_room(root, &component.id, &component.package).unwrap_or(false)
        {
            *look = mend_one(root, component, state.links(), check);
        }
    }
    let mut report = LinkReport { leftovers, ..LinkReport::default() };
    let mut remembered = LinkMemory::default();
    let now = SystemTime::now();
    for (component, look) in state.components.iter().zip(looks) {
        let package = &component.package;
        if let Some(record) = look.sight.record(root, package, now) {
            remembered.insert(package.to_string(), record);
        }
        match look.outcome {
            Ok(LinkOutcome::Unchanged) => {}
            Ok(LinkOutcome::Created) => report.created.push(package.clone()),
            Ok(LinkOutcome::Mended) => report.mended.push(package.clone()),
            Ok(LinkOutcome::Foreign) => report.foreign.push(package.clone()),
            Err(error) => report.failed.push((package.clone(), format!("{error:#}"))),
        }
    }
    report.linked = state.components.len() - report.foreign.len() - report.failed.len();
    state.put_links(remembered);
    if check == LinkCheck::Full {
        report.removed = remove_stale(workspace, state)?;
    }
    materialize(workspace, state, check, &mut report);
    if check == LinkCheck::Full {
        restore(workspace, state)?.tell(&mut report);
    }
    Ok(report)
}

/// What [`mend`] would do, looking at everything.
pub fn look(workspace: &Workspace, state: &State) -> LinkReport {
    let root = &workspace.layout.root;
    let mut report = LinkReport::default();
    for component in state.components.iter().filter(|component| !component.files.is_empty()) {
        let package = component.package.clone();
        match workspace::inspect(root, &target_of(root, component)) {
            Ok(LinkOutcome::Unchanged) => {}
            Ok(LinkOutcome::Created) => report.created.push(package),
            Ok(LinkOutcome::Mended) => report.mended.push(package),
            Ok(LinkOutcome::Foreign) => report.foreign.push(package),
            Err(error) => report.failed.push((package, format!("{error:#}"))),
        }
    }
    let wanted: HashSet<&str> = state.components.iter().map(|component| component.package.as_str()).collect();
    let stale = workspace::stale(root, |link| wanted.contains(link.package.as_str())).unwrap_or_default();
    report.removed.extend(stale.into_iter().map(|link| link.package));
    // What can't be read is told of elsewhere.
    report.leftovers = leftovers(workspace, &state.known).unwrap_or_default();
    materialize::look(workspace, state, &mut report);
    report
}

/// What one component's link was found to be.
struct Look {
    /// A link that can't be made is no reason to fail a command that has other work to do.
    outcome: Result<LinkOutcome>,
    /// What the next look may believe of it.
    sight: Sight,
}

/// What a link is now.
enum Sight {
    /// Not ours, or not there.
    Nothing,
    /// As it was remembered.
    Known(LinkRecord),
    /// Looked at, or made: it is to be this.
    Seen(Wanted),
}

impl Sight {
    /// What is remembered of it. Stamps are taken when all is done: what was changed a moment ago can't be told from what
    /// changes now.
    fn record(self, root: &Path, package: &PackageName, now: SystemTime) -> Option<LinkRecord> {
        match self {
            Self::Nothing => None,
            Self::Known(record) => Some(record),
            Self::Seen((places, description)) => {
                let stamp = workspace::stamp(root, package).filter(|stamp| stamp.is_settled(now))?;
                Some(LinkRecord { stamp: stamp.into(), places, description })
            }
        }
    }
}

/// What tells one target from another: where its links lead, and what its package.json says.
type Wanted = (Fingerprint, Fingerprint);

/// Refuses where links are of no use.
pub fn check_possible(workspace: &Workspace) -> Result<()> {
    let root = &workspace.layout.root;
    match workspace::pnp_in_force(root) {
        true if workspace::pnp_is_pnpms(root) => Err(errors::plug_n_play_of_pnpm()),
        true => Err(errors::plug_n_play()),
        false => Ok(()),
    }
}

fn mend_one(root: &Path, component: &Component, known: &LinkMemory, check: LinkCheck) -> Look {
    // Without files there is nothing to link to; the missing folder is an issue of its own.
    if component.files.is_empty() {
        return Look { outcome: Ok(LinkOutcome::Unchanged), sight: Sight::Nothing };
    }
    let target = target_of(root, component);
    // The author has a folder of that name now: what was compiled makes room.
    if target.entries.iter().any(|entry| entry == DIST)
        && let Err(error) = workspace::remove_built(root, &component.package)
    {
        return Look { outcome: Err(error), sight: Sight::Nothing };
    }
    let wanted = wanted(&target);
    let record = known.get(component.package.as_str()).filter(|record| {
        let stamp = || workspace::stamp(root, &component.package).map(Stamp::from);
        check == LinkCheck::Quick && record.places == wanted.0 && stamp() == Some(record.stamp)
    });
    let outcome = match record {
        Some(record) if record.description == wanted.1 => {
            return Look { outcome: Ok(LinkOutcome::Unchanged), sight: Sight::Known(record.clone()) };
        }
        Some(_) => workspace::describe_again(root, &target).map(|()| LinkOutcome::Mended),
        None => workspace::ensure(root, &target),
    };
    let is_ours = !matches!(outcome, Ok(LinkOutcome::Foreign) | Err(_));
    let sight = if is_ours { Sight::Seen(wanted) } else { Sight::Nothing };
    Look { outcome, sight }
}

pub(super) fn target_of(root: &Path, component: &Component) -> LinkTarget {
    let mut entries: Vec<String> = Vec::new();
    for file in &component.files {
        // Sorted by path: entries of one folder follow each other, but for names that sort between `a` and `a/`.
        let entry = file.source.path.split('/').next().unwrap_or_default();
        if !entries.iter().rev().take(8).any(|earlier| earlier == entry) {
            entries.push(entry.to_owned());
        }
    }
    entries.sort();
    entries.dedup();
    let version = component.entry.version.clone().unwrap_or_else(Version::zero);
    let paths = || component.files.iter().map(|file| file.source.path.as_str());
    let main = &component.entry.main_file;
    let mut entry = EntryPoints::of_sources(main);
    if component.is_compiled() && workspace::is_built(root, &component.package) {
        let made = dist_files(paths());
        entry = EntryPoints::of_built(main, paths().chain(made.iter().map(String::as_str)));
        entries.retain(|entry| entry != DIST);
        // What was compiled is a real file in node_modules: Node looks for what it needs from there upwards.
        if root.join(&component.entry.root_dir).join("node_modules").is_dir() {
            entries.push("node_modules".to_owned());
            entries.sort();
        }
    }
    let package_json = PackageJson::of_link(&component.package, &version, &entry, component.module);
    LinkTarget {
        package: component.package.clone(),
        root_dir: component.entry.root_dir.clone(),
        entries,
        package_json: package_json.to_json(),
    }
}

fn wanted(target: &LinkTarget) -> Wanted {
    let mut places = target.root_dir.clone();
    target.entries.iter().for_each(|entry| places.extend(["\0", entry.as_str()]));
    (fingerprint(places.as_bytes()), fingerprint(target.package_json.as_bytes()))
}

/// Removes links of ours whose component is gone, renamed or moved.
fn remove_stale(workspace: &Workspace, state: &State) -> Result<Vec<String>> {
    let root = &workspace.layout.root;
    let wanted: HashSet<&str> = state.components.iter().map(|component| component.package.as_str()).collect();
    let mut removed = Vec::new();
    for link in workspace::stale(root, |link| wanted.contains(link.package.as_str()))? {
        if workspace::remove(root, &link.package)? {
            removed.push(link.package);
        }
    }
    Ok(removed)
}
