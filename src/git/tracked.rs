//! What the team's own git repository holds.

use super::command::Git;
use anyhow::Result;
use std::path::Path;

/// Whether git tracks anything of this name in a folder, in any case of letters. Where there is no repository around the
/// folder, or none that git trusts, nothing is.
pub fn is_tracked(folder: &Path, name: &str) -> Result<bool> {
    let pathspec = format!(":(icase){name}");
    let git = Git::new(["ls-files", "--cached", "-z", "--", &pathspec]).current_dir(folder);
    Ok(!git.config("core.fsmonitor", "false").output()?.stdout.is_empty())
}

/// The rule by which git leaves a path out: its file and line. None where it does not, or where there is no repository.
pub fn rule_that_ignores(folder: &Path, path: &str) -> Result<Option<String>> {
    let git = Git::new(["check-ignore", "--verbose", "--no-index", "--", path]).current_dir(folder);
    let found = git.output()?;
    // `.gitignore:3:*.tgz<tab>path`; a rule that takes a path in again is told too.
    let place = || {
        let (file, rest) = found.stdout.split_once(':')?;
        let (line, pattern) = rest.split_once(':')?;
        (found.success && !pattern.starts_with('!')).then(|| format!("{file}:{line}"))
    };
    Ok(place())
}

/// Whether git leaves a path out by its ignore rules: nobody else would get it. It says no where there is no repository.
pub fn is_ignored(folder: &Path, path: &str) -> Result<bool> {
    let git = Git::new(["check-ignore", "--quiet", "--no-index", "--", path]).current_dir(folder);
    Ok(git.output()?.success)
}
