//! Who is at work, and when: git's own rules, from its own mouth.

use super::command::Git;
use crate::errors;
use anyhow::{Result, anyhow};
use std::env;
use std::path::Path;

/// A name, an address and a moment, as a commit's header has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `Name <email> seconds offset`
    pub line: String,
}

/// The two identities of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identities {
    /// Who wrote the content.
    pub author: Identity,
    /// Who made the commit.
    pub committer: Identity,
}

impl Identities {
    /// Asks git in this folder, so that the configuration of the team's own repository counts,
    /// with its conditional includes, and the environment.
    pub fn of(folder: &Path) -> Result<Self> {
        match both(folder)? {
            Some(identities) => Ok(identities),
            None => Self::by_strict_rules(folder),
        }
    }

    /// git refuses here to make up a name or an address.
    fn by_strict_rules(folder: &Path) -> Result<Self> {
        // Side by side: each is a process.
        let (author, committer) = std::thread::scope(|threads| {
            let committer = threads.spawn(|| ask(folder, "GIT_COMMITTER_IDENT"));
            (ask(folder, "GIT_AUTHOR_IDENT"), committer.join())
        });
        let committer = committer.map_err(|_| anyhow!("the thread that asks git who is at work panicked"))?;
        Ok(Self { author: author?, committer: committer? })
    }
}

/// Both from one process, where a person has said who they are. Listing everything, git makes up what nobody said.
fn both(folder: &Path) -> Result<Option<Identities>> {
    let output = Git::new(["var", "-l"]).current_dir(folder).output()?;
    let listed = Listed(&output.stdout);
    let (author, committer) = (listed.identity("author"), listed.identity("committer"));
    Ok(author.zip(committer).filter(|_| output.success).map(|(author, committer)| Identities { author, committer }))
}

/// What `git var -l` writes: the configuration, then git's own variables.
struct Listed<'t>(&'t str);

impl Listed<'_> {
    /// Who has a role, if somebody said so.
    fn identity(&self, role: &str) -> Option<Identity> {
        let variable = format!("GIT_{}_IDENT", role.to_uppercase());
        let line = self.last(&variable)?;
        let is_said = |what: &str| self.is_said(role, what);
        (is_identity(line) && is_said("name") && is_said("email")).then(|| Identity { line: line.to_owned() })
    }

    fn is_said(&self, role: &str, what: &str) -> bool {
        let variable = format!("GIT_{}_{}", role.to_uppercase(), what.to_uppercase());
        let is_set = |key: String| self.last(&key).is_some_and(|value| !value.trim().is_empty());
        env::var(variable).is_ok_and(|value| !value.trim().is_empty())
            || is_set(format!("{role}.{what}"))
            || is_set(format!("user.{what}"))
    }

    /// The value that counts. One of several lines could hold lines like these, but git's own come last.
    fn last(&self, key: &str) -> Option<&str> {
        self.0.lines().rev().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    }
}

fn ask(folder: &Path, variable: &str) -> Result<Identity> {
    let output = Git::new(["var", variable]).current_dir(folder).output()?;
    if let Some(line) = output.stderr.lines().find(|line| !output.success && line.contains("bad config")) {
        return Err(errors::bad_git_config(line.trim_start_matches("fatal: ")));
    }
    if !output.success {
        return Err(errors::no_identity(&output.stderr));
    }
    let line = output.stdout.trim_end();
    // It goes into the commit as it is: what some other program of this name says must not.
    if !is_identity(line) {
        return Err(errors::no_identity(&format!("git var {variable} answered \"{}\"", line.escape_debug())));
    }
    Ok(Identity { line: line.to_owned() })
}

/// `Name <email> seconds offset`
fn is_identity(line: &str) -> bool {
    let Some((person, moment)) = line.rsplit_once("> ") else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_person = person.split_once(" <").is_some_and(|(_, email)| !email.contains(['<', '>']));
    let is_moment = moment.split_once(' ').is_some_and(|(seconds, offset)| {
        is_number(seconds) && offset.len() == 5 && offset.starts_with(['+', '-']) && is_number(&offset[1..])
    });
    is_person && is_moment && !line.contains(['\n', '\0'])
}

#[cfg(test)]
mod tests {
    use super::is_identity;

    #[test]
    fn only_what_a_commit_can_hold_is_an_identity() {
        for good in ["Ada L. <ada@example.com> 981173106 +0000", "日本 <> 0 -0530", "A > B <x@y> 1 +0000"] {
            assert!(is_identity(good), "{good}");
        }
        for bad in [
            "",
            "git version 2.47.3",
            "Ada 981173106 +0000",
            "Ada <a@b> now",
            "A <a@b> 1 +0000\nx",
            "A <a> <b> 1 +0000",
        ] {
            assert!(!is_identity(bad), "{bad}");
        }
    }
}
