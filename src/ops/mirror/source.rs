//! What is to be mirrored: one catalog, and the tags of the versions that it lists.
//!
//! The catalog is fixed first. An export makes its tags before its catalog or together with it, so every tag that this
//! catalog lists is there from now on; what comes later is not in it, and waits for the next run. A stray tag, which no
//! catalog lists, is never copied.

use super::patience::Patience;
use super::plan::{KeptBack, Plan};
use super::settled::{Exchanged, Settled};
use super::store::Store;
use super::{Effect, Job, MirrorOptions, Removed};
use crate::errors;
use crate::git::remote;
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, Count, Kind, Oid, RefName, RefTable, Repo, commit_id, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, ScopeInfo, VersionId};
use crate::ops::reach::head_of;
use crate::ops::trust::Trust;
use crate::ops::{Progress, history};
use crate::scope::{TrackedCatalog, info_of};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A scope as it was at one moment.
pub struct Source {
    /// Where it is.
    pub url: RemoteUrl,
    /// The branch of its catalog.
    pub branch: String,
    /// Its catalog.
    pub head: Oid,
    /// What it says of itself.
    pub info: ScopeInfo,
    /// The versions that its catalog lists.
    pub wanted: BTreeMap<VersionId, Wanted>,
    /// Versions that are not signed as they have to be, and why not.
    pub untrusted: BTreeMap<VersionId, String>,
    /// Versions that it can't hand out, or that are removed and not signed as they have to be, and why not.
    pub broken: BTreeMap<VersionId, String>,
    /// Versions that are not what this machine knows them as.
    pub exchanged: BTreeMap<VersionId, Exchanged>,
    /// Removed versions that are not pruned, and why not.
    pub kept: BTreeMap<VersionId, String>,
}

/// A version that the catalog lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its tag's full name.
    pub name: String,
    /// Its content, by the catalog.
    pub commit: Oid,
    /// What the source's tag names.
    pub tag: Tag,
    /// Whether the catalog says that it is removed.
    pub is_removed: bool,
    /// Whether it is to be mirrored.
    pub is_chosen: bool,
    /// What it needs.
    pub needs: Vec<VersionId>,
}

/// A tag of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// There is none.
    Absent,
    /// It names this, which is the version's content or a tag on it.
    Sound(Oid),
    /// It names this, which is something else.
    Moved(Oid),
}

impl Tag {
    /// What it names.
    pub fn target(self) -> Option<Oid> {
        match self {
            Self::Absent => None,
            Self::Sound(target) | Self::Moved(target) => Some(target),
        }
    }
}

impl Source {
    /// Reads the catalog of a source that was asked.
    pub fn read(
        store: &Store,
        job: &Job,
        advertised: Advertised,
        options: &MirrorOptions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let url = &job.from;
        let (branch, head) = head_of(url, &advertised)?;
        let mut patience = Patience::new(options);
        let known = store.remembered()?;
        if !store.repo().has(head)? {
            progress.stage("fetching the catalog", 0);
            let tips =
                known.iter().filter(|(name, _)| matches!(RefName::parse(name), Some(RefName::TrackedCatalog(_))));
            let fetching = store.fetching(tips.map(|(_, value)| value.target).collect());
            let hear = &mut |count: Count| progress.git(count);
            patience.persist(|| remote::fetch_catalog(store.repo(), url, (&branch, head), &fetching, hear))?;
        }
        refuse_cut_off(store, url, [head], &known)?;
        let info = info_of(store.repo(), commit_id(head), &url.to_string())?;
        let info = info.ok_or_else(|| errors::no_catalog_there(&url.to_string()))?;
        job.check(&info)?;
        let (wanted, untrusted, broken, exchanged, kept) = Default::default();
        let mut source = Self { url: url.clone(), branch, head, info, wanted, untrusted, broken, exchanged, kept };
        let mut tags = advertised;
        source.wanted = source.list(store, job, &tags)?;
        // A folder's refs are not read at one moment: what an export just made may have been passed over.
        if source.wanted.values().any(|wanted| wanted.tag == Tag::Absent && !wanted.is_removed) {
            tags = patience.listed(url, Some(store.repo()))?;
            if store.borrows() {
                store.repo().refresh()?;
            }
            source.wanted = source.list(store, job, &tags)?;
        }
        Ok(source)
    }

    /// Compares it with what was known. A cache that knows better keeps what it knows; else it takes this catalog for the
    /// one that was seen last.
    pub fn compare(&mut self, settled: &Settled<'_>, store: &Store) -> Result<()> {
        self.exchanged = settled.exchanged(self)?;
        let name = RefName::TrackedCatalog(self.info.name.clone()).to_string();
        if self.exchanged.is_empty() { store.remember([(name, self.head)]) } else { Ok(()) }
    }

    /// The same of tags, now that those which came could be looked at.
    pub fn compare_tags(&mut self, settled: &Settled<'_>) -> Result<()> {
        self.exchanged = settled.exchanged(self)?;
        Ok(())
    }

    /// Its catalog.
    pub fn catalog(&self) -> CommitId {
        commit_id(self.head)
    }

    fn list(&self, store: &Store, job: &Job, tags: &Advertised) -> Result<BTreeMap<VersionId, Wanted>> {
        let scope = &self.info.name;
        let repo = store.repo();
        let before = job.choice.since.map(|since| self.listed_before(repo, since)).transpose()?.unwrap_or_default();
        let mut all = BTreeMap::new();
        for entry in self.tracked().entries(repo)? {
            let id = ComponentId::new(scope.clone(), entry.name.clone());
            let is_named = job.choice.names(&id);
            for listed in &entry.versions {
                let id = id.at(listed.version.clone());
                let name = RefName::in_scope(&id);
                let commit = oid(listed.commit);
                let wanted = Wanted {
                    tag: tag_of(repo, tags, &name, commit)?,
                    name,
                    commit,
                    is_removed: entry.is_removed(listed),
                    is_chosen: is_named && !before.contains(&id),
                    needs: listed.dependencies.clone(),
                };
                if let Some(other) = all.insert(id.clone(), wanted)
                    && other.commit != commit
                {
                    let reason = format!("it lists {} twice, with different contents", id.version);
                    return Err(errors::bad_catalog(scope, &TrackedCatalog::entry_path(&id.id.name), &reason));
                }
            }
        }
        Ok(all)
    }

    fn tracked(&self) -> TrackedCatalog {
        TrackedCatalog { scope: self.info.name.clone(), commit: self.catalog() }
    }

    /// The versions that the scope's catalog listed before a moment, by the dates of its commits. None is older than what
    /// it was made from, whatever the clock of the machine said that exported it.
    fn listed_before(&self, repo: &Repo, moment: i64) -> Result<BTreeSet<VersionId>> {
        let (mut next, mut last_before) = (Some(self.head), None);
        while let Some(commit) = next {
            let info = repo.commit(commit)?;
            last_before = if info.time < moment { last_before.or(Some(commit)) } else { None };
            next = info.parents.first().copied();
        }
        let Some(commit) = last_before else { return Ok(BTreeSet::new()) };
        let catalog = TrackedCatalog { scope: self.info.name.clone(), commit: commit_id(commit) };
        // Before it became a scope the repository may have held something else.
        let is_catalog = info_of(repo, catalog.commit, &self.url.to_string()).is_ok_and(|info| info.is_some());
        let entries = if is_catalog { catalog.entries(repo)? } else { Vec::new() };
        Ok(entries.into_iter().flat_map(|entry| ids(&self.info, entry)).collect())
    }

    /// Whether a commit is a catalog that this one continues.
    pub fn continues(&self, repo: &Repo, commit: Oid) -> Result<bool> {
        Ok(repo.has(commit)? && history::holds(repo, self.catalog(), commit_id(commit))?)
    }

    /// Brings what some destination lacks, and the tags whose signatures are to be judged: a dry run needs only these.
    pub fn bring<'d>(
        &mut self,
        store: &Store,
        there: impl Iterator<Item = &'d Advertised>,
        trust: &Trust,
        options: &MirrorOptions,
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut missing = self.missing(there, options.removed);
        if options.effect == Effect::DryRun {
            self.forgo_absent(missing)?;
            missing = BTreeMap::new();
        }
        missing.extend(self.unjudged(trust, options.removed)?);
        self.fetch(store, &mut missing, options, progress)?;
        refuse_cut_off(store, &self.url, missing.values().copied(), &store.remembered()?)?;
        self.look_behind_tags(store.repo(), &missing)?;
        // What is no version is nothing to remember.
        missing.retain(|id, target| self.wanted.get(id).is_some_and(|wanted| wanted.tag == Tag::Sound(*target)));
        let kept = missing.iter().map(|(id, target)| (RefName::from(id.clone()).to_string(), *target));
        store.remember(kept.collect::<Vec<_>>())
    }

    /// What some destination lacks.
    fn missing<'d>(&self, there: impl Iterator<Item = &'d Advertised>, removed: Removed) -> BTreeMap<VersionId, Oid> {
        let plans = there.map(|there| Plan::of(self, there, removed, &KeptBack::default()));
        plans.flat_map(|plan| plan.tags).map(|tag| (tag.id, tag.target)).collect()
    }

    /// Now that annotated tags are here, what they are on can be seen: not every host says so.
    fn look_behind_tags(&mut self, repo: &Repo, came: &BTreeMap<VersionId, Oid>) -> Result<()> {
        for id in came.keys() {
            let Some(wanted) = self.wanted.get_mut(id) else { continue };
            if let Some(target) = wanted.tag.target()
                && target != wanted.commit
            {
                wanted.tag = behind(repo, target, wanted.commit);
            }
        }
        Ok(())
    }
}

/// A host hands out what it has of a history that is cut off there, and no word of it. What was remembered is whole.
fn refuse_cut_off(
    store: &Store,
    url: &RemoteUrl,
    tips: impl IntoIterator<Item = Oid>,
    remembered: &RefTable,
) -> Result<()> {
    if store.borrows() {
        return Ok(());
    }
    let repo = store.repo();
    let mut seen: HashSet<Oid> = remembered.iter().map(|(_, value)| value.commit()).collect();
    let mut next: Vec<Oid> = tips.into_iter().collect();
    while let Some(found) = next.pop() {
        if !seen.insert(found) {
            continue;
        }
        if !repo.has(found)? {
            return Err(errors::mirror_source_cut_off(&url.to_string()));
        }
        match repo.kind_of(found)? {
            Kind::Commit => next.extend(repo.commit(found)?.parents),
            // What is no tag on a commit is refused elsewhere.
            Kind::Tag => next.extend(repo.peel_tag(found).ok()),
            Kind::Blob | Kind::Tree => {}
        }
    }
    Ok(())
}

fn ids(info: &ScopeInfo, entry: CatalogEntry) -> Vec<VersionId> {
    let id = ComponentId::new(info.name.clone(), entry.name);
    entry.versions.into_iter().map(|listed| id.at(listed.version)).collect()
}

/// The tag of a version. An annotated one of which nobody says what it is on is believed until it is here.
fn tag_of(repo: &Repo, tags: &Advertised, name: &str, commit: Oid) -> Result<Tag> {
    let Some(&target) = tags.refs.get(name) else { return Ok(Tag::Absent) };
    if target == commit {
        return Ok(Tag::Sound(target));
    }
    Ok(match tags.refs.get(&format!("{name}^{{}}")) {
        Some(peeled) if *peeled == commit => Tag::Sound(target),
        Some(_) => Tag::Moved(target),
        None if repo.has(target)? => behind(repo, target, commit),
        None => Tag::Sound(target),
    })
}

/// What is no tag on the version's content is moved.
fn behind(repo: &Repo, target: Oid, commit: Oid) -> Tag {
    match repo.peel_tag(target) {
        Ok(peeled) if peeled == commit => Tag::Sound(target),
        _ => Tag::Moved(target),
    }
}
