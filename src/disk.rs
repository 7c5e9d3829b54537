//! Writing files so that a kill or a full disk leaves the old content or the new one, never a half.

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Replaces a file's content: temporary file beside it, fsync, rename, fsync of the folder.
/// Keeps the permissions of the file it replaces.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut temporary = tempfile::Builder::new().prefix(".bit-tmp-").tempfile_in(folder)?;
        temporary.write_all(content)?;
        temporary.as_file().set_permissions(match fs::metadata(path) {
            Ok(old) => old.permissions(),
            Err(_) => default_permissions(),
        })?;
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|error| error.error)?;
        sync_folder(folder)
    };
    write().with_context(|| format!("could not write {}", path.display()))
}

/// As [`write_atomically`], but leaves the file alone (and its times) when it already has this content.
pub fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    write_atomically(path, content)?;
    Ok(true)
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
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("could not read {}", path.display())),
    }
}
