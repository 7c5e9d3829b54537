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
    /// Only what was exported since: a day, a moment, or how long ago.
    pub since: Option<String>,
}

/// Which versions.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    include: Option<Pattern>,
    exclude: Option<Pattern>,
    /// Each pattern as it was typed.
    parts: Vec<Pattern>,
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
        let (include, exclude) = (joined(&words.include)?, joined(&words.exclude)?);
        let mut parts = Vec::new();
        for part in [&include, &exclude].into_iter().flatten() {
            parts.extend(parts_of(&part.to_string())?);
        }
        Ok(Self { include, exclude, parts, since })
    }

    /// Whether it is every version.
    pub fn is_all(&self) -> bool {
        self.parts.is_empty() && self.since.is_none()
    }

    /// Whether it names components.
    pub fn is_by_name(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Its patterns.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.parts.iter().map(ToString::to_string)
    }

    /// The patterns that match none of these.
    pub fn unmatched<'i>(&self, ids: impl Iterator<Item = &'i ComponentId> + Clone) -> Vec<String> {
        let is_idle = |part: &&Pattern| !ids.clone().any(|id| part.matches(id));
        self.parts.iter().filter(is_idle).map(ToString::to_string).collect()
    }

    /// Whether a component's versions are among them.
    pub fn names(&self, id: &ComponentId) -> bool {
        let hit = |pattern: &Pattern| pattern.matches(id);
        self.include.as_ref().is_none_or(hit) && !self.exclude.as_ref().is_some_and(hit)
    }
}

/// The patterns of a list, each by itself. What could never match anything is refused: a version is none to choose, and a
/// `!` stands at most once, at the beginning.
fn parts_of(list: &str) -> Result<Vec<Pattern>> {
    let mut parts = Vec::new();
    for part in Pattern::parts(list)? {
        if part.text.contains('@') || part.text.starts_with('!') {
            return Err(errors::mirror_bad_pattern(part.text));
        }
        parts.push(Pattern::parse(part.text)?);
    }
    Ok(parts)
}

/// `2026-01-31`, in UTC, `2026-01-31T09:30:00Z`, or `30d`, `12h`: so long ago.
fn moment(text: &str) -> Result<i64> {
    let ago = |ending: char, seconds: i64| {
        let number: u32 = text.strip_suffix(ending)?.parse().ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Some(i64::try_from(now).ok()? - i64::from(number) * seconds)
    };
    let found = Moment::begin_of_day(text)
        .or_else(|| Moment::seconds_of(text))
        .or_else(|| ago('d', 86_400))
        .or_else(|| ago('h', 3_600));
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
        assert_eq!(moment("2001-02-03T04:05:06Z").unwrap(), 981_173_106);
        assert_eq!(moment("2h").unwrap() - moment("1d").unwrap(), 22 * 3600);
        for other in ["", "d", "-1d", "yesterday", "1w"] {
            assert!(moment(other).is_err(), "{other}");
        }
    }
}
