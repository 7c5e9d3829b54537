//! Writing `.bitmap`.

use super::{Bitmap, BitmapEntry, SCHEMA_KEY};
use crate::disk;
use crate::model::{ComponentId, ScopeName, Version};
use anyhow::Result;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

impl Bitmap {
    /// The bytes of the file; the same for the same components, in whatever order they came.
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::new();
        let four_spaces = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, four_spaces);
        // Strings, maps and lists with string keys, written to memory: nothing here can fail.
        self.serialize(&mut serializer).expect("plain data is always JSON");
        bytes.push(b'\n');
        String::from_utf8(bytes).expect("serde_json writes UTF-8")
    }

    /// Writes the file, unless it has this content already. Says whether it wrote.
    pub fn save(&self, path: &Path, temporary_folder: &Path) -> Result<bool> {
        disk::write_if_changed(path, self.to_text().as_bytes(), temporary_folder)
    }

    /// The entries by the keys they have in the file. A name alone is used where it can mean nothing else.
    pub(super) fn keyed(&self) -> BTreeMap<String, &BitmapEntry> {
        let ids: HashSet<String> = self.by_root_dir.values().map(ComponentId::to_string).collect();
        let key = |entry: &BitmapEntry| match self.named(&entry.name) {
            [_] if !ids.contains(entry.name.as_str()) => entry.name.to_string(),
            _ => entry.id().to_string(),
        };
        self.entries().map(|entry| (key(entry), entry)).collect()
    }
}

impl Serialize for Bitmap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, entry) in self.keyed() {
            map.serialize_entry(&key, entry)?;
        }
        for (key, value) in &self.unknown {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry(SCHEMA_KEY, &self.schema)?;
        map.end()
    }
}

impl Serialize for BitmapEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("scope", self.scope.as_ref().map_or("", ScopeName::as_str))?;
        map.serialize_entry("version", &self.version.as_ref().map_or(String::new(), Version::to_string))?;
        if let Some(scope) = &self.default_scope {
            map.serialize_entry("defaultScope", scope)?;
        }
        map.serialize_entry("mainFile", &self.main_file)?;
        map.serialize_entry("rootDir", &self.root_dir)?;
        if !self.config.is_empty() {
            map.serialize_entry("config", &self.config)?;
        }
        if let Some(commit) = &self.commit {
            map.serialize_entry("commit", commit)?;
        }
        if let Some(base) = &self.base {
            map.serialize_entry("base", base)?;
        }
        if !self.scopes.is_empty() {
            map.serialize_entry("scopes", &self.scopes)?;
        }
        if let Some(merging) = &self.merging {
            map.serialize_entry("merging", merging)?;
        }
        for (key, value) in &self.unknown {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
