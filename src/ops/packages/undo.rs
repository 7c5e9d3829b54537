//! The way back from what a package manager was let loose on: files as they were, written down before anything changes.
//! Whatever stops the command, they come back; once the manager is done, the record goes, and with it the way back.

use super::edited::is_edited;
use super::folders::take_away;
use super::roots::version_of_archive;
use crate::disk;
use crate::errors;
use crate::ops::Notice;
use crate::ops::room::blocked_at;
use crate::scope::LocalScope;
use crate::workspace::{check_relative_path, installed_version, is_ours, real_folder};
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

impl KeptFile {
    /// Whether what it holds now may be a person's.
    fn is_persons(&self, now: &[u8], between: Between) -> bool {
        match (&self.after, between) {
            (After::Written(after), Between::Anybodys) => after.as_deref() != Some(now),
            (After::Settings, Between::Anybodys) => true,
            (After::Written(Some(after)), Between::Managers) => self.path == "package.json" && is_edited(after, now),
            (After::Managers, _) | (_, Between::Managers) => false,
        }
    }
}

/// Files whose content was kept beside them, and where.
pub type KeptBeside = Vec<(String, String)>;

/// What a command makes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum After {
    /// This; `None` where it goes. The package manager may write it anew.
    Written(Option<Vec<u8>>),
    /// Whatever the package manager writes: nobody else does.
    Managers,
    /// Whatever the package manager writes; a person's file that the command leaves as it is.
    Settings,
}

/// Whose is what a file holds that is neither as it was nor as the command made it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// The package manager's, which ran a moment ago; what it does not write is a person's all the same.
    Managers,
    /// Nobody knows: the command was stopped, and a person may have been there since.
    Anybodys,
}

/// What was before a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Which command, for messages.
    command: String,
    files: Vec<KeptFile>,
    /// Packages whose links in node_modules made room for what is installed.
    links: Vec<String>,
}

fn record(scope: &LocalScope) -> PathBuf {
    scope.state_folder().join("undo")
}

impl Undo {
    /// Writes down what the files hold, durably, and then writes what they are to hold.
    pub fn begin(
        root: &Path,
        scope: &LocalScope,
        command: &str,
        changes: Vec<(String, After)>,
        links: Vec<String>,
    ) -> Result<Self> {
        let mut files = Vec::with_capacity(changes.len());
        for (path, after) in changes {
            if let Some(file) = blocked_at(root, &path) {
                return Err(errors::file_in_the_way(file, &path));
            }
            let before = disk::read_optional(&real_folder(root, &path)?)?;
            files.push(KeptFile { path, before, after });
        }
        let undo = Self { command: command.to_owned(), files, links };
        undo.note(scope)?;
        match undo.write(root, scope) {
            Ok(()) => Ok(undo),
            Err(error) => {
                undo.restore(root, scope, Between::Managers)?;
                Err(error)
            }
        }
    }

    /// From here on there is a way back, whatever stops the command.
    pub fn note(&self, scope: &LocalScope) -> Result<()> {
        let bytes = postcard::to_allocvec(self).context("could not write down how the files were")?;
        disk::write_atomically(&record(scope), &bytes, &scope.state_folder())
    }

    fn write(&self, root: &Path, scope: &LocalScope) -> Result<()> {
        for file in &self.files {
            match &file.after {
                After::Written(content) => put(root, &file.path, content.as_deref(), scope)?,
                After::Managers | After::Settings => {}
            }
        }
        Ok(())
    }

    /// Puts everything back. What may be a person's is kept beside its file first: those files and where that is, are
    /// returned. Archives come last, and those that are still named somewhere stay.
    pub fn restore(&self, root: &Path, scope: &LocalScope, between: Between) -> Result<KeptBeside> {
        let mut kept = Vec::new();
        // They were written first, so that whatever names them never did so in vain.
        for file in self.files.iter().rev().filter(|file| check_relative_path(&file.path).is_ok()) {
            let now = disk::read_optional(&real_folder(root, &file.path)?)?;
            if now == file.before || (file.before.is_none() && is_named_archive(root, &file.path)) {
                continue;
            }
            if let Some(text) = now.filter(|now| file.is_persons(now, between)) {
                kept.push((file.path.clone(), keep_beside(root, &file.path, &text, scope)?));
            }
            put(root, &file.path, file.before.as_deref(), scope)?;
        }
        self.links.iter().try_for_each(|package| make_room_for_link(root, package))?;
        self.end(scope)?;
        Ok(kept)
    }

    /// The command has done its work: there is no way back any more.
    pub fn end(&self, scope: &LocalScope) -> Result<()> {
        disk::remove_if_there(&record(scope))
    }
}

/// What a package manager put where a link stood goes: whoever looks at the links next makes that one again.
fn make_room_for_link(root: &Path, package: &str) -> Result<()> {
    let place = root.join("node_modules").join(package);
    let is_installed = installed_version(&place).is_some() && !is_ours(root, package)?;
    let removed = match fs::symlink_metadata(&place) {
        Ok(found) if is_installed && found.is_dir() => take_away(root, &place),
        Ok(_) if is_installed => fs::remove_file(&place),
        _ => Ok(()),
    };
    removed.with_context(|| format!("could not remove {}", place.display()))
}

/// Whether a path is one of an archive that package.json or the overrides name, as they are now.
fn is_named_archive(root: &Path, path: &str) -> bool {
    let names = |file: &str| fs::read_to_string(root.join(file)).is_ok_and(|text| text.contains(path));
    version_of_archive(path).is_some() && ["package.json", "pnpm-workspace.yaml"].into_iter().any(names)
}

/// Writes what a file holds into a new one beside it; returns its path.
fn keep_beside(root: &Path, path: &str, content: &[u8], scope: &LocalScope) -> Result<String> {
    let names = (1..).map(|nth| if nth == 1 { format!("{path}.bit-kept") } else { format!("{path}.bit-kept-{nth}") });
    for name in names {
        let there = disk::read_optional(&real_folder(root, &name)?)?;
        if there.is_none() {
            put(root, &name, Some(content), scope)?;
        }
        if there.is_none_or(|there| there == content) {
            return Ok(name);
        }
    }
    unreachable!("there is no end of names")
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

/// Whether a command was stopped, or is at work.
pub fn is_pending(scope: &LocalScope) -> bool {
    record(scope).exists()
}

/// Takes back what a killed command changed. The caller holds the lock.
pub fn recover(root: &Path, scope: &LocalScope, notices: &mut Vec<Notice>) -> Result<()> {
    let path = record(scope);
    let Some(bytes) = disk::read_optional(&path)? else { return Ok(()) };
    let undo: Undo = postcard::from_bytes(&bytes).map_err(|error| errors::damaged_undo(&path, &error.to_string()))?;
    let kept = undo.restore(root, scope, Between::Anybodys)?;
    notices.push(Notice::PutBack(undo.command));
    notices.extend(kept.into_iter().map(|(path, beside)| Notice::KeptBeside { path, beside }));
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
            Undo::begin(self.folder.path(), &self.scope, "eject", changes, vec!["@o/s.x".into()]).unwrap()
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
        for package in ["@o/s.x", "@o/s.y"] {
            let folder = place.folder.path().join("node_modules").join(package);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("package.json"), "{\"version\": \"1.0.0\"}").unwrap();
        }
        assert_eq!(place.read("a.json").as_deref(), Some("new"));
        let mut notices = Vec::new();
        recover(place.folder.path(), &place.scope, &mut notices).unwrap();
        assert_eq!(notices, [Notice::PutBack("eject".into())]);
        assert_eq!((place.read("a.json").as_deref(), place.read("lock")), (Some("old"), None));
        assert!(!place.folder.path().join("vendor").exists());
        let modules = place.folder.path().join("node_modules/@o");
        assert!(!modules.join("s.x").exists() && modules.join("s.y").exists());
        recover(place.folder.path(), &place.scope, &mut notices).unwrap();
        assert_eq!(notices.len(), 1);
    }

    #[test]
    fn what_stands_there_instead_is_the_managers_or_is_kept_beside() {
        let place = Place::new();
        let undo = place.begin();
        fs::write(place.folder.path().join("a.json"), "by the manager").unwrap();
        assert!(undo.restore(place.folder.path(), &place.scope, Between::Managers).unwrap().is_empty());
        assert_eq!((place.read("a.json").as_deref(), place.read("a.json.bit-kept")), (Some("old"), None));
        for (nth, text) in ["mine", "another"].into_iter().enumerate() {
            drop(place.begin());
            fs::write(place.folder.path().join("a.json"), text).unwrap();
            let beside = ["a.json.bit-kept", "a.json.bit-kept-2"][nth].to_owned();
            let mut notices = Vec::new();
            recover(place.folder.path(), &place.scope, &mut notices).unwrap();
            assert_eq!(notices[1..], [Notice::KeptBeside { path: "a.json".into(), beside: beside.clone() }]);
            assert_eq!((place.read("a.json").as_deref(), place.read(&beside).as_deref()), (Some("old"), Some(text)));
        }
    }

    #[test]
    fn an_archive_that_package_json_names_stays() {
        let place = Place::new();
        let archive = "vendor/bit/o.s/x/1.0.0.tgz";
        fs::write(place.folder.path().join("package.json"), format!("file:./{archive}")).unwrap();
        let changes = vec![(archive.to_owned(), After::Written(Some(b"x".to_vec())))];
        let undo = Undo::begin(place.folder.path(), &place.scope, "eject", changes, Vec::new()).unwrap();
        undo.restore(place.folder.path(), &place.scope, Between::Managers).unwrap();
        assert_eq!(place.read(archive).as_deref(), Some("x"));
    }
}
