//! What was listed once stays listed, with the same content.

use super::{Finding, Listing};
use crate::git::{EntryKind, Kind, Oid, Repo, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, ScopeName, VersionId};
use crate::ops::findings::Severity;
use crate::scope::TrackedCatalog;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A version as somebody saw it before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remembered {
    /// Which one.
    pub id: VersionId,
    /// The content it had.
    pub commit: CommitId,
    /// Who saw it.
    pub who: Witness,
}

/// Who saw what a version was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Witness {
    /// The workspace, when it last saw the catalog.
    Workspace,
    /// The same, of a scope of which this is a mirror.
    Original,
    /// This machine, when it verified the scope.
    Memory,
    /// The catalog itself.
    Catalog,
}

impl Witness {
    /// As a sentence begins.
    fn says(self) -> &'static str {
        match self {
            Self::Workspace | Self::Original => "this workspace knows it as",
            Self::Memory => "it was verified as",
            Self::Catalog => "an earlier commit of the catalog lists it as",
        }
    }

    /// How a person who has looked at what changed goes on.
    fn acceptance(self, scope: &ScopeName) -> String {
        const LOOKED: &str = "; once you have looked at it,";
        match self {
            Self::Workspace => {
                format!("{LOOKED} \"bit fetch --accept-replaced {scope}\", then the same command with --accept")
            }
            Self::Memory => format!("{LOOKED} the same command with --accept takes it as it is"),
            Self::Original | Self::Catalog => String::new(),
        }
    }
}

/// Compares what is listed now with what was seen before.
pub fn examine_past(listing: &Listing, before: impl IntoIterator<Item = Remembered>) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for Remembered { id, commit, who } in before {
        let entry = listing.entries.get(&id.id.name);
        let now = entry.and_then(|entry| entry.version(&id.version)).map(|listed| listed.commit);
        if now == Some(commit) || !told.insert((id.clone(), commit)) {
            continue;
        }
        let (who, accepted) = (who.says(), who.acceptance(listing.scope()));
        findings.push(match now {
            Some(now) => {
                let what = format!("{who} {}, the catalog lists {} now", commit.short(), now.short());
                Finding::new("version-changed", Severity::Error, &id, what).way_out(format!(
                    "a version never changes: don't use it before you know who did this; whoever imported the old one still has it{accepted}"
                ))
            }
            None => {
                let what = format!("{who} {}, the catalog does not list it any more", commit.short());
                Finding::new("version-lost", Severity::Error, &id, what).way_out(format!(
                    "a catalog only grows: ask who changed it; \"bit export --all-versions\", where the version is, lists it again{accepted}"
                ))
            }
        });
    }
    findings
}

/// Every version that a catalog or one before it has listed, back to the catalog that was looked at another time.
pub fn ever_listed(repo: &Repo, listing: &Listing, until: Option<CommitId>) -> Result<BTreeSet<(VersionId, CommitId)>> {
    let until = until.map(oid);
    let (mut ever, mut read) = (BTreeSet::new(), HashSet::new());
    let (mut seen, mut next) = (HashSet::new(), vec![oid(listing.catalog.commit)]);
    while let Some(commit) = next.pop() {
        let info = repo.commit(commit)?;
        for parent in info.parents {
            if !repo.has(parent)? {
                continue;
            }
            if Some(parent) != until && seen.insert(parent) {
                next.push(parent);
            }
            let before = repo.commit(parent)?.tree;
            for (path, blob) in changed_entries(repo, before, info.tree)? {
                if read.insert(blob) {
                    // Before a repository became a scope, anything may have been there.
                    let entry = repo.blob(blob).ok().and_then(|bytes| listing.catalog.parse(&path, &bytes).ok());
                    ever.extend(entry.iter().flat_map(|entry| versions_of(listing, entry)));
                }
            }
        }
    }
    Ok(ever)
}

fn versions_of<'e>(listing: &Listing, entry: &'e CatalogEntry) -> impl Iterator<Item = (VersionId, CommitId)> + 'e {
    let id = ComponentId::new(listing.scope().clone(), entry.name.clone());
    entry.versions.iter().map(move |listed| (id.at(listed.version.clone()), listed.commit))
}

/// The entries of a catalog's tree that another one does not have as they are.
fn changed_entries(repo: &Repo, before: Oid, after: Oid) -> Result<BTreeMap<String, Oid>> {
    let mut changed = BTreeMap::new();
    let folder = |tree| repo.folder_at(tree, TrackedCatalog::FOLDER);
    if let Some(before) = folder(before)? {
        changed_below(repo, before, folder(after)?, TrackedCatalog::FOLDER, &mut changed)?;
    }
    Ok(changed)
}

/// No component's name has more parts.
const DEEPEST: usize = 100;

fn changed_below(
    repo: &Repo,
    before: Oid,
    after: Option<Oid>,
    path: &str,
    changed: &mut BTreeMap<String, Oid>,
) -> Result<()> {
    if Some(before) == after || path.matches('/').count() > DEEPEST {
        return Ok(());
    }
    let after = after.map(|after| repo.entries(after)).transpose()?.unwrap_or_default();
    let after: BTreeMap<Vec<u8>, Oid> = after.into_iter().map(|entry| (entry.name, entry.oid)).collect();
    for entry in repo.entries(before)? {
        let now = after.get(&entry.name).copied();
        let path = format!("{path}/{}", String::from_utf8_lossy(&entry.name));
        match entry.kind {
            _ if now == Some(entry.oid) => {}
            EntryKind::Folder => {
                let now = now.filter(|now| repo.kind_of(*now).is_ok_and(|kind| kind == Kind::Tree));
                changed_below(repo, entry.oid, now, &path, changed)?;
            }
            _ => drop(changed.insert(path, entry.oid)),
        }
    }
    Ok(())
}
