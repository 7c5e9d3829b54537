//! One destination, until its refs say that it has what it should have, or what can't be helped is known.

mod others;
mod push;

use super::needed::Needs;
use super::patience::Patience;
use super::plan::{KeptBack, Plan, TagStep};
use super::report::{CatalogMove, Destination, Difference, Side, What};
use super::run::{is_unclear, refuse_another};
use super::source::{Source, Tag, Wanted};
use super::store::StorePlace;
use super::whole::not_whole;
use super::{Effect, MirrorOptions};
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, Oid, PushMode, RefName, Repo, commit_id, lock_files, remote};
use crate::model::{CommitId, VersionId};
use crate::ops::Progress;
use crate::scope::{TrackedCatalog, info_of};
use anyhow::Result;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// A host may say yes and let it fall, once: somebody else was at work in the same moment.
const FRUITLESS: u32 = 2;

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
    /// The versions that can't come.
    back: KeptBack,
    /// The tags that were sent.
    sent: BTreeMap<VersionId, TagStep>,
    /// The tags that were to go.
    doomed: BTreeMap<VersionId, TagStep>,
    /// What the versions of the run need, where something is to be pruned.
    needs: Option<&'a Needs>,
    /// What only the destination has, as far as it was looked at.
    others: others::Others,
    /// The catalog that the destination had.
    before: Option<Oid>,
    /// How many more smaller pushes may find out what a hook has against a large one.
    smaller: u32,
    /// Whether the last round waited for somebody else.
    overtaken: bool,
    /// What the host said of locks on refs that could not be changed for them.
    locks: Option<String>,
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

impl Catalog {
    /// Whether it may become that of the source.
    fn can_move(self) -> bool {
        matches!(self, Self::First | Self::Forward(_))
    }
}

impl<'a> Errand<'a> {
    /// Before anything is done.
    pub fn new(
        source: &'a Source,
        place: &'a StorePlace,
        to: &'a RemoteUrl,
        needs: Option<&'a Needs>,
        options: &'a MirrorOptions,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            source,
            place,
            to,
            options,
            progress,
            patience: Patience::new(options),
            mode: PushMode::Atomic,
            back: KeptBack {
                refused: source.untrusted.clone(),
                broken: source.broken.clone(),
                needed: BTreeMap::new(),
            },
            sent: BTreeMap::new(),
            doomed: BTreeMap::new(),
            needs,
            others: BTreeMap::new(),
            before: None,
            smaller: push::SMALLER,
            overtaken: false,
            locks: None,
            unborn: None,
            result: Destination::of(to, options.effect),
        }
    }

    /// Does it all; `there` is what the destination has.
    pub fn through(mut self, there: Advertised) -> Destination {
        if let Err(error) = self.run(there) {
            self.result.error = Some(errors::mirror_in_parts(error));
            // What came before it failed is there.
            let _ = self.look_again();
        }
        self.result
    }

    /// Writes down what is there after a failure, where the host still says so.
    fn look_again(&mut self) -> Result<()> {
        if self.sent.is_empty() && self.doomed.is_empty() {
            return Ok(());
        }
        let repo = Repo::open(&self.place.repository)?;
        let mut there = remote::list_within(self.options.timeout, self.to, Some(&repo))?;
        self.look_behind_tags(&mut there);
        let plan = Plan::of(self.source, &there, self.options.removed, &self.back);
        let catalog = self.catalog(&repo, &there)?;
        self.note(&plan, catalog, &there);
        Ok(())
    }

    fn run(&mut self, mut there: Advertised) -> Result<()> {
        let repo = Repo::open(&self.place.repository)?;
        if there.refs.is_empty() && self.options.effect == Effect::Change {
            // What was only now made has not been asked.
            self.unborn =
                there.head.clone().map_or_else(|| self.patience.unborn_head(self.to), |head| Ok(Some(head)))?;
        }
        self.before = there.head_commit();
        let (mut last, mut fruitless) = (None, 0);
        loop {
            self.look_behind_tags(&mut there);
            let plan = self.plan(&there);
            let catalog = self.catalog(&repo, &there)?;
            self.note(&plan, catalog, &there);
            if self.is_done(&plan, catalog) {
                return self.locks.take().map_or(Ok(()), |words| Err(self.locked(&words)));
            }
            let step = Some((plan, catalog));
            if step == last {
                fruitless += 1;
                if fruitless > FRUITLESS {
                    return Err(errors::mirror_let_fall(&self.to.to_string()));
                }
            }
            let done = step.as_ref().map_or(Ok(None), |(plan, catalog)| self.carry_out(&repo, plan, *catalog, &there));
            // What was not taken was not let fall.
            last = step.filter(|_| !std::mem::take(&mut self.overtaken));
            let asked = match done {
                Ok(asked) => asked,
                Err(error) => {
                    if !self.forgoes_broken(&repo, &error, &there) {
                        self.patience.forgive(error)?;
                    }
                    // What was begun may be there.
                    last = None;
                    None
                }
            };
            there = asked.map_or_else(|| self.patience.listed(self.to, Some(&repo)), Ok)?;
        }
    }

    /// Its refs stayed locked. In a folder the locks can be named.
    fn locked(&self, words: &str) -> anyhow::Error {
        const AGAIN: &str = "bit mirror";
        let scope = &self.source.info.name;
        let locks = self.to.local_path().map(|folder| (folder, lock_files(folder, Duration::ZERO)));
        match locks.filter(|(_, locks)| !locks.is_empty()) {
            Some((folder, locks)) => errors::scope_locked(scope, folder, &locks, AGAIN),
            None => errors::host_locked(scope, &self.to.to_string(), words, AGAIN),
        }
    }

    /// A folder is listed without what its annotated tags are on; a host says so by itself. Where another tag than the
    /// source's is there, or it has none, that decides whether they differ.
    fn look_behind_tags(&self, there: &mut Advertised) {
        let Some(neighbour) = remote::neighbour(self.to) else { return };
        for wanted in self.source.wanted.values() {
            let Some(&target) = there.refs.get(&wanted.name) else { continue };
            if target != wanted.commit
                && wanted.tag != Tag::Sound(target)
                && let Ok(commit) = neighbour.peel_tag(target)
            {
                there.refs.insert(format!("{}^{{}}", wanted.name), commit);
            }
        }
    }

    /// Whether a push failed because the source's own objects are not all there. Then the others go without these.
    fn forgoes_broken(&mut self, repo: &Repo, error: &anyhow::Error, there: &Advertised) -> bool {
        if !self.place.borrows || !is_unclear(error) {
            return false;
        }
        let has: HashSet<Oid> = there.refs.values().copied().collect();
        let plan = Plan::of(self.source, there, self.options.removed, &self.back);
        let Some(neighbour) = remote::neighbour(&self.source.url) else { return false };
        let broken = not_whole(&neighbour, plan.tags, &|oid| has.contains(&oid) && repo.has(oid).unwrap_or(false));
        let is_reason = !broken.is_empty();
        self.back.broken.extend(broken);
        is_reason
    }

    /// How the destination's catalog stands to the source's. One that the source never had may be that of something
    /// else, which must not get our tags.
    fn catalog(&self, repo: &Repo, there: &Advertised) -> Result<Catalog> {
        Ok(match there.head_commit() {
            None if holds_something_else(there, self.source.head) => {
                return Err(errors::mirror_into_something_else(&self.to.to_string()));
            }
            None => Catalog::First,
            Some(head) if head == self.source.head => Catalog::Same,
            Some(head) if self.source.continues(repo, head)? => {
                self.refuse_another_past(repo, commit_id(head))?;
                Catalog::Forward(head)
            }
            Some(head) => {
                if self.result.catalog != CatalogMove::Diverged {
                    refuse_another(self.to, there, &self.source.info.name)?;
                }
                Catalog::Diverged(head)
            }
        })
    }

    /// Refuses a catalog that goes on from the destination's, and is not that scope's any more: it bears another name,
    /// or lacks what was listed.
    fn refuse_another_past(&self, repo: &Repo, there: CommitId) -> Result<()> {
        let (scope, to) = (&self.source.info.name, self.to.to_string());
        // A card that can't be read names no other scope.
        let was = info_of(repo, there, &to).unwrap_or_default();
        if let Some(other) = was.filter(|was| was.name != *scope) {
            return Err(errors::mirror_into_another_scope(&to, &other.name, scope));
        }
        let [before, now] =
            [there, self.source.catalog()].map(|commit| TrackedCatalog { scope: scope.clone(), commit });
        let lost = before.moved(repo, &now)?.into_iter().filter(|moved| moved.is.is_none());
        let lost: Vec<VersionId> = lost.map(|moved| moved.id).collect();
        match lost.is_empty() {
            true => Ok(()),
            false => Err(errors::mirror_source_lost(scope, &lost, errors::mirror_bring_back())),
        }
    }

    /// Writes down how it stands.
    fn note(&mut self, plan: &Plan, catalog: Catalog, there: &Advertised) {
        let before = self.before;
        let is_there = |step: &&TagStep| {
            there.refs.get(&step.name) == Some(&step.target) && !there.symbolic.contains_key(&step.name)
        };
        let result = &mut self.result;
        match self.options.effect {
            Effect::Change => {
                let is_gone = |step: &&TagStep| !there.refs.contains_key(&step.name);
                result.copied = self.sent.values().filter(is_there).map(|step| step.id.clone()).collect();
                result.pruned = self.doomed.values().filter(is_gone).map(|step| step.id.clone()).collect();
            }
            Effect::DryRun => {
                // Nothing goes before the catalog is there that says so.
                let prunes = catalog == Catalog::Same || catalog.can_move() && plan.lacking() == 0;
                let pruned = plan.prune.iter().filter(|_| prunes);
                result.copied = plan.tags.iter().map(|step| step.id.clone()).collect();
                result.pruned = pruned.map(|step| step.id.clone()).collect();
            }
        }
        result.kept.clone_from(&plan.kept);
        result.diverged.clone_from(&plan.diverged);
        result.refused.clone_from(&plan.refused);
        result.left_out = plan.left_out;
        let is_there = |wanted: &Wanted| there.refs.contains_key(&wanted.name);
        result.is_empty = there.head_commit().is_none() && !self.source.wanted.values().any(is_there);
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
            let [source, other] = [self.source.head, head].map(|oid| oid.to_string());
            let (side, way_out) = (Side::Destination, String::new());
            let difference = Difference { what: What::Catalog, source, other, side, way_out };
            result.diverged.insert(0, difference);
        }
    }

    fn is_done(&self, plan: &Plan, catalog: Catalog) -> bool {
        let moves = catalog.can_move() && plan.lacking() == 0;
        let prunes = catalog == Catalog::Same && !plan.prune.is_empty();
        self.options.effect == Effect::DryRun || plan.tags.is_empty() && !moves && !prunes
    }
}

/// Whether a repository without a catalog holds branches or tags that no mirroring of the source left there.
fn holds_something_else(there: &Advertised, catalog: Oid) -> bool {
    let is_else = |(name, target): (&String, &Oid)| {
        let name = name.trim_end_matches("^{}");
        RefName::is_branch(name) && *target != catalog || RefName::is_foreign_tag(name)
    };
    there.refs.iter().any(is_else)
}
