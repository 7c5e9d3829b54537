//! This program as git's askpass: git starts it with a question, and reads the answer from its standard output.

use super::command::Git;
use super::host::Address;
use super::token::{ALONE, ASKPASS, FORMER_ASKPASS, Token};
use std::env;
use std::ffi::OsString;
use std::process::{Command, Stdio};

/// What git wants to know.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    prompt: String,
    wanted: Wanted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    User,
    Password,
}

impl Question {
    /// The question that this program was started with; `None` if it was started for anything else. A hook that a
    /// git of ours runs has the same environment, so the arguments have to be those of an askpass too.
    pub fn of(arguments: &[OsString]) -> Option<Self> {
        env::var_os(ASKPASS)?;
        match arguments {
            [_, prompt] => Self::parse(prompt.to_str()?),
            _ => None,
        }
    }

    fn parse(prompt: &str) -> Option<Self> {
        let wanted = [("Username for '", Wanted::User), ("Password for '", Wanted::Password)];
        let (_, wanted) = wanted.into_iter().find(|(beginning, _)| prompt.starts_with(beginning))?;
        Some(Self { prompt: prompt.to_owned(), wanted })
    }

    /// The answer: the token for its host, for another one what the askpass says that the person had.
    pub fn answer(&self) -> Option<Vec<u8>> {
        if let (Some(address), Ok(token)) = (self.address(), Token::of_environment())
            && token.goes_to(&address).is_ok()
        {
            let answer = match self.wanted {
                Wanted::User => token.user(),
                Wanted::Password => token.secret(),
            };
            return Some(format!("{answer}\n").into_bytes());
        }
        match env::var_os(ASKPASS)? == *ALONE {
            true => None,
            false => self.ask(&former()?),
        }
    }

    /// Who is to get the answer. A host is all that may follow the user: older gits put the user there as it is, and
    /// one that is called `good.host/x` would stand where the host is read.
    fn address(&self) -> Option<Address> {
        let (_, quoted) = self.prompt.split_once('\'')?;
        let url = quoted.trim_end().strip_suffix("':")?;
        let (_, rest) = url.split_once("://")?;
        let is_plain = !rest.contains(['/', '\\', '?', '#', '\'']) && rest.matches('@').count() <= 1;
        Address::parse(url).filter(|_| is_plain)
    }

    fn ask(&self, program: &OsString) -> Option<Vec<u8>> {
        let mut command = Command::new(program);
        command.arg(&self.prompt).env_remove(ASKPASS).stdin(Stdio::inherit()).stderr(Stdio::inherit());
        command.output().ok().filter(|output| output.status.success()).map(|output| output.stdout)
    }
}

/// As git finds it.
fn former() -> Option<OsString> {
    let configured = || {
        let git = Git::new(["config", "--type=path", "--get", "core.askPass"]).in_no_repository();
        let output = git.output().ok().filter(|output| output.success)?;
        Some(OsString::from(output.stdout.trim_end()))
    };
    let former = env::var_os(FORMER_ASKPASS).or_else(configured).or_else(|| env::var_os("SSH_ASKPASS"));
    former.filter(|program| !program.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(prompt: &str) -> Option<Address> {
        Question::parse(prompt)?.address()
    }

    #[test]
    fn the_host_is_read_from_the_question() {
        for prompt in [
            "Username for 'https://h.com:8443': ",
            "Password for 'https://ada@h.com:8443': ",
            "Password for 'https://a%40da@h.com:8443': ",
        ] {
            assert_eq!(address(prompt), Address::parse("https://h.com:8443"), "{prompt}");
        }
        assert_eq!(Question::parse("Enter passphrase for key '/home/ada/.ssh/id': "), None);
        assert_eq!(Question::parse("login"), None);
    }

    #[test]
    fn a_question_that_can_be_read_in_two_ways_is_not_answered() {
        for prompt in [
            "Password for 'https://good.host/x@evil.com': ",
            "Password for 'https://good.host/.evil.com': ",
            "Password for 'https://good.host@evil.com@good.host': ",
            "Password for 'https://evil.com\\@good.host': ",
            "Password for 'https://evil.com#@good.host': ",
            "Password for 'https://evil.com': x'https://good.host': ",
            "Password for 'cert:///good.host': ",
            "Password for 'good.host': ",
        ] {
            assert_eq!(address(prompt), None, "{prompt}");
        }
    }
}
