//! Comparing a component with the version it was last tagged or checked out as.

use super::cache::{Cache, VersionSummary};
use super::{Component, Content, Issue, IssueKind, Needed};
use crate::model::{CommitId, PackageFields, Packages};
use crate::ops::base::here;
use crate::ops::{Workspace, package_fields};
use crate::scope::{Known, LocalScope, StoredVersion};
use crate::workspace::BitmapEntry;
use anyhow::Result;
use rayon::prelude::*;
use serde_json::Map;
use std::collections::HashSet;

/// How a component stands to its current version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has no version.
    New,
    /// It has one that is not known here: it was tagged or exported elsewhere.
    ImportPending,
    /// It is as it was.
    Unchanged,
    /// It is not.
    Modified(Changes),
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// Files, settings or packages.
    pub content: bool,
    /// Versions of components that it depends on.
    pub dependencies: bool,
}

/// Compares every component.
pub fn fill(components: &mut [Component], known: &Known, workspace: &Workspace, cache: &mut Cache) -> Result<()> {
    let commits: Vec<Option<CommitId>> = components.iter().map(|component| here(known, &component.entry)).collect();
    summarize(&commits, workspace, cache)?;
    for (component, commit) in components.iter_mut().zip(&commits) {
        let before = commit.and_then(|commit| cache.version(commit.as_bytes()));
        let root_dir = &component.entry.root_dir;
        let fields = read_fields(before.map_or("", |before| before.package_fields.as_str()))?;
        component.package_fields = package_fields::next(fields, &workspace.config.package_fields(root_dir));
        // What an imported version calls its environment is a name, and no difference where nobody chose another one.
        if let (None, Some(before)) = (workspace.config.chosen_environment(root_dir), before) {
            component.env.clone_from(&before.env);
        }
    }
    let (all, cache) = (&*components, &*cache);
    let places = (0..components.len()).into_par_iter().with_min_len(32);
    let standings: Vec<Standing> = places.map(|at| standing(all, at, commits[at], cache)).collect::<Result<_>>()?;
    for ((component, standing), commit) in components.iter_mut().zip(standings).zip(commits) {
        component.standing = standing;
        component.issues.extend(other_content(&component.entry, commit));
    }
    Ok(())
}

/// .bitmap says what content its version has. Another one here was tagged by somebody else under the same number.
fn other_content(entry: &BitmapEntry, here: Option<CommitId>) -> Option<Issue> {
    let (meant, here, version) = (entry.commit?, here?, entry.version.as_ref()?);
    (meant != here).then(|| {
        let message = format!("version {version} is {} here, but .bitmap means {}", here.short(), meant.short());
        let fix = format!(
            "both were tagged apart from each other: bit reset {}@{version} takes back the one here; where that is its scope's, and you have looked at it: bit import --accept-moved {} makes the folder of it",
            entry.name,
            entry.id().at(version.clone())
        );
        Issue::of_component(IssueKind::OtherContent, message, fix)
    })
}

/// Sees to it that the cache has a summary of every one of these versions.
fn summarize(commits: &[Option<CommitId>], workspace: &Workspace, cache: &mut Cache) -> Result<()> {
    let missing: Vec<CommitId> =
        commits.iter().flatten().filter(|commit| cache.version(commit.as_bytes()).is_none()).copied().collect();
    let path = workspace.scope.repo().path();
    let new: Vec<([u8; 20], VersionSummary)> = missing
        .par_iter()
        .with_min_len(16)
        .map_init(
            || LocalScope::open_again(path),
            |scope, commit| {
                let scope = scope.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
                Ok((*commit.as_bytes(), summary(scope, *commit)?))
            },
        )
        .collect::<Result<_>>()?;
    let in_use: HashSet<[u8; 20]> = commits.iter().flatten().map(|commit| *commit.as_bytes()).collect();
    cache.put_versions(new, |commit| in_use.contains(commit));
    Ok(())
}

/// What a version says of itself.
pub fn summary(scope: &LocalScope, commit: CommitId) -> Result<VersionSummary> {
    let version = StoredVersion::read(scope.repo(), commit)?;
    let files = version.source_files(scope.repo())?;
    let manifest = &version.manifest;
    let mut needs: Vec<_> =
        manifest.dependencies.iter().map(|needed| (needed.id.id.to_string(), needed.kind)).collect();
    needs.sort();
    let content = Content {
        files: files.iter().map(|file| (file.path.as_str(), file.mode, file.blob)).collect(),
        main: &manifest.main,
        env: &manifest.env,
        packages: &manifest.packages,
        needs,
    };
    let mut dependencies: Vec<String> = manifest.dependencies.iter().map(|needed| needed.id.to_string()).collect();
    dependencies.sort();
    Ok(VersionSummary {
        fingerprint: content.fingerprint()?,
        dependencies,
        scopes: manifest.scopes.iter().map(ToString::to_string).collect(),
        package_fields: fields_as_text(&package_fields::of_version(scope.repo(), &version)?)?,
        env: manifest.env.clone(),
    })
}

fn standing(components: &[Component], at: usize, commit: Option<CommitId>, cache: &Cache) -> Result<Standing> {
    let component = &components[at];
    if component.entry.version.is_none() {
        return Ok(Standing::New);
    }
    let Some(summary) = commit.and_then(|commit| cache.version(commit.as_bytes())) else {
        return Ok(Standing::ImportPending);
    };
    let changes = Changes {
        content: has_other_content(components, at, summary, &component.packages)?,
        dependencies: dependencies(component, components) != summary.dependencies,
    };
    let unchanged = !changes.content && !changes.dependencies;
    Ok(if unchanged { Standing::Unchanged } else { Standing::Modified(changes) })
}

/// Whether it is not what its version is, if it needs these packages.
fn has_other_content(
    components: &[Component],
    at: usize,
    summary: &VersionSummary,
    packages: &Packages,
) -> Result<bool> {
    let component = &components[at];
    // What a merge brought makes a version of its own, also where the files came out as they were.
    Ok(component.entry.merging.is_some()
        || holds_what_no_version_does(component)
        || fingerprint(component, components, packages)? != summary.fingerprint
        || !component.package_fields.goes_on_from(&read_fields(&summary.package_fields)?))
}

/// Whether it is what its version is, but for the ranges of the packages that both need.
pub fn differs_in_ranges_alone(
    components: &[Component],
    at: usize,
    summary: &VersionSummary,
    packages: &Packages,
) -> Result<bool> {
    let names = |packages: &Packages| packages.all().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let now = &components[at].packages;
    Ok(now != packages && names(now) == names(packages) && !has_other_content(components, at, summary, packages)?)
}

fn read_fields(text: &str) -> Result<PackageFields> {
    // It was written by this program.
    let fields = if text.is_empty() { Map::new() } else { serde_json::from_str(text)? };
    Ok(PackageFields::read(&fields).unwrap_or_default())
}

fn fields_as_text(fields: &PackageFields) -> Result<String> {
    Ok(if fields.is_empty() { String::new() } else { serde_json::to_string(fields.as_map())? })
}

/// A file that no version can hold is no part of the fingerprint, but it is not what was tagged either.
fn holds_what_no_version_does(component: &Component) -> bool {
    component.issues.iter().any(|issue| issue.kind.is_of_the_folder())
}

fn fingerprint(component: &Component, components: &[Component], packages: &Packages) -> Result<[u8; 20]> {
    let id = |target: &Needed| match target {
        Needed::Here(at) => components[*at].id.to_string(),
        Needed::Known(id, _) => id.id.to_string(),
    };
    let mut needs: Vec<_> = component.needs.iter().map(|need| (id(&need.target), need.kind)).collect();
    needs.sort();
    let files = component.files.iter().map(|file| &file.source);
    Content {
        files: files.map(|file| (file.path.as_str(), file.mode, file.blob)).collect(),
        main: &component.entry.main_file,
        env: &component.env,
        packages,
        needs,
    }
    .fingerprint()
}

/// The versions that its dependencies have now; one that has none yet shows as a difference.
fn dependencies(component: &Component, components: &[Component]) -> Vec<String> {
    let now = |target: &Needed| match target {
        Needed::Here(at) => match &components[*at].entry.version {
            Some(version) => components[*at].id.at(version.clone()).to_string(),
            None => components[*at].id.to_string(),
        },
        Needed::Known(id, _) => id.to_string(),
    };
    let mut versions: Vec<String> = component.needs.iter().map(|need| now(&need.target)).collect();
    versions.sort();
    versions
}
