//! What a person changed in package.json while a package manager ran, which writes into it too.

use crate::workspace::without_bom;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Sections of which a manager that installs what is declared may write the values, and adds no names.
const SECTIONS: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
/// What managers keep in it for themselves.
const MANAGERS: [&str; 8] = [
    "allowScripts",
    "dependenciesMeta",
    "devEngines",
    "overrides",
    "packageManager",
    "pnpm",
    "resolutions",
    "trustedDependencies",
];

/// Whether a person was there since the command wrote it. A text that is no JSON is one that a manager did not finish.
pub fn is_edited(written: &[u8], now: &[u8]) -> bool {
    match (read(written), read(now)) {
        (Some(written), Some(now)) => names(&written) != names(&now) || rest(written) != rest(now),
        _ => false,
    }
}

fn read(text: &[u8]) -> Option<Map<String, Value>> {
    let text = without_bom(std::str::from_utf8(text).ok()?);
    serde_json::from_str(text).ok()
}

fn names(whole: &Map<String, Value>) -> BTreeSet<(&'static str, &str)> {
    let of = |section: &'static str| {
        let entries = whole.get(section).and_then(Value::as_object).into_iter().flatten();
        entries.map(move |(name, _)| (section, name.as_str()))
    };
    SECTIONS.into_iter().flat_map(of).collect()
}

fn rest(mut whole: Map<String, Value>) -> Map<String, Value> {
    whole.retain(|key, _| !SECTIONS.contains(&key.as_str()) && !MANAGERS.contains(&key.as_str()));
    whole
}

#[cfg(test)]
mod tests {
    use super::is_edited;

    #[test]
    fn managers_write_what_is_theirs() {
        let written = b"{\"name\": \"x\", \"dependencies\": {\"a\": \"1\"}}";
        let edited = |now: &str| is_edited(written, now.as_bytes());
        assert!(!edited("{\"name\": \"x\", \"depend"));
        assert!(!edited("\u{feff}{\"dependencies\":{\"a\":\"^1\"},\"name\":\"x\",\"packageManager\":\"yarn@4\"}"));
        for now in [
            "{\"name\": \"x\", \"dependencies\": {\"a\": \"1\", \"b\": \"1\"}}",
            "{\"name\": \"x\", \"dependencies\": {\"a\": \"1\"}, \"scripts\": {}}",
            "{\"name\": \"x\", \"dependencies\": {}}",
        ] {
            assert!(edited(now), "{now}");
        }
    }
}
