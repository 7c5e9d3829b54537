//! Which versions are to be published, and to which scopes.

use super::aim::Aim;
use super::copies::{Company, Requests};
use super::rehome::Rehoming;
use super::{Exported, Versions};
use crate::errors;
use crate::git::Repo;
use crate::model::{CommitId, ComponentId, ComponentName, Mark, ScopeName, Version, VersionSelector};
use crate::ops::select::{Among, only_excludes, select_among};
use crate::ops::waiting::{Leaving, Waiting, waiting};
use crate::ops::{By, Selection, Workspace, history, pending};
use crate::scope::{CatalogIndex, Known};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Versions to publish, by component.
pub type Staged = BTreeMap<ComponentId, BTreeMap<Version, CommitId>>;

/// What is to be said of components, by component.
pub type Marks = BTreeMap<ComponentId, Vec<Mark>>;

/// What one scope gets.
#[derive(Debug, Default)]
pub struct Share {
    /// Versions.
    pub staged: Staged,
    /// What is to be said of components.
    pub marks: BTreeMap<ComponentName, Vec<Mark>>,
    /// Whether copies of components of other scopes go there too.
    pub has_copies: bool,
}

/// What waits in .bitmap to be said of components that are in a scope, and what of it goes on waiting. Of a version
/// that is named alone nothing is said.
pub fn marks(
    workspace: &Workspace,
    known: &Known,
    chosen: &Chosen,
    staged: &Staged,
    aim: &Aim,
) -> Result<(Marks, Vec<Waiting>)> {
    let whole = chosen.components.iter().filter(|(_, extent)| matches!(extent, Extent::All));
    let entries = whole.filter_map(|(id, _)| Some((id, workspace.bitmap.get(id)?)));
    let entries = entries.filter(|(id, entry)| entry.is_exported() || staged.contains_key(id));
    let marks = entries.map(|(id, entry)| (id.clone(), pending::marks(entry)));
    let mut marks: Marks = marks.filter(|(_, marks)| !marks.is_empty()).collect();
    if let Some(scope) = &aim.scope {
        marks.retain(|id, _| id.scope == *scope || staged.contains_key(id));
    }
    let meant = marks.keys().cloned().collect();
    let waiting = waiting(workspace, known, &Leaving { versions: staged, meant: &meant })?;
    marks.retain(|id, _| !waiting.contains_key(id));
    Ok((marks, waiting.into_values().collect()))
}

/// The components that a person means.
#[derive(Debug, Default)]
pub struct Chosen {
    components: BTreeMap<ComponentId, Extent>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// How much of a component is meant.
#[derive(Debug)]
enum Extent {
    All,
    /// These versions, and what they were made from.
    UpTo(BTreeSet<Version>),
}

impl Extent {
    /// Whoever names a component and one of its versions means all of it.
    fn join(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::UpTo(versions), Self::UpTo(more)) => versions.extend(more),
            _ => *self = Self::All,
        }
    }
}

/// The components of the workspace that a person means; all of them where none is named.
pub fn choose(workspace: &Workspace, known: &Known, aim: &Aim) -> Result<Chosen> {
    let mut chosen = Chosen::default();
    if aim.ids.is_empty() {
        chosen.components = workspace.bitmap.entries().map(|entry| (entry.id(), Extent::All)).collect();
        return Ok(chosen);
    }
    let beside: Vec<ComponentId> =
        known.components.keys().filter(|id| workspace.bitmap.get(id).is_none()).cloned().collect();
    let selections = named(Among::with(&workspace.bitmap, &beside), &aim.ids, &mut chosen.warnings)?;
    for Selection { id, version, by } in selections {
        let is_here = workspace
            .bitmap
            .get(&id)
            .is_some_and(|entry| entry.version.is_none() || known.components.contains_key(&id));
        if by == By::Id && !is_here {
            return Err(errors::not_fully_available(&id));
        }
        let extent = match version {
            None => Extent::All,
            Some(VersionSelector::Exact(version)) => {
                refuse_unknown(workspace, known, &id, &version)?;
                Extent::UpTo(BTreeSet::from([version]))
            }
            Some(other) => return Err(errors::version_expected(&other.to_string())),
        };
        if workspace.bitmap.get(&id).is_some() {
            match chosen.components.get_mut(&id) {
                Some(before) => before.join(extent),
                None => drop(chosen.components.insert(id, extent)),
            }
        }
    }
    Ok(chosen)
}

/// What the words name. A pattern that names nothing leaves nothing to export, and is told.
fn named(among: Among, words: &[String], warnings: &mut Vec<String>) -> Result<Vec<Selection>> {
    let is_no_match = |error: &anyhow::Error| errors::report(error).kind == "no-match";
    let mut rest = Vec::with_capacity(words.len());
    for word in words {
        match select_among(among, std::slice::from_ref(word)) {
            Err(error) if is_no_match(&error) => warnings.push(errors::pattern_names_nothing(word)),
            _ => rest.push(word.clone()),
        }
    }
    let nothing_included = rest.iter().all(|word| only_excludes(word)) && rest.len() < words.len();
    if rest.is_empty() || nothing_included {
        return Ok(Vec::new());
    }
    match select_among(among, &rest) {
        Err(error) if is_no_match(&error) => {
            warnings.push(errors::pattern_names_nothing(&rest.join(" ")));
            Ok(Vec::new())
        }
        selections => selections,
    }
}

/// What goes to other scopes than its own: to the one that is named, what has another one already; with all versions,
/// what has additional ones also to these. By scope, with the staged versions that are meant.
pub fn requests(workspace: &Workspace, chosen: &Chosen, staged: &Staged, aim: &Aim, versions: Versions) -> Requests {
    let company = match (&aim.scope, chosen.names_versions()) {
        (None, _) => Company::Closed,
        (Some(_), true) => Company::Needed,
        (Some(_), false) => Company::Whole,
    };
    let mut requests = Requests { company, ..Requests::default() };
    for id in chosen.components.keys() {
        let is_staged = staged.contains_key(id);
        let Some(entry) = workspace.bitmap.get(id).filter(|entry| entry.is_exported()) else {
            let is_mover = is_staged && aim.scope.as_ref().is_some_and(|scope| *scope != id.scope);
            requests.movers.extend(is_mover.then(|| id.clone()));
            continue;
        };
        let is_meant = !aim.ids.is_empty() || versions == Versions::All || is_staged;
        let scopes: Vec<&ScopeName> = match &aim.scope {
            Some(scope) => [scope].into_iter().filter(|scope| is_meant && **scope != id.scope).collect(),
            None if versions == Versions::All => entry.scopes.iter().collect(),
            None => Vec::new(),
        };
        requests.instead.extend((aim.scope.is_some() && !scopes.is_empty()).then(|| id.clone()));
        for scope in scopes {
            let staged = staged.get(id).cloned().unwrap_or_default();
            requests.by_scope.entry(scope.clone()).or_default().insert(id.clone(), staged);
        }
    }
    requests
}

/// A number that is neither known here nor listed in the scope.
fn refuse_unknown(workspace: &Workspace, known: &Known, id: &ComponentId, version: &Version) -> Result<()> {
    if known.commit(id, version).is_some() {
        return Ok(());
    }
    let entry = known.entry(workspace.scope.repo(), id)?;
    if entry.is_some_and(|entry| entry.version(version).is_some()) {
        return Ok(());
    }
    let there: Vec<String> = known.versions(id).map(|(version, _)| version.to_string()).collect();
    Err(errors::unknown_version(id, version, &there))
}

impl Chosen {
    /// The components.
    pub fn ids(&self) -> impl Iterator<Item = &ComponentId> {
        self.components.keys()
    }

    /// Means all of a component too.
    pub fn add(&mut self, id: ComponentId) {
        self.components.insert(id, Extent::All);
    }

    /// Whether versions were named.
    pub fn names_versions(&self) -> bool {
        self.components.values().any(|extent| matches!(extent, Extent::UpTo(_)))
    }

    /// The highest version that was named of a component, if some were.
    pub fn last_named(&self, id: &ComponentId) -> Option<&Version> {
        match self.components.get(id)? {
            Extent::All => None,
            Extent::UpTo(versions) => versions.last(),
        }
    }

    /// Their versions that the last catalog seen of their scope does not list; or all of them.
    pub fn staged(&self, repo: &Repo, known: &Known, versions: Versions) -> Result<Staged> {
        let mut all = staged(repo, known, self.components.keys(), versions)?;
        for (id, extent) in &self.components {
            let (Extent::UpTo(wanted), Some(staged)) = (extent, all.get_mut(id)) else { continue };
            let mut ancestry: HashSet<CommitId> = HashSet::new();
            for commit in wanted.iter().filter_map(|version| known.commit(id, version)) {
                ancestry.extend(history::ancestry(repo, [commit])?);
            }
            staged.retain(|_, commit| ancestry.contains(commit));
        }
        all.retain(|_, versions| !versions.is_empty());
        Ok(all)
    }
}

/// Of these components, the versions that the last catalog seen of their scope does not list; or all of them.
pub fn staged<'i>(
    repo: &Repo,
    known: &Known,
    ids: impl Iterator<Item = &'i ComponentId>,
    versions: Versions,
) -> Result<Staged> {
    let mut indexes: BTreeMap<&ScopeName, Option<CatalogIndex>> = BTreeMap::new();
    let mut staged = Staged::new();
    for id in ids {
        if !indexes.contains_key(&id.scope) {
            let catalog = known.catalogs.get(&id.scope);
            indexes.insert(&id.scope, catalog.map(|catalog| catalog.index(repo)).transpose()?);
        }
        let index = indexes.get(&id.scope).and_then(Option::as_ref);
        let listed = index.map(|index| index.entry(repo, &id.name)).transpose()?.flatten();
        let is_staged = |version: &Version, commit: CommitId| {
            versions == Versions::All
                || listed.as_ref().and_then(|entry| entry.version(version)).is_none_or(|there| there.commit != commit)
        };
        let versions = known.versions(id).filter(|(version, at)| is_staged(version, at.commit));
        let versions: BTreeMap<Version, CommitId> =
            versions.map(|(version, at)| (version.clone(), at.commit)).collect();
        if !versions.is_empty() {
            staged.insert(id.clone(), versions);
        }
    }
    Ok(staged)
}

/// Each scope with what goes to it. Where components get another scope, their versions are the rewritten ones.
pub fn by_scope(
    staged: Staged,
    marks: Marks,
    aim: &Aim,
    rehoming: Option<&Rehoming>,
    outcome: &mut Exported,
) -> Result<BTreeMap<ScopeName, Share>> {
    let mut scopes: BTreeMap<ScopeName, Share> = BTreeMap::new();
    for (id, mut versions) in staged {
        if aim.scope.is_none() && id.scope.is_placeholder() {
            outcome.left.push((id, "its scope is only a placeholder".into()));
            continue;
        }
        let id = rehoming.map_or(&id, |rehoming| rehoming.id_of(&id)).clone();
        if let Some(scope) = aim.scope.as_ref().filter(|scope| **scope != id.scope) {
            return Err(errors::exported_elsewhere(&[id], scope));
        }
        if let Some(rehoming) = rehoming {
            versions.values_mut().for_each(|commit| *commit = rehoming.commit_of(*commit));
        }
        scopes.entry(id.scope.clone()).or_default().staged.insert(id, versions);
    }
    for (id, marks) in marks {
        let id = rehoming.map_or(&id, |rehoming| rehoming.id_of(&id)).clone();
        let follow = |id: &ComponentId| rehoming.map_or(id, |rehoming| rehoming.id_of(id)).clone();
        let marks = marks.into_iter().map(|mark| mark.pointing(follow)).collect();
        let is_meant = aim.scope.as_ref().is_none_or(|scope| *scope == id.scope);
        if is_meant && !id.scope.is_placeholder() {
            scopes.entry(id.scope).or_default().marks.insert(id.name, marks);
        }
    }
    Ok(scopes)
}
