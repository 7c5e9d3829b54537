//! Programs of the person's own, such as a package manager: started in one place, heard to their end.

use crate::git::{SECRETS, masked};
use anyhow::{Context, Result};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program that is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What it is called; looked up on the path.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub folder: PathBuf,
}

/// How a program ended, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Whether it says that it succeeded.
    pub success: bool,
    /// All that it said on both of its streams, without secrets.
    pub words: String,
}

impl Program {
    /// A program that runs in a folder.
    pub fn new<A: Into<String>>(name: &str, arguments: impl IntoIterator<Item = A>, folder: &Path) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { name: name.to_owned(), arguments, folder: folder.to_owned() }
    }

    /// The line that a person would type.
    pub fn line(&self) -> String {
        let words = std::iter::once(&self.name).chain(&self.arguments);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Runs it to its end. `None`: there is no such program. Nothing that it asks can be answered, so that it never
    /// hangs on a question that nobody sees.
    pub fn run(&self) -> Result<Option<Ended>> {
        let cannot = || format!("could not run {}", self.name);
        // One pipe for both streams keeps what it says in its order.
        let (mut reader, writer) = std::io::pipe().with_context(cannot)?;
        let mut command = Command::new(&self.name);
        command.args(&self.arguments).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(writer.try_clone().with_context(cannot)?).stderr(writer);
        for name in SECRETS {
            command.env_remove(name);
        }
        let mut child = match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            child => child.with_context(cannot)?,
        };
        // The command keeps its ends of the pipe open; the reader would wait for them.
        drop(command);
        let mut words = Vec::new();
        reader.read_to_end(&mut words).with_context(cannot)?;
        let status = child.wait().with_context(cannot)?;
        Ok(Some(Ended { success: status.success(), words: masked(&String::from_utf8_lossy(&words)) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Ended {
        Program::new("sh", ["-c", script], Path::new("/")).run().unwrap().unwrap()
    }

    #[test]
    fn what_it_says_is_heard_in_its_order_and_nothing_is_asked() {
        let ended = sh("echo one; echo two >&2; echo three; read answer && echo answered; exit 3");
        assert_eq!(ended, Ended { success: false, words: "one\ntwo\nthree".into() });
        assert!(sh("pwd").success);
    }

    #[test]
    fn a_program_that_is_not_there_is_none() {
        assert_eq!(Program::new("bit-no-such-program", ["x"], Path::new("/")).run().unwrap(), None);
    }
}
