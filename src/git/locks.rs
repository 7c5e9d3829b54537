//! Lock files that a killed git leaves: nothing can be changed until they are gone.

use super::refs;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Whether these words of a host are about a lock.
pub fn speaks_of_lock(words: &str) -> bool {
    words.contains(".lock': File exists")
}

/// The lock files of a repository in a folder that are at least so old, sorted.
pub fn lock_files(repository: &Path, age: Duration) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(repository, Depth::Here, &mut found);
    collect(&repository.join(refs::ROOT), Depth::Below, &mut found);
    let is_old = |path: &PathBuf| {
        let modified = fs::symlink_metadata(path).and_then(|data| data.modified());
        modified.is_ok_and(|modified| modified.elapsed().unwrap_or_default() >= age)
    };
    found.retain(is_old);
    found.sort();
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Here,
    Below,
}

fn collect(folder: &Path, depth: Depth, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth == Depth::Below => collect(&path, depth, found),
            Ok(kind) if kind.is_file() && path.extension().is_some_and(|ending| ending == "lock") => found.push(path),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_found_where_git_leaves_them() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["packed-refs.lock", "refs/tags/ui/a@1.0.0.lock", "refs/heads/main", "objects/pack/x.lock", "HEAD"]
        {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let expected = ["packed-refs.lock", "refs/tags/ui/a@1.0.0.lock"].map(|file| folder.path().join(file));
        assert_eq!(lock_files(folder.path(), Duration::ZERO), expected);
        assert_eq!(lock_files(folder.path(), Duration::from_secs(60)), [] as [PathBuf; 0]);
        assert_eq!(lock_files(Path::new("/nowhere"), Duration::ZERO), [] as [PathBuf; 0]);
    }

    #[test]
    fn words_about_locks_are_known() {
        let said = "cannot lock ref 'refs/heads/main': Unable to create '/s/./refs/heads/main.lock': File exists.";
        assert!(speaks_of_lock(said) && !speaks_of_lock("cannot lock ref 'refs/tags/a': it is at 1 but expected 2"));
    }
}
