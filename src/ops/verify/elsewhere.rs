//! Other scopes, of which only the catalogs matter: are the versions that are needed what they were?

use crate::git::{Oid, Repo, commit_id, oid, refs, remote};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentId, ScopeName, VersionId};
use crate::ops::audit::{Answer, Finding};
use crate::ops::findings::Severity;
use crate::ops::remote::{global_url_of, url_of};
use crate::ops::{Visit, Workspace, side_by_side};
use crate::scope::{CatalogIndex, TrackedCatalog, info_of};
use crate::{errors, git::url::RemoteUrl};
use anyhow::Result;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The catalogs of other scopes.
pub struct Elsewhere {
    scopes: BTreeMap<ScopeName, Catalog>,
    /// Those that could not be asked, and why.
    silent: BTreeMap<ScopeName, String>,
    read: RefCell<HashMap<ComponentId, Option<CatalogEntry>>>,
}

struct Catalog {
    repo: Repo,
    index: CatalogIndex<'static>,
    _visit: Option<Visit>,
}

/// Where a scope is, by the remotes that are known.
fn way_to(workspace: Option<&Workspace>, scope: &ScopeName) -> Result<Option<RemoteUrl>> {
    workspace.map_or_else(|| global_url_of(scope), |workspace| url_of(workspace, scope))
}

/// Which catalog each of these scopes has now; nothing of those that can't be asked.
pub fn heads(workspace: Option<&Workspace>, scopes: &BTreeSet<ScopeName>) -> BTreeMap<ScopeName, Option<Oid>> {
    let ways: Vec<(&ScopeName, Option<RemoteUrl>)> =
        scopes.iter().map(|scope| (scope, way_to(workspace, scope).ok().flatten())).collect();
    let ask = |(scope, url): &(&ScopeName, Option<RemoteUrl>)| {
        let names = [refs::HEAD.to_owned()];
        let found = url.as_ref().and_then(|url| remote::list_some(url, None, &names).ok());
        Ok(((*scope).clone(), found.and_then(|found| found.head_commit())))
    };
    side_by_side(&ways, ask).unwrap_or_default().into_iter().collect()
}

impl Elsewhere {
    /// Asks them. One that does not answer is as it was when this workspace last saw it.
    pub fn ask(workspace: Option<&Workspace>, scopes: &BTreeSet<ScopeName>) -> Self {
        let mut elsewhere = Self { scopes: BTreeMap::new(), silent: BTreeMap::new(), read: RefCell::default() };
        let mut questions = Vec::new();
        for scope in scopes {
            match way_to(workspace, scope) {
                Ok(Some(url)) => questions.push((scope.clone(), url)),
                Ok(None) => drop(elsewhere.silent.insert(scope.clone(), "nobody has said where it is".into())),
                Err(error) => drop(elsewhere.silent.insert(scope.clone(), errors::in_one_line(&error))),
            }
        }
        let answers = side_by_side(&questions, |(scope, url)| Ok(bring(scope, url))).unwrap_or_default();
        for ((scope, _), answer) in questions.into_iter().zip(answers) {
            match answer.and_then(|(visit, catalog)| Catalog::of(visit, catalog)) {
                Ok(catalog) => drop(elsewhere.scopes.insert(scope, catalog)),
                Err(error) => drop(elsewhere.silent.insert(scope, errors::in_one_line(&error))),
            }
        }
        elsewhere.remember(workspace);
        elsewhere
    }

    /// What this workspace last saw of those that did not answer.
    fn remember(&mut self, workspace: Option<&Workspace>) {
        let Some(workspace) = workspace else { return };
        let Ok(known) = workspace.scope.known() else { return };
        for scope in self.silent.keys() {
            let Some(tracked) = known.catalogs.get(scope).cloned() else { continue };
            let catalog = Repo::open(workspace.scope.repo().path())
                .and_then(|repo| Ok(Catalog { index: tracked.into_index(&repo)?, repo, _visit: None }));
            if let Ok(catalog) = catalog {
                self.scopes.insert(scope.clone(), catalog);
            }
        }
    }

    /// What is known of a version.
    pub fn answer(&self, id: &VersionId) -> Answer {
        match self.listed(id) {
            Some(listed) => Answer::Listed(listed.commit),
            None if !self.scopes.contains_key(&id.id.scope) => Answer::Unknown,
            // It may have been exported since.
            None if self.silent.contains_key(&id.id.scope) => Answer::Unknown,
            None => Answer::NotListed,
        }
    }

    /// What a version needs; nothing of one that is not known.
    pub fn needs(&self, id: &VersionId) -> Option<Vec<VersionId>> {
        Some(self.listed(id)?.dependencies)
    }

    fn listed(&self, id: &VersionId) -> Option<CatalogVersion> {
        let catalog = self.scopes.get(&id.id.scope)?;
        let mut read = self.read.borrow_mut();
        let entry = read.entry(id.id.clone());
        let entry = entry.or_insert_with(|| catalog.index.entry(&catalog.repo, &id.id.name).ok().flatten());
        entry.as_ref()?.version(&id.version).cloned()
    }

    /// What could not be compared.
    pub fn findings(&self, unknown: BTreeMap<ScopeName, usize>) -> Vec<Finding> {
        let told = |(scope, number): (ScopeName, usize)| {
            let why = self.silent.get(&scope).map_or("it could not be asked", String::as_str);
            let what = format!("{number} pins into it were not compared: {why}");
            let finding = Finding::new("pins-not-checked", Severity::Notice, &scope, what);
            finding.way_out(format!("bit remote add {scope} <url>, and the same again"))
        };
        unknown.into_iter().map(told).collect()
    }
}

/// A catalog, in a repository that is thrown away; none where it stands in a folder.
fn bring(scope: &ScopeName, url: &RemoteUrl) -> Result<(Option<Visit>, (std::path::PathBuf, CommitId))> {
    if let Some(folder) = url.local_path()
        && let Ok(repo) = Repo::open(folder)
        && let Some(head) = repo.head()?
    {
        let info = info_of(&repo, commit_id(head), &url.to_string())?;
        let info = info.ok_or_else(|| errors::no_catalog_there(&url.to_string()))?;
        crate::ops::Place::Scope(scope.clone()).check(url, &info)?;
        return Ok((None, (folder.to_owned(), commit_id(head))));
    }
    let visit = Visit::new()?;
    let reached = visit.reach(url.clone())?.expect(scope)?;
    let path = visit.repo().path().to_owned();
    Ok((Some(visit), (path, reached.catalog.commit)))
}

impl Catalog {
    fn of(visit: Option<Visit>, (path, commit): (std::path::PathBuf, CommitId)) -> Result<Self> {
        let repo = Repo::open(&path)?;
        let info = info_of(&repo, commit, &oid(commit).to_string())?;
        let scope = info.ok_or_else(|| errors::no_catalog_there(&path.display().to_string()))?.name;
        let index = TrackedCatalog { scope, commit }.into_index(&repo)?;
        Ok(Self { repo, index, _visit: visit })
    }
}
