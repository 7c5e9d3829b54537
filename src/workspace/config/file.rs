//! workspace.jsonc as a person's file: changed so that comments and layout stay.

use super::{WORKSPACE, WorkspaceConfig};
use crate::model::ScopeName;
use crate::workspace::json;
use crate::{disk, errors};
use anyhow::Result;
use jsonc_parser::cst::{CstInputValue, CstObject, CstObjectProp, CstRootNode};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// workspace.jsonc as text, to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Where it is.
    pub path: PathBuf,
    /// All of it, as a person sees it.
    pub text: String,
}

impl ConfigFile {
    /// Reads the file; `None` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let Some(bytes) = disk::read_optional(path)? else { return Ok(None) };
        Ok(Some(Self { path: path.to_owned(), text: json::text_of(path, bytes)? }))
    }

    /// What it says.
    pub fn config(&self) -> Result<WorkspaceConfig> {
        WorkspaceConfig::parse(&self.path, &self.text)
    }

    /// What it says, whatever it is.
    pub fn value(&self) -> Result<Value> {
        json::parse(&self.path, &self.text)
    }

    /// Writes it, unless the file has this content already. Says whether it wrote.
    pub fn save(&self, temporary_folder: &Path) -> Result<bool> {
        disk::write_if_changed(&self.path, self.text.as_bytes(), temporary_folder)
    }

    /// Sets the workspace's default scope.
    pub fn set_default_scope(&mut self, scope: &ScopeName) -> Result<()> {
        self.set(&[WORKSPACE, "defaultScope"], scope.as_str().into())
    }

    /// Sets the value at a path of keys; objects on the way are made where there are none.
    pub fn set(&mut self, keys: &[&str], value: Value) -> Result<()> {
        self.set_at(keys, value, NewKey::Last)
    }

    /// The same; a new key goes between others by its name, where these are in that order.
    pub fn set_in_order(&mut self, keys: &[&str], value: Value) -> Result<()> {
        self.set_at(keys, value, NewKey::ByName)
    }

    fn set_at(&mut self, keys: &[&str], value: Value, new: NewKey) -> Result<()> {
        let mut wanted: Value = json::parse(&self.path, &self.text)?;
        if value_at(&wanted, keys) == Some(&value) {
            return Ok(());
        }
        set_in_value(&mut wanted, keys, value.clone()).ok_or_else(|| self.uneditable(keys, NO_OBJECT))?;
        self.edit(keys, wanted, |text, tree| {
            set_in_tree(&tree.object_value()?, keys, value, new)?;
            // The last key may be new; those before it lead to the object that holds it.
            Some(with_empty_lines_of(text, tree.to_string(), &keys[..keys.len() - 1]))
        })
    }

    /// Takes a key out. Says whether it was there.
    pub fn remove(&mut self, keys: &[&str]) -> Result<bool> {
        let mut wanted: Value = json::parse(&self.path, &self.text)?;
        if value_at(&wanted, keys).is_none() {
            return Ok(false);
        }
        remove_from_value(&mut wanted, keys);
        self.edit(keys, wanted, |_, tree| {
            remove_from_tree(&tree.object_value()?, keys)?;
            Some(tree.to_string())
        })?;
        Ok(true)
    }

    /// Makes a change in the syntax tree, and keeps it only if the file then says exactly what is wanted.
    fn edit(
        &mut self,
        keys: &[&str],
        wanted: Value,
        change: impl FnOnce(&str, &CstRootNode) -> Option<String>,
    ) -> Result<()> {
        let text = json::without_bom(&self.text);
        let tree =
            CstRootNode::parse(text, &Default::default()).map_err(|error| self.uneditable(keys, &error.to_string()))?;
        if tree.to_string() != text {
            return Err(self.uneditable(keys, "parts of the file would get lost"));
        }
        let changed = change(text, &tree).ok_or_else(|| self.uneditable(keys, NO_OBJECT))?;
        if json::parse::<Value>(&self.path, &changed).ok() != Some(wanted) {
            return Err(self.uneditable(keys, "other settings would change with it"));
        }
        let bom = if self.text.len() > text.len() { json::BOM } else { "" };
        self.text = format!("{bom}{changed}");
        Ok(())
    }

    fn uneditable(&self, keys: &[&str], reason: &str) -> anyhow::Error {
        errors::uneditable_config(&self.path, &keys.join("\" → \""), reason)
    }
}

/// The tree drops empty lines at the start and the end of an object that it adds something to: here they come back.
fn with_empty_lines_of(before: &str, mut after: String, way: &[&str]) -> String {
    let Some((depth, old)) = json::innermost_object(before, way) else { return after };
    let Some((_, place)) = json::innermost_object(&after, &way[..depth]) else { return after };
    let (old, new) = (&before[old], &after[place.clone()]);
    if old.trim().is_empty() {
        return after;
    }
    let end = more_lines(&old[old.trim_end().len()..], &new[new.trim_end().len()..]).to_owned();
    let start = more_lines(&old[..old.len() - old.trim_start().len()], &new[..new.len() - new.trim_start().len()]);
    let whole = format!("{start}{}{end}", new.trim());
    after.replace_range(place, &whole);
    after
}

fn more_lines<'a>(old: &'a str, new: &'a str) -> &'a str {
    if old.matches('\n').count() > new.matches('\n').count() { old } else { new }
}

const NO_OBJECT: &str = "something on the way to it is not an object";

fn value_at<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

fn set_in_value(value: &mut Value, keys: &[&str], new: Value) -> Option<()> {
    let Some((key, rest)) = keys.split_first() else {
        *value = new;
        return Some(());
    };
    let inner = value.as_object_mut()?.entry(*key).or_insert_with(|| Value::Object(Map::new()));
    set_in_value(inner, rest, new)
}

fn remove_from_value(value: &mut Value, keys: &[&str]) {
    let Some((last, way)) = keys.split_last() else { return };
    let parent = way.iter().try_fold(value, |value, key| value.get_mut(key));
    if let Some(object) = parent.and_then(Value::as_object_mut) {
        object.remove(*last);
    }
}

fn set_in_tree(object: &CstObject, keys: &[&str], value: Value, new: NewKey) -> Option<()> {
    let (key, rest) = keys.split_first()?;
    match (last_property(object, key), rest.is_empty()) {
        (Some(property), true) => property.set_value(to_input(value)),
        (Some(property), false) => return set_in_tree(&property.object_value()?, rest, value, new),
        (None, _) => {
            let nested = rest
                .iter()
                .rev()
                .fold(to_input(value), |inner, key| CstInputValue::Object(vec![((*key).to_owned(), inner)]));
            match new.place(object, key).filter(|_| rest.is_empty()) {
                Some(at) => drop(object.insert(at, key, nested)),
                None => drop(object.append(key, nested)),
            }
        }
    }
    Some(())
}

/// Where a key goes that is new in its object.
#[derive(Debug, Clone, Copy)]
enum NewKey {
    Last,
    ByName,
}

impl NewKey {
    /// The place in the object, if it is not the last.
    fn place(self, object: &CstObject, key: &str) -> Option<usize> {
        let names: Vec<String> = object.properties().iter().filter_map(CstObjectProp::decoded_name).collect();
        match self {
            Self::ByName if names.is_sorted() => names.iter().position(|name| name.as_str() > key),
            _ => None,
        }
    }
}

fn remove_from_tree(root: &CstObject, keys: &[&str]) -> Option<()> {
    let (last, way) = keys.split_last()?;
    let object = way.iter().try_fold(root.clone(), |object, key| last_property(&object, key)?.object_value())?;
    // Where a key stands twice, the first would come back to life.
    let named = |property: &CstObjectProp| property.decoded_name().as_deref() == Some(*last);
    object.properties().into_iter().filter(named).for_each(CstObjectProp::remove);
    Some(())
}

/// Of two properties of one name the last one counts, as everywhere in JSON.
fn last_property(object: &CstObject, key: &str) -> Option<CstObjectProp> {
    object.properties().into_iter().rev().find(|property| property.decoded_name().as_deref() == Some(key))
}

fn to_input(value: Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(value),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text),
        Value::Array(values) => CstInputValue::Array(values.into_iter().map(to_input).collect()),
        Value::Object(map) => {
            CstInputValue::Object(map.into_iter().map(|(key, value)| (key, to_input(value))).collect())
        }
    }
}
