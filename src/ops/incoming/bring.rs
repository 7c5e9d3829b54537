//! Bringing versions of scopes that answered, each by its tag.

use super::{Incoming, culprit};
use crate::errors::{self, LostTag};
use crate::git::remote::{self, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{Count, Kind, Oid, RefName, RefTable, RemoteFailure, Repo, commit_id, oid};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::side_by_side;
use anyhow::Result;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

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
    /// Whether its scope says that it is removed.
    is_removed: bool,
}

/// What came from a scope.
#[derive(Default)]
struct Brought {
    /// What tags are, where they are annotated.
    annotated: HashMap<VersionId, Oid>,
    /// The tags that are not there; then nothing is to be taken.
    lost: Vec<LostTag>,
}

/// From so many versions on, one list of all tags is quicker than asking for each.
const MANY: usize = 100;
/// So many of a component's versions tell git what is here.
const KNOWN: usize = 4;

impl Incoming<'_> {
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
            let is_removed = source.entry(&id.id.name)?.is_some_and(|entry| entry.has_removed(&id.version));
            let by_commit = self.accepted.is_moved(id);
            order.wants.push(Want { id: id.clone(), commit: *commit, by_commit, is_removed });
        }
        let orders: Vec<Order> = orders.into_values().collect();
        for order in &orders {
            self.sources[&order.scope].quarantine.have(&self.tips(order)?)?;
        }
        self.progress.stage("bringing versions", 0);
        let progress = self.progress;
        let brought = side_by_side(&orders, |order| {
            bring_versions(order, &mut |count| progress.git(count)).map_err(|error| culprit::named(order, error))
        })?;
        let lost: Vec<LostTag> = brought.iter().flat_map(|brought| &brought.lost).cloned().collect();
        if !lost.is_empty() {
            return Err(errors::versions_gone(&lost));
        }
        for (order, brought) in orders.into_iter().zip(brought) {
            self.brought.extend(order.wants.iter().map(|want| want.commit));
            if let Some(source) = self.sources.get_mut(&order.scope) {
                source.quarantine.repo().refresh()?;
                source.tags.extend(brought.annotated);
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

/// Brings versions of one scope.
fn bring_versions(order: &Order, hear: &mut dyn FnMut(Count)) -> Result<Brought> {
    let repo = Repo::open(&order.place)?;
    let (by_commit, by_tag): (Vec<&Want>, Vec<&Want>) = order.wants.iter().partition(|want| want.by_commit);
    let commits: Vec<String> = by_commit.iter().map(|want| want.commit.to_string()).collect();
    remote::fetch(&repo, &order.url, &commits, &FetchOptions::default(), hear)?;
    match by_tag.len() {
        0 => Ok(Brought::default()),
        MANY.. => by_list(&repo, order, &by_tag, hear),
        _ => by_name(&repo, order, &by_tag, hear),
    }
}

/// Few: each by its tag, in one connection that tells what the tags are on.
fn by_name(repo: &Repo, order: &Order, wants: &[&Want], hear: &mut dyn FnMut(Count)) -> Result<Brought> {
    let local = |id: &VersionId| RefName::from(id.clone()).to_string();
    let names: Vec<(String, String)> =
        wants.iter().map(|want| (RefName::in_scope(&want.id), local(&want.id))).collect();
    let copied = remote::copy_refs(repo, &order.url, &names, &FetchOptions::default(), hear);
    if let Err(error) = copied {
        let lost = match RemoteFailure::of(&error) {
            Some(RemoteFailure::Missing) => lost(repo, order, wants),
            _ => Vec::new(),
        };
        return if lost.is_empty() { Err(error) } else { Ok(Brought { lost, ..Brought::default() }) };
    }
    let table = RefTable::read(repo)?;
    settle(order, wants, |want| table.get(&local(&want.id)).map(|value| (value.target, value.commit())))
}

/// Many: all tags are listed, then what is wanted comes by its id.
fn by_list(repo: &Repo, order: &Order, wants: &[&Want], hear: &mut dyn FnMut(Count)) -> Result<Brought> {
    let there = remote::list(&order.url, Some(repo))?;
    let target = |id: &VersionId| there.refs.get(&RefName::in_scope(id)).copied();
    let peeled = |id: &VersionId| there.refs.get(&format!("{}^{{}}", RefName::in_scope(id))).copied();
    // What the list says is told before anything comes. Not every host says what an annotated tag is on.
    let said = settle(order, wants, |want| {
        target(&want.id).map(|target| (target, peeled(&want.id).unwrap_or_else(|| oid(want.commit))))
    })?;
    if !said.lost.is_empty() {
        return Ok(said);
    }
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
fn settle(order: &Order, wants: &[&Want], found: impl Fn(&Want) -> Option<(Oid, Oid)>) -> Result<Brought> {
    let mut brought = Brought::default();
    for want in wants {
        let Some((target, commit)) = found(want) else {
            brought.lost.push(want.without_tag(order));
            continue;
        };
        if commit != oid(want.commit) {
            return Err(errors::version_moved(&want.id, &order.url.to_string(), want.commit, commit_id(commit)));
        }
        if target != commit {
            brought.annotated.insert(want.id.clone(), target);
        }
    }
    Ok(brought)
}

/// Which of the versions have no tag there.
fn lost(repo: &Repo, order: &Order, wants: &[&Want]) -> Vec<LostTag> {
    let Ok(there) = remote::list(&order.url, Some(repo)) else { return Vec::new() };
    let lost = wants.iter().filter(|want| !there.refs.contains_key(&RefName::in_scope(&want.id)));
    lost.map(|want| want.without_tag(order)).collect()
}

impl Want {
    fn without_tag(&self, order: &Order) -> LostTag {
        LostTag { id: self.id.clone(), url: order.url.to_string(), is_removed: self.is_removed }
    }
}
