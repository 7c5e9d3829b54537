//! Running a command line of the workspace's own configuration in a capsule.

use super::strays::{self, MARK};
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A command line that is to run.
pub struct Job<'a> {
    /// As the person wrote it.
    pub line: &'a str,
    /// The capsule.
    pub folder: &'a Path,
    /// Where programs are found before those of the machine.
    pub programs: &'a Path,
    /// Where its output goes.
    pub log: &'a Path,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With 0.
    Passed,
    /// With another number; none where a signal ended it.
    Failed(Option<i32>),
}

/// Leads a group of processes of its own. Beside the command waits a guard that reads from bit: however bit ends, what it
/// reads from ends with it, and then the guard ends the group, and what left the group with the command's mark.
const GUARDED: &str = r#"exec 3<&0 </dev/null
(
    trap '' HUP INT TERM
    cd /
    read -r _ <&3
    strays() {
        for found in $(grep -lsF "$2" /proc/[0-9]*/environ); do
            found=${found#/proc/}
            kill "$1" "${found%/environ}"
        done
    }
    kill -TERM 0
    strays -TERM "$2"
    sleep 2
    strays -KILL "$2"
    kill -KILL 0
) >/dev/null 2>&1 &
exec 3<&-
export "$2"
exec /bin/sh -c "$1""#;

/// Runs it and waits. Nobody answers questions: it reads nothing. It ends when bit ends, and nothing that it started
/// stays behind.
pub fn run(job: &Job) -> Result<Ending> {
    let log = File::create(job.log).with_context(|| format!("could not write {}", job.log.display()))?;
    let errors = log.try_clone().with_context(|| format!("could not write {}", job.log.display()))?;
    let mut command = Command::new("/bin/sh");
    let mut mark = OsString::from(format!("{MARK}="));
    mark.push(job.folder);
    command.args(["-c", GUARDED, "sh", job.line]).arg(mark).current_dir(job.folder).process_group(0);
    command.stdin(Stdio::piped()).stdout(log).stderr(errors);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_private(name)) {
        command.env_remove(name);
    }
    command.env("PATH", path_with(job.programs)).env("PWD", job.folder);
    let could_not = || format!("could not run /bin/sh in {}", job.folder.display());
    let mut child = strays::spawn(&mut command).with_context(could_not)?;
    // `wait` would close it.
    let guard = child.stdin.take();
    let status = child.wait();
    strays::forget(child.id());
    let status = status.with_context(could_not)?;
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // The guard at least is still in it, so the number means nobody else.
        let _ = kill_process_group(group, Signal::KILL);
    }
    strays::end(job.folder);
    drop(guard);
    Ok(if status.success() { Ending::Passed } else { Ending::Failed(status.code()) })
}

/// What is for bit and git only (repositories, tokens, askpass programs), or would lead Node out of the capsule.
fn is_private(name: &OsStr) -> bool {
    const MISLEADING: [&str; 3] = ["NODE_PATH", "INIT_CWD", "SSH_ASKPASS"];
    let name = name.to_string_lossy();
    name.starts_with("GIT_") || name.starts_with("BIT_") || MISLEADING.contains(&name.as_ref())
}

fn path_with(programs: &Path) -> OsString {
    let machine = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(PathBuf::from(programs)).chain(std::env::split_paths(&machine));
    // A folder with a colon in its name can't stand in a PATH.
    std::env::join_paths(all).unwrap_or(machine)
}

/// The end of an output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tail {
    /// Its last lines, without what speaks to a terminal.
    pub text: String,
    /// Whether there is more above them.
    pub is_cut: bool,
}

/// Reads the end of an output.
pub fn tail(log: &Path) -> Result<Tail> {
    const BYTES: u64 = 16 << 10;
    const LINES: usize = 60;
    let read = || -> std::io::Result<(Vec<u8>, bool)> {
        let mut file = File::open(log)?;
        let from = fs::metadata(log)?.len().saturating_sub(BYTES);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(BYTES).read_to_end(&mut bytes)?;
        Ok((bytes, from > 0))
    };
    let (bytes, is_cut) = read().with_context(|| format!("could not read {}", log.display()))?;
    let text = plain(&String::from_utf8_lossy(&bytes));
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    let text = last.join("\n").trim_matches('\n').to_owned();
    Ok(Tail { text, is_cut: is_cut || last.len() < lines.len() })
}

/// Without colours and other sequences for a terminal.
fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => match rest.next() {
                Some('[') => while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                Some(']') => while rest.next().is_some_and(|c| c != '\u{7}' && c != '\u{1b}') {},
                _ => {}
            },
            '\n' | '\t' => shown.push(c),
            _ if c.is_control() => {}
            _ => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_to_a_terminal_is_not_shown() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m\r\n\u{1b}]0;title\u{7}x\u{8}\ty"), "red\nx\ty");
    }

    #[test]
    fn the_end_of_an_output_is_bounded_and_need_not_be_text() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, b"a\xff\nb\n\n").unwrap();
        assert_eq!(tail(&log).unwrap(), Tail { text: "a\u{fffd}\nb".into(), is_cut: false });
        fs::write(&log, "x\n".repeat(100_000)).unwrap();
        let Tail { text, is_cut } = tail(&log).unwrap();
        assert!(is_cut && text.lines().count() == 60);
        fs::write(&log, "y".repeat(100_000)).unwrap();
        assert!(tail(&log).unwrap().text.len() <= 16 << 10);
    }

    #[test]
    fn a_command_sees_no_secret_and_its_own_programs_first() {
        for private in ["GIT_ASKPASS", "GIT_DIR", "BIT_TOKEN", "BIT_TOKEN_HOST", "NODE_PATH"] {
            assert!(is_private(OsStr::new(private)), "{private}");
        }
        for own in ["PATH", "HOME", "CI", "GITHUB_ACTIONS", "NODE_ENV"] {
            assert!(!is_private(OsStr::new(own)), "{own}");
        }
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let job = |line| run(&Job { line, folder: folder.path(), programs: Path::new("/own/bin"), log: &log }).unwrap();
        assert_eq!(job("echo \"$PATH\"; pwd; cat; echo e >&2"), Ending::Passed);
        let said = fs::read_to_string(&log).unwrap();
        assert!(said.starts_with("/own/bin:") && said.ends_with("\ne\n"), "{said}");
        assert_eq!((job("exit 7"), job("kill -9 $$")), (Ending::Failed(Some(7)), Ending::Failed(None)));
    }
    #[test]
    fn nothing_that_a_command_started_stays_behind() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        // The second one has a session, so a group, of its own.
        let line = "sleep 60 & echo $!; setsid sleep 60 & echo $!; sleep 0.2";
        let began = std::time::Instant::now();
        run(&Job { line, folder: folder.path(), programs: Path::new("/own/bin"), log: &log }).unwrap();
        let said = fs::read_to_string(&log).unwrap();
        let is_there = |left: &str| {
            let stat = fs::read_to_string(format!("/proc/{left}/stat")).unwrap_or_default();
            stat.contains("(sleep)") && !stat.contains(") Z ")
        };
        assert_eq!(said.lines().count(), 2, "{said}");
        for left in said.lines() {
            while is_there(left) && began.elapsed().as_secs() < 10 {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            assert!(!is_there(left), "the command's own process {left} still runs");
        }
    }
}
