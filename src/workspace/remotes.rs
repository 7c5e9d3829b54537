//! The remotes that a team shares in workspace.jsonc.

use super::by_scope::ByScope;
use super::settings::Fault;
use crate::model::ScopeName;
use serde_json::{Map, Value};

/// The key of workspace.jsonc.
const KEY: &str = "bit.scope/remotes";

/// Where scopes are, by their names and by patterns of names.
#[derive(Debug, Clone, Default)]
pub struct SharedRemotes(ByScope);

impl SharedRemotes {
    /// Reads them from what the file says.
    pub(super) fn read(raw: &Map<String, Value>) -> Result<Self, Fault> {
        ByScope::read(raw, KEY, "URL").map(Self)
    }

    /// Where a scope is: by its own name, else by the most particular pattern that fits.
    pub fn url_of(&self, scope: &ScopeName) -> Option<String> {
        let owner = scope.owner().unwrap_or_default();
        let filled = |url: &str| {
            url.replace("{name}", scope.base()).replace("{owner}", owner).replace("{scope}", scope.as_str())
        };
        self.0.of(scope).map(filled)
    }

    /// The scopes that are named, and where they are.
    pub fn exact(&self) -> impl Iterator<Item = (&ScopeName, &str)> {
        self.0.exact()
    }

    /// The patterns and their URLs, as they were written.
    pub fn patterns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.patterns()
    }
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
