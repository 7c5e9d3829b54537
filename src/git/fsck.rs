//! What git finds wrong with a repository, and what killed gits left in it.

use super::command::Git;
use anyhow::Result;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `git fsck` finds wrong, a line each. Reads every object.
pub fn fsck(repository: &Path) -> Result<Vec<String>> {
    let arguments = ["fsck", "--full", "--no-dangling", "--no-progress"];
    let output = Git::new(arguments).in_repository(repository).output()?;
    if output.success {
        return Ok(Vec::new());
    }
    let lines = output.stdout.lines().chain(output.stderr.lines());
    let is_fault = |line: &&str| !line.trim().is_empty() && !line.starts_with("notice: ");
    let faults: Vec<String> = lines.filter(is_fault).map(str::to_owned).collect();
    Ok(if faults.is_empty() { vec!["git fsck fails, and does not say why".to_owned()] } else { faults })
}

/// Whether a pack is not whole, or lacks its index. Its content is not read: what is cut off or lost is found, as an
/// interrupted copy leaves it, not what rots.
pub fn has_broken_pack(repository: &Path) -> bool {
    const CHECKSUM: usize = 20;
    // A pack ends with its checksum, and its index with the pack's and its own.
    let end = |path: &Path, skipped: usize| {
        let bytes = last_bytes(path, skipped + CHECKSUM).ok()?;
        Some(bytes[..CHECKSUM].to_vec())
    };
    let is_broken = |path: &PathBuf| match path.extension().and_then(|extension| extension.to_str()) {
        Some("pack") => end(path, 0).is_none() || end(path, 0) != end(&path.with_extension("idx"), CHECKSUM),
        Some("idx") => !path.with_extension("pack").exists(),
        _ => false,
    };
    let files = fs::read_dir(repository.join("objects/pack")).into_iter().flatten().flatten();
    let is_finished = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pack-"));
    files.map(|entry| entry.path()).filter(is_finished).any(|path| is_broken(&path))
}

fn last_bytes(path: &Path, count: usize) -> std::io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    let mut bytes = vec![0; count];
    // No file is that large, and no count.
    file.seek(SeekFrom::End(-i64::try_from(count).unwrap_or(i64::MAX)))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Packs that were never finished and that nobody has written to for a while, sorted.
pub fn unfinished_packs(repository: &Path, age: Duration) -> Vec<PathBuf> {
    let is_unfinished = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let still = fs::symlink_metadata(path).and_then(|found| found.modified());
        let is_old = still.is_ok_and(|changed| changed.elapsed().unwrap_or_default() >= age);
        is_old && ["tmp_", ".tmp-"].iter().any(|begin| name.starts_with(begin))
    };
    let files = fs::read_dir(repository.join("objects/pack")).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = files.map(|entry| entry.path()).filter(is_unfinished).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::FileMode;
    use crate::git::Repo;
    use crate::git::tests::write_commit;

    #[test]
    fn a_pack_that_is_cut_off_or_alone_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init_bare(folder.path(), folder.path()).unwrap();
        assert!(!has_broken_pack(folder.path()));
        write_commit(&repo, &[("a", FileMode::Regular, b"1".to_vec())], None);
        let packs = folder.path().join("objects/pack");
        let find = |ending: &str| {
            let mut files = fs::read_dir(&packs).unwrap().flatten().map(|entry| entry.path());
            files.find(|path| path.extension().is_some_and(|found| found == ending)).unwrap()
        };
        let (pack, index) = (find("pack"), find("idx"));
        assert!(!has_broken_pack(folder.path()));
        for (file, keep) in [(&pack, 50), (&pack, 3), (&index, 3)] {
            let whole = fs::read(file).unwrap();
            fs::remove_file(file).unwrap();
            assert!(has_broken_pack(folder.path()), "{} is gone", file.display());
            fs::write(file, &whole[..keep]).unwrap();
            assert!(has_broken_pack(folder.path()), "{} has {keep} bytes", file.display());
            fs::remove_file(file).unwrap();
            fs::write(file, whole).unwrap();
            assert!(!has_broken_pack(folder.path()));
        }
    }
}
