//! Where a component goes, and what is in the way there.

mod again;
mod anew;

use super::choose::Chosen;
use super::here::{Content, Folder, VersionFiles};
use super::placement::Placement;
use super::{Fate, Files, ImportOptions};
use crate::errors::{self, Obstacle};
use crate::git::Repo;
use crate::model::ComponentId;
use crate::ops::incoming::Incoming;
use crate::ops::packages::origins;
use crate::ops::{Workspace, room};
use crate::scope::{Known, SourceFile};
use crate::source::files::IgnoreRules;
use crate::workspace::{Bitmap, BitmapEntry, check_relative_path, real_folder};
use anyhow::Result;
use std::collections::BTreeMap;

/// Works out where components go.
pub struct Planner<'a> {
    workspace: &'a Workspace,
    known: &'a Known,
    incoming: &'a Incoming<'a>,
    options: &'a ImportOptions,
    rules: IgnoreRules,
    /// Where components were before they became packages.
    origins: BTreeMap<ComponentId, String>,
    /// As it will be: no two folders overlap in it.
    bitmap: Bitmap,
    /// Where the folder was asked for: one component's own, or that of several.
    path: Option<String>,
    is_one: bool,
    obstacles: Vec<Obstacle>,
}

impl<'a> Planner<'a> {
    /// Nothing is placed yet.
    pub fn new(
        workspace: &'a Workspace,
        known: &'a Known,
        incoming: &'a Incoming<'a>,
        options: &'a ImportOptions,
        components: usize,
    ) -> Result<Self> {
        let path = options.path.as_deref().map(|path| workspace.layout.relative(path, &workspace.cwd)).transpose()?;
        if let Some(path) = path.as_deref().filter(|path| !path.is_empty()) {
            check_relative_path(path).map_err(|reason| errors::bad_path(path, reason))?;
        }
        Ok(Self {
            workspace,
            known,
            incoming,
            options,
            rules: IgnoreRules::new(&workspace.layout.root),
            origins: origins::folders(workspace, known)?,
            bitmap: workspace.bitmap.clone(),
            path,
            is_one: components == 1,
            obstacles: Vec::new(),
        })
    }

    /// Refuses everything if anything is in the way.
    pub fn refuse_obstacles(&self) -> Result<()> {
        if self.obstacles.is_empty() { Ok(()) } else { Err(errors::unable_to_import(&self.obstacles)) }
    }

    /// Where a component goes.
    pub fn place(&mut self, chosen: &Chosen) -> Result<Placement> {
        match (self.options.files, self.workspace.entry(&chosen.id.id)) {
            (Files::Leave, _) => Ok(Placement::nothing(Fate::Objects, None)),
            (_, Some(entry)) => self.place_again(chosen, entry),
            (Files::Write, None) => self.place_anew(chosen),
            (Files::Track, None) => self.track(chosen),
        }
    }

    /// Its files are there already, as they are: only the record is new.
    fn track(&mut self, chosen: &Chosen) -> Result<Placement> {
        let id = &chosen.id.id;
        let wanted = self.wanted_path(chosen)?;
        let root_dir = wanted.unwrap_or_else(|| self.workspace.config.directory_for(id));
        if !real_folder(&self.workspace.layout.root, &root_dir)?.is_dir() {
            self.obstacle(id, format!("{root_dir} is no folder, and --track-only writes no files"), false);
        }
        let target = VersionFiles::read(self.repo(id), chosen.commit)?;
        let after = record(None, chosen, &target, &root_dir);
        self.bitmap.insert(after.clone())?;
        Ok(Placement { after: Some(after), ..Placement::nothing(Fate::Added, Some(root_dir)) })
    }

    fn repo(&self, id: &ComponentId) -> &Repo {
        self.incoming.source(&id.scope).map_or(self.workspace.scope.repo(), |source| source.repo())
    }

    fn obstacle(&mut self, id: &ComponentId, what: String, can_be_overridden: bool) {
        let is_new = self.workspace.entry(id).is_none();
        self.obstacles.push(Obstacle { id: id.clone(), what, can_be_overridden, is_new });
    }

    /// The folder that was asked for: of one component its own, of several the one around theirs.
    fn wanted_path(&self, chosen: &Chosen) -> Result<Option<String>> {
        let Some(path) = &self.path else { return Ok(None) };
        let path = match (self.is_one, path.as_str()) {
            (true, "") => return Err(errors::root_is_no_component()),
            (true, path) => path.to_owned(),
            (false, "") => chosen.id.id.name.to_string(),
            (false, path) => format!("{path}/{}", chosen.id.id.name),
        };
        Ok(Some(path))
    }

    /// Whether a file stands on the way to a folder.
    fn is_blocked(&mut self, id: &ComponentId, folder: &str) -> bool {
        let Some(file) = room::blocked_at(&self.workspace.layout.root, folder) else { return false };
        self.obstacle(id, format!("{file} is a file, so there can be no folder {folder}"), false);
        true
    }
}

/// The files that are not as they are to be.
fn writes(folder: &Folder, target: &Content) -> Vec<SourceFile> {
    let missing = target.iter().filter(|(path, file)| folder.files.get(*path) != Some(*file));
    missing.map(|(path, (mode, blob))| SourceFile { path: path.clone(), mode: *mode, blob: *blob }).collect()
}

/// The record of a component whose folder holds this version.
fn record(before: Option<&BitmapEntry>, chosen: &Chosen, target: &VersionFiles, root_dir: &str) -> BitmapEntry {
    let id = &chosen.id.id;
    let new = || BitmapEntry::new(id.name.clone(), id.scope.clone(), root_dir, &target.main);
    BitmapEntry {
        scope: Some(id.scope.clone()),
        default_scope: None,
        version: Some(chosen.id.version.clone()),
        main_file: target.main.clone(),
        root_dir: root_dir.to_owned(),
        commit: Some(chosen.commit),
        base: None,
        ..before.cloned().unwrap_or_else(new)
    }
}
