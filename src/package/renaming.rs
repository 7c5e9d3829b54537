//! Other packages' names in a package.json that is there already; all else in it stays, in its order.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// The sections whose keys are names of packages.
const SECTIONS: [&str; 5] =
    ["dependencies", "devDependencies", "peerDependencies", "peerDependenciesMeta", "optionalDependencies"];

/// What a package is called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPackage {
    /// Its name.
    pub name: String,
    /// The version that is meant.
    pub version: String,
}

/// The package.json of a package that is another one now, and needs others by other names, sorted as they were
/// written. `others` says what the packages it depends on are called now.
pub fn rename_packages(
    text: &[u8],
    own: &NewPackage,
    others: &dyn Fn(&str) -> Option<NewPackage>,
) -> Result<String, serde_json::Error> {
    let mut whole: Ordered = serde_json::from_slice(text)?;
    if let Ordered::Object(entries) = &mut whole {
        for (key, value) in entries {
            match value {
                Ordered::Plain(Value::String(name)) if key == "name" => name.clone_from(&own.name),
                Ordered::Plain(Value::String(version)) if key == "version" => version.clone_from(&own.version),
                Ordered::Object(packages) if SECTIONS.contains(&key.as_str()) => rename_all(packages, others),
                _ => {}
            }
        }
    }
    let mut text = serde_json::to_string_pretty(&whole)?;
    text.push('\n');
    Ok(text)
}

fn rename_all(packages: &mut [(String, Ordered)], others: &dyn Fn(&str) -> Option<NewPackage>) {
    for (name, value) in packages.iter_mut() {
        let Some(new) = others(name) else { continue };
        *name = new.name;
        if let Ordered::Plain(Value::String(version)) = value {
            *version = new.version;
        }
    }
    packages.sort_by(|(a, _), (b, _)| a.cmp(b));
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
}
