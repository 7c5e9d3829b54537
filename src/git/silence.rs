//! How long a host may say nothing.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// A web server that sends not even what keeps a connection open (git's own does so every five seconds) is dead: git
/// gives it up after so many seconds, where the person has not said otherwise.
const PATIENCE: [(&str, &str); 2] = [("GIT_HTTP_LOW_SPEED_LIMIT", "1"), ("GIT_HTTP_LOW_SPEED_TIME", "300")];

/// How long a push over the web may stand still: git waits for ever where the end of an answer is cut off that has no
/// length. Longer than git itself waits for a word; `None` where the person has their own bounds.
pub(super) fn standstill() -> Option<Duration> {
    const TIME: &str = PATIENCE[1].0;
    let said = std::env::var(TIME).ok().and_then(|said| said.parse::<u64>().ok());
    let usual = || PATIENCE[1].1.parse().ok().filter(|_| !has_own_patience());
    said.or_else(usual).filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds + seconds / 4 + 1))
}

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

    /// Over a process: it is ended once neither it nor what it started has read or written anything for so long.
    pub(super) fn over_standstill(child: &Child, limit: Duration) -> Option<Self> {
        const LOOKS: u32 = 8;
        let root = child.id();
        let (told, end) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let (mut before, mut still) = (None, 0);
            loop {
                if end.recv_timeout(limit / LOOKS) != Err(RecvTimeoutError::Timeout) {
                    return false;
                }
                let now = tree_of(root);
                still = if now.is_empty() || before.as_ref() != Some(&now) { 0 } else { still + 1 };
                if still == LOOKS {
                    let pids = now.iter().filter_map(|(pid, _)| Pid::from_raw(i32::try_from(*pid).ok()?));
                    return pids.filter(|pid| kill_process(*pid, Signal::KILL).is_ok()).count() > 0;
                }
                before = Some(now);
            }
        });
        Some(Self { told, thread })
    }

    /// No longer; whether it has ended the process.
    pub(super) fn stop(self) -> bool {
        drop(self.told);
        self.thread.join().unwrap_or(false)
    }
}

/// A process and all that it started, each with how much it has read and written, and computed. Nothing where the system
/// does not tell.
fn tree_of(root: u32) -> Vec<(u32, String)> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = parent_of(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut next) = (Vec::new(), vec![root]);
    while let Some(pid) = next.pop() {
        // Where it can't be told whether one stands still, nobody is ended.
        let (Ok(done), Some(computed)) = (fs::read_to_string(format!("/proc/{pid}/io")), times_of(pid)) else {
            return Vec::new();
        };
        found.push((pid, done + &computed));
        next.extend(children.remove(&pid).into_iter().flatten());
    }
    found.sort();
    found
}

fn parent_of(pid: u32) -> Option<u32> {
    stat_of(pid)?.nth(1)?.parse().ok()
}

/// How long it has computed, by itself and in the system.
fn times_of(pid: u32) -> Option<String> {
    Some(stat_of(pid)?.skip(11).take(2).collect::<Vec<_>>().join(" "))
}

/// The words of `stat` from the third on; the second one, a name in brackets, may hold anything.
fn stat_of(pid: u32) -> Option<impl Iterator<Item = String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let words: Vec<String> = stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect();
    Some(words.into_iter())
}
