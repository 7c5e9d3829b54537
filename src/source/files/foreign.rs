//! Names in a tree that somebody else made: what no version that bit makes can hold.

use super::names::{check_segment, fold};
use super::walk::{is_litter, is_overlooked_at_root, is_reserved};
use std::ffi::OsStr;

/// What of a version's root is ours to write, and therefore stands there.
const GENERATED: [&str; 2] = ["component.json", "package.json"];

/// Why an entry of a stranger's tree is refused, if it is. `path` is its path from the root of the version.
pub(super) fn foreign_fault(path: &str) -> Option<String> {
    let (name, is_at_root) = path.rsplit_once('/').map_or((path, true), |(_, name)| (name, false));
    if let Err(fault) = check_segment(name) {
        return Some(fault.to_string());
    }
    if fold(name) == "node_modules" {
        return Some("packages are installed, no version holds them".into());
    }
    if is_litter(name.as_bytes()) {
        return Some("an operating system strewed it about, no version holds it".into());
    }
    let is_ours = GENERATED.contains(&name);
    if is_at_root && !is_ours && (is_reserved(OsStr::new(name)) || is_overlooked_at_root(name.as_bytes())) {
        return Some("a file of this name would change what the package is".into());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_version_holds_is_refused_and_all_else_is_not() {
        for path in ["index.js", "component.json", "package.json", "lib/package.json", "lib/.gitignore", "a b/ü.css"] {
            assert_eq!(foreign_fault(path), None, "{path}");
        }
        for path in [
            "..",
            ".",
            "lib/..",
            ".git",
            "lib/.GIT",
            "git~1",
            ".g\u{200c}it",
            "a\\b",
            "c:",
            "lib/nul.js",
            "end.",
            "",
            "node_modules",
            "lib/Node_Modules",
            ".DS_Store",
            ".npmrc",
            ".NPMRC",
            "binding.gyp",
            "Package.json",
            ".gitattributes",
            ".gitignore",
            "yarn.lock",
            ".bit",
            "lib/.bit",
            "lib/.bitmap",
            "a/workspace.jsonc",
            "bit~1",
        ] {
            assert!(foreign_fault(path).is_some(), "{path}");
        }
    }
}
