//! Bringing components from their scopes: versions into the local scope, files into the workspace.
//!
//! Everything is received apart and looked at first. Then objects go into the local scope (no ref names them yet),
//! files into the workspace, each new folder by one rename, and at last refs and `.bitmap` change in one transaction.
//! A command that is stopped anywhere in between is simply run again: what it left is what it would write.

mod choose;
mod further;
mod here;
mod join;
mod new;
mod options;
mod place;
mod placement;
mod switch;
mod whole;
mod write;

pub use options::{At, Dependents, Deprecated, Files, Further, ImportOptions, InTheWay, Wanted};

use super::compile::{Following, follow};
use super::incoming::{Accepted, Closure, FollowHint, Incoming, Lacking};
use super::links::{self, LinkCheck, LinkReport};
use super::merge::Decision;
use super::packages::declared_roots;
use super::specifiers::Told;
use super::{BitmapChange, Progress, State, Transaction, Work, Workspace};
use crate::errors;
use crate::git::{PackWriter, RefEdit};
use crate::model::{CatalogEntry, ComponentId, Deprecation, ScopeName, Version, VersionId};
use crate::scope::{Known, WriteLock};
use crate::workspace::{Bitmap, DependencyFiles};
use anyhow::Result;
use choose::{Chosen, Said};
use place::Planner;
use placement::Placement;
use std::collections::HashSet;
use std::path::Path;

/// What came.
#[derive(Debug, Default)]
pub struct Imported {
    /// What was asked for by ids and patterns.
    pub components: Vec<ImportedComponent>,
    /// The versions that are new here, of whatever component.
    pub versions: Vec<VersionId>,
    /// Components of the workspace whose scope has newer versions.
    pub outdated: Vec<Outdated>,
    /// Components of the workspace where both sides went on.
    pub diverged: Vec<ComponentId>,
    /// Scopes that did not answer, and why.
    pub failed: Vec<(ScopeName, String)>,
    /// Scopes that did not answer, and of which all that was wanted is here; and why.
    pub did_without: Vec<(ScopeName, String)>,
    /// Versions that are needed and could not be had.
    pub lacking: Vec<Lacking>,
    /// Components at staged versions that are not here, and that no scope has.
    pub lost: Vec<LostVersion>,
    /// Without ids: how many components of the workspace were ever exported, or are at somebody else's version.
    pub exported: usize,
    /// Components that somebody exported since `.bitmap` was written: it says now where they live.
    pub found: Vec<ComponentId>,
    /// The files that became those of a copy.
    pub files: Vec<String>,
    /// The specifiers that changed in them.
    pub told: Told,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// What was done to the links.
    pub links: LinkReport,
}

/// A component that was asked for.
#[derive(Debug)]
pub struct ImportedComponent {
    /// At this version.
    pub id: VersionId,
    /// What became of it.
    pub fate: Fate,
    /// Its folder, if it has one.
    pub root_dir: Option<String>,
    /// The highest release that its scope has.
    pub latest: Version,
    /// Whether it is advised against.
    pub deprecated: Option<Deprecation>,
    /// Whether its scope has removed it.
    pub is_removed: bool,
    /// Where it was joined with local changes: what became of its files.
    pub decisions: Vec<Decision>,
    /// Else the files that were written.
    pub written: Vec<String>,
    /// And those that were deleted.
    pub deleted: Vec<String>,
}

/// A staged version that is neither here nor in its scope. The files that were made from it are as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostVersion {
    /// Which one.
    pub id: VersionId,
    /// The newest exported version that it was made from.
    pub base: Option<Version>,
    /// Whether its scope has another version of that number.
    pub is_number_taken: bool,
    /// Whether its scope was asked: where nobody has said where it is, nobody knows.
    pub is_scope_asked: bool,
}

/// What became of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is new in the workspace.
    Added,
    /// It had another version.
    Updated(Version),
    /// It had another version, and what was changed since is joined with the one that came.
    Joined(Version),
    /// Its folder is elsewhere now.
    Moved(String),
    /// Its files were put back.
    Restored,
    /// It is as it was.
    UpToDate,
    /// What is staged here goes on from it, and stays.
    Ahead,
    /// Both sides went on: its files stay.
    Diverged,
    /// Its versions are here; no files.
    Objects,
    /// Its primary scope is another one now; this was its id.
    Switched(ComponentId),
}

/// A component whose scope has newer versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    /// As it is here.
    pub id: VersionId,
    /// The newest one there.
    pub latest: Version,
    /// How many versions are newer.
    pub newer: usize,
}

/// Imports.
pub fn import(
    cwd: &Path,
    options: &ImportOptions,
    hint: &FollowHint,
    progress: &dyn Progress,
) -> Result<(Workspace, Imported)> {
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let known = workspace.scope.known()?;
    let accepted = Accepted { moved: options.accepted.clone(), ..Accepted::default() };
    let mut outcome = Imported::default();
    {
        let incoming = Incoming::new(&workspace, &known, accepted, hint, progress);
        let mut run = Run { workspace: &workspace, lock: &lock, known: &known, incoming, progress };
        match &options.wanted {
            Wanted::Workspace => run.whole_workspace(&mut outcome)?,
            Wanted::PrimaryScope(texts) => run.set_current_scope(texts, options.dry_run, &mut outcome)?,
            Wanted::NewOfScopes => run.new_of_scopes(options, &mut outcome)?,
            Wanted::Named(texts) => {
                let installed = installed(run.workspace, run.known, options.files)?;
                let said = Said { texts, deprecated: options.deprecated, installed: &installed };
                let chosen = choose::choose(run.workspace, &mut run.incoming, &said)?;
                outcome.did_without = unanswered(&run.incoming);
                run.bring(chosen, options, &mut outcome)?;
            }
        }
    }
    workspace.bitmap = Bitmap::read(&workspace.layout.bitmap_file())?.unwrap_or_default();
    finish(&workspace, &mut outcome, progress)?;
    Ok((workspace, outcome))
}

/// The packages of the workspace whose sources would come in their place: at the versions that are installed, unless
/// others are named.
fn installed(workspace: &Workspace, known: &Known, files: Files) -> Result<Vec<VersionId>> {
    if files == Files::Leave {
        return Ok(Vec::new());
    }
    let roots = declared_roots(workspace, known, &DependencyFiles::read(&workspace.layout.root)?)?;
    Ok(roots.into_iter().map(|root| root.id).filter(|id| workspace.entry(&id.id).is_none()).collect())
}

/// The scopes that did not answer, and why.
fn unanswered(incoming: &Incoming) -> Vec<(ScopeName, String)> {
    incoming.unreachable().map(|(scope, error)| (scope.clone(), errors::in_one_line(error))).collect()
}

/// One import at work.
struct Run<'a> {
    workspace: &'a Workspace,
    lock: &'a WriteLock,
    known: &'a Known,
    incoming: Incoming<'a>,
    progress: &'a dyn Progress,
}

impl Run<'_> {
    /// Brings what was chosen, and writes its files.
    fn bring(&mut self, mut chosen: Vec<Chosen>, options: &ImportOptions, outcome: &mut Imported) -> Result<()> {
        let closure = self.close(&chosen)?;
        let closure = self.further(&mut chosen, closure, options)?;
        let refs = self.incoming.judge(&closure)?;
        let mut placements = self.plan(&chosen, options)?;
        self.incoming.admit()?;
        let joined = self.join(&mut placements, options.in_the_way)?;
        write::write(self.workspace, &placements, self.progress)?;
        let bitmap = placements.iter().filter_map(Placement::change).collect();
        self.commit(refs.edits, bitmap, joined)?;
        outcome.versions = refs.versions;
        outcome.components = placements.into_iter().zip(&chosen).map(|(place, chosen)| place.outcome(chosen)).collect();
        outcome.diverged = outcome
            .components
            .iter()
            .filter(|component| component.fate == Fate::Diverged)
            .map(|component| component.id.id.clone())
            .collect();
        Ok(())
    }

    /// All that these need, and they themselves.
    fn close(&mut self, chosen: &[Chosen]) -> Result<Closure> {
        let roots: Vec<VersionId> = chosen.iter().flat_map(|chosen| self.roots_of(chosen)).collect();
        let closure = self.incoming.close(roots)?;
        match closure.lacking.is_empty() {
            true => Ok(closure),
            false => Err(errors::dependencies_unavailable(&lines(&closure.lacking))),
        }
    }

    /// The version that is wanted; of a component of the workspace, also the one it has, to compare with, and the newest
    /// of the main line, which it may have to be merged with.
    fn roots_of(&self, chosen: &Chosen) -> Vec<VersionId> {
        let mut roots = vec![chosen.id.clone()];
        let record = self.workspace.entry(&chosen.id.id);
        if let Some(version) = record.and_then(|record| record.version.as_ref()) {
            let is_known = self.known.commit(&chosen.id.id, version).is_some();
            // Its scope is down: what is not here can't be compared.
            if self.incoming.source(&chosen.id.id.scope).is_none() {
                roots.extend(is_known.then(|| chosen.id.id.at(version.clone())));
                return roots;
            }
            roots.extend(
                (is_known || chosen.entry.version(version).is_some()).then(|| chosen.id.id.at(version.clone())),
            );
            let base = record.and_then(|record| record.base.as_ref());
            let base = base.filter(|base| chosen.entry.version(&base.version).is_some());
            roots.extend(base.map(|base| chosen.id.id.at(base.version.clone())));
            roots.extend(chosen.entry.newest().map(|newest| chosen.id.id.at(newest.version.clone())));
        }
        roots
    }

    /// Where each goes. Whatever is in the way is told all at once.
    fn plan(&self, chosen: &[Chosen], options: &ImportOptions) -> Result<Vec<Placement>> {
        let mut planner = Planner::new(self.workspace, self.known, &self.incoming, options, chosen.len())?;
        let mut placements = Vec::with_capacity(chosen.len());
        for chosen in chosen {
            placements.push(planner.place(chosen)?);
        }
        planner.refuse_obstacles()?;
        Ok(placements)
    }

    fn commit(&self, refs: Vec<RefEdit>, bitmap: Vec<BitmapChange>, joined: Work) -> Result<()> {
        if refs.is_empty() && bitmap.is_empty() && joined.files.is_empty() {
            return Ok(());
        }
        let mut transaction = Transaction { command: "import", objects: None, refs, bitmap: bitmap.into() };
        if !joined.objects.is_empty() {
            let mut pack = PackWriter::new(self.workspace.scope.repo())?;
            pack.add(joined.objects)?;
            transaction.objects = Some(pack);
        }
        self.workspace.commit_with_files(transaction, &joined.files, self.lock)
    }
}

/// What the catalog that was last seen says of a component.
fn entry_of(workspace: &Workspace, id: &ComponentId) -> Result<Option<CatalogEntry>> {
    let known = workspace.scope.known()?;
    known.catalogs.get(&id.scope).map_or(Ok(None), |catalog| catalog.entry(workspace.scope.repo(), &id.name))
}

/// Links, and how the workspace stands now.
fn finish(workspace: &Workspace, outcome: &mut Imported, progress: &dyn Progress) -> Result<()> {
    let mut state = State::load(workspace, progress)?;
    outcome.links = links::mend(workspace, &mut state, LinkCheck::Quick)?;
    let brought = outcome.components.iter().map(|component| component.id.id.clone()).collect();
    follow(workspace, &mut state, &Following::And(&brought), &mut outcome.links)?;
    let named: HashSet<&ComponentId> = outcome.components.iter().map(|component| &component.id.id).collect();
    let asked = |id: &ComponentId| named.is_empty() || named.contains(id);
    let (mut outdated, mut diverged) = (Vec::new(), outcome.diverged.clone());
    for component in state.components.iter().filter(|component| asked(&component.id)) {
        let (Some(catalog), Some(version)) = (&component.remote.catalog, &component.entry.version) else { continue };
        if let Some(latest) = component.remote.offered.clone() {
            let entry = if catalog.has_gaps { entry_of(workspace, &component.id)? } else { None };
            let is_gone = |listed: &Version| entry.as_ref().is_some_and(|entry| entry.has_removed(listed));
            let is_newer = |listed: &Version| listed > version && *listed <= latest && !is_gone(listed);
            let newer = catalog.versions.iter().filter(|(listed, _)| is_newer(listed)).count().max(1);
            outdated.push(Outdated { id: component.id.at(version.clone()), latest, newer });
        }
        if component.remote.is_diverged && !diverged.contains(&component.id) {
            diverged.push(component.id.clone());
        }
    }
    (outcome.outdated, outcome.diverged) = (outdated, diverged);
    state.remember(workspace);
    Ok(())
}

/// What could not be had, as lines for a message.
pub fn lines(lacking: &[Lacking]) -> Vec<String> {
    let line = |one: &Lacking| match &one.needed_by {
        Some(needed_by) => format!("  {} (needed by {needed_by}): {}", one.id, one.why),
        None => format!("  {}: {}", one.id, one.why),
    };
    lacking.iter().map(line).collect()
}
