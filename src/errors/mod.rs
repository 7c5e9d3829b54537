//! The one place where something that went wrong becomes words, a file a topic: what happened, to what, and what to do next.
//!
//! Everything fallible returns [`anyhow::Result`]; what a person can act on is a [`Failure`] made here.

mod add;
mod build;
mod choose;
mod compile;
mod components;
mod copies;
mod export;
mod git;
mod import;
mod login;
mod merge;
mod mirror;
mod network;
mod pack;
mod packages;
mod read;
mod rehome;
mod remotes;
mod removal;
mod scope;
mod scopes;
mod shell;
mod signing;
mod successors;
mod sweep;
mod tag;
mod verify;
mod workspace;

use crate::model::{ManifestError, NameError, PatternError};
use std::fmt;

pub use add::*;
pub use build::*;
pub use choose::*;
pub use compile::*;
pub use components::*;
pub use copies::*;
pub use export::*;
pub use git::*;
pub use import::*;
pub use login::*;
pub use merge::*;
pub use mirror::*;
pub use network::*;
pub use pack::*;
pub use packages::*;
pub use read::*;
pub use rehome::*;
pub use remotes::*;
pub use removal::*;
pub use scope::*;
pub use scopes::*;
use shell::few_ids;
pub use shell::for_shell;
pub use signing::*;
pub use successors::*;
pub use sweep::*;
pub use tag::*;
pub use verify::*;
pub use workspace::*;

/// A command refused or failed.
pub const EXIT_FAILED: u8 = 1;
/// The command line itself is wrong.
pub const EXIT_USAGE: u8 = 2;
/// Something was looked for, and found.
pub const EXIT_FINDINGS: u8 = 3;
/// A scope could not be looked at: it can't be reached, say.
pub const EXIT_UNREACHABLE: u8 = 4;

/// An error that a person can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A stable word for scripts.
    pub kind: &'static str,
    /// What happened, to what.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The exit code of the program.
    pub exit: u8,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

fn failure(kind: &'static str, message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Failure { kind, message: message.into(), hint: hint.into(), exit: EXIT_FAILED }.into()
}

fn usage(kind: &'static str, message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Failure { kind, message: message.into(), hint: hint.into(), exit: EXIT_USAGE }.into()
}

/// A list below the line that says what it is a list of.
fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// The same failure in other words; what is no failure of ours stays as it is.
fn reworded(error: anyhow::Error, words: impl FnOnce(Failure) -> Failure) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(known) => words(known).into(),
        Err(error) => error,
    }
}

/// An error that a person can act on, with what caused it for the program to act on.
pub fn because(error: anyhow::Error, cause: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(known) => anyhow::Error::new(cause).context(known),
        Err(error) => error,
    }
}

/// What is shown of an error, whatever it is: the message with its causes, and a hint where there is one.
pub fn report(error: &anyhow::Error) -> Failure {
    if let Some(known) = error.downcast_ref::<Failure>() {
        return known.clone();
    }
    let (kind, hint) = match error.downcast_ref::<NameError>() {
        Some(NameError { suggestion: Some(suggestion), .. }) => ("bad-name", format!("did you mean \"{suggestion}\"?")),
        Some(NameError { what: "version", .. }) => {
            ("bad-name", "write three numbers, and a word if need be: 1.0.1, 2.0.0-beta.1".into())
        }
        Some(NameError { what: "scope name", .. }) => (
            "bad-name",
            "a scope is named by one or two parts of a-z 0-9 - _ with a dot between them: my-org.ui".into(),
        ),
        Some(_) => ("bad-name", String::new()),
        None if error.is::<PatternError>() => {
            ("bad-pattern", "quote patterns, so that the shell leaves them alone: 'ui/*'".into())
        }
        None if error.is::<ManifestError>() => ("bad-manifest", "a newer bit may know this format".into()),
        None => ("failed", hint_for_io(error)),
    };
    Failure { kind, message: format!("{error:#}"), hint, exit: EXIT_FAILED }
}

/// An error among others: the message and the way out in one line.
pub fn in_one_line(error: &anyhow::Error) -> String {
    let Failure { message, hint, .. } = report(error);
    if hint.is_empty() { message } else { format!("{message} ({hint})") }
}

fn hint_for_io(error: &anyhow::Error) -> String {
    use std::io::ErrorKind;
    let Some(io) = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>()) else {
        return String::new();
    };
    match io.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space and run the same command again; nothing is lost".into()
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "check who owns the file and its folder, and whether they can be read and written; nothing is lost".into()
        }
        ErrorKind::IsADirectory => "a folder stands where a file should be: move it away".into(),
        _ => String::new(),
    }
}
