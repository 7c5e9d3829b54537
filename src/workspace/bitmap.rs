//! `.bitmap`: which components the workspace has, where they are, and which version each of them has here.
//!
//! The team shares this file by git, so it may come from anywhere: what it says is checked before it is believed.

mod merge;

use super::json;
use super::layout::check_relative_path;
use crate::model::{CommitId, ComponentId, ComponentName, NameError, ScopeName, Version};
use crate::{disk, errors};
use anyhow::Result;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::Path;

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

    /// How many components there are.
    pub fn len(&self) -> usize {
        self.by_root_dir.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_root_dir.is_empty()
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
        let same_name = self.by_name.entry(entry.name.clone()).or_default();
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

// ---- writing ----

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
    fn keyed(&self) -> BTreeMap<String, &BitmapEntry> {
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

// ---- reading ----

impl Bitmap {
    /// Reads the file; `None` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let Some(bytes) = disk::read_optional(path)? else { return Ok(None) };
        Self::parse(path, &json::text_of(path, bytes)?).map(Some)
    }

    /// Reads the file's text; `path` is only for messages.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let text = json::without_bom(text);
        // What bit wrote is plain JSON, which is read much faster; what a person wrote may be JSON5.
        let reading = match serde_json::from_str::<Reading>(text) {
            Ok(reading) => Ok(reading),
            Err(_) => json::parse::<Reading>(path, text),
        };
        let reading = reading.map_err(|error| newer_schema(path, text).unwrap_or(error))?;
        check_schema(path, &reading.schema)?;
        reading.finish().map_err(|fault| fault.into_error(path, text))
    }
}

/// A newer program's file may well have another shape: then its number is the better explanation.
fn newer_schema(path: &Path, text: &str) -> Option<anyhow::Error> {
    let whole: Map<String, Value> = json::parse(path, text).ok()?;
    check_schema(path, whole.get(SCHEMA_KEY)?.as_str()?).err()
}

fn check_schema(path: &Path, schema: &str) -> Result<()> {
    if major(schema) > major(SCHEMA) {
        return Err(errors::newer_bitmap(path, schema, SCHEMA));
    }
    Ok(())
}

fn major(schema: &str) -> u64 {
    schema.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// A file while it is read. Each entry is checked as soon as it is there, which keeps little in memory;
/// the first fault waits for the end, since the shape of the rest and the schema matter more.
#[derive(Default)]
struct Reading {
    bitmap: Bitmap,
    keys: HashSet<String>,
    schema: String,
    fault: Option<Fault>,
}

/// An entry as it stands: shaped right, not checked yet.
#[derive(Default)]
struct RawEntry {
    name: Option<String>,
    scope: Option<String>,
    default_scope: Option<String>,
    version: Option<String>,
    main_file: Option<String>,
    root_dir: Option<String>,
    config: Map<String, Value>,
    commit: Option<String>,
    scopes: Vec<String>,
    merging: Option<Value>,
    unknown: Map<String, Value>,
    /// It is a text, a number or the like.
    is_no_object: bool,
}

impl RawEntry {
    fn no_object<E>() -> Result<Self, E> {
        Ok(Self { is_no_object: true, ..Self::default() })
    }
}

impl<'de> Deserialize<'de> for Reading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BitmapVisitor;
        impl<'de> Visitor<'de> for BitmapVisitor {
            type Value = Reading;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one entry a component")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reading, A::Error> {
                let mut reading = Reading::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        SCHEMA_KEY => reading.schema = map.next_value()?,
                        _ if key.starts_with('$') => drop(reading.bitmap.unknown.insert(key, map.next_value()?)),
                        _ => reading.take(key, map.next_value()?),
                    }
                }
                Ok(reading)
            }
        }
        deserializer.deserialize_map(BitmapVisitor)
    }
}

// By hand: what serde derives for unknown keys buffers every value, and takes several times as long.
impl<'de> Deserialize<'de> for RawEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = RawEntry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object that describes a component")
            }
            // What is no object is told of with its key, once the whole file was read.
            fn visit_str<E>(self, _: &str) -> Result<RawEntry, E> {
                RawEntry::no_object()
            }
            fn visit_bool<E>(self, _: bool) -> Result<RawEntry, E> {
                RawEntry::no_object()
            }
            fn visit_i64<E>(self, _: i64) -> Result<RawEntry, E> {
                RawEntry::no_object()
            }
            fn visit_u64<E>(self, _: u64) -> Result<RawEntry, E> {
                RawEntry::no_object()
            }
            fn visit_f64<E>(self, _: f64) -> Result<RawEntry, E> {
                RawEntry::no_object()
            }
            fn visit_unit<E>(self) -> Result<RawEntry, E> {
                RawEntry::no_object()
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawEntry, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                RawEntry::no_object()
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawEntry, A::Error> {
                let mut raw = RawEntry::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "name" => raw.name = map.next_value()?,
                        "scope" => raw.scope = map.next_value()?,
                        "defaultScope" => raw.default_scope = map.next_value()?,
                        "version" => raw.version = map.next_value()?,
                        "mainFile" => raw.main_file = map.next_value()?,
                        "rootDir" => raw.root_dir = map.next_value()?,
                        "config" => raw.config = map.next_value()?,
                        "commit" => raw.commit = map.next_value()?,
                        "scopes" => raw.scopes = map.next_value()?,
                        "merging" => raw.merging = map.next_value()?,
                        _ => drop(raw.unknown.insert(key, map.next_value()?)),
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

impl<'de> Deserialize<'de> for BitmapEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawEntry::deserialize(deserializer)?;
        raw.checked().map_err(|(field, what)| serde::de::Error::custom(format!("{field}: {what}")))
    }
}

/// What is wrong with an entry, and with which of its values.
struct Fault {
    key: String,
    field: &'static str,
    what: String,
}

impl Fault {
    fn into_error(self, path: &Path, text: &str) -> anyhow::Error {
        let (line, column) = json::position_of(text, &[&self.key, self.field]);
        errors::broken_file(path, line, column, &format!("the entry \"{}\": {}", self.key.escape_debug(), self.what))
    }
}

impl Reading {
    fn take(&mut self, key: String, raw: RawEntry) {
        let taken = raw.checked().and_then(|entry| self.bitmap.admit(&key, entry));
        let taken = taken.and_then(|()| match self.keys.contains(&key) {
            true => Err(("name", "it stands here twice".into())),
            false => Ok(()),
        });
        match taken {
            Ok(()) => drop(self.keys.insert(key)),
            Err((field, what)) => drop(self.fault.get_or_insert(Fault { key, field, what })),
        }
    }

    fn finish(mut self) -> Result<Bitmap, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if let Some((id, what)) = self.bitmap.nested() {
            let key = Some(id.to_string()).filter(|key| self.keys.contains(key));
            return Err(Fault { key: key.unwrap_or_else(|| id.name.to_string()), field: "rootDir", what });
        }
        if major(&self.schema) == major(SCHEMA) {
            self.bitmap.schema = self.schema;
        }
        Ok(self.bitmap)
    }
}

impl Bitmap {
    /// Takes an entry that the file has under a key.
    fn admit(&mut self, key: &str, entry: BitmapEntry) -> Result<(), (&'static str, String)> {
        let same_name = self.named(&entry.name);
        if key != entry.name.as_str() && key != entry.id().to_string() {
            return Err(("name", format!("the key should be \"{}\" or \"{}\"", entry.name, entry.id())));
        }
        if same_name.iter().any(|other| other.scope_name() == entry.scope_name()) {
            return Err(("name", format!("the component {} stands here twice", entry.id())));
        }
        if let Some(other) = self.by_root_dir.get(&entry.root_dir) {
            return Err(("rootDir", format!("its rootDir \"{}\" is also that of {other}", entry.root_dir)));
        }
        self.put(entry);
        Ok(())
    }

    /// A component whose folder lies in another's, and the words for it.
    fn nested(&self) -> Option<(&ComponentId, String)> {
        // The folders are sorted, so those that begin like this one are still on the stack when it comes.
        let mut before: Vec<(&str, &ComponentId)> = Vec::new();
        for (dir, id) in &self.by_root_dir {
            while before.pop_if(|(outer, _)| !dir.starts_with(*outer)).is_some() {}
            let around = before.iter().find(|(outer, _)| dir[outer.len()..].starts_with('/'));
            if let Some((outer, owner)) = around {
                return Some((id, format!("its rootDir \"{dir}\" lies in \"{outer}\", the folder of {owner}")));
            }
            before.push((dir, id));
        }
        None
    }
}

impl RawEntry {
    /// The error is the key of the bad value and what is wrong with it.
    fn checked(self) -> Result<BitmapEntry, (&'static str, String)> {
        if self.is_no_object {
            return Err(("", "it is no component: those are objects in braces".into()));
        }
        Ok(BitmapEntry {
            name: present("name", self.name, ComponentName::new)?,
            scope: optional("scope", self.scope, ScopeName::new)?,
            default_scope: optional("defaultScope", self.default_scope, ScopeName::new)?,
            version: optional("version", self.version, Version::new)?,
            main_file: relative_path("mainFile", self.main_file)?,
            root_dir: relative_path("rootDir", self.root_dir)?,
            config: self.config,
            commit: optional("commit", self.commit, CommitId::from_hex)?,
            scopes: checked_scopes(self.scopes)?,
            merging: self.merging.map(checked_merging).transpose()?,
            unknown: self.unknown,
        })
    }
}

type Read<T> = Result<T, (&'static str, String)>;

fn present<T>(field: &'static str, text: Option<String>, read: impl Fn(&str) -> Result<T, NameError>) -> Read<T> {
    let text = text.ok_or_else(|| (field, format!("it has no \"{field}\"")))?;
    read(&text).map_err(|error| (field, error.to_string()))
}

/// A value that is absent or empty where there is none.
fn optional<T>(
    field: &'static str,
    text: Option<String>,
    read: impl Fn(&str) -> Result<T, NameError>,
) -> Read<Option<T>> {
    text.filter(|text| !text.is_empty()).map(|text| present(field, Some(text), read)).transpose()
}

fn relative_path(field: &'static str, text: Option<String>) -> Read<String> {
    let text = text.ok_or_else(|| (field, format!("it has no \"{field}\"")))?;
    match check_relative_path(&text) {
        Ok(()) => Ok(text),
        Err(reason) => Err((field, format!("{field} \"{}\" can't be used: {reason}", text.escape_debug()))),
    }
}

fn checked_scopes(names: Vec<String>) -> Read<Vec<ScopeName>> {
    names.iter().map(|name| ScopeName::new(name).map_err(|error| ("scopes", error.to_string()))).collect()
}

fn checked_merging(value: Value) -> Read<Merging> {
    serde_json::from_value(value).map_err(|error| ("merging", format!("merging names no version and commit: {error}")))
}

#[cfg(test)]
mod tests;
