//! Fetching from a source what is not here yet. What it can't hand out keeps nothing else from coming.

use super::MirrorOptions;
use super::patience::Patience;
use super::plan::TagStep;
use super::run::is_unclear;
use super::source::Source;
use super::store::Store;
use super::whole::not_whole;
use crate::errors;
use crate::git::refs;
use crate::git::remote::{self, Durability, Extent, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, Count, Oid, RefName, RemoteFailure, Repo, is_cut_off};
use crate::model::{ComponentId, ComponentName, ScopeName, VersionId};
use crate::ops::{Progress, fetch_in_parts};
use anyhow::{Error, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// From so many commits at most git works out what is missing.
const MOST_TIPS: usize = 500;

impl Store {
    /// Brings the catalog and all versions in one connection. Where one can't come, nothing does: then each is asked for.
    pub(super) fn fetch_all(
        &self,
        url: &RemoteUrl,
        advertised: &Advertised,
        options: &MirrorOptions,
        progress: &dyn Progress,
    ) -> Result<()> {
        let Some(branch) = &advertised.head else { return Ok(()) };
        progress.stage("fetching", 0);
        let names = [branch.clone(), refs::ALL_TAGS.to_owned()];
        let hear = &mut |count: Count| progress.git(count);
        let bring = || remote::bring_refs(self.repo(), url, &names, &self.fetching(Vec::new()), hear);
        if_it_can_come(Patience::new(options).persist(bring))
    }

    /// Brings a catalog that is not here, and in the same connection the versions by whose tags the source is ahead of a
    /// destination: that catalog will list them. Where one can't come, nothing does: then each is asked for.
    pub(super) fn fetch_news(
        &self,
        url: &RemoteUrl,
        advertised: &Advertised,
        there: &[Result<Advertised>],
        options: &MirrorOptions,
        progress: &dyn Progress,
    ) -> Result<()> {
        let Some(head) = advertised.head_commit().filter(|head| !self.repo().has(*head).unwrap_or(true)) else {
            return Ok(());
        };
        let news = self.news(advertised, there)?;
        if news.is_empty() {
            return Ok(());
        }
        progress.stage("fetching", 0);
        let components: BTreeSet<&ComponentName> = news.keys().map(|version| &version.id.name).collect();
        let wants: Vec<String> = [&head].into_iter().chain(news.values()).map(ToString::to_string).collect();
        let fetching = self.fetching(self.tips(|id| components.contains(&id.name))?);
        let hear = &mut |count: Count| progress.git(count);
        if_it_can_come(Patience::new(options).persist(|| remote::fetch(self.repo(), url, &wants, &fetching, hear)))
    }

    /// The version tags of a source that are not here, and that some destination lacks. The scope's name is not known
    /// yet, nor needed.
    fn news(&self, advertised: &Advertised, there: &[Result<Advertised>]) -> Result<BTreeMap<VersionId, Oid>> {
        let scope = ScopeName::placeholder();
        let mut news = BTreeMap::new();
        for (name, tag) in &advertised.refs {
            let is_everywhere = there.iter().flatten().all(|found| found.refs.get(name) == Some(tag));
            let version = RefName::version_in_scope(name, &scope).filter(|_| !is_everywhere);
            if let Some(version) = version
                && !self.repo().has(*tag)?
            {
                news.insert(version, *tag);
            }
        }
        Ok(news)
    }

    /// What is here already: the catalogs, and some components' versions.
    fn tips(&self, is_meant: impl Fn(&ComponentId) -> bool) -> Result<Vec<Oid>> {
        let known = self.remembered()?;
        let is_tip = |name: &str| match RefName::parse(name) {
            Some(RefName::TrackedCatalog(_)) => true,
            Some(RefName::Version(id)) => is_meant(&id.id),
            _ => false,
        };
        Ok(known.iter().filter(|(name, _)| is_tip(name)).map(|(_, value)| value.commit()).take(MOST_TIPS).collect())
    }
}

/// What fails for what was asked is found out by asking for less.
fn if_it_can_come(done: Result<()>) -> Result<()> {
    match done {
        Err(error) if !is_of_what_was_asked(&error) => Err(error),
        _ => Ok(()),
    }
}

impl Source {
    /// Fetches it.
    pub(super) fn fetch(
        &mut self,
        store: &Store,
        missing: &mut BTreeMap<VersionId, Oid>,
        options: &MirrorOptions,
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut patience = Patience::new(options);
        loop {
            let is_here = |target: Oid| store.repo().has(target).unwrap_or(false);
            let wants: Vec<TagStep> =
                missing.iter().filter(|(_, target)| !is_here(**target)).map(|(id, target)| step(id, *target)).collect();
            if wants.is_empty() {
                return Ok(());
            }
            let components: BTreeSet<_> = missing.keys().map(|id| &id.id).collect();
            // What nobody remembers has its catalog all the same.
            let tips = store.tips(|id| components.contains(id))?;
            let options = store.fetching(if tips.is_empty() { vec![self.head] } else { tips });
            let mut fetching = Fetching { source: self, store, patience: &mut patience, progress };
            let ids: Vec<String> = wants.iter().map(|step| step.target.to_string()).collect();
            let Err(error) = fetching.fetch(store.repo(), &ids, &options) else { return Ok(()) };
            let broken = fetching.broken_of(&error, wants, &options)?;
            if broken.is_empty() {
                return Err(error);
            }
            missing.retain(|id, _| !broken.contains_key(id));
            self.broken.extend(broken);
        }
    }

    /// For who only asks what would be done: tags of a folder that name what is not there.
    pub(super) fn forgo_absent(&mut self, lacking: BTreeMap<VersionId, Oid>) -> Result<()> {
        let Some(neighbour) = remote::neighbour(&self.url) else { return Ok(()) };
        for (id, target) in lacking {
            if !neighbour.has(target)? {
                self.broken.insert(id, errors::mirror_tag_names_nothing(target));
            }
        }
        Ok(())
    }
}

fn step(id: &VersionId, target: Oid) -> TagStep {
    TagStep { id: id.clone(), name: RefName::in_scope(id), target }
}

/// What it takes to fetch.
struct Fetching<'a> {
    source: &'a Source,
    store: &'a Store,
    patience: &'a mut Patience,
    progress: &'a dyn Progress,
}

/// Versions that don't come, and why.
type Broken = BTreeMap<VersionId, String>;

impl Fetching<'_> {
    fn fetch(&mut self, into: &Repo, ids: &[String], options: &FetchOptions) -> Result<()> {
        let hear = &mut |count: Count| self.progress.git(count);
        self.patience.persist(|| remote::fetch(into, &self.source.url, ids, options, hear))
    }

    /// The versions for which a fetch failed. A folder's objects can be looked at; of others git names what is not there,
    /// or they are asked for ever fewer of them.
    fn broken_of(&mut self, error: &Error, wants: Vec<TagStep>, options: &FetchOptions) -> Result<Broken> {
        if !is_of_what_was_asked(error) {
            return Ok(Broken::new());
        }
        let is_here = |oid: Oid| self.store.repo().has(oid).unwrap_or(false);
        match remote::neighbour(&self.source.url) {
            Some(neighbour) if is_cut_off(neighbour.path())? => Ok(Broken::new()),
            Some(neighbour) => Ok(not_whole(&neighbour, wants, &is_here)),
            None => {
                let named = named_by(error, &wants);
                // Where that does not help either, what failed first is told.
                if named.is_empty() { Ok(self.withheld(&wants, options).unwrap_or_default()) } else { Ok(named) }
            }
        }
    }

    /// The versions that a host can't hand out, and those that were made from them. Each is asked for without what it was
    /// made from, so one that is damaged is not found again in all that came after it. Where nothing is wrong with any of
    /// them, it is with what they were made from, and no catalog lists.
    fn withheld(&mut self, wants: &[TagStep], options: &FetchOptions) -> Result<Broken> {
        let aside = self.store.aside()?;
        let newest =
            FetchOptions { extent: Extent::Newest, durability: Durability::ThrownAway, ..FetchOptions::default() };
        let alone = self.in_parts(aside.repo(), wants, &newest)?;
        if alone.is_empty() {
            let broken = self.in_parts(self.store.repo(), wants, options)?;
            return Ok(broken.into_iter().map(|(id, error)| (id, errors::mirror_version_withheld(&error))).collect());
        }
        aside.repo().refresh()?;
        let mut broken = self.made_from(aside.repo(), wants, alone.keys());
        broken.extend(alone.into_iter().map(|(id, error)| (id, errors::mirror_version_withheld(&error))));
        Ok(broken)
    }

    fn in_parts(
        &mut self,
        into: &Repo,
        wants: &[TagStep],
        options: &FetchOptions,
    ) -> Result<BTreeMap<VersionId, Error>> {
        let all: Vec<(VersionId, Oid)> = wants.iter().map(|step| (step.id.clone(), step.target)).collect();
        let failed = fetch_in_parts(&all, &mut |ids| self.fetch(into, ids, options), &is_of_what_was_asked)?;
        Ok(failed.into_iter().collect())
    }

    /// The versions that were made from some that don't come, near or far, as far as what came tells.
    fn made_from<'v>(&self, aside: &Repo, wants: &[TagStep], withheld: impl Iterator<Item = &'v VersionId>) -> Broken {
        let mut children: HashMap<Oid, Vec<(&VersionId, Oid)>> = HashMap::new();
        for step in wants {
            let commit = aside.peel_tag(step.target).unwrap_or(step.target);
            for parent in aside.commit(commit).map(|info| info.parents).unwrap_or_default() {
                children.entry(parent).or_default().push((&step.id, commit));
            }
        }
        let commit_of = |id: &VersionId| self.source.wanted.get(id).map(|wanted| wanted.commit);
        let mut next: Vec<(&VersionId, Oid)> = withheld.filter_map(|id| Some((id, commit_of(id)?))).collect();
        let mut broken = Broken::new();
        while let Some((cause, commit)) = next.pop() {
            for (id, child) in children.get(&commit).into_iter().flatten() {
                if broken.insert((*id).clone(), errors::mirror_made_from_withheld(cause)).is_none() {
                    next.push((cause, *child));
                }
            }
        }
        broken
    }
}

/// Whether a fetch failed for what was asked for, as far as its words tell.
fn is_of_what_was_asked(error: &Error) -> bool {
    is_unclear(error) || RemoteFailure::of(error) == Some(RemoteFailure::Missing)
}

/// What git says is not there.
fn named_by(error: &Error, wants: &[TagStep]) -> Broken {
    let said = format!("{error:#}");
    let is_missing = RemoteFailure::of(error) == Some(RemoteFailure::Missing);
    let named = wants.iter().filter(|step| is_missing && said.contains(&step.target.to_string()));
    named.map(|step| (step.id.clone(), errors::mirror_tag_names_nothing(step.target))).collect()
}
