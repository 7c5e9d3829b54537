//! The package.json of a stranger's version, as it may stand in node_modules: it makes no package manager run anything.

use jsonc_parser::cst::{CstInputValue, CstRootNode};
use std::collections::BTreeMap;

/// What a package needs to be found, loaded and understood. All else goes: lifecycle scripts, programs for the PATH,
/// and whatever package managers may come to run one day.
const KEPT: [&str; 24] = [
    "name",
    "version",
    "description",
    "license",
    "type",
    "main",
    "module",
    "browser",
    "react-native",
    "types",
    "typings",
    "typesVersions",
    "exports",
    "imports",
    "sideEffects",
    "style",
    "sass",
    "source",
    "unpkg",
    "jsdelivr",
    "dependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "engines",
];

/// npm compiles, and so runs, what has a binding.gyp, unless it is told not to.
const NO_COMPILING: &str = "gypfile";

/// Takes out what is not needed to load the package; the rest stays as it is, in its order. The error says why it
/// can't be done.
pub fn harmless(package_json: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(package_json).map_err(|_| "it is not UTF-8".to_owned())?;
    keys_of(text)?;
    let tree = CstRootNode::parse(text, &Default::default()).map_err(|error| error.to_string())?;
    let object = tree.object_value().ok_or("it is no object")?;
    for property in object.properties() {
        if !property.decoded_name().is_some_and(|name| KEPT.contains(&name.as_str())) {
            property.remove();
        }
    }
    object.append(NO_COMPILING, CstInputValue::Bool(false));
    let text = tree.to_string();
    let keys = keys_of(&text)?;
    match keys.keys().find(|key| !KEPT.contains(&key.as_str()) && *key != NO_COMPILING) {
        Some(key) => Err(format!("\"{key}\" can't be taken out of it")),
        None => Ok(text),
    }
}

/// Strict JSON only: what is read in two ways could mean two things.
fn keys_of(text: &str) -> Result<BTreeMap<String, serde::de::IgnoredAny>, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_goes_and_the_rest_keeps_its_order() {
        let text = r#"{
  "name": "@s/a",
  "scripts": {"postinstall": "touch /tmp/owned"},
  "exports": {
    "types": "./index.d.ts",
    "default": "./index.js"
  },
  "bin": "run.js", "\u0073cripts": {"install": "x"},
  "gypfile": true,
  "main": "index.js"
}
"#;
        let harmless = harmless(text.as_bytes()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&harmless).unwrap();
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["exports", "gypfile", "main", "name"]);
        assert_eq!(value["gypfile"], false);
        assert!(harmless.find("\"types\"") < harmless.find("\"default\""), "{harmless}");
    }

    #[test]
    fn what_is_not_plain_json_is_refused() {
        for text in ["", "[]", "{,}", "// c\n{}", "{\"a\": 1,}", "\u{feff}{}", &"[".repeat(100_000)] {
            assert!(harmless(text.as_bytes()).is_err(), "{text:.20}");
        }
        assert!(harmless(b"{\"name\": \"\xff\"}").is_err());
        assert_eq!(harmless(b"{}").map(|text| keys_of(&text).unwrap().len()), Ok(1));
    }
}
