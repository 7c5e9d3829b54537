//! The versions of components that are to be copied: what their scopes list and what is staged, read in order.

use super::super::{MissingVersions, Source, SourceVersion, Standing};
use super::Gathering;
use crate::errors::{self, Conflict};
use crate::git::{Repo, oid};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentId, Graph, Lineage, Version, VersionId};
use crate::ops::history;
use crate::ops::incoming::Lacking;
use crate::scope::StoredVersion;
use anyhow::{Result, anyhow};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

impl Gathering<'_> {
    /// Reads all versions of some components; those that are missing are brought first.
    pub(super) fn read(&mut self, ids: &BTreeSet<ComponentId>) -> Result<()> {
        let mut entries: BTreeMap<&ComponentId, Option<CatalogEntry>> = BTreeMap::new();
        let mut missing: BTreeSet<VersionId> = BTreeSet::new();
        for id in ids {
            let entry = self.incoming.entry(id)?;
            if entry.is_none() && self.known.versions(id).next().is_none() {
                return Err(self.incoming.why_not(&id.scope).unwrap_or_else(|| errors::not_in_catalog(id)));
            }
            missing.extend(entry.as_ref().map(|entry| self.missing(id, entry)).transpose()?.unwrap_or_default());
            entries.insert(id, entry);
        }
        self.bring(missing)?;
        let mut wanted: Vec<(ComponentId, CommitId)> = Vec::new();
        for (id, entry) in &entries {
            wanted.extend(self.contents(id, entry.as_ref()).into_iter().map(|commit| ((*id).clone(), commit)));
        }
        self.progress.stage("reading versions", wanted.len());
        let mut read = self.read_all(wanted)?;
        for (id, listed) in entries {
            let versions = self.in_order(id, listed.as_ref(), read.remove(id).unwrap_or_default())?;
            let wanted_in = self.requests.by_scope.iter().filter(|(_, staged)| staged.contains_key(id));
            let wanted_in = wanted_in.map(|(scope, _)| scope.clone()).collect();
            let source = Source { versions, listed, wanted_in, ..Source::default() };
            self.sources.components.insert(id.clone(), source);
        }
        Ok(())
    }

    /// What is listed of a component and is not here. What a version here was made from came along with it, whoever may
    /// have it as a version: that settles what it is, and so does the other one's signature.
    fn missing(&self, id: &ComponentId, entry: &CatalogEntry) -> Result<Vec<VersionId>> {
        let repo = self.workspace.scope.repo();
        let is_known = |listed: &CatalogVersion| self.known.commit(id, &listed.version) == Some(listed.commit);
        let came_along = match entry.versions.iter().all(is_known) {
            true => HashSet::new(),
            false => history::ancestry(repo, self.known.versions(id).map(|(_, at)| at.commit))?,
        };
        let mut missing = Vec::new();
        for listed in &entry.versions {
            if !(is_known(listed) || came_along.contains(&listed.commit)) || !repo.has(oid(listed.commit))? {
                missing.push(id.at(listed.version.clone()));
            }
        }
        Ok(missing)
    }

    fn bring(&mut self, missing: BTreeSet<VersionId>) -> Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        let closure = self.incoming.close(missing.iter().cloned())?;
        let lacking: Vec<Lacking> =
            closure.lacking.into_iter().filter(|lacking| missing.contains(&lacking.id)).collect();
        if !lacking.is_empty() && self.options.missing == MissingVersions::Refuse {
            return Err(errors::copy_incomplete(&crate::ops::import::lines(&lacking)));
        }
        self.closure.versions.extend(closure.versions);
        Ok(())
    }

    /// What is listed and could be had, then what is staged here.
    fn contents(&self, id: &ComponentId, entry: Option<&CatalogEntry>) -> Vec<CommitId> {
        let listed: Vec<CommitId> =
            entry.iter().flat_map(|entry| &entry.versions).map(|listed| listed.commit).collect();
        let staged = self.staged(id, entry).into_values().filter(|commit| !listed.contains(commit));
        let staged: Vec<CommitId> = staged.collect();
        listed.into_iter().chain(staged).collect()
    }

    /// What is staged of a component: the versions that were named; of one that only goes along all, or what those need.
    fn staged(&self, id: &ComponentId, entry: Option<&CatalogEntry>) -> BTreeMap<Version, CommitId> {
        let named = self.requests.by_scope.values().find_map(|staged| staged.get(id)).cloned();
        let is_meant = |commit: &CommitId| self.only.as_ref().is_none_or(|only| only.contains(commit));
        let known = || self.known.versions(id).filter(|(_, at)| is_meant(&at.commit));
        let all = || known().map(|(version, at)| (version.clone(), at.commit)).collect();
        let mut staged: BTreeMap<Version, CommitId> = named.unwrap_or_else(all);
        staged.retain(|version, commit| {
            entry.and_then(|entry| entry.version(version)).is_none_or(|listed| listed.commit != *commit)
        });
        staged
    }

    /// Reads versions with the unnumbered ones that they were made from. One that could not be had is left out.
    fn read_all(
        &self,
        wanted: Vec<(ComponentId, CommitId)>,
    ) -> Result<HashMap<ComponentId, HashMap<CommitId, StoredVersion>>> {
        let (mut here, mut came) = (Vec::new(), Vec::new());
        for (id, commit) in wanted {
            match self.workspace.scope.repo().has(oid(commit))? {
                true => here.push((id, commit)),
                false => came.push((id, commit)),
            }
        }
        let mut read: HashMap<ComponentId, HashMap<CommitId, StoredVersion>> = HashMap::new();
        let place = self.workspace.scope.repo().path();
        let one = |repo: &mut Result<Repo>, (id, commit): (ComponentId, CommitId)| match repo {
            Ok(repo) => Ok((id, StoredVersion::read(repo, commit)?)),
            Err(error) => Err(anyhow!("{error:#}")),
        };
        let share = here.len().div_ceil(rayon::current_num_threads()).max(64);
        let stored: Vec<(ComponentId, StoredVersion)> =
            here.into_par_iter().with_min_len(share).map_init(|| Repo::open(place), one).collect::<Result<_>>()?;
        for (id, version) in stored {
            read.entry(id).or_default().insert(version.commit, version);
        }
        for (id, commit) in came {
            let Some(source) = self.incoming.source(&id.scope) else { continue };
            if source.repo().has(oid(commit))? {
                let version = StoredVersion::read(source.repo(), commit)?;
                read.entry(id).or_default().insert(commit, version);
            }
        }
        for (id, versions) in &mut read {
            self.read_unnumbered(id, versions)?;
        }
        Ok(read)
    }

    fn read_unnumbered(&self, id: &ComponentId, versions: &mut HashMap<CommitId, StoredVersion>) -> Result<()> {
        let repo = self.incoming.source(&id.scope).map_or(self.workspace.scope.repo(), |source| source.repo());
        let mut next: Vec<CommitId> = versions.values().flat_map(|version| version.parents.clone()).collect();
        while let Some(commit) = next.pop() {
            if versions.contains_key(&commit) || !repo.has(oid(commit))? {
                continue;
            }
            let version = StoredVersion::read(repo, commit)?;
            next.extend(&version.parents);
            versions.insert(commit, version);
        }
        Ok(())
    }

    /// As its scope lists them, then what is staged, each after what it was made from.
    fn in_order(
        &mut self,
        id: &ComponentId,
        entry: Option<&CatalogEntry>,
        mut read: HashMap<CommitId, StoredVersion>,
    ) -> Result<Vec<SourceVersion>> {
        let parents: HashMap<CommitId, Vec<CommitId>> =
            read.iter().map(|(commit, version)| (*commit, version.parents.clone())).collect();
        let listed = entry.iter().flat_map(|entry| &entry.versions);
        let mut numbered: Vec<StoredVersion> = listed.filter_map(|listed| read.remove(&listed.commit)).collect();
        let staged: HashSet<CommitId> = self.staged(id, entry).into_values().collect();
        let (mut staged, mut unnumbered): (Vec<StoredVersion>, Vec<StoredVersion>) =
            read.into_values().partition(|version| staged.contains(&version.commit));
        if let Some(entry) = entry {
            self.refuse_staged(id, entry, &staged)?;
        }
        staged.sort_by(lower_first);
        numbered.append(&mut staged);
        unnumbered.sort_by(lower_first);
        let with = |standing| move |stored: StoredVersion| SourceVersion { stored, standing };
        let mut versions: Vec<SourceVersion> =
            oldest_first(numbered, &parents)?.into_iter().map(with(Standing::Numbered)).collect();
        versions.extend(oldest_first(unnumbered, &parents)?.into_iter().map(with(Standing::Unnumbered)));
        Ok(versions)
    }

    /// What its own scope could not take is copied nowhere.
    fn refuse_staged(&mut self, id: &ComponentId, entry: &CatalogEntry, staged: &[StoredVersion]) -> Result<()> {
        let repo = self.workspace.scope.repo();
        let head = entry.version(&entry.head).map(|listed| listed.commit);
        for version in staged {
            let version_id = id.at(version.manifest.version.clone());
            let standing = errors::Standing::Listed;
            if let Some(there) = entry.version(&version_id.version).map(|other| other.commit) {
                let here = version.commit;
                self.conflicts.push(Conflict::SameNumber { id: version_id, here, there, standing });
                continue;
            }
            let (Lineage::Main, Some(head)) = (version.lineage, head) else { continue };
            let mut is_next = history::holds(repo, version.commit, head)?;
            for later in staged {
                is_next |=
                    history::holds(repo, later.commit, version.commit)? && history::holds(repo, later.commit, head)?;
            }
            if !is_next {
                self.conflicts.push(Conflict::Diverged(version_id, entry.head.clone(), standing));
            }
        }
        Ok(())
    }
}

fn lower_first(a: &StoredVersion, b: &StoredVersion) -> Ordering {
    (&a.manifest.version, a.commit).cmp(&(&b.manifest.version, b.commit))
}

/// Each after what it was made from, also over what lost its number; where that decides nothing, as they are.
fn oldest_first(
    versions: Vec<StoredVersion>,
    parents: &HashMap<CommitId, Vec<CommitId>>,
) -> Result<Vec<StoredVersion>> {
    let places: HashMap<CommitId, usize> =
        versions.iter().enumerate().map(|(at, version)| (version.commit, at)).collect();
    let behind = |commit: CommitId| Ok(parents.get(&commit).cloned().unwrap_or_default());
    let mut graph = Graph::new(versions.len());
    for (at, version) in versions.iter().enumerate() {
        let made_from = history::nearest(&version.parents, |commit| places.contains_key(commit), behind)?;
        made_from.iter().filter_map(|older| places.get(older)).for_each(|&older| graph.add(at, older));
    }
    let order = graph.order();
    let mut slots: Vec<Option<StoredVersion>> = versions.into_iter().map(Some).collect();
    Ok(order.into_iter().flatten().filter_map(|at| slots[at].take()).collect())
}
