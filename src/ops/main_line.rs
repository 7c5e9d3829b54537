//! Which version of a component is the newest of its main line: what a catalog calls the head. The history decides, over
//! what lost its number too, and never the order in which versions are listed.

use super::history;
use crate::git::Repo;
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentName, Lineage};
use anyhow::Result;

/// What a catalog is to say of a component that gets more versions; nothing of one that has none. A maintenance version
/// leaves the head where it is.
pub fn extended(
    repo: &Repo,
    name: &ComponentName,
    entry: Option<CatalogEntry>,
    more: Vec<(CatalogVersion, Lineage)>,
) -> Result<Option<CatalogEntry>> {
    let head = entry.as_ref().and_then(|entry| entry.version(&entry.head));
    let main = more.iter().filter(|(_, lineage)| *lineage == Lineage::Main).map(|(listed, _)| listed);
    let line: Vec<CommitId> = head.into_iter().chain(main).map(|listed| listed.commit).collect();
    let newest = history::newest(repo, &line)?;
    let mut more = more.into_iter().map(|(listed, _)| listed);
    let first = || more.next().map(|first| CatalogEntry::new(name.clone(), first));
    let Some(mut entry) = entry.or_else(first) else { return Ok(None) };
    let more: Vec<CatalogVersion> = more.collect();
    let is_newest = |listed: &&CatalogVersion| Some(listed.commit) == newest;
    let head = more.iter().chain(&entry.versions).find(is_newest).map_or(&entry.head, |listed| &listed.version).clone();
    entry.extend(more, head);
    Ok(Some(entry))
}
