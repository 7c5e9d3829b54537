//! Tree objects from a flat list of files.

use super::Oid;
use super::object::Kind;
use super::pack::RawObject;
use super::repo::Repo;
use std::collections::BTreeMap;

/// What a file is in a tree. Nothing else is allowed in a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum FileMode {
    /// A plain file.
    Regular,
    /// A plain file with the executable bit.
    Executable,
}

impl FileMode {
    /// The number that git writes.
    pub fn octal(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
        }
    }

    /// Whether git writes this number for it.
    pub fn is_written_as(self, mode: i32) -> bool {
        let written = match self {
            Self::Regular => 0o100644,
            Self::Executable => 0o100755,
        };
        mode == written
    }

    /// From the number that a tree has.
    pub fn from_raw(mode: i32) -> Option<Self> {
        match mode {
            // Old gits wrote group-writable files.
            0o100644 | 0o100664 => Some(Self::Regular),
            0o100755 => Some(Self::Executable),
            _ => None,
        }
    }
}

/// Collects files by path and makes the tree objects that hold them.
#[derive(Default)]
pub struct TreeBuilder<'a> {
    files: BTreeMap<&'a str, (FileMode, Oid)>,
    folders: BTreeMap<&'a str, TreeBuilder<'a>>,
}

impl<'a> TreeBuilder<'a> {
    /// Adds a file. The path is trusted: '/'-separated, without empty or dot segments.
    pub fn add(&mut self, path: &'a str, mode: FileMode, blob: Oid) {
        match path.split_once('/') {
            None => {
                self.files.insert(path, (mode, blob));
            }
            Some((folder, rest)) => self.folders.entry(folder).or_default().add(rest, mode, blob),
        }
    }

    /// Makes the tree objects, the root last, and returns the root's id.
    pub fn write(&self, out: &mut Vec<RawObject>) -> anyhow::Result<Oid> {
        let mut entries: Vec<(&str, &str, Oid)> = Vec::with_capacity(self.files.len() + self.folders.len());
        entries.extend(self.files.iter().map(|(name, (mode, blob))| (*name, mode.octal(), *blob)));
        for (name, folder) in &self.folders {
            entries.push((name, FOLDER, folder.write(out)?));
        }
        entries.sort_by_cached_key(|(name, mode, _)| sort_key(name.as_bytes(), mode));
        let bytes = tree_bytes(entries.iter().map(|(name, mode, oid)| (name.as_bytes(), *mode, *oid)));
        let object = RawObject::new(Kind::Tree, bytes);
        let oid = object.oid;
        out.push(object);
        Ok(oid)
    }
}

/// Changes some files of a tree and keeps all else as it is, whatever it is: links, submodules, other people's files.
/// Only the folders on the way to a changed file are read and written. Returns the new root's id.
pub fn edit_tree(
    repo: &Repo,
    base: Option<Oid>,
    changes: &BTreeMap<&str, (FileMode, Oid)>,
    out: &mut Vec<RawObject>,
) -> anyhow::Result<Oid> {
    let mut entries: BTreeMap<Vec<u8>, (String, Oid)> = BTreeMap::new();
    for (name, mode, oid) in base.map(|base| repo.tree_entries(base)).transpose()?.unwrap_or_default() {
        entries.insert(name, (format!("{mode:o}"), oid));
    }
    let mut folders: BTreeMap<&str, BTreeMap<&str, (FileMode, Oid)>> = BTreeMap::new();
    for (path, (mode, blob)) in changes {
        match path.split_once('/') {
            None => drop(entries.insert(path.as_bytes().to_vec(), (mode.octal().to_owned(), *blob))),
            Some((folder, rest)) => drop(folders.entry(folder).or_default().insert(rest, (*mode, *blob))),
        }
    }
    for (folder, inside) in folders {
        let old = entries.get(folder.as_bytes()).filter(|(mode, _)| mode == FOLDER).map(|(_, oid)| *oid);
        let new = edit_tree(repo, old, &inside, out)?;
        entries.insert(folder.as_bytes().to_vec(), (FOLDER.to_owned(), new));
    }
    let mut sorted: Vec<(Vec<u8>, String, Oid)> =
        entries.into_iter().map(|(name, (mode, oid))| (name, mode, oid)).collect();
    sorted.sort_by_key(|(name, mode, _)| sort_key(name, mode));
    let object = RawObject::new(Kind::Tree, tree_bytes(sorted.iter().map(|(n, m, o)| (n.as_slice(), m.as_str(), *o))));
    let oid = object.oid;
    out.push(object);
    Ok(oid)
}

const FOLDER: &str = "40000";

/// git sorts a folder as if its name ended in a slash.
fn sort_key(name: &[u8], mode: &str) -> Vec<u8> {
    let mut key = name.to_vec();
    key.extend((mode == FOLDER).then_some(b'/'));
    key
}

fn tree_bytes<'e>(entries: impl Iterator<Item = (&'e [u8], &'e str, Oid)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, mode, oid) in entries {
        bytes.extend_from_slice(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(oid.as_bytes());
    }
    bytes
}
