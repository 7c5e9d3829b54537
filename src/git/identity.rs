//! Who is at work, and when: git's own rules, from its own mouth.

use super::command::Git;
use crate::errors;
use anyhow::Result;
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
        Ok(Self { author: ask(folder, "GIT_AUTHOR_IDENT")?, committer: ask(folder, "GIT_COMMITTER_IDENT")? })
    }
}

fn ask(folder: &Path, variable: &str) -> Result<Identity> {
    let output = Git::new(["var", variable]).current_dir(folder).output()?;
    if !output.success {
        return Err(errors::no_identity(&output.stderr));
    }
    Ok(Identity { line: output.stdout.trim_end().to_owned() })
}
