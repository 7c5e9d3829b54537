//! The next commit of a catalog.

use super::TrackedCatalog;
use super::front_page::front_page;
use crate::git::{FileMode, Identities, Kind, Oid, RawObject, Repo, commit_id, edit_tree, oid};
use crate::model::{CatalogEntry, CommitId, ComponentName, ScopeInfo};
use anyhow::Result;
use std::collections::BTreeMap;

const README: &str = "README.md";

/// A catalog's next commit: what changes against the one before.
pub struct CatalogDraft<'a> {
    /// The catalog it continues; none for a new scope.
    pub base: Option<&'a TrackedCatalog>,
    /// The scope's card, where it is new or changed.
    pub info: Option<&'a ScopeInfo>,
    /// Entries that are new or changed.
    pub entries: &'a BTreeMap<ComponentName, CatalogEntry>,
    /// What the commit is about.
    pub message: &'a str,
    /// Who, and when.
    pub identities: &'a Identities,
}

impl CatalogDraft<'_> {
    /// Makes the objects and returns the commit's id. Only what changes is written; files that we don't know stay.
    pub fn write(&self, repo: &Repo, out: &mut Vec<RawObject>) -> Result<CommitId> {
        let base_tree = self.base.map(|base| repo.commit(oid(base.commit))).transpose()?.map(|commit| commit.tree);
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for (name, entry) in self.entries {
            files.insert(TrackedCatalog::entry_path(name), entry.to_json());
        }
        files.extend(self.info.map(|info| (TrackedCatalog::INFO.to_owned(), info.to_json())));
        if let Some(page) = self.front_page(repo, base_tree)? {
            files.insert(README.into(), page);
        }
        let mut changes: BTreeMap<&str, (FileMode, Oid)> = BTreeMap::new();
        for (path, text) in &files {
            let blob = RawObject::new(Kind::Blob, text.clone().into_bytes())?;
            changes.insert(path, (FileMode::Regular, blob.oid));
            out.push(blob);
        }
        let tree = edit_tree(repo, base_tree, &changes, out)?;
        let commit = RawObject::new(Kind::Commit, self.commit_text(tree).into_bytes())?;
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

    /// The front page with a new table. A README that is no text is a person's own affair.
    fn front_page(&self, repo: &Repo, base_tree: Option<Oid>) -> Result<Option<String>> {
        let old = base_tree.map(|tree| repo.blob_at(tree, README)).transpose()?.flatten();
        let Ok(old) = old.map(String::from_utf8).transpose() else { return Ok(None) };
        let known = self.base.map(|base| base.info(repo)).transpose()?.flatten();
        let Some(info) = self.info.cloned().or(known) else { return Ok(None) };
        let mut all: BTreeMap<ComponentName, CatalogEntry> = BTreeMap::new();
        for entry in self.base.map(|base| base.entries(repo)).transpose()?.unwrap_or_default() {
            all.insert(entry.name.clone(), entry);
        }
        all.extend(self.entries.iter().map(|(name, entry)| (name.clone(), entry.clone())));
        let total = all.len();
        let entries: Vec<CatalogEntry> = all.into_values().collect();
        Ok(Some(front_page(old.as_deref(), &info, &entries, total)))
    }
}
