//! The attempts of one export: the scopes are asked, copies made, everything compared, pushed and written down.

mod copying;

use super::copies::{Along, Bringing, Primary, Requests, Sources};
use super::loose::LooseTags;
use super::patience::{Obstacle, Patience};
use super::push::{self, Pusher};
use super::rehome::Rehoming;
use super::{
    Aim, ExportOptions, Exported, Staged, StillLost, Target, Then, conflicts, dependencies, look, mend, record,
    returning, select, sign, target,
};
use crate::errors::{self, Away};
use crate::git::Identities;
use crate::model::{CommitId, ComponentId, ScopeName};
use crate::ops::importers::{ImportersThen, importers_then};
use crate::ops::owed;
use crate::ops::select::typed;
use crate::ops::switch::{self, Switch};
use crate::ops::{Component, Progress, State, Workspace, pending};
use crate::scope::{Known, WriteLock};
use crate::workspace::BitmapEntry;
use anyhow::{Result, anyhow};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Catalogs that have moved.
type Moved = BTreeMap<ScopeName, CommitId>;

/// How an attempt ended.
enum Published {
    /// All is there, and written down.
    Done,
    /// Somebody else came first. What has moved all the same; `None` where no scope can be taken for finished.
    Overtaken(Obstacle, Option<Moved>),
}

/// An export at work.
pub struct Run<'a> {
    /// What a person wants to be copied.
    pub requests: &'a Requests,
    /// What is to be copied.
    pub sources: &'a Sources,
    /// Whose versions.
    pub workspace: &'a Workspace,
    /// The right to write.
    pub lock: &'a WriteLock,
    /// Where to, and what.
    pub aim: &'a Aim,
    /// The components that are meant.
    pub chosen: &'a select::Chosen,
    /// Components that get another scope.
    pub rehoming: Option<&'a Rehoming>,
    /// How.
    pub options: &'a ExportOptions,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
    /// What its attempts have pushed before a catalog lists it.
    pub loose: LooseTags,
    /// The scopes whose hosts can't change several refs together, as far as its attempts know.
    pub separately: RefCell<BTreeSet<ScopeName>>,
}

impl Run<'_> {
    /// Asks the scopes and publishes. Whether it is done; if not, another attempt may go better.
    pub fn attempt(
        &self,
        known: &Known,
        staged: Staged,
        outcome: &mut Exported,
        (patience, bringing): (&mut Patience, &mut Bringing),
    ) -> Result<bool> {
        let Self { workspace, progress, .. } = *self;
        outcome.left.clear();
        outcome.held_back.clear();
        let (marks, waiting) = select::marks(workspace, known, self.chosen, &staged, self.aim)?;
        outcome.waiting = waiting;
        let mut shares = select::by_scope(staged, marks, self.aim, self.rehoming, outcome)?;
        for scope in self.sources.targets.keys() {
            shares.entry(scope.clone()).or_default().has_copies = true;
        }
        if shares.is_empty() {
            return self.look_only(known, outcome).map(|()| true);
        }
        // Who is at work is asked meanwhile: that is a process or two.
        let folder = &workspace.layout.root;
        let (targets, identities) = std::thread::scope(|threads| {
            let identities = threads.spawn(|| Identities::of(folder));
            (target::open_all(workspace, known, shares, self.aim, self.options, progress), identities.join())
        });
        let identities = identities.map_err(|_| anyhow!("the thread that asks git who is at work panicked"))?;
        let target::Opened { mut targets, silent, parcel } = match targets {
            Ok(opened) => opened,
            Err(error) => return patience.forgive_asking(error).map(|()| false),
        };
        for (scope, error) in silent {
            outcome.hold_back(scope, &error);
        }
        if !self.copy(known, &mut targets, outcome, bringing)? {
            return Ok(false);
        }
        if targets.is_empty() {
            return Ok(true);
        }
        let targets = target::in_order(targets, &self.pointers());
        self.loose.look(&targets);
        match self.publish(
            &Pusher {
                workspace,
                known,
                signing: self.options.signing,
                progress,
                parcel: parcel.into(),
                loose: &self.loose,
                separately: &self.separately,
            },
            &targets,
            identities,
            outcome,
        ) {
            Ok(Published::Done) => Ok(true),
            Ok(Published::Overtaken(obstacle, catalogs)) => {
                let seen: Vec<CommitId> = targets.iter().map(|target| target.catalog.commit).collect();
                match patience.wait(&seen, &obstacle) {
                    Ok(()) => Ok(false),
                    Err(error) => self.fail(known, &targets, (catalogs, error), outcome).map(|()| true),
                }
            }
            Err(error) => match patience.forgive(error) {
                Ok(()) => Ok(false),
                Err(error) => self.fail(known, &targets, (Some(Moved::new()), error), outcome).map(|()| true),
            },
        }
    }

    /// The scopes of components that others go on as, with the scopes of those.
    fn pointers(&self) -> Vec<(ScopeName, ScopeName)> {
        let scope_of = |id: ComponentId| self.rehoming.map_or(&id, |rehoming| rehoming.id_of(&id)).scope.clone();
        let of = |entry: &BitmapEntry| {
            let old = entry.id().scope;
            pending::successors(entry).map(move |new| (old.clone(), scope_of(new))).collect::<Vec<_>>()
        };
        self.workspace.bitmap.entries().flat_map(of).collect()
    }

    /// Whether nobody named a scope: then one that can't take its copies keeps nothing from the others.
    fn goes_everywhere(&self) -> bool {
        self.aim.scope.is_none()
    }

    fn look_only(&self, known: &Known, outcome: &mut Exported) -> Result<()> {
        let Self { workspace, lock, options, progress, .. } = *self;
        outcome.bitmap_to_commit = !options.dry_run && self.must_commit(record::settle(workspace, lock, known)?);
        outcome.warnings.extend(look::look(workspace, lock, known, self.aim.scope.as_ref(), progress)?);
        Ok(())
    }

    /// Compares, pushes and writes down.
    fn publish(
        &self,
        pusher: &Pusher,
        targets: &[Target],
        identities: Result<Identities>,
        outcome: &mut Exported,
    ) -> Result<Published> {
        let Self { workspace, lock, rehoming, options, .. } = *self;
        // While a catalog that lacks tags is not tracked, its versions stay staged, and it is mended another time.
        let lacking = mend::lacking(pusher.known, targets);
        if !options.dry_run
            && let Some(obstacle) = mend::mend(pusher, &lacking, &mut outcome.warnings)?
        {
            return Ok(Published::Overtaken(obstacle, None));
        }
        if let Err(refusal) = self.judge(pusher.known, targets) {
            if lacking.is_empty() || !options.dry_run {
                target::remember(workspace, lock, targets)?;
            }
            return Err(refusal);
        }
        outcome.lost = targets.iter().flat_map(|target| self.still_lost(pusher.known, target)).collect();
        outcome.unsaid = targets.iter().flat_map(Target::dropped).collect();
        let mut switch = self.switch(targets)?;
        let importers = self.importers(&switch)?;
        if outcome.scopes.is_empty() {
            outcome.warnings.extend(importers.warnings);
            outcome.told.add(importers.told);
            outcome.told.add(std::mem::take(&mut switch.told));
            outcome.files = switch.files();
        }
        outcome.tell_of(workspace.scope.repo(), targets, rehoming)?;
        switch.work.files.extend(importers.work.files);
        switch.work.objects.extend(importers.work.objects);
        outcome.switched = switch.ids().collect();
        if options.dry_run {
            return Ok(Published::Done);
        }
        let identities = identities?;
        if options.then == Then::Eject {
            owed::owe(&workspace.scope, outcome.published(workspace))?;
        }
        let published = record::Published { targets: targets.iter().collect(), rehoming, switch };
        // A host takes longer than .bitmap does.
        let mut records = published.records(workspace, pusher.known)?;
        let pushed = records.foresee_while(&workspace.layout, |_| push::push_all(pusher, targets, &identities))?;
        let catalogs = match pushed {
            push::Pushed::Done(catalogs) => catalogs,
            push::Pushed::Overtaken(obstacle, catalogs) => return Ok(Published::Overtaken(obstacle, Some(catalogs))),
            push::Pushed::Partly(error, moved) => {
                self.fail(pusher.known, targets, (Some(moved), error), outcome)?;
                return Ok(Published::Done);
            }
        };
        let changed = published.record(workspace, lock, pusher.known, (records, &catalogs));
        let changed = changed.map_err(|error| errors::published_and_not_written_down(catalogs.keys(), error))?;
        outcome.bitmap_to_commit = self.must_commit(changed);
        Ok(Published::Done)
    }

    /// What gets another primary scope by this export.
    fn switch(&self, targets: &[Target]) -> Result<Switch> {
        let Self { workspace, options, progress, .. } = *self;
        let mut switch = Switch::default();
        if options.copies.primary == Primary::Stays {
            return Ok(switch);
        }
        let state = State::load(workspace, progress)?;
        let mut modified = Vec::new();
        for target in targets {
            let is_meant =
                |id: &ComponentId| target.copies.components.contains(id) && self.is_wanted(&target.scope, id);
            for component in state.components.iter().filter(|one| is_meant(&one.id)) {
                let place = component.entry.commit.and_then(|commit| target.copies.places.get(&commit));
                let (id, commit) = place.ok_or_else(|| self.not_copied(component, &target.scope))?;
                if switch.add(workspace, component, (id, *commit))? == switch::Fate::Modified {
                    modified.push(switch::named(component));
                }
            }
        }
        state.remember(workspace);
        let rewired = self.rehoming.map(Rehoming::files).unwrap_or_default();
        let twice = switch.work.files.iter().filter(|file| rewired.iter().any(|other| other.path == file.path));
        modified.extend(twice.map(|file| file.path.clone()));
        if !modified.is_empty() {
            return Err(errors::modified_files_would_be_rewired(&modified));
        }
        Ok(switch)
    }

    /// What a scope has lost and does not get back by this. Of components that nobody named nothing was to come.
    fn still_lost(&self, known: &Known, target: &Target) -> Vec<StillLost> {
        let is_meant = |id: &ComponentId| self.aim.ids.is_empty() || self.chosen.ids().any(|chosen| chosen == id);
        let mut lost = target.lost.remaining(known, &target.versions);
        lost.iter_mut().filter(|lost| !is_meant(&lost.id.id)).for_each(|lost| lost.away = Away::NotMeant);
        lost
    }

    /// Why a component can't go on in a scope: the version that its folder is at is not among the copies.
    fn not_copied(&self, component: &Component, scope: &ScopeName) -> anyhow::Error {
        let BitmapEntry { version: Some(version), commit: Some(_), .. } = &component.entry else {
            return errors::not_fully_available(&component.id);
        };
        let ids: Vec<String> = self.chosen.ids().map(|id| typed(self.workspace, id)).collect();
        let ids = Some(ids.join(" ")).filter(|_| self.chosen.names_versions());
        errors::folder_not_copied(&component.id.at(version.clone()), scope, ids.as_deref())
    }

    /// What becomes of components that import those which get another primary scope.
    fn importers(&self, switch: &Switch) -> Result<ImportersThen> {
        let Self { workspace, options, progress, .. } = *self;
        let ids = switch.ids().collect::<BTreeMap<_, _>>();
        if ids.is_empty() {
            return Ok(ImportersThen::default());
        }
        let state = State::load(workspace, progress)?;
        let others = self.rehoming.map(Rehoming::files).unwrap_or_default();
        let is_free = |component: &Component| {
            !others.iter().any(|file| {
                component
                    .file(
                        file.path
                            .strip_prefix(&component.entry.root_dir)
                            .and_then(|path| path.strip_prefix('/'))
                            .unwrap_or_default(),
                    )
                    .is_some()
            })
        };
        let then = importers_then(workspace, &state, &ids, options.specifiers, is_free)?;
        state.remember(workspace);
        Ok(then)
    }

    /// Whether a person wants a component to be in a scope; else its copy there is only brought up to date.
    fn is_wanted(&self, scope: &ScopeName, id: &ComponentId) -> bool {
        let is_named = || self.requests.by_scope.get(scope).is_some_and(|named| named.contains_key(id));
        self.options.copies.along == Along::Dependencies || is_named()
    }

    /// Before an export fails, what it has published is written down, or its versions would still count as staged and
    /// could be taken back. What some scopes have is told, with what the others have not; where none has anything, the
    /// error stands. Components that get another scope all go to that one, so there are none among these.
    fn fail(
        &self,
        known: &Known,
        targets: &[Target],
        (moved, error): (Option<Moved>, anyhow::Error),
        outcome: &mut Exported,
    ) -> Result<()> {
        let (Some(catalogs), None) = (moved, self.rehoming) else { return Err(error) };
        let (done, others): (Vec<&Target>, Vec<&Target>) =
            targets.iter().partition(|target| target.is_done() || catalogs.contains_key(&target.scope));
        let is_told = |target: &&&Target| outcome.scopes.iter().any(|told| told.scope == target.scope);
        let scopes: Vec<ScopeName> = done.iter().filter(is_told).map(|target| target.scope.clone()).collect();
        if scopes.is_empty() {
            return Err(error);
        }
        let published = record::Published { targets: done, rehoming: None, switch: Switch::default() };
        let records = published.records(self.workspace, known);
        let record = |records| published.record(self.workspace, self.lock, known, (records, &catalogs));
        match records.and_then(record) {
            Ok(changed) => outcome.bitmap_to_commit = self.must_commit(changed),
            Err(worse) => return Err(error.context(worse)),
        }
        outcome.stop_at(&scopes, &others, &error);
        Ok(())
    }

    /// Refuses what the scopes can't take.
    fn judge(&self, known: &Known, targets: &[Target]) -> Result<()> {
        self.rehoming.map_or(Ok(()), |rehoming| rehoming.refuse_taken_there(targets))?;
        conflicts::refuse_conflicts(self.workspace, known, targets)?;
        returning::refuse_lost(self.workspace.scope.repo(), known, targets)?;
        dependencies::refuse_missing(self.workspace, known, self.aim, targets, self.options)?;
        sign::refuse_untrusted(self.workspace, known, targets, self.progress)
    }

    /// People share .bitmap by git.
    fn must_commit(&self, changed: bool) -> bool {
        changed && self.workspace.layout.is_in_git()
    }
}
