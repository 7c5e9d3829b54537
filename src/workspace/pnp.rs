//! Plug'n'Play, the way of yarn without node_modules, which pnpm knows too.

use std::fs;
use std::path::Path;

/// Whether Plug'n'Play resolves imports here, which never looks into node_modules.
pub fn pnp_in_force(root: &Path) -> bool {
    let configured =
        || fs::read_to_string(root.join(".yarnrc.yml")).is_ok_and(|text| node_linker(&text) == Some("pnp"));
    root.join(".pnp.cjs").exists() || root.join(".pnp.js").exists() || configured()
}

/// Whether it is pnpm's.
pub fn pnp_is_pnpms(root: &Path) -> bool {
    let of_yarn = fs::read_to_string(root.join(".yarnrc.yml")).is_ok_and(|text| node_linker(&text) == Some("pnp"));
    !of_yarn && root.join("pnpm-lock.yaml").exists()
}

/// Whether pnpm is told to resolve imports so. Since version 11 it reads such settings in one file only.
pub fn pnpm_asks_for_pnp(root: &Path, major: u64) -> bool {
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
    let in_npmrc = || {
        let says = |line: &str| {
            line.split_once('=').map(|(key, value)| (key.trim() == "node-linker", unquoted(value.trim()) == "pnp"))
        };
        read(".npmrc").lines().filter_map(says).rfind(|(is_linker, _)| *is_linker).is_some_and(|(_, pnp)| pnp)
    };
    node_linker(&read("pnpm-workspace.yaml")) == Some("pnp") || (major < 11 && in_npmrc())
}

/// The value of nodeLinker in settings of yarn or pnpm.
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
        assert!(pnp_in_force(root) && !pnp_is_pnpms(root));
    }

    #[test]
    fn pnpm_is_asked_for_it_where_it_reads() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (file, text, old, new) in [
            (".npmrc", "a=b\nnode-linker = pnp\n", true, false),
            (".npmrc", "; node-linker=pnp\nnode-linker=hoisted\n", false, false),
            ("pnpm-workspace.yaml", "packages: []\nnodeLinker: pnp\n", true, true),
            ("pnpm-workspace.yaml", "nodeLinker: isolated\n", false, false),
        ] {
            fs::write(root.join(file), text).unwrap();
            assert_eq!((pnpm_asks_for_pnp(root, 10), pnpm_asks_for_pnp(root, 12)), (old, new), "{text:?}");
            fs::remove_file(root.join(file)).unwrap();
        }
        fs::write(root.join("pnpm-lock.yaml"), "").unwrap();
        assert!(pnp_is_pnpms(root));
        fs::write(root.join(".yarnrc.yml"), "nodeLinker: pnp\n").unwrap();
        assert!(!pnp_is_pnpms(root));
    }
}
