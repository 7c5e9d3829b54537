//! The package.json of a version, generated: the same bytes on every machine.

use crate::model::{DependencyKind, Manifest, ModuleSystem, PackageName, Version};
use serde::Serialize;
use std::collections::BTreeMap;

/// What package.json says, in the order in which it says it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageJson {
    name: String,
    version: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    module: Option<&'static str>,
    main: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dependencies: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    peer_dependencies: BTreeMap<String, String>,
}

impl PackageJson {
    /// Derives it from the manifest: other components by exact version, packages from outside by their range.
    /// Development dependencies stay in the manifest: a package's user has no use for them.
    pub fn new(manifest: &Manifest, module: ModuleSystem) -> Self {
        let component = |kind: DependencyKind| {
            let of_kind = manifest.dependencies.iter().filter(move |dependency| dependency.kind == kind);
            of_kind
                .map(|dependency| (PackageName::of(&dependency.id.id).to_string(), dependency.id.version.to_string()))
        };
        let mut dependencies = manifest.packages.dependencies.clone();
        dependencies.extend(component(DependencyKind::Runtime));
        let mut peer_dependencies = manifest.packages.peer_dependencies.clone();
        peer_dependencies.extend(component(DependencyKind::Peer));
        Self {
            name: PackageName::of(&manifest.id().id).to_string(),
            version: manifest.version.to_string(),
            module: (module == ModuleSystem::Esm).then_some("module"),
            main: manifest.main.clone(),
            types: is_typescript(&manifest.main).then(|| manifest.main.clone()),
            dependencies,
            peer_dependencies,
        }
    }

    /// What a link in node_modules says: enough to be found and loaded.
    pub fn of_link(package: &PackageName, version: &Version, main: &str, module: ModuleSystem) -> Self {
        Self {
            name: package.to_string(),
            version: version.to_string(),
            module: (module == ModuleSystem::Esm).then_some("module"),
            main: main.into(),
            types: is_typescript(main).then(|| main.into()),
            dependencies: BTreeMap::new(),
            peer_dependencies: BTreeMap::new(),
        }
    }

    /// Two spaces, a final newline.
    pub fn to_json(&self) -> String {
        // Only strings and maps of strings: serde_json can write them all.
        let mut text = serde_json::to_string_pretty(self).expect("plain data is always JSON");
        text.push('\n');
        text
    }
}

fn is_typescript(main: &str) -> bool {
    [".ts", ".tsx", ".mts", ".cts"].iter().any(|ending| main.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Dependency, FORMAT, Packages};

    #[test]
    fn components_are_exact_packages_are_ranges_development_stays_out() {
        let dependency = |id: &str, kind| Dependency { id: id.parse().unwrap(), commit: None, kind };
        let manifest = Manifest {
            format: FORMAT,
            scope: "my-org.ui".parse().unwrap(),
            name: "ui/button".parse().unwrap(),
            version: "1.0.1".parse().unwrap(),
            forked_from: None,
            renamed_from: None,
            main: "index.ts".into(),
            env: "node".into(),
            artifacts: vec![],
            dependencies: vec![
                dependency("my-org.base/theme@1.2.0", DependencyKind::Runtime),
                dependency("my-org.base/react@2.0.0", DependencyKind::Peer),
                dependency("my-org.base/testing@3.0.0", DependencyKind::Dev),
            ],
            scopes: vec![],
            packages: Packages { dependencies: [("lodash".into(), "^4.17.21".into())].into(), ..Packages::default() },
            build: vec![],
        };
        let expected = r#"{
  "name": "@my-org/ui.ui.button",
  "version": "1.0.1",
  "type": "module",
  "main": "index.ts",
  "types": "index.ts",
  "dependencies": {
    "@my-org/base.theme": "1.2.0",
    "lodash": "^4.17.21"
  },
  "peerDependencies": {
    "@my-org/base.react": "2.0.0"
  }
}
"#;
        assert_eq!(PackageJson::new(&manifest, ModuleSystem::Esm).to_json(), expected);
    }
}
