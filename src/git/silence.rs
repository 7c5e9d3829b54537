//! How long a host may say nothing.

use super::processes::done_by_all;
use super::url::{RemoteUrl, Transport};
use rustix::process::{Pid, Signal, kill_process_group};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// A web server that sends not even what keeps a connection open (git's own does so every five seconds) is dead: git
/// gives it up after so many seconds, where the person has not said otherwise.
const PATIENCE: [(&str, &str); 2] = [("GIT_HTTP_LOW_SPEED_LIMIT", "1"), ("GIT_HTTP_LOW_SPEED_TIME", "300")];

/// How long a push may stand still. Over the web git waits for ever where the end of an answer is cut off that has no
/// length; that is longer than git itself waits for a word, and `None` where the person has their own bounds.
pub(super) fn of_a_push(url: &RemoteUrl) -> Option<Duration> {
    if url.transport() != Transport::Http {
        return of_a_host(url);
    }
    let usual = || usual().filter(|_| !has_own_patience());
    said().or_else(usual).filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds + seconds / 4 + 1))
}

/// How long nothing may move that talks to a host. Of a web server git sees to that itself, and a folder's disk answers.
pub(super) fn of_a_host(url: &RemoteUrl) -> Option<Duration> {
    let limit = || said().or_else(usual).filter(|seconds| *seconds > 0).map(Duration::from_secs);
    matches!(url.transport(), Transport::Git | Transport::Ssh).then(limit).flatten()
}

/// What the environment says of it.
fn said() -> Option<u64> {
    std::env::var(PATIENCE[1].0).ok()?.parse().ok()
}

fn usual() -> Option<u64> {
    PATIENCE[1].1.parse().ok()
}

/// Bounds the silence of a web server, for a git that is to be started.
pub(super) fn bound(command: &mut Command) {
    if !has_own_patience() {
        command.envs(PATIENCE);
    }
}

/// A git in a process group of its own gets no Ctrl-C, and at a silent host it would wait for ever after bit has ended, in
/// whatever way. It takes what it started along. The signal comes when the thread ends that started it, which waits for
/// it.
#[cfg(target_os = "linux")]
pub(super) fn end_with_us(command: &mut Command) {
    use rustix::process::{getpid, getppid, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt;
    let us = getpid();
    let bind = move || {
        set_parent_process_death_signal(Some(Signal::TERM))?;
        // It may be too late for a signal.
        if getppid() == Some(us) { Ok(()) } else { Err(std::io::ErrorKind::Interrupted.into()) }
    };
    // SAFETY: between fork and exec this makes two system calls, and allocates nothing.
    unsafe {
        command.pre_exec(bind);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn end_with_us(_: &mut Command) {}

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
    limit: Duration,
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
        Some(Self { told, limit, thread })
    }

    /// Over a process: it is ended once neither it nor what it started has read, written or computed anything for so
    /// long. Where that can't be told, nobody is ended.
    pub(super) fn over_standstill(child: &Child, limit: Duration) -> Self {
        const LOOKS: u32 = 8;
        let root = child.id();
        let (told, end) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let (mut before, mut still) = (Vec::new(), 0);
            while end.recv_timeout(limit / LOOKS) == Err(RecvTimeoutError::Timeout) {
                let now = done_by_all(root);
                still = if now.is_empty() || before != now { 0 } else { still + 1 };
                if still == LOOKS {
                    return now.iter().filter(|one| one.end()).count() > 0;
                }
                before = now;
            }
            false
        });
        Self { told, limit, thread }
    }

    /// No longer; after how long it has ended the process, if it has.
    pub(super) fn stop(self) -> Option<Duration> {
        drop(self.told);
        self.thread.join().unwrap_or(false).then_some(self.limit)
    }
}
