//! Settings that are made scope by scope: for one by its name, or for many by a pattern.

use super::settings::{Fault, section_in};
use crate::model::{NameError, Pattern, ScopeName, scope_pattern_fault};
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A text for each scope.
#[derive(Debug, Clone, Default)]
pub struct ByScope {
    exact: BTreeMap<ScopeName, String>,
    /// The longest first: it is the most particular one.
    patterns: Vec<(String, Pattern, String)>,
}

impl ByScope {
    /// Reads what the file says under a key; `what` each text is, for the message.
    pub(super) fn read(raw: &Map<String, Value>, key: &str, what: &str) -> Result<Self, Fault> {
        let mut found = Self::default();
        for (name, text) in section_in(raw, key)?.into_iter().flatten() {
            let fault = |what: String| Fault::new(&[key, name], what);
            let text =
                text.as_str().ok_or_else(|| fault(format!("the {what} of \"{name}\" must be a string")))?.to_owned();
            if Pattern::looks_like(name) {
                let pattern = Pattern::parse(name).map_err(|error| fault(error.to_string()))?;
                scope_pattern_fault(name).map_or(Ok(()), |why| Err(fault(why)))?;
                found.patterns.push((name.clone(), pattern, text));
            } else {
                found.exact.insert(ScopeName::new(name).map_err(|error| fault(with_suggestion(&error)))?, text);
            }
        }
        found.patterns.sort_by(|(a, ..), (b, ..)| (Reverse(a.len()), a).cmp(&(Reverse(b.len()), b)));
        Ok(found)
    }

    /// That of a scope: by its own name, else by the most particular pattern that fits.
    pub fn of(&self, scope: &ScopeName) -> Option<&str> {
        let by_pattern = || self.patterns.iter().find(|(_, pattern, _)| pattern.matches_scope(scope));
        let text = self.exact.get(scope).or_else(|| by_pattern().map(|(.., text)| text))?;
        Some(text)
    }

    /// The scopes that are named.
    pub fn exact(&self) -> impl Iterator<Item = (&ScopeName, &str)> {
        self.exact.iter().map(|(scope, text)| (scope, text.as_str()))
    }

    /// The patterns, as they were written.
    pub fn patterns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.patterns.iter().map(|(pattern, _, text)| (pattern.as_str(), text.as_str()))
    }
}

fn with_suggestion(error: &NameError) -> String {
    let meant = error.suggestion.as_ref().map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
    format!("{error}{meant}")
}
