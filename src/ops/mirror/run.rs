//! One scope on its way to its destinations.

use super::destination::Errand;
use super::needed::Needs;
use super::patience::Patience;
use super::settled::{Settled, Whence};
use super::source::Source;
use super::store::{Cache, Store, StorePlace};
use super::{Absent, Destination, Effect, Job, MirrorOptions, Mirrored, Removed};
use crate::errors;
use crate::git::remote;
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, Oid, RefName, RemoteFailure, Repo, commit_id, fsck};
use crate::model::ScopeName;
use crate::ops::progress::waiting_for;
use crate::ops::reach::Reached;
use crate::ops::remote::url_of;
use crate::ops::scope::look_or_make;
use crate::ops::trust::Trust;
use crate::ops::{Progress, Visit, Workspace, side_by_side};
use crate::scope::info_of;
use anyhow::Result;
use std::path::Path;

/// One scope on its way.
pub struct Run<'a> {
    /// The scope, and where it goes.
    pub job: &'a Job,
    /// How.
    pub options: &'a MirrorOptions,
    /// What keeps what was seen.
    pub cache: Option<&'a Cache>,
    /// Whose remotes say where scopes are.
    pub workspace: Option<&'a Workspace>,
    /// Who may sign.
    pub trust: &'a Trust,
    /// What all scopes of several need, where it matters.
    pub needs: Option<&'a Needs>,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
}

impl Run<'_> {
    /// Mirrors. A cache that turns out to be damaged is emptied, and all is done again.
    pub fn through(&self) -> Result<Mirrored> {
        let mirrored = self.once()?;
        let is_suspect = mirrored.failures().any(is_unclear);
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
        let (options, progress, source) = (self.options, self.progress, &self.job.from);
        let places: Vec<&RemoteUrl> = [source].into_iter().chain(&self.job.to).collect();
        let around = self.workspace.map(|workspace| workspace.scope.repo().path());
        let ask = |place: &&RemoteUrl| {
            let from = around.map(Repo::open).transpose()?;
            let listed = || match *place == source {
                true => Patience::new(options).listed(place, from.as_ref()),
                false => listed_destination(options, place, from.as_ref()),
            };
            Ok(waiting_for(progress, &place.to_string(), listed))
        };
        let mut answers = side_by_side(&places, ask)?.into_iter();
        let source = answers.next().unwrap_or_else(|| Ok(Advertised::default()))?;
        let there: Vec<Result<Advertised>> = answers.collect();
        mirrored.scope = self.name_at_hand(&source)?;
        let is_same = |there: &Result<Advertised>| there.as_ref().is_ok_and(|there| is_in_sync(&source, there));
        let settled = Settled::read(self.cache, self.workspace)?;
        // Who chooses, or asks for signatures, is told also where nothing is to be done.
        let is_plain = self.options.removed == Removed::Keep && !self.trust.asks() && !self.job.choice.is_by_name();
        if is_plain && settled.agrees(mirrored.scope.as_ref(), &source) && there.iter().all(is_same) {
            mirrored.destinations.iter_mut().for_each(Destination::settle);
            return Ok(());
        }
        self.bring_into_sync(source, there, &settled, mirrored)
    }

    /// The scope's name, where it needs no connection to find it out. What is another scope than was named is refused.
    fn name_at_hand(&self, source: &Advertised) -> Result<Option<ScopeName>> {
        let (Some(head), Some(neighbour)) = (source.head_commit(), remote::neighbour(&self.job.from)) else {
            return Ok(self.job.scope().cloned().or_else(|| self.name_there(source)));
        };
        let info = info_of(&neighbour, commit_id(head), &self.job.from.to_string())?;
        info.iter().try_for_each(|info| self.job.check(info))?;
        Ok(info.map(|info| info.name))
    }

    /// The scope's name, where a destination beside us has the same catalog.
    fn name_there(&self, source: &Advertised) -> Option<ScopeName> {
        let head = source.head_commit()?;
        let neighbours = self.job.to.iter().filter_map(|to| Some((remote::neighbour(to)?, to.to_string())));
        let info = |(repo, place): (Repo, String)| info_of(&repo, commit_id(head), &place).ok().flatten();
        neighbours.filter(|(repo, _)| repo.has(head).unwrap_or(false)).find_map(info).map(|info| info.name)
    }

    fn bring_into_sync(
        &self,
        advertised: Advertised,
        there: Vec<Result<Advertised>>,
        settled: &Settled<'_>,
        mirrored: &mut Mirrored,
    ) -> Result<()> {
        let store = Store::open(&self.job.from, self.cache, self.workspace)?;
        if self.options.effect == Effect::Change && self.job.choice.is_all() && !store.borrows() {
            match self.wants_all(&advertised, &there, &store)? {
                true => store.fetch_all(&self.job.from, &advertised, self.options, self.progress)?,
                false => store.fetch_news(&self.job.from, &advertised, &there, self.options, self.progress)?,
            }
        }
        let mut source = Source::read(&store, self.job, advertised, self.options, self.progress)?;
        self.refuse_lost(&source, settled)?;
        source.compare(settled, &store)?;
        let alone = Needs::of(&source);
        let needs = (self.options.removed == Removed::Prune).then(|| self.needs.unwrap_or(&alone));
        source.kept = needs.map(|needs| needs.kept(&source)).unwrap_or_default();
        mirrored.unmatched = self.job.choice.unmatched(source.wanted.keys().map(|id| &id.id));
        mirrored.scope = Some(source.info.name.clone());
        mirrored.catalog = Some(source.catalog());
        mirrored.versions = source.wanted.len();
        let there: Vec<Result<Advertised>> =
            there.into_iter().zip(&self.job.to).map(|(found, to)| self.or_made(found, to, &source)).collect();
        self.progress.stage(&format!("fetching {}", source.info.name), 0);
        source.bring(&store, there.iter().flatten(), self.trust, self.options, self.progress)?;
        source.compare_tags(settled)?;
        source.check_signatures(self.trust, &store, self.options.removed, self.progress)?;
        mirrored.destinations = self.at_each(&source, &store.place(), needs, there)?;
        self.blame_source(mirrored);
        mirrored.went_on = mirrored.has_changed() && self.has_gone_on(&source);
        Ok(())
    }

    /// Whether a destination lacks all that a source has, and nothing of it is known here. Tags that are no versions may
    /// lead to anything.
    fn wants_all(&self, source: &Advertised, there: &[Result<Advertised>], store: &Store) -> Result<bool> {
        let lacks_all = |found: &Result<Advertised>| match found {
            Ok(found) => found.refs.is_empty(),
            Err(error) => {
                self.options.absent == Absent::Create && RemoteFailure::of(error) == Some(RemoteFailure::NotFound)
            }
        };
        let is_plain = !source.refs.keys().any(|name| RefName::is_foreign_tag(name.trim_end_matches("^{}")));
        Ok(is_plain && there.iter().any(lacks_all) && store.remembered()?.iter().next().is_none())
    }

    /// Refuses a source that was rolled back, or made anew, since this workspace or the cache saw the scope.
    fn refuse_lost(&self, source: &Source, settled: &Settled<'_>) -> Result<()> {
        let home = self.workspace.map(|workspace| url_of(workspace, &source.info.name)).transpose()?.flatten();
        let whence = match home.as_ref() == Some(&self.job.from) {
            true => Whence::Home,
            false => Whence::Elsewhere,
        };
        settled.refuse_lost(source, whence)
    }

    /// The catalog, where nothing else is wanted yet.
    pub fn read(&self) -> Result<Source> {
        let advertised = Patience::new(self.options).listed(&self.job.from, None)?;
        let store = Store::open(&self.job.from, self.cache, self.workspace)?;
        Source::read(&store, self.job, advertised, self.options, self.progress)
    }

    /// git names the destination when it can't push. Where the source's own objects are damaged, that is why.
    fn blame_source(&self, mirrored: &mut Mirrored) {
        let failed = mirrored.destinations.iter_mut().filter_map(|to| to.error.as_mut());
        let mut unclear = failed.filter(|error| is_unclear(error)).peekable();
        if unclear.peek().is_none() || self.cache.is_some() {
            return;
        }
        let Some(neighbour) = remote::neighbour(&self.job.from) else { return };
        let faults = fsck(neighbour.path()).unwrap_or_default();
        // That something is missing says more than what leads to it.
        if let Some(fault) = faults.iter().find(|fault| fault.starts_with("missing")).or(faults.first()) {
            unclear.for_each(|error| *error = errors::mirror_source_damaged(neighbour.path(), fault));
        }
    }

    /// Does what is to be done at each destination, whatever becomes of the others.
    fn at_each(
        &self,
        source: &Source,
        place: &StorePlace,
        needs: Option<&Needs>,
        there: Vec<Result<Advertised>>,
    ) -> Result<Vec<Destination>> {
        self.progress.stage(&format!("mirroring {}", source.info.name), 0);
        let errands: Vec<(&RemoteUrl, Result<Advertised>)> = self.job.to.iter().zip(there).collect();
        let run = |(to, found): &(&RemoteUrl, Result<Advertised>)| {
            let errand = Errand::new(source, place, to, needs, self.options, self.progress);
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
            // A folder that somebody else is making this into at this moment.
            Err(error) if RemoteFailure::of(&error) == Some(RemoteFailure::NotARepository) => {
                let is_folder = to.local_path().is_some();
                match (self.options.absent, self.options.effect) {
                    (Absent::Create, Effect::Change) if is_folder => make(to, &source.branch),
                    _ => Err(error),
                }
            }
            found => found,
        }
    }

    /// Whether the source has another catalog by now: the next run mirrors that.
    fn has_gone_on(&self, source: &Source) -> bool {
        remote::tip(&self.job.from, &source.branch).is_ok_and(|now| now != Some(source.head))
    }
}

/// What a destination has. Where that is nothing yet, the branch is asked for that its catalog is to go to.
fn listed_destination(options: &MirrorOptions, to: &RemoteUrl, from: Option<&Repo>) -> Result<Advertised> {
    let mut patience = Patience::new(options);
    let mut found = patience.listed(to, from)?;
    if found.refs.is_empty() && options.effect == Effect::Change {
        found.head = patience.unborn_head(to)?;
    }
    Ok(found)
}

/// Whether objects may be at fault that are not whole, here or there.
pub(super) fn is_unclear(error: &anyhow::Error) -> bool {
    matches!(RemoteFailure::of(error), Some(RemoteFailure::Damaged | RemoteFailure::Other))
        || errors::speaks_of_damage(error)
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
    let is_version = |name: &str| RefName::is_tag(name) && !RefName::is_foreign_tag(name);
    let is_same = |name: &str, oid: Oid| there.refs.get(name) == Some(&oid) && !there.symbolic.contains_key(name);
    let differs = |(name, oid): (&String, &Oid)| !is_same(name, *oid) && is_version(name);
    source.head_commit().is_some() && source.head_commit() == there.head_commit() && !source.refs.iter().any(differs)
}

/// A destination whose catalog is not one that the source once had: whether it is this scope at all.
pub fn refuse_another(to: &RemoteUrl, there: &Advertised, wanted: &ScopeName) -> Result<()> {
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
