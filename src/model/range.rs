//! Ranges of versions, in the words of npm.

use super::Version;
use super::version::LARGEST;
use std::fmt;

/// An npm range: `<2.0.0`, `^1.2.0`, `1.x || 2.0.0`. All of the text is one: what is read half holds what nobody meant.
#[derive(Debug, Clone)]
pub struct VersionRange {
    text: String,
    /// A version is in the range if all comparators of one of these hold.
    alternatives: Vec<Vec<Comparator>>,
}

/// Why a text is no range.
#[derive(Debug, PartialEq, Eq)]
pub enum BadRange {
    /// It is empty, or one of its alternatives is.
    Empty,
    /// This part of it says nothing about versions.
    Part(String),
    /// No version can be in one of its alternatives.
    Impossible,
}

/// What a version is compared with.
#[derive(Debug, Clone)]
struct Comparator {
    side: Side,
    version: semver::Version,
}

/// On which side of that it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    From,
    UpTo,
    Below,
}

/// The first numbers of a version, up to three; the others are left open. Only a whole one has a pre-release.
struct Partial {
    numbers: Vec<u64>,
    pre: semver::Prerelease,
}

/// The longer ones first.
const OPERATORS: [&str; 8] = [">=", "<=", "~>", ">", "<", "=", "^", "~"];

impl VersionRange {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, BadRange> {
        let alternatives = text.split("||").map(alternative).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), alternatives })
    }

    /// Whether a version is in it. A pre-release is only where a comparator names one of the same version.
    pub fn holds(&self, version: &Version) -> bool {
        let version = version.as_semver();
        self.alternatives.iter().any(|all| {
            all.iter().all(|one| one.holds(version))
                && (version.pre.is_empty() || all.iter().any(|one| one.names(version)))
        })
    }

    /// What is in this one or in the other. What both say stands in it once.
    pub fn or(&self, other: &Self) -> Self {
        let mut both = self.clone();
        let said: Vec<&str> = self.text.split("||").map(str::trim).collect();
        for (text, alternative) in other.text.split("||").map(str::trim).zip(&other.alternatives) {
            if !said.contains(&text) {
                both.text = format!("{} || {text}", both.text);
                both.alternatives.push(alternative.clone());
            }
        }
        both
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
            Self::Impossible => f.write_str("no version can be in it, or in a part of it"),
        }
    }
}

impl Comparator {
    fn holds(&self, version: &semver::Version) -> bool {
        match self.side {
            Side::Above => *version > self.version,
            Side::From => *version >= self.version,
            Side::UpTo => *version <= self.version,
            Side::Below => *version < self.version,
        }
    }

    /// Whether it is about a pre-release of the same version.
    fn names(&self, version: &semver::Version) -> bool {
        let numbers = |version: &semver::Version| (version.major, version.minor, version.patch);
        !self.version.pre.is_empty() && numbers(&self.version) == numbers(version)
    }
}

/// `1.0.0 - 2.0.0`, or comparators that all hold: `>=1.2.0 <2`.
fn alternative(text: &str) -> Result<Vec<Comparator>, BadRange> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let all = match words.as_slice() {
        [] => return Err(BadRange::Empty),
        [from, "-", to] => {
            let (from, to) = (Partial::parse(from)?, Partial::parse(to)?);
            [from.compared(">="), to.compared("<=")].concat()
        }
        words => comparators(words)?,
    };
    if is_possible(&all) { Ok(all) } else { Err(BadRange::Impossible) }
}

fn comparators(words: &[&str]) -> Result<Vec<Comparator>, BadRange> {
    let mut words = words.iter();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let operator = OPERATORS.into_iter().find(|operator| word.starts_with(operator)).unwrap_or_default();
        let number = match &word[operator.len()..] {
            // It may stand by itself: `> 1.0.0`.
            "" => words.next().ok_or_else(|| BadRange::Part((*word).to_owned()))?,
            number => number,
        };
        all.extend(Partial::parse(number)?.compared(operator));
    }
    Ok(all)
}

/// Whether some version can be on the right side of all of them.
fn is_possible(all: &[Comparator]) -> bool {
    let first = first_of(&[0, 0, 0]);
    let from = all.iter().filter(|one| matches!(one.side, Side::From | Side::Above)).map(|one| &one.version).max();
    let to = all.iter().filter(|one| matches!(one.side, Side::UpTo | Side::Below)).map(|one| &one.version).min();
    let (from, Some(to)) = (from.unwrap_or(&first), to) else { return true };
    from < to || (from == to && all.iter().all(|one| one.holds(to)))
}

/// Before all others of these numbers: the first pre-release.
fn first_of(numbers: &[u64; 3]) -> semver::Version {
    let pre = semver::Prerelease::new("0").unwrap_or_default();
    semver::Version { pre, ..semver::Version::new(numbers[0], numbers[1], numbers[2]) }
}

impl Partial {
    /// `1`, `1.2`, `1.x`, `*`, `v1.2.3-beta.1`. Where a number is left open, those after it are, too.
    fn parse(text: &str) -> Result<Self, BadRange> {
        let bad = || BadRange::Part(text.to_owned());
        let plain = text.strip_prefix(['v', 'V']).unwrap_or(text);
        if let Ok(version) = Version::new(plain) {
            let semver::Version { major, minor, patch, pre, .. } = version.as_semver();
            return Ok(Self { numbers: vec![*major, *minor, *patch], pre: pre.clone() });
        }
        let parts: Vec<&str> = plain.split('.').collect();
        let is_open = |part: &&str| matches!(*part, "x" | "X" | "*");
        let fixed = parts.iter().take_while(|part| !is_open(part)).count();
        if parts.len() > 3 || !parts[fixed..].iter().all(is_open) {
            return Err(bad());
        }
        let number = |part: &&str| {
            let is_plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (*part == "0" || !part.starts_with('0'));
            part.parse().ok().filter(|number| is_plain && *number <= LARGEST).ok_or_else(bad)
        };
        let numbers = parts[..fixed].iter().map(number).collect::<Result<_, _>>()?;
        Ok(Self { numbers, pre: semver::Prerelease::EMPTY })
    }

    /// What an operator before it asks for.
    fn compared(&self, operator: &str) -> Vec<Comparator> {
        let one = |side: Side, version: semver::Version| vec![Comparator { side, version }];
        let (from, is_whole) = (self.lowest(), self.numbers.len() == 3);
        match operator {
            ">" | "<" if self.numbers.is_empty() => one(Side::Below, first_of(&[0, 0, 0])),
            _ if self.numbers.is_empty() => one(Side::From, from),
            ">" if is_whole => one(Side::Above, from),
            ">" => one(Side::From, self.next(self.numbers.len())),
            ">=" => one(Side::From, from),
            "<" if is_whole => one(Side::Below, from),
            "<" => one(Side::Below, first_of(&self.filled())),
            "<=" if is_whole => one(Side::UpTo, from),
            "<=" => one(Side::Below, self.end(self.numbers.len())),
            "^" => [one(Side::From, from), one(Side::Below, self.end(self.places_of_caret()))].concat(),
            "~" | "~>" => [one(Side::From, from), one(Side::Below, self.end(self.numbers.len().min(2)))].concat(),
            _ if is_whole => [one(Side::From, from.clone()), one(Side::UpTo, from)].concat(),
            _ => [one(Side::From, from), one(Side::Below, self.end(self.numbers.len()))].concat(),
        }
    }

    fn filled(&self) -> [u64; 3] {
        let number = |place: usize| self.numbers.get(place).copied().unwrap_or_default();
        [number(0), number(1), number(2)]
    }

    fn lowest(&self) -> semver::Version {
        let [major, minor, patch] = self.filled();
        semver::Version { pre: self.pre.clone(), ..semver::Version::new(major, minor, patch) }
    }

    /// How many numbers stay the same after a caret: up to the first that is not 0.
    fn places_of_caret(&self) -> usize {
        let zeros = self.numbers.iter().take_while(|number| **number == 0).count();
        (zeros + 1).min(self.numbers.len())
    }

    /// The first version of which one of so many numbers is larger.
    fn next(&self, places: usize) -> semver::Version {
        let mut numbers = self.filled();
        numbers[places..].fill(0);
        numbers[places - 1] += 1;
        semver::Version::new(numbers[0], numbers[1], numbers[2])
    }

    /// The same with its pre-releases.
    fn end(&self, places: usize) -> semver::Version {
        let semver::Version { major, minor, patch, .. } = self.next(places);
        first_of(&[major, minor, patch])
    }
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
            (">=1.0.0 >=1.2.0 <3 <2", "1.2.0", Some("2.0.0")),
            (">=* 1", "1.2.0", Some("2.0.0")),
            ("^1.2 1.2.3", "1.2.3", Some("1.2.4")),
            ("=*", "3.0.0", None),
            ("^x", "3.0.0", None),
            ("2 - *", "3.0.0", Some("1.9.9")),
            ("<=*", "3.0.0", Some("3.0.0-beta.1")),
            ("^0.1.2", "0.1.9", Some("0.2.0")),
            ("^0.0.3", "0.0.3", Some("0.0.4")),
            ("^0.0", "0.0.9", Some("0.1.0")),
            ("~1", "1.9.0", Some("2.0.0")),
            (">1", "2.0.0", Some("1.9.9")),
            ("<=1.2", "1.2.9", Some("1.3.0-beta.1")),
            (">=1.0.0 1.0.0", "1.0.0", Some("1.0.1")),
            ("<=1.0.0 >=1.0.0", "1.0.0", Some("0.9.9")),
        ] {
            let range = VersionRange::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert!(range.holds(&version(inside)), "{text} holds {inside}");
            assert!(outside.is_none_or(|outside| !range.holds(&version(outside))), "{text} holds {outside:?}");
        }
        let none =
            [">=3 <2", "<2 >=3", ">2 <1.2.0", "1.0.0 2.0.0", ">1.0.0 1.0.0", ">*", ">x", "<*", "<1.2 || > *", "^1 ^2"];
        let empty = ["", " ", "\t", "||", "1.x ||", "|| 1.x"];
        let half = ["x y", "1.x garbage", "garbage", "garbage 1.x", "1.x || y", "1.x - ", "1 - 2 - 3", "1.x, 2.x", ">"];
        let no_number = ["1.2.3.4", "1..2", "01.0.0", "1.0.0beta", "1.x.3", "$OLD", "--force", ">>1", "latest", "1|2"];
        for text in empty.into_iter().chain(half).chain(no_number).chain(none) {
            assert!(VersionRange::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn one_or_the_other_is_one_range() {
        let range = |text: &str| VersionRange::parse(text).unwrap();
        for (one, other, both) in [
            ("<2", "3.0.0", "<2 || 3.0.0"),
            ("<2", "<2", "<2"),
            ("1.x||2.0.0", " 2.0.0 || 1.0.0 - 1.2.0", "1.x||2.0.0 || 1.0.0 - 1.2.0"),
        ] {
            let joined = range(one).or(&range(other));
            assert_eq!(joined.as_str(), both);
            for version in ["1.0.0", "1.1.0", "2.0.0", "3.0.0", "4.0.0"] {
                let version = Version::new(version).unwrap();
                assert_eq!(joined.holds(&version), range(both).holds(&version), "{both}: {version}");
            }
        }
    }
}
