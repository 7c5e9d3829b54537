//! Other packages' names in a package.json that is there already; all else in it stays, in its order.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// The sections whose keys are names of packages.
const SECTIONS: [&str; 5] =
    ["dependencies", "devDependencies", "peerDependencies", "peerDependenciesMeta", "optionalDependencies"];

/// The package.json with packages renamed: its own name, and those it depends on, sorted as they were written.
pub fn rename_packages(text: &[u8], rename: &dyn Fn(&str) -> Option<String>) -> Result<String, serde_json::Error> {
    let mut whole: Ordered = serde_json::from_slice(text)?;
    if let Ordered::Object(entries) = &mut whole {
        for (key, value) in entries {
            match value {
                Ordered::Plain(Value::String(name)) if key == "name" => {
                    rename(name).into_iter().for_each(|new| *name = new);
                }
                Ordered::Object(packages) if SECTIONS.contains(&key.as_str()) => {
                    packages.iter_mut().for_each(|(name, _)| rename(name).into_iter().for_each(|new| *name = new));
                    packages.sort_by(|(a, _), (b, _)| a.cmp(b));
                }
                _ => {}
            }
        }
    }
    let mut text = serde_json::to_string_pretty(&whole)?;
    text.push('\n');
    Ok(text)
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
        let forth = |name: &str| {
            ["card", "theme"]
                .iter()
                .find(|known| name == format!("@my-scope/{known}"))
                .map(|known| format!("@my-org/ui.{known}"))
        };
        let back = |name: &str| name.strip_prefix("@my-org/ui.").map(|name| format!("@my-scope/{name}"));
        let there = rename_packages(text.as_bytes(), &forth).unwrap();
        let expected = text.replace("\"@my-scope/card\"", "\"@my-org/ui.card\"");
        let expected = expected.replace("\"@my-scope/theme\"", "\"@my-org/ui.theme\"");
        assert_eq!(there, expected);
        assert_eq!(rename_packages(there.as_bytes(), &back).unwrap(), text);
        assert!(rename_packages(b"{", &back).is_err());
    }
}
