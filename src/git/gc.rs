//! Tidying up.

use super::command::Git;
use anyhow::{Context, Result};
use std::path::Path;

/// Lets git join packs and tidy up, by its own measure of whether it is time.
pub fn maintain(repository: &Path) -> Result<()> {
    let git = Git::new(["gc", "--auto", "--quiet"]).in_repository(repository).config("gc.autoDetach", "false");
    let output = git.output().context("git gc")?;
    // Tidying up is a favour: a failure is said when it matters, by the command that then reads the objects.
    let _ = output.success;
    Ok(())
}
