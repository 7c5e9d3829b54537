//! Components whose copies become the ones that the workspace works on: their primary scope is another one then. Their
//! records, local tags, links and, where the copies have other specifiers, their files follow.

use super::export::{Versions, staged};
use super::merge::{files_of, plan_work, replace};
use super::{BitmapChange, Component, Standing, Transaction, Work, Workspace};
use crate::errors;
use crate::git::{PackWriter, RefEdit, RefName, Repo};
use crate::model::{CommitId, ComponentId, VersionId};
use crate::scope::{Known, StoredVersion, WriteLock};
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::collections::{BTreeMap, HashSet};

/// What has another primary scope then.
#[derive(Default)]
pub struct Switch {
    /// By old id: the version that the folder has then, and its content.
    components: BTreeMap<ComponentId, (VersionId, CommitId)>,
    /// Changes of tags.
    pub refs: Vec<RefEdit>,
    /// Changes of files.
    pub work: Work,
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
            plan_work(workspace, component, &replace(&files_of(component), &after), &mut self.work)?;
        }
        self.components.insert(component.id.clone(), (copy.0.clone(), copy.1));
        Ok(Fate::Follows)
    }

    /// Lets go of the tags of staged versions: what they were goes on under the new id.
    pub fn forget_staged(&mut self, repo: &Repo, known: &Known) -> Result<()> {
        self.refs = self.forgotten(repo, known)?;
        Ok(())
    }

    /// One that somebody else's staged version needs stays.
    fn forgotten(&self, repo: &Repo, known: &Known) -> Result<Vec<RefEdit>> {
        let mine = staged(repo, known, self.components.keys(), Versions::Staged)?;
        if mine.is_empty() {
            return Ok(Vec::new());
        }
        let others = known.components.keys().filter(|id| !self.components.contains_key(id));
        let mut needed: HashSet<CommitId> = HashSet::new();
        for commit in staged(repo, known, others, Versions::Staged)?.values().flat_map(BTreeMap::values) {
            let manifest = StoredVersion::read(repo, *commit)?.manifest;
            needed.extend(manifest.dependencies.iter().filter_map(|dependency| dependency.commit));
        }
        let mut refs = Vec::new();
        for (id, versions) in mine {
            for (version, _) in versions.iter().filter(|(_, commit)| !needed.contains(commit)) {
                let old = known.components.get(&id).and_then(|known| known.versions.get(version)).map(|at| at.target);
                refs.push(RefEdit { name: RefName::from(id.at(version.clone())).to_string(), old, new: None });
            }
        }
        Ok(refs)
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
        bitmap: Vec<BitmapChange>,
        command: &'static str,
    ) -> Result<bool> {
        let (repo, changed) = (workspace.scope.repo(), !bitmap.is_empty());
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
