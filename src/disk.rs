//! Writing files so that a kill or a full disk leaves the old content or the new one, never a half.

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

/// Replaces a file's content: temporary file, fsync, rename, fsync of the folder.
///
/// The temporary file stands in a folder of ours where that is on the same file system, so that a kill leaves
/// no litter among a person's files; else beside the file. The permissions of the file it replaces are kept.
pub fn write_atomically(path: &Path, content: &[u8], temporary_folder: &Path) -> Result<()> {
    let write = || match write_via(path, content, temporary_folder) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => write_via(path, content, folder_of(path)),
        result => result,
    };
    write().with_context(|| format!("could not write {}", path.display()))
}

/// As [`write_atomically`], but leaves the file alone (and its times) when it already has this content.
pub fn write_if_changed(path: &Path, content: &[u8], temporary_folder: &Path) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    write_atomically(path, content, temporary_folder)?;
    Ok(true)
}

/// Writes a program: a file that everybody may run, whole or not at all.
pub fn write_program(path: &Path, content: &[u8]) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let write = || -> std::io::Result<()> {
        let mut temporary = temporary_file(folder_of(path))?;
        temporary.write_all(content)?;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o777 & !umask()))?;
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|error| error.error)?;
        sync_folder(folder_of(path))
    };
    write().with_context(|| format!("could not write {}", path.display()))
}

/// Writes a file where there is none, whole or not at all; what stands there already stays. It does not wait for the
/// disk: whoever writes many makes them durable at once, with [`sync_files`].
pub fn write_new(path: &Path, content: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        #[cfg(target_os = "linux")]
        if write_nameless(path, content)? {
            return Ok(());
        }
        let mut temporary = temporary_file(folder_of(path))?;
        temporary.write_all(content)?;
        temporary.as_file().set_permissions(default_permissions())?;
        temporary.persist_noclobber(path).map(drop).map_err(|error| error.error)
    };
    write().with_context(|| format!("could not write {}", path.display()))
}

/// Writes a file that gets its name when it is whole, and leaves nothing behind where it never gets one. Not every file
/// system can do that: then nothing is done.
#[cfg(target_os = "linux")]
fn write_nameless(path: &Path, content: &[u8]) -> std::io::Result<bool> {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags};
    use rustix::io::Errno;
    use std::os::fd::AsRawFd;
    let (how, mode) = (OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::from_raw_mode(0o666));
    let Ok(file) = rustix::fs::open(folder_of(path), how, mode) else { return Ok(false) };
    let mut file = File::from(file);
    file.write_all(content)?;
    let handle = format!("/proc/self/fd/{}", file.as_raw_fd());
    match rustix::fs::linkat(CWD, handle, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Ok(true),
        // There is no /proc here, or one that does not tell.
        Err(Errno::NOENT | Errno::ACCESS | Errno::PERM | Errno::OPNOTSUPP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Makes something, and the folder for it where there is none: mostly there is, and to look costs as much.
pub fn in_folder<T>(at: &Path, make: impl Fn() -> std::io::Result<T>) -> std::io::Result<T> {
    match make() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder_of(at))?;
            make()
        }
        done => done,
    }
}

/// What our temporary files are called.
const TEMPORARY: &str = ".bit-tmp-";

/// A file of our own for the time of a command; what a killed one leaves, [`remove_temporaries`] removes.
pub fn temporary_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)
}

/// A folder of our own for the time of a command, as [`temporary_file`].
pub fn temporary_folder(folder: &Path) -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(folder)
}

/// Whether this is the name of a temporary file or folder of ours.
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// Where a path leads: through links as far as it exists, and by its words from there.
pub fn resolved(path: &Path) -> std::io::Result<PathBuf> {
    for there in path.ancestors() {
        if let Ok(mut found) = std::fs::canonicalize(there) {
            // It begins with its ancestor.
            for part in path.strip_prefix(there).unwrap_or(path).components() {
                match part {
                    Component::ParentDir => drop(found.pop()),
                    Component::Normal(name) => found.push(name),
                    _ => {}
                }
            }
            return Ok(found);
        }
    }
    std::path::absolute(path)
}

fn write_via(path: &Path, content: &[u8], temporary_folder: &Path) -> std::io::Result<()> {
    let mut temporary = temporary_file(temporary_folder)?;
    temporary.write_all(content)?;
    temporary.as_file().set_permissions(match fs::metadata(path) {
        Ok(old) => old.permissions(),
        Err(_) => default_permissions(),
    })?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    sync_folder(folder_of(path))
}

/// Removes what killed commands left of temporary files and folders in a folder of ours. The caller holds the lock
/// that those who make them hold.
pub fn remove_temporaries(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if !is_temporary(&entry.file_name().to_string_lossy()) {
            continue;
        }
        match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            true => remove_deserted(&path).with_context(|| format!("could not remove {}", path.display()))?,
            false => remove_if_there(&path)?,
        }
    }
    Ok(())
}

/// A git that outlives the command that started it, by moments, may still write here: what it leaves goes next time.
fn remove_deserted(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => Ok(()),
        done => done,
    }
}

/// Removes a file that may be gone already.
pub fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Removes a folder that may be gone already.
pub fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes files durable that were just written below a folder. Many of them are quicker all at once.
pub fn sync_files(folder: &Path, files: &[PathBuf]) -> Result<()> {
    const FEW: usize = 16;
    #[cfg(target_os = "linux")]
    if files.len() > FEW {
        let synced = File::open(folder).and_then(|folder| Ok(rustix::fs::syncfs(folder)?));
        return synced.with_context(|| format!("could not write {}", folder.display()));
    }
    let _ = (FEW, folder);
    for file in files {
        let synced = File::open(file).and_then(|file| file.sync_all());
        synced.with_context(|| format!("could not write {}", file.display()))?;
    }
    Ok(())
}

/// Makes a rename or a new name in a folder durable.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// tempfile makes its files private; ours are as readable as the person's umask says.
fn default_permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o666 & !umask())
}

/// What a file may be used for when it is made with this mode: less what the person's umask takes away.
pub fn permissions(mode: u32) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(mode & !umask())
}

fn umask() -> u32 {
    // There is no way to read the umask without setting it; do it once, before threads can notice.
    static UMASK: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *UMASK.get_or_init(|| {
        let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
        rustix::process::umask(mask);
        mask.as_raw_mode()
    })
}

/// Reads a file that may be absent.
pub fn read_optional(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("could not read {}", path.display())),
    }
}

/// Replaces a file that can be worked out anew: by rename, so that nobody reads a half, but without waiting for the disk.
pub fn replace_derived(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut temporary = temporary_file(folder_of(path))?;
    temporary.write_all(content)?;
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn what_somebody_still_writes_to_is_left_for_the_next_time() {
        let around = tempfile::tempdir().unwrap();
        let ended = AtomicBool::new(false);
        let folder = temporary_folder(around.path()).unwrap().keep();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for number in 0u64.. {
                    if ended.load(Ordering::Relaxed) {
                        break;
                    }
                    // As a git does that is at work: folders anew, and files in them.
                    fs::create_dir_all(folder.join("objects/pack")).ok();
                    fs::write(folder.join(format!("objects/pack/{number}")), "x").ok();
                }
            });
            let swept: Vec<Result<()>> = (0..500).map(|_| remove_temporaries(around.path())).collect();
            ended.store(true, Ordering::Relaxed);
            swept.into_iter().collect::<Result<()>>().unwrap();
        });
        remove_temporaries(around.path()).unwrap();
        assert!(!folder.exists());
    }
}
