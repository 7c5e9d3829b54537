//! The same scope on several hosts: same name, same commits, same tags, same catalog.
//!
//! A destination is brought to what the source's catalog lists: first the versions, and the catalog last, once all that
//! it lists is there. Nothing is forced: what differs on the other side is told, and stands in the way of nothing else.

mod choice;
mod destination;
mod jobs;
mod patience;
mod plan;
mod report;
mod source;
mod store;

use super::reach::{Place, Reached};
use super::scope::look_or_make;
use super::trust::Trust;
use super::{Progress, Visit, Workspace, side_by_side};
use crate::errors;
use crate::git::remote;
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, RefName, RemoteFailure, Repo, commit_id, refs};
use crate::model::ScopeName;
use crate::scope::info_of;
use anyhow::Result;
use destination::Errand;
use patience::Patience;
use source::Source;
use std::path::{Path, PathBuf};
use store::{Cache, Store, StorePlace};

pub use choice::{Choice, ChoiceWords};
pub use jobs::{Jobs, JobsOptions, jobs};
pub use report::{CatalogMove, Destination, Difference, Mirrored, Standing, What};

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
    /// Where it is.
    pub from: RemoteUrl,
    /// Where it is to be as well.
    pub to: Vec<RemoteUrl>,
    /// Which of its versions.
    pub choice: Choice,
}

/// Mirrors one scope after the other, each to all its destinations side by side.
pub fn mirror(jobs: &Jobs, options: &MirrorOptions, progress: &dyn Progress) -> Result<Vec<Mirrored>> {
    let cache = options.cache.as_deref().map(|folder| Cache::open(folder, progress)).transpose()?;
    let (cache, workspace, trust) = (cache.as_ref(), jobs.workspace.as_ref(), &jobs.trust);
    jobs.list.iter().map(|job| Run { job, options, cache, workspace, trust, progress }.through()).collect()
}

/// One scope on its way.
struct Run<'a> {
    job: &'a Job,
    options: &'a MirrorOptions,
    cache: Option<&'a Cache>,
    workspace: Option<&'a Workspace>,
    trust: &'a Trust,
    progress: &'a dyn Progress,
}

impl Run<'_> {
    /// Mirrors. A cache that turns out to be damaged is emptied, and all is done again.
    fn through(&self) -> Result<Mirrored> {
        let mirrored = self.once()?;
        let is_suspect = mirrored.failures().any(|error| {
            matches!(RemoteFailure::of(error), Some(RemoteFailure::Damaged | RemoteFailure::Other))
                || errors::speaks_of_damage(error)
        });
        match self.cache {
            Some(cache) if is_suspect && cache.is_damaged()? => {
                cache.empty()?;
                self.once()
            }
            _ => Ok(mirrored),
        }
    }

    fn once(&self) -> Result<Mirrored> {
        let mut mirrored = Mirrored::of(self.job, self.options.effect);
        if let Err(error) = self.fill(&mut mirrored) {
            mirrored.error = Some(error);
        }
        Ok(mirrored)
    }

    fn fill(&self, mirrored: &mut Mirrored) -> Result<()> {
        self.progress.stage("asking the hosts", 0);
        let places: Vec<&RemoteUrl> = [&self.job.from].into_iter().chain(&self.job.to).collect();
        let around = self.workspace.map(|workspace| workspace.scope.repo().path());
        let ask = |place: &&RemoteUrl| {
            let from = around.map(Repo::open).transpose()?;
            Ok(Patience::new(self.options.retries).listed(place, from.as_ref()))
        };
        let mut answers = side_by_side(&places, ask)?.into_iter();
        let source = answers.next().unwrap_or_else(|| Ok(Advertised::default()))?;
        let there: Vec<Result<Advertised>> = answers.collect();
        mirrored.scope = self.name_at_hand(&source)?;
        let is_same = |there: &Result<Advertised>| there.as_ref().is_ok_and(|there| is_in_sync(&source, there));
        if self.options.removed == Removed::Keep && there.iter().all(is_same) {
            mirrored.destinations.iter_mut().for_each(Destination::settle);
            return Ok(());
        }
        self.bring_into_sync(source, there, mirrored)
    }

    /// The scope's name, where it needs no connection to find it out. What is another scope than was named is refused.
    fn name_at_hand(&self, source: &Advertised) -> Result<Option<ScopeName>> {
        let (Some(head), Some(neighbour)) = (source.head_commit(), remote::neighbour(&self.job.from)) else {
            return Ok(match &self.job.place {
                Place::Scope(scope) => Some(scope.clone()),
                Place::Url(_) => None,
            });
        };
        let info = info_of(&neighbour, commit_id(head), &self.job.from.to_string())?;
        info.iter().try_for_each(|info| self.job.place.check(&self.job.from, info))?;
        Ok(info.map(|info| info.name))
    }

    fn bring_into_sync(
        &self,
        advertised: Advertised,
        there: Vec<Result<Advertised>>,
        mirrored: &mut Mirrored,
    ) -> Result<()> {
        let store = Store::open(&self.job.from, self.cache, self.workspace)?;
        let mut source = Source::read(&store, self.job, advertised, self.options.retries, self.progress)?;
        mirrored.scope = Some(source.info.name.clone());
        mirrored.catalog = Some(source.catalog());
        mirrored.versions = source.wanted.len();
        let there: Vec<Result<Advertised>> =
            there.into_iter().zip(&self.job.to).map(|(found, to)| self.or_made(found, to, &source)).collect();
        if self.options.effect == Effect::Change {
            self.progress.stage(&format!("fetching {}", source.info.name), 0);
            source.bring(&store, there.iter().flatten(), self.options, self.progress)?;
        }
        source.check_signatures(self.trust, &store, there.iter().flatten(), self.options.removed, self.progress)?;
        mirrored.destinations = self.at_each(&source, &store.place(), there)?;
        mirrored.went_on = mirrored.has_changed() && self.has_gone_on(&source);
        Ok(())
    }

    /// Does what is to be done at each destination, whatever becomes of the others.
    fn at_each(&self, source: &Source, place: &StorePlace, there: Vec<Result<Advertised>>) -> Result<Vec<Destination>> {
        self.progress.stage(&format!("mirroring {}", source.info.name), 0);
        let errands: Vec<(&RemoteUrl, Result<Advertised>)> = self.job.to.iter().zip(there).collect();
        let run = |(to, found): &(&RemoteUrl, Result<Advertised>)| {
            let errand = Errand::new(source, place, to, self.options, self.progress);
            Ok(match found {
                Ok(found) => errand.through(found.clone()),
                Err(_) => Destination::of(to, self.options.effect),
            })
        };
        let done = side_by_side(&errands, run)?;
        let with_error = |(mut done, (_, found)): (Destination, (_, Result<Advertised>))| {
            done.error = done.error.or(found.err());
            done
        };
        Ok(done.into_iter().zip(errands).map(with_error).collect())
    }

    /// A destination that is not there is made, if that is wanted.
    fn or_made(&self, found: Result<Advertised>, to: &RemoteUrl, source: &Source) -> Result<Advertised> {
        match found {
            Err(error) if RemoteFailure::of(&error) == Some(RemoteFailure::NotFound) => {
                match (self.options.absent, self.options.effect) {
                    (Absent::Refuse, _) => Err(errors::mirror_destination_absent(&to.to_string())),
                    (Absent::Create, Effect::DryRun) => Ok(Advertised::default()),
                    (Absent::Create, Effect::Change) => make(to, &source.branch),
                }
            }
            found => found,
        }
    }

    /// Whether the source has another catalog by now: the next run mirrors that.
    fn has_gone_on(&self, source: &Source) -> bool {
        let names = [refs::HEAD.to_owned()];
        let now = remote::list_some(&self.job.from, None, &names);
        now.is_ok_and(|now| now.head_commit() != Some(source.head))
    }
}

/// Makes an empty repository. In a folder its HEAD names the branch that the source's does.
fn make(to: &RemoteUrl, branch: &str) -> Result<Advertised> {
    let is_new = |folder: &Path| !Repo::exists(folder);
    let folder = to.local_path().filter(|folder| is_new(folder));
    let found = look_or_make(to)?;
    if let Some(folder) = folder {
        Repo::open(folder)?.begin_on(branch)?;
    }
    Ok(found)
}

/// Whether a destination has the source's catalog and all of its version tags: then there is nothing to read. A source
/// of which some tags are stray ones is looked at more closely.
fn is_in_sync(source: &Advertised, there: &Advertised) -> bool {
    // Any name will do: the tags of a scope do not bear it.
    let scope = ScopeName::placeholder();
    let is_version = |name: &str| RefName::version_in_scope(name, &scope).is_some();
    let differs = |(name, oid): (&String, _)| there.refs.get(name) != Some(oid) && is_version(name);
    source.head_commit().is_some() && source.head_commit() == there.head_commit() && !source.refs.iter().any(differs)
}

/// A destination whose catalog is not one that the source once had: whether it is this scope at all.
fn refuse_another(to: &RemoteUrl, there: &Advertised, wanted: &ScopeName) -> Result<()> {
    let visit = Visit::new()?;
    let found: Result<Reached> = visit.reach(to.clone());
    let found = match (found, there.head_commit()) {
        (Err(error), Some(_)) if RemoteFailure::of(&error).is_none() => {
            return Err(errors::mirror_into_something_else(&to.to_string()));
        }
        (found, _) => found?,
    };
    match found.info.name == *wanted {
        true => Ok(()),
        false => Err(errors::mirror_into_another_scope(&to.to_string(), &found.info.name, wanted)),
    }
}
