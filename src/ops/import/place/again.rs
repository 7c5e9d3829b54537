//! Where a component goes that the workspace has, and what becomes of local changes.

use super::{Planner, record, writes};
use crate::errors;
use crate::model::{CommitId, ComponentId, Version, few};
use crate::ops::base::{here, is_lost};
use crate::ops::import::choose::Chosen;
use crate::ops::import::here::{Content, Folder, VersionFiles};
use crate::ops::import::placement::{Join, Placement};
use crate::ops::import::{Fate, Files, InTheWay};
use crate::ops::{history, room};
use crate::source::files::escape;
use crate::workspace::{Base, BitmapEntry, real_folder};
use anyhow::Result;
use std::collections::BTreeSet;

impl Planner<'_> {
    /// The folder goes to the version that was wanted, with what was changed in it or without.
    pub(super) fn place_again(&mut self, chosen: &Chosen, entry: &BitmapEntry) -> Result<Placement> {
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
        let changed = changed(&folder, entry, base.as_ref(), &target);
        if !changed.is_empty()
            && let Some(joined) = self.settle_changes(chosen, entry, base_commit, &changed)?
        {
            return Ok(joined);
        }
        let writes = writes(&folder, &target.files);
        let deletes = deletes(&folder, base.as_ref(), &target);
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

    /// What becomes of local changes: they are joined, lost because that was wanted, or in the way.
    fn settle_changes(
        &mut self,
        chosen: &Chosen,
        entry: &BitmapEntry,
        base: Option<CommitId>,
        changed: &[String],
    ) -> Result<Option<Placement>> {
        let id = &chosen.id.id;
        match (self.options.in_the_way, &entry.version, base) {
            (InTheWay::Overwrite, ..) => return Ok(None),
            (InTheWay::Join(_), Some(version), Some(base)) => {
                return Ok(Some(join(chosen, entry, (version.clone(), base))));
            }
            (InTheWay::Join(_), Some(version), None) => return Err(errors::made_from_unknown(&id.at(version.clone()))),
            _ => self.obstacle(id, local_changes(&entry.root_dir, changed), true),
        }
        Ok(None)
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
            () if self.is_given_up(chosen, entry, mine) => None,
            () if history::holds(repo, mine, chosen.commit)? => Some(Fate::Ahead),
            () if !is_listed && !history::holds(repo, chosen.commit, mine)? => Some(Fate::Diverged),
            () => None,
        })
    }

    /// Whether a person gives up what a version was for what its scope lists it as now: it is nobody's work that was
    /// never exported.
    fn is_given_up(&self, chosen: &Chosen, entry: &BitmapEntry, mine: CommitId) -> bool {
        let was_exported = entry.is_exported() && entry.base.is_none() && entry.commit == Some(mine);
        chosen.is_exact && was_exported && self.incoming.accepts(&chosen.id)
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
}

/// The files that are neither as in the version that the folder was made from nor as in the one that comes.
fn changed(folder: &Folder, entry: &BitmapEntry, base: Option<&VersionFiles>, target: &VersionFiles) -> Vec<String> {
    let nothing = Content::new();
    let mut changed = folder.changed(base.map_or(&nothing, |base| &base.files), &target.files);
    if base.is_some_and(|base| base.main != entry.main_file) && entry.main_file != target.main {
        changed.push(format!("another main file: {}", entry.main_file));
    }
    changed
}

/// The files of the version that the folder was made from which the one that comes has no more.
fn deletes(folder: &Folder, base: Option<&VersionFiles>, target: &VersionFiles) -> Vec<String> {
    let was_there = |path: &String| base.is_some_and(|base| base.files.contains_key(path));
    let gone = |path: &&String| was_there(path) && !target.files.contains_key(*path);
    folder.files.keys().filter(gone).cloned().collect()
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

fn local_changes(root_dir: &str, changed: &[String]) -> String {
    const SHOWN: usize = 3;
    let unique: BTreeSet<&String> = changed.iter().collect();
    let shown = few(unique.iter().map(|path| escape(path.as_bytes())), SHOWN);
    format!("{root_dir} has local changes ({})", shown.join(", "))
}
