//! Asking a person at the terminal: for a yes, and for what must not be seen.

use super::{Ui, say};
use crate::person;
use rustix::stdio;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{BufRead, Read, Result, Write, stdin};

/// More than this is no password.
const LONGEST: u64 = 1 << 16;

impl Ui {
    /// Whether somebody is there who can be asked.
    pub fn has_person(&self) -> bool {
        person::is_there()
    }

    /// Asks a question; only a clear yes is one, and the end of the input is none.
    pub fn confirm(&self, question: &str) -> bool {
        self.flush();
        // When standard error is closed there is nobody to tell.
        let _ = write!(anstream::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        // What can't be read is no answer.
        let _ = stdin().lock().take(LONGEST).read_line(&mut answer);
        matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Asks for a line that is not shown while it is typed. `None`: they want to stop.
    pub fn ask_secret(&self, question: &str) -> Result<Option<String>> {
        self.flush();
        let silence = Silence::begin()?;
        // When standard error is closed there is nobody to tell.
        let _ = write!(anstream::stderr().lock(), "{question}");
        let line = read_line(&mut stdin().lock())?;
        drop(silence);
        say("");
        Ok(line)
    }

    /// What stands on standard input.
    pub fn secret_from_stdin(&self) -> Result<String> {
        let mut text = String::new();
        stdin().lock().take(LONGEST).read_to_string(&mut text)?;
        Ok(text)
    }
}

/// A terminal that shows nothing and hands on every key at once: ctrl-c must not leave it like that.
struct Silence(Termios);

impl Silence {
    fn begin() -> Result<Self> {
        let before = tcgetattr(stdio::stdin())?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(stdio::stdin(), OptionalActions::Now, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // There is nothing else to try.
        let _ = tcsetattr(stdio::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Reads keys up to the end of the line; `None` for ctrl-c, and for ctrl-d or an end before there is any.
fn read_line(keys: &mut impl BufRead) -> Result<Option<String>> {
    const CTRL_C: u8 = 3;
    const CTRL_D: u8 = 4;
    const CTRL_U: u8 = 21;
    let mut line = Vec::new();
    for key in keys.bytes().take(LONGEST as usize) {
        match key? {
            b'\n' | b'\r' => return Ok(text(line)),
            CTRL_C => return Ok(None),
            CTRL_D if line.is_empty() => return Ok(None),
            CTRL_D => return Ok(text(line)),
            CTRL_U => line.clear(),
            // A letter may have several bytes: what continues one goes with it.
            8 | 127 => while line.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {},
            byte => line.push(byte),
        }
    }
    Ok(if line.is_empty() { None } else { text(line) })
}

fn text(line: Vec<u8>) -> Option<String> {
    String::from_utf8(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_make_a_line() {
        let line = |keys: &str| read_line(&mut keys.as_bytes()).unwrap();
        for (keys, expected) in [
            ("abc\nd", Some("abc")),
            ("abc\r", Some("abc")),
            ("\n", Some("")),
            ("axö\u{7f}\u{8}b\n", Some("ab")),
            ("\u{7f}a\n", Some("a")),
            ("wrong\u{15}right\n", Some("right")),
            ("abc", Some("abc")),
            ("abc\u{4}", Some("abc")),
            ("", None),
            ("\u{4}", None),
            ("abc\u{3}", None),
        ] {
            assert_eq!(line(keys).as_deref(), expected, "{keys:?}");
        }
    }
}
