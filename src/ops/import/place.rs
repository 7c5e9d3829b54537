//! Where a component goes, and what is in the way there.

use super::choose::Chosen;
use super::here::{Content, Folder, VersionFiles};
use super::placement::{Join, Placement};
use super::{Fate, Files, ImportOptions, InTheWay};
use crate::errors::{self, Obstacle};
use crate::git::Repo;
use crate::model::{CommitId, ComponentId, Version};
use crate::ops::base::{here, is_lost};
use crate::ops::incoming::Incoming;
use crate::ops::packages::origins;
use crate::ops::{Workspace, history, room};
use crate::scope::{Known, SourceFile};
use crate::source::files::{IgnoreRules, escape};
use crate::workspace::{Base, Bitmap, BitmapEntry, check_relative_path, real_folder};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

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

    // ---- what the workspace has ----

    fn place_again(&mut self, chosen: &Chosen, entry: &BitmapEntry) -> Result<Placement> {
        if let Some(fate) = self.fate_of_staged(chosen, entry)? {
            let kept = Placement::nothing(fate, Some(entry.root_dir.clone()));
            return Ok(Placement { before: Some(entry.clone()), ..kept });
        }
        // Whoever tags would join a version whose files have gone.
        if let Some(merging) = &entry.merging {
            return Err(errors::merge_not_finished(&chosen.id.id, &merging.version));
        }
        let repo = self.repo(&chosen.id.id);
        let target = VersionFiles::read(repo, chosen.commit)?;
        let base_commit = self.base(chosen, entry)?;
        let base = base_commit.map(|commit| VersionFiles::read(repo, commit)).transpose()?;
        let root_dir = self.wanted_path(chosen)?.unwrap_or_else(|| entry.root_dir.clone());
        let moves = self.moves(&chosen.id.id, entry, &root_dir)?;
        if self.options.files == Files::Track {
            self.refuse_another_base(chosen, entry, base_commit)?;
            return self.track_again(chosen, entry, &target, &root_dir);
        }
        let place = if moves { &entry.root_dir } else { &root_dir };
        real_folder(&self.workspace.layout.root, place)?;
        let folder = Folder::read(&self.workspace.config, &self.rules, place)?;
        let nothing = Content::new();
        let base_files = base.as_ref().map_or(&nothing, |base| &base.files);
        let mut changed = folder.changed(base_files, &target.files);
        if base.as_ref().is_some_and(|base| base.main != entry.main_file) && entry.main_file != target.main {
            changed.push(format!("another main file: {}", entry.main_file));
        }
        if let (false, InTheWay::Join(_), Some(version), Some(base)) =
            (changed.is_empty(), self.options.in_the_way, &entry.version, base_commit)
        {
            return Ok(join(chosen, entry, (version.clone(), base)));
        }
        if let (false, InTheWay::Join(_), Some(version), None) =
            (changed.is_empty(), self.options.in_the_way, &entry.version, base_commit)
        {
            return Err(errors::made_from_unknown(&chosen.id.id.at(version.clone())));
        }
        if !changed.is_empty() && self.options.in_the_way != InTheWay::Overwrite {
            self.obstacle(&chosen.id.id, local_changes(&entry.root_dir, &changed), true);
        }
        let writes = writes(&folder, &target.files);
        let gone = |path: &&String| base_files.contains_key(*path) && !target.files.contains_key(*path);
        let deletes: Vec<String> = folder.files.keys().filter(gone).cloned().collect();
        let fate = match () {
            () if entry.version.as_ref() != Some(&chosen.id.version) => match &entry.version {
                Some(version) => Fate::Updated(version.clone()),
                None => Fate::Added,
            },
            () if root_dir != entry.root_dir => Fate::Moved(entry.root_dir.clone()),
            () if !writes.is_empty() || !deletes.is_empty() => Fate::Restored,
            () => Fate::UpToDate,
        };
        let after = record(Some(entry), chosen, &target, &root_dir);
        self.bitmap.remove(&chosen.id.id);
        self.bitmap.insert(after.clone())?;
        Ok(Placement {
            fate,
            moves_from: moves.then(|| entry.root_dir.clone()),
            is_new_folder: !folder.is_there,
            root_dir: Some(root_dir),
            writes,
            deletes,
            joins: None,
            before: Some(entry.clone()),
            after: Some(after),
        })
    }

    /// The newest version is nothing that the files of a lost one were made from, unless it is the one that the record
    /// knows. Whoever names a version says it of the files.
    fn refuse_another_base(&self, chosen: &Chosen, entry: &BitmapEntry, base: Option<CommitId>) -> Result<()> {
        let Some(version) = &entry.version else { return Ok(()) };
        let is_known = here(self.known, entry).is_some();
        let listed = chosen.entry.version(version).map(|listed| listed.commit);
        match is_known || chosen.is_exact || !is_lost(entry, listed) || base == Some(chosen.commit) {
            true => Ok(()),
            false => Err(errors::made_from_another(&chosen.id.id.at(version.clone()), &chosen.id.version)),
        }
    }

    /// The record is at the version that was wanted, whatever the files are like.
    fn track_again(
        &mut self,
        chosen: &Chosen,
        entry: &BitmapEntry,
        target: &VersionFiles,
        root_dir: &str,
    ) -> Result<Placement> {
        let after = record(Some(entry), chosen, target, root_dir);
        self.bitmap.remove(&chosen.id.id);
        self.bitmap.insert(after.clone())?;
        let fate = match &entry.version {
            Some(version) if *version == chosen.id.version => Fate::UpToDate,
            Some(version) => Fate::Updated(version.clone()),
            None => Fate::Added,
        };
        let nothing = Placement::nothing(fate, Some(root_dir.to_owned()));
        Ok(Placement { before: Some(entry.clone()), after: Some(after), ..nothing })
    }

    /// What is staged here is never put aside for what somebody else made, except for a version that was named.
    fn fate_of_staged(&self, chosen: &Chosen, entry: &BitmapEntry) -> Result<Option<Fate>> {
        let Some(version) = &entry.version else { return Ok(None) };
        let Some(mine) = here(self.known, entry) else { return Ok(None) };
        if mine == chosen.commit {
            return Ok(None);
        }
        let is_listed = chosen.entry.version(version).is_some_and(|listed| listed.commit == mine);
        let repo = self.repo(&chosen.id.id);
        Ok(match () {
            () if chosen.is_exact && chosen.id.version != *version => None,
            () if history::holds(repo, mine, chosen.commit)? => Some(Fate::Ahead),
            () if !is_listed && !history::holds(repo, chosen.commit, mine)? => Some(Fate::Diverged),
            () => None,
        })
    }

    /// The content of the version that the folder was made from.
    fn base(&self, chosen: &Chosen, entry: &BitmapEntry) -> Result<Option<CommitId>> {
        let Some(version) = &entry.version else { return Ok(None) };
        let id = chosen.id.id.at(version.clone());
        let listed = chosen.entry.version(version).map(|listed| listed.commit);
        let known = here(self.known, entry);
        if known.is_none() && is_lost(entry, listed) {
            let there = |base: &&Base| chosen.entry.version(&base.version).map(|listed| listed.commit);
            let base = entry.base.as_ref().filter(|base| there(base) == Some(base.commit));
            return Ok(base.map(|base| base.commit));
        }
        if let (Some(meant), Some(listed), None) = (entry.commit, listed, known) {
            self.incoming.check_record(&id, meant, listed)?;
        }
        Ok(known.or(listed))
    }

    /// Whether the folder is to move: it is here, and there is room over there. A person, or an import that was
    /// stopped, may have moved it already.
    fn moves(&mut self, id: &ComponentId, entry: &BitmapEntry, to: &str) -> Result<bool> {
        if to == entry.root_dir {
            return Ok(false);
        }
        let root = &self.workspace.layout.root;
        let from = real_folder(root, &entry.root_dir)?;
        real_folder(root, to)?;
        if !from.is_dir() {
            return Ok(false);
        }
        if self.is_blocked(id, to) {
            return Ok(true);
        }
        if room::is_taken(root, to) {
            self.obstacle(id, format!("it can't move to {to}: the directory is not empty"), false);
        }
        Ok(true)
    }

    /// Whether a file stands on the way to a folder.
    fn is_blocked(&mut self, id: &ComponentId, folder: &str) -> bool {
        let Some(file) = room::blocked_at(&self.workspace.layout.root, folder) else { return false };
        self.obstacle(id, format!("{file} is a file, so there can be no folder {folder}"), false);
        true
    }

    // ---- what is new ----

    fn place_anew(&mut self, chosen: &Chosen) -> Result<Placement> {
        let id = &chosen.id.id;
        let target = VersionFiles::read(self.repo(id), chosen.commit)?;
        let wanted = match self.wanted_path(chosen)? {
            Some(path) => path,
            None => self.usual_folder(id),
        };
        let (root_dir, folder) = self.folder_for(chosen, wanted, &target.files)?;
        if self
            .rules
            .is_ignored(&root_dir, true)
            .with_context(|| format!("could not read the ignore rules around {root_dir}"))?
        {
            return Err(errors::folder_is_ignored(&root_dir));
        }
        let after = record(None, chosen, &target, &root_dir);
        self.bitmap.insert(after.clone())?;
        Ok(Placement {
            fate: Fate::Added,
            moves_from: None,
            is_new_folder: !folder.is_there,
            writes: writes(&folder, &target.files),
            deletes: Vec::new(),
            joins: None,
            root_dir: Some(root_dir),
            before: None,
            after: Some(after),
        })
    }

    /// The folder that nobody asked for: the one that it had, if that is free, else the one that the settings say.
    fn usual_folder(&self, id: &ComponentId) -> String {
        let (root, bitmap) = (&self.workspace.layout.root, &self.bitmap);
        let had = self.origins.get(id).filter(|folder| room::free_of_others(bitmap, root, folder) == **folder);
        had.cloned().unwrap_or_else(|| room::free_of_others(bitmap, root, &self.workspace.config.directory_for(id)))
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

    /// The folder, and what is in it. Where something is in the way it is another one, or an obstacle.
    fn folder_for(&mut self, chosen: &Chosen, wanted: String, files: &Content) -> Result<(String, Folder)> {
        let root = &self.workspace.layout.root;
        let place = real_folder(root, &wanted)?;
        if self.is_blocked(&chosen.id.id, &wanted) {
            return Ok((wanted, Folder::default()));
        }
        let found = fs::symlink_metadata(&place).ok();
        if found.as_ref().is_some_and(|found| !found.is_dir()) {
            self.obstacle(&chosen.id.id, format!("{wanted} is a file"), false);
            return Ok((wanted, Folder::default()));
        }
        if !room::is_taken(root, &wanted) {
            return Ok((wanted, Folder::default()));
        }
        let folder = Folder::read(&self.workspace.config, &self.rules, &wanted)?;
        // What an import that was stopped has left.
        if folder.is_exactly(files) || (folder.holds_nobodys_work() && is_free_for(&place, files)) {
            return Ok((wanted, folder));
        }
        match self.options.in_the_way {
            InTheWay::Overwrite => Ok((wanted, folder)),
            InTheWay::GoElsewhere => {
                let mut numbered = (1..).map(|number| format!("{wanted}_{number}"));
                let is_free = |path: &String| {
                    !room::is_taken(root, path) && room::free_of_others(&self.bitmap, root, path) == *path
                };
                let free = numbered.find(is_free);
                Ok((free.unwrap_or(wanted), Folder::default()))
            }
            InTheWay::Refuse | InTheWay::Join(_) => {
                self.obstacle(&chosen.id.id, format!("{wanted}: the directory is not empty"), true);
                Ok((wanted, folder))
            }
        }
    }
}

/// Whether no file would be written over; there may be some that no component holds.
fn is_free_for(folder: &Path, files: &Content) -> bool {
    files.keys().all(|path| fs::symlink_metadata(folder.join(path)).is_err())
}

/// The files that are not as they are to be.
fn writes(folder: &Folder, target: &Content) -> Vec<SourceFile> {
    let missing = target.iter().filter(|(path, file)| folder.files.get(*path) != Some(*file));
    missing.map(|(path, (mode, blob))| SourceFile { path: path.clone(), mode: *mode, blob: *blob }).collect()
}

/// The folder stays where it is, and what is in it is joined once all that came is here.
fn join(chosen: &Chosen, entry: &BitmapEntry, from: (Version, CommitId)) -> Placement {
    let fate = if from.1 == chosen.commit { Fate::UpToDate } else { Fate::Joined(from.0.clone()) };
    let mut after = entry.clone();
    after.version = Some(chosen.id.version.clone());
    after.commit = Some(chosen.commit);
    after.base = None;
    Placement {
        joins: Some(Join { from, to: (chosen.id.version.clone(), chosen.commit), decisions: Vec::new() }),
        before: Some(entry.clone()),
        after: Some(after),
        ..Placement::nothing(fate, Some(entry.root_dir.clone()))
    }
}

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

fn local_changes(root_dir: &str, changed: &[String]) -> String {
    const SHOWN: usize = 3;
    let unique: BTreeSet<&String> = changed.iter().collect();
    let shown: Vec<String> = unique.iter().take(SHOWN).map(|path| escape(path.as_bytes())).collect();
    let more = unique.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{root_dir} has local changes ({}{more})", shown.join(", "))
}
