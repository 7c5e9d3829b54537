//! A commit's id: what pins a dependency to its content.

use super::NameError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The id of a git commit (sha1), as forty hex digits outside and twenty bytes inside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitId([u8; 20]);

impl CommitId {
    /// From the raw bytes that git stores.
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// From forty lower-case hex digits.
    pub fn from_hex(text: &str) -> Result<Self, NameError> {
        let error = || NameError {
            what: "commit id",
            text: text.into(),
            reason: "forty lower-case hex digits are expected".into(),
            suggestion: None,
        };
        let digit = |b: u8| match b {
            b'0'..=b'9' => Ok(b - b'0'),
            b'a'..=b'f' => Ok(b - b'a' + 10),
            _ => Err(error()),
        };
        let text = text.as_bytes();
        if text.len() != 40 {
            return Err(error());
        }
        let mut bytes = [0; 20];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }

    /// The first digits, enough for a person.
    pub fn short(&self) -> String {
        self.to_string()[..9].to_owned()
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for CommitId {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::from_hex(&text)
    }
}

impl From<CommitId> for String {
    fn from(id: CommitId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hex_and_bytes_are_the_same(bytes: [u8; 20]) {
            let id = CommitId::from_bytes(bytes);
            prop_assert_eq!(CommitId::from_hex(&id.to_string()).unwrap(), id);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in ["", "abc", &"g".repeat(40), &"A".repeat(40), &"0".repeat(41)] {
            assert!(CommitId::from_hex(bad).is_err());
        }
    }
}
