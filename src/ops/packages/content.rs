//! Whether a folder of node_modules holds what a version is.

use crate::git::{Repo, oid};
use crate::model::{CommitId, VersionId};
use crate::scope::PACKAGE_JSON;
use crate::source::files::checked_files;
use anyhow::Result;
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// What package managers rename or leave out when they unpack.
const NOT_UNPACKED: [&str; 2] = [".gitignore", ".npmignore"];
/// Fields of package.json that decide what runs. Others may be a registry's or a package manager's own.
const DECIDING: [&str; 13] = [
    "main",
    "module",
    "browser",
    "exports",
    "imports",
    "type",
    "types",
    "typings",
    "bin",
    "scripts",
    "dependencies",
    "optionalDependencies",
    "peerDependencies",
];

/// The first file of a version that a folder does not have as it is in the version. What else is there does not count.
pub fn first_difference(repo: &Repo, id: &VersionId, commit: CommitId, folder: &Path) -> Result<Option<String>> {
    for file in checked_files(repo, id, repo.commit(oid(commit))?.tree)? {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if NOT_UNPACKED.contains(&name) {
            continue;
        }
        let own = repo.blob(file.blob)?;
        let is_same = fs::read(folder.join(&file.path)).is_ok_and(|there| match file.path == PACKAGE_JSON {
            true => there == own || says_the_same(&own, &there),
            false => there == own,
        });
        if !is_same {
            return Ok(Some(file.path));
        }
    }
    Ok(None)
}

/// Whether a package.json says all that a version's own does, and nothing more of what runs.
fn says_the_same(own: &[u8], there: &[u8]) -> bool {
    let read = |bytes: &[u8]| serde_json::from_slice::<Map<String, Value>>(bytes).ok();
    let (Some(own), Some(there)) = (read(own), read(there)) else { return false };
    own.iter().all(|(key, value)| there.get(key) == Some(value))
        && DECIDING.iter().all(|key| own.contains_key(*key) || !there.contains_key(*key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_json_may_say_more_but_for_what_runs() {
        let own = br#"{"name": "@o/s.x", "main": "index.js"}"#;
        let same = |there: &str| says_the_same(own, there.as_bytes());
        assert!(same(r#"{"_id": "@o/s.x@1.0.0", "main": "index.js", "name": "@o/s.x", "gitHead": "x"}"#));
        assert!(!same(r#"{"name": "@o/s.x", "main": "other.js"}"#));
        assert!(!same(r#"{"name": "@o/s.x"}"#) && !same("nothing"));
        assert!(!same(r#"{"name": "@o/s.x", "main": "index.js", "exports": "./other.js"}"#));
    }
}
