//! The next commit of a catalog.

use super::front_page::{Named, ROWS, front_page};
use super::{CatalogIndex, TrackedCatalog};
use crate::git::url::RemoteUrl;
use crate::git::{FileMode, Identities, Kind, Oid, RawObject, Repo, commit_id, edit_tree, oid};
use crate::model::{CatalogEntry, CommitId, ComponentName, ScopeInfo};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The front page.
pub const README: &str = "README.md";

/// A catalog's next commit: what changes against the one before.
pub struct CatalogDraft<'a> {
    /// The catalog it continues; none for a new scope.
    pub base: Option<&'a TrackedCatalog>,
    /// The scope's card, where it is new or changed.
    pub info: Option<&'a ScopeInfo>,
    /// Entries that are new or changed.
    pub entries: &'a BTreeMap<ComponentName, CatalogEntry>,
    /// Where it goes, should its front page say how to get there.
    pub url: Option<&'a RemoteUrl>,
    /// What the commit is about.
    pub message: &'a str,
    /// Who, and when.
    pub identities: &'a Identities,
}

fn file(path: String, text: String) -> (String, RawObject) {
    (path, RawObject::new(Kind::Blob, text.into_bytes()))
}

/// The front page of a catalog, as it is and as an export would write it; `None` where a person keeps another one.
pub fn front_page_of(repo: &Repo, catalog: &TrackedCatalog) -> Result<Option<(Option<String>, String)>> {
    let tree = repo.commit(oid(catalog.commit))?.tree;
    let page = Page { base: Some(catalog), info: None, entries: &BTreeMap::new(), url: None };
    let Some(new) = page.write(repo, Some(tree))? else { return Ok(None) };
    let old = repo.blob_at(tree, README)?;
    // It is text, or there would be no new one.
    Ok(Some((old.map(|old| String::from_utf8_lossy(&old).into_owned()), new)))
}

impl CatalogDraft<'_> {
    /// Makes the objects and returns the commit's id. Only what changes is written; files that we don't know stay.
    pub fn write(&self, repo: &Repo, out: &mut Vec<RawObject>) -> Result<CommitId> {
        let base_tree = self.base.map(|base| repo.commit(oid(base.commit))).transpose()?.map(|commit| commit.tree);
        let entries: Vec<(&ComponentName, &CatalogEntry)> = self.entries.iter().collect();
        let entry =
            |(name, entry): (&ComponentName, &CatalogEntry)| file(TrackedCatalog::entry_path(name), entry.to_json());
        let mut files: Vec<(String, RawObject)> = entries.into_par_iter().with_min_len(64).map(entry).collect();
        files.extend(self.info.map(|info| file(TrackedCatalog::INFO.into(), info.to_json())));
        let page = Page { base: self.base, info: self.info, entries: self.entries, url: self.url };
        files.extend(page.write(repo, base_tree)?.map(|page| file(README.into(), page)));
        let changes = files.iter().map(|(path, blob)| (path.as_str(), (FileMode::Regular, blob.oid))).collect();
        let tree = edit_tree(repo, base_tree, &changes, out)?;
        out.extend(files.into_iter().map(|(_, blob)| blob));
        let commit = RawObject::new(Kind::Commit, self.commit_text(tree).into_bytes());
        let id = commit_id(commit.oid);
        out.push(commit);
        Ok(id)
    }

    fn commit_text(&self, tree: Oid) -> String {
        let parent = self.base.map(|base| format!("parent {}\n", base.commit)).unwrap_or_default();
        let Identities { author, committer } = self.identities;
        let message = self.message.trim().replace('\0', "");
        format!("tree {tree}\n{parent}author {}\ncommitter {}\n\n{message}\n", author.line, committer.line)
    }
}

/// What a front page is made of.
struct Page<'a> {
    base: Option<&'a TrackedCatalog>,
    info: Option<&'a ScopeInfo>,
    entries: &'a BTreeMap<ComponentName, CatalogEntry>,
    url: Option<&'a RemoteUrl>,
}

impl Page<'_> {
    /// The front page with a new table. A README that is a link, a folder or no text is a person's own affair.
    fn write(&self, repo: &Repo, base_tree: Option<Oid>) -> Result<Option<String>> {
        if base_tree.map(|tree| repo.is_plain_or_nothing(tree, README)).transpose()? == Some(false) {
            return Ok(None);
        }
        let old = base_tree.map(|tree| repo.blob_at(tree, README)).transpose()?.flatten();
        let Ok(old) = old.map(String::from_utf8).transpose() else { return Ok(None) };
        let known = self.base.map(|base| base.info(repo)).transpose()?.flatten();
        let Some(info) = self.info.cloned().or(known) else { return Ok(None) };
        let index = self.base.map(|base| base.index(repo)).transpose()?;
        let mut names: BTreeSet<ComponentName> = self.entries.keys().cloned().collect();
        names.extend(index.iter().flat_map(CatalogIndex::names));
        // Most entries of a large scope are not shown: they are not read.
        let mut shown = Vec::new();
        for name in &names {
            let entry = match (self.entries.get(name), &index) {
                (Some(new), _) => Some(new.clone()),
                (None, Some(index)) => index.entry(repo, name)?,
                (None, None) => None,
            };
            shown.extend(entry.filter(|entry| entry.removed.is_none()));
            if shown.len() > ROWS {
                break;
            }
        }
        let total = if shown.len() > ROWS { names.len() } else { shown.len() };
        let url = self.url.and_then(|url| url.for_others(url));
        Ok(Some(front_page(old.as_deref(), &Named { info: &info, url: url.as_deref() }, &shown, total)))
    }
}
