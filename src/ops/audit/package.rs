//! package.json, which says in npm's words what the manifest says.

use super::{ASK, Finding};
use crate::git::TreeFile;
use crate::model::{Manifest, VersionId};
use crate::ops::findings::Severity;
use crate::ops::package_fields::missing_program;
use crate::package::{EntryPoints, ModuleSystem, PackageJson, chosen_fields};
use crate::scope::PACKAGE_JSON;
use serde_json::{Map, Value};

/// What is wrong with a version's package.json.
pub fn package_fault(
    id: &VersionId,
    manifest: &Manifest,
    text: Option<Vec<u8>>,
    files: &[TreeFile],
) -> Option<Finding> {
    let error = |what: String| Some(Finding::new("package-differs", Severity::Error, id, what).way_out(ASK));
    let Some(text) = text else {
        return error(format!("it has no {PACKAGE_JSON}: no package manager can install it"));
    };
    let Ok(Value::Object(found)) = serde_json::from_slice(&text) else {
        return error(format!("its {PACKAGE_JSON} can't be read as JSON"));
    };
    let differs = |key: &str| {
        error(format!(
            "its {PACKAGE_JSON} and its manifest do not agree on \"{}\": who installs it gets something else than who imports it",
            key.escape_debug()
        ))
    };
    let fields = match chosen_fields(&found) {
        Ok(fields) => fields,
        Err(fault) => return differs(&fault.keys.join(".")),
    };
    let paths = || files.iter().map(|file| file.path.as_str());
    let module = if found.get("type").is_some() { ModuleSystem::Esm } else { ModuleSystem::CommonJs };
    // Versions that are older than this key, or than where exports lead to declarations now, are as right.
    let is_older = !found.contains_key("typesVersions");
    let of = |entry: &EntryPoints| {
        let expected = PackageJson::new(manifest, module, entry, &fields);
        if is_older { expected.without_types_versions() } else { expected }.to_json()
    };
    let (expected, earlier) =
        (of(&EntryPoints::of(manifest, paths())), of(&EntryPoints::of_earlier(manifest, paths())));
    let is_earlier = differing_key(&found, &expected).is_some() && differing_key(&found, &earlier).is_none();
    let expected = if is_earlier { earlier.as_str() } else { expected.as_str() };
    if expected.as_bytes() != text
        && let Some(key) = differing_key(&found, expected)
    {
        return differs(&key);
    }
    if let Some(program) = missing_program(&fields, paths) {
        return error(format!("its {PACKAGE_JSON} names a program that it does not have: {}", program.escape_debug()));
    }
    (!is_same_text(&text, expected)).then(|| {
        let what =
            format!("its {PACKAGE_JSON} is not written as bit writes it: other machines would make another commit");
        Finding::new("package-form", Severity::Warning, id, what).way_out(ASK)
    })
}

/// The first key with another value, or that only one of them has.
fn differing_key(found: &Map<String, Value>, expected: &str) -> Option<String> {
    // What we generated is JSON.
    let expected: Value = serde_json::from_str(expected).unwrap_or_default();
    let Some(expected) = expected.as_object() else { return Some("name".into()) };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{FileMode, Oid};
    use crate::model::PackageFields;

    #[test]
    fn exports_may_lead_to_declarations_as_they_once_did() {
        let manifest = Manifest {
            artifacts: vec!["dist".into()],
            ..Manifest::of("my-org.ui/box@1.0.0".parse().unwrap(), "index.ts", "node")
        };
        let paths = ["index.ts", "types.d.ts", "dist/index.js", "dist/types.d.ts"];
        let file = |path: &str| TreeFile { path: path.to_owned(), mode: FileMode::Regular, blob: Oid::ZERO_SHA1 };
        let files = paths.map(file);
        let fault = |entry: &EntryPoints| {
            let json = PackageJson::new(&manifest, ModuleSystem::Esm, entry, &PackageFields::default()).to_json();
            package_fault(&manifest.id(), &manifest, Some(json.into_bytes()), &files)
        };
        assert!(fault(&EntryPoints::of(&manifest, paths)).is_none());
        assert!(fault(&EntryPoints::of_earlier(&manifest, paths)).is_none());
        assert!(fault(&EntryPoints::of_built("index.ts", ["index.ts", "dist/index.js"])).is_some());
    }
}
