//! The same scope on several hosts: same name, same commits, same tags, same catalog.
//!
//! A destination is brought to what the source's catalog lists: first the versions, and the catalog last, once all that
//! it lists is there. Nothing is forced: what differs on the other side is told, and stands in the way of nothing else.

mod choice;
mod destination;
mod fetching;
mod jobs;
mod needed;
mod patience;
mod plan;
mod report;
mod run;
mod settled;
mod signatures;
mod source;
mod store;
mod whole;

use super::Progress;
use super::reach::Place;
use crate::git::url::RemoteUrl;
use crate::model::{ScopeInfo, ScopeName};
use crate::{disk, errors};
use anyhow::Result;
use needed::Needs;
use run::Run;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::Cache;

pub use choice::{Choice, ChoiceWords};
pub use jobs::{Jobs, JobsOptions, jobs};
pub use report::{CatalogMove, Destination, Difference, Mirrored, Side, Standing, What};

/// How to mirror.
#[derive(Debug, Clone)]
pub struct MirrorOptions {
    /// The folder of a repository that keeps what was seen for the next time.
    pub cache: Option<PathBuf>,
    /// What to do with a destination that does not exist.
    pub absent: Absent,
    /// What to do with versions that the source has removed.
    pub removed: Removed,
    /// Whether anything is changed.
    pub effect: Effect,
    /// How often a host that fails or breaks off is asked again.
    pub retries: u32,
    /// How long a host may take to say what it has.
    pub timeout: Duration,
}

/// What to do with a destination that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It is named.
    Refuse,
    /// It is made, in a folder or over ssh.
    Create,
}

/// What to do with versions that the source's catalog says are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// They are mirrored as all others.
    Keep,
    /// Their tags go.
    Prune,
}

/// Whether anything is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is.
    Change,
    /// All changes are only told.
    DryRun,
}

/// A scope, and where it is to be the same.
#[derive(Debug, Clone)]
pub struct Job {
    /// How the source was named.
    pub place: Place,
    /// The scope that it is, by a list of scopes.
    pub listed: Option<ScopeName>,
    /// Where it is.
    pub from: RemoteUrl,
    /// Where it is to be as well.
    pub to: Vec<RemoteUrl>,
    /// Which of its versions.
    pub choice: Choice,
}

impl Job {
    /// The scope that it is to be, where a name says so.
    fn scope(&self) -> Option<&ScopeName> {
        match &self.place {
            Place::Scope(scope) => Some(scope),
            Place::Url(_) => self.listed.as_ref(),
        }
    }

    /// Refuses what is another scope than was named.
    fn check(&self, found: &ScopeInfo) -> Result<()> {
        self.place.check(&self.from, found)?;
        match &self.listed {
            Some(listed) if *listed != found.name => {
                Err(errors::mirror_list_leads_elsewhere(listed, &self.from.to_string(), &found.name))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a cache in one of the places, or around it.
    fn keeps_out(&self, cache: &Path) -> Result<()> {
        let kept = disk::resolved(cache)?;
        for place in [&self.from].into_iter().chain(&self.to) {
            let Some(folder) = place.local_path().map(disk::resolved).transpose()? else { continue };
            if folder.starts_with(&kept) || kept.starts_with(&folder) {
                return Err(errors::mirror_cache_in_a_place(cache, &place.to_string()));
            }
        }
        Ok(())
    }
}

/// Mirrors one scope after the other, each to all its destinations side by side.
pub fn mirror(jobs: &Jobs, options: &MirrorOptions, progress: &dyn Progress) -> Result<Vec<Mirrored>> {
    if let Some(folder) = &options.cache {
        jobs.list.iter().try_for_each(|job| job.keeps_out(folder))?;
    }
    let cache = options.cache.as_deref().map(|folder| Cache::open(folder, progress)).transpose()?;
    let (cache, workspace) = (cache.as_ref(), jobs.workspace.as_ref());
    let trust = &cache.map_or_else(|| jobs.trust.clone(), |cache| jobs.trust.remembering_in(cache.state()));
    let run = |job, needs| Run { job, options, cache, workspace, trust, needs, progress };
    let needs = match (options.removed, jobs.list.as_slice()) {
        (Removed::Prune, [_, _, ..]) => Some(needs_of(jobs.list.iter().map(|job| run(job, None)))),
        _ => None,
    };
    let mut all: Vec<Mirrored> =
        jobs.list.iter().map(|job| run(job, needs.as_ref()).through()).collect::<Result<_>>()?;
    forget_matched(&jobs.list, &mut all);
    Ok(all)
}

/// What the versions of several scopes need.
fn needs_of<'a>(runs: impl Iterator<Item = Run<'a>>) -> Needs {
    let mut needs = Needs::default();
    for run in runs {
        match run.read() {
            Ok(source) => needs.add(&source),
            Err(_) => needs.add_unread(run.job.from.to_string()),
        }
    }
    needs
}

/// A pattern for several scopes is no mistake where it matches something in one of them.
fn forget_matched(jobs: &[Job], all: &mut [Mirrored]) {
    let matched: BTreeSet<String> = jobs
        .iter()
        .zip(&*all)
        .flat_map(|(job, one)| job.choice.words().filter(|word| !one.unmatched.contains(word)))
        .collect();
    all.iter_mut().for_each(|one| one.unmatched.retain(|word| !matched.contains(word)));
}
