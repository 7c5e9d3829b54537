//! The workspace's own package.json.

use super::json;
use crate::disk;
use anyhow::Result;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What the workspace's own package.json says it needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Declared {
    /// Needed to run.
    pub dependencies: BTreeMap<String, String>,
    /// Needed to develop or test.
    pub dev_dependencies: BTreeMap<String, String>,
    /// Needed to run; whoever uses it brings them.
    pub peer_dependencies: BTreeMap<String, String>,
    /// Used where they can be installed.
    pub optional_dependencies: BTreeMap<String, String>,
}

impl Declared {
    /// Whether it is in any section.
    pub fn has(&self, package: &str) -> bool {
        let sections =
            [&self.dependencies, &self.dev_dependencies, &self.peer_dependencies, &self.optional_dependencies];
        sections.into_iter().any(|section| section.contains_key(package))
    }

    /// Reads `package.json` in a folder; nothing is declared where there is none.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("package.json");
        match disk::read_optional(&path)? {
            Some(bytes) => json::parse(&path, &json::text_of(&path, bytes)?),
            None => Ok(Self::default()),
        }
    }

    /// The range of a package, from the first section that has it.
    pub fn range_of(&self, name: &str) -> Option<&str> {
        [&self.dependencies, &self.dev_dependencies, &self.peer_dependencies, &self.optional_dependencies]
            .into_iter()
            .find_map(|section| section.get(name))
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_first_section_that_has_a_package_decides() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Declared::read(dir.path()).unwrap(), Declared::default());
        let text = r#"{"name": "w", "dependencies": {"a": "^1.0.0"}, "devDependencies": {"a": "2", "b": "~3"}, "peerDependencies": {"c": "4"}}"#;
        fs::write(dir.path().join("package.json"), text).unwrap();
        let declared = Declared::read(dir.path()).unwrap();
        assert_eq!(declared.range_of("a"), Some("^1.0.0"));
        assert_eq!((declared.range_of("b"), declared.range_of("c")), (Some("~3"), Some("4")));
        assert_eq!(declared.range_of("d"), None);
        fs::write(dir.path().join("package.json"), "{\n\"dependencies\": []}").unwrap();
        let error = Declared::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains("failed parsing the package.json") && error.contains("package.json:2:"), "{error}");
    }
}
