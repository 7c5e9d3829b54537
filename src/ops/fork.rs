//! New components that begin as others: with the files of the folder, or of a version. A fork has no history of its own
//! yet; it says where it comes from.

use super::import::{Files, ImportOptions, Wanted, import};
use super::incoming::FollowHint;
use super::remote::url_of;
use super::renaming::{follow_links, new_names};
use super::successors::{Child, How, Importers, Nursery, Successor, Successors, commit, refuse_taken, wanted_path};
use super::{Found, Knowledge, Progress, Selection, State, Workspace, select};
use crate::errors;
use crate::model::{Beginning, ComponentId, ComponentName, Forebear, IdQuery, Pattern, ScopeName, VersionId, nearest};
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// What to fork.
#[derive(Debug, Clone, Default)]
pub struct ForkOptions {
    /// An id, or a pattern that names many.
    pub what: String,
    /// The new name; the old one without it.
    pub name: Option<String>,
    /// The scope of the new ones; the workspace's default scope without it.
    pub scope: Option<ScopeName>,
    /// The folder, if somebody said so.
    pub path: Option<PathBuf>,
    /// What becomes of those that import what is forked.
    pub importers: Importers,
    /// Whether the new ones say where they come from.
    pub reference: Reference,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// Whether a fork says where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reference {
    /// It does.
    #[default]
    Keep,
    /// Nobody is to know.
    Omit,
}

/// Forks.
pub fn fork(
    cwd: &Path,
    options: &ForkOptions,
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<(Workspace, Successors)> {
    if is_pattern(&options.what)? && options.name.is_some() {
        return Err(errors::one_name_for_pattern());
    }
    let name = options.name.as_deref().map(new_name).transpose()?;
    let sources = sources(cwd, &options.what, options.importers, follow, progress)?;
    fork_all(cwd, sources, name.as_ref(), options, progress)
}

/// Forks all components of a scope: those of the workspace as they are here, all others as the scope has them.
pub fn fork_scope(
    cwd: &Path,
    scope: &ScopeName,
    options: &ForkOptions,
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<(Workspace, Successors)> {
    let workspace = Workspace::open(cwd, progress)?;
    let here: Vec<ComponentId> =
        workspace.bitmap.entries().map(BitmapEntry::id).filter(|id| id.scope == *scope).collect();
    let is_somewhere = url_of(&workspace, scope)?.is_some();
    drop(workspace);
    let mut sources: Vec<Source> = here.iter().cloned().map(Source::Folder).collect();
    // Where nobody has said where it is, the import says so.
    if is_somewhere || here.is_empty() {
        let there = bring(cwd, &format!("{scope}/*"), follow, progress)?;
        sources.extend(there.into_iter().filter(|id| !here.contains(&id.id)).map(Source::Version));
    }
    fork_all(cwd, sources, None, options, progress)
}

fn fork_all(
    cwd: &Path,
    sources: Vec<Source>,
    name: Option<&ComponentName>,
    options: &ForkOptions,
    progress: &dyn Progress,
) -> Result<(Workspace, Successors)> {
    let is_one = sources.len() == 1 && !is_pattern(&options.what)?;
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let scope = options.scope.clone().unwrap_or_else(|| workspace.config.default_scope.clone());
    let state = State::load(&workspace, progress)?;
    let mut children = Vec::with_capacity(sources.len());
    for source in sources {
        children.push(child(&workspace, &state, source, name, &scope, options)?);
    }
    let ids: Vec<(ComponentId, ComponentId)> =
        children.iter().map(|child| (child.from.id.clone(), child.id.clone())).collect();
    refuse_taken(&workspace, &state, &ids, false)?;
    let names = new_names(ids.iter().map(|(old, new)| (old, new)));
    let mut nursery = Nursery::new(&workspace, &state, &names);
    let mut outcome = Successors::default();
    for child in &children {
        let wanted = wanted_path(&workspace, options.path.as_deref(), &child.id, is_one)?;
        let root_dir = nursery.add(child, wanted)?;
        let (from, id) = (child.from.clone(), child.id.clone());
        outcome.components.push(Successor { from, id, root_dir, how: How::Forked });
    }
    if options.importers == Importers::Follow {
        nursery.rewire(|id| ids.iter().all(|(old, _)| old != id))?;
    }
    outcome.told = std::mem::take(&mut nursery.told);
    let changes = (nursery.records, nursery.work);
    state.remember(&workspace);
    if options.dry_run {
        return Ok((workspace, outcome));
    }
    commit(&workspace, &lock, "fork", Vec::new(), changes)?;
    drop(lock);
    let (workspace, links) = follow_links(workspace, [], &mut outcome.warnings, progress)?;
    Ok((workspace, Successors { links, ..outcome }))
}

/// A component's new name. A scope has its own option.
pub(super) fn new_name(text: &str) -> Result<ComponentName> {
    match text.split('/').next().is_some_and(|first| first.contains('.')) {
        true => Err(errors::scope_in_new_name(text)),
        false => Ok(ComponentName::new(text)?),
    }
}

fn is_pattern(text: &str) -> Result<bool> {
    let parts = Pattern::parts(text)?;
    Ok(parts.len() > 1 || parts.iter().any(|part| part.is_glob() || part.excludes))
}

/// What is forked: a component of the workspace as it is, or a version.
enum Source {
    Folder(ComponentId),
    Version(VersionId),
}

/// Components of the workspace come first; whatever else is meant is brought into the local scope.
fn sources(
    cwd: &Path,
    what: &str,
    importers: Importers,
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<Vec<Source>> {
    let workspace = Workspace::open(cwd, progress)?;
    let unknown = match select(&workspace.bitmap, &[what.to_owned()]) {
        Ok(selections) => {
            let known = workspace.scope.known()?;
            let knowledge = Knowledge::of(&workspace, &known);
            return selections.into_iter().map(|selection| source(&knowledge, selection)).collect();
        }
        Err(error) => error,
    };
    // Without its scope nobody knows where to look for it.
    if IdQuery::parse(what).is_ok_and(|query| query.as_id.is_none()) {
        let names = workspace.bitmap.entries().map(|entry| entry.name.as_str());
        return Err(match errors::report(&unknown).kind {
            "unknown-component" => errors::nothing_to_fork(what, nearest(what, names)),
            _ => unknown,
        });
    }
    if importers == Importers::Follow {
        return Err(errors::nobody_here_imports(what));
    }
    drop(workspace);
    Ok(bring(cwd, what, follow, progress)?.into_iter().map(Source::Version).collect())
}

/// A component of the workspace, or one of its versions, which has to be here.
fn source(knowledge: &Knowledge, selection: Selection) -> Result<Source> {
    let Some(version) = selection.version else { return Ok(Source::Folder(selection.id)) };
    let found = Found { version: Some(version), ..knowledge.about(&selection.id)? };
    let version = knowledge.version_of(&found)?.ok_or_else(|| errors::no_version_yet(&found.id))?;
    knowledge.commit(&version)?;
    Ok(Source::Version(version))
}

/// Brings versions with all that they need into the local scope.
fn bring(cwd: &Path, what: &str, follow: &FollowHint, progress: &dyn Progress) -> Result<Vec<VersionId>> {
    let wanted = Wanted::Named(vec![what.to_owned()]);
    let options = ImportOptions { wanted, files: Files::Leave, ..ImportOptions::default() };
    let (_, imported) = import(cwd, &options, follow, progress)?;
    Ok(imported.components.into_iter().map(|component| component.id).collect())
}

fn child(
    workspace: &Workspace,
    state: &State,
    source: Source,
    name: Option<&ComponentName>,
    scope: &ScopeName,
    options: &ForkOptions,
) -> Result<Child> {
    let (from, commit) = match source {
        Source::Folder(id) => {
            let version = workspace.entry(&id).and_then(|entry| entry.version.clone());
            (Forebear { id, version }, None)
        }
        Source::Version(VersionId { id, version }) => {
            let commit = state.known.commit(&id, &version);
            let commit = commit.ok_or_else(|| errors::import_pending(&id.at(version.clone()).to_string()))?;
            (Forebear { id, version: Some(version) }, Some(commit))
        }
    };
    let id = ComponentId::new(scope.clone(), name.unwrap_or(&from.id.name).clone());
    let forked_from = (options.reference == Reference::Keep).then(|| from.clone());
    Ok(Child { from, commit, id, beginning: Beginning { forked_from, renamed_from: None } })
}
