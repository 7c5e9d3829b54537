//! Components' folders, changed: only real folders, never through a symbolic link.

use crate::errors;
use anyhow::{Context, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder at a path below the root. Refuses where any part of the path that exists is a symbolic link:
/// what is changed through one may lie anywhere.
pub fn real_folder(root: &Path, relative: &str) -> Result<PathBuf> {
    let mut place = root.to_owned();
    for part in relative.split('/') {
        place.push(part);
        if fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink()) {
            return Err(errors::path_is_a_link(&place));
        }
    }
    Ok(place)
}

/// What became of files that were to be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// How many are gone.
    pub files: usize,
    /// Those that could not be deleted, and why.
    pub failed: Vec<(String, String)>,
    /// The folder is still there, since it holds more.
    pub folder_remains: bool,
}

/// Deletes these files of a folder, and then every folder that has become empty, the folder itself included.
/// What is not named stays.
pub fn delete_files(root: &Path, folder: &str, files: &[&str]) -> Result<Deleted> {
    let place = real_folder(root, folder)?;
    let mut deleted = Deleted::default();
    for file in files {
        match delete_file(root, folder, file) {
            Ok(()) => deleted.files += 1,
            Err(error) => deleted.failed.push((format!("{folder}/{file}"), format!("{error:#}"))),
        }
    }
    let mut folders: Vec<&str> = files.iter().flat_map(|file| folders_of(file)).collect();
    // The deepest first.
    folders.sort_unstable_by(|a, b| b.cmp(a));
    folders.dedup();
    for inside in folders {
        remove_if_empty(&place.join(inside))?;
    }
    remove_if_empty(&place)?;
    deleted.folder_remains = fs::symlink_metadata(&place).is_ok();
    Ok(deleted)
}

fn delete_file(root: &Path, folder: &str, file: &str) -> Result<()> {
    let path = real_folder(root, &format!("{folder}/{file}"))?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// The folders that a path leads through: `a/b` and `a` for `a/b/c`.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

fn remove_if_empty(folder: &Path) -> Result<()> {
    match fs::remove_dir(folder) {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory
            ) =>
        {
            Err(error).with_context(|| format!("could not remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Moves a folder to a place that is free, or an empty folder. Nothing is ever overwritten.
pub fn move_folder(root: &Path, from: &str, to: &str) -> Result<()> {
    let (source, target) = (real_folder(root, from)?, real_folder(root, to)?);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).with_context(|| format!("could not make {}", parent.display()))?;
    }
    // For folders a rename succeeds only where the target is free or empty.
    match fs::rename(&source, &target) {
        Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory) => {
            Err(errors::target_not_empty(to))
        }
        result => result.with_context(|| format!("could not move {} to {}", source.display(), target.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn workspace(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        dir
    }

    #[test]
    fn only_the_named_files_and_empty_folders_go() {
        let dir = workspace(&["c/a.js", "c/lib/deep/b.js", "c/lib/mine.log", "c/test/x.js", "d/y.js"]);
        let deleted = delete_files(dir.path(), "c", &["a.js", "lib/deep/b.js", "test/x.js", "gone.js"]).unwrap();
        assert_eq!(deleted, Deleted { files: 4, failed: Vec::new(), folder_remains: true });
        let is_there = |path: &str| dir.path().join(path).exists();
        assert!(is_there("c/lib/mine.log") && is_there("d/y.js"));
        assert!(!is_there("c/a.js") && !is_there("c/lib/deep") && !is_there("c/test"));
        assert!(!delete_files(dir.path(), "d", &["y.js"]).unwrap().folder_remains);
    }

    #[test]
    fn nothing_is_deleted_through_a_symbolic_link() {
        let dir = workspace(&["c/a.js", "real/lib/b.js"]);
        symlink("../real/lib", dir.path().join("c/lib")).unwrap();
        let deleted = delete_files(dir.path(), "c", &["lib/b.js"]).unwrap();
        assert_eq!((deleted.files, deleted.failed.len()), (0, 1));
        symlink("real", dir.path().join("alias")).unwrap();
        assert!(delete_files(dir.path(), "alias", &["lib/b.js"]).is_err());
        assert!(delete_files(dir.path(), "alias/lib", &["b.js"]).is_err());
        assert!(dir.path().join("real/lib/b.js").exists());
    }

    #[test]
    fn a_folder_moves_to_a_free_place_only() {
        let dir = workspace(&["c/a.js", "full/x"]);
        fs::create_dir_all(dir.path().join("empty")).unwrap();
        assert!(move_folder(dir.path(), "c", "full").is_err());
        assert!(move_folder(dir.path(), "c", "full/x").is_err());
        move_folder(dir.path(), "c", "empty").unwrap();
        move_folder(dir.path(), "empty", "deep/er/c").unwrap();
        assert!(dir.path().join("deep/er/c/a.js").exists() && !dir.path().join("empty").exists());
    }
}
