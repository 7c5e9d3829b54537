//! package.json and lockfile as they were before a package manager runs for packages from outside: where it fails, they
//! are that again. A command that is killed leaves what the package manager makes of them: no source depends on it.

use super::edited::is_edited;
use super::undo::put;
use crate::disk;
use crate::ops::Workspace;
use crate::package::manager::{Manager, is_lockfile};
use anyhow::Result;

const PACKAGE_JSON: &str = "package.json";

/// What these files hold.
pub struct Before<'a> {
    workspace: &'a Workspace,
    files: Vec<(&'static str, Option<Vec<u8>>)>,
    /// What bit itself has made of package.json since.
    written: Option<Vec<u8>>,
}

impl<'a> Before<'a> {
    /// Reads them.
    pub fn of(workspace: &'a Workspace, manager: &Manager) -> Result<Self> {
        let root = &workspace.layout.root;
        let locks = manager.files().iter().copied().filter(|name| is_lockfile(name));
        let read = |name: &'static str| -> Result<_> { Ok((name, disk::read_optional(&root.join(name))?)) };
        let files: Vec<_> = locks.chain([PACKAGE_JSON]).map(read).collect::<Result<_>>()?;
        let written = files.last().and_then(|(_, content)| content.clone());
        Ok(Self { workspace, files, written })
    }

    /// Notes what bit has written into package.json: more than that is somebody else's.
    pub fn has_written(&mut self) -> Result<()> {
        self.written = disk::read_optional(&self.workspace.layout.root.join(PACKAGE_JSON))?;
        Ok(())
    }

    /// Puts them back; whether it did. Where package.json says more than bit wrote, nothing is touched.
    pub fn put_back(&self) -> Result<bool> {
        let (root, scope) = (&self.workspace.layout.root, &self.workspace.scope);
        let now = disk::read_optional(&root.join(PACKAGE_JSON))?;
        let is_other = match (&self.written, &now) {
            (Some(written), Some(now)) => is_edited(written, now),
            (None, None) => false,
            _ => true,
        };
        if is_other {
            return Ok(false);
        }
        self.files.iter().try_for_each(|(name, content)| put(root, name, content.as_deref(), scope))?;
        Ok(true)
    }
}
