//! Versions: semver without build metadata, in a form that is also a legal ref name.

use super::NameError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A component's version, `1.0.1` or `2.0.0-beta.1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(semver::Version);

/// Whether a version continues the main line, or an older one on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lineage {
    /// The next version of the main line.
    #[default]
    Main,
    /// A backport: made from an older version, does not move the head.
    Maintenance,
}

/// Which number of a version goes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// 1.0.0 → 2.0.0
    Major,
    /// 1.0.0 → 1.1.0
    Minor,
    /// 1.0.0 → 1.0.1
    #[default]
    Patch,
    /// 1.0.0 → 2.0.0-0
    Premajor,
    /// 1.0.0 → 1.1.0-0
    Preminor,
    /// 1.0.0 → 1.0.1-0
    Prepatch,
    /// 1.0.0 → 1.0.1-0, 1.0.1-0 → 1.0.1-1
    Prerelease,
}

impl Level {
    /// The words a person types.
    pub const NAMES: [&'static str; 7] = ["major", "minor", "patch", "premajor", "preminor", "prepatch", "prerelease"];

    /// Reads one of [`Level::NAMES`].
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "major" => Self::Major,
            "minor" => Self::Minor,
            "patch" => Self::Patch,
            "premajor" => Self::Premajor,
            "preminor" => Self::Preminor,
            "prepatch" => Self::Prepatch,
            "prerelease" => Self::Prerelease,
            _ => return None,
        })
    }
}

/// How the next version follows from the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Increment {
    /// Which number goes up.
    pub level: Level,
    /// By how much (1, unless somebody asks for more).
    pub by: u64,
    /// The word in a pre-release: `beta` in `1.0.0-beta.1`.
    pub prerelease_id: Option<String>,
}

impl Default for Increment {
    fn default() -> Self {
        Self { level: Level::Patch, by: 1, prerelease_id: None }
    }
}

/// JavaScript counts no further, and npm refuses what lies beyond.
pub(super) const LARGEST: u64 = (1 << 53) - 1;

impl Version {
    /// Checks the text.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let error = |reason: &str| NameError {
            what: "version",
            text: text.into(),
            reason: reason.into(),
            suggestion: Self::nearest(text),
        };
        let parsed = semver::Version::parse(text)
            .map_err(|_| error("is not a valid semantic version. learn more: https://semver.org"))?;
        if !parsed.build.is_empty() {
            return Err(error("has build metadata (\"+…\"), which has no place in a ref name"));
        }
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(error("is not in lower case"));
        }
        if text.ends_with(".lock") {
            return Err(error("ends in .lock, a name that git reserves"));
        }
        if [parsed.major, parsed.minor, parsed.patch].into_iter().any(|number| number > LARGEST) {
            return Err(error("has a number that is larger than npm can take"));
        }
        if text.len() > 100 {
            return Err(error("is longer than 100 characters"));
        }
        Ok(Self(parsed))
    }

    /// `v1.2` → `1.2.0`.
    fn nearest(text: &str) -> Option<String> {
        let lower = text.trim().trim_start_matches(['v', 'V', '=']).to_ascii_lowercase();
        let lower = lower.split_once('+').map_or(lower.as_str(), |(before, _)| before);
        let filled = match lower.split('.').count() {
            1 => format!("{lower}.0.0"),
            2 => format!("{lower}.0"),
            _ => lower.to_owned(),
        };
        (filled != text && Self::new(&filled).is_ok()).then_some(filled)
    }

    /// The same for comparing it with others.
    pub(super) fn as_semver(&self) -> &semver::Version {
        &self.0
    }

    /// The version a component has before it has any: the next patch is 0.0.1.
    pub fn zero() -> Self {
        Self(semver::Version::new(0, 0, 0))
    }

    /// Whether this is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// The version that follows. The rules are those of npm's `semver inc`.
    pub fn next(&self, increment: &Increment) -> Result<Self, NameError> {
        let mut next = semver::Version::new(self.0.major, self.0.minor, self.0.patch);
        let pre = !self.0.pre.is_empty();
        let by = increment.by;
        match increment.level {
            Level::Major if !(pre && next.minor == 0 && next.patch == 0) => {
                next = semver::Version::new(next.major + by, 0, 0)
            }
            Level::Minor if !(pre && next.patch == 0) => next = semver::Version::new(next.major, next.minor + by, 0),
            Level::Patch if !pre => next.patch += by,
            Level::Major | Level::Minor | Level::Patch => {}
            Level::Premajor => next = semver::Version::new(next.major + by, 0, 0),
            Level::Preminor => next = semver::Version::new(next.major, next.minor + by, 0),
            Level::Prepatch => next.patch += by,
            Level::Prerelease if !pre => next.patch += 1,
            Level::Prerelease => {}
        }
        let word = increment.prerelease_id.as_deref();
        let pre_text = match increment.level {
            Level::Major | Level::Minor | Level::Patch => String::new(),
            Level::Premajor | Level::Preminor | Level::Prepatch => first_prerelease(word),
            Level::Prerelease => next_prerelease(self.0.pre.as_str(), word, by),
        };
        match pre_text.as_str() {
            "" => Self::new(&next.to_string()),
            pre => Self::new(&format!("{next}-{pre}")),
        }
    }
}

fn first_prerelease(word: Option<&str>) -> String {
    word.map_or_else(|| "0".into(), |word| format!("{word}.0"))
}

fn next_prerelease(current: &str, word: Option<&str>, by: u64) -> String {
    let parts: Vec<&str> = current.split('.').collect();
    if current.is_empty() || word.is_some_and(|word| parts[0] != word) {
        return first_prerelease(word);
    }
    let (last, before) = (parts[parts.len() - 1], &parts[..parts.len() - 1]);
    match last.parse::<u64>() {
        Ok(number) => {
            let number = (number + by).to_string();
            before.iter().copied().chain([number.as_str()]).collect::<Vec<_>>().join(".")
        }
        Err(_) => format!("{current}.0"),
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl std::str::FromStr for Version {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Version {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::new(&text)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> String {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::string::string_regex;

    fn next(from: &str, level: Level, word: Option<&str>) -> String {
        let increment = Increment { level, by: 1, prerelease_id: word.map(str::to_owned) };
        Version::new(from).unwrap().next(&increment).unwrap().to_string()
    }

    #[test]
    fn numbers_go_up_as_npm_does_it() {
        assert_eq!(next("0.0.0", Level::Patch, None), "0.0.1");
        assert_eq!(next("1.2.3", Level::Minor, None), "1.3.0");
        assert_eq!(next("1.2.3", Level::Major, None), "2.0.0");
        assert_eq!(next("1.2.3-beta.1", Level::Patch, None), "1.2.3");
        assert_eq!(next("2.0.0-0", Level::Major, None), "2.0.0");
        assert_eq!(next("1.3.0-0", Level::Minor, None), "1.3.0");
        assert_eq!(next("1.2.3", Level::Prerelease, None), "1.2.4-0");
        assert_eq!(next("1.2.3", Level::Prerelease, Some("beta")), "1.2.4-beta.0");
        assert_eq!(next("1.2.4-beta.0", Level::Prerelease, Some("beta")), "1.2.4-beta.1");
        assert_eq!(next("1.2.4-beta.0", Level::Prerelease, None), "1.2.4-beta.1");
        assert_eq!(next("1.2.4-beta.1", Level::Prerelease, Some("rc")), "1.2.4-rc.0");
        assert_eq!(next("1.2.4-beta", Level::Prerelease, None), "1.2.4-beta.0");
        assert_eq!(next("1.2.3", Level::Premajor, Some("rc")), "2.0.0-rc.0");
    }

    #[test]
    fn what_git_or_semver_refuse_is_refused() {
        for bad in ["1", "1.0", "v1.0.0", "1.0.0+build", "1.0.0-Beta", "1.0.0-a.lock", "01.0.0", "latest", "", "1.0.0 "]
        {
            assert!(Version::new(bad).is_err(), "{bad}");
        }
        assert_eq!(Version::new("v1.2").unwrap_err().suggestion.as_deref(), Some("1.2.0"));
    }

    #[test]
    fn order_is_semver_order() {
        let v = |text| Version::new(text).unwrap();
        assert!(v("0.0.9") < v("0.0.10") && v("1.0.0-beta.2") < v("1.0.0-beta.10") && v("1.0.0-beta.2") < v("1.0.0"));
    }

    fn level() -> impl Strategy<Value = Level> {
        select(Level::NAMES.to_vec()).prop_map(|name| Level::parse(name).unwrap())
    }

    /// Versions as people write them.
    fn version() -> impl Strategy<Value = Version> {
        let numbers = "(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})";
        let text = format!(
            "{numbers}(-(0|[1-9][0-9]{{0,3}}|[a-z][a-z0-9-]{{0,6}})(\\.(0|[1-9][0-9]{{0,3}}|[a-z]{{1,4}})){{0,2}})?"
        );
        string_regex(&text).unwrap().prop_filter_map("reserved by git", |text| Version::new(&text).ok())
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(version in version()) {
            prop_assert_eq!(Version::new(&version.to_string()), Ok(version.clone()));
            prop_assert_eq!(serde_json::from_str::<Version>(&serde_json::to_string(&version).unwrap()).unwrap(), version);
        }

        #[test]
        fn the_next_one_is_higher(
            version in version(), level in level(), by in 1u64..9, word in option::of("[a-z]{1,5}"),
        ) {
            let increment = Increment { level, by, prerelease_id: word.clone() };
            let next = version.next(&increment).unwrap();
            // Another word may come before the last one in the alphabet: "rc" to "beta".
            let changes_word = level == Level::Prerelease && version.is_prerelease() && word.is_some();
            prop_assert!(next > version || changes_word, "{version} → {next}");
            prop_assert!(Version::new(&next.to_string()).is_ok());
        }
    }
}
