//! Settings as a person wrote them, read into what they mean. What is wrong is said with the keys that lead to it.

use crate::model::{FieldFault, PackageFields, Packages, ScopeName};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub const DEPENDENCY_RESOLVER: &str = "teambit.dependencies/dependency-resolver";

/// What is wrong with a setting, and where: the keys that lead to it.
#[derive(Debug)]
pub struct Fault {
    /// From the outermost to the innermost.
    pub keys: Vec<String>,
    /// In words.
    pub what: String,
}

impl Fault {
    /// Says what is wrong with the value at a path of keys.
    pub fn new(keys: &[&str], what: impl Into<String>) -> Self {
        Self { keys: keys.iter().map(|&key| key.into()).collect(), what: what.into() }
    }

    /// The same, seen from further out.
    pub fn under(mut self, keys: &[&str]) -> Self {
        self.keys.splice(0..0, keys.iter().map(|&key| key.to_owned()));
        self
    }
}

/// A scope's name, or none where the key is absent.
pub fn scope_in(section: &Map<String, Value>, key: &str) -> Result<Option<ScopeName>, Fault> {
    let Some(text) = text_in(section, key)? else { return Ok(None) };
    ScopeName::new(text).map(Some).map_err(|error| {
        let meant = error.suggestion.as_ref().map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
        Fault::new(&[key], format!("{error}{meant}"))
    })
}

/// A text, or none where the key is absent.
pub fn text_in<'a>(section: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, Fault> {
    match section.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::new(&[key], format!("\"{key}\" must be a string"))),
    }
}

/// Whether a key says `true`; absent, it does not.
pub fn flag_in(section: &Map<String, Value>, key: &str) -> Result<bool, Fault> {
    match section.get(key) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(Fault::new(&[key], format!("\"{key}\" must be true or false"))),
    }
}

/// An object, or none where the key is absent.
pub fn section_in<'a>(parent: &'a Map<String, Value>, key: &str) -> Result<Option<&'a Map<String, Value>>, Fault> {
    match parent.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(section)) => Ok(Some(section)),
        Some(_) => Err(Fault::new(&[key], format!("\"{key}\" must be an object"))),
    }
}

/// The policy of the dependency resolver in a workspace or a variant.
pub fn policy_in(parent: &Map<String, Value>) -> Result<Packages, Fault> {
    let keys = [DEPENDENCY_RESOLVER, "policy"];
    let Some(resolver) = section_in(parent, keys[0])? else { return Ok(Packages::default()) };
    let Some(policy) = section_in(resolver, keys[1]).map_err(|fault| fault.under(&keys[..1]))? else {
        return Ok(Packages::default());
    };
    let ranges = |key| ranges_in(policy, key).map_err(|fault| fault.under(&keys));
    Ok(Packages {
        dependencies: ranges("dependencies")?,
        dev_dependencies: ranges("devDependencies")?,
        peer_dependencies: ranges("peerDependencies")?,
    })
}

/// The fields of package.json that a workspace or a variant sets.
pub fn package_fields_in(parent: &Map<String, Value>) -> Result<PackageFields, Fault> {
    let keys = ["teambit.pkg/pkg", "packageJson"];
    let Some(package) = section_in(parent, keys[0])? else { return Ok(PackageFields::default()) };
    let section = section_in(package, keys[1]).map_err(|fault| fault.under(&keys[..1]))?;
    let Some(section) = section else { return Ok(PackageFields::default()) };
    PackageFields::read(section).map_err(|FieldFault { keys: within, what }| Fault { keys: within, what }.under(&keys))
}

/// Each range is a string, or an object that has one as its version.
fn ranges_in(policy: &Map<String, Value>, key: &str) -> Result<BTreeMap<String, String>, Fault> {
    let Some(section) = section_in(policy, key)? else { return Ok(BTreeMap::new()) };
    let range = |(name, value): (&String, &Value)| match value.as_str().or_else(|| value.get("version")?.as_str()) {
        Some(range) => Ok((name.clone(), range.to_owned())),
        None => {
            Err(Fault::new(&[key, name], format!("the range of \"{name}\" must be a string, or {{\"version\": …}}")))
        }
    };
    section.iter().map(range).collect()
}
