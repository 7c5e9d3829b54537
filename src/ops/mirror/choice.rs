//! Which versions of a scope are mirrored.

use crate::errors;
use crate::model::{ComponentId, Moment, Pattern};
use anyhow::Result;
use std::time::{SystemTime, UNIX_EPOCH};

/// Which versions, in a person's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChoiceWords {
    /// Patterns of components; all, if there are none.
    pub include: Vec<String>,
    /// Patterns of components that are left out.
    pub exclude: Vec<String>,
    /// Only what was exported since: a day, or how long ago.
    pub since: Option<String>,
}

/// Which versions.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    include: Option<Pattern>,
    exclude: Option<Pattern>,
    /// Seconds since 1970.
    pub since: Option<i64>,
}

impl Choice {
    /// Reads it.
    pub fn read(words: &ChoiceWords) -> Result<Self> {
        let joined = |patterns: &[String]| match patterns {
            [] => Ok(None),
            several => Pattern::parse(&several.join(",")).map(Some),
        };
        let since = words.since.as_deref().map(moment).transpose()?;
        Ok(Self { include: joined(&words.include)?, exclude: joined(&words.exclude)?, since })
    }

    /// Whether a component's versions are among them.
    pub fn names(&self, id: &ComponentId) -> bool {
        let hit = |pattern: &Pattern| pattern.matches(id);
        self.include.as_ref().is_none_or(hit) && !self.exclude.as_ref().is_some_and(hit)
    }
}

/// `2026-01-31`, in UTC, or `30d`, `12h`: so long ago.
fn moment(text: &str) -> Result<i64> {
    let ago = |ending: char, seconds: i64| {
        let number: u32 = text.strip_suffix(ending)?.parse().ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Some(i64::try_from(now).ok()? - i64::from(number) * seconds)
    };
    let found = Moment::begin_of_day(text).or_else(|| ago('d', 86_400)).or_else(|| ago('h', 3_600));
    found.ok_or_else(|| errors::mirror_bad_since(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_excluded_is_excluded_from_all() {
        let words = |include: &[&str], exclude: &[&str]| {
            let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            Choice::read(&ChoiceWords { include: owned(include), exclude: owned(exclude), since: None }).unwrap()
        };
        let names = |choice: &Choice, id: &str| choice.names(&id.parse().unwrap());
        let choice = words(&["ui/*", "base"], &["*/old"]);
        assert!(names(&choice, "my-org.x/ui/button") && names(&choice, "my-org.x/base"));
        assert!(!names(&choice, "my-org.x/ui/old") && !names(&choice, "my-org.x/forms"));
        assert!(names(&words(&[], &[]), "my-org.x/any") && !names(&words(&[], &["any"]), "my-org.x/any"));
    }

    #[test]
    fn a_moment_is_a_day_or_so_long_ago() {
        assert_eq!(moment("2001-02-03").unwrap(), 981_158_400);
        assert_eq!(moment("2h").unwrap() - moment("1d").unwrap(), 22 * 3600);
        for other in ["", "d", "-1d", "yesterday", "1w"] {
            assert!(moment(other).is_err(), "{other}");
        }
    }
}
