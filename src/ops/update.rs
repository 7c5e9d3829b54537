//! Moving components that are packages of the workspace to newer versions.

use super::install::{bring, bring_latest, is_named};
use super::links::{self, LinkCheck, LinkReport};
use super::packages::{
    Change, Changed, Declared, GitConsent, Install, SourcesSoFar, declared_roots, manager_of, meant, without_versions,
};
use super::{FollowHint, Progress, State, Workspace};
use crate::errors;
use crate::model::{ComponentId, VersionId};
use crate::package::manager::Section;
use crate::workspace::DependencyFiles;
use anyhow::Result;
use std::path::Path;

/// What was updated.
#[derive(Debug, Default)]
pub struct Updated {
    /// The components, the versions that the workspace had, and those that it has.
    pub components: Vec<(VersionId, VersionId)>,
    /// Those that were named with the version that the workspace has.
    pub already: Vec<VersionId>,
    /// Those that stay, since the workspace has a version that is newer than their latest release.
    pub newer: Vec<VersionId>,
    /// What was done for the packages.
    pub packages: Changed,
    /// What was done to the links.
    pub links: LinkReport,
}

/// Moves packages that are components to their newest versions: those that are named by id or package, or all.
pub fn update(
    cwd: &Path,
    words: &[String],
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<(Workspace, Updated)> {
    let stopped = Workspace::put_back(cwd, progress)?;
    let workspace = Workspace::open(cwd, progress)?;
    let known = workspace.scope.known()?;
    let roots = declared_roots(&workspace, &known, &DependencyFiles::read(&workspace.layout.root)?)?;
    let all: Vec<ComponentId> = roots.iter().map(|root| root.id.id.clone()).collect();
    let ids = match words.is_empty() {
        true => all.iter().map(ToString::to_string).collect(),
        false => meant(&all, words, &errors::no_package_of)?,
    };
    if let Some(id) = all.iter().find(|id| workspace.entry(id).is_some() && is_named(id, &ids)) {
        return Err(errors::source_is_here_too(id));
    }
    drop(workspace);
    let named: Vec<VersionId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let wanted = bring_latest(cwd, &ids, follow, progress)?;
    bring(cwd, &|workspace| without_versions(workspace), follow, progress)?;
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    workspace.notices.splice(0..0, stopped);
    let is_had = |id: &VersionId| roots.iter().any(|root| root.id == *id);
    let mut outcome = Updated { already: named.into_iter().filter(is_had).collect(), ..Updated::default() };
    let mut after = roots.clone();
    for root in &mut after {
        let Some(new) = wanted.iter().find(|id| id.id == root.id.id && **id != root.id) else { continue };
        // A pre-release may be newer than the latest release: only who names a version goes back.
        if new.version < root.id.version && ids.contains(&root.id.id.to_string()) {
            outcome.newer.push(root.id.clone());
            continue;
        }
        outcome.components.push((root.id.clone(), new.clone()));
        root.id = new.clone();
    }
    if !outcome.components.is_empty() {
        let manager = manager_of(&workspace)?;
        let change = Change {
            workspace: &workspace,
            manager: &manager,
            install: Install::Run,
            git: GitConsent::Given,
            command: "update",
            besides: Vec::new(),
            sources: SourcesSoFar::None,
            section: Section::default(),
            progress,
        };
        outcome.packages = change.carry_out(after, &[], &lock)?;
    } else {
        outcome.packages.removed = Declared::of(&workspace)?.sweep()?;
    }
    let mut state = State::load(&workspace, progress)?;
    outcome.links = links::mend(&workspace, &mut state, LinkCheck::Full)?;
    state.remember(&workspace);
    Ok((workspace, outcome))
}
