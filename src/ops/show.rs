//! All about one component: as it is in the workspace, at one of its versions, or as its scope's catalog tells it.

use super::beginning;
use super::trust::Trust;
use super::view::View;
use super::{Found, Knowledge, Progress, Standing, State, Visited, Whom, Workspace};
use crate::errors;
use crate::git::oid;
use crate::model::{
    Beginning, CommitId, ComponentId, Deprecation, Moment, PackageName, ScopeName, Version, VersionId, VersionSelector,
};
use crate::scope::StoredVersion;
use anyhow::Result;
use serde_json::{Map, Value};
use std::path::Path;

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct ShowOptions {
    /// The component, with a version or without.
    pub id: String,
    /// By whom it is told.
    pub teller: Teller,
}

/// By whom a component is told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Teller {
    /// The workspace, else the local scope.
    #[default]
    Here,
    /// Its scope's catalog, as it was last seen.
    Cached,
    /// A scope, as it is now.
    Scope(Whom),
}

/// All about one component.
#[derive(Debug)]
pub struct Shown {
    /// Which one.
    pub id: ComponentId,
    /// The version shown; in the workspace, the one that the folder has.
    pub version: Option<Version>,
    /// That version's content.
    pub commit: Option<CommitId>,
    /// Where that version comes from, if it is a copy.
    pub origin: Option<VersionId>,
    /// When that version was made.
    pub made: Option<Moment>,
    /// Who signed that version.
    pub signed_by: Option<String>,
    /// What it is called in an import.
    pub package: PackageName,
    /// Its folder, if it is in the workspace.
    pub root_dir: Option<String>,
    /// How the folder stands to the version, if it is the folder that is shown.
    pub standing: Option<Standing>,
    /// What it is made of and what it needs.
    pub content: Content,
    /// Settings of this component.
    pub configuration: Map<String, Value>,
    /// What it was forked from, or called before.
    pub beginning: Beginning,
    /// Why it should not be used any more.
    pub deprecated: Option<Deprecation>,
    /// Whether its scope has removed it, or this version.
    pub removed: bool,
    /// Every scope that has it, its own first.
    pub scopes: Vec<ScopeName>,
    /// Every version that is known, lowest first.
    pub versions: Vec<Version>,
}

/// What a component is made of and what it needs, as far as that is known.
#[derive(Debug)]
pub enum Content {
    /// All of it.
    Whole(View),
    /// The components it needs: only the catalog knows this version.
    Listed(Vec<VersionId>),
}

/// Shows. Only a scope can be asked outside of a workspace.
pub fn show(cwd: &Path, options: &ShowOptions, progress: &dyn Progress) -> Result<(Option<Workspace>, Shown)> {
    if let Teller::Scope(whom) = &options.teller {
        let workspace = Workspace::open_if_any(cwd, progress)?;
        let trust = workspace.as_ref().map_or_else(|| Trust::nobody(cwd), Trust::of);
        let shown = of_scope(workspace.as_ref(), whom, &options.id, &trust, progress)?;
        return Ok((workspace, shown));
    }
    let workspace = Workspace::open(cwd, progress).map_err(errors::or_scope)?;
    let known = workspace.scope.known()?;
    let knowledge = Knowledge::of(&workspace, &known);
    let found = knowledge.find(&options.id)?;
    let shown = match (&options.teller, &found.entry, &found.version) {
        (Teller::Cached, ..) => of_catalog(knowledge, &found)?,
        (_, Some(_), None) => of_folder(&workspace, knowledge, &found, progress)?,
        _ => of_version(knowledge, &found)?,
    };
    let shown = shown.with_signature(knowledge, &Trust::of(&workspace))?;
    Ok((Some(workspace), shown))
}

fn of_scope(
    workspace: Option<&Workspace>,
    whom: &Whom,
    id: &str,
    trust: &Trust,
    progress: &dyn Progress,
) -> Result<Shown> {
    let (mut visited, asked) = Visited::ask(whom, id, workspace, progress)?;
    let version = visited.bring_version(&asked, progress)?;
    let mut found = visited.knowledge().about(&version.id)?;
    found.version = Some(VersionSelector::Exact(version.version));
    of_version(visited.knowledge(), &found)?.with_signature(visited.knowledge(), trust)
}

fn of_folder(workspace: &Workspace, knowledge: Knowledge, found: &Found, progress: &dyn Progress) -> Result<Shown> {
    let state = State::load(workspace, progress)?;
    // It was found in .bitmap, and so were the components.
    let at = state.index_of(&found.id).ok_or_else(|| errors::not_tracked(&found.id))?;
    let component = &state.components[at];
    let mut shown = about(knowledge, found, component.entry.version.clone());
    if let Some(commit) = shown.commit {
        shown.fill_from(&StoredVersion::read(workspace.scope.repo(), commit)?);
    }
    shown.content = Content::Whole(View::of_folder(&state, component));
    shown.standing = Some(component.standing);
    state.remember(workspace);
    Ok(shown)
}

fn of_version(knowledge: Knowledge, found: &Found) -> Result<Shown> {
    let version = knowledge.version_of(found)?.ok_or_else(|| errors::no_version_yet(&found.id))?;
    if knowledge.known.versions(&found.id).next().is_none() && found.catalog.is_some() {
        return Err(errors::only_in_catalog(&found.id));
    }
    let stored = knowledge.stored(&version)?;
    let mut shown = about(knowledge, found, Some(version.version));
    shown.fill_from(&stored);
    shown.content = Content::Whole(View::of_version(knowledge.repo, &stored)?);
    Ok(shown)
}

/// What the catalog says; and what the version holds, where it is here too.
fn of_catalog(knowledge: Knowledge, found: &Found) -> Result<Shown> {
    knowledge.catalog(found.id.scope.as_str())?;
    let entry = found.catalog.as_ref().ok_or_else(|| errors::not_in_catalog(&found.id))?;
    let version = entry.number(found.version.as_ref());
    let versions: Vec<Version> = entry.versions.iter().map(|listed| listed.version.clone()).collect();
    let Some(listed) = entry.version(&version) else {
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        return Err(errors::unknown_version(&found.id, &version, &versions));
    };
    let mut shown = about(knowledge, found, Some(version.clone()));
    shown.commit = Some(listed.commit);
    shown.versions = versions;
    shown.origin = listed.origin.as_ref().map(|origin| origin.id.clone());
    shown.deprecated = entry.deprecated.clone().filter(|deprecation| deprecation.covers(&version));
    if knowledge.known.commit(&found.id, &version) == Some(listed.commit) {
        let stored = StoredVersion::read(knowledge.repo, listed.commit)?;
        shown.fill_from(&stored);
        shown.content = Content::Whole(View::of_version(knowledge.repo, &stored)?);
    } else {
        shown.content = Content::Listed(listed.dependencies.clone());
    }
    Ok(shown)
}

impl Shown {
    /// Whose signature the version's tag bears, where it is at hand.
    fn with_signature(mut self, knowledge: Knowledge, trust: &Trust) -> Result<Self> {
        let id = self.version.clone().map(|version| self.id.at(version));
        let at = id.and_then(|id| knowledge.known.at(&id)).filter(|at| Some(at.commit) == self.commit);
        if let Some(at) = at.filter(|at| at.target != oid(at.commit)) {
            self.signed_by = trust.describe(knowledge.repo, &self.id.scope, at.target)?;
        }
        Ok(self)
    }

    /// What only the version itself says.
    fn fill_from(&mut self, stored: &StoredVersion) {
        self.made = Some(stored.moment());
        self.origin = stored.origin.as_ref().map(|origin| origin.id.clone());
        self.beginning = std::mem::take(&mut self.beginning).or(stored.manifest.beginning());
    }
}

/// What is the same whoever tells it.
fn about(knowledge: Knowledge, found: &Found, version: Option<Version>) -> Shown {
    let listed = found.catalog.iter().flat_map(|entry| &entry.versions);
    let is_removed = |version: &Version| {
        let listed = found.catalog.as_ref().and_then(|entry| entry.version(version));
        listed.is_some_and(|listed| listed.removed.is_some())
    };
    let mut versions: Vec<Version> = listed.map(|listed| listed.version.clone()).collect();
    versions.extend(knowledge.known.versions(&found.id).map(|(version, _)| version.clone()));
    versions.sort();
    versions.dedup();
    let covers = |deprecation: &Deprecation| version.as_ref().is_none_or(|version| deprecation.covers(version));
    Shown {
        commit: version.as_ref().and_then(|version| knowledge.known.commit(&found.id, version)),
        made: None,
        origin: None,
        signed_by: None,
        package: PackageName::of(&found.id),
        root_dir: found.entry.map(|entry| entry.root_dir.clone()),
        standing: None,
        content: Content::Listed(Vec::new()),
        configuration: found.entry.map(|entry| entry.config.clone()).unwrap_or_default(),
        beginning: found.entry.map(beginning::of).unwrap_or_default(),
        deprecated: found.deprecation().filter(covers),
        removed: found.is_removed() || version.as_ref().is_some_and(is_removed),
        scopes: found.scopes(),
        versions,
        id: found.id.clone(),
        version,
    }
}
