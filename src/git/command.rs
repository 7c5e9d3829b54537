//! Spawning git: the only place that does.

use super::asking::Asking;
use super::lines::read_lines;
use super::silence::{self, Watch};
use super::token::{self, Company, Token};
use super::url::{RemoteUrl, Transport};
use super::version::OLDEST_GIT;
use crate::errors;
use crate::person;
use anyhow::{Context, Result, anyhow};
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Variables that would send git to another repository than the one we mean.
const MISLEADING: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
];

/// Variables by which a git tells those that it starts of its repository and its settings. It keeps them from the git of
/// another repository.
const OURS: [&str; 10] = [
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_PREFIX",
    "GIT_PROTOCOL",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
];

/// The transports that git may use for us, wherever a URL leads (`url.<base>.insteadOf` may turn it into another).
const PROTOCOLS: &str = "file:git:http:https:ssh";

/// A call of the git program.
pub struct Git {
    command: Command,
    options: Vec<OsString>,
    arguments: Vec<OsString>,
    input: Vec<u8>,
    hidden: Vec<(String, String)>,
    /// It may ask a person at the terminal.
    asks: bool,
    /// How long it may take.
    limit: Option<Duration>,
    /// How long it may stand still.
    standstill: Option<Duration>,
}

/// What git said.
pub struct Output {
    /// Whether it ended with 0.
    pub success: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error, without the counts that it writes over each other on a terminal.
    pub stderr: String,
    /// It was ended after so long, since it took longer than it may, or stood still.
    pub ended_after: Option<Duration>,
}

impl Git {
    /// `git <arguments>`, with an environment that cannot mislead it.
    pub fn new<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new("git");
        for variable in MISLEADING.into_iter().chain(token::SECRETS) {
            command.env_remove(variable);
        }
        command.env("LC_MESSAGES", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", PROTOCOLS);
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self {
            command,
            options: Vec::new(),
            arguments,
            input: Vec::new(),
            hidden: Vec::new(),
            asks: false,
            limit: None,
            standstill: None,
        }
    }

    /// On this bare repository and no other: git 3 refuses to find one by itself. None of its hooks runs, nor any that
    /// the person has for all repositories; those of a host, which a push wakes, are that host's.
    pub fn in_repository(self, repository: &Path) -> Self {
        self.with_hooks_of(repository).config("core.hooksPath", "/dev/null")
    }

    /// The same, and its hooks are where it says.
    pub fn with_hooks_of(mut self, repository: &Path) -> Self {
        let mut option = OsString::from("--git-dir=");
        option.push(repository);
        self.options.push(option);
        self
    }

    /// On no repository, wherever it is started: only the configuration of the machine and of the person counts.
    pub fn in_no_repository(self) -> Self {
        self.in_repository(Path::new("/dev/null"))
    }

    /// With a setting, whatever the person's configuration says. Never a secret: everybody on the machine can
    /// see the arguments of a process.
    pub fn config(mut self, key: &str, value: &str) -> Self {
        self.options.extend(["-c".into(), format!("{key}={value}").into()]);
        self
    }

    /// A setting that arguments must not show: it goes by the environment.
    pub fn hidden_config(mut self, key: &str, value: &str) -> Self {
        self.hidden.push((key.to_owned(), value.to_owned()));
        self
    }

    /// With a variable in its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// More arguments.
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// In which folder it runs.
    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it reads from standard input; nothing, if not said.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// A call that dials another machine, and may have to ask who is there.
    ///
    /// With a person at the terminal git and ssh ask as they always do. Without one nothing may wait for an answer
    /// that never comes, nor for a host that says nothing. GIT_ASKPASS is kept all the same: a CI job may hand git its token by it. BIT_TOKEN goes
    /// along with every call to a host, since only git finds out which hosts a URL leads to.
    pub fn over_the_network(mut self, url: &RemoteUrl) -> Self {
        let is_folder = url.local_path().is_some();
        if !is_folder {
            silence::bound(&mut self.command);
        }
        self.standstill = silence::of_a_host(url);
        let git = if person::is_there() { self.with_terminal() } else { self.without_person(url.transport()) };
        match Token::of_environment() {
            // The hooks of a folder are somebody else's programs, and they would see it.
            Ok(token) if !is_folder => token.accompany(git, Company::BeforeOthers),
            _ => git,
        }
    }

    /// A call that dials another machine without saying who is there: no helper is asked, nor a person.
    pub fn over_the_network_as_nobody(self, url: &RemoteUrl) -> Self {
        self.without_person(url.transport()).env("GIT_ASKPASS", "").config("credential.helper", "")
    }

    /// A call that may have to ask for the passphrase of a key: a person at the terminal is asked as always, and
    /// nothing waits for an answer where there is none.
    pub fn with_person_if_any(mut self) -> Self {
        if person::is_there() {
            return self.with_terminal();
        }
        self.command.env_remove("SSH_ASKPASS").env("SSH_ASKPASS_REQUIRE", "never");
        self
    }

    fn with_terminal(mut self) -> Self {
        self.asks = true;
        match std::env::var_os("GIT_TERMINAL_PROMPT") {
            Some(wish) => self.command.env("GIT_TERMINAL_PROMPT", wish),
            None => self.command.env_remove("GIT_TERMINAL_PROMPT"),
        };
        self
    }

    fn without_person(mut self, transport: Transport) -> Self {
        // A desktop's window that asks is no answer either: nobody may be looking.
        self.command.env_remove("SSH_ASKPASS").env("SSH_ASKPASS_REQUIRE", "never").env("GCM_INTERACTIVE", "never");
        // It would also keep git 2.47 and newer from asking an askpass, which a CI job may have.
        let mut git = match is_set("GIT_ASKPASS") {
            true => self,
            false => self.config("credential.interactive", "false"),
        };
        // Asking costs a process: not for what ssh has no part in.
        if transport == Transport::Ssh && !git.has_ssh_of_its_own() {
            git.command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        }
        git
    }

    /// Whether the person said how ssh is to be called. What they said is not added to: it may be no OpenSSH.
    fn has_ssh_of_its_own(&self) -> bool {
        if is_set("GIT_SSH_COMMAND") || is_set("GIT_SSH") {
            return true;
        }
        let mut ask = Self::new(["config", "--get", "core.sshCommand"]);
        ask.options.clone_from(&self.options);
        ask.output().is_ok_and(|output| output.success)
    }

    /// As the git of another repository, of which our settings and those of our repository are no business.
    pub(super) fn of_the_other_side(mut self) -> Self {
        for variable in OURS {
            self.command.env_remove(variable);
        }
        self
    }

    /// Starts it, for somebody who talks to it. What it says on standard error is lost.
    pub(super) fn start(mut self) -> Result<Child> {
        self.spawn(Stdio::piped(), Stdio::null())
    }

    /// It is ended after so long, with all that it started; not where a person may be asked, who needs their time.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// It is ended, with all that it started, once nothing of it has moved for so long; not where a person may be asked.
    pub(super) fn unless_still_for(mut self, limit: Option<Duration>) -> Self {
        self.standstill = limit;
        self
    }

    /// Runs it to its end.
    pub fn output(self) -> Result<Output> {
        self.output_with(&mut |_| {})
    }

    /// Runs it to its end; `hear` gets each line of standard error, and each count, as it comes.
    pub fn output_with(mut self, hear: &mut dyn FnMut(&str)) -> Result<Output> {
        let input = std::mem::take(&mut self.input);
        let mut asking = self.asks.then(Asking::begin);
        let hear = &mut |line: &str| {
            // First: what it reports now may be drawn.
            asking.iter_mut().for_each(|asking| asking.hear(line));
            hear(line);
        };
        let limit = self.limit.filter(|_| !self.asks);
        if limit.is_some() {
            // What git starts has its own hold on the pipes.
            self.command.process_group(0);
            silence::end_with_us(&mut self.command);
        }
        let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
        let mut child = self.spawn(stdin, Stdio::piped())?;
        let watch = limit.and_then(|limit| Watch::over(&child, limit));
        let standstill = self.standstill.filter(|_| !self.asks);
        let watch = watch.or_else(|| standstill.map(|limit| Watch::over_standstill(&child, limit)));
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // All three at once: a pipe that nobody empties stops git, and one that git does not empty stops us.
        let (stdout, stderr) = std::thread::scope(|scope| {
            let writer = scope.spawn(move || stdin.map_or(Ok(()), |mut pipe| pipe.write_all(&input)));
            let reader = scope.spawn(move || {
                let mut bytes = Vec::new();
                stdout.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes)).map(|_| bytes)
            });
            let stderr = stderr.map_or(Ok(Vec::new()), |pipe| read_lines(pipe, hear));
            // git may end without having read all: what it then says counts, not our broken pipe.
            let _ = writer.join();
            (reader.join(), stderr)
        });
        let ended_after = watch.and_then(Watch::stop);
        let status = child.wait().context("could not wait for git")?;
        let stdout = stdout.map_err(|_| anyhow!("the reader of git's output panicked"))?;
        Ok(Output {
            success: status.success(),
            stdout: text(&stdout.context("could not read what git says")?),
            stderr: text(&stderr.context("could not read what git says")?),
            ended_after,
        })
    }

    /// Starts a server for a test, in a process group of its own.
    #[cfg(test)]
    pub(super) fn serve(mut self) -> Child {
        self.command.process_group(0);
        self.spawn(Stdio::null(), Stdio::piped()).unwrap()
    }

    /// The person may have settings in the environment too: ours come after them.
    fn hide_settings(&mut self) {
        if self.hidden.is_empty() {
            return;
        }
        let count = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(0);
        for (at, (key, value)) in (count..).zip(&self.hidden) {
            self.command.env(format!("GIT_CONFIG_KEY_{at}"), key).env(format!("GIT_CONFIG_VALUE_{at}"), value);
        }
        self.command.env("GIT_CONFIG_COUNT", (count + self.hidden.len()).to_string());
    }

    fn spawn(&mut self, stdin: Stdio, stderr: Stdio) -> Result<Child> {
        self.command.args(&self.options).args(&self.arguments);
        self.hide_settings();
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(stderr);
        self.command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => errors::git_missing(OLDEST_GIT),
            _ => anyhow::Error::new(error).context("could not start git"),
        })
    }
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_goes_in_and_out_at_once() {
        let ids = "4b825dc642cb6eb9a060e54bf8d69288fbee4904 missing\n".repeat(20_000);
        let git = Git::new(["cat-file", "--batch-check"]).stdin(ids);
        let folder = tempfile::tempdir().unwrap();
        Git::new(["init", "--bare", "--quiet"]).args([folder.path()]).output().unwrap();
        let output = git.in_repository(folder.path()).output().unwrap();
        assert_eq!((output.success, output.stdout.lines().count()), (true, 20_000), "{}", output.stderr);
    }

    #[test]
    fn what_takes_too_long_is_ended_with_all_that_it_started() {
        let begun = std::time::Instant::now();
        let alias = ["-c", "alias.wait=!sleep 60; true", "wait"];
        let output = Git::new(alias).within(Duration::from_millis(200)).output().unwrap();
        assert!(output.ended_after.is_some() && !output.success && begun.elapsed() < Duration::from_secs(30));
        let output = Git::new(["--version"]).within(Duration::from_secs(60)).output().unwrap();
        assert!(output.success && output.ended_after.is_none());
    }

    #[test]
    fn a_program_behind_a_url_is_not_run() {
        let output = Git::new(["ls-remote", "--", "ext::true"]).in_no_repository().output().unwrap();
        assert!(output.stderr.contains("transport 'ext' not allowed"), "{}", output.stderr);
    }
}
