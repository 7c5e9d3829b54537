//! The fields of two versions beside each other: main file, environment, dependencies, packages.

use super::FieldChange;
use crate::model::{DependencyKind, PackageFields, Version};
use crate::ops::view::{View, ViewedDependency};
use std::collections::{BTreeMap, BTreeSet};

/// The fields that differ.
pub fn fields(old: &View, new: &View) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (field, old, new) in [("main file", &old.main, &new.main), ("environment", &old.env, &new.env)] {
        if old != new {
            changes.push(FieldChange { field, of: None, old: Some(old.clone()), new: Some(new.clone()) });
        }
    }
    changes.extend(changed("dependency", &dependencies(old), &dependencies(new)));
    let package_fields = (texts(&old.package_fields), texts(&new.package_fields));
    let (old, new) = (&old.packages, &new.packages);
    changes.extend(changed("package", &old.dependencies, &new.dependencies));
    changes.extend(changed("dev package", &old.dev_dependencies, &new.dev_dependencies));
    changes.extend(changed("peer package", &old.peer_dependencies, &new.peer_dependencies));
    changes.extend(changed("package.json", &package_fields.0, &package_fields.1));
    changes
}

/// Each as JSON, in one line.
fn texts(fields: &PackageFields) -> BTreeMap<String, String> {
    fields.as_map().iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
}

/// Each with its version, and its kind where that is a special one.
fn dependencies(view: &View) -> BTreeMap<String, String> {
    let text = |needed: &ViewedDependency| {
        let version = needed.version.as_ref().map_or_else(|| "new".to_owned(), Version::to_string);
        let kind = if needed.kind == DependencyKind::Runtime { String::new() } else { format!(" ({})", needed.kind) };
        (needed.id.to_string(), format!("{version}{kind}"))
    };
    view.dependencies.iter().map(text).collect()
}

fn changed(field: &'static str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&String| old.get(*name) != new.get(*name);
    let change = |name: &String| FieldChange {
        field,
        of: Some(name.clone()),
        old: old.get(name).cloned(),
        new: new.get(name).cloned(),
    };
    names.into_iter().filter(differs).map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Packages;

    fn view(main: &str, dependencies: &[(&str, Option<&str>, DependencyKind)], packages: &[(&str, &str)]) -> View {
        let dependency = |(id, version, kind): &(&str, Option<&str>, DependencyKind)| ViewedDependency {
            id: id.parse().unwrap(),
            version: version.map(|version| version.parse().unwrap()),
            kind: *kind,
        };
        let packages = packages.iter().map(|(name, range)| ((*name).to_owned(), (*range).to_owned())).collect();
        View {
            files: vec![],
            main: main.into(),
            env: "node".into(),
            dependencies: dependencies.iter().map(dependency).collect(),
            packages: Packages { dependencies: packages, ..Packages::default() },
            package_fields: PackageFields::default(),
        }
    }

    #[test]
    fn fields_that_differ_are_told_and_no_others() {
        use DependencyKind::{Dev, Runtime};
        let old =
            view("index.js", &[("s.c/a", Some("1.0.0"), Runtime), ("s.c/b", Some("1.0.0"), Runtime)], &[("x", "^1")]);
        let new = view(
            "main.js",
            &[("s.c/a", Some("1.0.1"), Dev), ("s.c/b", Some("1.0.0"), Runtime), ("s.c/c", None, Runtime)],
            &[],
        );
        let told: Vec<String> = fields(&old, &new)
            .into_iter()
            .map(|change| {
                let side = |side: Option<String>| side.unwrap_or_else(|| "-".into());
                format!("{} {} {} {}", change.field, change.of.unwrap_or_default(), side(change.old), side(change.new))
            })
            .collect();
        assert_eq!(
            told,
            [
                "main file  index.js main.js",
                "dependency s.c/a 1.0.0 1.0.1 (dev)",
                "dependency s.c/c - new",
                "package x ^1 -"
            ]
        );
        assert!(fields(&old, &old).is_empty());
    }
}
