//! Tracking folders as components: all that are named, or none.

mod expand;
mod main_file;

use super::links::{self, LinkCheck, LinkReport};
use super::{Progress, State, Workspace};
use crate::errors;
use crate::model::{ComponentId, ComponentName, PackageName, ScopeName, Version};
use crate::ops::sources::sources;
use crate::ops::state::Issue;
use crate::source::files::{IgnoreRules, Walk, escape};
use crate::workspace::BitmapEntry;
use anyhow::{Context, Result};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// Which folders become components, and as what.
#[derive(Debug, Clone, Default)]
pub struct AddOptions {
    /// Folders, and globs that name many.
    pub folders: Vec<String>,
    /// The component's id; the folder's own name without it.
    pub id: Option<String>,
    /// What stands before the folder's name.
    pub namespace: Option<String>,
    /// The scope; the variant's or the workspace's without it.
    pub scope: Option<ScopeName>,
    /// The main file.
    pub main: Option<String>,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Added {
    /// The components that are new here.
    pub components: Vec<AddedComponent>,
    /// Those that were here already.
    pub unchanged: Vec<ComponentId>,
    /// What was done to the links.
    pub links: LinkReport,
}

/// A component that is new here.
#[derive(Debug)]
pub struct AddedComponent {
    /// Which.
    pub id: ComponentId,
    /// Its folder.
    pub root_dir: String,
    /// Its main file.
    pub main_file: String,
    /// Its files, relative to the folder.
    pub files: Vec<String>,
    /// The version of the local scope that it goes on from.
    pub adopted: Option<Version>,
    /// The scope lists a component of this name, as it was seen last.
    pub exists_in_scope: bool,
}

/// A folder that was looked at.
struct Candidate {
    root_dir: String,
    walk: Walk,
}

/// Tracks the folders.
pub fn add(cwd: &Path, options: &AddOptions, progress: &dyn Progress) -> Result<(Workspace, Added)> {
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let folders = expand::expand(&workspace, &options.folders)?;
    if folders.len() > 1 && (options.id.is_some() || options.main.is_some()) {
        return Err(errors::one_folder_expected(folders.len()));
    }
    let mut outcome = Added::default();
    let candidates = look_at(&workspace, folders)?;
    let known = workspace.scope.known()?;
    for candidate in candidates {
        if let Some(id) = tracked_already(&mut workspace, &candidate, options)? {
            outcome.unchanged.push(id);
            continue;
        }
        let mut added = describe(&workspace, candidate, options)?;
        let mut entry =
            BitmapEntry::new(added.id.name.clone(), added.id.scope.clone(), &added.root_dir, &added.main_file);
        let catalog = known.catalogs.get(&added.id.scope);
        let listed =
            catalog.map(|catalog| catalog.entry(workspace.scope.repo(), &added.id.name)).transpose()?.flatten();
        added.exists_in_scope = listed.is_some();
        // A component that was tracked before goes on from where it was.
        if let Some((version, at)) = newest(&known, &added.id, listed.as_ref().map(|entry| &entry.head)) {
            entry.version = Some(version.clone());
            entry.commit = Some(at);
            if listed.is_some() {
                entry.scope = entry.default_scope.take();
            }
            added.adopted = Some(version);
        }
        workspace.bitmap.insert(entry)?;
        outcome.components.push(added);
    }
    refuse_shared_packages(&workspace)?;
    workspace.save_bitmap(&lock)?;
    let mut state = State::load(&workspace, progress)?;
    outcome.links = links::mend(&workspace, &mut state, LinkCheck::Quick)?;
    state.remember(&workspace);
    Ok((workspace, outcome))
}

/// Looks at all folders, and refuses all of them if any holds what no component can.
fn look_at(workspace: &Workspace, folders: Vec<String>) -> Result<Vec<Candidate>> {
    let (config, rules) = (&workspace.config, IgnoreRules::new(&workspace.layout.root));
    let candidates: Vec<Candidate> = folders
        .into_par_iter()
        .map(|root_dir| {
            let walk = sources(config, &rules, &root_dir);
            let walk = walk.with_context(|| format!("could not read the folder {root_dir}"))?;
            Ok(Candidate { root_dir, walk })
        })
        .collect::<Result<_>>()?;
    let problems: Vec<Issue> = candidates
        .iter()
        .flat_map(|candidate| {
            candidate.walk.problems.iter().map(|problem| Issue::of_problem(&candidate.root_dir, problem))
        })
        .collect();
    if problems.is_empty() { Ok(candidates) } else { Err(errors::folders_refused(&lines(&problems))) }
}

fn lines(problems: &[Issue]) -> Vec<String> {
    let line = |issue: &Issue| {
        let file = issue.file.as_deref().unwrap_or_default();
        format!("  {}: {} [{}]\n    → {}", escape(file.as_bytes()), issue.message, issue.kind, issue.fix)
    };
    problems.iter().map(line).collect()
}

/// Adding a folder again is harmless; it can change the main file.
fn tracked_already(
    workspace: &mut Workspace,
    candidate: &Candidate,
    options: &AddOptions,
) -> Result<Option<ComponentId>> {
    let Some(entry) = workspace.bitmap.at(&candidate.root_dir) else { return Ok(None) };
    let id = entry.id();
    let wanted = id_of(workspace, &candidate.root_dir, options);
    // The folder's own name may be no legal one: it was given another when it was added.
    let asks_for_another = options.id.is_some() || options.namespace.is_some() || options.scope.is_some();
    if asks_for_another && wanted? != id {
        return Err(errors::folder_has_component(&candidate.root_dir, &id));
    }
    if options.main.is_some() {
        let main = main_file::choose(workspace, &candidate.root_dir, &candidate.walk, options.main.as_deref())?;
        workspace.bitmap.update(&id, |entry| entry.main_file = main)?;
    }
    Ok(Some(id))
}

fn describe(workspace: &Workspace, candidate: Candidate, options: &AddOptions) -> Result<AddedComponent> {
    let Candidate { root_dir, walk } = candidate;
    if walk.ignored || walk.files.is_empty() {
        let is_empty = has_nothing(&workspace.layout.root.join(&root_dir));
        return Err(if is_empty { errors::empty_folder(&root_dir) } else { errors::no_files(&root_dir, walk.ignored) });
    }
    let around = workspace.bitmap.containing(&root_dir).or_else(|| workspace.bitmap.inside(&root_dir).next());
    if let Some(other) = around {
        let file = format!("{}/{}", other.root_dir, other.main_file);
        return Err(errors::folders_overlap(&root_dir, &other.root_dir, &file, &other.id()));
    }
    let id = id_of(workspace, &root_dir, options)?;
    if let Some(other) = workspace.bitmap.get(&id) {
        return Err(errors::id_taken(&id, &other.root_dir));
    }
    let main_file = main_file::choose(workspace, &root_dir, &walk, options.main.as_deref())?;
    let files = walk.files.into_iter().map(|file| file.path).collect();
    Ok(AddedComponent { id, root_dir, main_file, files, adopted: None, exists_in_scope: false })
}

fn has_nothing(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// The id that was asked for, or the folder's own name with the namespace before it.
fn id_of(workspace: &Workspace, root_dir: &str, options: &AddOptions) -> Result<ComponentId> {
    let scope = || options.scope.clone().unwrap_or_else(|| workspace.scope_for(root_dir));
    let folder = root_dir.rsplit('/').next().unwrap_or(root_dir);
    match (&options.id, &options.namespace) {
        (Some(_), Some(_)) => Err(errors::id_or_namespace()),
        // A dot can only stand in a scope's name: "my-org.ui/button" says both.
        (Some(text), None) if text.split('/').next().is_some_and(|first| first.contains('.')) => Ok(text.parse()?),
        (Some(text), None) => Ok(ComponentId::new(scope(), ComponentName::new(text)?)),
        (None, Some(namespace)) => named(&format!("{}/{folder}", namespace.trim_end_matches('/')), scope),
        (None, None) => named(folder, scope),
    }
}

/// The id that a folder's name gives.
fn named(text: &str, scope: impl Fn() -> ScopeName) -> Result<ComponentId> {
    let name = ComponentName::new(text).map_err(|error| errors::folder_name_is_no_id(&error))?;
    Ok(ComponentId::new(scope(), name))
}

/// The version of the local scope that a component goes on from: its scope's head, else the highest.
fn newest(
    known: &crate::scope::Known,
    id: &ComponentId,
    head: Option<&Version>,
) -> Option<(Version, crate::model::CommitId)> {
    let listed = head.and_then(|head| Some((head.clone(), known.commit(id, head)?)));
    listed.or_else(|| known.versions(id).next_back().map(|(version, at)| (version.clone(), at.commit)))
}

fn refuse_shared_packages(workspace: &Workspace) -> Result<()> {
    let mut owners: BTreeMap<PackageName, ComponentId> = BTreeMap::new();
    for id in workspace.bitmap.entries().map(BitmapEntry::id) {
        let package = PackageName::of(&id);
        if let Some(other) = owners.insert(package.clone(), id.clone()) {
            return Err(errors::package_taken(&package, &id, &other));
        }
    }
    Ok(())
}
