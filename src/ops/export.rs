//! Publishing staged versions: a push of tags and of the catalog, which is the commit point.

mod look;
mod push;
mod select;
mod target;

use super::{BitmapChange, Progress, Transaction, Workspace};
use crate::errors;
use crate::git::RefEdit;
use crate::model::{ComponentId, ScopeName, VersionId};
use crate::scope::WriteLock;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

pub use select::Staged;
pub use target::Target;

/// What to publish.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// The scope; each component's own where there is none.
    pub scope: Option<ScopeName>,
    /// Ids and patterns; none: all that is staged.
    pub ids: Vec<String>,
    /// Which versions.
    pub versions: Versions,
    /// Only say what would be done.
    pub dry_run: bool,
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
}

/// Somebody else's export may come between ours and the scope this often.
const ATTEMPTS: u32 = 12;

/// Publishes.
pub fn export(cwd: &Path, options: &ExportOptions, progress: &dyn Progress) -> Result<(Workspace, Exported)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let mut outcome = Exported::default();
    for attempt in 0..ATTEMPTS {
        let known = workspace.scope.known()?;
        let staged = select::select(&workspace, &known, options, &mut outcome)?;
        if staged.is_empty() {
            outcome.warnings.extend(look::look(&workspace, &lock, &known, options.scope.as_ref(), progress)?);
            return Ok((workspace, outcome));
        }
        let targets = target::in_order(target::open_all(&workspace, &known, staged, options, progress)?);
        let judged = target::refuse_conflicts(&workspace, &targets)
            .and_then(|()| target::refuse_missing_dependencies(&workspace, &known, &targets));
        if let Err(refusal) = judged {
            target::remember(&workspace, &lock, &targets)?;
            return Err(refusal);
        }
        outcome.scopes = targets.iter().filter(|target| !target.is_done()).map(Target::outcome).collect();
        if options.dry_run {
            return Ok((workspace, outcome));
        }
        match push::push_all(&workspace, &known, &targets, progress)? {
            push::Pushed::Done(catalogs) => {
                record(&workspace, &lock, &targets, &catalogs)?;
                return Ok((workspace, outcome));
            }
            push::Pushed::Overtaken => {
                target::remember(&workspace, &lock, &targets)?;
                push::wait_a_moment(attempt);
            }
        }
    }
    Err(errors::export_overtaken(ATTEMPTS))
}

/// Writes down what the scopes list now: the tracked catalogs, then .bitmap.
fn record(
    workspace: &Workspace,
    lock: &WriteLock,
    targets: &[Target],
    catalogs: &BTreeMap<ScopeName, crate::model::CommitId>,
) -> Result<()> {
    // One that had everything already is at a catalog that an export of before made, and that was stopped then.
    let seen = |target: &Target| catalogs.get(&target.scope).copied().unwrap_or(target.catalog.commit);
    let refs: Vec<RefEdit> = targets.iter().filter_map(|target| target.track(seen(target))).collect();
    let mut bitmap = Vec::new();
    for id in targets.iter().flat_map(|target| target.staged.keys()) {
        let Some(before) = workspace.bitmap.get(id).filter(|entry| entry.scope.is_none()) else { continue };
        let mut after = before.clone();
        after.scope = after.default_scope.take();
        bitmap.push(BitmapChange { before: Some(before.clone()), after: Some(after) });
    }
    workspace.commit(Transaction { command: "export", objects: None, refs, bitmap }, lock)
}
