//! Ids: which component, which version of it, and what a person typed to say so.

use super::{ComponentName, NameError, ScopeName, Version};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A component of a scope, `my-org.ui/ui/button`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComponentId {
    /// The scope it belongs to.
    pub scope: ScopeName,
    /// Its name there.
    pub name: ComponentName,
}

impl ComponentId {
    /// Joins the two.
    pub fn new(scope: ScopeName, name: ComponentName) -> Self {
        Self { scope, name }
    }

    /// One version of this component.
    pub fn at(&self, version: Version) -> VersionId {
        VersionId { id: self.clone(), version }
    }
}

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.scope, self.name))
    }
}

impl std::str::FromStr for ComponentId {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (scope, name) = text.split_once('/').ok_or_else(|| NameError {
            what: "component id",
            text: text.into(),
            reason: "a scope and a name are expected, \"scope/name\"".into(),
            suggestion: None,
        })?;
        Ok(Self { scope: ScopeName::new(scope)?, name: ComponentName::new(name)? })
    }
}

impl TryFrom<String> for ComponentId {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<ComponentId> for String {
    fn from(id: ComponentId) -> String {
        id.to_string()
    }
}

/// One version of a component, `my-org.ui/ui/button@1.0.1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VersionId {
    /// The component.
    pub id: ComponentId,
    /// Its version.
    pub version: Version,
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.id, self.version))
    }
}

impl std::str::FromStr for VersionId {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (id, version) = text.rsplit_once('@').ok_or_else(|| NameError {
            what: "version id",
            text: text.into(),
            reason: "a version is expected after \"@\"".into(),
            suggestion: None,
        })?;
        Ok(Self { id: id.parse()?, version: version.parse()? })
    }
}

impl TryFrom<String> for VersionId {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<VersionId> for String {
    fn from(id: VersionId) -> String {
        id.to_string()
    }
}

/// Which version a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VersionSelector {
    /// This one.
    Exact(Version),
    /// The highest release.
    Latest,
    /// The newest of the main line.
    Head,
}

impl VersionSelector {
    /// Reads `1.0.0`, `latest` or `head`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        match text {
            "latest" => Ok(Self::Latest),
            "head" => Ok(Self::Head),
            _ => Version::new(text).map(Self::Exact),
        }
    }
}

impl fmt::Display for VersionSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) => version.fmt(f),
            Self::Latest => f.pad("latest"),
            Self::Head => f.pad("head"),
        }
    }
}

/// What a person typed for a component: `[scope/]component[@version]`.
///
/// `bar/foo` may be a component of that name, or the component `foo` of the scope `bar`;
/// who resolves it looks among the workspace's components first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdQuery {
    /// The text without the version.
    pub path: String,
    /// Read as a component's name alone.
    pub as_name: Option<ComponentName>,
    /// Read as scope and name.
    pub as_id: Option<ComponentId>,
    /// The version asked for.
    pub version: Option<VersionSelector>,
}

impl IdQuery {
    /// Whether this component may be meant, of whatever version.
    pub fn names(&self, id: &ComponentId) -> bool {
        self.as_id.as_ref() == Some(id) || self.as_name.as_ref() == Some(&id.name)
    }

    /// Reads what a person typed.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (path, version) = match text.rsplit_once('@') {
            Some((path, version)) if !path.is_empty() => (path, Some(VersionSelector::parse(version)?)),
            _ => (text, None),
        };
        let as_name = ComponentName::new(path);
        let as_id = path.parse::<ComponentId>().ok();
        match (as_name, as_id) {
            (Err(error), None) => {
                Err(NameError { suggestion: suggested_id(path).or(error.suggestion.clone()), ..error })
            }
            (as_name, as_id) => Ok(Self { path: path.into(), as_name: as_name.ok(), as_id, version }),
        }
    }
}

/// What was meant by a text that begins with a scope: `my-org.ui/compA`, or `my-org.ui.comp-a` with a dot before the name.
fn suggested_id(text: &str) -> Option<String> {
    let (scope, name) = match text.split_once('/') {
        Some((scope, name)) => (ScopeName::of_place(scope), name),
        None => text.rsplit_once('.').map(|(scope, name)| (ScopeName::new(scope).ok(), name))?,
    };
    let scope = scope.filter(|scope| scope.owner().is_some())?;
    let name = match ComponentName::new(name) {
        Ok(name) => name.to_string(),
        Err(error) => error.suggestion?,
    };
    Some(format!("{scope}/{name}"))
}

impl fmt::Display for IdQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_id_can_be_read_in_two_ways() {
        let query = IdQuery::parse("bar/foo").unwrap();
        assert_eq!(query.as_name.unwrap().as_str(), "bar/foo");
        assert_eq!(query.as_id.unwrap().to_string(), "bar/foo");

        let query = IdQuery::parse("my-org.ui/ui/button@1.0.1").unwrap();
        assert_eq!((query.as_name, query.as_id.unwrap().name.as_str()), (None, "ui/button"));
        assert_eq!(query.version, Some(VersionSelector::Exact(Version::new("1.0.1").unwrap())));

        let query = IdQuery::parse("foo@latest").unwrap();
        assert_eq!((query.as_id, query.version), (None, Some(VersionSelector::Latest)));
    }

    #[test]
    fn a_suggestion_keeps_the_scope() {
        let suggestion = |text: &str| IdQuery::parse(text).unwrap_err().suggestion;
        for (typed, meant) in [
            ("my-org.ui/compA", "my-org.ui/comp-a"),
            ("My-Org.ui/card", "my-org.ui/card"),
            ("my-org.ui.app", "my-org.ui/app"),
            ("my-org.ui/con", "my-org.ui/con-1"),
            ("ui/compA", "ui/comp-a"),
            ("My.App", "my-app"),
        ] {
            assert_eq!(suggestion(typed).as_deref(), Some(meant), "{typed}");
        }
    }

    #[test]
    fn no_id_at_all() {
        for bad in ["", "@1.0.0", "a@", "a@x", "a b", "../x", "x/../y", "-x", "foo@1.0"] {
            assert!(IdQuery::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn ids_survive_the_round_trip(scope in "[a-z][a-z0-9_-]{4,8}(\\.[a-z][a-z0-9_]{4,8})?", name in "[a-z][a-z0-9_-]{4,8}(/[a-z][a-z0-9_-]{4,8}){0,2}", major: u32, minor: u32, pre in "(-[a-z]{1,4}\\.[1-9])?") {
            let text = format!("{scope}/{name}@{major}.{minor}.0{pre}");
            let id: VersionId = text.parse().unwrap();
            prop_assert_eq!(id.to_string(), text);
        }
    }
}
