//! What tells a package.json of ours from that of an installed package.

use anyhow::{Context, Result};
use serde::Deserialize;

/// The key in a link's package.json that no installed package has.
const MARK: &str = "_bitWorkspaceLink";
/// The key in the package.json of a version that stands in the store.
pub(in crate::workspace) const MARK_OF_VERSION: &str = "_bitVersion";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mark {
    pub(super) root_dir: String,
}

pub(super) fn mark_in(package_json: &[u8]) -> Option<Mark> {
    #[derive(Deserialize)]
    struct Marked {
        #[serde(rename = "_bitWorkspaceLink")]
        mark: Mark,
    }
    serde_json::from_slice::<Marked>(package_json).ok().map(|marked| marked.mark)
}

/// Whether a package.json is that of a link rather than of an installed package.
pub(in crate::workspace) fn is_marked(package_json: &[u8]) -> bool {
    mark_in(package_json).is_some()
}

pub(super) fn with_mark(package_json: &str, root_dir: &str) -> Result<String> {
    with_key(package_json, MARK, &format!("{{\"rootDir\": {}}}", serde_json::to_string(root_dir)?))
}

/// Adds a last key to an object; as text, so that the order of the others stays.
pub(in crate::workspace) fn with_key(json: &str, key: &str, value: &str) -> Result<String> {
    let inside = json.trim().strip_suffix('}').context("a package.json must be an object")?.trim_end();
    let comma = if inside.ends_with('{') { "" } else { "," };
    Ok(format!("{inside}{comma}\n  \"{key}\": {value}\n}}\n"))
}
