//! The remotes that a team shares in workspace.jsonc.

use super::settings::{Fault, section_in};
use crate::model::{NameError, Pattern, ScopeName};
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The key of workspace.jsonc.
const KEY: &str = "bit.scope/remotes";

/// Where scopes are, by their names and by patterns of names.
#[derive(Debug, Clone, Default)]
pub struct SharedRemotes {
    exact: BTreeMap<ScopeName, String>,
    /// The longest first: it is the most particular one.
    patterns: Vec<(String, Pattern, String)>,
}

impl SharedRemotes {
    /// Reads them from what the file says.
    pub(super) fn read(raw: &Map<String, Value>) -> Result<Self, Fault> {
        let mut found = Self::default();
        for (name, url) in section_in(raw, KEY)?.into_iter().flatten() {
            let fault = |what: String| Fault::new(&[KEY, name], what);
            let url = url.as_str().ok_or_else(|| fault(format!("the URL of \"{name}\" must be a string")))?.to_owned();
            if Pattern::looks_like(name) {
                let pattern = Pattern::parse(name).map_err(|error| fault(error.to_string()))?;
                found.patterns.push((name.clone(), pattern, url));
            } else {
                found.exact.insert(ScopeName::new(name).map_err(|error| fault(with_suggestion(&error)))?, url);
            }
        }
        found.patterns.sort_by(|(a, ..), (b, ..)| (Reverse(a.len()), a).cmp(&(Reverse(b.len()), b)));
        Ok(found)
    }

    /// Where a scope is: by its own name, else by the most particular pattern that fits.
    pub fn url_of(&self, scope: &ScopeName) -> Option<String> {
        let by_pattern = || self.patterns.iter().find(|(_, pattern, _)| pattern.matches_scope(scope));
        let url = self.exact.get(scope).or_else(|| by_pattern().map(|(.., url)| url))?;
        let owner = scope.owner().unwrap_or_default();
        Some(url.replace("{name}", scope.base()).replace("{owner}", owner).replace("{scope}", scope.as_str()))
    }

    /// The scopes that are named, and where they are.
    pub fn exact(&self) -> impl Iterator<Item = (&ScopeName, &str)> {
        self.exact.iter().map(|(scope, url)| (scope, url.as_str()))
    }

    /// The patterns and their URLs, as they were written.
    pub fn patterns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.patterns.iter().map(|(text, _, url)| (text.as_str(), url.as_str()))
    }
}

fn with_suggestion(error: &NameError) -> String {
    let meant = error.suggestion.as_ref().map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
    format!("{error}{meant}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::WorkspaceConfig;
    use std::path::Path;

    fn config(remotes: &str) -> anyhow::Result<WorkspaceConfig> {
        WorkspaceConfig::parse(Path::new("/w/workspace.jsonc"), &format!("{{\n  \"{KEY}\": {{{remotes}}}\n}}"))
    }

    #[test]
    fn a_name_comes_before_patterns_and_the_longest_pattern_first() {
        let text = r#""*": "/any/{scope}", "my-org.*": "/{owner}/{name}", "my-org.ui": "/ui", "{a,b}.*": "/x/{name}""#;
        let remotes = config(text).unwrap().shared_remotes;
        let url = |scope: &str| remotes.url_of(&scope.parse().unwrap()).unwrap();
        assert_eq!((url("my-org.ui"), url("my-org.base")), ("/ui".into(), "/my-org/base".into()));
        assert_eq!((url("other"), url("b.forms")), ("/any/other".into(), "/x/forms".into()));
        assert!(config("").unwrap().shared_remotes.url_of(&ScopeName::placeholder()).is_none());
    }

    #[test]
    fn what_is_no_remote_is_said_with_its_place() {
        for (text, what) in [
            (r#""My.Org": "/x""#, "did you mean \"my.org\"?"),
            (r#""my-org": 1"#, "the URL of \"my-org\" must be a string"),
            (r#""my-org.[": "/x""#, "can't be read"),
        ] {
            let error = config(text).unwrap_err().to_string();
            assert!(error.contains("workspace.jsonc:2:") && error.contains(what), "{error}");
        }
    }
}
