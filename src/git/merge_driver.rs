//! Telling git who merges a file.

use super::command::Git;
use anyhow::{Result, bail};
use std::path::Path;

/// The command by which git merges files of a kind, in the repository around a folder.
pub fn driver_of(folder: &Path, kind: &str) -> Result<Option<String>> {
    let output = Git::new(["config", "--get", &format!("merge.{kind}.driver")]).current_dir(folder).output()?;
    Ok(output.success.then(|| output.stdout.trim_end().to_owned()))
}

/// Tells it, in the configuration of the repository around a folder.
pub fn register_driver(folder: &Path, kind: &str, name: &str, command: &str) -> Result<()> {
    for (key, value) in [("name", name), ("driver", command)] {
        let git = Git::new(["config", "--local", &format!("merge.{kind}.{key}"), value]);
        let output = git.current_dir(folder).output()?;
        if !output.success {
            bail!("git could not change its configuration: {}", output.stderr.trim());
        }
    }
    Ok(())
}
