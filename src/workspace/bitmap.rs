//! `.bitmap`: which components the workspace has, where they are, and which version each of them has here.
//!
//! The team shares this file by git, so it may come from anywhere: what it says is checked before it is believed.

use super::json;
use super::layout::check_relative_path;
use crate::model::{CommitId, ComponentId, ComponentName, NameError, ScopeName, Version};
use crate::{disk, errors};
use anyhow::Result;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::Path;

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
    /// Keys that mean nothing here.
    pub unknown: Map<String, Value>,
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
        let raw = match serde_json::from_str::<RawBitmap>(text) {
            Ok(raw) => Ok(raw),
            Err(_) => json::parse::<RawBitmap>(path, text),
        };
        let raw = raw.map_err(|error| newer_schema(path, text).unwrap_or(error))?;
        check_schema(path, &raw.schema)?;
        raw.checked().map_err(|fault| fault.into_error(path, text))
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

/// The file as it stands: shaped right, not checked yet.
#[derive(Default)]
struct RawBitmap {
    entries: Vec<(String, RawEntry)>,
    schema: String,
    unknown: Map<String, Value>,
}

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
    unknown: Map<String, Value>,
}

impl<'de> Deserialize<'de> for RawBitmap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BitmapVisitor;
        impl<'de> Visitor<'de> for BitmapVisitor {
            type Value = RawBitmap;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one entry a component")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawBitmap, A::Error> {
                let mut raw = RawBitmap::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        SCHEMA_KEY => raw.schema = map.next_value()?,
                        _ if key.starts_with('$') => drop(raw.unknown.insert(key, map.next_value()?)),
                        _ => raw.entries.push((key, map.next_value()?)),
                    }
                }
                Ok(raw)
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
                        _ => drop(raw.unknown.insert(key, map.next_value()?)),
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_map(EntryVisitor)
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

impl RawBitmap {
    fn checked(self) -> Result<Bitmap, Fault> {
        let schema = if major(&self.schema) < major(SCHEMA) { SCHEMA.into() } else { self.schema };
        let mut bitmap = Bitmap { schema, unknown: self.unknown, ..Bitmap::default() };
        let mut keys = HashSet::with_capacity(self.entries.len());
        let mut placed = Vec::with_capacity(self.entries.len());
        for (key, raw) in self.entries {
            let fault = |field, what| Fault { key: key.clone(), field, what };
            let entry = raw.checked().map_err(|(field, what)| fault(field, what))?;
            let id = entry.id();
            if key != entry.name.as_str() && key != id.to_string() {
                return Err(fault("name", format!("the key should be \"{}\" or \"{id}\"", entry.name)));
            }
            if !keys.insert(key.clone()) || bitmap.get(&id).is_some() {
                return Err(fault("name", format!("the component {id} stands here twice")));
            }
            placed.push((entry.root_dir.clone(), id, key));
            bitmap.put(entry);
        }
        check_folders(placed)?;
        Ok(bitmap)
    }
}

/// No two components may share a folder, nor one lie in another's.
fn check_folders(placed: Vec<(String, ComponentId, String)>) -> Result<(), Fault> {
    let mut owners: HashMap<&str, &ComponentId> = HashMap::with_capacity(placed.len());
    for (root_dir, id, key) in &placed {
        if let Some(other) = owners.insert(root_dir, id) {
            let what = format!("its rootDir \"{root_dir}\" is also that of {other}");
            return Err(Fault { key: key.clone(), field: "rootDir", what });
        }
    }
    for (root_dir, _, key) in &placed {
        if let Some((around, other)) = folders_up(root_dir).skip(1).find_map(|dir| owners.get_key_value(dir)) {
            let what = format!("its rootDir \"{root_dir}\" lies in \"{around}\", the folder of {other}");
            return Err(Fault { key: key.clone(), field: "rootDir", what });
        }
    }
    Ok(())
}

impl RawEntry {
    /// The error is the key of the bad value and what is wrong with it.
    fn checked(self) -> Result<BitmapEntry, (&'static str, String)> {
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
