//! The tracked catalog: what a scope listed when it was last seen. Reading it needs no network.

use crate::errors;
use crate::git::{Oid, Repo, commit_id, oid};
use crate::model::{CatalogEntry, CommitId, ComponentName, ScopeInfo, ScopeName};
use anyhow::Result;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

const ENDING: &str = ".json";

/// The card of the scope in a folder of this machine; `None` for a repository that holds no catalog.
pub fn info_at(folder: &Path) -> Result<Option<ScopeInfo>> {
    if !Repo::exists(folder) {
        const NO_REPOSITORY: &str = "it is no bare git repository";
        return Err(match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
            Ok(true) => errors::scope_not_found(folder, NO_REPOSITORY),
            Err(_) if !folder.exists() => errors::scope_not_found(folder, "there is no such folder"),
            Ok(false) | Err(_) => errors::no_scope_among_files(folder, NO_REPOSITORY),
        });
    }
    let repo = Repo::open(folder).map_err(|error| match errors::is_other_repository(&error) {
        true => error,
        false => errors::scope_not_found(folder, &error.to_string()),
    })?;
    let Some(head) = repo.head()? else { return Ok(None) };
    info_of(&repo, commit_id(head), &folder.display().to_string())
}

/// The card of the scope whose catalog is this commit; `place` is for the message. `None` for a commit of something
/// else.
pub fn info_of(repo: &Repo, catalog: CommitId, place: &str) -> Result<Option<ScopeInfo>> {
    let bytes = repo.blob_at(repo.commit(oid(catalog))?.tree, TrackedCatalog::INFO)?;
    let bad = |error| errors::unreadable_scope(place, TrackedCatalog::INFO, &error);
    bytes.map(|bytes| ScopeInfo::from_json(&bytes).map_err(bad)).transpose()
}

/// The last catalog seen of a scope.
#[derive(Debug, Clone)]
pub struct TrackedCatalog {
    /// Which scope.
    pub scope: ScopeName,
    /// The catalog's commit.
    pub commit: CommitId,
}

impl TrackedCatalog {
    /// The file of the scope's own card.
    pub const INFO: &str = "scope.json";
    /// The folder of the components' entries.
    pub const FOLDER: &str = "catalog";

    /// The file of a component's entry.
    pub fn entry_path(name: &ComponentName) -> String {
        format!("{}/{name}{ENDING}", Self::FOLDER)
    }

    /// What it lists of one component.
    pub fn entry(&self, repo: &Repo, name: &ComponentName) -> Result<Option<CatalogEntry>> {
        let tree = repo.commit(oid(self.commit))?.tree;
        let path = Self::entry_path(name);
        repo.blob_at(tree, &path)?.map(|bytes| self.parse(&path, &bytes)).transpose()
    }

    /// Where the entries of all components are, for whoever asks for many of them.
    pub fn index(&self, repo: &Repo) -> Result<CatalogIndex<'_>> {
        Ok(CatalogIndex { catalog: Cow::Borrowed(self), blobs: self.blobs(repo)? })
    }

    /// The same, for whoever keeps it.
    pub fn into_index(self, repo: &Repo) -> Result<CatalogIndex<'static>> {
        let blobs = self.blobs(repo)?;
        Ok(CatalogIndex { catalog: Cow::Owned(self), blobs })
    }

    fn blobs(&self, repo: &Repo) -> Result<HashMap<String, Oid>> {
        let tree = repo.commit(oid(self.commit))?.tree;
        let mut blobs = HashMap::new();
        if let Some(folder) = repo.folder_at(tree, Self::FOLDER)? {
            blobs.extend(
                repo.files(folder)?.into_iter().map(|file| (format!("{}/{}", Self::FOLDER, file.path), file.blob)),
            );
        }
        Ok(blobs)
    }

    /// All it lists, sorted by name.
    pub fn entries(&self, repo: &Repo) -> Result<Vec<CatalogEntry>> {
        let tree = repo.commit(oid(self.commit))?.tree;
        let mut entries = Vec::new();
        // Only our own folder is read: what else a team keeps in its catalog branch is its own affair.
        let Some(folder) = repo.folder_at(tree, Self::FOLDER)? else { return Ok(entries) };
        for file in repo.files(folder)? {
            let path = format!("{}/{}", Self::FOLDER, file.path);
            if is_entry(&path) {
                entries.push(self.parse(&path, &repo.blob(file.blob)?)?);
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// The scope's own card.
    pub fn info(&self, repo: &Repo) -> Result<Option<ScopeInfo>> {
        let tree = repo.commit(oid(self.commit))?.tree;
        let bad = |error| errors::bad_catalog(&self.scope, Self::INFO, &error);
        repo.blob_at(tree, Self::INFO)?.map(|bytes| ScopeInfo::from_json(&bytes).map_err(bad)).transpose()
    }

    /// Reads an entry; its name must be that of its file, or two entries could claim one component.
    pub fn parse(&self, path: &str, bytes: &[u8]) -> Result<CatalogEntry> {
        let entry = CatalogEntry::from_json(bytes).map_err(|error| errors::bad_catalog(&self.scope, path, &error))?;
        if path != Self::entry_path(&entry.name) {
            let reason = format!("it says that it is \"{}\"", entry.name);
            return Err(errors::bad_catalog(&self.scope, path, &reason));
        }
        Ok(entry)
    }
}

/// Whether a file should be an entry. What begins with a dot is a team's own affair, and no component's name.
fn is_entry(path: &str) -> bool {
    path.ends_with(ENDING) && !path.split('/').any(|part| part.starts_with('.'))
}

/// Where the entries of a catalog are: read once, where going down from the root for each would read it all each time.
pub struct CatalogIndex<'c> {
    catalog: Cow<'c, TrackedCatalog>,
    blobs: HashMap<String, Oid>,
}

impl CatalogIndex<'_> {
    /// The components it lists. What has no component's name is not one.
    pub fn names(&self) -> impl Iterator<Item = ComponentName> {
        let name = |path: &String| {
            ComponentName::new(path.strip_prefix(TrackedCatalog::FOLDER)?.strip_prefix('/')?.strip_suffix(ENDING)?).ok()
        };
        self.blobs.keys().filter_map(name)
    }

    /// The files of its entries, by their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, Oid)> {
        let files = self.blobs.iter().map(|(path, blob)| (path.as_str(), *blob));
        files.filter(|(path, _)| is_entry(path))
    }

    /// Files that could be taken for entries.
    pub fn strays(&self) -> impl Iterator<Item = &str> {
        self.blobs.keys().map(String::as_str).filter(|path| path.ends_with(ENDING) && !is_entry(path))
    }

    /// What the catalog lists of one component.
    pub fn entry(&self, repo: &Repo, name: &ComponentName) -> Result<Option<CatalogEntry>> {
        let path = TrackedCatalog::entry_path(name);
        let blob = self.blobs.get(&path);
        blob.map(|blob| self.catalog.parse(&path, &repo.blob(*blob)?)).transpose()
    }
}
