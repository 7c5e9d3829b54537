//! What a component began as, before it was one by itself.

use super::{ComponentId, NameError, Version, VersionId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Another component, and the version of it if it had one: `my-org.ui/button@1.0.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Forebear {
    /// Which one.
    pub id: ComponentId,
    /// At which version.
    pub version: Option<Version>,
}

/// How a component began; both are absent in one that was made from nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beginning {
    /// What it was forked from.
    pub forked_from: Option<Forebear>,
    /// What it was called before.
    pub renamed_from: Option<Forebear>,
}

impl Beginning {
    /// What this does not say is taken from another one.
    pub fn or(self, other: Self) -> Self {
        if self == Self::default() { other } else { self }
    }
}

impl fmt::Display for Forebear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => f.pad(&format!("{}@{version}", self.id)),
            None => self.id.fmt(f),
        }
    }
}

impl FromStr for Forebear {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if !text.contains('@') {
            return Ok(Self { id: text.parse()?, version: None });
        }
        let VersionId { id, version } = text.parse()?;
        Ok(Self { id, version: Some(version) })
    }
}

impl TryFrom<String> for Forebear {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Forebear> for String {
    fn from(forebear: Forebear) -> String {
        forebear.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_the_round_trip() {
        for text in ["my-org.ui/ui/button", "my-org.ui/button@1.0.0-beta.1"] {
            assert_eq!(text.parse::<Forebear>().unwrap().to_string(), text);
        }
        assert!("button".parse::<Forebear>().is_err() && "a/b@x".parse::<Forebear>().is_err());
    }
}
