//! The manifest of a version, `component.json`: what it is made of and what it needs.

use super::{Beginning, CommitId, ComponentName, Forebear, ScopeName, Version, VersionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The number of the scope format that this program writes.
pub const FORMAT: u32 = 1;

/// What a version is made of and what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The scope format.
    pub format: u32,
    /// The scope that holds the version.
    pub scope: ScopeName,
    /// The component's name.
    pub name: ComponentName,
    /// The version.
    pub version: Version,
    /// The component that it was forked from, in all its versions.
    #[serde(default, rename = "forkedFrom", skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<Forebear>,
    /// The component that it was before it got another name.
    #[serde(default, rename = "renamedFrom", skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<Forebear>,
    /// The file that stands for the whole, relative to the component.
    pub main: String,
    /// The environment that built it.
    pub env: String,
    /// Files and folders that the build made.
    pub artifacts: Vec<String>,
    /// Other components it needs, sorted by id.
    pub dependencies: Vec<Dependency>,
    /// Every scope in which a dependency of the whole closure lives, sorted.
    pub scopes: Vec<ScopeName>,
    /// Packages from outside that it needs.
    pub packages: Packages,
    /// What the build pipeline did.
    pub build: Vec<BuildRecord>,
}

/// A component that a version depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// Which component, at which version.
    pub id: VersionId,
    /// The content of that version. Absent inside a cycle, where it can't be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<CommitId>,
    /// When it is needed.
    pub kind: DependencyKind,
}

/// When a dependency is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    /// To run.
    Runtime,
    /// To run, and whoever uses the component brings it.
    Peer,
    /// To develop or test.
    Dev,
}

impl fmt::Display for DependencyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Runtime => "runtime",
            Self::Peer => "peer",
            Self::Dev => "dev",
        })
    }
}

/// Packages from outside, by name and range, as package.json has them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Packages {
    /// Needed to run.
    pub dependencies: BTreeMap<String, String>,
    /// Needed to develop or test.
    pub dev_dependencies: BTreeMap<String, String>,
    /// Needed to run; whoever uses the component brings them.
    pub peer_dependencies: BTreeMap<String, String>,
}

impl Packages {
    /// Name and range of each, whenever it is needed: what is needed to run comes first.
    pub fn all(&self) -> impl Iterator<Item = (&String, &String)> {
        [&self.dependencies, &self.peer_dependencies, &self.dev_dependencies].into_iter().flatten()
    }
}

/// What one task of the build pipeline did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRecord {
    /// The task's name.
    pub task: String,
    /// Whether it passed.
    pub ok: bool,
}

/// Why bytes are no manifest.
#[derive(Debug)]
pub enum ManifestError {
    /// Not the JSON that is expected.
    Json(serde_json::Error),
    /// Written by a newer program.
    Newer(u32),
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "{error}"),
            Self::Newer(format) => write!(f, "it has format {format}, this bit knows format {FORMAT}"),
        }
    }
}

impl std::error::Error for ManifestError {}

/// JSON as every file of the format has it: two spaces, a final newline.
pub(super) fn to_json(value: &impl Serialize) -> String {
    // These types hold only strings, numbers, lists and maps with string keys: serde_json can write them all.
    let mut text = serde_json::to_string_pretty(value).expect("plain data is always JSON");
    text.push('\n');
    text
}

/// Reads JSON that begins with a format number this program knows.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, ManifestError> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let head: Head = serde_json::from_slice(bytes).map_err(ManifestError::Json)?;
    if head.format > FORMAT {
        return Err(ManifestError::Newer(head.format));
    }
    serde_json::from_slice(bytes).map_err(ManifestError::Json)
}

impl Manifest {
    /// The bytes of component.json; the same on every machine.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Reads component.json.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ManifestError> {
        from_json(bytes)
    }

    /// How the component began.
    pub fn beginning(&self) -> Beginning {
        Beginning { forked_from: self.forked_from.clone(), renamed_from: self.renamed_from.clone() }
    }

    /// Of a version that needs nothing, and that nothing was built for.
    pub fn of(id: VersionId, main: &str, env: &str) -> Self {
        let VersionId { id: super::ComponentId { scope, name }, version } = id;
        Self {
            format: FORMAT,
            scope,
            name,
            version,
            forked_from: None,
            renamed_from: None,
            main: main.to_owned(),
            env: env.to_owned(),
            artifacts: Vec::new(),
            dependencies: Vec::new(),
            scopes: Vec::new(),
            packages: Packages::default(),
            build: Vec::new(),
        }
    }

    /// The version this is the manifest of.
    pub fn id(&self) -> VersionId {
        super::ComponentId::new(self.scope.clone(), self.name.clone()).at(self.version.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        Manifest {
            dependencies: vec![Dependency {
                id: "my-org.base/theme@1.2.0".parse().unwrap(),
                commit: Some(CommitId::from_bytes([0xab; 20])),
                kind: DependencyKind::Runtime,
            }],
            scopes: vec![ScopeName::new("my-org.base").unwrap()],
            ..Manifest::of("my-org.ui/ui/button@1.0.1".parse().unwrap(), "index.ts", "node")
        }
    }

    #[test]
    fn the_bytes_are_stable() {
        let text = sample().to_json();
        assert!(text.starts_with("{\n  \"format\": 1,\n  \"scope\": \"my-org.ui\",\n  \"name\": \"ui/button\""));
        assert!(text.ends_with("\"build\": []\n}\n"));
        assert_eq!(Manifest::from_json(text.as_bytes()).unwrap(), sample());
        let forked = Manifest { forked_from: "a/b@1.0.0".parse().ok(), ..sample() };
        assert!(forked.to_json().contains("\"version\": \"1.0.1\",\n  \"forkedFrom\": \"a/b@1.0.0\",\n  \"main\""));
        assert_eq!(Manifest::from_json(forked.to_json().as_bytes()).unwrap(), forked);
    }

    #[test]
    fn a_newer_format_is_named() {
        let text = sample().to_json().replace("\"format\": 1", "\"format\": 2");
        assert!(Manifest::from_json(text.as_bytes()).unwrap_err().to_string().contains("format 2"));
        assert!(Manifest::from_json(b"{}").is_err() && Manifest::from_json(b"[").is_err());
    }
}
