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
