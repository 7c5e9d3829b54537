//! A component at one moment: as a version holds it, or as its folder is now. Two views can be compared.

use super::package_fields;
use super::state::{Component, Needed, State};
use crate::git::Repo;
use crate::model::{ComponentId, DependencyKind, PackageFields, Packages, Version};
use crate::scope::{SourceFile, StoredVersion};
use anyhow::Result;

/// A component at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The author's files, sorted by path.
    pub files: Vec<SourceFile>,
    /// The file that stands for the whole.
    pub main: String,
    /// The environment that builds it.
    pub env: String,
    /// The components it needs, sorted by id.
    pub dependencies: Vec<ViewedDependency>,
    /// The packages from outside that it needs.
    pub packages: Packages,
    /// What its package.json says of the package beside what is worked out.
    pub package_fields: PackageFields,
}

/// A component that another one needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ViewedDependency {
    /// Which one.
    pub id: ComponentId,
    /// At which version; none for a component of the workspace that has none yet.
    pub version: Option<Version>,
    /// When.
    pub kind: DependencyKind,
}

impl View {
    /// As a version holds it.
    pub fn of_version(repo: &Repo, stored: &StoredVersion) -> Result<Self> {
        let manifest = &stored.manifest;
        let dependency = |needed: &crate::model::Dependency| ViewedDependency {
            id: needed.id.id.clone(),
            version: Some(needed.id.version.clone()),
            kind: needed.kind,
        };
        Ok(Self {
            files: stored.source_files(repo)?,
            main: manifest.main.clone(),
            env: manifest.env.clone(),
            dependencies: manifest.dependencies.iter().map(dependency).collect(),
            packages: manifest.packages.clone(),
            package_fields: package_fields::of_version(repo, stored)?,
        })
    }

    /// As its folder is now.
    pub fn of_folder(state: &State, component: &Component) -> Self {
        let dependency = |need: &super::state::Need| {
            let (id, version) = match &need.target {
                Needed::Here(at) => {
                    let needed = &state.components[*at];
                    (needed.id.clone(), needed.entry.version.clone())
                }
                Needed::Known(id, _) => (id.id.clone(), Some(id.version.clone())),
            };
            ViewedDependency { id, version, kind: need.kind }
        };
        let mut dependencies: Vec<ViewedDependency> = component.needs.iter().map(dependency).collect();
        dependencies.sort();
        Self {
            files: component.files.iter().map(|file| file.source.clone()).collect(),
            main: component.entry.main_file.clone(),
            env: component.env.clone(),
            dependencies,
            packages: component.packages.clone(),
            package_fields: component.package_fields.clone(),
        }
    }
}
