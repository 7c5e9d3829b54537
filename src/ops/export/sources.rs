//! Sources that name packages by the names these are about to lose.

use crate::errors::{self, ByHand, OldName};
use crate::git::Repo;
use crate::model::{ComponentId, PackageName};
use crate::ops::select::typed;
use crate::ops::specifiers::{File, Looked, each_file};
use crate::ops::{State, Workspace};
use crate::scope::StoredVersion;
use crate::source::imports::{Scan, package_of, scan_file};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Refuses where a file of the workspace or of these versions imports a component by the package name it has now.
pub fn refuse_old_names(
    workspace: &Workspace,
    state: &State,
    versions: &[StoredVersion],
    ids: &BTreeMap<ComponentId, ComponentId>,
) -> Result<()> {
    let renames = Renames::of(ids);
    let mut found = in_workspace(workspace, state, &renames);
    found.extend(in_versions(workspace.scope.repo(), versions, &renames)?);
    found.sort();
    found.dedup();
    match ids.values().next() {
        Some(new) if !found.is_empty() => {
            let affected: BTreeSet<ComponentId> = versions.iter().map(|version| version.id().id).collect();
            let by_hand = ByHand {
                staged: affected.iter().map(|id| typed(workspace, id)).collect(),
                movers: ids.keys().map(|id| typed(workspace, id)).collect(),
                scope: new.scope.clone(),
            };
            Err(errors::sources_name_old_packages(&found, &by_hand))
        }
        _ => Ok(()),
    }
}

/// Packages by the names they have now.
struct Renames(HashMap<String, (PackageName, PackageName)>);

impl Renames {
    fn of(ids: &BTreeMap<ComponentId, ComponentId>) -> Self {
        let packages = ids.iter().map(|(old, new)| (PackageName::of(old), PackageName::of(new)));
        Self(packages.map(|(old, new)| (old.to_string(), (old, new))).collect())
    }

    /// Where a file names them. What a parser can't read is looked through for the mere words.
    fn named_in(&self, place: &str, scan: &Scan, bytes: impl FnOnce() -> Vec<u8>) -> Vec<OldName> {
        let named = |line, (from, to): &(PackageName, PackageName)| OldName {
            place: place.to_owned(),
            line,
            from: from.clone(),
            to: to.clone(),
        };
        let by_import = scan.specifiers().filter_map(|import| {
            let package = package_of(&import.specifier)?;
            Some(named(Some(import.line), self.0.get(package.name)?))
        });
        let mut found: Vec<OldName> = by_import.collect();
        if scan.problem.is_some() && found.is_empty() {
            let bytes = bytes();
            let holds = |name: &str| bytes.windows(name.len()).any(|words| words == name.as_bytes());
            found.extend(self.0.iter().filter(|(name, _)| holds(name)).map(|(_, rename)| named(None, rename)));
        }
        found
    }
}

fn in_workspace(workspace: &Workspace, state: &State, renames: &Renames) -> Vec<OldName> {
    let mut found = Vec::new();
    for component in &state.components {
        for file in &component.files {
            let place = format!("{}/{}", component.entry.root_dir, file.source.path);
            let read = || std::fs::read(workspace.layout.root.join(&place)).unwrap_or_default();
            found.extend(file.scan.iter().flat_map(|scan| renames.named_in(&place, scan, read)));
        }
    }
    found
}

/// Built files count as well: whoever installs the version runs them.
fn in_versions(repo: &Repo, versions: &[StoredVersion], renames: &Renames) -> Result<Vec<OldName>> {
    let look = |place: &str, file: &File, bytes: &[u8]| {
        Some(renames.named_in(place, &scan_file(&file.path, bytes)?, || bytes.to_vec()))
    };
    let versions: Vec<Looked> = versions.iter().map(|version| (version, 0)).collect();
    Ok(each_file(repo, &versions, &look)?.into_iter().flat_map(|(_, _, names)| names).collect())
}
