//! What a new workspace.jsonc says.

use super::{DEFAULT_DIRECTORY, SCHEMA_URL};
use crate::model::ScopeName;

/// What a new workspace.jsonc says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateOptions {
    /// The workspace's name.
    pub name: String,
    /// The scope of its components, if somebody chose one.
    pub default_scope: Option<ScopeName>,
    /// Where imported components go, if somebody chose that.
    pub default_directory: Option<String>,
}

/// A new workspace.jsonc.
pub fn template(options: &TemplateOptions) -> String {
    // Text is always JSON.
    let quoted = |text: &str| serde_json::to_string(text).expect("text is always JSON");
    let scope = options.default_scope.clone().unwrap_or_else(ScopeName::placeholder);
    // From the last to the first, so that a person's text is never taken for a later placeholder.
    TEMPLATE
        .replacen("DIRECTORY", &quoted(options.default_directory.as_deref().unwrap_or(DEFAULT_DIRECTORY)), 1)
        .replacen("SCOPE", &quoted(scope.as_str()), 1)
        .replacen("NAME", &quoted(&options.name), 1)
        .replacen("SCHEMA", &quoted(SCHEMA_URL), 1)
}

const TEMPLATE: &str = r#"// The settings of this workspace. Comments and layout are yours: bit keeps them.
{
  "$schema": SCHEMA,
  "teambit.workspace/workspace": {
    "name": NAME,
    "icon": "https://static.bit.dev/bit-logo.svg",

    // The scope of new components: "owner.name", or one word.
    "defaultScope": SCOPE,

    // Where imported components go. Placeholders: {name}, {scope} (without its owner), {owner}, {scopeId} (both).
    "defaultDirectory": DIRECTORY
  },

  // Settings for some components, by folder ("src/ui"), by pattern ("{src/**, lib/*}") or for all ("*").
  // The most specific one wins: "src/ui": {"defaultScope": "my-org.ui"}
  "teambit.workspace/variants": {},

  // The ranges of packages from outside. What is not listed here is taken from package.json, then from node_modules.
  "teambit.dependencies/dependency-resolver": {
    "policy": {
      "dependencies": {},
      "devDependencies": {},
      "peerDependencies": {}
    }
  }
}
"#;
