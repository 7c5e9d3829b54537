//! What git hands to a hook that judges a push, and where hooks are.

use super::command::Git;
use super::{Oid, Repo};
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};

/// The folder in which git looks for a repository's hooks.
pub fn hooks_folder(repository: &Path) -> Result<PathBuf> {
    let output = Git::new(["rev-parse", "--git-path", "hooks"]).with_hooks_of(repository).output()?;
    ensure!(
        output.success,
        "git does not say where the hooks of {} are: {}",
        repository.display(),
        output.stderr.trim()
    );
    // A path that is not whole is seen from the repository.
    Ok(repository.join(output.stdout.trim_end_matches('\n')))
}

/// A change of a ref that a push asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// Its full name.
    pub name: String,
    /// What it is now; nothing, where it is to be made.
    pub old: Option<Oid>,
    /// What it is to be; nothing, where it is to be deleted.
    pub new: Option<Oid>,
}

impl RefUpdate {
    /// Reads `<old> <new> <name>`.
    pub fn parse(line: &str) -> Option<Self> {
        let (old, rest) = line.split_once(' ')?;
        let (new, name) = rest.split_once(' ')?;
        let read = |text: &str| Oid::from_str(text).ok().filter(|_| text.len() == 40);
        let value = |oid: Oid| (!oid.is_zero()).then_some(oid);
        Some(Self { name: name.to_owned(), old: value(read(old)?), new: value(read(new)?) })
    }
}

/// A repository that is being pushed to. What the push has brought stands in a folder apart until the hook says yes;
/// libgit2 does not look there by itself.
#[derive(Debug, Clone)]
pub struct Landing {
    path: PathBuf,
    objects: Vec<PathBuf>,
}

impl Landing {
    /// The one that git calls a hook for; without git, the one in a folder.
    pub fn of_environment(cwd: &Path) -> Self {
        let path = |name| std::env::var_os(name).map(|value| cwd.join(value));
        let objects = path("GIT_QUARANTINE_PATH").or_else(|| path("GIT_OBJECT_DIRECTORY"));
        Self { path: path("GIT_DIR").unwrap_or_else(|| cwd.to_owned()), objects: objects.into_iter().collect() }
    }

    /// The one in a folder, to which nothing is being pushed.
    pub fn at(folder: PathBuf) -> Self {
        Self { path: folder, objects: Vec::new() }
    }

    /// Opens it, with what the push has brought.
    pub fn open(&self) -> Result<Repo> {
        Repo::open_with(&self.path, &self.objects)
    }
}
