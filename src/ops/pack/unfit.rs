//! What package managers would refuse of a version, or run because of it: it may be a stranger's.

use crate::model::{PackageName, VersionId};
use crate::ops::package_fields::missing_program;
use crate::package::{PackageFile, chosen_fields};
use crate::scope::PACKAGE_JSON;
use serde_json::Value;

/// Why a version is no sound package, if it is none.
pub fn reason(id: &VersionId, package: &PackageName, files: &[PackageFile]) -> Option<String> {
    let Some(own) = files.iter().find(|file| file.path == PACKAGE_JSON) else {
        return Some(format!("it has no {PACKAGE_JSON}"));
    };
    let Ok(Value::Object(own)) = serde_json::from_slice(&own.content) else {
        return Some(format!("its {PACKAGE_JSON} can't be read as JSON"));
    };
    for (key, expected) in [("name", package.to_string()), ("version", id.version.to_string())] {
        if own.get(key).and_then(Value::as_str) != Some(expected.as_str()) {
            return Some(format!("its {PACKAGE_JSON} does not say that its {key} is \"{expected}\""));
        }
    }
    let paths = || files.iter().map(|file| file.path.as_str());
    match chosen_fields(&own) {
        Err(fault) => Some(format!("its {PACKAGE_JSON} says more than one that bit wrote: {}", fault.what)),
        Ok(fields) => missing_program(&fields, paths).map(|program| {
            format!("its {PACKAGE_JSON} names a program that it does not have: {}", program.escape_debug())
        }),
    }
}
