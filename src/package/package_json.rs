//! The package.json of a version, generated: the same bytes on every machine.

use super::entry_points::{EntryPoints, Exports, TypesVersions};
use crate::model::{DependencyKind, FieldFault, Manifest, ModuleSystem, PackageFields, PackageName, Version};
use serde::Serialize;
use serde_json::{Map, Value};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    types_versions: Option<TypesVersions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exports: Option<Exports>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dependencies: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    peer_dependencies: BTreeMap<String, String>,
    /// What a person says of the package.
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// What is worked out, and so no field that a person chooses.
const OWN: [&str; 9] =
    ["name", "version", "type", "main", "types", "typesVersions", "exports", "dependencies", "peerDependencies"];

/// The fields of a version's package.json that a person chose.
pub fn chosen_fields(package_json: &Map<String, Value>) -> Result<PackageFields, FieldFault> {
    PackageFields::of_package_json(package_json, &OWN)
}

impl PackageJson {
    /// Derives it from the manifest: other components by exact version, packages from outside by their range.
    /// Development dependencies stay in the manifest: a package's user has no use for them.
    pub fn new(manifest: &Manifest, module: ModuleSystem, entry: &EntryPoints, fields: &PackageFields) -> Self {
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
            main: entry.main.clone(),
            types: entry.types.clone(),
            types_versions: entry.types_versions(),
            exports: entry.exports.clone(),
            dependencies,
            peer_dependencies,
            fields: fields.as_map().clone(),
        }
    }

    /// What a link in node_modules says: enough to be found and loaded.
    pub fn of_link(package: &PackageName, version: &Version, entry: &EntryPoints, module: ModuleSystem) -> Self {
        Self {
            name: package.to_string(),
            version: version.to_string(),
            module: (module == ModuleSystem::Esm).then_some("module"),
            main: entry.main.clone(),
            types: entry.types.clone(),
            types_versions: entry.types_versions(),
            exports: entry.exports.clone(),
            dependencies: BTreeMap::new(),
            peer_dependencies: BTreeMap::new(),
            fields: Map::new(),
        }
    }

    /// As it was before it told TypeScript's oldest way of finding files where types are.
    pub fn without_types_versions(self) -> Self {
        Self { types_versions: None, ..self }
    }

    /// Two spaces, a final newline.
    pub fn to_json(&self) -> String {
        // Only JSON and maps with strings for keys: serde_json can write them all.
        let mut text = serde_json::to_string_pretty(self).expect("plain data is always JSON");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Dependency, Packages};
    use serde_json::json;

    const WITH_DIST: &str = r#"{
  "name": "@my-org/ui.ui.button",
  "version": "1.0.1",
  "type": "module",
  "main": "dist/index.js",
  "types": "dist/index.d.ts",
  "typesVersions": {
    "*": {
      "*": [
        "dist/*",
        "*"
      ]
    }
  },
  "exports": {
    ".": {
      "types": "./dist/index.d.ts",
      "default": "./dist/index.js"
    },
    "./index": {
      "types": "./dist/index.d.ts",
      "default": "./dist/index.js"
    },
    "./index.js": {
      "types": "./dist/index.d.ts",
      "default": "./dist/index.js"
    },
    "./index.ts": {
      "types": "./dist/index.d.ts",
      "default": "./dist/index.js"
    },
    "./lib/x": {
      "default": "./dist/lib/x.js"
    },
    "./lib/x.js": {
      "default": "./dist/lib/x.js"
    },
    "./package.json": "./package.json",
    "./*": "./*"
  },
  "dependencies": {
    "@my-org/base.theme": "1.2.0",
    "lodash": "^4.17.21"
  },
  "peerDependencies": {
    "@my-org/base.react": "2.0.0"
  },
  "bin": {
    "x": "lib/x.js"
  },
  "license": "MIT"
}
"#;

    #[test]
    fn components_are_exact_packages_are_ranges_development_stays_out() {
        let dependency = |id: &str, kind| Dependency { id: id.parse().unwrap(), commit: None, kind };
        let manifest = Manifest {
            dependencies: vec![
                dependency("my-org.base/theme@1.2.0", DependencyKind::Runtime),
                dependency("my-org.base/react@2.0.0", DependencyKind::Peer),
                dependency("my-org.base/testing@3.0.0", DependencyKind::Dev),
            ],
            packages: Packages { dependencies: [("lodash".into(), "^4.17.21".into())].into(), ..Packages::default() },
            ..Manifest::of("my-org.ui/ui/button@1.0.1".parse().unwrap(), "index.ts", "node")
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
        let sources = EntryPoints::of(&manifest, ["index.ts", "dist/index.js"]);
        assert_eq!(
            PackageJson::new(&manifest, ModuleSystem::Esm, &sources, &PackageFields::default()).to_json(),
            expected
        );

        let files = ["index.ts", "lib/x.js", "dist/index.js", "dist/index.d.ts", "dist/lib/x.js"];
        let built = EntryPoints::of(&Manifest { artifacts: vec!["dist".into()], ..manifest.clone() }, files);
        let said = json!({"license": "MIT", "bin": {"x": "lib/x.js"}});
        let fields = PackageFields::read(said.as_object().unwrap()).unwrap();
        let whole = PackageJson::new(&manifest, ModuleSystem::Esm, &built, &fields).to_json();
        assert_eq!(whole, WITH_DIST);
        let earlier = PackageJson::new(&manifest, ModuleSystem::Esm, &built, &fields).without_types_versions();
        assert!(!earlier.to_json().contains("typesVersions") && earlier.to_json().contains("exports"));
        let found: Map<String, Value> = serde_json::from_str(&whole).unwrap();
        assert_eq!(chosen_fields(&found).unwrap(), fields);
    }
}
