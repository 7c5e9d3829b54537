//! Ejecting: components of the workspace become packages. Their sources go once the package is installed.
//!
//! The package manager is done before any source file is touched; files and records then go in one transaction. A command
//! that is stopped before has changed nothing (see [`super::packages`]), and one that is stopped after is finished. Where a
//! source can't go, such as one that was saved meanwhile, the packages go again.

use super::links::{self, LinkCheck, LinkReport};
use super::moved::refuse_moved;
use super::owed;
use super::packages::{
    Change, Changed, Closure, Declared, GitConsent, Install, Root, SourcesSoFar, Way, declared_roots, manager_of,
    origins, without_package, without_versions,
};
use super::select::{in_workspace, only_excludes};
use super::state::{Component, Standing};
use super::{BitmapChange, FollowHint, Progress, State, Transaction, Work, Workspace, select};
use crate::errors;
use crate::git::PackWriter;
use crate::model::{ComponentId, IdQuery, Pattern, Version, VersionId};
use crate::package::manager::Section;
use crate::scope::WriteLock;
use crate::workspace::{Bitmap, DependencyFiles, FileChange, Store, real_folder};
use anyhow::Result;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// What to eject, and how.
#[derive(Debug, Clone, Default)]
pub struct EjectOptions {
    /// Ids and patterns.
    pub ids: Vec<String>,
    /// What becomes of the sources.
    pub sources: Sources,
    /// What becomes of components that have changes which nobody published.
    pub unpublished: Unpublished,
    /// Where their packages come from.
    pub way: Way,
    /// Whether settings may be written without which nothing is installed by git.
    pub git: GitConsent,
}

/// What becomes of the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sources {
    /// They go, once the package is there.
    #[default]
    Remove,
    /// They stay, and belong to no component.
    Keep,
}

/// What becomes of components that have changes which nobody published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unpublished {
    /// They stay, and are told.
    #[default]
    Leave,
    /// They are ejected at the version that is published; what is tagged stays in the local scope.
    Eject,
}

/// Why a component was not ejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unfit {
    /// It has no version.
    NotTagged,
    /// No scope has it.
    NotExported,
    /// It has versions that its scope does not.
    Staged,
    /// It is not as its version is.
    Modified,
    /// The same, but it is only that this workspace has other ranges of the packages that it needs.
    OtherRanges,
    /// Its version is not here.
    NotHere,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Ejected {
    /// Those that were packages already.
    pub already: Vec<VersionId>,
    /// The components that are packages now.
    pub components: Vec<VersionId>,
    /// Those that stayed, and why.
    pub failed: Vec<Stayed>,
    /// What was done for the packages.
    pub packages: Changed,
    /// What is left in the components' folders: files that belong to no component.
    pub left: Vec<String>,
    /// What was done to the links.
    pub links: LinkReport,
}

/// Ejects what can be.
pub fn eject(
    cwd: &Path,
    options: &EjectOptions,
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<(Workspace, Ejected)> {
    let stopped = Workspace::put_back(cwd, progress)?;
    super::install::bring(cwd, &|workspace| without_versions(workspace), follow, progress)?;
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    workspace.notices.splice(0..0, stopped);
    links::check_possible(&workspace)?;
    let state = State::load(&workspace, progress)?;
    let (ids, already) = without_packages(&workspace, &options.ids)?;
    if ids.is_empty() && !already.is_empty() {
        state.remember(&workspace);
        let mut outcome = Ejected { already, ..Ejected::default() };
        outcome.packages.removed = Declared::of(&workspace)?.sweep()?;
        link(&workspace, &mut outcome, progress)?;
        return Ok((workspace, outcome));
    }
    let (fit, failed) = choose(&workspace, &state, &EjectOptions { ids, ..options.clone() })?;
    let mut outcome = Ejected { already, failed, ..Ejected::default() };
    if fit.is_empty() {
        return Ok((workspace, outcome));
    }
    let known = workspace.scope.known()?;
    let ids: Vec<VersionId> = fit.iter().map(|(_, id)| id.clone()).collect();
    let mut roots = declared_roots(&workspace, &known, &DependencyFiles::read(&workspace.layout.root)?)?;
    roots.retain(|root| fit.iter().all(|(_, id)| id.id != root.id.id));
    roots.extend(fit.iter().map(|(_, id)| Root { id: id.clone(), way: options.way }));
    let closure = Closure::of(&workspace, &known, &roots)?;
    refuse_moved(&workspace, &known, closure.nodes.keys().chain(&ids).collect::<BTreeSet<_>>(), progress)?;
    origins::remember(&workspace.scope, fit.iter().map(|(at, id)| (id.id.clone(), folder_of(&state, *at))))?;
    // Whatever keeps files from being removed is found before anything changes.
    let work = removal(&workspace, &state, &fit, options.sources)?;
    let manager = manager_of(&workspace)?;
    let change = Change {
        workspace: &workspace,
        manager: &manager,
        install: Install::Run,
        git: options.git,
        command: "eject",
        besides: Vec::new(),
        sources: SourcesSoFar::Untouched,
        section: Section::default(),
        progress,
    };
    let sources_go = || remove_sources(&workspace, &lock, &state, &fit, work);
    outcome.packages = change.carry_out_then(roots, &[], &lock, sources_go)?;
    outcome.left = left_behind(&workspace, &state, &fit, options.sources);
    owed::settle(&workspace.scope, fit.iter().map(|(_, id)| &id.id))?;
    outcome.components = fit.into_iter().map(|(_, id)| id).collect();
    workspace.bitmap = Bitmap::read(&workspace.layout.bitmap_file())?.unwrap_or_default();
    state.remember(&workspace);
    link(&workspace, &mut outcome, progress)?;
    Ok((workspace, outcome))
}

fn link(workspace: &Workspace, outcome: &mut Ejected, progress: &dyn Progress) -> Result<()> {
    let mut state = State::load(workspace, progress)?;
    outcome.links = links::mend(workspace, &mut state, LinkCheck::Full)?;
    state.remember(workspace);
    Ok(())
}

fn folder_of(state: &State, at: usize) -> String {
    state.components[at].entry.root_dir.clone()
}

/// The words, without those that name what is a package already: a command that was stopped may have got that far.
fn without_packages(workspace: &Workspace, words: &[String]) -> Result<(Vec<String>, Vec<VersionId>)> {
    let known = workspace.scope.known()?;
    let roots = declared_roots(workspace, &known, &DependencyFiles::read(&workspace.layout.root)?)?;
    let here = workspace.bitmap.entries().map(|entry| entry.id());
    let all: Vec<ComponentId> = here.chain(roots.iter().map(|root| root.id.id.clone())).collect();
    let (mut ids, mut packages) = (Vec::new(), Vec::new());
    for word in words {
        let word = without_package(&all, word);
        let named = if is_here(workspace, &word)? { Vec::new() } else { named_by(&word, &roots) };
        match named.is_empty() {
            true => ids.push(word),
            false => packages.extend(named),
        }
    }
    // What is left to say what is not meant would mean everything else.
    let is_dropped = !packages.is_empty();
    if is_dropped && ids.iter().all(|word| only_excludes(word)) {
        let excluded = ids.iter().map(|word| Pattern::parse(word)).collect::<Result<Vec<_>, _>>()?;
        packages.retain(|id: &VersionId| excluded.iter().all(|pattern| pattern.matches(&id.id)));
        ids.clear();
    }
    packages.sort();
    packages.dedup();
    match is_dropped && ids.is_empty() && packages.is_empty() {
        true => Err(errors::no_match(&words.join(" "))),
        false => Ok((ids, packages)),
    }
}

/// Whether a word names a component whose source is here.
fn is_here(workspace: &Workspace, word: &str) -> Result<bool> {
    match IdQuery::parse(word) {
        Ok(query) => Ok(in_workspace(&workspace.bitmap, &query)?.is_some()),
        Err(_) => Ok(select(&workspace.bitmap, &[word.to_owned()]).is_ok()),
    }
}

/// The packages that a word names. One that excludes anything speaks of what the other words name.
fn named_by(word: &str, roots: &[Root]) -> Vec<VersionId> {
    let query = IdQuery::parse(word).ok();
    let pattern = Pattern::parse(word).ok().filter(|_| query.is_none() && !word.contains('!'));
    let is_named = |id: &VersionId| match &query {
        Some(query) => query.version.is_none() && query.names(&id.id),
        None => pattern.as_ref().is_some_and(|pattern| pattern.matches(&id.id)),
    };
    roots.iter().map(|root| &root.id).filter(|id| is_named(id)).cloned().collect()
}

/// A component that is not ejected, and why.
type Stayed = (ComponentId, Unfit);

/// A component of the state, and the version at which it is ejected.
type Fit = (usize, VersionId);

fn choose(workspace: &Workspace, state: &State, options: &EjectOptions) -> Result<(Vec<Fit>, Vec<Stayed>)> {
    let (mut fit, mut failed) = (Vec::new(), Vec::new());
    for selection in select(&workspace.bitmap, &options.ids)? {
        if let Some(version) = &selection.version {
            return Err(errors::ejected_as_it_is(&selection.id, version));
        }
        let Some(at) = state.index_of(&selection.id) else { continue };
        match judge(&state.components[at], options.unpublished) {
            Ok(version) => fit.push((at, selection.id.at(version))),
            Err(Unfit::Modified) if state.differs_in_ranges_alone(workspace, at)? => {
                failed.push((selection.id, Unfit::OtherRanges));
            }
            Err(unfit) => failed.push((selection.id, unfit)),
        }
    }
    failed.sort();
    Ok((fit, failed))
}

/// The version at which a component is ejected: one that its scope lists.
fn judge(component: &Component, unpublished: Unpublished) -> Result<Version, Unfit> {
    let current = component.entry.version.as_ref().ok_or(Unfit::NotTagged)?;
    let catalog = component.remote.catalog.as_ref().ok_or(Unfit::NotExported)?;
    let is_listed =
        |version: &&Version| catalog.commit(version).is_some() && !component.remote.staged.contains(version);
    let base = component.entry.base.as_ref().map(|base| &base.version);
    let published = [Some(current), base].into_iter().flatten().find(is_listed);
    if unpublished == Unpublished::Eject {
        return published.cloned().ok_or(Unfit::NotExported);
    }
    let is_modified = match component.standing {
        Standing::Modified(changes) => changes.content,
        Standing::ImportPending => return Err(Unfit::NotHere),
        Standing::New => return Err(Unfit::NotTagged),
        Standing::Unchanged => false,
    };
    match published {
        _ if is_modified || component.entry.merging.is_some() => Err(Unfit::Modified),
        _ if !component.remote.staged.is_empty() => Err(Unfit::Staged),
        published => published.cloned().ok_or(Unfit::NotExported),
    }
}

/// How the components' files go: what they hold now is kept among the local scope's objects.
fn removal(workspace: &Workspace, state: &State, fit: &[Fit], sources: Sources) -> Result<Work> {
    let mut work = Work::default();
    for component in fit.iter().map(|&(at, _)| &state.components[at]).filter(|_| sources == Sources::Remove) {
        real_folder(&workspace.layout.root, &component.entry.root_dir)?;
        for file in &component.files {
            let path = format!("{}/{}", component.entry.root_dir, file.source.path);
            let (before, _) = work.old_file(workspace, &path, file.source.blob)?;
            work.files.push(FileChange { path, before: Some(before), after: None });
        }
    }
    Ok(work)
}

/// The files and the records, in one transaction.
fn remove_sources(workspace: &Workspace, lock: &WriteLock, state: &State, fit: &[Fit], work: Work) -> Result<()> {
    let store = Store::of(&workspace.layout.root)?;
    for component in fit.iter().map(|&(at, _)| &state.components[at]) {
        // What this component alone found in another version; without it a folder could not become empty.
        store.settle_component(&component.entry.root_dir, &[])?;
    }
    let gone = |&(at, _): &Fit| BitmapChange { before: Some(state.components[at].entry.clone()), after: None };
    let bitmap = fit.iter().map(gone).collect();
    let mut transaction = Transaction { command: "eject", objects: None, refs: Vec::new(), bitmap };
    if !work.objects.is_empty() {
        let mut pack = PackWriter::new(workspace.scope.repo())?;
        pack.add(work.objects)?;
        transaction.objects = Some(pack);
    }
    workspace.commit_with_files(transaction, &work.files, lock)
}

/// What is in the folders of components that went.
fn left_behind(workspace: &Workspace, state: &State, fit: &[Fit], sources: Sources) -> Vec<String> {
    let mut left = Vec::new();
    let root = &workspace.layout.root;
    for component in fit.iter().map(|&(at, _)| &state.components[at]) {
        let own: HashSet<&str> = match sources {
            Sources::Keep => component.files.iter().map(|file| file.source.path.as_str()).collect(),
            Sources::Remove => HashSet::new(),
        };
        list(root, &component.entry.root_dir, "", &own, &mut left);
    }
    left.sort();
    left
}

fn list(root: &Path, folder: &str, inside: &str, own: &HashSet<&str>, found: &mut Vec<String>) {
    let entries = std::fs::read_dir(root.join(folder).join(inside)).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            true if path.ends_with("node_modules") => found.push(format!("{folder}/{path}")),
            true => list(root, folder, &path, own, found),
            false if own.contains(path.as_str()) => {}
            false => found.push(format!("{folder}/{path}")),
        }
    }
}
