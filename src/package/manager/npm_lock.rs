//! What npm's lockfile says of archives, and of versions that come by git. With an older lockfile npm looks for an archive
//! that an override names below the package that needs it, as soon as it does not stand at the top any more, and finds
//! nothing; by git it takes every version of a scope for the one that is meant (npm 11 and 12; bugs of theirs). Without these
//! entries it works them out anew, and keeps all others.

use serde::Serialize;
use serde_json::{Map, Value};

/// The files that npm locks by; it reads the first that is there.
pub const FILES: [&str; 2] = ["npm-shrinkwrap.json", "package-lock.json"];

/// The lockfile without the entries that come from these places; `None` where there is none, or where it can't be read:
/// npm then says what is wrong.
pub fn without(text: &str, is_ours: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut lock: Value = serde_json::from_str(text).ok()?;
    let mut found = 0;
    // Up to npm 6, "dependencies" hold each other; since npm 7, "packages" stand side by side.
    for key in ["packages", "dependencies"] {
        found += lock.get_mut(key).and_then(Value::as_object_mut).map_or(0, |all| remove(all, is_ours));
    }
    if found == 0 {
        return None;
    }
    let indent = text.lines().nth(1).map_or("  ", |line| &line[..line.len() - line.trim_start().len()]);
    let mut out = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    lock.serialize(&mut serde_json::Serializer::with_formatter(&mut out, format)).ok()?;
    out.push(b'\n');
    String::from_utf8(out).ok()
}

/// Whether the lockfile has this package at the top and does not say where it is from: npm took what stood there.
pub fn is_unresolved(text: &str, package: &str) -> bool {
    let lock: Value = serde_json::from_str(text).unwrap_or_default();
    let entry = lock.pointer("/packages").and_then(|all| all.get(format!("node_modules/{package}")));
    entry.is_some_and(|entry| ["resolved", "integrity", "link"].iter().all(|key| entry.get(key).is_none()))
}

fn remove(all: &mut Map<String, Value>, is_ours: &dyn Fn(&str) -> bool) -> usize {
    let before = all.len();
    all.retain(|_, entry| {
        let place = entry.get("resolved").or_else(|| entry.get("version")).and_then(Value::as_str);
        !place.is_some_and(is_ours)
    });
    let gone = before - all.len();
    let nested = all.values_mut().filter_map(|entry| entry.get_mut("dependencies")?.as_object_mut());
    gone + nested.map(|inside| remove(inside, is_ours)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_entries_of_ours_go() {
        let text = r#"{
    "packages": {
        "": {"dependencies": {"@o/a": "file:vendor/bit/o/a/1.0.0.tgz"}},
        "node_modules/@o/a": {"resolved": "file:vendor/bit/o/a/1.0.0.tgz", "dependencies": {"x": "1"}},
        "node_modules/x": {"resolved": "https://r.org/x.tgz"}
    },
    "dependencies": {"x": {"version": "1.0.0", "dependencies": {"@o/a": {"version": "file:vendor/bit/o/a/1.0.0.tgz"}}}}
}
"#;
        let ours = |place: &str| place.starts_with("file:vendor/bit/");
        let after = without(text, &ours).unwrap();
        assert!(after.starts_with("{\n    \"") && after.ends_with("}\n"), "{after}");
        let after: Value = serde_json::from_str(&after).unwrap();
        assert_eq!(after["packages"].as_object().unwrap().keys().collect::<Vec<_>>(), ["", "node_modules/x"]);
        assert_eq!(after["dependencies"]["x"]["dependencies"], serde_json::json!({}));
        assert_eq!(without("{}", &ours), None);
        assert_eq!(without("{", &ours), None);
    }

    #[test]
    fn an_entry_that_comes_from_nowhere_is_told() {
        let lock = |entry: &str| format!("{{\"packages\": {{\"node_modules/@o/a\": {entry}}}}}");
        assert!(is_unresolved(&lock("{\"version\": \"1.0.0\"}"), "@o/a"));
        assert!(!is_unresolved(&lock("{\"resolved\": \"https://r.org/a.tgz\"}"), "@o/a"));
        assert!(!is_unresolved(&lock("{}"), "@o/b") && !is_unresolved("{", "@o/b"));
    }
}
