//! `.bitmap`: which components the workspace has, where they are, and which version each of them has here.
//!
//! The team shares this file by git, so it may come from anywhere: what it says is checked before it is believed.

mod merge;
mod reading;
mod writing;

use super::layout::check_relative_path;
use crate::errors;
use crate::model::{CommitId, ComponentId, ComponentName, ScopeName, Version};
use anyhow::Result;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub use merge::{BitmapConflict, Head, MergedBitmap, merge};

/// The schema of `.bitmap` that this program writes.
pub const SCHEMA: &str = "17.0.0";

const SCHEMA_KEY: &str = "$schema-version";

/// The components of a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Bitmap {
    /// Those that share a name are sorted by scope.
    by_name: BTreeMap<ComponentName, Vec<BitmapEntry>>,
    by_root_dir: BTreeMap<String, ComponentId>,
    schema: String,
    /// Keys of the file that begin with `$` and mean nothing here.
    unknown: Map<String, Value>,
}

/// One component of a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct BitmapEntry {
    /// The component's name.
    pub name: ComponentName,
    /// Its primary scope, once it was exported.
    pub scope: Option<ScopeName>,
    /// The scope it is meant for, until it is exported.
    pub default_scope: Option<ScopeName>,
    /// The version that its folder has; none before the first tag.
    pub version: Option<Version>,
    /// The file that stands for the whole, relative to the folder.
    pub main_file: String,
    /// The folder, relative to the workspace.
    pub root_dir: String,
    /// Settings of this component, such as its deprecation.
    pub config: Map<String, Value>,
    /// The content of that version: what a teammate imports is checked against it.
    pub commit: Option<CommitId>,
    /// While that version is staged: the newest exported one that it was made from.
    pub base: Option<Base>,
    /// Additional scopes it is exported to.
    pub scopes: Vec<ScopeName>,
    /// The version that was merged into its files, until a tag joins the two.
    pub merging: Option<Merging>,
    /// Keys that mean nothing here.
    pub unknown: Map<String, Value>,
}

/// A version that was merged into a component's files. The team's git carries it to wherever the files go: whoever
/// tags them makes a version with both parents.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Merging {
    /// Its number.
    pub version: Version,
    /// Its content: another one may have been tagged here under the same number.
    pub commit: CommitId,
}

/// The newest exported version that a staged one was made from. It goes where the files go: whoever has them, and not
/// the staged version, knows what they were made from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Base {
    /// Its number.
    pub version: Version,
    /// Its content.
    pub commit: CommitId,
}

impl BitmapEntry {
    /// A component that is new.
    pub fn new(name: ComponentName, default_scope: ScopeName, root_dir: &str, main_file: &str) -> Self {
        Self {
            name,
            scope: None,
            default_scope: Some(default_scope),
            version: None,
            main_file: main_file.into(),
            root_dir: root_dir.into(),
            config: Map::new(),
            commit: None,
            base: None,
            scopes: Vec::new(),
            merging: None,
            unknown: Map::new(),
        }
    }

    /// The scope it belongs to: the one it was exported to, else the one it is meant for.
    pub fn scope_name(&self) -> ScopeName {
        self.scope.clone().or_else(|| self.default_scope.clone()).unwrap_or_else(ScopeName::placeholder)
    }

    /// Which component this is.
    pub fn id(&self) -> ComponentId {
        ComponentId::new(self.scope_name(), self.name.clone())
    }

    /// Whether it was ever exported.
    pub fn is_exported(&self) -> bool {
        self.scope.is_some()
    }

    /// Notes that it was exported, to the scope that it was meant for.
    pub fn live_in_default_scope(&mut self) {
        if self.scope.is_none() {
            self.scope = self.default_scope.take();
        }
    }
}

impl Default for Bitmap {
    fn default() -> Self {
        Self { by_name: BTreeMap::new(), by_root_dir: BTreeMap::new(), schema: SCHEMA.into(), unknown: Map::new() }
    }
}

// ---- asking ----

impl Bitmap {
    /// Every component, sorted by name, then scope.
    pub fn entries(&self) -> impl Iterator<Item = &BitmapEntry> {
        self.by_name.values().flatten()
    }

    /// The components of this name: none, one, or one in each of several scopes.
    pub fn named(&self, name: &ComponentName) -> &[BitmapEntry] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// One component.
    pub fn get(&self, id: &ComponentId) -> Option<&BitmapEntry> {
        self.named(&id.name).iter().find(|entry| entry.id() == *id)
    }

    /// The component whose folder this is.
    pub fn at(&self, root_dir: &str) -> Option<&BitmapEntry> {
        self.get(self.by_root_dir.get(root_dir)?)
    }

    /// The component that a path (relative to the workspace) belongs to: its folder or something in it.
    pub fn containing(&self, path: &str) -> Option<&BitmapEntry> {
        folders_up(path).find_map(|folder| self.at(folder))
    }

    /// The components whose folders lie in a folder.
    pub fn inside<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a BitmapEntry> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.by_root_dir.range(prefix.clone()..);
        from.take_while(move |(dir, _)| dir.starts_with(&prefix)).filter_map(|(_, id)| self.get(id))
    }
}

/// A path and every folder above it: `a/b/c`, `a/b`, `a`.
fn folders_up(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder))
}

// ---- changing ----

impl Bitmap {
    /// Adds a component. Its id must be new, and its folder must not overlap another component's.
    pub fn insert(&mut self, entry: BitmapEntry) -> Result<()> {
        let id = entry.id();
        check_relative_path(&entry.root_dir).map_err(|reason| errors::bad_path(&entry.root_dir, reason))?;
        check_relative_path(&entry.main_file).map_err(|reason| errors::bad_path(&entry.main_file, reason))?;
        if self.get(&id).is_some() {
            return Err(errors::already_tracked(&id));
        }
        if let Some(other) = self.overlapping(&entry.root_dir) {
            return Err(errors::folder_taken(&entry.root_dir, &other.root_dir, &other.id()));
        }
        self.put(entry);
        Ok(())
    }

    /// The component whose folder is this one, or lies around it or inside of it.
    fn overlapping(&self, root_dir: &str) -> Option<&BitmapEntry> {
        self.containing(root_dir).or_else(|| self.inside(root_dir).next())
    }

    fn put(&mut self, entry: BitmapEntry) {
        self.by_root_dir.insert(entry.root_dir.clone(), entry.id());
        // Nearly always there is one: room for four, as a list has at first, would be most of what a workspace takes.
        let same_name = self.by_name.entry(entry.name.clone()).or_insert_with(|| Vec::with_capacity(1));
        let at = same_name.partition_point(|other| other.scope_name() < entry.scope_name());
        same_name.insert(at, entry);
    }

    /// Takes a component out.
    pub fn remove(&mut self, id: &ComponentId) -> Option<BitmapEntry> {
        let same_name = self.by_name.get_mut(&id.name)?;
        let at = same_name.iter().position(|entry| entry.id() == *id)?;
        let entry = same_name.remove(at);
        if same_name.is_empty() {
            self.by_name.remove(&id.name);
        }
        self.by_root_dir.remove(&entry.root_dir);
        Some(entry)
    }

    /// Changes anything of a component: version, folder, name, scope. Where the result is not allowed
    /// (see [`Bitmap::insert`]) the component stays as it was.
    pub fn update(&mut self, id: &ComponentId, change: impl FnOnce(&mut BitmapEntry)) -> Result<()> {
        let before = self.remove(id).ok_or_else(|| errors::not_tracked(id))?;
        let mut after = before.clone();
        change(&mut after);
        self.insert(after).inspect_err(|_| self.put(before))
    }

    /// Gives a component another id. What was never exported moves to the new id's scope as its default scope.
    pub fn rename(&mut self, from: &ComponentId, to: &ComponentId) -> Result<()> {
        self.update(from, |entry| {
            entry.name = to.name.clone();
            let scope = if entry.is_exported() { &mut entry.scope } else { &mut entry.default_scope };
            *scope = Some(to.scope.clone());
        })
    }
}

#[cfg(test)]
mod tests;
