//! Spawning git: the only place that does.

use crate::errors;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// The oldest git this program works with.
pub const OLDEST: (u32, u32) = (2, 41);

/// Variables that would send git to another repository than the one we mean.
const MISLEADING: [&str; 6] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
];

/// The transports that git may use for us; others run programs of a stranger's choice.
const PROTOCOLS: &str = "file:git:http:https:ssh";

/// A call of the git program.
pub struct Git {
    command: Command,
}

/// What git said.
pub struct Output {
    /// Whether it ended with 0.
    pub success: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Git {
    /// `git <arguments>`, with an environment that cannot mislead it.
    pub fn new<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new("git");
        for variable in MISLEADING {
            command.env_remove(variable);
        }
        command.env("LC_MESSAGES", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", PROTOCOLS);
        command.args(arguments.into_iter().map(Into::into)).stdin(Stdio::null());
        Self { command }
    }

    /// In which folder it runs.
    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end.
    pub fn output(mut self) -> Result<Output> {
        let output = self.command.output().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => errors::git_missing(OLDEST),
            _ => anyhow::Error::new(error).context("could not start git"),
        })?;
        Ok(Output {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// Refuses a git that is too old for what we ask of it.
pub fn check_version() -> Result<()> {
    let output = Git::new(["version"]).output()?;
    let found = output.stdout.trim().trim_start_matches("git version ").to_owned();
    match parse_version(&found) {
        Some(version) if version >= OLDEST => Ok(()),
        _ => Err(errors::git_too_old(&found, OLDEST)),
    }
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.').map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Lets git join packs and tidy up, by its own measure of whether it is time.
pub fn maintain(repository: &Path) -> Result<()> {
    let git_dir = format!("--git-dir={}", repository.display());
    let output = Git::new([git_dir.as_str(), "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet"])
        .output()
        .context("git gc")?;
    // Tidying up is a favour: a failure is said when it matters, by the command that then reads the objects.
    let _ = output.success;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_every_vendor_writes_them() {
        assert_eq!(parse_version("2.47.3"), Some((2, 47)));
        assert_eq!(parse_version("2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(parse_version("2.45.1.windows.1"), Some((2, 45)));
        assert_eq!(parse_version("nonsense"), None);
    }
}
