//! The folder in which capsules stand: outside of the workspace, gone when the command ends.

use crate::errors;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const PREFIX: &str = "bit-capsules-";
/// Those that a person asked for have another name: nobody sweeps them.
const KEPT: &str = "bit-kept-capsules-";

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
            Ok(Self { path, _folder: folder, _lock: lock })
        };
        make().with_context(|| format!("could not make a folder for capsules in {}", around.display()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
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
