//! Components whose copies become the ones that the workspace works on: their primary scope is another one then. Their
//! records, links and, where the copies have other specifiers, their files follow. What was staged under the old id stays
//! here: versions that need it say its content, and it can go to the old scope as it is.

use super::merge::{files_of, plan_work, replace};
use super::{Component, Records, Standing, Transaction, Work, Workspace};
use crate::errors;
use crate::git::{PackWriter, RefEdit, Repo};
use crate::model::{CommitId, ComponentId, VersionId};
use crate::ops::specifiers::{ChangedFile, Told};
use crate::scope::{SourceFile, StoredVersion, WriteLock};
use crate::source::rewrite::Renamed;
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::collections::BTreeMap;

/// What has another primary scope then.
#[derive(Default)]
pub struct Switch {
    /// By old id: the version that the folder has then, and its content.
    components: BTreeMap<ComponentId, (VersionId, CommitId)>,
    /// Changes of files.
    pub work: Work,
    /// The specifiers that change in them.
    pub told: Told,
}

impl Switch {
    /// Adds a component, which is to have this version. One whose files would have to change, and are not those of its
    /// version, is modified: nothing may be done then.
    pub fn add(&mut self, workspace: &Workspace, component: &Component, copy: (&VersionId, CommitId)) -> Result<Fate> {
        let entry = &component.entry;
        if let Some(merging) = &entry.merging {
            return Err(errors::merge_not_finished(&component.id, &merging.version));
        }
        let before = entry.commit.ok_or_else(|| errors::not_fully_available(&component.id))?;
        let repo = workspace.scope.repo();
        let files = |commit: CommitId| StoredVersion::read(repo, commit)?.source_files(repo);
        let after = files(copy.1)?;
        if !replace(&files(before)?, &after).is_empty() {
            if component.standing != Standing::Unchanged {
                return Ok(Fate::Modified);
            }
            let decisions = replace(&files_of(component), &after);
            plan_work(workspace, component, &decisions, &mut self.work)?;
            self.tell(repo, component, &after)?;
        }
        self.components.insert(component.id.clone(), (copy.0.clone(), copy.1));
        Ok(Fate::Follows)
    }

    fn tell(&mut self, repo: &Repo, component: &Component, after: &[SourceFile]) -> Result<()> {
        for file in after {
            // An unmodified component's files are those of its version.
            let Some(blob) = component.file(&file.path).map(|file| file.source.blob) else { continue };
            if blob != file.blob {
                let changes = Renamed::between(&file.path, &repo.blob(blob)?, &repo.blob(file.blob)?);
                let place = format!("{}/{}", component.entry.root_dir, file.path);
                self.told.changed.push(ChangedFile { place, changes });
            }
        }
        Ok(())
    }

    /// The files of the workspace that change.
    pub fn files(&self) -> Vec<String> {
        self.work.files.iter().map(|file| file.path.clone()).collect()
    }

    /// The old ids and the new ones.
    pub fn ids(&self) -> impl Iterator<Item = (ComponentId, ComponentId)> {
        self.components.iter().map(|(old, (new, _))| (old.clone(), new.id.clone()))
    }

    /// What .bitmap says of a component then. Its old scope has it too.
    pub fn apply(&self, entry: &mut BitmapEntry) {
        let Some((id, commit)) = self.components.get(&entry.id()) else { return };
        let before = entry.scope.replace(id.id.scope.clone());
        entry.default_scope = None;
        entry.scopes.retain(|scope| *scope != id.id.scope);
        entry.scopes.splice(0..0, before);
        entry.version = Some(id.version.clone());
        entry.commit = Some(*commit);
        entry.base = None;
    }

    /// Writes all of it down together.
    pub fn commit(
        self,
        workspace: &Workspace,
        lock: &WriteLock,
        refs: Vec<RefEdit>,
        bitmap: Records,
        command: &'static str,
    ) -> Result<bool> {
        let (repo, changed) = (workspace.scope.repo(), !bitmap.changes.is_empty());
        if !changed && refs.is_empty() && self.work.files.is_empty() {
            return Ok(false);
        }
        let mut objects = None;
        if !self.work.objects.is_empty() {
            let mut pack = PackWriter::new(repo)?;
            pack.add(self.work.objects)?;
            objects = Some(pack);
        }
        let transaction = Transaction { command, objects, refs, bitmap };
        workspace.commit_with_files(transaction, &self.work.files, lock)?;
        Ok(changed)
    }
}

/// Whether a component can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does.
    Follows,
    /// It has local changes where files would have to change.
    Modified,
}

/// A component and its folder, for the message that it has local changes.
pub fn named(component: &Component) -> String {
    format!("{} ({})", component.id, component.entry.root_dir)
}
