//! Overrides of a person's that mean packages which are components: where a package manager fails, they may be why.

use super::closure::Closure;
use super::leftovers::names;
use super::roots::{Packages, is_ours};
use crate::workspace::DependencyFiles;
use serde_json::Value;

/// What they say, each with its file.
pub fn overridden(files: &DependencyFiles, closure: &Closure, components: &Packages) -> Vec<String> {
    let packages = closure.packages();
    let is_one = |text: &str| packages.iter().any(|package| names(text.as_bytes(), package));
    let means_one = |(_, key, value): &(&str, String, Value)| match value {
        Value::String(spec) => !is_ours(key, spec, components) && is_one(key),
        // For what the package of the key needs.
        value => is_one(key) || is_one(&value.to_string()),
    };
    let all = files.overrides().unwrap_or_default().into_iter().filter(means_one);
    all.map(|(file, key, value)| format!("{file} says \"{key}\": {value}")).collect()
}
