//! The source maps of a version in whose files specifiers change.

use crate::git::{Kind, RawObject, Repo, TreeFile};
use crate::ops::specifiers::{File, VersionSpecifiers};
use crate::source::rewrite::source_map::{self, Columns};
use anyhow::Result;
use std::collections::BTreeMap;

/// The maps that are others now. Their bytes go to `out`.
pub fn follow(
    repo: &Repo,
    specifiers: &VersionSpecifiers,
    names: usize,
    files: &[TreeFile],
    out: &mut Vec<RawObject>,
) -> Result<Vec<TreeFile>> {
    if !files.iter().any(|file| file.path.ends_with(MAP)) {
        return Ok(Vec::new());
    }
    let mut columns = BTreeMap::new();
    for file in files {
        let key = File { names, path: file.path.clone(), blob: file.blob };
        if let Some(changes) = specifiers.changes_in(&key) {
            columns.insert(file.path.as_str(), Columns::of(&repo.blob(file.blob)?, changes));
        }
    }
    let mut changed = Vec::new();
    for map in files {
        let Some(built) = map.path.strip_suffix(MAP) else { continue };
        let source = |name: &str| columns.get(beside(&map.path, name)?.as_str()).cloned();
        let own = columns.get(built).cloned().unwrap_or_default();
        let bytes = repo.blob(map.blob)?;
        if let Some(after) = source_map::follow(&bytes, specifiers.names(names), &own, &source) {
            let blob = RawObject::new(Kind::Blob, after);
            changed.push(TreeFile { blob: blob.oid, ..map.clone() });
            out.push(blob);
        }
    }
    Ok(changed)
}

const MAP: &str = ".map";

/// The path of a file that is named from beside another one; `None` where it leads out of the version.
fn beside(path: &str, name: &str) -> Option<String> {
    if name.starts_with('/') || name.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_from_beside_the_map() {
        assert_eq!(beside("dist/lib/x.js.map", "../../lib/x.ts").as_deref(), Some("lib/x.ts"));
        assert_eq!(beside("x.js.map", "./x.ts").as_deref(), Some("x.ts"));
        for name in ["../x.ts", "/x.ts", "webpack://x/y.ts"] {
            assert_eq!(beside("x.js.map", name), None, "{name}");
        }
    }
}
