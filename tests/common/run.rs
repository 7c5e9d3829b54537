use std::ffi::OsStr;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// A program that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program that is about to run.
pub struct Invocation {
    command: Command,
    /// What stands for `[ROOT]` in the outputs.
    root: PathBuf,
    input: Vec<u8>,
}

impl Invocation {
    pub(super) fn new(mut command: Command, root: PathBuf) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, root, input: Vec::new() }
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self.command.stdin(Stdio::piped());
        self
    }

    /// Run as another user (only root may).
    pub fn user(mut self, id: u32) -> Self {
        use std::os::unix::process::CommandExt;
        self.command.uid(id).gid(id);
        self
    }

    /// Start it and go on; [`Running::finish`] waits.
    pub fn start(mut self) -> Running {
        use std::os::unix::process::CommandExt;
        let title = self.title();
        // A group of its own: a program that hangs goes with all that it started.
        self.command.process_group(0);
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("{title}: {error}"));
        let writer = child.stdin.take().map(|mut pipe| {
            let input = std::mem::take(&mut self.input);
            // A program may end without having read all of it.
            thread::spawn(move || drop(pipe.write_all(&input)))
        });
        Running { child, title, root: self.root, writer }
    }

    pub fn run(self) -> Run {
        self.start().finish()
    }

    fn title(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let line = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
        line.replace(super::TestEnvironment::binary().to_str().unwrap_or("\0"), "bit")
    }
}

/// A program that runs.
pub struct Running {
    child: Child,
    title: String,
    root: PathBuf,
    writer: Option<thread::JoinHandle<()>>,
}

impl Running {
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ctrl-C in its terminal.
    pub fn interrupt_and_finish(self) -> Run {
        kill_process_group(Pid::from_child(&self.child), Signal::INT).expect("the program runs");
        self.finish()
    }

    pub fn finish(self) -> Run {
        let group = Pid::from_child(&self.child);
        let (ended, has_ended) = mpsc::channel::<()>();
        let watchdog = thread::spawn(move || {
            let hangs = has_ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout);
            if hangs {
                kill_process_group(group, Signal::KILL).ok();
            }
            hangs
        });
        let output = self.child.wait_with_output().expect("the program's output");
        drop(ended);
        let hangs = watchdog.join().expect("the watchdog");
        assert!(!hangs, "{} hangs: it was killed after {} seconds", self.title, PATIENCE.as_secs());
        if let Some(writer) = self.writer {
            writer.join().expect("the writer of stdin");
        }
        Run::new(self.title, &output, &self.root.to_string_lossy())
    }
}

/// How a program ended. Nothing is judged before a test asks: [`Run::success`], [`Run::fails`].
///
/// Shown (in a snapshot) it is stdout, then stderr and the exit code where there is something to say.
#[derive(Clone)]
pub struct Run {
    title: String,
    /// None: killed by a signal.
    pub code: Option<i32>,
    pub signal: Option<i32>,
    /// With the machine's root folder as `[ROOT]`.
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    fn new(title: String, output: &Output, root: &str) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(root, "[ROOT]");
        Self {
            title: title.replace(root, "[ROOT]"),
            code: output.status.code(),
            signal: output.status.signal(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    #[track_caller]
    pub fn success(&self) -> &Self {
        self.ends_with(0)
    }

    /// It was refused or failed, with this exit code and with a word on stderr.
    #[track_caller]
    pub fn fails(&self, code: i32) -> &Self {
        assert_ne!(code, 0, "0 is no failure");
        self.ends_with(code);
        assert!(!self.stderr.trim().is_empty(), "{} failed without a message\n{self}", self.title);
        self
    }

    /// Findings are a result and no failure: nothing is on stderr.
    #[track_caller]
    pub fn fails_quietly(&self, code: i32) -> &Self {
        assert_eq!((self.code, self.stderr.as_str()), (Some(code), ""), "{self}");
        self
    }

    #[track_caller]
    fn ends_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{} ended otherwise\n{self}", self.title);
        self
    }

    #[track_caller]
    pub fn says(&self, phrase: &str) -> &Self {
        assert!(self.stdout.contains(phrase), "{}: stdout lacks “{phrase}”\n{self}", self.title);
        self
    }

    #[track_caller]
    pub fn complains(&self, phrase: &str) -> &Self {
        assert!(self.stderr.contains(phrase), "{}: stderr lacks “{phrase}”\n{self}", self.title);
        self
    }

    #[track_caller]
    pub fn silent_about(&self, phrase: &str) -> &Self {
        let said = self.stdout.contains(phrase) || self.stderr.contains(phrase);
        assert!(!said, "{} speaks of “{phrase}”\n{self}", self.title);
        self
    }

    /// All of stdout as one JSON value.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: stdout is not JSON: {error}\n{self}", self.title))
    }

    /// A trimmed line of stdout, for programs that answer with one.
    #[track_caller]
    pub fn line(&self) -> &str {
        self.success().stdout.trim_end()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "--- stderr\n{}", self.stderr)?;
        }
        match (self.code, self.signal) {
            (Some(0), _) => Ok(()),
            (Some(code), _) => writeln!(f, "--- exit {code}"),
            (None, signal) => writeln!(f, "--- signal {}", signal.unwrap_or_default()),
        }
    }
}
