//! Installing: packages from outside by the workspace's package manager, components as packages, and then the links.

use super::compile::{self, Following};
use super::import::{Files, ImportOptions, Wanted, import};
use super::links::{self, LinkCheck, LinkReport};
use super::materialize::outside_packages;
use super::packages::{
    Before, Change, Changed, Declared, GitConsent, Install, Root, SourcesSoFar, Way, declared_roots, make_ready,
    manager_of, without_versions,
};
use super::remote::url_of;
use super::{FollowHint, Issue, IssueKind, OutsidePackage, Progress, State, Workspace};
use crate::errors;
use crate::model::{ComponentId, IdQuery, PackageName, VersionId};
use crate::package::Program;
use crate::package::manager::{Lockfile, Manager, Section};
use crate::workspace::DependencyFiles;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What to install.
#[derive(Debug, Clone, Default)]
pub struct InstallOptions {
    /// Packages (`lodash@4`), and ids of components.
    pub words: Vec<String>,
    /// Where new packages are declared.
    pub section: Section,
    /// Whether the lockfile may change.
    pub lockfile: Lockfile,
    /// Where the packages of components come from.
    pub way: Way,
    /// Whether settings may be written without which nothing is installed by git.
    pub git: GitConsent,
}

/// What was installed.
#[derive(Debug, Default)]
pub struct Installed {
    /// By which package manager; none where there was nothing for it to do.
    pub manager: Option<String>,
    /// What it said.
    pub words: String,
    /// Packages from outside that were declared because components need them.
    pub declared: Vec<(String, String)>,
    /// Imports of packages in no version that anybody names: whose, and what is wrong.
    pub unknown: Vec<(ComponentId, Issue)>,
    /// Components that are packages now.
    pub components: Vec<VersionId>,
    /// What was done for them.
    pub packages: Changed,
    /// Archives that were gone or changed, and were written again.
    pub archives: Vec<String>,
    /// Versions that came into the local scope first.
    pub versions: Vec<VersionId>,
    /// What could not be had, and why.
    pub failed: Vec<String>,
    /// What was done to the links.
    pub links: LinkReport,
}

/// Installs.
pub fn install(
    cwd: &Path,
    options: &InstallOptions,
    hint: &FollowHint,
    progress: &dyn Progress,
) -> Result<(Workspace, Installed)> {
    let stopped = Workspace::put_back(cwd, progress)?;
    let mut outcome = Installed::default();
    let (ids, packages) = sorted_out(cwd, &options.words, progress)?;
    bring_workspace(cwd, hint, progress, &mut outcome)?;
    outcome.versions.extend(bring(cwd, &|workspace| without_versions(workspace), hint, progress)?);
    let wanted = bring_latest(cwd, &ids, hint, progress)?;
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    workspace.notices.splice(0..0, stopped);
    links::check_possible(&workspace)?;
    let state = State::load(&workspace, progress)?;
    let missing = undeclared(&workspace, &state, options)?;
    let has_package_json = DependencyFiles::has_package_json(&workspace.layout.root)?;
    if has_package_json || !missing.is_empty() || !packages.is_empty() || !wanted.is_empty() {
        let manager = manager_of(&workspace)?;
        outcome.manager = Some(manager.to_string());
        outcome.archives = Declared::of(&workspace)?.put_archives(progress)?;
        let before = if wanted.is_empty() {
            let mut before = Before::of(&workspace, &manager)?;
            add_missing(&workspace, &missing)?;
            before.has_written()?;
            before
        } else {
            let roots = with(&workspace, &wanted, options.way)?;
            let change = Change {
                workspace: &workspace,
                manager: &manager,
                install: Install::Run,
                git: options.git,
                command: "install",
                besides: missing.clone(),
                sources: SourcesSoFar::None,
                section: options.section,
                progress,
            };
            outcome.packages = change.carry_out(roots, &[], &lock)?;
            Before::of(&workspace, &manager)?
        };
        outcome.declared = missing;
        if wanted.is_empty() || !packages.is_empty() {
            let _lent = lock.lend()?;
            let install = || run(&manager, &workspace, &packages, options, &before, progress);
            let done = Declared::of(&workspace)?.install(&manager, options.lockfile, install);
            outcome.words = done.map_err(|error| errors::components_came(error, &wanted))?;
        }
        outcome.components = wanted;
        if options.lockfile == Lockfile::Follows {
            outcome.packages.removed.extend(Declared::of(&workspace)?.sweep()?);
        }
    }
    state.remember(&workspace);
    let mut state = State::load(&workspace, progress)?;
    outcome.links = links::mend(&workspace, &mut state, LinkCheck::Full)?;
    compile::follow(&workspace, &mut state, &Following::All, &mut outcome.links)?;
    outcome.unknown = unknown_packages(&state);
    state.remember(&workspace);
    Ok((workspace, outcome))
}

/// What components import and nobody says a version of: the first place of each.
fn unknown_packages(state: &State) -> Vec<(ComponentId, Issue)> {
    let mut unknown: Vec<(ComponentId, Issue)> = Vec::new();
    for component in &state.components {
        for issue in component.issues.iter().filter(|issue| issue.kind == IssueKind::MissingPackage) {
            if !unknown.iter().any(|(id, told)| *id == component.id && told.message == issue.message) {
                unknown.push((component.id.clone(), issue.clone()));
            }
        }
    }
    unknown
}

/// Brings versions into the local scope that package.json depends on and that are not there; which ones are new.
pub(super) fn bring(
    cwd: &Path,
    lacking: &dyn Fn(&Workspace) -> Result<Vec<VersionId>>,
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<Vec<VersionId>> {
    let mut ids = lacking(&Workspace::open(cwd, progress)?)?;
    let mut versions = Vec::new();
    while !ids.is_empty() {
        // An import brings one version of a component: members of a monorepo may name others.
        let mut components = BTreeSet::new();
        let (first, others): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| components.insert(id.id.clone()));
        let wanted = Wanted::Named(first.iter().map(ToString::to_string).collect());
        let options = ImportOptions { wanted, files: Files::Leave, ..ImportOptions::default() };
        versions.extend(import(cwd, &options, follow, progress).map_err(errors::of_package_json)?.1.versions);
        ids = others;
    }
    Ok(versions)
}

/// The latest versions of these components, or those that are named, brought into the local scope.
pub(super) fn bring_latest(
    cwd: &Path,
    ids: &[String],
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<Vec<VersionId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let options =
        ImportOptions { wanted: Wanted::Named(ids.to_vec()), files: Files::Leave, ..ImportOptions::default() };
    let (workspace, imported) = import(cwd, &options, follow, progress)?;
    let found: Vec<VersionId> = imported.components.into_iter().map(|component| component.id).collect();
    let (here, elsewhere): (Vec<_>, Vec<_>) = found.into_iter().partition(|id| workspace.entry(&id.id).is_some());
    // A pattern passes over what is here, unless that is all that it names.
    match here.iter().find(|id| is_named(&id.id, ids)).or(here.first().filter(|_| elsewhere.is_empty())) {
        Some(here) => Err(errors::component_is_here(&here.id)),
        None => Ok(elsewhere),
    }
}

/// A fresh clone has .bitmap and no versions.
fn bring_workspace(cwd: &Path, follow: &FollowHint, progress: &dyn Progress, outcome: &mut Installed) -> Result<()> {
    let workspace = Workspace::open(cwd, progress)?;
    let known = workspace.scope.known()?;
    let is_missing = |entry: &&crate::workspace::BitmapEntry| {
        let version = entry.version.as_ref().filter(|_| entry.is_exported());
        version.is_some_and(|version| known.commit(&entry.id(), version).is_none())
    };
    if !workspace.bitmap.entries().any(|entry| is_missing(&entry)) {
        return Ok(());
    }
    drop(workspace);
    let (_, imported) = import(cwd, &ImportOptions::default(), follow, progress)?;
    outcome.versions = imported.versions;
    outcome.failed.extend(imported.failed.iter().map(|(scope, why)| format!("{scope}: {why}")));
    outcome.failed.extend(super::import::lines(&imported.lacking));
    Ok(())
}

/// Whether one of these ids is this component's, or a name of it; a pattern names nothing by itself.
pub(super) fn is_named(id: &ComponentId, words: &[String]) -> bool {
    words.iter().any(|word| IdQuery::parse(word).is_ok_and(|query| query.names(id)))
}

/// Which words are components, and which are packages from outside. A word with a slash is a component if somebody has
/// said where its scope is; package managers read it as a repository of GitHub. No package has a star in its name.
fn sorted_out(cwd: &Path, words: &[String], progress: &dyn Progress) -> Result<(Vec<String>, Vec<String>)> {
    if words.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    // npm reads an empty word as a package called "undefined".
    if let Some(word) = words.iter().find(|word| word.trim().is_empty()) {
        return Err(errors::no_word(word));
    }
    let workspace = Workspace::open(cwd, progress)?;
    let known = workspace.scope.known()?;
    let (mut ids, mut packages) = (Vec::new(), Vec::new());
    for word in words {
        let is_plain = !word.starts_with(['@', '.', '/', '-']) && !word.contains(':');
        // Which version of it is meant, and whether it is one, is said where it is looked for.
        let name = word.split('@').next().filter(|_| is_plain);
        let query = name.and_then(|name| IdQuery::parse(name).ok());
        let scope = query.and_then(|query| query.as_id).map(|id| id.scope);
        let is_component = match &scope {
            _ if name.is_some_and(has_dotted_owner) => true,
            Some(scope) => known.catalogs.contains_key(scope) || url_of(&workspace, scope)?.is_some(),
            None => false,
        };
        let is_pattern = name.is_some_and(|name| name.contains('*'));
        if is_component || is_pattern { ids.push(word.clone()) } else { packages.push(word.clone()) }
    }
    Ok((ids, packages))
}

/// Whether a word begins as the id of a component does, be it misspelt: nobody at GitHub has a name with a dot. A file's
/// path may, and what package managers take for a file ends as an archive does.
fn has_dotted_owner(word: &str) -> bool {
    let is_archive = [".tgz", ".tar.gz", ".tar"].iter().any(|ending| word.ends_with(ending));
    word.split_once('/').is_some_and(|(owner, _)| owner.contains('.')) && !is_archive
}

/// The packages from outside that components need, and that package.json does not have: those of the workspace, and those
/// that come from the local scope.
fn undeclared(workspace: &Workspace, state: &State, options: &InstallOptions) -> Result<Vec<(String, String)>> {
    if options.lockfile == Lockfile::Frozen {
        return Ok(Vec::new());
    }
    let mut missing = undeclared_packages(workspace, state)?;
    let is_typed = |package: &str| {
        options
            .words
            .iter()
            .any(|word| word.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('@')))
    };
    missing.retain(|(package, _)| !is_typed(package));
    Ok(missing)
}

/// The same, whatever somebody typed.
pub(super) fn undeclared_packages(workspace: &Workspace, state: &State) -> Result<Vec<(String, String)>> {
    let declared = DependencyFiles::read(&workspace.layout.root)?.declared()?;
    let mut missing: BTreeMap<String, String> = BTreeMap::new();
    for component in &state.components {
        for (package, range) in component.packages.all() {
            missing.entry(package.clone()).or_insert_with(|| range.clone());
        }
    }
    // What the workspace's own components say of a package goes before.
    for OutsidePackage { package, range, .. } in outside_packages(workspace, state) {
        missing.entry(package).or_insert(range);
    }
    missing.retain(|package, _| declared.iter().all(|one| one.package != *package));
    Ok(missing.into_iter().collect())
}

pub(super) fn add_missing(workspace: &Workspace, missing: &[(String, String)]) -> Result<()> {
    let root = &workspace.layout.root;
    let mut files = DependencyFiles::read(root)?;
    for (package, range) in missing {
        files.declare("dependencies", package, range)?;
    }
    // A folder that had no package.json gets one: package managers would look for it further up.
    let is_new = !DependencyFiles::has_package_json(root)?;
    match missing.is_empty() && !is_new {
        true => Ok(()),
        false => files.save(&workspace.scope.state_folder()),
    }
}

fn run(
    manager: &Manager,
    workspace: &Workspace,
    packages: &[String],
    options: &InstallOptions,
    before: &Before<'_>,
    progress: &dyn Progress,
) -> Result<String> {
    let root = &workspace.layout.root;
    make_ready(workspace, manager)?;
    let program: Program = match packages.is_empty() {
        true => manager.install(root, options.lockfile),
        false => manager.add(root, packages, options.section),
    };
    progress.stage(&program.line(), 0);
    let ended = program.run()?.ok_or_else(|| errors::manager_missing(&program.name, "it was there a moment ago"))?;
    match ended.success {
        true => Ok(ended.words),
        false => {
            let error = match before.put_back()? {
                true => errors::packages_failed(&program.line(), &ended.words),
                false => errors::packages_stay_declared(&program.line(), &ended.words),
            };
            Err(errors::perhaps_components(error, &components_of(workspace, packages)?))
        }
    }
}

/// The components that these packages are, of scopes of which somebody has said where they are.
fn components_of(workspace: &Workspace, packages: &[String]) -> Result<Vec<ComponentId>> {
    let mut found = Vec::new();
    let without_version = |word: &str| word[..1 + word[1..].find('@').unwrap_or(word.len() - 1)].to_owned();
    let names = packages.iter().filter(|word| word.starts_with('@')).map(|word| without_version(word));
    for id in names.flat_map(|name| PackageName::components(&name)) {
        if url_of(workspace, &id.scope)?.is_some() {
            found.push(id);
        }
    }
    Ok(found)
}

/// The workspace's packages, and these.
fn with(workspace: &Workspace, wanted: &[VersionId], way: Way) -> Result<Vec<Root>> {
    let known = workspace.scope.known()?;
    let mut roots = declared_roots(workspace, &known, &DependencyFiles::read(&workspace.layout.root)?)?;
    roots.retain(|root| wanted.iter().all(|id| id.id != root.id.id));
    roots.extend(wanted.iter().map(|id| Root { id: id.clone(), way }));
    Ok(roots)
}
