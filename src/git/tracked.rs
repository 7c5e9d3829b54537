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

/// Whether git leaves a path out by its ignore rules: nobody else would get it. It says no where there is no repository.
pub fn is_ignored(folder: &Path, path: &str) -> Result<bool> {
    let git = Git::new(["check-ignore", "--quiet", "--no-index", "--", path]).current_dir(folder);
    Ok(git.output()?.success)
}
