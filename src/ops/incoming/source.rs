//! A scope that answered: its catalog, and the versions that come from it.

use super::watch::{Found, Watched, listed, names, received};
use super::ways::Way;
use super::{Incoming, culprit};
use crate::errors;
use crate::git::remote::{self, Extent, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{Count, Kind, Oid, Quarantine, RefEdit, RefName, RemoteFailure, Repo, commit_id, ends_of, oid, refs};
use crate::model::{CatalogEntry, CommitId, ComponentName, Moved, ScopeInfo, ScopeName, VersionId};
use crate::ops::continuity::{Continuity, continuity};
use crate::ops::progress::waiting_for;
use crate::ops::{Place, side_by_side};
use crate::scope::{CatalogIndex, TrackedCatalog, info_of};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A scope that answered.
pub struct Source {
    /// What it says of itself.
    pub info: ScopeInfo,
    /// Where it is.
    pub url: RemoteUrl,
    /// The last catalog seen of it before.
    pub before: Option<TrackedCatalog>,
    /// Its catalog as it is now.
    pub catalog: TrackedCatalog,
    /// How the one goes on from the other.
    pub continuity: Continuity,
    pub(super) quarantine: Quarantine,
    /// What the tags of versions are on, where they are annotated.
    pub(super) tags: HashMap<VersionId, Oid>,
    index: CatalogIndex<'static>,
}

/// A scope that is to be asked.
struct Question {
    scope: ScopeName,
    way: Way,
    place: PathBuf,
    /// The last catalog seen of it.
    before: Option<CommitId>,
    /// Versions that are here, whose tags are looked at.
    watched: Vec<Watched>,
}

/// Versions that are to come from a scope.
pub(super) struct Order {
    scope: ScopeName,
    pub url: RemoteUrl,
    pub place: PathBuf,
    pub wants: Vec<Want>,
}

pub(super) struct Want {
    pub id: VersionId,
    pub commit: CommitId,
    /// Not by its tag: somebody has looked at where that leads.
    pub by_commit: bool,
}

/// From so many versions on, one list of all tags is quicker than asking for each.
const MANY: usize = 100;
/// So many of a component's versions tell git what is here.
const KNOWN: usize = 4;

impl Source {
    /// What it lists of a component.
    pub fn entry(&self, name: &ComponentName) -> Result<Option<CatalogEntry>> {
        self.index.entry(self.quarantine.repo(), name)
    }

    /// The components it lists, sorted.
    pub fn names(&self) -> BTreeSet<ComponentName> {
        self.index.names().collect()
    }

    /// Where what came is.
    pub fn repo(&self) -> &Repo {
        self.quarantine.repo()
    }

    /// The change by which its catalog becomes the last one seen.
    pub fn track(&self) -> Option<RefEdit> {
        let (old, new) = (self.before.as_ref().map(|before| oid(before.commit)), Some(oid(self.catalog.commit)));
        let name = || RefName::TrackedCatalog(self.catalog.scope.clone()).to_string();
        (old != new).then(|| RefEdit { name: name(), old, new })
    }
}

impl Incoming<'_> {
    /// Asks scopes for their catalogs, side by side, those that were not asked yet. Where one is may be said by another
    /// one of them.
    pub fn ask(&mut self, scopes: &BTreeSet<ScopeName>) -> Result<()> {
        let is_new = |scope: &&ScopeName| !self.sources.contains_key(scope) && !self.unreachable.contains_key(scope);
        let mut left: BTreeSet<ScopeName> = scopes.iter().filter(is_new).cloned().collect();
        while !left.is_empty() {
            let (mut ways, mut without) = (Vec::new(), Vec::new());
            for scope in std::mem::take(&mut left) {
                match self.way_to(&scope) {
                    Ok(way) => ways.push((scope, way)),
                    Err(error) => without.push((scope, error)),
                }
            }
            if ways.is_empty() {
                self.unreachable.extend(without);
                return Ok(());
            }
            self.ask_at(ways)?;
            left.extend(without.into_iter().map(|(scope, _)| scope));
        }
        Ok(())
    }

    fn ask_at(&mut self, ways: Vec<(ScopeName, Way)>) -> Result<()> {
        let (mut questions, mut quarantines) = (Vec::new(), Vec::new());
        for (scope, way) in ways {
            let watched = self.watched_of(&scope)?;
            let before = self.known.catalogs.get(&scope);
            let have = before.iter().map(|before| oid(before.commit));
            let have: Vec<Oid> = have.chain(watched.iter().map(|one| one.target)).collect();
            let local = &self.workspace.scope;
            let quarantine = Quarantine::new(local.repo(), &have, &local.state_folder())?;
            let place = quarantine.path().to_owned();
            questions.push(Question { scope, way, place, before: before.map(|before| before.commit), watched });
            quarantines.push(quarantine);
        }
        self.progress.stage("asking the scopes", questions.len());
        let progress = self.progress;
        let answers = side_by_side(&questions, |question| {
            let whom = format!("{} at {}", question.scope, question.way.url);
            let answer = waiting_for(progress, &whom, || bring_catalog(question, &mut |count| progress.git(count)));
            progress.advance(1);
            Ok(answer)
        })?;
        for ((question, quarantine), answer) in questions.into_iter().zip(quarantines).zip(answers) {
            let (scope, way) = (question.scope.clone(), question.way.clone());
            let watched = question.watched.clone();
            match answer.and_then(|found| Ok((found, self.open(question, quarantine)?))) {
                Ok((found, source)) => {
                    self.refuse_changed(&source)?;
                    source.refuse_moved(&watched, &found)?;
                    self.keep_hint(&scope, &way)?;
                    self.sources.insert(scope, source);
                }
                Err(error) => drop(self.unreachable.insert(scope, error)),
            }
        }
        Ok(())
    }

    fn open(&self, question: Question, mut quarantine: Quarantine) -> Result<Source> {
        let Question { scope, way: Way { url, .. }, .. } = question;
        let no_catalog = || errors::no_catalog_there(&url.to_string());
        quarantine.repo().refresh()?;
        let head = quarantine.received()?.get(refs::VISITED_CATALOG).copied().ok_or_else(no_catalog)?;
        let commit = commit_id(head.commit());
        let info = info_of(quarantine.repo(), commit, &url.to_string())?.ok_or_else(no_catalog)?;
        Place::Scope(scope.clone()).check(&url, &info)?;
        let before = self.known.catalogs.get(&scope).cloned();
        let catalog = TrackedCatalog { scope: scope.clone(), commit };
        let continuity = continuity(quarantine.repo(), before.as_ref(), &catalog)?;
        if let Continuity::Replaced(lost) = &continuity
            && !self.accepted.replaced.contains(&scope)
        {
            return Err(errors::scope_is_another(&scope, lost));
        }
        let index = catalog.clone().into_index(quarantine.repo())?;
        quarantine.set_aside()?;
        Ok(Source { info, url, before, catalog, continuity, quarantine, tags: HashMap::new(), index })
    }

    /// Refuses a scope that lists something else under a number that was settled, whatever is wanted of it: once its
    /// catalog was taken, nobody here could tell any more which of the two contents was there first.
    fn refuse_changed(&self, source: &Source) -> Result<()> {
        let Continuity::Changed(moved) = &source.continuity else { return Ok(()) };
        let scope = &source.catalog.scope;
        let refused: Vec<&Moved> = moved.iter().filter(|moved| !self.accepted.is_moved(&moved.id)).collect();
        match refused.is_empty() || self.accepted.replaced.contains(scope) {
            true => Ok(()),
            false => Err(errors::scope_was_changed(scope, &refused)),
        }
    }

    /// Brings versions with all they were made from, side by side, those that are not here yet. Each must be in its
    /// scope under its tag, with the content that the catalog lists.
    pub(super) fn bring(&mut self, wanted: &BTreeMap<VersionId, CommitId>) -> Result<()> {
        let mut orders: BTreeMap<&ScopeName, Order> = BTreeMap::new();
        for (id, commit) in wanted {
            if self.is_here(id, *commit)? {
                continue;
            }
            let Some(source) = self.sources.get(&id.id.scope) else { continue };
            let order = orders.entry(&id.id.scope).or_insert_with(|| Order {
                scope: id.id.scope.clone(),
                url: source.url.clone(),
                place: source.quarantine.path().to_owned(),
                wants: Vec::new(),
            });
            order.wants.push(Want { id: id.clone(), commit: *commit, by_commit: self.accepted.is_moved(id) });
        }
        let orders: Vec<Order> = orders.into_values().collect();
        for order in &orders {
            self.sources[&order.scope].quarantine.have(&self.tips(order)?)?;
        }
        self.progress.stage("bringing versions", 0);
        let progress = self.progress;
        let tags = side_by_side(&orders, |order| {
            bring_versions(order, &mut |count| progress.git(count)).map_err(|error| culprit::named(order, error))
        })?;
        for (order, tags) in orders.into_iter().zip(tags) {
            self.brought.extend(order.wants.iter().map(|want| want.commit));
            if let Some(source) = self.sources.get_mut(&order.scope) {
                source.quarantine.repo().refresh()?;
                source.tags.extend(tags);
            }
        }
        Ok(())
    }

    /// Versions here from which git works out what of these is missing.
    fn tips(&self, order: &Order) -> Result<Vec<Oid>> {
        let repo = self.workspace.scope.repo();
        let mut tips = Vec::new();
        for want in &order.wants {
            for (_, at) in self.known.versions(&want.id.id).rev().take(KNOWN) {
                tips.extend(repo.has(at.target)?.then_some(at.target));
            }
        }
        Ok(tips)
    }
}

/// A host that does not understand what it is told of cut off histories says so, or breaks off, at once. One that took
/// longer is not there, and nobody wants to wait for it twice.
const AT_ONCE: Duration = Duration::from_secs(5);

/// One connection finds out whether the catalog went on, and brings what is new of it; of a scope that was never seen,
/// the catalog as it is now. Where the host can't do with less, its whole history comes.
fn bring_catalog(question: &Question, hear: &mut dyn FnMut(Count)) -> Result<Found> {
    use RemoteFailure::{HostBroken, Missing, NotARepository, Other, Unreachable};
    let repo = Repo::open(&question.place)?;
    let tips: Vec<Oid> = question.before.map(oid).into_iter().collect();
    let is_cut_off = tips.is_empty() || !ends_of(&repo, tips.iter().copied())?.is_empty();
    let extent = if tips.is_empty() { Extent::Newest } else { Extent::Whole };
    let url = &question.way.url;
    let catalog = (refs::HEAD.to_owned(), refs::VISITED_CATALOG.to_owned());
    let with_tags: Vec<_> = std::iter::once(catalog.clone()).chain(names(&question.watched)).collect();
    let mut copy = |names: &[(String, String)]| {
        let begun = Instant::now();
        let options = FetchOptions { tips: tips.clone(), extent, ..FetchOptions::default() };
        let brought = remote::copy_refs(&repo, url, names, &options, hear);
        brought.or_else(|error| match RemoteFailure::of(&error) {
            Some(Other | Unreachable | HostBroken | NotARepository) if is_cut_off && begun.elapsed() < AT_ONCE => {
                remote::copy_refs(&repo, url, names, &FetchOptions::default(), hear).map_err(|_| error)
            }
            _ => Err(error),
        })
    };
    let is_missing = |error: &anyhow::Error| matches!(RemoteFailure::of(error), Some(Missing));
    match copy(&with_tags) {
        Ok(()) => received(&repo, &question.watched),
        // A tag that was there, or the catalog.
        Err(error) if is_missing(&error) && !question.watched.is_empty() => {
            copy(&[catalog]).map_err(|error| no_catalog(question, error))?;
            listed(&repo, url, &question.watched)
        }
        Err(error) => Err(no_catalog(question, error)),
    }
}

fn no_catalog(question: &Question, error: anyhow::Error) -> anyhow::Error {
    match RemoteFailure::of(&error) {
        Some(RemoteFailure::Missing) => errors::no_catalog_there(&question.way.url.to_string()),
        _ => error,
    }
}

/// Brings versions of one scope; what their tags are on, where that is no commit.
fn bring_versions(order: &Order, hear: &mut dyn FnMut(Count)) -> Result<HashMap<VersionId, Oid>> {
    let repo = Repo::open(&order.place)?;
    let (by_commit, by_tag): (Vec<&Want>, Vec<&Want>) = order.wants.iter().partition(|want| want.by_commit);
    let commits: Vec<String> = by_commit.iter().map(|want| want.commit.to_string()).collect();
    remote::fetch(&repo, &order.url, &commits, &FetchOptions::default(), hear)?;
    match by_tag.len() {
        0 => Ok(HashMap::new()),
        MANY.. => by_list(&repo, order, &by_tag, hear),
        _ => by_name(&repo, order, &by_tag, hear),
    }
}

/// Few: each by its tag, in one connection that tells what the tags are on.
fn by_name(
    repo: &Repo,
    order: &Order,
    wants: &[&Want],
    hear: &mut dyn FnMut(Count),
) -> Result<HashMap<VersionId, Oid>> {
    let local = |id: &VersionId| RefName::from(id.clone()).to_string();
    let names: Vec<(String, String)> =
        wants.iter().map(|want| (RefName::in_scope(&want.id), local(&want.id))).collect();
    let copied = remote::copy_refs(repo, &order.url, &names, &FetchOptions::default(), hear);
    if let Err(error) = copied {
        return Err(match RemoteFailure::of(&error) {
            Some(RemoteFailure::Missing) => gone(repo, order, wants).unwrap_or(error),
            _ => error,
        });
    }
    let table = crate::git::RefTable::read(repo)?;
    settle(order, wants, |want| table.get(&local(&want.id)).map(|value| (value.target, value.commit())))
}

/// Many: all tags are listed, then what is wanted comes by its id.
fn by_list(
    repo: &Repo,
    order: &Order,
    wants: &[&Want],
    hear: &mut dyn FnMut(Count),
) -> Result<HashMap<VersionId, Oid>> {
    let there = remote::list(&order.url, Some(repo))?;
    let target = |id: &VersionId| there.refs.get(&RefName::in_scope(id)).copied();
    let peeled = |id: &VersionId| there.refs.get(&format!("{}^{{}}", RefName::in_scope(id))).copied();
    // What the list says is told before anything comes. Not every host says what an annotated tag is on.
    settle(order, wants, |want| {
        target(&want.id).map(|target| (target, peeled(&want.id).unwrap_or_else(|| oid(want.commit))))
    })?;
    let targets: Vec<String> = wants.iter().filter_map(|want| target(&want.id)).map(|oid| oid.to_string()).collect();
    remote::fetch(repo, &order.url, &targets, &FetchOptions::default(), hear)?;
    settle(order, wants, |want| target(&want.id).map(|target| (target, behind(repo, target))))
}

/// What a tag is on that came: not every host says so beforehand.
fn behind(repo: &Repo, target: Oid) -> Oid {
    match repo.kind_of(target) {
        Ok(Kind::Tag) => repo.peel_tag(target).unwrap_or(target),
        _ => target,
    }
}

/// Every tag must be on what the catalog lists.
fn settle(
    order: &Order,
    wants: &[&Want],
    found: impl Fn(&Want) -> Option<(Oid, Oid)>,
) -> Result<HashMap<VersionId, Oid>> {
    let url = order.url.to_string();
    let mut annotated = HashMap::new();
    for want in wants {
        let (target, commit) = found(want).ok_or_else(|| errors::version_gone(&want.id, &url))?;
        if commit != oid(want.commit) {
            return Err(errors::version_moved(&want.id, &url, want.commit, commit_id(commit)));
        }
        if target != commit {
            annotated.insert(want.id.clone(), target);
        }
    }
    Ok(annotated)
}

/// Which of the versions has no tag there.
fn gone(repo: &Repo, order: &Order, wants: &[&Want]) -> Option<anyhow::Error> {
    let there = remote::list(&order.url, Some(repo)).ok()?;
    let gone = wants.iter().find(|want| !there.refs.contains_key(&RefName::in_scope(&want.id)))?;
    Some(errors::version_gone(&gone.id, &order.url.to_string()))
}
