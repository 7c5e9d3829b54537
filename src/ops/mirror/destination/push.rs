//! The pushes of one round at a destination.

use super::{Catalog, Errand};
use crate::errors;
use crate::git::{
    Advertised, Envelope, MANY_REFS, MOST_REFS, Oid, PushMode, PushReport, RefOutcome, Repo, is_somebody_elses, refs,
    remote, speaks_of_lock,
};
use crate::ops::mirror::plan::{Plan, TagStep};
use crate::ops::side_by_side;
use anyhow::Result;
use std::collections::{BTreeMap, HashMap};

/// So many pushes go to one host at a time; one that is left over goes with the last of them.
const AT_ONCE: usize = 2;
/// A hook that refuses a whole push for one of its tags is asked in so many smaller ones which it is.
pub(super) const SMALLER: u32 = 64;

impl Errand<'_> {
    /// Tags first, then the catalog, together where the host can; then what is to go. Where the destination was asked
    /// afterwards, this is what it has.
    pub(super) fn carry_out(
        &mut self,
        repo: &Repo,
        plan: &Plan,
        catalog: Catalog,
        there: &Advertised,
    ) -> Result<Option<Advertised>> {
        let moves = plan.lacking() == 0;
        if let Catalog::Forward(_) = catalog
            && moves
            && self.mode == PushMode::Atomic
            && plan.tags.len() < MOST_REFS
            && self.at_once(repo, plan, there)?
        {
            return Ok(None);
        }
        let before = self.back.refused.len();
        self.push_batches(repo, &plan.tags.chunks(MOST_REFS).collect::<Vec<_>>())?;
        if self.back.refused.len() > before || self.overtaken {
            // Some are not there, for good or for the moment. The catalog has to wait: look again.
            return Ok(None);
        }
        match catalog {
            Catalog::First if moves => return self.fill(repo, there).map(Some),
            Catalog::Forward(_) if moves => self.move_catalog(repo, there)?,
            Catalog::Same => self.prune(repo, &plan.prune)?,
            _ => {}
        }
        Ok(None)
    }

    /// Whether one atomic push did all of it. If not, the single steps will tell what is in the way.
    fn at_once(&mut self, repo: &Repo, plan: &Plan, there: &Advertised) -> Result<bool> {
        let mut all = named(&plan.tags);
        all.push((self.branch(there), self.source.head));
        self.send(&plan.tags);
        self.all_or_none(repo, &all)
    }

    /// Whether a host took all refs of one atomic push. If not, they are pushed separately from now on.
    fn all_or_none(&mut self, repo: &Repo, all: &[(String, Oid)]) -> Result<bool> {
        let is_done = self.takes_all(&self.envelope(repo, all)?)?;
        if !is_done {
            self.mode = PushMode::Separate;
        }
        Ok(is_done)
    }

    fn takes_all(&self, envelope: &Envelope) -> Result<bool> {
        let report = envelope.push_together(self.to, &mut |count| self.progress.git(count))?;
        Ok(report.is_some_and(|report| report.is_complete()))
    }

    /// Makes tags, several batches at a time: half of such a push one side waits for the other. A batch that the host
    /// does not take so goes by itself: some let nobody else write meanwhile.
    fn push_batches(&mut self, repo: &Repo, mut batches: &[&[TagStep]]) -> Result<()> {
        while !batches.is_empty() {
            let at_once = if batches.len() <= AT_ONCE + 1 { batches.len() } else { AT_ONCE };
            let (now, later) = batches.split_at(at_once);
            let left = match now.len() > 1 && self.mode == PushMode::Atomic {
                true => self.push_side_by_side(repo, now)?,
                false => now.to_vec(),
            };
            left.into_iter().try_for_each(|batch| self.push_tags(repo, batch))?;
            batches = later;
        }
        Ok(())
    }

    /// Pushes batches at the same time, each atomically, and returns those that the host did not take.
    fn push_side_by_side<'t>(&mut self, repo: &Repo, batches: &[&'t [TagStep]]) -> Result<Vec<&'t [TagStep]>> {
        let envelopes = batches.iter().map(|batch| self.envelope(repo, &named(batch))).collect::<Result<Vec<_>>>()?;
        batches.iter().for_each(|batch| self.send(batch));
        let taken = side_by_side(&envelopes, |envelope| self.takes_all(envelope))?;
        Ok(batches.iter().zip(taken).filter(|(_, is_taken)| !is_taken).map(|(batch, _)| *batch).collect())
    }

    /// Makes tags; which of them the host refuses is remembered. A host that can moves many at once, which is quicker
    /// than one after the other.
    fn push_tags(&mut self, repo: &Repo, batch: &[TagStep]) -> Result<()> {
        self.send(batch);
        if batch.len() >= MANY_REFS && self.mode == PushMode::Atomic && self.all_or_none(repo, &named(batch))? {
            return Ok(());
        }
        let report = self.push(repo, &named(batch))?;
        let refused: BTreeMap<&str, &str> = report.refused().into_iter().collect();
        let words = Words::of(&report);
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
                Some(why) if self.is_overtaken(why) => {}
                Some(_) if speaks_of_lock(&report.said) => {
                    self.locks = Some(report.said.trim().to_owned());
                    self.back.refused.insert(step.id.clone(), "its refs stay locked".to_owned());
                }
                Some(why) => drop(self.back.refused.insert(step.id.clone(), words.about(&step.name, why))),
                None => {}
            }
        }
        Ok(())
    }

    fn move_catalog(&mut self, repo: &Repo, there: &Advertised) -> Result<()> {
        let branch = self.branch(there);
        let report = self.push(repo, &[(branch.clone(), self.source.head)])?;
        self.heed(&branch, &report)
    }

    /// Whether a ref is another's for the moment: then it was waited for, and the next look shows what has become of it.
    fn is_overtaken(&mut self, why: &str) -> bool {
        let is_overtaken = is_somebody_elses(why) && self.patience.wait();
        self.overtaken |= is_overtaken;
        is_overtaken
    }

    /// What became of a catalog that was pushed alone.
    fn heed(&mut self, branch: &str, report: &PushReport) -> Result<()> {
        match report.refused().first() {
            None => Ok(()),
            Some((_, why)) if self.is_overtaken(why) => Ok(()),
            Some(_) if speaks_of_lock(&report.said) => Err(self.locked(report.said.trim())),
            Some((_, why)) => {
                let scope = &self.source.info.name;
                Err(errors::push_refused(scope, &self.to.to_string(), branch, &with_words(why, report)))
            }
        }
    }

    /// The first catalog goes to the branch that HEAD names, or HEAD would not resolve. Where nobody can tell which that
    /// is, it is tried; a wrong guess is taken back.
    fn fill(&mut self, repo: &Repo, there: &Advertised) -> Result<Advertised> {
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
            let report = self.push(repo, &pushed)?;
            if !report.is_complete() {
                self.heed(branch, &report)?;
            }
            let now = self.patience.listed(self.to, Some(repo))?;
            if now.head_commit().is_some() || !report.is_complete() {
                return Ok(now);
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
        self.doomed.extend(steps.iter().map(|step| (step.id.clone(), step.clone())));
        let report = remote::delete(repo, self.to, &named(steps))?;
        for step in steps {
            let outcome = report.refs.iter().find(|pushed| pushed.name == step.name).map(|pushed| &pushed.outcome);
            match outcome {
                Some(RefOutcome::Refused(why)) if speaks_of_lock(&report.said) && !self.is_overtaken(why) => {
                    return Err(self.locked(report.said.trim()));
                }
                // The next look shows what it is by now.
                Some(RefOutcome::Refused(why)) if is_somebody_elses(why) => {}
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

    /// Pushes refs, each for itself.
    fn push(&self, repo: &Repo, refs: &[(String, Oid)]) -> Result<PushReport> {
        self.envelope(repo, refs)?.push(self.to, PushMode::Separate, &mut |count| self.progress.git(count))
    }

    fn envelope(&self, repo: &Repo, refs: &[(String, Oid)]) -> Result<Envelope> {
        Envelope::new(repo, refs, &self.place.scratch)
    }
}

fn named(steps: &[TagStep]) -> Vec<(String, Oid)> {
    steps.iter().map(|step| (step.name.clone(), step.target)).collect()
}

fn with_words(why: &str, report: &PushReport) -> String {
    match report.said.trim() {
        "" => why.to_owned(),
        said => format!("{why} ({said})"),
    }
}

/// What a host says of the refs of a push that it refuses, ref by ref.
struct Words<'r> {
    of: HashMap<&'r str, Vec<&'r str>>,
    /// What comes after all that names one of them, or without any name.
    of_all: Vec<&'r str>,
}

impl<'r> Words<'r> {
    /// So many lines are told of one of several.
    const TOLD: usize = 3;

    /// git names a ref after what its hook said of it: a line belongs to the next name.
    fn of(report: &'r PushReport) -> Self {
        let refused: Vec<&str> = report.refused().into_iter().map(|(name, _)| name).collect();
        let lines: Vec<&str> = report.said.trim().lines().collect();
        if refused.len() < 2 {
            return Self { of: HashMap::new(), of_all: lines };
        }
        let short = |name: &'r str| name.strip_prefix(refs::TAGS).unwrap_or(name);
        let names: HashMap<&str, &str> =
            refused.iter().flat_map(|name| [(*name, *name), (short(name), *name)]).collect();
        let (mut of, mut next): (HashMap<&str, Vec<&str>>, Vec<&str>) = (HashMap::new(), Vec::new());
        for line in lines {
            let mut words = line.split(|c: char| c.is_whitespace() || "\"'`,;()[]<>".contains(c));
            next.push(line);
            if let Some(name) = words.find_map(|word| names.get(word.trim_end_matches([':', '.']))) {
                of.entry(name).or_default().append(&mut next);
            }
        }
        next.truncate(Self::TOLD);
        of.values_mut().for_each(|lines| drop(lines.drain(..lines.len().saturating_sub(Self::TOLD))));
        Self { of, of_all: next }
    }

    fn about(&self, name: &str, why: &str) -> String {
        let said = self.of.get(name).unwrap_or(&self.of_all);
        if said.is_empty() { why.to_owned() } else { format!("{why} ({})", said.join("\n")) }
    }
}
