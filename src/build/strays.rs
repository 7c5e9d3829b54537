//! Processes that left the group of the command that started them, as what makes a session of its own does. They have
//! the command's environment still, which says to which capsule they belong.

use std::io;
use std::path::Path;
use std::process::{Child, Command};

/// Names the capsule in a command's environment.
pub const MARK: &str = "BUILD_CAPSULE";

#[cfg(target_os = "linux")]
pub use linux::{end, forget, spawn};

/// Elsewhere nobody can look into the environment of a process.
#[cfg(not(target_os = "linux"))]
pub fn end(_: &Path) {}

/// Starts a command.
#[cfg(not(target_os = "linux"))]
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    command.spawn()
}

/// Says that a command has ended.
#[cfg(not(target_os = "linux"))]
pub fn forget(_: u32) {}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Child, Command, MARK, Path, io};
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, set_child_subreaper, waitpid};
    use std::collections::BTreeSet;
    use std::fs;
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::time::{Duration, Instant};

    /// The commands at work. Whatever else is a child of this process was started by one of them, and has lost its parent.
    static COMMANDS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

    fn commands() -> MutexGuard<'static, BTreeSet<u32>> {
        COMMANDS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a command. What it starts and leaves behind comes to this process, and not to the machine's first one.
    pub fn spawn(command: &mut Command) -> io::Result<Child> {
        // On a kernel that can't, they are not found.
        let _ = set_child_subreaper(Some(rustix::process::getpid()));
        let mut commands = commands();
        let child = command.spawn()?;
        commands.insert(child.id());
        Ok(child)
    }

    /// Says that a command has ended.
    pub fn forget(command: u32) {
        commands().remove(&command);
    }

    /// Ends all that a capsule's command left behind.
    pub fn end(capsule: &Path) {
        const ROUNDS: usize = 100;
        let mut mark = format!("{MARK}=").into_bytes();
        mark.extend_from_slice(capsule.as_os_str().as_encoded_bytes());
        let commands = commands();
        // When one has gone, those that it started come here.
        for _ in 0..ROUNDS {
            let orphans = children()
                .into_iter()
                .filter(|child| !commands.contains(&child.as_raw_nonzero().get().cast_unsigned()));
            if orphans.filter(|orphan| end_one(*orphan, &mark)).count() == 0 {
                return;
            }
        }
    }

    /// Whether it was one of the capsule's. One that has ended already goes by the way. As long as nobody has asked how
    /// it ended, its number means nobody else.
    fn end_one(orphan: Pid, mark: &[u8]) -> bool {
        const PATIENCE: Duration = Duration::from_secs(1);
        let is_alive = || matches!(waitpid(Some(orphan), WaitOptions::NOHANG), Ok(None));
        if !is_alive() {
            return false;
        }
        let environment = fs::read(format!("/proc/{orphan}/environ")).unwrap_or_default();
        if !environment.split(|byte| *byte == 0).any(|variable| variable == mark) {
            return false;
        }
        let _ = kill_process(orphan, Signal::KILL);
        let begun = Instant::now();
        while is_alive() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
        begun.elapsed() < PATIENCE
    }

    fn children() -> Vec<Pid> {
        let Ok(threads) = fs::read_dir("/proc/self/task") else { return Vec::new() };
        let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let numbers = |list: String| list.split_whitespace().filter_map(|one| one.parse().ok()).collect::<Vec<i32>>();
        lists.flat_map(numbers).filter_map(Pid::from_raw).collect()
    }
}
