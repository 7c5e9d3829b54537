//! Plug'n'Play, yarn's way without node_modules.

use std::fs;
use std::path::Path;

/// Whether yarn's Plug'n'Play resolves imports here, which never looks into node_modules.
pub fn pnp_in_force(root: &Path) -> bool {
    let configured =
        || fs::read_to_string(root.join(".yarnrc.yml")).is_ok_and(|text| node_linker(&text) == Some("pnp"));
    root.join(".pnp.cjs").exists() || root.join(".pnp.js").exists() || configured()
}

/// The value of nodeLinker in yarn's settings.
fn node_linker(yaml: &str) -> Option<&str> {
    yaml.lines().rev().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let value = value.split_once(" #").map_or(value, |(value, _)| value).trim();
        (unquoted(key.trim_end()) == "nodeLinker").then(|| unquoted(value))
    })
}

fn unquoted(text: &str) -> &str {
    let inside = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plug_n_play_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(!pnp_in_force(root));
        for (text, expected) in [
            ("nodeLinker: pnp\n", true),
            ("a: 1\n\"nodeLinker\" : 'pnp'   # why\n", true),
            ("nodeLinker: node-modules\n", false),
            ("# nodeLinker: pnp\n", false),
            ("  nodeLinker: pnp\n", false),
            ("nodeLinker: \"pnpm\"\n", false),
            ("nodeLinker: node-modules # not pnp\n", false),
            ("nodeLinker: pnp\r\n", true),
        ] {
            fs::write(root.join(".yarnrc.yml"), text).unwrap();
            assert_eq!(pnp_in_force(root), expected, "{text:?}");
        }
        fs::write(root.join(".pnp.cjs"), "").unwrap();
        assert!(pnp_in_force(root));
    }
}
