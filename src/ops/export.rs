//! Publishing staged versions: a push of tags and of the catalog, which is the commit point.

mod aim;
mod look;
mod movable;
mod push;
mod record;
mod rehome;
mod select;
mod sources;
mod target;

use super::links::LinkReport;
use super::{Progress, Workspace};
use crate::errors;
use crate::model::{ComponentId, ScopeName, VersionId};
use crate::scope::{Known, WriteLock};
use aim::Aim;
use anyhow::Result;
use rehome::Rehoming;
use std::path::Path;

pub use select::Staged;
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
    /// Staged versions of other components, which were rewritten because they need those.
    pub rewritten: Vec<VersionId>,
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
}

impl Exported {
    /// How many components got a version published.
    pub fn components(&self) -> usize {
        let mut ids: Vec<&ComponentId> =
            self.scopes.iter().flat_map(|scope| &scope.versions).map(|version| &version.id).collect();
        ids.sort();
        ids.dedup();
        ids.len()
    }

    fn tell_of(&mut self, rehoming: Option<&Rehoming>) {
        let Some(rehoming) = rehoming else { return };
        self.renamed = rehoming.ids.iter().map(|(old, new)| (old.clone(), new.clone())).collect();
        self.rewritten = rehoming.dependents().cloned().collect();
        self.warnings.clone_from(&rehoming.warnings);
    }
}

/// Somebody else's export may come between ours and the scope this often.
const ATTEMPTS: u32 = 12;

/// Publishes.
pub fn export(cwd: &Path, options: &ExportOptions, progress: &dyn Progress) -> Result<(Workspace, Exported)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let aim = Aim::read(&workspace, &options.words, options.to.as_deref())?;
    let mut known = workspace.scope.known()?;
    let chosen = select::choose(&workspace, &known, &aim.ids)?;
    let look = |known: &Known| select::staged(workspace.scope.repo(), known, chosen.iter(), options.versions);
    let mut staged = look(&known)?;
    let rehoming = Rehoming::plan(&workspace, &known, &staged, &aim, options, progress)?;
    let run = Run { workspace: &workspace, lock: &lock, aim: &aim, rehoming: rehoming.as_ref(), options, progress };
    for attempt in 0..ATTEMPTS {
        if let Some(outcome) = run.attempt(&known, staged)? {
            return match rehoming.filter(|_| !options.dry_run) {
                Some(rehoming) => rehoming.follow(workspace, outcome, progress),
                None => Ok((workspace, outcome)),
            };
        }
        push::wait_a_moment(attempt);
        known = workspace.scope.known()?;
        staged = look(&known)?;
    }
    Err(errors::export_overtaken(ATTEMPTS))
}

/// An export at work.
struct Run<'a> {
    workspace: &'a Workspace,
    lock: &'a WriteLock,
    aim: &'a Aim,
    rehoming: Option<&'a Rehoming>,
    options: &'a ExportOptions,
    progress: &'a dyn Progress,
}

impl Run<'_> {
    /// Asks the scopes, compares, pushes and writes down; none where somebody else's export came first.
    fn attempt(&self, known: &Known, staged: Staged) -> Result<Option<Exported>> {
        let Self { workspace, lock, rehoming, options, progress, .. } = *self;
        let mut outcome = Exported::default();
        let staged = select::by_scope(staged, self.aim, rehoming, &mut outcome)?;
        if staged.is_empty() {
            outcome.bitmap_to_commit = !options.dry_run && self.must_commit(record::settle(workspace, lock, known)?);
            outcome.warnings.extend(look::look(workspace, lock, known, self.aim.scope.as_ref(), progress)?);
            return Ok(Some(outcome));
        }
        let targets = target::in_order(target::open_all(workspace, known, staged, options, progress)?);
        if let Err(refusal) = self.judge(known, &targets) {
            target::remember(workspace, lock, &targets)?;
            return Err(refusal);
        }
        outcome.scopes = targets.iter().filter(|target| !target.is_done()).map(Target::outcome).collect();
        outcome.tell_of(rehoming);
        if options.dry_run {
            return Ok(Some(outcome));
        }
        let push::Pushed::Done(catalogs) = push::push_all(workspace, known, &targets, progress)? else {
            target::remember(workspace, lock, &targets)?;
            return Ok(None);
        };
        let published = record::Published { targets: &targets, catalogs: &catalogs, rehoming };
        outcome.bitmap_to_commit = self.must_commit(published.record(workspace, lock)?);
        Ok(Some(outcome))
    }

    /// Refuses what the scopes can't take.
    fn judge(&self, known: &Known, targets: &[Target]) -> Result<()> {
        self.rehoming.map_or(Ok(()), |rehoming| rehoming.refuse_taken_there(targets))?;
        target::refuse_conflicts(self.workspace, targets)?;
        target::refuse_missing_dependencies(self.workspace, known, targets)
    }

    /// People share .bitmap by git.
    fn must_commit(&self, changed: bool) -> bool {
        changed && self.workspace.layout.is_in_git()
    }
}
