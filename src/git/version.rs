//! Which git is on this machine.

use super::command::Git;
use crate::errors;
use anyhow::Result;

/// The oldest git this program works with.
pub(super) const OLDEST_GIT: (u32, u32) = (2, 41);

/// Refuses a git that is too old for what we ask of it.
pub fn check_git_version() -> Result<()> {
    let output = Git::new(["version"]).output()?;
    let found = output.stdout.trim().trim_start_matches("git version ").to_owned();
    match parse_version(&found) {
        Some(version) if version >= OLDEST_GIT => Ok(()),
        _ => Err(errors::git_too_old(&found, OLDEST_GIT)),
    }
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.').map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_every_vendor_writes_them() {
        assert_eq!(parse_version("2.47.3"), Some((2, 47)));
        assert_eq!(parse_version("2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(parse_version("2.45.1.windows.1"), Some((2, 45)));
        assert_eq!(parse_version("nonsense"), None);
    }
}
