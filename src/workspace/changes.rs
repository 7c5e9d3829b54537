//! Changes of a person's files that belong together: each file goes from one content to another, or stays whole.

use super::folders::real_folder;
use super::layout::check_relative_path;
use crate::disk;
use crate::git::{FileMode, Oid, Repo, hash_blob};
use anyhow::{Context, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fs::{self, Metadata, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A file as it stands in a folder, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// Plain or executable.
    pub mode: FileMode,
    /// Its content.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    pub blob: Oid,
}

fn to_hex<S: Serializer>(oid: &Oid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(oid)
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Oid, D::Error> {
    let text = String::deserialize(deserializer)?;
    Oid::from_str(&text).map_err(serde::de::Error::custom)
}

/// A file, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// '/'-separated, from the workspace's root.
    pub path: String,
    /// As it is; `None` where there is none.
    pub before: Option<FileState>,
    /// As it is to be; `None` where it goes.
    pub after: Option<FileState>,
}

impl FileChange {
    /// The change back.
    pub fn reversed(&self) -> Self {
        Self { path: self.path.clone(), before: self.after, after: self.before }
    }
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Nothing,
    /// A file.
    File(FileState),
    /// A folder, a symbolic link or the like; or the way there leads through one that is no folder.
    Other,
}

/// Looks what stands at a path below the root.
pub fn look(root: &Path, path: &str) -> Result<Standing> {
    read(root, path).map(|(standing, _)| standing)
}

/// The same, with the bytes of a file.
pub fn read(root: &Path, path: &str) -> Result<(Standing, Vec<u8>)> {
    let without_bytes = |standing| Ok((standing, Vec::new()));
    let Ok(place) = real_folder(root, path) else { return without_bytes(Standing::Other) };
    match fs::symlink_metadata(&place) {
        Err(error) if error.kind() == ErrorKind::NotFound => without_bytes(Standing::Nothing),
        Err(error) if error.kind() == ErrorKind::NotADirectory => without_bytes(Standing::Other),
        Ok(found) if found.is_file() => {
            let bytes = fs::read(&place).with_context(|| format!("could not read {}", place.display()))?;
            let state = FileState { mode: mode_of(&found), blob: hash_blob(&bytes) };
            Ok((Standing::File(state), bytes))
        }
        Ok(_) => without_bytes(Standing::Other),
        Err(error) => Err(error).with_context(|| format!("could not read {}", place.display())),
    }
}

fn mode_of(found: &Metadata) -> FileMode {
    if found.permissions().mode() & 0o100 != 0 { FileMode::Executable } else { FileMode::Regular }
}

/// Makes the changes, those that take files away first. What is done already is passed over, so the same again
/// finishes what was stopped. A file that is neither as it was nor as it is to be was changed by a person meanwhile:
/// it is left alone, and returned.
pub fn apply(root: &Path, repo: &Repo, changes: &[FileChange], temporary_folder: &Path) -> Result<Vec<String>> {
    let (gone, written): (Vec<&FileChange>, Vec<&FileChange>) =
        changes.iter().partition(|change| change.after.is_none());
    let mut kept = Vec::new();
    for change in gone.into_iter().chain(written) {
        if !apply_one(root, repo, change, temporary_folder)? {
            kept.push(change.path.clone());
        }
    }
    Ok(kept)
}

fn apply_one(root: &Path, repo: &Repo, change: &FileChange, temporary_folder: &Path) -> Result<bool> {
    // The journal may have come with the folder it is in.
    if check_relative_path(&change.path).is_err() {
        return Ok(false);
    }
    let found = look(root, &change.path)?;
    let stands = |state: &Option<FileState>| match (found, state) {
        (Standing::Nothing, None) => true,
        // A kill may come between the content and the executable bit.
        (Standing::File(found), Some(state)) => found.blob == state.blob,
        _ => false,
    };
    if !stands(&change.before) && !stands(&change.after) {
        return Ok(false);
    }
    let place = root.join(&change.path);
    match change.after {
        None => remove(root, &change.path).map(|()| true),
        Some(after) => {
            if !stands(&change.after) {
                let folder = place.parent().unwrap_or(root);
                fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
                disk::write_atomically(&place, &repo.blob(after.blob)?, temporary_folder)?;
            }
            set_mode(&place, after.mode).map(|()| true)
        }
    }
}

/// Removes a file, and the folders that have become empty.
fn remove(root: &Path, path: &str) -> Result<()> {
    let place = root.join(path);
    disk::remove_if_there(&place)?;
    for folder in place.ancestors().skip(1).take_while(|folder| *folder != root) {
        match fs::remove_dir(folder) {
            // A kill may have come before the folders above.
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            // It holds more, and so do those above.
            Err(_) => {
                return disk::sync_folder(folder).with_context(|| format!("could not write {}", folder.display()));
            }
        }
    }
    Ok(())
}

/// Sets the executable bit for whoever may read the file.
fn set_mode(place: &Path, mode: FileMode) -> Result<()> {
    let change = || -> std::io::Result<()> {
        let found = fs::metadata(place)?;
        if mode_of(&found) == mode {
            return Ok(());
        }
        let bits = found.permissions().mode();
        let bits = match mode {
            FileMode::Executable => bits | (bits & 0o444) >> 2,
            FileMode::Regular => bits & !0o111,
        };
        fs::set_permissions(place, Permissions::from_mode(bits))
    };
    change().with_context(|| format!("could not change the mode of {}", place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{Kind, PackWriter, RawObject};
    use std::os::unix::fs::symlink;

    struct Place {
        folder: tempfile::TempDir,
        repo: Repo,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let git = folder.path().join("git");
            let repo = Repo::init_bare(&git, folder.path()).unwrap();
            Self { folder, repo }
        }

        fn state(&self, text: &str) -> Option<FileState> {
            let object = RawObject::new(Kind::Blob, text.as_bytes().to_vec());
            let blob = object.oid;
            let mut pack = PackWriter::new(&self.repo).unwrap();
            pack.add(vec![object]).unwrap();
            pack.finish().unwrap();
            Some(FileState { mode: FileMode::Regular, blob })
        }

        fn apply(&self, path: &str, before: Option<FileState>, after: Option<FileState>) -> Vec<String> {
            let change = FileChange { path: path.into(), before, after };
            apply(self.folder.path(), &self.repo, &[change], self.folder.path()).unwrap()
        }

        fn read(&self, path: &str) -> Option<String> {
            fs::read_to_string(self.folder.path().join(path)).ok()
        }
    }

    #[test]
    fn a_file_is_made_changed_and_removed_and_so_are_folders() {
        let place = Place::new();
        let (one, two) = (place.state("one"), place.state("two"));
        assert!(place.apply("c/lib/a.js", None, one).is_empty());
        // The same once more: it is done already.
        assert!(place.apply("c/lib/a.js", None, one).is_empty());
        let executable = two.map(|state| FileState { mode: FileMode::Executable, ..state });
        assert!(place.apply("c/lib/a.js", one, executable).is_empty());
        assert_eq!(place.read("c/lib/a.js").as_deref(), Some("two"));
        let mode = fs::metadata(place.folder.path().join("c/lib/a.js")).unwrap().permissions().mode();
        assert_eq!(mode & 0o100, 0o100);
        assert!(place.apply("c/lib/a.js", executable, None).is_empty());
        assert!(!place.folder.path().join("c").exists());
    }

    #[test]
    fn what_a_person_changed_meanwhile_is_left_alone() {
        let place = Place::new();
        let (one, two) = (place.state("one"), place.state("two"));
        fs::write(place.folder.path().join("a.js"), "mine").unwrap();
        for after in [two, None] {
            assert_eq!(place.apply("a.js", one, after), ["a.js"]);
        }
        assert_eq!(place.apply("a.js", None, one), ["a.js"]);
        assert_eq!(place.read("a.js").as_deref(), Some("mine"));
    }

    #[test]
    fn nothing_is_written_outside_or_among_what_is_gits() {
        let place = Place::new();
        let one = place.state("one");
        fs::create_dir(place.folder.path().join("a")).unwrap();
        let outside = place.folder.path().with_extension("outside");
        let above = format!("git/../../{}", outside.file_name().unwrap().to_str().unwrap());
        for path in [above.as_str(), outside.to_str().unwrap(), "a/../b", ".git/hooks/post-checkout", ".bit/config"] {
            assert_eq!(place.apply(path, None, one), [path]);
            assert!(!place.folder.path().join(path).exists(), "{path}");
        }
    }

    #[test]
    fn nothing_is_written_through_a_symbolic_link() {
        let place = Place::new();
        let one = place.state("one");
        fs::create_dir(place.folder.path().join("real")).unwrap();
        symlink("real", place.folder.path().join("link")).unwrap();
        symlink("real/b.js", place.folder.path().join("b.js")).unwrap();
        assert_eq!(place.apply("link/a.js", None, one), ["link/a.js"]);
        assert_eq!(place.apply("b.js", None, one), ["b.js"]);
        assert!(!place.folder.path().join("real/a.js").exists() && !place.folder.path().join("real/b.js").exists());
    }
}
