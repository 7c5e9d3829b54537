//! Other scopes, of which only catalogs and tags matter: are the versions that are needed what they were, and there?

use crate::git::{Advertised, Oid, RefName, Repo, commit_id, oid, refs, remote};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentId, ScopeName, VersionId};
use crate::ops::audit::{Abroad, Answer, Finding, IsKnown, examine_abroad};
use crate::ops::findings::Severity;
use crate::ops::remote::{global_url_of, url_of};
use crate::ops::{Place, Visit, Workspace, side_by_side};
use crate::scope::{CatalogIndex, TrackedCatalog, info_of};
use crate::{errors, git::url::RemoteUrl};
use anyhow::Result;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

/// What other scopes are asked: what they list, and what the tags of these versions are.
pub type Questions = BTreeMap<ScopeName, BTreeSet<VersionId>>;

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
    tags: NeededTags,
    _visit: Option<Visit>,
}

/// What the tags are on that were asked for, as far as they are there; or why nobody can tell.
type NeededTags = Result<BTreeMap<VersionId, CommitId>, String>;

/// Where a scope is, by the remotes that are known.
fn way_to(workspace: Option<&Workspace>, scope: &ScopeName) -> Result<Option<RemoteUrl>> {
    workspace.map_or_else(|| global_url_of(scope), |workspace| url_of(workspace, scope))
}

/// Which catalog a scope has now, and what the tags name that were asked for.
type Standing = (Oid, Vec<Option<Oid>>);

/// How each of these scopes stands now. Of one that can't be asked, where that was tried and why it failed: who mends one
/// reason is to be told the next.
pub fn standing(
    workspace: Option<&Workspace>,
    questions: &Questions,
) -> BTreeMap<ScopeName, Result<Standing, Obstacle>> {
    let way = |scope: &ScopeName| match way_to(workspace, scope) {
        Ok(Some(url)) => Ok(url),
        Ok(None) => Err(Obstacle::default()),
        Err(error) => Err(Obstacle::new("", &errors::in_one_line(&error))),
    };
    let ways: Vec<(&ScopeName, Result<RemoteUrl, Obstacle>, Vec<String>)> =
        questions.iter().map(|(scope, ids)| (scope, way(scope), ids.iter().map(RefName::in_scope).collect())).collect();
    let ask = |(scope, url, names): &(&ScopeName, Result<RemoteUrl, Obstacle>, Vec<String>)| {
        let found = url.as_ref().map_err(Obstacle::clone).and_then(|url| standing_at(url, names));
        Ok(((*scope).clone(), found))
    };
    side_by_side(&ways, ask).unwrap_or_default().into_iter().collect()
}

/// Why a scope can't be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Obstacle {
    url: String,
    why: String,
}

impl Obstacle {
    /// Without numbers: after how many milliseconds a host did not answer is never the same.
    fn new(url: &str, why: &str) -> Self {
        let why = why.replace(url, "").chars().filter(|letter| !letter.is_ascii_digit()).collect();
        Self { url: url.to_owned(), why }
    }
}

fn standing_at(url: &RemoteUrl, names: &[String]) -> Result<Standing, Obstacle> {
    let ask = || -> Result<Option<Standing>> {
        if let Some((repo, head)) = in_folder(url)? {
            return Ok(Some((head, names.iter().map(|name| repo.reference(name).ok().flatten()).collect())));
        }
        let asked: Vec<String> = [refs::HEAD.to_owned()].into_iter().chain(names.iter().cloned()).collect();
        let found = remote::list_some(url, None, &asked)?;
        let targets = || names.iter().map(|name| found.refs.get(name).copied()).collect();
        Ok(found.head_commit().map(|head| (head, targets())))
    };
    match ask() {
        Ok(Some(standing)) => Ok(standing),
        Ok(None) => Err(Obstacle::new(&url.to_string(), "")),
        Err(error) => Err(Obstacle::new(&url.to_string(), &errors::in_one_line(&error))),
    }
}

/// A scope that stands in a folder of this machine, with its newest catalog: nothing of it is hidden.
fn in_folder(url: &RemoteUrl) -> Result<Option<(Repo, Oid)>> {
    let Some(repo) = url.local_path().and_then(|folder| Repo::open(folder).ok()) else { return Ok(None) };
    Ok(repo.head()?.map(|head| (repo, head)))
}

impl Elsewhere {
    /// Asks them. One that does not answer is as it was when this workspace last saw it.
    pub fn ask(workspace: Option<&Workspace>, asked: &Questions) -> Self {
        let mut elsewhere = Self { scopes: BTreeMap::new(), silent: BTreeMap::new(), read: RefCell::default() };
        let mut questions = Vec::new();
        for (scope, ids) in asked {
            match way_to(workspace, scope) {
                Ok(Some(url)) => questions.push((scope.clone(), url, ids)),
                Ok(None) => drop(elsewhere.silent.insert(scope.clone(), "nobody has said where it is".into())),
                Err(error) => drop(elsewhere.silent.insert(scope.clone(), errors::in_one_line(&error))),
            }
        }
        let answers = side_by_side(&questions, |(scope, url, ids)| Ok(bring(scope, url, ids))).unwrap_or_default();
        for ((scope, ..), answer) in questions.into_iter().zip(answers) {
            match answer.and_then(Catalog::of) {
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
        for (scope, why) in &self.silent {
            let Some(tracked) = known.catalogs.get(scope).cloned() else { continue };
            let catalog = Repo::open(workspace.scope.repo().path()).and_then(|repo| {
                Ok(Catalog { index: tracked.into_index(&repo)?, repo, tags: Err(why.clone()), _visit: None })
            });
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

    /// The tags of what is needed, where its scope lists it: that it does not is told of whoever needs it.
    pub fn examine_tags(
        &self,
        questions: &Questions,
        needed_by: &BTreeMap<VersionId, VersionId>,
        is_known: IsKnown<'_>,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (scope, ids) in questions {
            match self.scopes.get(scope).map(|catalog| &catalog.tags) {
                Some(Ok(tags)) => {
                    let examine = |id: &VersionId| {
                        let tag = tags.get(id).copied();
                        let there = self.read(id, |entry, listed| Abroad {
                            listed: listed.commit,
                            is_removed: entry.is_removed(listed),
                            tag,
                        });
                        examine_abroad(id, needed_by.get(id)?, &there?, is_known)
                    };
                    findings.extend(ids.iter().filter_map(examine));
                }
                Some(Err(why)) if !ids.is_empty() => {
                    let needed = match ids.len() {
                        1 => "1 version that is needed".to_owned(),
                        number => format!("{number} versions that are needed"),
                    };
                    let what = format!("tags in it, of {needed}, were not looked at: {why}");
                    let finding = Finding::new("tags-not-checked", Severity::Notice, scope, what);
                    findings.push(finding.way_out(format!("\"bit verify {scope}\" where it can be read")));
                }
                // That nothing of it is known is told of the pins.
                _ => {}
            }
        }
        findings
    }

    fn listed(&self, id: &VersionId) -> Option<CatalogVersion> {
        self.read(id, |_, listed| listed.clone())
    }

    fn read<T>(&self, id: &VersionId, take: impl FnOnce(&CatalogEntry, &CatalogVersion) -> T) -> Option<T> {
        let catalog = self.scopes.get(&id.id.scope)?;
        let mut read = self.read.borrow_mut();
        let entry = read.entry(id.id.clone());
        let entry = entry.or_insert_with(|| catalog.index.entry(&catalog.repo, &id.id.name).ok().flatten()).as_ref()?;
        Some(take(entry, entry.version(&id.version)?))
    }

    /// What could not be compared.
    pub fn findings(&self, unknown: BTreeMap<ScopeName, usize>) -> Vec<Finding> {
        let told = |(scope, number): (ScopeName, usize)| {
            let why = self.silent.get(&scope).map_or("it could not be asked", String::as_str);
            let what = match number {
                1 => format!("1 pin into it was not compared: {why}"),
                _ => format!("{number} pins into it were not compared: {why}"),
            };
            let finding = Finding::new("pins-not-checked", Severity::Notice, &scope, what);
            finding.way_out(format!("bit remote add {scope} <url>, and the same again"))
        };
        unknown.into_iter().map(told).collect()
    }
}

/// What a scope answered: where its catalog is, in a repository that is thrown away unless it stands in a folder.
struct Brought {
    visit: Option<Visit>,
    place: PathBuf,
    catalog: CommitId,
    tags: NeededTags,
}

fn bring(scope: &ScopeName, url: &RemoteUrl, ids: &BTreeSet<VersionId>) -> Result<Brought> {
    if let Some((repo, head)) = in_folder(url)? {
        let info = info_of(&repo, commit_id(head), &url.to_string())?;
        let info = info.ok_or_else(|| errors::no_catalog_there(&url.to_string()))?;
        Place::Scope(scope.clone()).check(url, &info)?;
        let on = |id: &VersionId| {
            let target = repo.reference(&RefName::in_scope(id)).ok().flatten()?;
            Some((id.clone(), commit_id(repo.peel_tag(target).unwrap_or(target))))
        };
        let tags = Ok(ids.iter().filter_map(on).collect());
        return Ok(Brought { visit: None, place: repo.path().to_owned(), catalog: commit_id(head), tags });
    }
    let visit = Visit::new()?;
    let reached = visit.reach(url.clone())?.expect(scope)?;
    let (place, catalog) = (visit.repo().path().to_owned(), reached.catalog.commit);
    Ok(Brought { visit: Some(visit), place, catalog, tags: shown(scope, ids, &reached.advertised) })
}

/// The tags that a host shows. One that shows none of any version may hide them.
fn shown(scope: &ScopeName, ids: &BTreeSet<VersionId>, advertised: &Advertised) -> NeededTags {
    let on = |id: &VersionId| {
        let name = RefName::in_scope(id);
        let target = advertised.refs.get(&name)?;
        let peeled = advertised.refs.get(&format!("{name}^{{}}"));
        Some((id.clone(), commit_id(*peeled.unwrap_or(target))))
    };
    let tags: BTreeMap<VersionId, CommitId> = ids.iter().filter_map(on).collect();
    let is_version = |name: &String| RefName::version_in_scope(name, scope).is_some();
    match tags.is_empty() && !advertised.refs.keys().any(is_version) {
        true => Err("its host shows no tags".into()),
        false => Ok(tags),
    }
}

impl Catalog {
    fn of(Brought { visit, place, catalog, tags }: Brought) -> Result<Self> {
        let repo = Repo::open(&place)?;
        let info = info_of(&repo, catalog, &oid(catalog).to_string())?;
        let scope = info.ok_or_else(|| errors::no_catalog_there(&place.display().to_string()))?.name;
        let index = TrackedCatalog { scope, commit: catalog }.into_index(&repo)?;
        Ok(Self { repo, index, tags, _visit: visit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_compared_is_counted_in_words() {
        let elsewhere = Elsewhere { scopes: BTreeMap::new(), silent: BTreeMap::new(), read: RefCell::default() };
        let scope: ScopeName = "my-org.base".parse().unwrap();
        let told = |number| elsewhere.findings([(scope.clone(), number)].into())[0].what.clone();
        assert_eq!(told(1), "1 pin into it was not compared: it could not be asked");
        assert_eq!(told(2), "2 pins into it were not compared: it could not be asked");
    }
}
