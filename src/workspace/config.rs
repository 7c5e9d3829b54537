//! workspace.jsonc: what a person's file says. It is read as JSON5.

mod file;
mod template;

pub use file::ConfigFile;
pub use template::{TemplateOptions, template};

use super::environments::{Environment, Environments};
use super::json;
use super::layout::check_relative_path;
use super::remotes::SharedRemotes;
use super::settings::{Fault, package_fields_in, policy_in, scope_in, section_in, text_in};
use super::signing::SigningRules;
use super::variants::{VariantView, Variants};
use crate::errors;
use crate::model::{ComponentId, PackageFields, Packages, ScopeName};
use anyhow::Result;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::path::Path;

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

#[cfg(test)]
mod tests;
