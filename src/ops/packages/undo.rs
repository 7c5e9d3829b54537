//! The way back from what a package manager was let loose on: files as they were, written down before anything changes.
//! Whatever stops the command, they come back; once the manager is done, the record goes, and with it the way back.

use crate::disk;
use crate::errors;
use crate::ops::Notice;
use crate::scope::LocalScope;
use crate::workspace::{check_relative_path, real_folder};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// A file, before the command and after its own part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// '/'-separated, from the workspace's root.
    pub path: String,
    /// What it held; `None` where there was none.
    pub before: Option<Vec<u8>>,
    /// What the command makes of it.
    pub after: After,
}

/// What a command makes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum After {
    /// This; `None` where it goes. What is neither this nor as it was, a person wrote.
    Written(Option<Vec<u8>>),
    /// Whatever the package manager writes.
    Managers,
}

/// What was before a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Which command, for messages.
    command: String,
    files: Vec<KeptFile>,
}

fn record(scope: &LocalScope) -> PathBuf {
    scope.state_folder().join("undo")
}

impl Undo {
    /// Writes down what the files hold, durably, and then writes what they are to hold.
    pub fn begin(root: &Path, scope: &LocalScope, command: &str, changes: Vec<(String, After)>) -> Result<Self> {
        let mut files = Vec::with_capacity(changes.len());
        for (path, after) in changes {
            let before = disk::read_optional(&real_folder(root, &path)?)?;
            files.push(KeptFile { path, before, after });
        }
        let undo = Self { command: command.to_owned(), files };
        let bytes = postcard::to_allocvec(&undo).context("could not write down how the files were")?;
        disk::write_atomically(&record(scope), &bytes, &scope.state_folder())?;
        match undo.write(root, scope) {
            Ok(()) => Ok(undo),
            Err(error) => {
                undo.restore(root, scope)?;
                Err(error)
            }
        }
    }

    fn write(&self, root: &Path, scope: &LocalScope) -> Result<()> {
        for file in &self.files {
            match &file.after {
                After::Written(content) => put(root, &file.path, content.as_deref(), scope)?,
                After::Managers => {}
            }
        }
        Ok(())
    }

    /// Puts everything back; the files that a person changed meanwhile are left alone, and returned.
    pub fn restore(&self, root: &Path, scope: &LocalScope) -> Result<Vec<String>> {
        let mut kept = Vec::new();
        for file in &self.files {
            if check_relative_path(&file.path).is_err() {
                continue;
            }
            let now = disk::read_optional(&real_folder(root, &file.path)?)?;
            match &file.after {
                _ if now == file.before => {}
                After::Written(after) if now != *after => kept.push(file.path.clone()),
                _ => put(root, &file.path, file.before.as_deref(), scope)?,
            }
        }
        self.end(scope)?;
        Ok(kept)
    }

    /// The command has done its work: there is no way back any more.
    pub fn end(&self, scope: &LocalScope) -> Result<()> {
        disk::remove_if_there(&record(scope))
    }
}

/// Writes a file, or removes it with the folders that become empty.
pub fn put(root: &Path, path: &str, content: Option<&[u8]>, scope: &LocalScope) -> Result<()> {
    let place = real_folder(root, path)?;
    match content {
        Some(content) => {
            let folder = place.parent().unwrap_or(root);
            fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
            disk::write_if_changed(&place, content, &scope.state_folder()).map(drop)
        }
        None => {
            disk::remove_if_there(&place)?;
            // One that holds more is not removed, and neither are those above.
            let above = place.ancestors().skip(1).take_while(|folder| *folder != root);
            above.map(fs::remove_dir).take_while(std::result::Result::is_ok).for_each(drop);
            Ok(())
        }
    }
}

/// Takes back what a killed command changed. The caller holds the lock.
pub fn recover(root: &Path, scope: &LocalScope, notices: &mut Vec<Notice>) -> Result<()> {
    let path = record(scope);
    let Some(bytes) = disk::read_optional(&path)? else { return Ok(()) };
    let undo: Undo = postcard::from_bytes(&bytes).map_err(|error| errors::damaged_undo(&path, &error.to_string()))?;
    notices.push(Notice::Discarded(undo.command.clone()));
    notices.extend(undo.restore(root, scope)?.into_iter().map(Notice::FileKept));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        scope: LocalScope,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let scope = LocalScope::init(&folder.path().join(".git/bit")).unwrap();
            fs::write(folder.path().join("a.json"), "old").unwrap();
            Self { folder, scope }
        }

        fn begin(&self) -> Undo {
            let changes = vec![
                ("a.json".to_owned(), After::Written(Some(b"new".to_vec()))),
                ("vendor/bit/x.tgz".to_owned(), After::Written(Some(b"x".to_vec()))),
                ("lock".to_owned(), After::Managers),
            ];
            Undo::begin(self.folder.path(), &self.scope, "eject", changes).unwrap()
        }

        fn read(&self, path: &str) -> Option<String> {
            fs::read_to_string(self.folder.path().join(path)).ok()
        }
    }

    #[test]
    fn what_a_killed_command_left_goes_back() {
        let place = Place::new();
        drop(place.begin());
        fs::write(place.folder.path().join("lock"), "by the manager").unwrap();
        assert_eq!(place.read("a.json").as_deref(), Some("new"));
        let mut notices = Vec::new();
        recover(place.folder.path(), &place.scope, &mut notices).unwrap();
        assert_eq!(notices, [Notice::Discarded("eject".into())]);
        assert_eq!((place.read("a.json").as_deref(), place.read("lock")), (Some("old"), None));
        assert!(!place.folder.path().join("vendor").exists());
        recover(place.folder.path(), &place.scope, &mut notices).unwrap();
        assert_eq!(notices.len(), 1);
    }

    #[test]
    fn what_a_person_wrote_meanwhile_stays() {
        let place = Place::new();
        let undo = place.begin();
        fs::write(place.folder.path().join("a.json"), "mine").unwrap();
        assert_eq!(undo.restore(place.folder.path(), &place.scope).unwrap(), ["a.json"]);
        assert_eq!(place.read("a.json").as_deref(), Some("mine"));
    }
}
