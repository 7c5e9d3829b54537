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

    /// Whether a file can name them at all. A name that is written with escapes has a backslash.
    fn may_stand_in(&self, bytes: &[u8]) -> bool {
        // Every package's name begins with the one "@" in it.
        let begins = |rest: &[u8]| self.0.keys().any(|name| rest.starts_with(&name.as_bytes()[1..]));
        bytes.contains(&b'\\') || bytes.split(|byte| *byte == b'@').skip(1).any(begins)
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
    let versions: Vec<Looked> = versions.iter().map(|version| (version, 0)).collect();
    Ok(look(repo, &versions, std::slice::from_ref(renames))?.into_iter().flat_map(|(_, names)| names).collect())
}

/// By component, where versions that get other ids import it by the package name that it has now.
pub fn self_imports<'v>(
    repo: &Repo,
    versions: impl Iterator<Item = (&'v StoredVersion, &'v ComponentId)>,
) -> Result<BTreeMap<ComponentId, Vec<OldName>>> {
    let mut places: BTreeMap<ComponentId, usize> = BTreeMap::new();
    let (mut looked, mut renames, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for (version, new) in versions {
        let old = version.id().id;
        let at = *places.entry(old.clone()).or_insert(renames.len());
        if at == renames.len() {
            renames.push(Renames::of(&BTreeMap::from([(old.clone(), new.clone())])));
            ids.push(old);
        }
        looked.push((version, at));
    }
    let mut found: BTreeMap<ComponentId, Vec<OldName>> = BTreeMap::new();
    for (at, names) in look(repo, &looked, &renames)?.into_iter().filter(|(_, names)| !names.is_empty()) {
        found.entry(ids[at].clone()).or_default().extend(names);
    }
    Ok(found)
}

/// By file, which of the renames count for it, and what they find in it.
fn look(repo: &Repo, versions: &[Looked], renames: &[Renames]) -> Result<Vec<(usize, Vec<OldName>)>> {
    let look = |place: &str, file: &File, bytes: &[u8]| {
        let renames = &renames[file.names];
        // Most files name none of them: then there is nothing to parse.
        let scan = renames.may_stand_in(bytes).then(|| scan_file(&file.path, bytes))??;
        Some(renames.named_in(place, &scan, || bytes.to_vec()))
    };
    Ok(each_file(repo, versions, &look)?.into_iter().map(|(_, file, names)| (file.names, names)).collect())
}
