//! Ranges of versions, in the words of npm.

use super::Version;
use std::fmt;

/// An npm range: `<2.0.0`, `^1.2.0`, `1.x || 2.0.0`.
#[derive(Debug, Clone)]
pub struct VersionRange {
    text: String,
    range: nodejs_semver::Range,
}

impl VersionRange {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, nodejs_semver::SemverError> {
        Ok(Self { text: text.to_owned(), range: nodejs_semver::Range::parse(text)? })
    }

    /// Whether a version is in it.
    pub fn holds(&self, version: &Version) -> bool {
        nodejs_semver::Version::parse(version.to_string()).is_ok_and(|version| self.range.satisfies(&version))
    }

    /// The text it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for VersionRange {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for VersionRange {}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
