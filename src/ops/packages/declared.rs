//! What package.json has already of components that are packages: whether all of it is there, and is as it should be.

use super::archives;
use super::change::{clear_links, link_again};
use super::check;
use super::closure::{Brought, Closure};
use super::displaced::make_room_for_sources;
use super::lockfiles;
use super::roots::{Way, declared_roots};
use super::undo::put;
use crate::errors;
use crate::ops::{Progress, Workspace};
use crate::package::manager::{Kind, Lockfile, Manager};
use crate::scope::Known;
use crate::workspace::DependencyFiles;
use anyhow::Result;

/// The components that package.json has as packages, with all that they need.
pub struct Declared<'a> {
    workspace: &'a Workspace,
    closure: Closure,
}

impl<'a> Declared<'a> {
    /// Works it out. The versions are here.
    pub fn of(workspace: &'a Workspace) -> Result<Self> {
        Self::among(workspace, &workspace.scope.known()?)
    }

    /// The same, of what is known.
    pub fn among(workspace: &'a Workspace, known: &Known) -> Result<Self> {
        let roots = declared_roots(workspace, known, &DependencyFiles::read(&workspace.layout.root)?)?;
        let mut closure = Closure::of(workspace, known, &roots)?;
        closure.add_of_members(workspace, known)?;
        // Of a component whose source is here nobody needs the package.
        let is_registered = |root: &&super::Root| root.way == Way::Registry && workspace.entry(&root.id.id).is_none();
        let of_registry = roots.iter().filter(is_registered).map(|root| root.id.clone());
        closure.add_of_registry(workspace, known, of_registry, Brought::Before);
        Ok(Self { workspace, closure })
    }

    /// Writes the archives that are gone or changed; which ones.
    pub fn put_archives(&self, progress: &dyn Progress) -> Result<Vec<String>> {
        if self.closure.nodes.is_empty() {
            return Ok(Vec::new());
        }
        let lacking = archives::lacking(self.workspace, &self.closure, progress)?;
        for (path, bytes) in &lacking {
            put(&self.workspace.layout.root, path, Some(bytes), &self.workspace.scope)?;
        }
        Ok(lacking.into_iter().map(|(path, _)| path).collect())
    }

    /// Removes the archives that nothing needs, such as a command that was stopped leaves; which ones.
    pub fn sweep(&self) -> Result<Vec<String>> {
        archives::sweep(self.workspace, &self.closure)
    }

    /// The archives that are gone.
    pub fn absent(&self) -> Vec<String> {
        archives::absent(&self.workspace.layout.root, &self.closure)
    }

    /// The archives that are gone or changed.
    pub fn lacking(&self, progress: &dyn Progress) -> Result<Vec<String>> {
        let lacking = archives::lacking(self.workspace, &self.closure, progress)?;
        Ok(lacking.into_iter().map(|(path, _)| path).collect())
    }

    /// Has a package manager install what package.json says, by this, and refuses what is not what it was to do.
    pub fn install<T>(&self, manager: &Manager, lockfile: Lockfile, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let done = self.prepare(manager, lockfile).and_then(|()| run());
        let done = done.and_then(|done| self.check(manager).map(|()| done));
        done.inspect_err(|_| link_again(self.workspace))
    }

    fn prepare(&self, manager: &Manager, lockfile: Lockfile) -> Result<()> {
        clear_links(&self.workspace.layout.root, &self.closure)?;
        match (manager.kind, lockfile) {
            (Kind::YarnClassic, Lockfile::Follows) => {
                lockfiles::complete_yarn_1(self.workspace, manager, &self.closure)
            }
            _ => Ok(()),
        }
    }

    fn check(&self, manager: &Manager) -> Result<()> {
        make_room_for_sources(self.workspace, &self.closure)?;
        let faults = check::faults(self.workspace, manager, &self.closure);
        match faults.is_empty() {
            true => Ok(()),
            false => Err(errors::not_as_it_should_be(&manager.to_string(), &faults)),
        }
    }
}
