//! Ranges of versions, in the words of npm.

use super::Version;
use std::fmt;

/// An npm range: `<2.0.0`, `^1.2.0`, `1.x || 2.0.0`.
#[derive(Debug, Clone)]
pub struct VersionRange {
    text: String,
    range: nodejs_semver::Range,
}

/// Why a text is not wholly a range.
#[derive(Debug)]
pub enum BadRange {
    /// It is empty, or one of its alternatives is.
    Empty,
    /// This part of it says nothing about versions.
    Part(String),
    /// No version can be in it.
    Impossible,
}

impl VersionRange {
    /// Reads one that somebody wrote down. What is no part of a range is passed over, and an empty one is every version,
    /// as others read them.
    pub fn parse(text: &str) -> Result<Self, nodejs_semver::SemverError> {
        Ok(Self { text: text.to_owned(), range: nodejs_semver::Range::parse(text)? })
    }

    /// Reads one that a person gives. All of it must be a range: one that is read half holds what nobody meant.
    pub fn parse_whole(text: &str) -> Result<Self, BadRange> {
        text.split("||").try_for_each(check_alternative)?;
        Self::parse(text).map_err(|_| BadRange::Impossible)
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

impl fmt::Display for BadRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty, or a part of it is"),
            Self::Part(part) => write!(f, "\"{}\" is no part of one", part.escape_debug()),
            Self::Impossible => f.write_str("no version can be in it"),
        }
    }
}

/// `1.0.0 - 2.0.0`, or comparators that all hold: `>=1.2.0 <2`.
fn check_alternative(text: &str) -> Result<(), BadRange> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [from, "-", to] = words.as_slice() {
        return [from, to].into_iter().try_for_each(|word| check_partial(word, word));
    }
    let mut words = words.into_iter();
    let Some(mut word) = words.next() else { return Err(BadRange::Empty) };
    loop {
        let mut number = without_operator(word);
        if number.is_empty() {
            // An operator may stand by itself: `> 1.0.0`.
            number = words.next().ok_or_else(|| BadRange::Part(word.to_owned()))?;
            word = number;
        }
        check_partial(word, number)?;
        match words.next() {
            Some(next) => word = next,
            None => return Ok(()),
        }
    }
}

fn without_operator(word: &str) -> &str {
    let operators = [">=", "<=", "~>", ">", "<", "=", "^", "~"];
    operators.into_iter().find_map(|operator| word.strip_prefix(operator)).unwrap_or(word)
}

/// A version, or the beginning of one: `1`, `1.2`, `1.x`, `*`, `v1.2.3-beta.1`.
fn check_partial(word: &str, number: &str) -> Result<(), BadRange> {
    let number = number.strip_prefix(['v', 'V']).unwrap_or(number);
    if is_partial(number) || Version::new(number).is_ok() {
        return Ok(());
    }
    Err(BadRange::Part(word.to_owned()))
}

/// Up to three numbers; where one is left open, those after it are, too.
fn is_partial(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_open = |part: &&str| matches!(*part, "x" | "X" | "*");
    let is_number = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() && (part == "0" || !part.starts_with('0'))
    };
    let fixed = parts.iter().take_while(|part| !is_open(part)).count();
    parts.len() <= 3 && parts[..fixed].iter().all(|part| is_number(part)) && parts[fixed..].iter().all(is_open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_gives_is_wholly_a_range() {
        let version = |text: &str| Version::new(text).unwrap();
        for (text, inside, outside) in [
            ("*", "3.0.0", None),
            ("x", "3.0.0", None),
            ("0.0.6", "0.0.6", Some("0.0.5")),
            ("=1.0.0", "1.0.0", Some("1.0.1")),
            ("v1.0.0", "1.0.0", Some("1.0.1")),
            ("<2.0.0", "1.9.9", Some("2.0.0")),
            ("> 1.0.0", "1.0.1", Some("1.0.0")),
            (">=1.2.0 <2", "1.5.0", Some("2.0.0")),
            ("^1.2.0", "1.3.0", Some("2.0.0")),
            ("~1.2", "1.2.7", Some("1.3.0")),
            ("1.x || 2.0.0", "2.0.0", Some("2.0.1")),
            ("1.2.*||3", "3.1.0", Some("2.0.1")),
            ("1.0.0 - 2.0.0", "2.0.0", Some("2.0.1")),
            ("1.0.0-beta.1", "1.0.0-beta.1", Some("1.0.0")),
            (">=1.0.0-0 <1.0.0", "1.0.0-beta.1", Some("1.0.0")),
            ("  1.x  ", "1.0.0", Some("2.0.0")),
        ] {
            let range = VersionRange::parse_whole(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert!(range.holds(&version(inside)), "{text} holds {inside}");
            assert!(outside.is_none_or(|outside| !range.holds(&version(outside))), "{text} holds {outside:?}");
        }
        let empty = ["", " ", "\t", "||", "1.x ||", "|| 1.x"];
        let half = ["x y", "1.x garbage", "garbage", "garbage 1.x", "1.x || y", "1.x - ", "1 - 2 - 3", "1.x, 2.x", ">"];
        let no_number = ["1.2.3.4", "1..2", "01.0.0", "1.0.0beta", "1.x.3", "$OLD", "--force", ">>1", "latest", "1|2"];
        for text in empty.into_iter().chain(half).chain(no_number) {
            assert!(VersionRange::parse_whole(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_others_wrote_stays_readable() {
        let version = Version::new("1.2.3").unwrap();
        for text in ["", "x y", "1.x garbage"] {
            assert!(VersionRange::parse(text).is_ok_and(|range| range.holds(&version)), "{text:?}");
        }
    }
}
