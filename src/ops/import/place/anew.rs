//! Where a component goes that is new in the workspace.

use super::{Planner, record, writes};
use crate::errors;
use crate::model::ComponentId;
use crate::ops::import::choose::Chosen;
use crate::ops::import::here::{Content, Folder, VersionFiles};
use crate::ops::import::placement::Placement;
use crate::ops::import::{Fate, InTheWay};
use crate::ops::room;
use crate::workspace::real_folder;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

impl Planner<'_> {
    /// A new folder, or one with nothing in the way of the files.
    pub(super) fn place_anew(&mut self, chosen: &Chosen) -> Result<Placement> {
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
