//! Every ref name, encoded and decoded in one place.

use crate::model::{ComponentId, ComponentName, ScopeName, Version, VersionId};
use std::fmt;

/// A ref of a local scope that has a meaning for us.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefName {
    /// `refs/tags/<scope>/<component>@<version>`: a version known here.
    Version(VersionId),
    /// `refs/remotes/<scope>/catalog`: the last catalog seen of a scope.
    TrackedCatalog(ScopeName),
}

/// Below this all tags are.
pub const TAGS: &str = "refs/tags/";
const BRANCHES: &str = "refs/heads/";
const REMOTES: &str = "refs/remotes/";
const CATALOG: &str = "/catalog";
const REPLACEMENTS: &str = "refs/replace/";

/// The folders that every repository has for its refs.
pub const FOLDERS: [&str; 2] = ["refs/heads", "refs/tags"];
/// Every ref under its own name, without force: what exists is not overwritten, a branch only moves forward.
pub const EVERYTHING: &str = "refs/*:refs/*";
/// What stands for all tags.
pub const ALL_TAGS: &str = "refs/tags/*";
/// A name for pushes that are only rehearsed.
pub const REHEARSAL: &str = "refs/tags/bit-remote-check";
/// Where a component's files are kept as they were before a merge, until a tag joins the two sides.
pub fn before_merge(id: &ComponentId) -> String {
    format!("refs/bit/before-merge/{id}@")
}
/// The folders that a ref is in, from its name.
pub(super) fn folders_of(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(at, _)| &name[..at])
}
/// What every full ref name begins with.
pub const ROOT: &str = "refs/";
/// The ref that names the branch that counts.
pub const HEAD: &str = "HEAD";
/// A ref that no repository has.
pub const NOWHERE: &str = "refs/heads/bit-login/nowhere";
/// The catalog of a scope whose name is not known yet, in a repository that is thrown away.
pub const VISITED_CATALOG: &str = "refs/visit/catalog";
/// What a quarantine calls commits that are here already.
pub const HAVE: &str = "refs/have/";
/// The file in which git lists the commits at which histories are cut off.
pub const SHALLOW: &str = "shallow";
/// What HEAD names on most hosts.
pub const USUAL_HEADS: [&str; 2] = ["refs/heads/main", "refs/heads/master"];
/// What HEAD says in a new repository: the catalog's branch, unborn.
pub const NEW_HEAD: &str = "ref: refs/heads/main\n";

impl RefName {
    /// Reads a full ref name; `None` for refs that are not ours.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(rest) = name.strip_prefix(TAGS) {
            let (id, version) = rest.rsplit_once('@')?;
            let id: ComponentId = id.parse().ok()?;
            return Some(Self::Version(id.at(Version::new(version).ok()?)));
        }
        let scope = name.strip_prefix(REMOTES)?.strip_suffix(CATALOG)?;
        ScopeName::new(scope).ok().map(Self::TrackedCatalog)
    }

    /// Reads a full ref name of a scope: the version whose tag it is, or would be.
    pub fn version_in_scope(name: &str, scope: &ScopeName) -> Option<VersionId> {
        let (component, version) = name.strip_prefix(TAGS)?.rsplit_once('@')?;
        let id = ComponentId::new(scope.clone(), ComponentName::new(component).ok()?);
        Some(id.at(Version::new(version).ok()?))
    }

    /// The version that could never have its tag beside a tag of this name, which would make a folder of it.
    pub fn version_above(name: &str, scope: &ScopeName) -> Option<VersionId> {
        folders_of(name).find_map(|above| Self::version_in_scope(above, scope))
    }

    /// The folder of components whose tags could not be made beside a tag of this name.
    pub fn folder_of_components(name: &str) -> Option<ComponentName> {
        ComponentName::new(name.strip_prefix(TAGS)?).ok()
    }

    /// Whether git shows one object in the place of another because of it.
    pub fn is_replacement(name: &str) -> bool {
        name.starts_with(REPLACEMENTS)
    }

    /// Whether this is a branch.
    pub fn is_branch(name: &str) -> bool {
        name.starts_with(BRANCHES)
    }

    /// Whether this is a tag.
    pub fn is_tag(name: &str) -> bool {
        name.starts_with(TAGS)
    }

    /// Whether this is a tag that no version has, in any scope: the tags of a scope do not bear its name.
    pub fn is_foreign_tag(name: &str) -> bool {
        Self::is_tag(name) && Self::version_in_scope(name, &ScopeName::placeholder()).is_none()
    }

    /// What a version's tag is called in its scope: `refs/tags/<component>@<version>`.
    pub fn in_scope(id: &VersionId) -> String {
        format!("{TAGS}{}", Self::short_in_scope(id))
    }

    /// The name that an annotated tag of a version says it has.
    pub fn short_in_scope(id: &VersionId) -> String {
        format!("{}@{}", id.id.name, id.version)
    }

    /// What the tags of all versions of a component begin with, and a `*`: in its scope, and in a local scope.
    pub fn all_versions(id: &ComponentId) -> (String, String) {
        (format!("{TAGS}{}@*", id.name), format!("{TAGS}{id}@*"))
    }
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(id) => write!(f, "{TAGS}{id}"),
            Self::TrackedCatalog(scope) => write!(f, "{REMOTES}{scope}{CATALOG}"),
        }
    }
}

impl From<VersionId> for RefName {
    fn from(id: VersionId) -> Self {
        Self::Version(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_ref_name_survives_the_round_trip(
            scope in "[a-z][a-z0-9_-]{4,8}(\\.[a-z][a-z0-9_]{4,8})?",
            name in "[a-z][a-z0-9_-]{4,8}(/[a-z][a-z0-9_-]{4,8}){0,2}",
            minor: u32,
            pre in "(-[a-z]{1,4}\\.[1-9])?",
        ) {
            let id: VersionId = format!("{scope}/{name}@1.{minor}.0{pre}").parse().unwrap();
            let scope = id.id.scope.clone();
            for name in [RefName::Version(id.clone()), RefName::TrackedCatalog(scope.clone())] {
                let text = name.to_string();
                prop_assert!(git2::Reference::is_valid_name(&text), "{}", text);
                prop_assert_eq!(RefName::parse(&text), Some(name));
            }
            prop_assert_eq!(RefName::version_in_scope(&RefName::in_scope(&id), &id.id.scope), Some(id));
        }

        #[test]
        fn a_name_that_is_read_is_written_the_same(text in "refs/(tags|remotes|heads)/[a-z./@0-9-]{1,30}") {
            if let Some(name) = RefName::parse(&text) {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }

    proptest! {
        #[test]
        fn a_version_that_git_could_not_name_is_no_version(text in "\\PC{0,12}|1\\.0\\.0-[0-9a-z.@^~:*? -]{0,9}") {
            if let Ok(version) = Version::new(&text) {
                prop_assert_eq!(version.to_string(), text.clone());
                let name = format!("refs/tags/my-org.ui/button@{version}");
                prop_assert!(git2::Reference::is_valid_name(&name), "{}", name);
            }
        }
    }

    #[test]
    fn a_tag_of_no_version_is_none() {
        let scope = ScopeName::new("my-org.ui").unwrap();
        for other in
            ["refs/tags/v1.0.0", "refs/tags/a@1", "refs/tags/a@1.0.0^{}", "refs/tags/A@1.0.0", "refs/heads/a@1.0.0"]
        {
            assert_eq!(RefName::version_in_scope(other, &scope), None, "{other}");
        }
    }

    #[test]
    fn other_refs_are_not_ours() {
        for other in [
            "refs/heads/main",
            "refs/tags/v1.0.0",
            "refs/tags/s/c@1",
            "refs/remotes/origin/main",
            "refs/tags/S/c@1.0.0",
        ] {
            assert_eq!(RefName::parse(other), None, "{other}");
        }
        let scope = ScopeName::placeholder();
        for other in ["refs/tags/v1.0.0", "refs/tags/@org/button@1.0.0", "refs/heads/button@1.0.0", "refs/tags/a@next"]
        {
            assert_eq!(RefName::version_in_scope(other, &scope), None, "{other}");
        }
    }
}
