//! Package names: what a component is called in an import statement.

use super::{ComponentId, ScopeName};
use std::fmt;

/// The npm package a component is, `@my-org/ui.ui.button`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// `owner.name` + `ui/button` → `@owner/name.ui.button`; `name` + `button` → `@name/button`.
    pub fn of(id: &ComponentId) -> Self {
        Self(format!("{}{}", Self::prefix(&id.scope), id.name.as_str().replace('/', ".")))
    }

    /// What all packages of a scope begin with.
    pub fn prefix(scope: &ScopeName) -> String {
        match scope.owner() {
            Some(owner) => format!("@{owner}/{}.", scope.base()),
            None => format!("@{scope}/"),
        }
    }

    /// The components that may have this name: `@a/b.c` is that of `a.b/c` and of `a/b/c`.
    pub fn components(package: &str) -> Vec<ComponentId> {
        let Some((scope, rest)) = package.strip_prefix('@').and_then(|package| package.split_once('/')) else {
            return Vec::new();
        };
        let of_owner = rest.split_once('.').map(|(base, name)| format!("{scope}.{base}/{}", name.replace('.', "/")));
        let of_one_word = format!("{scope}/{}", rest.replace('.', "/"));
        of_owner.into_iter().chain([of_one_word]).filter_map(|id| id.parse().ok()).collect()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_and_name_make_the_package() {
        let package = |id: &str| PackageName::of(&id.parse().unwrap()).to_string();
        assert_eq!(package("my-org.ui/ui/button"), "@my-org/ui.ui.button");
        assert_eq!(package("scope/bar/foo"), "@scope/bar.foo");
    }

    #[test]
    fn a_package_says_which_components_it_may_be() {
        let components = |package: &str| -> Vec<String> {
            PackageName::components(package).iter().map(ToString::to_string).collect()
        };
        assert_eq!(components("@my-org/ui.forms.input"), ["my-org.ui/forms/input", "my-org/ui/forms/input"]);
        assert_eq!(components("@ui/button"), ["ui/button"]);
        for other in ["lodash", "@x", "@My/x", "@ui/", "@ui/button@1.0.0"] {
            assert_eq!(components(other), [""; 0], "{other}");
        }
    }
}
