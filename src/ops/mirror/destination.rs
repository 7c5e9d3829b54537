//! One destination, until its refs say that it has what it should have, or what can't be helped is known.

use super::patience::Patience;
use super::plan::{Plan, TagStep};
use super::report::{CatalogMove, Destination, Difference, What};
use super::source::Source;
use super::store::StorePlace;
use super::{Effect, MirrorOptions, refuse_another};
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{
    Advertised, Envelope, Oid, PushMode, PushReport, RefOutcome, RemoteFailure, Repo, commit_id, refs, remote,
};
use crate::model::VersionId;
use crate::ops::Progress;
use anyhow::Result;
use std::collections::BTreeMap;

/// A host takes about so many refs in one push.
const BATCH: usize = 5_000;
/// A host may say yes and let it fall, once: somebody else was at work in the same moment.
const FRUITLESS: u32 = 2;
/// A hook that refuses a whole push for one of its tags is asked in so many smaller ones which it is.
const SMALLER: u32 = 64;

/// The work at one destination.
pub struct Errand<'a> {
    source: &'a Source,
    place: &'a StorePlace,
    to: &'a RemoteUrl,
    options: &'a MirrorOptions,
    progress: &'a dyn Progress,
    patience: Patience,
    /// Whether the host can change several refs together, as far as is known.
    mode: PushMode,
    /// The versions that the host refused, and why.
    refused: BTreeMap<VersionId, String>,
    /// The tags that were sent.
    sent: BTreeMap<VersionId, TagStep>,
    smaller: u32,
    /// The branch that an empty repository's HEAD names.
    unborn: Option<String>,
    result: Destination,
}

/// What is to become of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Catalog {
    Same,
    /// There is none yet.
    First,
    /// It moves on from this one.
    Forward(Oid),
    Diverged(Oid),
}

impl<'a> Errand<'a> {
    /// Before anything is done.
    pub fn new(
        source: &'a Source,
        place: &'a StorePlace,
        to: &'a RemoteUrl,
        options: &'a MirrorOptions,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            source,
            place,
            to,
            options,
            progress,
            patience: Patience::new(options.retries),
            mode: PushMode::Atomic,
            refused: BTreeMap::new(),
            sent: BTreeMap::new(),
            smaller: SMALLER,
            unborn: None,
            result: Destination::of(to, options.effect),
        }
    }

    /// Does it all; `there` is what the destination has.
    pub fn through(mut self, there: Advertised) -> Destination {
        if let Err(error) = self.run(there) {
            self.result.error = Some(error);
        }
        self.result
    }

    fn run(&mut self, mut there: Advertised) -> Result<()> {
        let repo = Repo::open(&self.place.repository)?;
        if there.refs.is_empty() && self.options.effect == Effect::Change {
            self.unborn = remote::unborn_head(self.to)?;
        }
        let before = there.head_commit();
        let (mut last, mut fruitless) = (None, 0);
        loop {
            let plan = Plan::of(self.source, &there, self.options.removed, &self.refused);
            let catalog = self.catalog(&repo, &there)?;
            self.note(&plan, catalog, &there, before);
            if self.is_done(&plan, catalog) {
                return Ok(());
            }
            let step = Some((plan, catalog));
            if step == last {
                fruitless += 1;
                if fruitless > FRUITLESS {
                    return Err(errors::mirror_let_fall(&self.to.to_string()));
                }
            }
            let done = step.as_ref().map_or(Ok(()), |(plan, catalog)| self.carry_out(&repo, plan, *catalog, &there));
            last = step;
            if let Err(error) = done {
                self.patience.forgive(error)?;
                // What was begun may be there.
                last = None;
            }
            there = self.patience.listed(self.to, Some(&repo))?;
        }
    }

    /// How the destination's catalog stands to the source's. One that the source never had may be that of something
    /// else, which must not get our tags.
    fn catalog(&self, repo: &Repo, there: &Advertised) -> Result<Catalog> {
        Ok(match there.head_commit() {
            None => Catalog::First,
            Some(head) if head == self.source.head => Catalog::Same,
            Some(head) if self.source.continues(repo, head)? => Catalog::Forward(head),
            Some(head) => {
                if self.result.catalog != CatalogMove::Diverged {
                    refuse_another(self.to, there, &self.source.info.name)?;
                }
                Catalog::Diverged(head)
            }
        })
    }

    /// Writes down how it stands.
    fn note(&mut self, plan: &Plan, catalog: Catalog, there: &Advertised, before: Option<Oid>) {
        let is_there = |step: &&TagStep| there.refs.get(&step.name) == Some(&step.target);
        let result = &mut self.result;
        match self.options.effect {
            Effect::Change => {
                result.copied = self.sent.values().filter(is_there).map(|step| step.id.clone()).collect();
            }
            Effect::DryRun => {
                result.copied = plan.tags.iter().map(|step| step.id.clone()).collect();
                result.pruned = plan.prune.iter().map(|step| step.id.clone()).collect();
            }
        }
        result.diverged.clone_from(&plan.diverged);
        result.refused.clone_from(&plan.refused);
        result.left_out = plan.left_out;
        let moved = || CatalogMove::Moved(before.map(commit_id));
        result.catalog = match catalog {
            Catalog::Same if before == Some(self.source.head) => CatalogMove::Same,
            Catalog::Same => moved(),
            Catalog::Diverged(_) => CatalogMove::Diverged,
            _ if plan.lacking() > 0 => CatalogMove::Waits(plan.lacking()),
            _ if self.options.effect == Effect::DryRun => moved(),
            _ => CatalogMove::Unknown,
        };
        if let Catalog::Diverged(head) = catalog {
            let [source, destination] = [self.source.head, head].map(|oid| oid.to_string());
            result.diverged.insert(0, Difference { what: What::Catalog, source, destination });
        }
    }

    fn is_done(&self, plan: &Plan, catalog: Catalog) -> bool {
        let moves = matches!(catalog, Catalog::First | Catalog::Forward(_)) && plan.lacking() == 0;
        let prunes = catalog == Catalog::Same && !plan.prune.is_empty();
        self.options.effect == Effect::DryRun || plan.tags.is_empty() && !moves && !prunes
    }

    /// Tags first, then the catalog, together where the host can; then what is to go.
    fn carry_out(&mut self, repo: &Repo, plan: &Plan, catalog: Catalog, there: &Advertised) -> Result<()> {
        let moves = plan.lacking() == 0;
        if let Catalog::Forward(_) = catalog
            && moves
            && self.mode == PushMode::Atomic
            && plan.tags.len() < BATCH
            && self.at_once(repo, plan, there)?
        {
            return Ok(());
        }
        let before = self.refused.len();
        for batch in plan.tags.chunks(BATCH) {
            self.push_tags(repo, batch)?;
        }
        if self.refused.len() > before {
            // The catalog has to wait: look again.
            return Ok(());
        }
        match catalog {
            Catalog::First if moves => self.fill(repo, there),
            Catalog::Forward(_) if moves => self.move_catalog(repo, there),
            Catalog::Same => self.prune(repo, &plan.prune),
            _ => Ok(()),
        }
    }

    /// Whether one atomic push did all of it. If not, the single steps will tell what is in the way.
    fn at_once(&mut self, repo: &Repo, plan: &Plan, there: &Advertised) -> Result<bool> {
        let mut all = named(&plan.tags);
        all.push((self.branch(there), self.source.head));
        self.send(&plan.tags);
        let report = match self.push(repo, &all, PushMode::Atomic) {
            Err(error) if RemoteFailure::of(&error) == Some(RemoteFailure::AtomicUnsupported) => None,
            report => Some(report?),
        };
        let is_done = report.is_some_and(|report| report.is_complete());
        if !is_done {
            self.mode = PushMode::Separate;
        }
        Ok(is_done)
    }

    /// Makes tags; which of them the host refuses is remembered.
    fn push_tags(&mut self, repo: &Repo, batch: &[TagStep]) -> Result<()> {
        self.send(batch);
        let report = self.push(repo, &named(batch), PushMode::Separate)?;
        let refused: BTreeMap<&str, &str> = report.refused().into_iter().collect();
        let is_whole_push = batch.len() > 1 && refused.len() == batch.len();
        if is_whole_push && self.smaller > 0 && !refused.values().any(|why| is_somebody_elses(why)) {
            self.smaller -= 1;
            let (first, second) = batch.split_at(batch.len() / 2);
            self.push_tags(repo, first)?;
            return self.push_tags(repo, second);
        }
        for step in batch {
            match refused.get(step.name.as_str()) {
                // The next look shows what it is.
                Some(why) if is_somebody_elses(why) && self.patience.wait() => {}
                Some(why) => drop(self.refused.insert(step.id.clone(), with_words(why, &report))),
                None => {}
            }
        }
        Ok(())
    }

    fn move_catalog(&mut self, repo: &Repo, there: &Advertised) -> Result<()> {
        let branch = self.branch(there);
        let report = self.push(repo, &[(branch.clone(), self.source.head)], PushMode::Separate)?;
        self.heed(&branch, &report)
    }

    /// What became of a catalog that was pushed alone.
    fn heed(&mut self, branch: &str, report: &PushReport) -> Result<()> {
        match report.refused().first() {
            None => Ok(()),
            Some((_, why)) if is_somebody_elses(why) && self.patience.wait() => Ok(()),
            Some((_, why)) => {
                let scope = &self.source.info.name;
                Err(errors::push_refused(scope, &self.to.to_string(), branch, &with_words(why, report)))
            }
        }
    }

    /// The first catalog goes to the branch that HEAD names, or HEAD would not resolve. Where nobody can tell which that
    /// is, it is tried; a wrong guess is taken back.
    fn fill(&mut self, repo: &Repo, there: &Advertised) -> Result<()> {
        let mut branches: Vec<String> = self.unborn.iter().cloned().collect();
        branches.push(self.source.branch.clone());
        branches.extend(refs::USUAL_HEADS.map(str::to_owned));
        let is_free = |branch: &String| there.refs.get(branch).is_none_or(|commit| *commit == self.source.head);
        let branches: Vec<String> = branches.into_iter().filter(is_free).collect();
        for (at, branch) in branches.iter().enumerate() {
            if branches[..at].contains(branch) {
                continue;
            }
            let pushed = [(branch.clone(), self.source.head)];
            let report = self.push(repo, &pushed, PushMode::Separate)?;
            self.heed(branch, &report)?;
            if self.patience.listed(self.to, Some(repo))?.head_commit().is_some() {
                return Ok(());
            }
            remote::delete(repo, self.to, &pushed)?;
        }
        Err(errors::head_does_not_resolve(&self.to.to_string()))
    }

    /// Each tag goes only if it still is what was seen.
    fn prune(&mut self, repo: &Repo, steps: &[TagStep]) -> Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        let report = remote::delete(repo, self.to, &named(steps))?;
        for step in steps {
            let outcome = report.refs.iter().find(|pushed| pushed.name == step.name).map(|pushed| &pushed.outcome);
            match outcome {
                Some(RefOutcome::Deleted) => self.result.pruned.push(step.id.clone()),
                Some(RefOutcome::Refused(why)) => {
                    let scope = &self.source.info.name;
                    let why = with_words(why, &report);
                    return Err(errors::push_refused(scope, &self.to.to_string(), &step.name, &why));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The destination's own branch for its catalog.
    fn branch(&self, there: &Advertised) -> String {
        there.head.clone().unwrap_or_else(|| self.source.branch.clone())
    }

    fn send(&mut self, steps: &[TagStep]) {
        self.sent.extend(steps.iter().map(|step| (step.id.clone(), step.clone())));
    }

    fn push(&self, repo: &Repo, refs: &[(String, Oid)], mode: PushMode) -> Result<PushReport> {
        let envelope = Envelope::new(repo, refs, &self.place.scratch)?;
        envelope.push(self.to, mode, &mut |count| self.progress.git(count))
    }
}

fn named(steps: &[TagStep]) -> Vec<(String, Oid)> {
    steps.iter().map(|step| (step.name.clone(), step.target)).collect()
}

/// Somebody else is at work there, or was first.
fn is_somebody_elses(why: &str) -> bool {
    const SIGNS: [&str; 6] =
        ["fetch first", "non-fast-forward", "already exists", "stale info", "failed to update ref", "cannot lock ref"];
    SIGNS.iter().any(|sign| why.contains(sign))
}

fn with_words(why: &str, report: &PushReport) -> String {
    match report.said.trim() {
        "" => why.to_owned(),
        said => format!("{why} ({said})"),
    }
}
