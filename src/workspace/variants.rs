//! Variants: settings for some components, chosen by where their folders are.

use super::environments::Environments;
use super::settings::{Fault, package_fields_in, policy_in, scope_in};
use crate::model::{PackageFields, Packages, ScopeName};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::{Map, Value};
use std::collections::HashMap;

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
    /// Whether any of them chooses an environment.
    choose_environments: bool,
}

#[derive(Debug, Clone)]
struct Variant {
    default_scope: Option<ScopeName>,
    policy: Packages,
    package_fields: PackageFields,
    environment: Option<String>,
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

    /// What is said here of the package, each field by the most specific variant that names it.
    pub fn package_fields(&self) -> PackageFields {
        let layers = self.layers.iter().rev();
        layers.fold(PackageFields::default(), |fields, layer| fields.overlaid(&layer.package_fields))
    }

    /// Any key of a variant, as it was written.
    pub fn raw(&self, key: &str) -> Option<&Value> {
        self.layers.iter().find_map(|layer| layer.raw.get(key))
    }
}

impl Variants {
    /// Reads the variants in the order of the file.
    pub(super) fn read(section: &[(String, Value)], environments: &Environments) -> Result<Self, Fault> {
        let mut variants = Self::default();
        let (mut including, mut excluding) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for (key, value) in section {
            let index = variants.variants.len();
            let variant = Variant::read(value, environments).map_err(|fault| fault.under(&[key]))?;
            variants.choose_environments |= variant.environment.is_some();
            variants.variants.push(variant);
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

    /// Whether any of them says something of packages.
    pub(super) fn speak_of_packages(&self) -> bool {
        self.variants.iter().any(|variant| !variant.package_fields.is_empty())
    }

    /// The environment that they choose for the component in a folder.
    pub(super) fn environment(&self, root_dir: &str) -> Option<&str> {
        if !self.choose_environments {
            return None;
        }
        self.for_component(root_dir).layers.iter().find_map(|layer| layer.environment.as_deref())
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
    fn read(value: &Value, environments: &Environments) -> Result<Self, Fault> {
        let raw = value.as_object().ok_or_else(|| Fault::new(&[], "a variant is an object"))?;
        Ok(Self {
            default_scope: scope_in(raw, "defaultScope")?,
            policy: policy_in(raw)?,
            package_fields: package_fields_in(raw)?,
            environment: environments.chosen_in(raw)?,
            raw: raw.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::DEPENDENCY_RESOLVER;
    use super::*;
    use serde_json::json;

    fn variants(section: &[(&str, Value)]) -> Variants {
        let section: Vec<(String, Value)> = section.iter().map(|(key, value)| ((*key).into(), value.clone())).collect();
        let root = json!({"bit.build/envs": {"web": {}}});
        let environments = Environments::read(root.as_object().unwrap()).map_err(|fault| fault.what).unwrap();
        Variants::read(&section, &environments).map_err(|fault| fault.what).unwrap()
    }

    /// Which variants a folder gets, most specific first: each says its own key under "key" and its place under its key.
    fn order(keys: &[&str], root_dir: &str) -> Vec<String> {
        let section: Vec<_> = keys.iter().map(|key| (*key, json!({"key": key}))).collect();
        let variants = variants(&section);
        variants.for_component(root_dir).layers.iter().map(|layer| layer.raw["key"].as_str().unwrap().into()).collect()
    }

    #[test]
    fn the_most_specific_comes_first() {
        let keys = ["*", "{src/**}", "src", "src/ui", "{**/button}", "src/ui/button", "lib"];
        assert_eq!(order(&keys, "src/ui/button"), ["src/ui/button", "src/ui", "src", "{**/button}", "{src/**}", "*"]);
        assert_eq!(order(&keys, "src/uix/button2"), ["src", "{src/**}", "*"]);
        assert_eq!(order(&keys, "other"), ["*"]);
        assert_eq!(order(&["src/ui", "./src/ui/"], "src/ui"), ["./src/ui/", "src/ui"], "the later of two equals");
    }

    #[test]
    fn keys_may_list_and_exclude() {
        let globs = ["{src/*, lib/{a,b}, !src/old}"];
        for (root_dir, hit) in
            [("src/new", true), ("src/old", false), ("src/deep/x", false), ("lib/b", true), ("lib/c", false)]
        {
            assert_eq!(order(&globs, root_dir).len(), usize::from(hit), "{root_dir}");
        }
        assert_eq!(order(&["src/a, src/b"], "src/b/x").len(), 1);
        assert_eq!(order(&["src/*"], "src/b").len(), 1, "a glob without braces");
        assert_eq!(order(&["src, !src/old"], "src/old").len(), 0);
        assert_eq!(order(&["", "{}"], "src").len(), 0);
    }

    #[test]
    fn each_property_is_decided_by_the_most_specific_that_has_it() {
        let policy = |name: &str, range: &str| json!({"policy": {"dependencies": {name: range, "both": range}}});
        let variants = variants(&[
            ("*", json!({"defaultScope": "all.scope", DEPENDENCY_RESOLVER: policy("a", "1"), "bit.build/env": "node"})),
            ("src", json!({DEPENDENCY_RESOLVER: policy("b", "2"), "bit.build/env": "web"})),
            ("src/ui", json!({"defaultScope": "my-org.ui", "teambit.pkg/pkg": {"x": 1}})),
        ]);
        let view = variants.for_component("src/ui/button");
        assert_eq!(view.default_scope().unwrap().as_str(), "my-org.ui");
        assert_eq!(
            (view.raw("bit.build/env"), view.raw("teambit.pkg/pkg")),
            (Some(&json!("web")), Some(&json!({"x": 1})))
        );
        let dependencies: Vec<_> = view.policy().dependencies.into_iter().collect();
        let expected = [("a", "1"), ("b", "2"), ("both", "2")].map(|(name, range)| (name.into(), range.into()));
        assert_eq!(dependencies, expected);
        assert_eq!(variants.for_component("lib").default_scope().unwrap().as_str(), "all.scope");
        assert_eq!(Variants::default().for_component("lib").raw("x"), None);
    }

    #[test]
    fn matching_many_components_is_cheap() {
        let section: Vec<_> = (0..100).map(|at| (format!("{{group{at}/**}}"), json!({}))).collect();
        let variants = Variants::read(&section, &Environments::default()).map_err(|fault| fault.what).unwrap();
        let dirs: Vec<String> = (0..1_000).map(|at| format!("group{}/component{at}", at % 100)).collect();
        let start = std::time::Instant::now();
        assert!(dirs.iter().all(|dir| variants.for_component(dir).layers.len() == 1));
        let took = start.elapsed();
        assert!(took.as_millis() < 500, "{took:?}: globs are compiled more than once?");
    }
}
