//! Publishing staged versions: a push of tags and of the catalog, which is the commit point.

mod aim;
mod conflicts;
mod copies;
mod dependencies;
mod look;
mod mend;
mod movable;
mod patience;
mod push;
mod record;
mod rehome;
mod select;
mod sources;
mod target;

use super::links::LinkReport;
use super::renaming::follow_links;
use super::switch::{self, Switch};
use super::{Progress, Specifiers, State, Told, Workspace};
use crate::errors;
use crate::git::Identities;
use crate::model::{CommitId, ComponentId, ScopeName, VersionId};
use crate::scope::{Known, WriteLock};
use aim::Aim;
use anyhow::{Result, anyhow};
use copies::{Prepared, Requests, Sources};
use push::Pusher;
use rehome::Rehoming;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use copies::{Along, Copied, CopyOptions, MissingVersions, Primary};
pub(super) use look::look as follow;
pub(super) use patience::{Obstacle, Patience};
pub(super) use push::settle;
pub use select::Staged;
pub(super) use select::staged;
pub use target::{Target, lost_versions};

/// What to publish.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// What a person wrote: a scope or `current`, then ids and patterns; none: all that is staged, each component to
    /// its own scope.
    pub words: Vec<String>,
    /// The scope, said by itself: then every word is an id or a pattern.
    pub to: Option<String>,
    /// Which versions.
    pub versions: Versions,
    /// Whether components may get another scope than the one chosen for them.
    pub consent: Consent,
    /// Whether sources that name packages of the old scope follow where components get another one.
    pub specifiers: Specifiers,
    /// How components that have another scope are copied.
    pub copies: CopyOptions,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// Whether a person has agreed to what they might not expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consent {
    /// Not yet: [`errors::ConsentNeeded`] says what is to be asked.
    #[default]
    Ask,
    /// Yes.
    Given,
}

/// Which versions to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versions {
    /// Those that the scope does not list.
    #[default]
    Staged,
    /// All that are known here: a scope that was lost is restored by them.
    All,
}

/// What was published.
#[derive(Debug, Default)]
pub struct Exported {
    /// By scope, in the order of the pushes.
    pub scopes: Vec<ExportedScope>,
    /// Components that went nowhere, and why.
    pub left: Vec<(ComponentId, String)>,
    /// Components that got the scope they were exported to: their old ids and their new ones.
    pub renamed: Vec<(ComponentId, ComponentId)>,
    /// Versions that have a copy in another scope now.
    pub copied: Vec<Copied>,
    /// Components whose primary scope is another one now: their old ids and their new ones.
    pub switched: Vec<(ComponentId, ComponentId)>,
    /// Staged versions of other components, which were rewritten because they need those.
    pub rewritten: Vec<VersionId>,
    /// What changed in sources, or stayed because it can't be parsed.
    pub told: Told,
    /// Whether .bitmap is another one now, and people share it by git.
    pub bitmap_to_commit: bool,
    /// The links of components that have another package name now.
    pub links: LinkReport,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What one scope got.
#[derive(Debug)]
pub struct ExportedScope {
    /// Which scope.
    pub scope: ScopeName,
    /// Where it is, without secrets.
    pub url: String,
    /// The versions, dependencies first.
    pub versions: Vec<VersionId>,
    /// Components of which something else is said now, and what.
    pub marked: Vec<(ComponentId, &'static str)>,
}

impl Exported {
    /// How many components something was published of.
    pub fn components(&self) -> usize {
        let mut ids: Vec<&ComponentId> =
            self.scopes.iter().flat_map(|scope| &scope.versions).map(|version| &version.id).collect();
        ids.extend(self.scopes.iter().flat_map(|scope| &scope.marked).map(|(id, _)| id));
        ids.sort();
        ids.dedup();
        ids.len()
    }

    /// What an earlier attempt left is part of this: in the end all of it is published.
    fn tell_of(&mut self, targets: &[Target], rehoming: Option<&Rehoming>) {
        if !self.scopes.is_empty() {
            return;
        }
        self.scopes = targets.iter().filter(|target| !target.is_done()).map(Target::outcome).collect();
        for copies in targets.iter().map(|target| &target.copies) {
            self.copied.extend(copies.copied.iter().cloned());
            self.told.add(copies.told.clone());
            self.warnings.extend(copies.warnings.iter().cloned());
        }
        let Some(rehoming) = rehoming else { return };
        self.renamed = rehoming.ids.iter().map(|(old, new)| (old.clone(), new.clone())).collect();
        self.rewritten = rehoming.dependents().cloned().collect();
        self.warnings.extend(rehoming.warnings.iter().cloned());
        self.told.add(rehoming.told.clone());
    }
}

/// Publishes.
pub fn export(cwd: &Path, options: &ExportOptions, progress: &dyn Progress) -> Result<(Workspace, Exported)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let aim = Aim::read(&workspace, &options.words, options.to.as_deref())?;
    options.copies.expect_scope(aim.scope.as_ref())?;
    let mut known = workspace.scope.known()?;
    let chosen = select::choose(&workspace, &known, &aim)?;
    let everything = chosen.staged(workspace.scope.repo(), &known, options.versions)?;
    let requests = select::requests(&workspace, &chosen, &everything, &aim, options.versions);
    copies::ask_for_consent(&requests, &aim, options)?;
    let look = |known: &Known| {
        let mut staged = chosen.staged(workspace.scope.repo(), known, options.versions)?;
        staged.retain(|id, _| !aim.copies(id, &requests));
        Ok::<_, anyhow::Error>(staged)
    };
    let mut sources = gather(&workspace, &lock, &known, &requests, &aim, &everything, options, progress)?;
    if !sources.is_empty() {
        known = workspace.scope.known()?;
    }
    let mut staged = look(&known)?;
    let rehoming = Rehoming::plan(&workspace, &known, &staged, &aim, options, progress)?;
    if let Some(rehoming) = &rehoming {
        sources.follow(workspace.scope.repo(), |commit| rehoming.commit_of(commit))?;
    }
    let run = Run {
        sources: &sources,
        workspace: &workspace,
        lock: &lock,
        aim: &aim,
        chosen: &chosen,
        rehoming: rehoming.as_ref(),
        options,
        progress,
    };
    let mut outcome = Exported { warnings: chosen.warnings.clone(), ..Exported::default() };
    outcome.warnings.extend(sources.warnings.iter().cloned());
    let mut patience = Patience::new();
    while !run.attempt(&known, staged, &mut outcome, &mut patience)? {
        known = workspace.scope.known()?;
        staged = look(&known)?;
    }
    let mut gone: BTreeSet<ComponentId> = outcome.switched.iter().map(|(old, _)| old.clone()).collect();
    gone.extend(rehoming.iter().flat_map(|rehoming| rehoming.ids.keys().cloned()));
    match options.dry_run || gone.is_empty() {
        true => Ok((workspace, outcome)),
        false => {
            let (workspace, links) = follow_links(workspace, &gone, &mut outcome.warnings, progress)?;
            outcome.links = links;
            Ok((workspace, outcome))
        }
    }
}

/// Brings together what is to be copied, if anything is.
#[allow(clippy::too_many_arguments)]
fn gather(
    workspace: &Workspace,
    lock: &WriteLock,
    known: &Known,
    requests: &Requests,
    aim: &Aim,
    staged: &Staged,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Sources> {
    if requests.is_empty() {
        return Ok(Sources::default());
    }
    let is_mover =
        |id: &&ComponentId| aim.scope.as_ref().is_some_and(|scope| *scope != id.scope) && !aim.copies(id, requests);
    let movers = staged.keys().filter(is_mover).cloned().collect();
    copies::gather(workspace, lock, known, requests, &movers, &options.copies, progress)
}

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
struct Run<'a> {
    sources: &'a Sources,
    workspace: &'a Workspace,
    lock: &'a WriteLock,
    aim: &'a Aim,
    chosen: &'a select::Chosen,
    rehoming: Option<&'a Rehoming>,
    options: &'a ExportOptions,
    progress: &'a dyn Progress,
}

impl Run<'_> {
    /// Asks the scopes and publishes. Whether it is done; if not, another attempt may go better.
    fn attempt(&self, known: &Known, staged: Staged, outcome: &mut Exported, patience: &mut Patience) -> Result<bool> {
        let Self { workspace, progress, .. } = *self;
        outcome.left.clear();
        let marks = select::marks(workspace, self.chosen, &staged);
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
            (target::open_all(workspace, known, shares, self.options, progress), identities.join())
        });
        let identities = identities.map_err(|_| anyhow!("the thread that asks git who is at work panicked"))?;
        let mut targets = targets?;
        if !self.copy(known, &mut targets)? {
            return Ok(false);
        }
        let targets = target::in_order(targets);
        match self.publish(&Pusher { workspace, known, progress }, &targets, identities, outcome) {
            Ok(Published::Done) => Ok(true),
            Ok(Published::Overtaken(obstacle, catalogs)) => {
                let seen: Vec<CommitId> = targets.iter().map(|target| target.catalog.commit).collect();
                match patience.wait(&seen, &obstacle) {
                    Ok(()) => Ok(false),
                    Err(error) => Err(self.record_moved(known, &targets, &catalogs, error)),
                }
            }
            Err(error) => patience.forgive(error).map(|()| false),
        }
    }

    /// Makes the copies that the scopes lack. Whether it could: what copies are put on top of may have to come first.
    fn copy(&self, known: &Known, targets: &mut [Target]) -> Result<bool> {
        let Self { workspace, lock, sources, options, progress, .. } = *self;
        let mut lacking = BTreeSet::new();
        for target in targets.iter_mut().filter(|target| sources.targets.contains_key(&target.scope)) {
            progress.stage(&format!("copying to {}", target.scope), 0);
            match copies::prepare(workspace.scope.repo(), &target.catalog, sources, options)? {
                Prepared::Ready(ready) => target.take(ready),
                Prepared::Lacking(ids) => lacking.extend(ids),
            }
        }
        if !lacking.is_empty() {
            copies::bring(workspace, lock, known, &lacking, progress)?;
        }
        Ok(lacking.is_empty())
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
        let switch = self.switch(pusher.known, targets)?;
        outcome.tell_of(targets, rehoming);
        outcome.switched = switch.ids().collect();
        if options.dry_run {
            return Ok(Published::Done);
        }
        let catalogs = match push::push_all(pusher, targets, &identities?)? {
            push::Pushed::Done(catalogs) => catalogs,
            push::Pushed::Overtaken(obstacle, catalogs) => return Ok(Published::Overtaken(obstacle, Some(catalogs))),
            push::Pushed::Partly(error, moved) => {
                return Err(self.record_moved(pusher.known, targets, &Some(moved), error));
            }
        };
        let published = record::Published { targets: targets.iter().collect(), catalogs: &catalogs, rehoming, switch };
        outcome.bitmap_to_commit = self.must_commit(published.record(workspace, lock, pusher.known)?);
        Ok(Published::Done)
    }

    /// What gets another primary scope by this export.
    fn switch(&self, known: &Known, targets: &[Target]) -> Result<Switch> {
        let Self { workspace, options, progress, .. } = *self;
        let mut switch = Switch::default();
        if options.copies.primary == Primary::Stays {
            return Ok(switch);
        }
        let state = State::load(workspace, progress)?;
        let mut modified = Vec::new();
        for target in targets {
            for component in state.components.iter().filter(|one| target.copies.components.contains(&one.id)) {
                let place = component.entry.commit.and_then(|commit| target.copies.places.get(&commit));
                let (id, commit) = place.ok_or_else(|| errors::not_fully_available(&component.id))?;
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
        switch.forget_staged(workspace.scope.repo(), known)?;
        Ok(switch)
    }

    /// Before an export fails, what it has published is written down, or its versions would still count as staged and
    /// could be taken back. Components that get another scope all go to that one, so there are none among these.
    fn record_moved(
        &self,
        known: &Known,
        targets: &[Target],
        moved: &Option<Moved>,
        error: anyhow::Error,
    ) -> anyhow::Error {
        let (Some(catalogs), None) = (moved, self.rehoming) else { return error };
        let has_all = |target: &&Target| target.is_done() || catalogs.contains_key(&target.scope);
        let targets = targets.iter().filter(has_all).collect();
        let published = record::Published { targets, catalogs, rehoming: None, switch: Switch::default() };
        match published.record(self.workspace, self.lock, known) {
            Ok(_) => error,
            Err(worse) => error.context(worse),
        }
    }

    /// Refuses what the scopes can't take.
    fn judge(&self, known: &Known, targets: &[Target]) -> Result<()> {
        self.rehoming.map_or(Ok(()), |rehoming| rehoming.refuse_taken_there(targets))?;
        conflicts::refuse_conflicts(self.workspace, known, targets)?;
        dependencies::refuse_missing(self.workspace, known, self.aim, targets)
    }

    /// People share .bitmap by git.
    fn must_commit(&self, changed: bool) -> bool {
        changed && self.workspace.layout.is_in_git()
    }
}
