//! What processes are doing, as Linux tells it: whether a program that waits for others still moves.

use rustix::process::{Pid, Signal, kill_process};
use std::collections::HashMap;
use std::fs;

/// How much a process has read, written and computed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Done {
    process: u32,
    so_far: String,
}

impl Done {
    /// Ends the process. False where it has ended already.
    pub(super) fn end(&self) -> bool {
        let process = i32::try_from(self.process).ok().and_then(Pid::from_raw);
        process.is_some_and(|process| kill_process(process, Signal::KILL).is_ok())
    }
}

/// What a process and all that it started have done. Nothing where the system does not tell it of every one of them.
pub(super) fn done_by_all(root: u32) -> Vec<Done> {
    let mut children = children();
    let (mut found, mut next) = (Vec::new(), vec![root]);
    while let Some(process) = next.pop() {
        let Some(so_far) = so_far(process) else { return Vec::new() };
        found.push(Done { process, so_far });
        next.extend(children.remove(&process).into_iter().flatten());
    }
    found.sort();
    found
}

/// All processes, by those that started them.
fn children() -> HashMap<u32, Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let parent = stat_of(process).and_then(|words| words.get(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(process);
        }
    }
    children
}

fn so_far(process: u32) -> Option<String> {
    let moved = fs::read_to_string(format!("/proc/{process}/io")).ok()?;
    // By itself and in the system.
    let computed = stat_of(process)?.get(11..13)?.join(" ");
    Some(moved + &computed)
}

/// The words of `stat` from the third on; the second one, a name in brackets, may hold anything.
fn stat_of(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};
    use std::thread::sleep;
    use std::time::Duration;

    #[test]
    fn who_waits_for_a_child_that_waits_does_nothing() {
        let script = "sh -c 'echo begun; read line; echo more; read line'; exit";
        let mut shell = Command::new("sh");
        let mut shell = shell.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let process = shell.id();
        let settled = || {
            let mut before = Vec::new();
            // Until both are there and wait.
            for _ in 0..200 {
                sleep(Duration::from_millis(50));
                let now = done_by_all(process);
                if now.len() == 2 && now == before {
                    return now;
                }
                before = now;
            }
            panic!("they do not settle: {before:?}");
        };
        let before = settled();
        shell.stdin.as_mut().unwrap().write_all(b"go on\n").unwrap();
        let after = settled();
        assert_ne!(before, after);
        assert!(after.iter().all(Done::end));
        assert!(!shell.wait().unwrap().success());
        assert!(done_by_all(process).is_empty());
    }
}
