//! How a component began: noted in .bitmap when it is forked or renamed, and in the manifest of each of its versions.

use crate::model::{Beginning, ComponentId, ComponentName, Forebear, ScopeName, Version};
use crate::workspace::BitmapEntry;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where a component's settings in .bitmap hold it, as other tools read it.
const FORKING: &str = "teambit.component/forking";
const RENAMING: &str = "teambit.component/renaming";

#[derive(Serialize, Deserialize)]
struct Forking {
    #[serde(rename = "forkedFrom")]
    from: Written,
}

#[derive(Serialize, Deserialize)]
struct Renaming {
    #[serde(rename = "renamedFrom")]
    from: Written,
}

#[derive(Serialize, Deserialize)]
struct Written {
    scope: ScopeName,
    name: ComponentName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<Version>,
}

impl From<&Forebear> for Written {
    fn from(forebear: &Forebear) -> Self {
        let Forebear { id: ComponentId { scope, name }, version } = forebear.clone();
        Self { scope, name, version }
    }
}

impl From<Written> for Forebear {
    fn from(Written { scope, name, version }: Written) -> Self {
        Self { id: ComponentId::new(scope, name), version }
    }
}

/// What a record says. What can't be read says nothing.
pub fn of(entry: &BitmapEntry) -> Beginning {
    let value = |key: &str| entry.config.get(key).cloned();
    let forked = value(FORKING).and_then(|value| serde_json::from_value::<Forking>(value).ok());
    let renamed = value(RENAMING).and_then(|value| serde_json::from_value::<Renaming>(value).ok());
    Beginning { forked_from: forked.map(|one| one.from.into()), renamed_from: renamed.map(|one| one.from.into()) }
}

/// Notes it in a component's settings, in the place of what they say.
pub fn put(config: &mut Map<String, Value>, beginning: &Beginning) {
    config.remove(FORKING);
    config.remove(RENAMING);
    let forking = beginning.forked_from.as_ref().map(|from| (FORKING, json(&Forking { from: from.into() })));
    let renaming = beginning.renamed_from.as_ref().map(|from| (RENAMING, json(&Renaming { from: from.into() })));
    config.extend(forking.into_iter().chain(renaming).map(|(key, value)| (key.to_owned(), value)));
}

fn json(value: &impl Serialize) -> Value {
    // Names are plain strings.
    serde_json::to_value(value).expect("plain data is always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_is_written_as_others_read_it() {
        let name = ComponentName::new("knob").unwrap();
        let mut entry = BitmapEntry::new(name, ScopeName::new("my-org.ui").unwrap(), "knob", "index.js");
        assert_eq!(of(&entry), Beginning::default());
        let beginning = Beginning {
            forked_from: "my-org.ui/button@1.0.0".parse().ok(),
            renamed_from: "my-org.ui/old".parse().ok(),
        };
        put(&mut entry.config, &beginning);
        let expected = json!({"forkedFrom": {"scope": "my-org.ui", "name": "button", "version": "1.0.0"}});
        assert_eq!(entry.config[FORKING], expected);
        assert_eq!(entry.config[RENAMING], json!({"renamedFrom": {"scope": "my-org.ui", "name": "old"}}));
        assert_eq!(of(&entry), beginning);
        put(&mut entry.config, &Beginning::default());
        assert!(entry.config.is_empty());
    }
}
