//! Compiling again after every save.
//!
//! What the watcher says only ever means "look again": a look reads what changed and nothing else, so an event that is
//! missed or told twice does no harm.

use super::{CompileOptions, CompileReport, FailedComponent, compile};
use crate::errors;
use crate::model::{ComponentId, Fingerprint};
use crate::ops::{Progress, Workspace};
use anyhow::Result;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// An editor that saves writes, renames and touches within this time.
const QUIET: Duration = Duration::from_millis(60);
/// So long at most is waited for quiet.
const RESTLESS: Duration = Duration::from_secs(1);
/// How often to look whether to stop, and whether folders that were gone are there again.
const TICK: Duration = Duration::from_millis(200);

/// One look: what was done, or why nothing could be.
pub type Round = Result<(Workspace, CompileReport)>;

/// Compiles, and again after every change, until it is told to stop. An error ends no more than its round. What failed
/// is told once, and again when its files changed, or the reason.
pub fn watch(
    cwd: &Path,
    options: &CompileOptions,
    progress: &dyn Progress,
    is_stopped: &dyn Fn() -> bool,
    tell: &mut dyn FnMut(Round),
) -> Result<()> {
    // Whoever asks for what is not there is to be told at once.
    let (workspace, mut report) = compile(cwd, options, progress)?;
    let mut watched = Watched::new(&workspace)?;
    watched.follow(&workspace)?;
    let mut told = Told::default();
    told.keep_news(&mut report);
    tell(Ok((workspace, report)));
    // What was saved between a look and the beginning of a watch, nothing tells of: it is looked again.
    let (mut is_due, mut is_again) = (true, true);
    while !is_stopped() {
        if !is_due {
            (is_due, is_again) = (watched.has_changed(), false);
            continue;
        }
        match compile(cwd, options, progress) {
            Err(error) => {
                is_due = false;
                if told.is_news(&error) {
                    tell(Err(error));
                }
            }
            Ok((workspace, mut report)) => {
                is_due = watched.follow(&workspace)?;
                told.keep_news(&mut report);
                if !is_again || !report.is_idle() {
                    tell(Ok((workspace, report)));
                }
                is_again = true;
            }
        }
    }
    Ok(())
}

/// What failed when it was looked last, and was told.
#[derive(Default)]
struct Told {
    components: BTreeMap<ComponentId, (Fingerprint, String)>,
    error: Option<String>,
}

impl Told {
    /// Takes out of a report what was told before.
    fn keep_news(&mut self, report: &mut CompileReport) {
        let failed = |failed: &FailedComponent| (failed.made_from, format!("{:?}", failed.obstacle));
        let now = report.failed.iter().map(|one| (one.id.clone(), failed(one))).collect();
        let before = std::mem::replace(&mut self.components, now);
        self.error = None;
        report.failed.retain(|one| before.get(&one.id) != self.components.get(&one.id));
    }

    /// Whether an error is another one than before.
    fn is_news(&mut self, error: &anyhow::Error) -> bool {
        let now = Some(format!("{error:#}"));
        std::mem::replace(&mut self.error, now.clone()) != now
    }
}

/// The folders that are watched, and what was heard of them.
struct Watched {
    watcher: RecommendedWatcher,
    heard: Receiver<()>,
    /// Which folder stood at a path when the watch of it began.
    folders: HashMap<PathBuf, Option<u64>>,
}

impl Watched {
    fn new(workspace: &Workspace) -> Result<Self> {
        let (say, heard) = mpsc::channel();
        let around = workspace.layout.root.clone();
        let on_event = move |event: notify::Result<Event>| {
            // An error, such as an overflow, means that anything may have changed.
            if event.map_or(true, |event| matters(&event, &around)) {
                // Nobody listens any more when the watch ends.
                let _ = say.send(());
            }
        };
        let root = &workspace.layout.root;
        let mut watcher = notify::recommended_watcher(on_event).map_err(|error| errors::cannot_watch(root, &error))?;
        // .bitmap and workspace.jsonc are replaced by renames: their folder has to be watched.
        watcher.watch(root, RecursiveMode::NonRecursive).map_err(|error| errors::cannot_watch(root, &error))?;
        Ok(Self { watcher, heard, folders: HashMap::new() })
    }

    /// Watches the folders that the workspace's components have now. Whether a watch has begun.
    fn follow(&mut self, workspace: &Workspace) -> Result<bool> {
        let wanted: Vec<PathBuf> =
            workspace.bitmap.entries().map(|entry| workspace.layout.root.join(&entry.root_dir)).collect();
        let gone: Vec<PathBuf> = self.folders.keys().filter(|folder| !wanted.contains(folder)).cloned().collect();
        for folder in gone {
            self.folders.remove(&folder);
            // It may be gone, and its watch with it.
            let _ = self.watcher.unwatch(&folder);
        }
        let mut has_begun = false;
        for folder in wanted {
            has_begun |= self.watch_folder(folder)?;
        }
        Ok(has_begun)
    }

    fn watch_folder(&mut self, folder: PathBuf) -> Result<bool> {
        let now = inode(&folder);
        if self.folders.get(&folder) == Some(&now) {
            return Ok(false);
        }
        let _ = self.watcher.unwatch(&folder);
        if now.is_some() {
            let watched = self.watcher.watch(&folder, RecursiveMode::Recursive);
            if let Err(error) = watched
                && folder.is_dir()
            {
                return Err(errors::cannot_watch(&folder, &error));
            }
        }
        self.folders.insert(folder, now);
        Ok(now.is_some())
    }

    /// Waits for a moment; whether something has changed, and has come to rest.
    fn has_changed(&self) -> bool {
        match self.heard.recv_timeout(TICK) {
            Ok(()) => {}
            // A folder that was renamed or made anew says nothing itself.
            Err(_) => return self.folders.iter().any(|(folder, known)| inode(folder) != *known),
        }
        let begun = Instant::now();
        while begun.elapsed() < RESTLESS {
            match self.heard.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        true
    }
}

fn inode(folder: &Path) -> Option<u64> {
    fs::symlink_metadata(folder).ok().filter(|found| found.is_dir()).map(|found| found.ino())
}

/// What is read of the files beside the components' folders. Others may be written all the time, such as a file that
/// what is said here goes to.
const READ_AT_ROOT: [&str; 8] =
    [".bitmap", "workspace.jsonc", "package.json", ".gitignore", ".bitignore", ".yarnrc.yml", ".pnp.cjs", ".pnp.js"];

/// Whether an event can change what is compiled. Reading does not, and what stands in node_modules is no source.
fn matters(event: &Event, root: &Path) -> bool {
    let is_source = |path: &PathBuf| {
        let Ok(inside) = path.strip_prefix(root) else { return true };
        let is_beside = inside.components().count() == 1
            && !READ_AT_ROOT.iter().any(|read| inside == Path::new(read))
            && !path.is_dir();
        !is_beside && !inside.iter().any(|part| part == "node_modules" || part == ".git")
    };
    !matches!(event.kind, EventKind::Access(_)) && (event.paths.is_empty() || event.paths.iter().any(is_source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_matters() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("button")).unwrap();
        let is_heard =
            |kind: EventKind, path: &str| matters(&Event::new(kind).add_path(root.path().join(path)), root.path());
        let changed = EventKind::Any;
        for read in [".bitmap", "workspace.jsonc", ".gitignore", "button", "button/index.ts", "s/gone/x.ts"] {
            assert!(is_heard(changed, read), "{read}");
        }
        for other in
            ["log", "dev.log~", "node_modules", "node_modules/a/b.js", "button/node_modules/x", "button/.git/x"]
        {
            assert!(!is_heard(changed, other), "{other}");
        }
        assert!(!is_heard(EventKind::Access(notify::event::AccessKind::Any), "button/index.ts"));
        assert!(matters(&Event::new(changed), root.path()), "it could be anything");
    }
}
