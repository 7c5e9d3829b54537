//! Asking scopes: for their catalogs, and what became of the tags of versions that are here.

use super::watch::{FEW, Found, Watched, listed, names, received};
use super::ways::Way;
use super::{Incoming, Source};
use crate::errors;
use crate::git::remote::{self, Extent, FetchOptions};
use crate::git::{Advertised, Count, Oid, Quarantine, RemoteFailure, Repo, commit_id, ends_of, oid, refs};
use crate::model::{Moved, ScopeName};
use crate::ops::accepting::accepting;
use crate::ops::continuity::{Continuity, continuity};
use crate::ops::progress::waiting_for;
use crate::ops::{Place, side_by_side};
use crate::scope::{TrackedCatalog, info_of};
use anyhow::Result;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A scope that is to be asked.
struct Question {
    scope: ScopeName,
    way: Way,
    place: PathBuf,
    /// The last catalog seen of it.
    before: Option<TrackedCatalog>,
    /// Versions that are here, whose tags are looked at.
    watched: Vec<Watched>,
}

/// What it said.
struct Answer {
    /// Whether its catalog is the last one seen; else the one that it has came.
    is_same: bool,
    tags: Found,
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
            let have: Vec<Oid> = have.chain(watched.iter().map(|one| one.at.target)).collect();
            let local = &self.workspace.scope;
            let quarantine = Quarantine::new(local.repo(), &have, &local.state_folder())?;
            let place = quarantine.path().to_owned();
            questions.push(Question { scope, way, place, before: before.cloned(), watched });
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
            match answer.and_then(|answer| Ok((self.open(question, &answer, quarantine)?, answer.tags))) {
                Ok((source, tags)) => {
                    self.refuse_changed(&source)?;
                    source.refuse_moved(&tags, self.workspace)?;
                    self.keep_hint(&scope, &way)?;
                    self.sources.insert(scope, source);
                }
                Err(error) => drop(self.unreachable.insert(scope, error)),
            }
        }
        Ok(())
    }

    fn open(&self, question: Question, answer: &Answer, mut quarantine: Quarantine) -> Result<Source> {
        let Question { scope, way: Way { url, .. }, before, .. } = question;
        let no_catalog = || errors::no_catalog_there(&url.to_string());
        quarantine.repo().refresh()?;
        let commit = match before.as_ref().filter(|_| answer.is_same) {
            Some(before) => before.commit,
            None => {
                let head = quarantine.received()?.get(refs::VISITED_CATALOG).copied().ok_or_else(no_catalog)?;
                commit_id(head.commit())
            }
        };
        let info = info_of(quarantine.repo(), commit, &url.to_string())?.ok_or_else(no_catalog)?;
        Place::Scope(scope.clone()).check(&url, &info)?;
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
            false => Err(errors::scope_was_changed(scope, &refused, |id| accepting(self.workspace, id))),
        }
    }
}

/// A host that does not understand what it is told of cut off histories says so, or breaks off, at once. One that took
/// longer is not there, and nobody wants to wait for it twice.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Finds out whether the catalog went on, and what became of the tags of what is here: mostly by one connection.
fn bring_catalog(question: &Question, hear: &mut dyn FnMut(Count)) -> Result<Answer> {
    let mut suspects = question.watched.clone();
    if question.watched.len() > FEW {
        let there = remote::list(&question.way.url, Some(&Repo::open(&question.place)?))?;
        suspects = question.suspects(&there)?;
        let last = question.before.as_ref().map(|before| oid(before.commit));
        if suspects.is_empty() && last.is_some() && there.head_commit() == last {
            return Ok(Answer { is_same: true, tags: Found::new() });
        }
    }
    Ok(Answer { is_same: false, tags: bring_with_tags(question, &suspects, hear)? })
}

impl Question {
    /// The tags that a list of all shows to be others. What they are on is told by bringing them.
    fn suspects(&self, there: &Advertised) -> Result<Vec<Watched>> {
        let mut suspects: Vec<Watched> =
            self.watched.iter().filter(|one| one.at.differs(&one.id, there)).cloned().collect();
        let Some(before) = self.before.clone().filter(|_| !suspects.is_empty()) else { return Ok(Vec::new()) };
        let repo = Repo::open(&self.place)?;
        let index = before.into_index(&repo)?;
        let mut listed = Vec::new();
        suspects.sort();
        for one in suspects {
            let entry = index.entry(&repo, &one.id.id.name)?;
            listed.extend(entry.is_some_and(|entry| one.is_listed_by(&entry)).then_some(one));
        }
        listed.truncate(FEW);
        Ok(listed)
    }
}

/// One connection brings what is new of the catalog, along with tags that are there; of a scope that was never seen, the
/// catalog as it is now. Where the host can't do with less, its whole history comes.
fn bring_with_tags(question: &Question, watched: &[Watched], hear: &mut dyn FnMut(Count)) -> Result<Found> {
    use RemoteFailure::{BrokeOff, HostBroken, Missing, NotARepository, Other, Unreachable};
    let repo = Repo::open(&question.place)?;
    let tips: Vec<Oid> = question.before.iter().map(|before| oid(before.commit)).collect();
    let is_cut_off = tips.is_empty() || !ends_of(&repo, tips.iter().copied())?.is_empty();
    let extent = if tips.is_empty() { Extent::Newest } else { Extent::Whole };
    let url = &question.way.url;
    let catalog = (refs::HEAD.to_owned(), refs::VISITED_CATALOG.to_owned());
    let with_tags: Vec<_> = std::iter::once(catalog.clone()).chain(names(watched)).collect();
    let mut copy = |names: &[(String, String)]| {
        let begun = Instant::now();
        let options = FetchOptions { tips: tips.clone(), extent, ..FetchOptions::default() };
        let brought = remote::copy_refs(&repo, url, names, &options, hear);
        brought.or_else(|error| match RemoteFailure::of(&error) {
            Some(Other | Unreachable | BrokeOff | HostBroken | NotARepository)
                if is_cut_off && begun.elapsed() < AT_ONCE =>
            {
                remote::copy_refs(&repo, url, names, &FetchOptions::default(), hear).map_err(|_| error)
            }
            _ => Err(error),
        })
    };
    let is_missing = |error: &anyhow::Error| matches!(RemoteFailure::of(error), Some(Missing));
    match copy(&with_tags) {
        Ok(()) => received(&repo, watched),
        // A tag that was there, or the catalog.
        Err(error) if is_missing(&error) && !watched.is_empty() => {
            copy(&[catalog]).map_err(|error| no_catalog(question, error))?;
            listed(&repo, url, watched)
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
