//! Tree objects from a flat list of files.

use super::Oid;
use super::pack::RawObject;
use super::repo::Kind;
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

    /// From the number that git writes.
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
        let mut entries: Vec<(String, &str, &str, Oid)> = Vec::with_capacity(self.files.len() + self.folders.len());
        for (name, (mode, blob)) in &self.files {
            entries.push(((*name).to_owned(), name, mode.octal(), *blob));
        }
        for (name, folder) in &self.folders {
            // git sorts a folder as if its name ended in a slash.
            entries.push((format!("{name}/"), name, "40000", folder.write(out)?));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut bytes = Vec::with_capacity(entries.len() * 40);
        for (_, name, mode, oid) in entries {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(oid.as_bytes());
        }
        let object = RawObject::new(Kind::Tree, bytes)?;
        let oid = object.oid;
        out.push(object);
        Ok(oid)
    }
}
