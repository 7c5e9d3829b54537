//! Variants: settings for some components, chosen by where their folders are.

use super::layout::check_relative_path;
use crate::model::{Packages, ScopeName};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

pub(super) const DEPENDENCY_RESOLVER: &str = "teambit.dependencies/dependency-resolver";

/// Every variant of a workspace, ready to be matched.
#[derive(Debug, Clone, Default)]
pub struct Variants {
    variants: Vec<Variant>,
    /// Which variants name a folder.
    folders: HashMap<String, Vec<usize>>,
    globs: GlobSet,
    /// Which variant each glob of the set belongs to.
    glob_owners: Vec<usize>,
    /// Globs that take components out of a variant again, likewise.
    excluding: GlobSet,
    excluding_owners: Vec<usize>,
    everything: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Variant {
    default_scope: Option<ScopeName>,
    policy: Packages,
    raw: Map<String, Value>,
}

/// What the variants say of one component. The most specific variant that has a property decides it:
/// the longest folder path, then globs, then `*`; among equals the later one.
#[derive(Debug, Clone)]
pub struct VariantView<'a> {
    layers: Vec<&'a Variant>,
}

impl VariantView<'_> {
    /// The scope that new components get here.
    pub fn default_scope(&self) -> Option<&ScopeName> {
        self.layers.iter().find_map(|layer| layer.default_scope.as_ref())
    }

    /// The packages that are prescribed here, each by the most specific variant that names it.
    pub fn policy(&self) -> Packages {
        let mut merged = Packages::default();
        for layer in self.layers.iter().rev() {
            let Packages { dependencies, dev_dependencies, peer_dependencies } = layer.policy.clone();
            merged.dependencies.extend(dependencies);
            merged.dev_dependencies.extend(dev_dependencies);
            merged.peer_dependencies.extend(peer_dependencies);
        }
        merged
    }

    /// Any key of a variant, as it was written.
    pub fn raw(&self, key: &str) -> Option<&Value> {
        self.layers.iter().find_map(|layer| layer.raw.get(key))
    }
}

/// What is wrong with a setting, and where: the keys that lead to it.
#[derive(Debug)]
pub(super) struct Fault {
    pub keys: Vec<String>,
    pub what: String,
}

impl Fault {
    pub fn new(keys: &[&str], what: impl Into<String>) -> Self {
        Self { keys: keys.iter().map(|&key| key.into()).collect(), what: what.into() }
    }

    pub fn under(mut self, keys: &[&str]) -> Self {
        self.keys.splice(0..0, keys.iter().map(|&key| key.to_owned()));
        self
    }
}

impl Variants {
    /// Reads the variants in the order of the file.
    pub(super) fn read(section: &[(String, Value)]) -> Result<Self, Fault> {
        let mut variants = Self::default();
        let (mut including, mut excluding) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for (key, value) in section {
            let index = variants.variants.len();
            variants.variants.push(Variant::read(value).map_err(|fault| fault.under(&[key]))?);
            for place in places_of(key) {
                let glob = |text| compile(text).map_err(|what| Fault::new(&[key], what));
                match place {
                    Place::Everything => variants.everything.push(index),
                    Place::Folder(folder) => variants.folders.entry(folder).or_default().push(index),
                    Place::Glob(text) => {
                        including.add(glob(text)?);
                        variants.glob_owners.push(index);
                    }
                    Place::NotGlob(text) => {
                        excluding.add(glob(text)?);
                        variants.excluding_owners.push(index);
                    }
                }
            }
        }
        let build = |set: GlobSetBuilder| set.build().map_err(|error| Fault::new(&[], error.to_string()));
        variants.globs = build(including)?;
        variants.excluding = build(excluding)?;
        Ok(variants)
    }

    /// What the variants say of the component in a folder (relative to the workspace).
    pub fn for_component(&self, root_dir: &str) -> VariantView<'_> {
        let mut order: Vec<usize> = Vec::new();
        let folders = std::iter::successors(Some(root_dir), |dir| dir.rsplit_once('/').map(|(parent, _)| parent));
        for folder in folders {
            order.extend(self.folders.get(folder).into_iter().flatten().rev());
        }
        let mut globbed: Vec<usize> = self.globs.matches(root_dir).iter().map(|&at| self.glob_owners[at]).collect();
        globbed.sort_unstable_by(|a, b| b.cmp(a));
        order.extend(globbed);
        order.extend(self.everything.iter().rev());

        let excluded: Vec<usize> =
            self.excluding.matches(root_dir).iter().map(|&at| self.excluding_owners[at]).collect();
        order.retain(|index| !excluded.contains(index));
        VariantView { layers: order.into_iter().map(|index| &self.variants[index]).collect() }
    }
}

/// One of the places that a variant's key names.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Everything,
    Folder(String),
    Glob(&'a str),
    NotGlob(&'a str),
}

/// `*`, folders (`src/ui, src/base`), or globs in braces (`{src/**, !src/old/*}`).
fn places_of(key: &str) -> Vec<Place<'_>> {
    let key = key.trim();
    if key == "*" {
        return vec![Place::Everything];
    }
    match key.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(globs) => split_commas(globs).into_iter().map(glob_place).collect(),
        None => split_commas(key).into_iter().map(folder_place).collect(),
    }
}

fn glob_place(text: &str) -> Place<'_> {
    match text.strip_prefix('!') {
        Some(text) => Place::NotGlob(text.trim()),
        None => Place::Glob(text),
    }
}

/// A glob whose braces were forgotten still means what it says.
fn folder_place(text: &str) -> Place<'_> {
    let text = text.trim_start_matches("./").trim_end_matches('/');
    match text {
        "*" => Place::Everything,
        _ if text.starts_with('!') || text.contains(['*', '?', '[', '{']) => glob_place(text),
        _ => Place::Folder(text.to_owned()),
    }
}

/// Splits at commas, but not at those inside `{a,b}`.
fn split_commas(text: &str) -> Vec<&str> {
    let mut depth = 0usize;
    let at_comma = move |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(at_comma).map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// `*` stays within a folder, `**` does not.
fn compile(glob: &str) -> Result<globset::Glob, String> {
    GlobBuilder::new(glob.trim_start_matches("./"))
        .literal_separator(true)
        .build()
        .map_err(|error| format!("the pattern \"{glob}\" can't be read: {}", error.kind()))
}

impl Variant {
    fn read(value: &Value) -> Result<Self, Fault> {
        let raw = value.as_object().ok_or_else(|| Fault::new(&[], "a variant is an object"))?;
        Ok(Self { default_scope: scope_in(raw, "defaultScope")?, policy: policy_in(raw)?, raw: raw.clone() })
    }
}

/// A scope's name, or none where the key is absent.
pub(super) fn scope_in(section: &Map<String, Value>, key: &str) -> Result<Option<ScopeName>, Fault> {
    let Some(text) = text_in(section, key)? else { return Ok(None) };
    ScopeName::new(text).map(Some).map_err(|error| {
        let meant = error.suggestion.as_ref().map(|name| format!("; did you mean \"{name}\"?")).unwrap_or_default();
        Fault::new(&[key], format!("{error}{meant}"))
    })
}

/// A text, or none where the key is absent.
pub(super) fn text_in<'a>(section: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, Fault> {
    match section.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::new(&[key], format!("\"{key}\" must be a string"))),
    }
}

/// An object, or none where the key is absent.
pub(super) fn section_in<'a>(
    parent: &'a Map<String, Value>,
    key: &str,
) -> Result<Option<&'a Map<String, Value>>, Fault> {
    match parent.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(section)) => Ok(Some(section)),
        Some(_) => Err(Fault::new(&[key], format!("\"{key}\" must be an object"))),
    }
}

/// The policy of the dependency resolver in a workspace or a variant.
pub(super) fn policy_in(parent: &Map<String, Value>) -> Result<Packages, Fault> {
    let keys = [DEPENDENCY_RESOLVER, "policy"];
    let Some(resolver) = section_in(parent, keys[0])? else { return Ok(Packages::default()) };
    let Some(policy) = section_in(resolver, keys[1]).map_err(|fault| fault.under(&keys[..1]))? else {
        return Ok(Packages::default());
    };
    let ranges = |key| ranges_in(policy, key).map_err(|fault| fault.under(&keys));
    Ok(Packages {
        dependencies: ranges("dependencies")?,
        dev_dependencies: ranges("devDependencies")?,
        peer_dependencies: ranges("peerDependencies")?,
    })
}

/// Each range is a string, or an object that has one as its version.
fn ranges_in(policy: &Map<String, Value>, key: &str) -> Result<BTreeMap<String, String>, Fault> {
    let Some(section) = section_in(policy, key)? else { return Ok(BTreeMap::new()) };
    let range = |(name, value): (&String, &Value)| match value.as_str().or_else(|| value.get("version")?.as_str()) {
        Some(range) => Ok((name.clone(), range.to_owned())),
        None => {
            Err(Fault::new(&[key, name], format!("the range of \"{name}\" must be a string, or {{\"version\": …}}")))
        }
    };
    section.iter().map(range).collect()
}

/// Checks the pattern of the folders that imported components get, and completes it.
pub(super) fn check_default_directory(pattern: &str) -> Result<String, String> {
    let mut rest = pattern;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        if !PLACEHOLDERS.contains(&name) {
            return Err(format!("the \"{name}\" part of the component structure \"{pattern}\" is invalid"));
        }
        rest = after;
    }
    let whole = if pattern.contains("{name}") { pattern.to_owned() } else { format!("{pattern}/{{name}}") };
    let whole = whole.trim_start_matches("./").replace("//", "/");
    check_relative_path(&whole).map_err(|reason| format!("\"defaultDirectory\" can't be used: {reason}"))?;
    Ok(whole)
}

const PLACEHOLDERS: [&str; 4] = ["scope", "owner", "scopeId", "name"];
