//! An open workspace: its folder, settings, components and local scope, after any killed command was dealt with.

use super::Progress;
use super::packages;
use super::transaction;
use crate::errors;
use crate::model::{ComponentId, ScopeName};
use crate::scope::{LocalScope, WriteLock};
use crate::workspace::{Bitmap, BitmapEntry, Layout, WorkspaceConfig, hide_from_git};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// An open workspace.
pub struct Workspace {
    /// Where things are.
    pub layout: Layout,
    /// workspace.jsonc.
    pub config: WorkspaceConfig,
    /// .bitmap.
    pub bitmap: Bitmap,
    /// The local scope.
    pub scope: LocalScope,
    /// Where the command was run.
    pub cwd: PathBuf,
    /// What a person should know about how it was opened.
    pub notices: Vec<Notice>,
}

/// Something that was put right on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The local scope was not there; an empty one was made.
    ScopeRecreated,
    /// A file of the local scope was missing; it was made again, and the versions are there.
    ScopeRepaired,
    /// A command that was stopped had got past its commit point; the rest was done for it.
    Finished(String),
    /// A command was stopped before its commit point; nothing of it remains.
    Discarded(String),
    /// A command was stopped while a package manager was at work; the files are as they were before.
    PutBack(String),
    /// A file was neither as it was before such a command nor as that made it; what it held is beside it.
    KeptBeside {
        /// The file, which is as it was before.
        path: String,
        /// What it held.
        beside: String,
    },
    /// A component's record in .bitmap was changed since the stopped command; it was left as it is.
    RecordKept(ComponentId),
    /// A file was changed since the stopped command; it was left as it is.
    FileKept(String),
    /// A file was changed since the stopped command; that and what the command was to change are both in it now.
    FileJoined(String),
}

impl Workspace {
    /// Opens the workspace around a folder, for reading.
    pub fn open(cwd: &Path, progress: &dyn Progress) -> Result<Self> {
        let (layout, mut notices) = Self::find(cwd)?;
        let scope = LocalScope::open(&layout.local_scope)?;
        if scope.journal().is_pending() {
            let lock = scope.lock(&mut |who| progress.waiting(who))?;
            transaction::recover(&layout, &scope, &lock, &mut notices)?;
        }
        // One that is at work has the lock. What can't be put back is said by the next command that writes.
        if packages::is_pending(&scope)
            && let Ok(Some(_lock)) = scope.lock_if_free()
        {
            let _ = packages::recover(&layout.root, &scope, &mut notices);
        }
        Self::assemble(layout, scope, cwd, notices)
    }

    /// Opens the workspace around a folder, if there is one.
    pub fn open_if_any(cwd: &Path, progress: &dyn Progress) -> Result<Option<Self>> {
        match Layout::search(cwd)? {
            Some(_) => Self::open(cwd, progress).map(Some),
            None => Ok(None),
        }
    }

    /// Opens the workspace around a folder, and waits for the right to write.
    pub fn open_for_writing(cwd: &Path, progress: &dyn Progress) -> Result<(Self, WriteLock)> {
        let (layout, mut notices) = Self::find(cwd)?;
        let scope = LocalScope::open(&layout.local_scope)?;
        let lock = scope.lock(&mut |who| progress.waiting(who))?;
        if scope.journal().is_pending() {
            transaction::recover(&layout, &scope, &lock, &mut notices)?;
        }
        packages::recover(&layout.root, &scope, &mut notices)?;
        Ok((Self::assemble(layout, scope, cwd, notices)?, lock))
    }

    /// Deals with a command that was stopped while a package manager was at work, before anything is read: it may have
    /// left a package.json that nobody can read. What was done is to be told at the end.
    pub fn put_back(cwd: &Path, progress: &dyn Progress) -> Result<Vec<Notice>> {
        let (layout, mut notices) = Self::find(cwd)?;
        let scope = LocalScope::open(&layout.local_scope)?;
        if packages::is_pending(&scope) {
            let _lock = scope.lock(&mut |who| progress.waiting(who))?;
            packages::recover(&layout.root, &scope, &mut notices)?;
        }
        Ok(notices)
    }

    /// Whether a command was stopped while a package manager was at work.
    pub fn is_to_be_put_back(scope: &LocalScope) -> bool {
        packages::is_pending(scope) && matches!(scope.lock_if_free(), Ok(Some(_)))
    }

    /// Opens it as it is, without putting anything right: for whoever looks for what is wrong.
    pub fn look(layout: &Layout) -> Result<Self> {
        let scope = LocalScope::open(&layout.local_scope)?;
        Self::assemble(layout.clone(), scope, &layout.root, Vec::new())
    }

    fn find(cwd: &Path) -> Result<(Layout, Vec<Notice>)> {
        let layout = Layout::find(cwd)?;
        let mut notices = Vec::new();
        if !LocalScope::exists(&layout.local_scope) {
            let repaired = LocalScope::has_remains(&layout.local_scope);
            LocalScope::init(&layout.local_scope)?;
            hide_from_git(&layout.local_scope)?;
            notices.push(if repaired { Notice::ScopeRepaired } else { Notice::ScopeRecreated });
        }
        Ok((layout, notices))
    }

    fn assemble(layout: Layout, scope: LocalScope, cwd: &Path, notices: Vec<Notice>) -> Result<Self> {
        let config = match WorkspaceConfig::read(&layout.config_file())? {
            Some(config) => config,
            // A .bitmap alone is a workspace with every setting at its default.
            None => WorkspaceConfig::parse(&layout.config_file(), "{}")?,
        };
        let bitmap = Bitmap::read(&layout.bitmap_file())?;
        let bitmap = match bitmap {
            Some(bitmap) => bitmap,
            // A .bitmap that is lost is no empty one: tagging into it would begin every component anew.
            None if !scope.known()?.components.is_empty() => return Err(errors::lost_bitmap(&layout.bitmap_file())),
            None => Bitmap::default(),
        };
        Ok(Self { layout, config, bitmap, scope, cwd: cwd.to_owned(), notices })
    }

    /// The scope for a component in this folder: its variant's, else the workspace's own.
    pub fn scope_for(&self, root_dir: &str) -> ScopeName {
        self.config.for_component(root_dir).default_scope().unwrap_or(&self.config.default_scope).clone()
    }

    /// The component's record.
    pub fn entry(&self, id: &ComponentId) -> Option<&BitmapEntry> {
        self.bitmap.get(id)
    }

    /// Writes .bitmap, when it alone changes. The caller holds the lock.
    pub fn save_bitmap(&self, _lock: &WriteLock) -> Result<()> {
        self.bitmap.save(&self.layout.bitmap_file(), &self.scope.state_folder()).map(drop)
    }
}
