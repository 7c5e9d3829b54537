//! package.json, which says in npm's words what the manifest says.

use super::{ASK, Finding};
use crate::model::{Manifest, VersionId};
use crate::ops::findings::Severity;
use crate::package::{ModuleSystem, PackageJson};
use crate::scope::PACKAGE_JSON;
use serde_json::Value;

/// What is wrong with a version's package.json.
pub fn package_fault(id: &VersionId, manifest: &Manifest, text: Option<Vec<u8>>) -> Option<Finding> {
    let error = |what: String| Some(Finding::new("package-differs", Severity::Error, id, what).way_out(ASK));
    let Some(text) = text else {
        return error(format!("it has no {PACKAGE_JSON}: no package manager can install it"));
    };
    let expected =
        [ModuleSystem::CommonJs, ModuleSystem::Esm].map(|module| PackageJson::new(manifest, module).to_json());
    if expected.iter().any(|expected| expected.as_bytes() == text) {
        return None;
    }
    let Ok(found) = serde_json::from_slice::<Value>(&text) else {
        return error(format!("its {PACKAGE_JSON} can't be read as JSON"));
    };
    let expected = &expected[usize::from(found["type"] == "module")];
    if let Some(key) = differing_key(&found, expected) {
        return error(format!(
            "its {PACKAGE_JSON} and its manifest do not agree on \"{}\": who installs it gets something else than who imports it",
            key.escape_debug()
        ));
    }
    (!is_same_text(&text, expected)).then(|| {
        let what =
            format!("its {PACKAGE_JSON} is not written as bit writes it: other machines would make another commit");
        Finding::new("package-form", Severity::Warning, id, what).way_out(ASK)
    })
}

/// The first key with another value, or that only one of them has.
fn differing_key(found: &Value, expected: &str) -> Option<String> {
    // What we generated is JSON.
    let expected: Value = serde_json::from_str(expected).unwrap_or_default();
    let (Some(found), Some(expected)) = (found.as_object(), expected.as_object()) else {
        return Some("name".into());
    };
    let mut keys = expected.keys().chain(found.keys());
    keys.find(|key| found.get(*key) != expected.get(*key)).cloned()
}

/// The same lines. Where a package got another name, they may stand in another order.
fn is_same_text(text: &[u8], expected: &str) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    sorted_lines(text) == sorted_lines(expected)
}

fn sorted_lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches(',')).collect();
    lines.sort_unstable();
    lines
}
