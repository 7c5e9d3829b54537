//! workspace.jsonc: a person's file. It is read as JSON5, and changed so that comments and layout stay.

use super::environments::{Environment, Environments};
use super::json;
use super::layout::check_relative_path;
use super::remotes::SharedRemotes;
use super::settings::{Fault, package_fields_in, policy_in, scope_in, section_in, text_in};
use super::signing::SigningRules;
use super::variants::{VariantView, Variants};
use crate::model::{ComponentId, PackageFields, Packages, ScopeName};
use crate::{disk, errors};
use anyhow::Result;
use jsonc_parser::cst::{CstInputValue, CstObject, CstObjectProp, CstRootNode};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where editors find out what the keys mean.
pub const SCHEMA_URL: &str = "https://static.bit.dev/teambit/schemas/schema.json";

const WORKSPACE: &str = "teambit.workspace/workspace";
const VARIANTS: &str = "teambit.workspace/variants";
const DEFAULT_DIRECTORY: &str = "{scope}/{name}";

/// What workspace.jsonc says.
#[derive(Debug, Clone)]
pub struct WorkspaceConfig {
    /// The workspace's name.
    pub name: Option<String>,
    /// The address of its picture.
    pub icon: Option<String>,
    /// The scope of components that nothing else gives one.
    pub default_scope: ScopeName,
    /// Where imported components go: a pattern, see [`WorkspaceConfig::directory_for`].
    pub default_directory: String,
    /// The ranges of packages from outside.
    pub policy: Packages,
    /// Settings for some of the components.
    pub variants: Variants,
    /// Where scopes are, for the whole team.
    pub shared_remotes: SharedRemotes,
    /// Who signs versions, and who may.
    pub signing: SigningRules,
    package_fields: PackageFields,
    /// What builds components.
    pub environments: Environments,
    raw: Map<String, Value>,
}

impl WorkspaceConfig {
    /// Reads the file; `None` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        ConfigFile::read(path)?.map(|file| file.config()).transpose()
    }

    /// Reads the file's text; `path` is only for messages.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let root: Root = json::parse(path, text)?;
        Self::checked(root).map_err(|Fault { keys, what }| {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let (line, column) = json::position_of(text, &keys);
            errors::broken_file(path, line, column, &what)
        })
    }

    fn checked(root: Root) -> Result<Self, Fault> {
        let nothing = Map::new();
        let workspace = section_in(&root.raw, WORKSPACE)?.unwrap_or(&nothing);
        let inside = |fault: Fault| fault.under(&[WORKSPACE]);
        let directory = text_in(workspace, "defaultDirectory").map_err(inside)?.unwrap_or(DEFAULT_DIRECTORY);
        let environments = Environments::read(&root.raw)?;
        let variants = Variants::read(&root.variants, &environments).map_err(|fault| fault.under(&[VARIANTS]))?;
        Ok(Self {
            name: text_in(workspace, "name").map_err(inside)?.map(str::to_owned),
            icon: text_in(workspace, "icon").map_err(inside)?.map(str::to_owned),
            default_scope: scope_in(workspace, "defaultScope").map_err(inside)?.unwrap_or_else(ScopeName::placeholder),
            default_directory: check_default_directory(directory)
                .map_err(|what| Fault::new(&[WORKSPACE, "defaultDirectory"], what))?,
            policy: policy_in(&root.raw)?,
            variants,
            shared_remotes: SharedRemotes::read(&root.raw)?,
            signing: SigningRules::read(&root.raw)?,
            package_fields: package_fields_in(&root.raw)?,
            environments,
            raw: root.raw,
        })
    }

    /// Any key of the file, as it was written.
    pub fn raw(&self, key: &str) -> Option<&Value> {
        self.raw.get(key)
    }

    /// What is said of the package of the component in a folder: by the workspace, and on top of that by its variants.
    pub fn package_fields(&self, root_dir: &str) -> PackageFields {
        match self.variants.speak_of_packages() {
            true => self.package_fields.clone().overlaid(&self.for_component(root_dir).package_fields()),
            false => self.package_fields.clone(),
        }
    }

    /// What the variants say of the component in a folder.
    pub fn for_component(&self, root_dir: &str) -> VariantView<'_> {
        self.variants.for_component(root_dir)
    }

    /// The environment that was chosen for the component in a folder, by its variants or for all.
    pub fn chosen_environment(&self, root_dir: &str) -> Option<&Environment> {
        self.variants.environment(root_dir).and_then(|name| self.environments.get(name)).or(self.environments.common())
    }

    /// The environment that builds the component in a folder.
    pub fn environment(&self, root_dir: &str) -> &Environment {
        self.chosen_environment(root_dir).unwrap_or(Environments::built_in())
    }

    /// The folder that an imported component gets: `{scope}` is the scope's name without its owner, `{owner}` its
    /// owner, `{scopeId}` both, `{name}` the component's name.
    pub fn directory_for(&self, id: &ComponentId) -> String {
        let whole = self
            .default_directory
            .replace("{scopeId}", id.scope.as_str())
            .replace("{scope}", id.scope.base())
            .replace("{owner}", id.scope.owner().unwrap_or_default())
            .replace("{name}", id.name.as_str());
        // A scope without an owner leaves an empty part.
        whole.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }
}

/// Checks the pattern of the folders that imported components get, and completes it.
fn check_default_directory(pattern: &str) -> Result<String, String> {
    for part in pattern.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or(part);
        if !PLACEHOLDERS.contains(&name) || !part.contains('}') {
            return Err(format!("the \"{name}\" part of the component structure \"{pattern}\" is invalid"));
        }
    }
    let whole = if pattern.contains("{name}") { pattern.to_owned() } else { format!("{pattern}/{{name}}") };
    let whole = whole.trim_start_matches("./").replace("//", "/");
    check_relative_path(&whole).map_err(|reason| format!("\"defaultDirectory\" can't be used: {reason}"))?;
    Ok(whole)
}

const PLACEHOLDERS: [&str; 4] = ["scope", "owner", "scopeId", "name"];

/// The whole file, and the variants once more in their order, which decides among equals.
#[derive(Default)]
struct Root {
    raw: Map<String, Value>,
    variants: Vec<(String, Value)>,
}

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RootVisitor;
        impl<'de> Visitor<'de> for RootVisitor {
            type Value = Root;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Root, A::Error> {
                let mut root = Root::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == VARIANTS {
                        root.variants = map.next_value::<Ordered>()?.0;
                        root.raw.insert(key, Value::Object(root.variants.iter().cloned().collect()));
                    } else {
                        root.raw.insert(key, map.next_value()?);
                    }
                }
                Ok(root)
            }
        }
        deserializer.deserialize_map(RootVisitor)
    }
}

/// An object's entries in the order of the file.
struct Ordered(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrderedVisitor;
        impl<'de> Visitor<'de> for OrderedVisitor {
            type Value = Ordered;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(OrderedVisitor)
    }
}

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
        let mut wanted: Value = json::parse(&self.path, &self.text)?;
        if value_at(&wanted, keys) == Some(&value) {
            return Ok(());
        }
        set_in_value(&mut wanted, keys, value.clone()).ok_or_else(|| self.uneditable(keys, NO_OBJECT))?;
        self.edit(keys, wanted, |text, tree| {
            set_in_tree(&tree.object_value()?, keys, value)?;
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

fn set_in_tree(object: &CstObject, keys: &[&str], value: Value) -> Option<()> {
    let (key, rest) = keys.split_first()?;
    match (last_property(object, key), rest.is_empty()) {
        (Some(property), true) => property.set_value(to_input(value)),
        (Some(property), false) => return set_in_tree(&property.object_value()?, rest, value),
        (None, _) => {
            let nested = rest
                .iter()
                .rev()
                .fold(to_input(value), |inner, key| CstInputValue::Object(vec![((*key).to_owned(), inner)]));
            object.append(key, nested);
        }
    }
    Some(())
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

/// What a new workspace.jsonc says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateOptions {
    /// The workspace's name.
    pub name: String,
    /// The scope of its components, if somebody chose one.
    pub default_scope: Option<ScopeName>,
    /// Where imported components go, if somebody chose that.
    pub default_directory: Option<String>,
}

/// A new workspace.jsonc.
pub fn template(options: &TemplateOptions) -> String {
    // Text is always JSON.
    let quoted = |text: &str| serde_json::to_string(text).expect("text is always JSON");
    let scope = options.default_scope.clone().unwrap_or_else(ScopeName::placeholder);
    // From the last to the first, so that a person's text is never taken for a later placeholder.
    TEMPLATE
        .replacen("DIRECTORY", &quoted(options.default_directory.as_deref().unwrap_or(DEFAULT_DIRECTORY)), 1)
        .replacen("SCOPE", &quoted(scope.as_str()), 1)
        .replacen("NAME", &quoted(&options.name), 1)
        .replacen("SCHEMA", &quoted(SCHEMA_URL), 1)
}

const TEMPLATE: &str = r#"// The settings of this workspace. Comments and layout are yours: bit keeps them.
{
  "$schema": SCHEMA,
  "teambit.workspace/workspace": {
    "name": NAME,
    "icon": "https://static.bit.dev/bit-logo.svg",

    // The scope of new components: "owner.name", or one word.
    "defaultScope": SCOPE,

    // Where imported components go. Placeholders: {name}, {scope} (without its owner), {owner}, {scopeId} (both).
    "defaultDirectory": DIRECTORY
  },

  // Settings for some components, by folder ("src/ui"), by pattern ("{src/**, lib/*}") or for all ("*").
  // The most specific one wins: "src/ui": {"defaultScope": "my-org.ui"}
  "teambit.workspace/variants": {},

  // The ranges of packages from outside. What is not listed here is taken from package.json, then from node_modules.
  "teambit.dependencies/dependency-resolver": {
    "policy": {
      "dependencies": {},
      "devDependencies": {},
      "peerDependencies": {}
    }
  }
}
"#;

#[cfg(test)]
mod tests;
