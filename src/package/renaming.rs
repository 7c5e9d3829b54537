//! Other packages' names in a package.json that is there already; all else in it stays, in its order.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;

/// The sections whose keys are names of packages.
const SECTIONS: [&str; 5] =
    [DEPENDENCIES, "devDependencies", "peerDependencies", "peerDependenciesMeta", "optionalDependencies"];

/// What a package runs with. What stands there stands in no other section.
const DEPENDENCIES: &str = "dependencies";

/// What a package is called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPackage {
    /// Its name.
    pub name: String,
    /// The version that is meant.
    pub version: String,
}

/// The package.json of a package that is another one now, and needs others by other names, sorted as they were
/// written. `others` says what the packages it depends on are called now; two that are one then are needed once.
pub fn rename_packages(
    text: &[u8],
    own: &NewPackage,
    others: &dyn Fn(&str) -> Option<NewPackage>,
) -> Result<String, serde_json::Error> {
    let mut whole: Ordered = serde_json::from_slice(text)?;
    if let Ordered::Object(entries) = &mut whole {
        let mut new_names = HashSet::new();
        for (key, value) in entries.iter_mut() {
            match value {
                Ordered::Plain(Value::String(name)) if key == "name" => name.clone_from(&own.name),
                Ordered::Plain(Value::String(version)) if key == "version" => version.clone_from(&own.version),
                Ordered::Object(packages) if SECTIONS.contains(&key.as_str()) => {
                    new_names.extend(rename_all(packages, others));
                }
                _ => {}
            }
        }
        merge(entries, &new_names);
    }
    let mut text = serde_json::to_string_pretty(&whole)?;
    text.push('\n');
    Ok(text)
}

/// The names that packages have now.
fn rename_all(packages: &mut Vec<(String, Ordered)>, others: &dyn Fn(&str) -> Option<NewPackage>) -> Vec<String> {
    let mut new_names = Vec::new();
    for (name, value) in packages.iter_mut() {
        let Some(new) = others(name) else { continue };
        *name = new.name;
        new_names.push(name.clone());
        if let Ordered::Plain(Value::String(version)) = value {
            *version = new.version;
        }
    }
    packages.sort_by(|(a, _), (b, _)| a.cmp(b));
    packages.dedup_by(|(later, _), (kept, _)| later == kept);
    new_names
}

/// What the package runs with need not be brought by others as well, when the two had two names. An empty section goes.
fn merge(entries: &mut Vec<(String, Ordered)>, new_names: &HashSet<String>) {
    let runs_with = entries.iter().find_map(|(key, value)| match value {
        Ordered::Object(packages) if key == DEPENDENCIES => Some(packages),
        _ => None,
    });
    let names = runs_with.into_iter().flatten().map(|(name, _)| name);
    let both: HashSet<String> = names.filter(|name| new_names.contains(*name)).cloned().collect();
    entries.retain_mut(|(key, value)| match value {
        Ordered::Object(packages) if key != DEPENDENCIES && SECTIONS.contains(&key.as_str()) => {
            let before = packages.len();
            packages.retain(|(name, _)| !both.contains(name));
            packages.len() == before || !packages.is_empty()
        }
        _ => true,
    });
}

/// JSON whose objects keep their order: in `exports` it means something.
enum Ordered {
    Object(Vec<(String, Ordered)>),
    List(Vec<Ordered>),
    Plain(Value),
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Self::List(values) => serializer.collect_seq(values),
            Self::Plain(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Ordered, M::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered::Object(entries))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Ordered, S::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Ordered::List(values))
    }

    fn visit_str<E>(self, text: &str) -> Result<Ordered, E> {
        Ok(Ordered::Plain(text.into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(number.into()))
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Ordered::Plain(Value::Null))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_and_all_else_keeps_its_order() {
        let text = r#"{
  "name": "@my-scope/card",
  "version": "0.0.1",
  "exports": {
    "types": "./b.d.ts",
    "default": [
      "./@my-scope/card",
      null
    ]
  },
  "dependencies": {
    "@my-scope/theme": "0.0.1",
    "@my-scope/theme-dark": "1.0.0",
    "lodash": "^4.0.0"
  }
}
"#;
        let others = |from: &str, to: &str, version: &str, name: &str| {
            let new = |name: &str| NewPackage { name: format!("{to}{name}"), version: version.into() };
            name.strip_prefix(from).filter(|name| *name == "theme").map(new)
        };
        let own = |name: &str, version: &str| NewPackage { name: name.into(), version: version.into() };
        let forth = |name: &str| others("@my-scope/", "@my-org/ui.", "0.0.7", name);
        let back = |name: &str| others("@my-org/ui.", "@my-scope/", "0.0.1", name);
        let there = rename_packages(text.as_bytes(), &own("@my-org/ui.card", "0.0.2"), &forth).unwrap();
        let expected = text.replace("\"@my-scope/card\"", "\"@my-org/ui.card\"");
        let expected = expected.replace("\"version\": \"0.0.1\"", "\"version\": \"0.0.2\"");
        let expected = expected.replace("\"@my-scope/theme\": \"0.0.1\"", "\"@my-org/ui.theme\": \"0.0.7\"");
        assert_eq!(there, expected);
        assert_eq!(rename_packages(there.as_bytes(), &own("@my-scope/card", "0.0.1"), &back).unwrap(), text);
        assert!(rename_packages(b"{", &own("a", "1.0.0"), &back).is_err());
    }

    #[test]
    fn two_packages_that_are_one_now_are_needed_once() {
        let text = |sections: &str| format!("{{\n  \"name\": \"@a/x\",\n  \"version\": \"0.0.1\"{sections}\n}}\n");
        let section = |key: &str, names: &[&str]| {
            let lines: Vec<String> = names.iter().map(|name| format!("    \"{name}\": \"0.0.1\"")).collect();
            format!(",\n  \"{key}\": {{\n{}\n  }}", lines.join(",\n"))
        };
        let own = NewPackage { name: "@a/x".into(), version: "0.0.1".into() };
        let new = NewPackage { name: "@b/y".into(), version: "0.0.1".into() };
        let others = |name: &str| (name == "@a/y").then(|| new.clone());
        let renamed = |sections: &str| rename_packages(text(sections).as_bytes(), &own, &others).unwrap();
        let once = text(&section("dependencies", &["@b/y", "z"]));
        assert_eq!(renamed(&section("dependencies", &["@a/y", "@b/y", "z"])), once);
        for (one, other) in [("@a/y", "@b/y"), ("@b/y", "@a/y")] {
            let runs = section("dependencies", &[one, "z"]);
            assert_eq!(renamed(&(runs.clone() + &section("peerDependencies", &[other]))), once);
            let peers = runs + &section("peerDependencies", &[other, "w"]);
            assert_eq!(
                renamed(&peers),
                text(&(section("dependencies", &["@b/y", "z"]) + &section("peerDependencies", &["w"])))
            );
        }
    }
}
