//! Components that others go on as: forks, and what gets another name.

use super::beginning;
use super::links::LinkReport;
use super::specifiers::{Told, Unparsable, WorkspaceSpecifiers};
use super::{BitmapChange, State, Transaction, Work, Workspace, pending, room};
use crate::errors;
use crate::git::{PackWriter, RefEdit};
use crate::model::{Beginning, CommitId, ComponentId, Forebear, PackageName, ScopeName, VersionId};
use crate::scope::{StoredVersion, WriteLock};
use crate::source::files::{IgnoreRules, check_path};
use crate::source::rewrite::NewNames;
use crate::workspace::{Bitmap, BitmapEntry, FileChange, FileState, check_relative_path, real_folder};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// What becomes of the components of the workspace that import the ones which are forked or renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Importers {
    /// They stay as they are.
    #[default]
    Leave,
    /// They import the new ones.
    Follow,
}

/// A component that another one goes on as.
#[derive(Debug, Clone)]
pub struct Successor {
    /// The one that it was made from.
    pub from: Forebear,
    /// The new one.
    pub id: ComponentId,
    /// Its folder.
    pub root_dir: String,
    /// What was done.
    pub how: How,
}

/// How a component goes on as another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Both are there.
    Forked,
    /// It is the same one, under another id.
    Renamed,
    /// It was exported: a new one goes on, and the old one is deprecated, with a pointer.
    Deprecated,
    /// It was exported: a new one goes on, and the old one is to be removed from its scope.
    Removed,
}

/// What was done, or would be.
#[derive(Debug, Default)]
pub struct Successors {
    /// The components.
    pub components: Vec<Successor>,
    /// Staged versions of other components, which were rewritten because they need renamed ones.
    pub rewritten: Vec<VersionId>,
    /// What changed in sources.
    pub told: Told,
    /// The scope of new components, before and after, where it is another one now.
    pub default_scope: Option<(ScopeName, ScopeName)>,
    /// What was done to the links.
    pub links: LinkReport,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// A new component, and what it is to be made of.
pub struct Child {
    /// The one that it is made from.
    pub from: Forebear,
    /// Its files: those of this version; of the folder, where this is none.
    pub commit: Option<CommitId>,
    /// What it is to be.
    pub id: ComponentId,
    /// How it is to say that it began.
    pub beginning: Beginning,
}

/// New folders and records. Nothing is written before all of it is known.
pub struct Nursery<'a> {
    workspace: &'a Workspace,
    state: &'a State,
    names: &'a NewNames,
    rules: IgnoreRules,
    /// As it will be.
    bitmap: Bitmap,
    /// The records that change.
    pub records: Vec<BitmapChange>,
    /// The files that change.
    pub work: Work,
    /// What changes in sources.
    pub told: Told,
}

impl<'a> Nursery<'a> {
    /// Nothing is new yet. Specifiers follow in all that is made: who is forked together goes on naming one another.
    pub fn new(workspace: &'a Workspace, state: &'a State, names: &'a NewNames) -> Self {
        Self {
            workspace,
            state,
            names,
            rules: IgnoreRules::new(&workspace.layout.root),
            bitmap: workspace.bitmap.clone(),
            records: Vec::new(),
            work: Work::default(),
            told: Told::default(),
        }
    }

    /// Makes a new component: its folder, and its record. Gives the folder.
    pub fn add(&mut self, child: &Child, wanted: Option<String>) -> Result<String> {
        let root = &self.workspace.layout.root;
        let root_dir = match wanted {
            Some(path) => path,
            None => room::free_of_others(&self.bitmap, root, &self.workspace.config.directory_for(&child.id)),
        };
        check_relative_path(&root_dir).map_err(|reason| errors::bad_path(&root_dir, reason))?;
        real_folder(root, &root_dir)?;
        if room::is_taken(root, &root_dir) {
            return Err(errors::no_room_for_component(&root_dir));
        }
        let cannot = || format!("could not read the ignore rules around {root_dir}");
        if self.rules.is_ignored(&root_dir, true).with_context(cannot)? {
            return Err(errors::folder_is_ignored(&root_dir));
        }
        let mut entry = match child.commit {
            Some(commit) => self.of_version(child, commit, &root_dir)?,
            None => self.of_folder(child, &root_dir)?,
        };
        beginning::put(&mut entry.config, &child.beginning);
        self.bitmap.insert(entry.clone())?;
        self.records.push(BitmapChange { before: None, after: Some(entry) });
        Ok(root_dir)
    }

    /// The folder as it is, whatever of it is in a version.
    fn of_folder(&mut self, child: &Child, root_dir: &str) -> Result<BitmapEntry> {
        let at = self.state.index_of(&child.from.id).ok_or_else(|| errors::not_tracked(&child.from.id))?;
        let component = &self.state.components[at];
        if component.files.is_empty() {
            return Err(errors::no_files(&component.entry.root_dir, false));
        }
        for file in &component.files {
            let path = format!("{}/{}", component.entry.root_dir, file.source.path);
            let (before, bytes) = self.work.old_file(self.workspace, &path, file.source.blob)?;
            self.file(format!("{root_dir}/{}", file.source.path), before, bytes)?;
        }
        let ComponentId { scope, name } = child.id.clone();
        let mut entry = BitmapEntry::new(name, scope, root_dir, &component.entry.main_file);
        entry.config = component.entry.config.clone();
        pending::forget(&mut entry);
        Ok(entry)
    }

    fn of_version(&mut self, child: &Child, commit: CommitId, root_dir: &str) -> Result<BitmapEntry> {
        let repo = self.workspace.scope.repo();
        let version = StoredVersion::read(repo, commit)?;
        for file in version.source_files(repo)? {
            check_path(&file.path).map_err(|why| errors::unwritable_name(&child.from.id, &file.path, &why))?;
            let state = FileState { mode: file.mode, blob: file.blob };
            self.file(format!("{root_dir}/{}", file.path), state, repo.blob(file.blob)?)?;
        }
        let ComponentId { scope, name } = child.id.clone();
        Ok(BitmapEntry::new(name, scope, root_dir, &version.manifest.main))
    }

    fn file(&mut self, path: String, like: FileState, bytes: Vec<u8>) -> Result<()> {
        let after = match self.told.look(self.names, &path, &bytes) {
            Some(bytes) => self.work.new_content(self.workspace.scope.repo(), like.mode, bytes)?,
            None => like,
        };
        self.work.files.push(FileChange { path, before: None, after: Some(after) });
        Ok(())
    }

    /// Changes a record that is there.
    pub fn change(&mut self, id: &ComponentId, change: impl FnOnce(&mut BitmapEntry)) -> Result<()> {
        let before = self.bitmap.get(id).cloned().ok_or_else(|| errors::not_tracked(id))?;
        let mut after = before.clone();
        change(&mut after);
        self.bitmap.remove(id);
        self.bitmap.insert(after.clone())?;
        self.records.push(BitmapChange { before: Some(before), after: Some(after) });
        Ok(())
    }

    /// The specifiers of these components follow too.
    pub fn rewire(&mut self, is_meant: impl Fn(&ComponentId) -> bool) -> Result<()> {
        let components = self.state.components.iter().filter(|component| is_meant(&component.id));
        let found = WorkspaceSpecifiers::find(self.workspace, components, self.names, Unparsable::Leave)?;
        self.work.files.extend(found.work.files);
        self.work.objects.extend(found.work.objects);
        self.told.add(found.told);
        Ok(())
    }
}

/// The folder that somebody asked for: of one component its own, of several the one around theirs.
pub fn wanted_path(
    workspace: &Workspace,
    path: Option<&Path>,
    id: &ComponentId,
    is_one: bool,
) -> Result<Option<String>> {
    let Some(path) = path else { return Ok(None) };
    let path = workspace.layout.relative(path, &workspace.cwd)?;
    match (is_one, path.is_empty()) {
        (true, true) => Err(errors::root_is_no_component()),
        (true, false) => Ok(Some(path)),
        (false, true) => Ok(Some(id.name.to_string())),
        (false, false) => Ok(Some(format!("{path}/{}", id.name))),
    }
}

/// Refuses new ids that are taken, here or as far as anybody knows in their scopes. Old ids become free where `leave`.
pub fn refuse_taken(
    workspace: &Workspace,
    state: &State,
    ids: &[(ComponentId, ComponentId)],
    leave: bool,
) -> Result<()> {
    let gone: HashSet<&ComponentId> = ids.iter().map(|(old, _)| old).filter(|_| leave).collect();
    let stays = |id: &ComponentId| !gone.contains(id);
    let mut packages: BTreeMap<PackageName, ComponentId> = BTreeMap::new();
    for id in workspace.bitmap.entries().map(BitmapEntry::id).filter(stays) {
        packages.insert(PackageName::of(&id), id);
    }
    for (old, new) in ids {
        let package = PackageName::of(new);
        if let Some(entry) = workspace.bitmap.get(new).filter(|_| stays(new)) {
            return Err(errors::new_id_taken(old, new, &format!("the component in {} has it", entry.root_dir)));
        }
        if state.known.components.contains_key(new) && stays(new) {
            return Err(errors::new_id_taken(old, new, "the local scope has versions of such a component"));
        }
        let catalog = state.known.catalogs.get(&new.scope);
        let listed = catalog.map(|catalog| catalog.entry(workspace.scope.repo(), &new.name)).transpose()?.flatten();
        if listed.is_some() {
            return Err(errors::new_id_taken(old, new, "its scope has such a component"));
        }
        if let Some(other) = packages.insert(package.clone(), new.clone()) {
            return Err(errors::package_taken(&package, new, &other));
        }
    }
    Ok(())
}

/// Writes all of it down at once.
pub fn commit(
    workspace: &Workspace,
    lock: &WriteLock,
    command: &'static str,
    refs: Vec<RefEdit>,
    (records, work): (Vec<BitmapChange>, Work),
) -> Result<()> {
    if records.is_empty() && work.files.is_empty() && refs.is_empty() {
        return Ok(());
    }
    let mut objects = None;
    if !work.objects.is_empty() {
        let mut pack = PackWriter::new(workspace.scope.repo())?;
        pack.add(work.objects)?;
        objects = Some(pack);
    }
    workspace.commit_with_files(Transaction { command, objects, refs, bitmap: records.into() }, &work.files, lock)
}
