//! Reading `.bitmap`, which may come from anywhere: every value is checked before it is believed.

use super::{Bitmap, BitmapEntry, SCHEMA, SCHEMA_KEY};
use crate::model::{CommitId, ComponentId, ComponentName, NameError, ScopeName, Version};
use crate::workspace::json;
use crate::workspace::layout::check_relative_path;
use crate::{disk, errors};
use anyhow::Result;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt;
use std::path::Path;

impl Bitmap {
    /// Reads the file; `None` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        disk::read_optional(path)?.map(|bytes| Self::of_bytes(path, bytes)).transpose()
    }

    /// Reads the file's content; `path` is only for messages.
    pub fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        Self::parse(path, &json::text_of(path, bytes)?)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self> {
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
    base: Option<Value>,
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
                        "base" => raw.base = map.next_value()?,
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
            base: self.base.map(|base| checked_version("base", base)).transpose()?,
            scopes: checked_scopes(self.scopes)?,
            merging: self.merging.map(|merging| checked_version("merging", merging)).transpose()?,
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

fn checked_version<T: DeserializeOwned>(field: &'static str, value: Value) -> Read<T> {
    serde_json::from_value(value).map_err(|error| (field, format!("{field} names no version and commit: {error}")))
}
