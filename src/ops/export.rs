//! Publishing staged versions: a push of tags and of the catalog, which is the commit point.

mod aim;
mod along;
mod conflicts;
mod copies;
mod dependencies;
mod hints;
mod look;
mod loose;
mod lost;
mod mend;
mod movable;
mod patience;
mod push;
mod record;
mod rehome;
mod returning;
mod run;
mod seals;
mod select;
mod sign;
mod sources;
mod target;

use super::links::LinkReport;
use super::owed;
use super::renaming::follow_links;
use super::tag::Signing;
use super::waiting::Waiting;
use super::{Progress, Specifiers, Told, Workspace};
use crate::errors::{self, Away, Failure};
use crate::git::Repo;
use crate::model::{ComponentId, Mark, ScopeName, VersionId};
use crate::scope::{Known, WriteLock};
use crate::workspace::Bitmap;
use aim::Aim;
use anyhow::Result;
use copies::Bringing;
use loose::LooseTags;
use rehome::Rehoming;
use run::Run;
use seals::Seals;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

pub use copies::{Along, Copied, CopyOptions, MissingVersions, Primary};
pub(super) use look::look as follow;
pub use lost::StillLost;
pub(super) use patience::{Obstacle, Patience};
pub(super) use push::settle;
pub use select::Staged;
pub(super) use select::staged;
pub use target::Target;

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
    /// Whether the new catalogs are signed.
    pub signing: Signing,
    /// What becomes of the components of which something is published.
    pub then: Then,
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

/// What becomes of the components of which something is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Then {
    /// They stay.
    #[default]
    Stay,
    /// They are to become packages: what [`Exported::to_eject`] names.
    Eject,
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
    /// What is not said yet of components that others go on as.
    pub waiting: Vec<Waiting>,
    /// Scopes that did not get their copies while others got theirs, and why.
    pub held_back: Vec<(ScopeName, String)>,
    /// Components that got the scope they were exported to: their old ids and their new ones.
    pub renamed: Vec<(ComponentId, ComponentId)>,
    /// Versions that have a copy in another scope now.
    pub copied: Vec<Copied>,
    /// Components whose primary scope is another one now: their old ids and their new ones.
    pub switched: Vec<(ComponentId, ComponentId)>,
    /// Staged versions of other components, which were rewritten because they need those.
    pub rewritten: Vec<VersionId>,
    /// What scopes have lost, and this has not brought back.
    pub lost: Vec<StillLost>,
    /// What scopes said of components when they were last seen, and do not say again.
    pub unsaid: Vec<(ComponentId, Mark)>,
    /// What changed in sources, or stayed because it can't be parsed.
    pub told: Told,
    /// The files here that became those of a copy.
    pub files: Vec<String>,
    /// Whether .bitmap is another one now, and people share it by git.
    pub bitmap_to_commit: bool,
    /// The links of components that have another package name now.
    pub links: LinkReport,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Components of the workspace that are to become packages: by this export, or by one before that was stopped.
    pub to_eject: Vec<ComponentId>,
    /// What kept some scopes from getting theirs, after others had everything.
    pub unfinished: Option<Unfinished>,
}

/// What some scopes did not get.
#[derive(Debug)]
pub struct Unfinished {
    /// The components of which something was to go there.
    pub ids: Vec<ComponentId>,
    /// Why it did not.
    pub why: Failure,
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
    pub marked: Vec<(ComponentId, Mark)>,
}

impl Exported {
    /// The versions that were to come back, and did not.
    pub fn missed(&self) -> impl Iterator<Item = &StillLost> {
        self.lost.iter().filter(|lost| lost.away != Away::NotMeant)
    }

    /// The components that something is published of, by the ids that the workspace has for them afterwards.
    fn published(&self, workspace: &Workspace) -> BTreeSet<ComponentId> {
        let versions = self.scopes.iter().flat_map(|scope| &scope.versions).map(|version| &version.id);
        let new: BTreeSet<&ComponentId> = self.new_ids().collect();
        let here = versions.filter(|id| workspace.entry(id).is_some() || new.contains(id));
        here.chain(self.switched.iter().map(|(_, new)| new)).cloned().collect()
    }

    /// The ids that components of the workspace have got.
    fn new_ids(&self) -> impl Iterator<Item = &ComponentId> {
        self.renamed.iter().chain(&self.switched).map(|(_, new)| new)
    }

    /// How many components something was published of.
    pub fn components(&self) -> usize {
        let mut ids: Vec<&ComponentId> =
            self.scopes.iter().flat_map(|scope| &scope.versions).map(|version| &version.id).collect();
        ids.extend(self.scopes.iter().flat_map(|scope| &scope.marked).map(|(id, _)| id));
        ids.sort();
        ids.dedup();
        ids.len()
    }

    /// Notes a scope that can't take its copies, which is no reason to keep anything from the others.
    fn hold_back(&mut self, scope: ScopeName, why: &anyhow::Error) {
        self.held_back.push((scope, errors::why_held_back(why)));
    }

    /// Tells only what these scopes have: the others got nothing.
    fn stop_at(&mut self, done: &[ScopeName], others: &[&Target], error: &anyhow::Error) {
        self.scopes.retain(|scope| done.contains(&scope.scope));
        self.copied.retain(|copied| done.contains(&copied.to.id.scope));
        let published = others.iter().flat_map(|target| target.versions.iter().map(|version| version.id().id));
        let marked = others.iter().flat_map(|target| {
            target.news().map(|(name, _)| ComponentId::new(target.scope.clone(), name.clone())).collect::<Vec<_>>()
        });
        let ids: BTreeSet<ComponentId> = published.chain(marked).collect();
        let names: Vec<&ScopeName> = others.iter().map(|target| &target.scope).collect();
        let why = errors::report(&errors::some_scopes_done(done, &names, error));
        self.unfinished = Some(Unfinished { ids: ids.into_iter().collect(), why });
    }

    /// What an earlier attempt left is part of this: in the end all of it is published.
    fn tell_of(&mut self, repo: &Repo, targets: &[Target], rehoming: Option<&Rehoming>) -> Result<()> {
        if !self.scopes.is_empty() {
            return Ok(());
        }
        let targets_with_news = targets.iter().filter(|target| !target.is_done());
        self.scopes = targets_with_news.map(|target| target.outcome(repo)).collect::<Result<_>>()?;
        for copies in targets.iter().map(|target| &target.copies) {
            self.copied.extend(copies.copied.iter().cloned());
            self.told.add(copies.told.clone());
            self.warnings.extend(copies.warnings.iter().cloned());
        }
        let Some(rehoming) = rehoming else { return Ok(()) };
        self.renamed = rehoming.ids.iter().map(|(old, new)| (old.clone(), new.clone())).collect();
        self.rewritten = rehoming.dependents().cloned().collect();
        self.warnings.extend(rehoming.warnings.iter().cloned());
        self.told.add(rehoming.told.clone());
        Ok(())
    }
}

/// Publishes.
pub fn export(cwd: &Path, options: &ExportOptions, progress: &dyn Progress) -> Result<(Workspace, Exported)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let (mut outcome, gone) = publish(&workspace, &lock, options, progress)?;
    if options.dry_run || gone.is_empty() {
        return Ok((workspace, outcome));
    }
    let (workspace, links) = follow_links(workspace, &gone, &mut outcome.warnings, progress)?;
    outcome.links = links;
    Ok((workspace, outcome))
}

/// What was published, and which components have another id by it.
fn publish(
    workspace: &Workspace,
    lock: &WriteLock,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<(Exported, BTreeSet<ComponentId>)> {
    let aim = Aim::read(workspace, &options.words, options.to.as_deref())?;
    options.copies.expect_scope(aim.scope.as_ref())?;
    let mut known = workspace.scope.known()?;
    let mut chosen = select::choose(workspace, &known, &aim)?;
    along::take_along(workspace, &known, &mut chosen, &aim, options)?;
    let everything = chosen.staged(workspace.scope.repo(), &known, options.versions)?;
    seals::refuse_moved(workspace, &everything)?;
    let mut beside = lost::beside(workspace, &known, &aim, options.versions)?;
    let seals = match options.versions {
        Versions::All => Seals::find(workspace, &known, &everything)?.and_of(workspace, &known, &mut beside)?,
        Versions::Staged => Seals::default(),
    };
    seals.complete(&mut known);
    let requests = select::requests(workspace, &chosen, &everything, &aim, options.versions);
    copies::ask_for_consent(&requests, &aim, options)?;
    let stays = |mut staged: Staged| {
        staged.retain(|id, _| !requests.instead.contains(id));
        staged.extend(beside.clone());
        staged
    };
    let look = |known: &Known| chosen.staged(workspace.scope.repo(), known, options.versions).map(stays);
    let mut sources = copies::gather(workspace, lock, &known, &requests, &options.copies, progress)?;
    if !sources.is_empty() {
        known = workspace.scope.known()?;
        seals.complete(&mut known);
    }
    let mut staged = if sources.is_empty() { stays(everything) } else { look(&known)? };
    let rehoming = Rehoming::plan(workspace, &known, &staged, &aim, options, progress)?;
    if let Some(rehoming) = &rehoming {
        sources.follow(workspace.scope.repo(), |commit| rehoming.commit_of(commit))?;
    }
    let run = Run {
        requests: &requests,
        sources: &sources,
        workspace,
        lock,
        aim: &aim,
        chosen: &chosen,
        rehoming: rehoming.as_ref(),
        options,
        progress,
        loose: LooseTags::default(),
        separately: RefCell::default(),
    };
    let mut outcome = Exported { warnings: chosen.warnings.clone(), ..Exported::default() };
    outcome.warnings.extend(copies::more_than_named(&chosen, &requests, &sources));
    outcome.warnings.extend(sources.warnings.iter().cloned());
    let (mut patience, mut bringing) = (Patience::new(), Bringing::default());
    let give_up = |error| run.loose.give_up(workspace.scope.repo(), error);
    while !run.attempt(&known, staged, &mut outcome, (&mut patience, &mut bringing)).map_err(give_up)? {
        known = workspace.scope.known()?;
        seals.complete(&mut known);
        staged = look(&known)?;
    }
    match options.then {
        Then::Eject => outcome.to_eject = to_eject(workspace, &chosen, &outcome)?,
        Then::Stay if options.dry_run => {}
        Then::Stay => owed::settle(&workspace.scope, chosen.ids())?,
    }
    let mut gone: BTreeSet<ComponentId> = outcome.switched.iter().map(|(old, _)| old.clone()).collect();
    gone.extend(rehoming.iter().flat_map(|rehoming| rehoming.ids.keys().cloned()));
    Ok((outcome, gone))
}

/// What is to become a package, of what is meant: what is in a scope by now, and in the workspace still.
fn to_eject(workspace: &Workspace, chosen: &select::Chosen, outcome: &Exported) -> Result<Vec<ComponentId>> {
    let meant: BTreeSet<&ComponentId> = chosen.ids().chain(outcome.new_ids()).collect();
    // The one in memory is from before.
    let bitmap = Bitmap::read(&workspace.layout.bitmap_file())?.unwrap_or_default();
    let is_due = |id: &ComponentId| meant.contains(id) && bitmap.get(id).is_some_and(|entry| entry.is_exported());
    Ok(owed::owed(&workspace.scope)?.into_iter().filter(is_due).collect())
}
