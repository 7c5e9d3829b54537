//! The catalog: what a scope lists. A version exists in a scope if and only if its catalog lists it.

use super::manifest::{FORMAT, from_json, to_json};
use super::{
    BadRange, CommitId, ComponentId, ComponentName, ManifestError, ScopeName, Version, VersionId, VersionRange,
    VersionSelector,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `scope.json`: the scope's own card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeInfo {
    /// The scope format.
    pub format: u32,
    /// The scope's name.
    pub name: ScopeName,
    /// What it is for, in a person's words.
    #[serde(default)]
    pub description: String,
    /// Hints: where the scopes of its dependencies live.
    #[serde(default)]
    pub remotes: BTreeMap<ScopeName, String>,
    /// What others keep there.
    #[serde(flatten)]
    pub others: BTreeMap<String, serde_json::Value>,
}

impl ScopeInfo {
    /// The bytes of scope.json.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Reads scope.json.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ManifestError> {
        from_json(bytes)
    }
}

/// `catalog/<name>.json`: a component and its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogEntry {
    /// The scope format.
    pub format: u32,
    /// The component's name.
    pub name: ComponentName,
    /// The newest version of the main line: the next one must have it in its history.
    pub head: Version,
    /// The highest release that is not removed, else the highest pre-release.
    pub latest: Version,
    /// Set where the component is deprecated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecation>,
    /// Set where the component is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Removal>,
    /// Every version, in the order of their export. Append-only.
    pub versions: Vec<CatalogVersion>,
}

/// One version in a catalog entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogVersion {
    /// The version.
    pub version: Version,
    /// Its content.
    pub commit: CommitId,
    /// The components it depends on.
    #[serde(default)]
    pub dependencies: Vec<VersionId>,
    /// Where a copy comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Whether the copy's dependencies were rewritten to copies too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rewired: bool,
    /// Set where this version is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Removal>,
}

impl CatalogVersion {
    /// A version that was made in this very scope, and of which nothing else is said.
    pub fn new(version: Version, commit: CommitId, dependencies: Vec<VersionId>) -> Self {
        Self { version, commit, dependencies, origin: None, rewired: false, removed: None }
    }
}

/// Where a copied version comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The version it was copied from.
    pub id: VersionId,
    /// That version's content.
    pub commit: CommitId,
}

/// A word to those who use a component: don't, any more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Deprecation {
    /// Why, and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Which versions, as an npm range; all of them where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// What to use instead.
    #[serde(default, rename = "newId", skip_serializing_if = "Option::is_none")]
    pub new_id: Option<ComponentId>,
}

impl Deprecation {
    /// Whether it is about this version. A range that can't be read is about all of them.
    pub fn covers(&self, version: &Version) -> bool {
        match self.range.as_deref().map(VersionRange::parse) {
            Some(Ok(range)) => range.holds(version),
            Some(Err(BadRange::Impossible)) => false,
            Some(Err(_)) | None => true,
        }
    }
}

/// A removed component or version: kept as data, hidden from lists.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Removal {
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl CatalogEntry {
    /// The bytes of the entry's file.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Reads an entry's file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ManifestError> {
        from_json(bytes)
    }

    /// The entry of a component that was not in the catalog: its first version.
    pub fn new(name: ComponentName, first: CatalogVersion) -> Self {
        let version = first.version.clone();
        let (head, latest) = (version.clone(), version);
        Self { format: FORMAT, name, head, latest, deprecated: None, removed: None, versions: vec![first] }
    }

    /// Adds versions; `head` is the newest of the main line then. Their history says which one that is, not their order.
    pub fn extend(&mut self, versions: impl IntoIterator<Item = CatalogVersion>, head: Version) {
        self.versions.extend(versions);
        self.head = head;
        self.choose_latest();
    }

    /// Says again which version is the latest, after something was added or removed.
    pub fn choose_latest(&mut self) {
        self.latest = self.highest();
    }

    /// The highest release that is not removed, else the highest pre-release, else the head: what is to be the latest.
    pub fn highest(&self) -> Version {
        let alive = || self.versions.iter().filter(|listed| listed.removed.is_none()).map(|listed| &listed.version);
        let release = alive().filter(|version| !version.is_prerelease()).max();
        release.or_else(|| alive().max()).unwrap_or(&self.head).clone()
    }

    /// The number that is meant: without a word the latest.
    pub fn number(&self, wanted: Option<&VersionSelector>) -> Version {
        match wanted {
            None | Some(VersionSelector::Latest) => self.latest.clone(),
            Some(VersionSelector::Head) => self.head.clone(),
            Some(VersionSelector::Exact(version)) => version.clone(),
        }
    }

    /// Whether a version is removed: it alone, or with the whole component.
    pub fn is_removed(&self, listed: &CatalogVersion) -> bool {
        self.removed.is_some() || listed.removed.is_some()
    }

    /// Whether it lists a version, and as removed.
    pub fn has_removed(&self, version: &Version) -> bool {
        self.version(version).is_some_and(|listed| self.is_removed(listed))
    }

    /// The newest version that everybody is to have: that of the main line, or if it alone is removed the latest one.
    /// Of a component that is removed as a whole nobody is to have any.
    pub fn newest(&self) -> Option<&CatalogVersion> {
        let stays = |listed: &&CatalogVersion| !self.is_removed(listed);
        self.version(&self.head).filter(stays).or_else(|| self.version(&self.latest).filter(stays))
    }

    /// What the catalog says of one version.
    pub fn version(&self, version: &Version) -> Option<&CatalogVersion> {
        self.versions.iter().find(|listed| listed.version == *version)
    }
}

/// A version that was listed, and is not listed any more as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which one.
    pub id: VersionId,
    /// The content that it had.
    pub was: CommitId,
    /// What is listed now; `None` where it is not listed at all.
    pub is: Option<CommitId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deprecation_may_be_about_some_versions() {
        let version = Version::new("1.2.0").unwrap();
        let covers = |range: Option<&str>| {
            Deprecation { range: range.map(str::to_owned), ..Deprecation::default() }.covers(&version)
        };
        assert!(covers(None) && covers(Some("^1.0.0")) && covers(Some("no range")));
        assert!(!covers(Some("<1.2.0")));
    }
}
