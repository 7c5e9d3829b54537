//! How long a host may say nothing.

use rustix::process::{Pid, Signal, kill_process_group};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// A web server that sends not even what keeps a connection open (git's own does so every five seconds) is dead: git
/// gives it up after so many seconds, where the person has not said otherwise.
const PATIENCE: [(&str, &str); 2] = [("GIT_HTTP_LOW_SPEED_LIMIT", "1"), ("GIT_HTTP_LOW_SPEED_TIME", "300")];

/// Bounds the silence of a web server, for a git that is to be started.
pub(super) fn bound(command: &mut Command) {
    if !has_own_patience() {
        command.envs(PATIENCE);
    }
}

/// Whether the person has said how slow a web server may be.
fn has_own_patience() -> bool {
    let is_said = |config: git2::Config| {
        let settings = config.entries(Some(r"^http\.(.*\.)?lowspeed(limit|time)$"));
        settings.is_ok_and(|mut settings| settings.next().is_some())
    };
    // libgit2 does not look where git is told to look.
    let named = std::env::var_os("GIT_CONFIG_GLOBAL").map(|file| git2::Config::open(Path::new(&file)));
    let usual = git2::Config::open_default();
    PATIENCE.iter().any(|(name, _)| std::env::var_os(name).is_some())
        || named.into_iter().chain([usual]).flatten().any(is_said)
}

/// Ends a process with all that it started, if it takes too long.
pub(super) struct Watch {
    told: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watch {
    /// Over a process that leads a group of its own.
    pub(super) fn over(child: &Child, limit: Duration) -> Option<Self> {
        let group = Pid::from_raw(i32::try_from(child.id()).ok()?)?;
        let (told, end) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let is_late = end.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            is_late && kill_process_group(group, Signal::KILL).is_ok()
        });
        Some(Self { told, thread })
    }

    /// No longer; whether it has ended the process.
    pub(super) fn stop(self) -> bool {
        drop(self.told);
        self.thread.join().unwrap_or(false)
    }
}
