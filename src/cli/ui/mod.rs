//! What a person or a script sees. Results go to standard output, all else to standard error.

mod ask;
mod progress;
mod style;
mod table;

use crate::errors::{EXIT_USAGE, Failure};
use crate::git::without_secrets;
use crate::ops::{Notice, Workspace};
use serde::Serialize;
use std::cell::RefCell;
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

pub use progress::Bar;
pub use style::{bad, dim, good, strong, warm};
pub use table::{Paint, Table, plain};

/// The two streams, and how to speak on them.
pub struct Ui {
    json: bool,
    /// The exit code where the result can't be written.
    failed: u8,
    /// Lines that wait: a system call for each of thousands would cost more than the command.
    waiting: RefCell<String>,
}

impl Ui {
    /// For a person, or for a script that wants JSON; with the exit code of a command that failed.
    pub fn new(json: bool, failed: u8) -> Self {
        Self { json, failed, waiting: RefCell::default() }
    }

    /// Whether a script wants JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line of the result; nothing where JSON is wanted.
    pub fn line(&self, text: impl Display) {
        if !self.json {
            self.put(&text.to_string());
        }
    }

    /// Text that is the result as it stands: nothing is taken out of it, not even what looks like a colour.
    pub fn verbatim(&self, text: &str) {
        self.flush();
        self.print_bytes(&mut std::io::stdout().lock(), text.as_bytes());
    }

    /// The answer to a program that reads it from standard output.
    pub fn answer(&self, bytes: &[u8]) {
        self.print_bytes(&mut std::io::stdout().lock(), bytes);
    }

    /// Whether what goes to standard output may be coloured.
    pub fn is_coloured(&self) -> bool {
        anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
    }

    fn put(&self, line: &str) {
        let mut waiting = self.waiting.borrow_mut();
        waiting.push_str(line);
        waiting.push('\n');
        if waiting.len() > 1 << 16 {
            self.print_text(&std::mem::take(&mut *waiting));
        }
    }

    /// Writes what waits, so that the two streams keep their order on a terminal.
    pub fn flush(&self) {
        self.print_text(&std::mem::take(&mut *self.waiting.borrow_mut()));
    }

    /// The result for a script.
    pub fn json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        if self.json {
            self.put(&serde_json::to_string_pretty(value)?);
        }
        Ok(())
    }

    /// Something a person may want to know besides the result.
    pub fn note(&self, text: impl Display) {
        self.flush();
        say(&dim(text));
    }

    /// Something a person should look at.
    pub fn warning(&self, text: impl Display) {
        self.flush();
        say(&format!("{} {text}", warm("warning:")));
    }

    /// One of several things that went wrong; the rest of the work went on.
    pub fn problem(&self, text: impl Display) {
        self.flush();
        say(&format!("{} {text}", bad("error:")));
    }

    /// What went wrong.
    pub fn failure(&self, failure: &Failure) {
        self.flush();
        say(&format!("{} {}", bad("error:"), failure.message));
        if !failure.hint.is_empty() {
            say(&format!("{} {}", dim("hint:"), failure.hint));
        }
    }

    /// What was put right while the workspace was opened.
    pub fn notices(&self, workspace: &Workspace) {
        for notice in &workspace.notices {
            self.warning(match notice {
                Notice::ScopeRecreated => {
                    "there was no local scope here; an empty one was made, and \"bit import\" brings exported versions".to_owned()
                }
                Notice::ScopeRepaired => {
                    "a missing file of the local scope was made again; the versions are there".to_owned()
                }
                Notice::Finished(command) => format!("a \"bit {command}\" had been stopped half-way; it is finished now"),
                Notice::Discarded(command) => {
                    format!("a \"bit {command}\" had been stopped before it changed anything; run it again if it is still wanted")
                }
                Notice::PutBack(command) => format!(
                    "a \"bit {command}\" had been stopped while packages were being installed; package.json, lockfile and archives are as they were before it (\"bit install\" puts node_modules right)"
                ),
                Notice::KeptBeside { path, beside } => format!(
                    "{} had other content, the package manager's or yours; that is in {} now",
                    visible(path),
                    visible(beside)
                ),
                Notice::RecordKept(id) => {
                    format!("the record of {id} in .bitmap was changed since; it was left as it is")
                }
                Notice::FileKept(path) => format!(
                    "{} was changed since; it was left as it is, and may lack what the command was to change in it: see \"bit diff\" before you tag",
                    visible(path)
                ),
                Notice::FileJoined(path) => {
                    format!("{} was changed since; your change and what the command was to change are both in it now", visible(path))
                }
            });
        }
    }

    /// Asks a person, who says yes or anything else; `None` where nobody is there to answer.
    pub fn confirms(&self, question: impl Display) -> Option<bool> {
        if self.json || !self.has_person() {
            return None;
        }
        self.flush();
        let mut error = anstream::stderr().lock();
        let _ = write!(error, "{question}? [y/N] ").and_then(|()| error.flush());
        let mut answer = String::new();
        // What can't be read is no yes.
        let _ = std::io::stdin().read_line(&mut answer);
        Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Shows how far a command is, if it takes long and a person is there.
    pub fn progress(&self) -> Bar {
        Bar::new(std::io::stderr().is_terminal())
    }

    fn print_text(&self, text: &str) {
        if !text.is_empty() {
            self.print_bytes(&mut anstream::stdout().lock(), text.as_bytes());
        }
    }

    /// A reader that has gone away (`bit list | head`) wants no more.
    fn print_bytes(&self, out: &mut impl Write, bytes: &[u8]) {
        if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
            if error.kind() == std::io::ErrorKind::BrokenPipe {
                std::process::exit(0);
            }
            say(&format!(
                "{} the work is done, but what it did could not be written to standard output: {error}",
                bad("error:")
            ));
            std::process::exit(i32::from(self.failed));
        }
    }
}

impl Drop for Ui {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Text from a file or a file's name, which may hold anything: what could move the cursor is spelled out.
pub fn visible(text: &str) -> String {
    crate::source::files::escape(text.as_bytes())
}

fn say(text: &str) {
    // When standard error is closed there is nobody to tell.
    let _ = writeln!(anstream::stderr().lock(), "{}", without_secrets(text));
}

/// Help and version go to standard output and are no errors.
pub fn print_usage_error(error: &clap::Error) -> ExitCode {
    let text = error.render().ansi().to_string();
    let text = text.trim_end_matches('\n');
    match error.use_stderr() {
        true => say(text),
        false => drop(error.print()),
    }
    if error.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS }
}
