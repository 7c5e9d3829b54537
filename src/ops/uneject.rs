//! Bringing sources back: components that were packages of the workspace are none any more.

use super::base::here;
use super::compile::{self, Following};
use super::install::{add_missing, bring, undeclared_packages};
use super::links::{self, LinkCheck, LinkReport};
use super::packages::{
    Change, Changed, Declared, GitConsent, Install, Root, SourcesSoFar, Way, declared_roots, in_package_json,
    make_ready, manager_of, meant, remove_replaced, without_versions,
};
use super::select::{in_workspace, only_excludes};
use super::{FollowHint, Progress, State, Workspace};
use crate::errors;
use crate::model::{ComponentId, IdQuery, PackageName, VersionId};
use crate::package::manager::{Lockfile, Manager, Section};
use crate::scope::{Known, StoredVersion};
use crate::workspace::DependencyFiles;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What words mean of the components that are packages of the workspace.
pub struct Meant {
    /// As an import is asked for them: at the version that is installed, unless another was said.
    pub ids: Vec<String>,
    /// Those that are no packages, and whose sources are here.
    pub here: Vec<ComponentId>,
    /// Packages whose sources are here too, and the folders of those.
    pub both: Vec<(ComponentId, String)>,
}

/// The components that are packages of the workspace and that these words mean.
pub fn ejected(cwd: &Path, words: &[String], progress: &dyn Progress) -> Result<(Workspace, Meant)> {
    // What package.json says is believed only once a command that was stopped is dealt with, and its package manager done.
    let stopped = Workspace::put_back(cwd, progress)?;
    let mut workspace = Workspace::open(cwd, progress)?;
    workspace.notices.splice(0..0, stopped);
    let known = workspace.scope.known()?;
    let files = DependencyFiles::read(&workspace.layout.root)?;
    let roots = declared_roots(&workspace, &known, &files)?;
    let mut all: Vec<ComponentId> = roots.iter().map(|root| root.id.id.clone()).collect();
    all.extend(in_package_json(&workspace)?);
    // A range says nothing of components, but an id says which package is meant.
    let declared = files.declared()?;
    let typed = words.iter().filter_map(|word| IdQuery::parse(word).ok()?.as_id);
    all.extend(typed.filter(|id| declared.iter().any(|one| one.package == PackageName::of(id).as_str())));
    all.sort();
    all.dedup();
    let (words, here) = without_sources(&workspace, &all, words)?;
    let ids = if words.is_empty() { Vec::new() } else { meant(&all, &words, &errors::not_ejected)? };
    let (both, mut ids) = with_sources(&workspace, ids);
    for id in &mut ids {
        if let Some(root) = roots.iter().find(|root| root.id.id.to_string() == *id) {
            *id = root.id.to_string();
        }
    }
    Ok((workspace, Meant { ids, here, both }))
}

/// Those of which there is nothing to bring: their sources are here, and their folders. A version that was typed comes.
fn with_sources(workspace: &Workspace, ids: Vec<String>) -> (Vec<(ComponentId, String)>, Vec<String>) {
    let holds_anything = |folder: &str| {
        let entries = fs::read_dir(workspace.layout.root.join(folder));
        entries.is_ok_and(|mut entries| entries.next().is_some())
    };
    let (mut both, mut others) = (Vec::new(), Vec::new());
    for id in ids {
        let component = id.parse::<ComponentId>().ok();
        let entry = component.and_then(|component| workspace.entry(&component));
        match entry.filter(|entry| holds_anything(&entry.root_dir)) {
            Some(entry) => both.push((entry.id(), entry.root_dir.clone())),
            None => others.push(id),
        }
    }
    (both, others)
}

/// The words, without those that name components whose sources are here and that are no packages: a command that was
/// stopped may have got that far.
fn without_sources(
    workspace: &Workspace,
    packages: &[ComponentId],
    words: &[String],
) -> Result<(Vec<String>, Vec<ComponentId>)> {
    let (mut others, mut here) = (Vec::new(), Vec::new());
    for word in words {
        let query = IdQuery::parse(word).ok();
        let found = query.as_ref().map(|query| in_workspace(&workspace.bitmap, query)).transpose()?.flatten();
        // A name that a package has too means that one: only packages are asked for here.
        let means_package = query.is_some_and(|query| packages.iter().any(|id| query.names(id)));
        match found.filter(|_| !means_package) {
            Some(id) => here.push(id),
            None => others.push(word.clone()),
        }
    }
    // What is left to say what is not meant would mean every package.
    if !here.is_empty() && others.iter().all(|word| only_excludes(word)) {
        others.clear();
    }
    Ok((others, here))
}

/// Does what is left to do where all sources are here already: links, what was compiled, archives that nobody needs.
pub fn finish(cwd: &Path, here: &[ComponentId], progress: &dyn Progress) -> Result<LinkReport> {
    let (workspace, _lock) = Workspace::open_for_writing(cwd, progress)?;
    Declared::of(&workspace)?.sweep()?;
    // The version that came is the one that was installed; nothing else is taken for what is left of it.
    let version = |id: &ComponentId| Some(id.at(workspace.entry(id)?.version.clone()?));
    let left: Vec<Root> = here.iter().filter_map(version).map(|id| Root { id, way: Way::default() }).collect();
    link_sources(&workspace, &left, here, progress)
}

/// What came of components that are no packages any more.
#[derive(Debug, Default)]
pub struct Settled {
    /// The components whose packages the workspace depended on.
    pub components: Vec<ComponentId>,
    /// What was done for the packages.
    pub packages: Changed,
    /// Packages from outside that were declared, since components need them and they went with the packages.
    pub declared: Vec<(String, String)>,
    /// What was done to the links.
    pub links: LinkReport,
    /// What a person has to run themselves.
    pub to_run: Option<String>,
}

/// Components that were imported, or are here, are no packages of the workspace: what package.json says of them goes, with
/// the archives and overrides that nobody needs any more. The other half of an import.
pub fn settle(
    cwd: &Path,
    imported: &[ComponentId],
    install: Install,
    hint: &FollowHint,
    progress: &dyn Progress,
) -> Result<Option<Settled>> {
    let Some(workspace) = Workspace::open_if_any(cwd, progress)? else { return Ok(None) };
    let settled = |workspace: &Workspace| -> Result<Vec<ComponentId>> {
        let all = in_package_json(workspace)?;
        Ok(all.into_iter().filter(|id| imported.contains(id)).collect())
    };
    if settled(&workspace)?.is_empty() {
        return Ok(None);
    }
    let is_here = |workspace: &Workspace, id: &VersionId| workspace.entry(&id.id).is_some();
    let lacking = |workspace: &Workspace| {
        Ok(without_versions(workspace)?.into_iter().filter(|id| !is_here(workspace, id)).collect())
    };
    bring(cwd, &lacking, hint, progress)?;
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let components = settled(&workspace)?;
    let known = workspace.scope.known()?;
    let before = declared_roots(&workspace, &known, &DependencyFiles::read(&workspace.layout.root)?)?;
    let (left, roots): (Vec<Root>, Vec<Root>) = before.into_iter().partition(|root| is_here(&workspace, &root.id));
    let manager = manager_of(&workspace)?;
    let change = Change {
        workspace: &workspace,
        manager: &manager,
        install,
        git: GitConsent::Given,
        command: "import",
        besides: undeclared_of(&workspace, &known, &components)?,
        sources: SourcesSoFar::Brought(components.clone()),
        section: Section::default(),
        progress,
    };
    let packages = change.carry_out(roots, &components, &lock)?;
    // Where a person installs, the package is theirs to see off.
    let leftovers = if install == Install::Run { left.as_slice() } else { &[] };
    let mut links = link_sources(&workspace, leftovers, imported, progress)?;
    let mut declared = change.besides;
    if install == Install::Leave {
        let to_run = Some(manager.install(&workspace.layout.root, Lockfile::Follows).line());
        return Ok(Some(Settled { components, packages, declared, links, to_run }));
    }
    let lacking = lacking_packages(&workspace, &links, progress)?;
    if !lacking.is_empty() {
        let _lent = lock.lend()?;
        install_besides(&workspace, &manager, &lacking, progress)?;
        links = link_sources(&workspace, &[], imported, progress)?;
        declared.extend(lacking);
    }
    let to_run = None;
    Ok(Some(Settled { components, packages, declared, links, to_run }))
}

/// What the components that came need from outside and package.json does not have: it would go with their packages. In
/// the ranges that the workspace prescribes, else in those of the authors.
fn undeclared_of(workspace: &Workspace, known: &Known, ids: &[ComponentId]) -> Result<Vec<(String, String)>> {
    let declared = DependencyFiles::read(&workspace.layout.root)?.declared()?;
    let mut needed: BTreeMap<String, String> = BTreeMap::new();
    for entry in ids.iter().filter_map(|id| workspace.entry(id)) {
        let Some(commit) = here(known, entry) else { continue };
        let policies = [&workspace.config.for_component(&entry.root_dir).policy(), &workspace.config.policy];
        for (package, range) in StoredVersion::read(workspace.scope.repo(), commit)?.manifest.packages.all() {
            let prescribed = policies.iter().find_map(|policy| policy.all().find(|(name, _)| *name == package));
            let (_, range) = prescribed.unwrap_or((package, range));
            needed.entry(package.clone()).or_insert_with(|| range.clone());
        }
    }
    needed.retain(|package, _| declared.iter().all(|one| one.package != *package));
    Ok(needed.into_iter().collect())
}

/// Links the components whose sources came. Packages may stay that package.json named, and that no look at the links
/// takes for left over, since something else wants them: at that version they make room for the link.
fn link_sources(
    workspace: &Workspace,
    left: &[Root],
    imported: &[ComponentId],
    progress: &dyn Progress,
) -> Result<LinkReport> {
    let root = &workspace.layout.root;
    let mut state = State::load(workspace, progress)?;
    let mut report = links::mend(workspace, &mut state, LinkCheck::Full)?;
    let mut any = false;
    for Root { id, .. } in left.iter().filter(|root| report.foreign.contains(&PackageName::of(&root.id.id))) {
        any |= remove_replaced(root, id)?;
    }
    if any {
        state.remember(workspace);
        state = State::load(workspace, progress)?;
        report = links::mend(workspace, &mut state, LinkCheck::Full)?;
    }
    // The import found packages where their links belong, and could compile nothing into those.
    let came = imported.iter().cloned().collect();
    compile::follow(workspace, &mut state, &Following::And(&came), &mut report)?;
    state.remember(workspace);
    Ok(report)
}

/// What components need from outside, and what went with the packages.
fn lacking_packages(
    workspace: &Workspace,
    links: &LinkReport,
    progress: &dyn Progress,
) -> Result<Vec<(String, String)>> {
    if links.not_installed.is_empty() {
        return Ok(Vec::new());
    }
    let mut lacking = undeclared_packages(workspace, &State::load(workspace, progress)?)?;
    lacking.retain(|(package, _)| links.not_installed.iter().any(|needed| needed.package == *package));
    Ok(lacking)
}

/// Declares packages from outside and installs them.
fn install_besides(
    workspace: &Workspace,
    manager: &Manager,
    packages: &[(String, String)],
    progress: &dyn Progress,
) -> Result<()> {
    add_missing(workspace, packages)?;
    make_ready(workspace, manager)?;
    let program = manager.install(&workspace.layout.root, Lockfile::Follows);
    progress.stage(&program.line(), 0);
    let ended = program.run()?;
    let words = match ended {
        Some(ended) if ended.success => return Ok(()),
        Some(ended) => ended.words,
        None => "it is not there any more".to_owned(),
    };
    let names: Vec<String> = packages.iter().map(|(package, _)| package.clone()).collect();
    Err(errors::needed_not_installed(&program.line(), &words, &names))
}
