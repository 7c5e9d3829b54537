//! The folder in which capsules stand: outside of the workspace, gone when the command ends.

use crate::{disk, errors};
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

const PREFIX: &str = "bit-capsules-";
/// Those that a person asked for have another name: nobody sweeps them.
const KEPT: &str = "bit-kept-capsules-";

/// Beside the capsules: no scope has such a name.
const LINKS: &str = ".links";

/// What becomes of capsules when the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeepCapsules {
    /// They go.
    #[default]
    No,
    /// They stay, for a person to look into.
    Yes,
}

/// A folder for capsules. While its maker lives it is locked, so that nobody takes it for abandoned.
pub struct Capsules {
    path: PathBuf,
    /// Of each place that something was linked to, a link that leads there.
    links: Mutex<HashMap<PathBuf, PathBuf>>,
    /// Removes it; none where it is kept.
    _folder: Option<TempDir>,
    _lock: File,
}

impl Capsules {
    /// Removes those of commands that are gone.
    pub fn sweep(workspace: &Path) {
        if let Ok(around) = place_for(workspace) {
            sweep(&around);
        }
    }

    /// Makes one. Nothing above it may hold packages: a command would find
    /// by accident what its component does not need.
    pub fn new(workspace: &Path, keep: KeepCapsules) -> Result<Self> {
        let around = place_for(workspace)?;
        let prefix = match keep {
            KeepCapsules::Yes => KEPT.to_owned(),
            KeepCapsules::No => format!("{PREFIX}{}-", std::process::id()),
        };
        let make = || -> std::io::Result<Self> {
            let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(&around)?;
            let lock = File::open(folder.path())?;
            lock.lock()?;
            let path = folder.path().to_owned();
            let folder = match keep {
                KeepCapsules::No => Some(folder),
                KeepCapsules::Yes => {
                    let _ = folder.keep();
                    None
                }
            };
            Ok(Self { path, links: Mutex::default(), _folder: folder, _lock: lock })
        };
        make().with_context(|| format!("could not make a folder for capsules in {}", around.display()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a symbolic link in it, if nothing is there. All that lead to one place are one inode by several names: a
    /// file system that gets thousands and loses them again is slow to find free ones, and nobody can change a link.
    pub fn link(&self, target: &Path, at: &Path) -> Result<()> {
        let make = || match self.known_link(target).map(|known| fs::hard_link(known, at)) {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) if error.kind() == ErrorKind::NotFound => Err(error),
            // There is a link already, or this file system has no such names.
            _ => symlink(target, at)
                .or_else(|error| (error.kind() == ErrorKind::AlreadyExists).then_some(()).ok_or(error)),
        };
        disk::in_folder(at, make).with_context(|| format!("could not link {}", at.display()))
    }

    fn known_link(&self, target: &Path) -> Option<PathBuf> {
        // Each is put in when it is there.
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = links.get(target) {
            return Some(known.clone());
        }
        let link = self.path.join(LINKS).join(links.len().to_string());
        disk::in_folder(&link, || symlink(target, &link)).ok()?;
        links.insert(target.to_owned(), link.clone());
        Some(link)
    }
}

/// A folder for temporary files from which the workspace's packages can't be seen.
fn place_for(workspace: &Path) -> Result<PathBuf> {
    let usual = std::env::temp_dir();
    let places = [usual.as_path(), Path::new("/tmp"), Path::new("/var/tmp")];
    let real = places.iter().filter_map(|place| place.canonicalize().ok());
    let is_apart = |place: &PathBuf| {
        !place.starts_with(workspace) && place.ancestors().all(|folder| !folder.join("node_modules").exists())
    };
    real.filter(|place| place.is_dir()).find(is_apart).ok_or_else(|| errors::no_place_for_capsules(&usual))
}

/// Removes the folders of commands that are gone. Others may be anybody's: only our own are touched.
fn sweep(around: &Path) {
    let Ok(entries) = fs::read_dir(around) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let maker = rest.split('-').next().and_then(|number| number.parse::<i32>().ok());
        if is_ours(&entry.path()) && is_abandoned(&entry.path(), maker) {
            // A command that outlived its bit may still write there: what it leaves goes next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_ours(folder: &Path) -> bool {
    let owner = |found: fs::Metadata| found.is_dir() && found.uid() == rustix::process::getuid().as_raw();
    fs::symlink_metadata(folder).is_ok_and(owner)
}

/// Its maker is gone. One that was made a moment ago may not be locked yet.
fn is_abandoned(folder: &Path, maker: Option<i32>) -> bool {
    const YOUNG: Duration = Duration::from_secs(60);
    if !File::open(folder).is_ok_and(|folder| folder.try_lock().is_ok()) {
        return false;
    }
    let maker = maker.and_then(rustix::process::Pid::from_raw);
    let is_gone = maker.is_some_and(|maker| rustix::process::test_kill_process(maker).is_err());
    let age = || fs::symlink_metadata(folder).ok()?.modified().ok()?.elapsed().ok();
    is_gone || age().is_some_and(|age| age > YOUNG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_one_place_are_one_inode() {
        let workspace = tempfile::tempdir().unwrap();
        let capsules = Capsules::new(workspace.path(), KeepCapsules::No).unwrap();
        let at = |path: &str| capsules.path().join(path);
        for link in ["a/node_modules/react", "b/node_modules/react", "b/node_modules/react"] {
            capsules.link(Path::new("/react"), &at(link)).unwrap();
        }
        capsules.link(Path::new("/other"), &at("a/node_modules/other")).unwrap();
        fs::write(at("a/file"), "").unwrap();
        capsules.link(Path::new("/other"), &at("a/file")).unwrap();
        let leads_to = |path: &str| fs::read_link(at(path)).unwrap();
        assert_eq!(
            (leads_to("a/node_modules/react"), leads_to("a/node_modules/other")),
            ("/react".into(), "/other".into())
        );
        let inode = |path: &str| fs::symlink_metadata(at(path)).unwrap().ino();
        assert_eq!(inode("a/node_modules/react"), inode("b/node_modules/react"));
        assert!(fs::symlink_metadata(at("a/file")).unwrap().is_file(), "what is there stays");
    }
}
