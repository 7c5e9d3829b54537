//! What workspace.jsonc says of signatures: whether versions are signed here, and who may sign those of which scopes.

use super::by_scope::ByScope;
use super::layout::check_relative_path;
use super::settings::{Fault, flag_in};
use crate::model::{Pattern, ScopeName, nearest};
use serde_json::{Map, Value};

/// Files of allowed signers, by scopes.
const SIGNERS: &str = "bit.trust/signers";
/// Whether every tag signs.
const SIGN: &str = "bit.trust/sign";
/// What every such key begins with.
const TRUST: &str = "bit.trust";

/// Who signs, and who may.
#[derive(Debug, Clone, Default)]
pub struct SigningRules {
    /// Whether every tag and every export of this workspace signs.
    pub always: bool,
    files: ByScope,
}

impl SigningRules {
    /// Reads them from what the file says.
    pub(super) fn read(raw: &Map<String, Value>) -> Result<Self, Fault> {
        check_keys(raw)?;
        let files = ByScope::read(raw, SIGNERS, "file of signers")?;
        let rules = Self { always: flag_in(raw, SIGN)?, files };
        for (key, _) in rules.files.patterns() {
            if Pattern::parts(key).is_ok_and(|parts| parts.iter().all(|part| part.excludes)) {
                let what = format!("\"{key}\" only says which scopes are not meant; all others are \"*,{key}\"");
                return Err(Fault::new(&[SIGNERS, key], what));
            }
        }
        for (key, file) in rules.files() {
            check_relative_path(file)
                .map_err(|why| Fault::new(&[SIGNERS, key], format!("\"{file}\" is no file of the workspace: {why}")))?;
        }
        Ok(rules)
    }

    /// All scopes and patterns, each with its file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.exact().map(|(scope, file)| (scope.as_str(), file)).chain(self.files.patterns())
    }

    /// The file, below the workspace's root, that names who may sign the versions of a scope.
    pub fn file_of(&self, scope: &ScopeName) -> Option<&str> {
        self.files.of(scope)
    }
}

/// Keys that bit does not know are kept elsewhere; a rule with a slip of the pen in its name would ask nobody.
fn check_keys(raw: &Map<String, Value>) -> Result<(), Fault> {
    const KNOWN: [&str; 2] = [SIGNERS, SIGN];
    for key in raw.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
        match nearest(key, KNOWN) {
            Some(meant) => return Err(Fault::new(&[key], format!("\"{key}\" is no rule: did you mean \"{meant}\"?"))),
            None if key.starts_with(TRUST) => {
                return Err(Fault::new(
                    &[key],
                    format!("\"{key}\" is no rule: there are \"{SIGNERS}\" and \"{SIGN}\""),
                ));
            }
            None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::workspace::WorkspaceConfig;
    use std::path::Path;

    fn config(text: &str) -> anyhow::Result<WorkspaceConfig> {
        WorkspaceConfig::parse(Path::new("/w/workspace.jsonc"), text)
    }

    #[test]
    fn scopes_have_their_signers() {
        let rules = config(r#"{"bit.trust/signers": {"my-org.*": "trust/all", "my-org.ui": "trust/ui"}}"#).unwrap();
        let rules = rules.signing;
        let file = |scope: &str| rules.file_of(&scope.parse().unwrap()).map(str::to_owned);
        assert_eq!((file("my-org.ui"), file("my-org.base")), (Some("trust/ui".into()), Some("trust/all".into())));
        assert_eq!((file("other.ui"), rules.always), (None, false));
        assert!(config(r#"{"bit.trust/sign": true}"#).unwrap().signing.always);
    }

    #[test]
    fn what_would_ask_nobody_is_told() {
        for (text, what) in [
            (r#"{"bit.trust/signers": {"my-org.*": "../x"}}"#, "no file of the workspace"),
            (r#"{"bit.trust/signers": {"my-org.ui": "/etc/x"}}"#, "no file of the workspace"),
            (r#"{"bit.trust/signers": {"my-org.ui": 1}}"#, "must be a string"),
            (r#"{"bit.trust/signers": {"my-org.ui/*": "x"}}"#, "workspace.jsonc:1:"),
            (r#"{"bit.trust/signers": {"my-org.ui/*": "x"}}"#, "names no scope"),
            (r#"{"bit.trust/signers": {"MY-ORG.*": "x"}}"#, "names no scope"),
            (r#"{"bit.trust/signers": {"!my-org.ui": "x"}}"#, "\"*,!my-org.ui\""),
            (r#"{"bit.trust/signers": "x"}"#, "must be an object"),
            (r#"{"bit.trust/sign": "yes"}"#, "must be true or false"),
            (r#"{"bit.trust/singers": {"my-org.*": "x"}}"#, "did you mean \"bit.trust/signers\"?"),
            (r#"{"bit.turst/signers": {"my-org.*": "x"}}"#, "did you mean \"bit.trust/signers\"?"),
            (r#"{"bit.trust/allowed": {"my-org.*": "x"}}"#, "there are \"bit.trust/signers\" and \"bit.trust/sign\""),
            (r#"{"bit.trust": {"signers": {}}}"#, "workspace.jsonc:1:"),
        ] {
            let error = config(text).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
