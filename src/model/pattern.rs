//! Patterns that name many components: `ui/*`, `**/button, !old/*`.

use super::{ComponentId, ScopeName};
use globset::{Glob, GlobMatcher};
use std::fmt;

/// A pattern that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// The pattern.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pattern \"{}\" can't be read: {}", self.text.escape_debug(), self.reason)
    }
}

impl std::error::Error for PatternError {}

/// One or more globs, with exclusions. `*` crosses `/`; each is matched against `scope/name` and `name`.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    include: Vec<GlobMatcher>,
    exclude: Vec<GlobMatcher>,
}

/// One part of a comma list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'t> {
    /// The id or the glob, without a `!`.
    pub text: &'t str,
    /// Whether it excludes.
    pub excludes: bool,
}

impl Part<'_> {
    /// Whether it may name many, rather than one by its id.
    pub fn is_glob(&self) -> bool {
        self.text.contains(['*', '?', '{', '['])
    }
}

impl Pattern {
    /// Whether a text is meant as a pattern rather than as an id.
    pub fn looks_like(text: &str) -> bool {
        text.contains(['*', '?', '{', '[', ',', '!'])
    }

    /// Reads a comma list; a leading `!` excludes. Only exclusions: everything but those.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut pattern = Self { text: text.into(), include: Vec::new(), exclude: Vec::new() };
        for part in Self::parts(text)? {
            let list = if part.excludes { &mut pattern.exclude } else { &mut pattern.include };
            let glob = Glob::new(part.text)
                .map_err(|error| PatternError { text: text.into(), reason: error.kind().to_string() })?;
            list.push(glob.compile_matcher());
        }
        Ok(pattern)
    }

    /// Whether it names this scope.
    pub fn matches_scope(&self, scope: &ScopeName) -> bool {
        let hit = |glob: &GlobMatcher| glob.is_match(scope.as_str());
        (self.include.is_empty() || self.include.iter().any(hit)) && !self.exclude.iter().any(hit)
    }

    /// The parts of a comma list; none may be empty.
    pub fn parts(text: &str) -> Result<Vec<Part<'_>>, PatternError> {
        fn part(part: &str) -> Part<'_> {
            let part = part.trim();
            match part.strip_prefix('!') {
                Some(rest) => Part { text: rest.trim(), excludes: true },
                None => Part { text: part, excludes: false },
            }
        }
        let parts: Vec<Part> = split_commas(text).into_iter().map(part).collect();
        match parts.iter().any(|part| part.text.is_empty()) {
            true => Err(PatternError { text: text.into(), reason: "a part of it is empty".into() }),
            false => Ok(parts),
        }
    }

    /// Whether it names this component.
    pub fn matches(&self, id: &ComponentId) -> bool {
        let full = id.to_string();
        let hit = |glob: &GlobMatcher| glob.is_match(&full) || glob.is_match(id.name.as_str());
        (self.include.is_empty() || self.include.iter().any(hit)) && !self.exclude.iter().any(hit)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Splits at commas, but not at those inside `{a,b}`.
fn split_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, id: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(&id.parse().unwrap())
    }

    #[test]
    fn stars_cross_slashes_and_lists_exclude() {
        assert!(matches("*", "s.c/ui/button") && matches("ui/*", "s.c/ui/deep/button") && matches("s.c/*", "s.c/x"));
        assert!(matches("*/fs/*", "s.c/utils/fs/read") && !matches("ui/*", "s.c/uix/button"));
        assert!(matches("ui/*, !*/old", "s.c/ui/new") && !matches("ui/*,!*/old", "s.c/ui/old"));
        assert!(matches("!ui/*", "s.c/base") && matches("{a,b}/*", "s.c/b/x") && matches("**/button", "s.c/ui/button"));
    }

    #[test]
    fn broken_patterns_are_refused() {
        for bad in ["", "a,,b", "{a", "[", "!"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_name_matches_itself_and_not_its_exclusion(name in "[a-z]{1,8}(/[a-z]{4,8}){0,2}") {
            let id = format!("s.c/{name}");
            prop_assume!(id.parse::<ComponentId>().is_ok());
            prop_assert!(matches(&name, &id) && matches(&id, &id) && matches("*", &id));
            let everything_but = format!("*,!{name}");
            prop_assert!(!matches(&everything_but, &id));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = Pattern::parse(&text);
        }
    }
}
