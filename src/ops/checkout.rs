//! Checking versions out: a component's folder goes to another version, and what was changed in it comes along.

mod new;

pub use new::checkout_with_new;

use super::base::base_of_staged;
use super::links::LinkReport;
use super::merge::{
    Decision, OnConflict, base_of, carry_over, files_of, look_again, plan_work, refuse_conflicts, replace,
};
use super::{
    BitmapChange, By, Component, Knowledge, Progress, Selection, State, Transaction, Work, Workspace, links, pending,
    select,
};
use crate::errors;
use crate::git::{PackWriter, oid};
use crate::model::{CommitId, ComponentId, Version, VersionSelector};
use crate::scope::StoredVersion;
use crate::source::files::check_tree;
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::fmt;
use std::path::Path;

/// What to check out.
#[derive(Debug, Clone, Default)]
pub struct CheckoutOptions {
    /// Ids (with a version of their own, or without) and patterns.
    pub ids: Vec<String>,
    /// Where to; none where every id has a version of its own.
    pub to: Option<CheckoutTo>,
    /// Every component of the workspace.
    pub all: bool,
    /// What to do with files that were changed here.
    pub changes: LocalChanges,
}

/// Where a component goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckoutTo {
    /// To a version.
    Version(VersionSelector),
    /// To the version it is at, without what was changed since.
    Reset,
}

/// What becomes of what was changed since the version that a folder is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalChanges {
    /// It is joined with the version that comes.
    Join(OnConflict),
    /// All files stay as they are; only the record goes to the other version.
    KeepAll,
    /// It goes: all files become those of the version that comes.
    Discard,
}

impl Default for LocalChanges {
    fn default() -> Self {
        Self::Join(OnConflict::Refuse)
    }
}

/// What was checked out.
#[derive(Debug, Default)]
pub struct CheckedOut {
    /// Components that are at another version now, or whose files changed.
    pub switched: Vec<Switched>,
    /// Components that stay as they are, and why.
    pub skipped: Vec<(ComponentId, Skipped)>,
    /// What was done to the links then.
    pub links: LinkReport,
}

/// A component that went to a version.
#[derive(Debug)]
pub struct Switched {
    /// Which one.
    pub id: ComponentId,
    /// The version it was at.
    pub from: Version,
    /// The version it is at now.
    pub to: Version,
    /// What became of its files.
    pub decisions: Vec<Decision>,
}

/// Why a component stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skipped {
    /// It has no version.
    New,
    /// It is where it should go.
    AlreadyAt(Version),
    /// It has no version of that number.
    NoSuchVersion(Version),
    /// It is removed, and no version was named.
    Removed,
    /// Its scope gave the number of the version it is at to another one, so going there needs a merge.
    Diverged(Version),
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("is new, no version to checkout"),
            Self::AlreadyAt(version) => write!(f, "is already at version {version}"),
            Self::NoSuchVersion(version) => write!(f, "doesn't have version {version}"),
            Self::Removed => f.write_str("is removed, and stays as it is"),
            Self::Diverged(version) => {
                write!(f, "stays as it is: its scope has another {version} (\"bit merge\" joins the two)")
            }
        }
    }
}

/// A component and where it goes.
struct Chosen<'s> {
    component: &'s Component,
    from: (Version, CommitId),
    to: (Version, CommitId),
}

/// Checks versions out: of all that were named, or of none.
pub fn checkout(cwd: &Path, options: &CheckoutOptions, progress: &dyn Progress) -> Result<(Workspace, CheckedOut)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let mut state = State::load(&workspace, progress)?;
    let mut outcome = CheckedOut::default();
    let chosen = choose(&workspace, &state, options, &mut outcome)?;
    let (mut bitmap, mut joined) = (Vec::new(), Vec::new());
    for one in &chosen {
        let (decisions, record) = switch(&workspace, one, options)?;
        bitmap.push(record);
        joined.push(decisions);
    }
    let ids = chosen.iter().map(|one| &one.component.id);
    if let LocalChanges::Join(on_conflict) = options.changes {
        refuse_conflicts(ids.zip(joined.iter().map(Vec::as_slice)), on_conflict)?;
    }
    let mut work = Work::default();
    for ((one, decisions), record) in chosen.iter().zip(joined).zip(&bitmap) {
        plan_work(&workspace, one.component, &decisions, &mut work)?;
        let (id, from, to) = (one.component.id.clone(), one.from.0.clone(), one.to.0.clone());
        match record.before == record.after && decisions.is_empty() {
            true => outcome.skipped.push((id, Skipped::AlreadyAt(to))),
            false => outcome.switched.push(Switched { id, from, to, decisions }),
        }
    }
    if outcome.switched.is_empty() {
        refuse_what_can_not_be(&outcome)?;
        // One that was stopped may just have been finished: its links are those of the versions before.
        outcome.links = links::mend(&workspace, &mut state, links::LinkCheck::Quick)?;
        state.remember(&workspace);
        return Ok((workspace, outcome));
    }
    let mut pack = PackWriter::new(workspace.scope.repo())?;
    pack.add(std::mem::take(&mut work.objects))?;
    let transaction = Transaction { command: "checkout", objects: Some(pack), refs: Vec::new(), bitmap: bitmap.into() };
    workspace.commit_with_files(transaction, &work.files, &lock)?;
    let (workspace, report) = look_again(workspace, cwd, progress)?;
    outcome.links = report;
    Ok((workspace, outcome))
}

/// Where nothing was done, and something could not be, that is told as what it is.
fn refuse_what_can_not_be(outcome: &CheckedOut) -> Result<()> {
    let can_not =
        |(_, skipped): &&(ComponentId, Skipped)| matches!(skipped, Skipped::NoSuchVersion(_) | Skipped::Diverged(_));
    let lines: Vec<String> =
        outcome.skipped.iter().filter(can_not).map(|(id, skipped)| format!("{id} {skipped}")).collect();
    if lines.is_empty() { Ok(()) } else { Err(errors::nothing_checked_out(&lines)) }
}

fn choose<'s>(
    workspace: &Workspace,
    state: &'s State,
    options: &CheckoutOptions,
    outcome: &mut CheckedOut,
) -> Result<Vec<Chosen<'s>>> {
    let mut chosen = Vec::new();
    for selection in selections(workspace, options)? {
        let Some(at) = state.index_of(&selection.id) else { continue };
        let component = &state.components[at];
        if component.entry.version.is_none() {
            match selection.by {
                By::Id => return Err(errors::new_component(&component.id)),
                By::Pattern => outcome.skipped.push((component.id.clone(), Skipped::New)),
            }
            continue;
        }
        if let Some(merging) = &component.entry.merging {
            return Err(errors::merge_not_finished(&component.id, &merging.version));
        }
        let from = base_of(workspace, state, component)?;
        match target(workspace, state, &selection, options, &from)? {
            Ok(to) => chosen.push(Chosen { component, from, to }),
            Err(skipped) => outcome.skipped.push((component.id.clone(), skipped)),
        }
    }
    Ok(chosen)
}

fn selections(workspace: &Workspace, options: &CheckoutOptions) -> Result<Vec<Selection>> {
    if !options.all {
        return select(&workspace.bitmap, &options.ids);
    }
    let all = workspace.bitmap.entries();
    Ok(all.map(|entry| Selection { id: entry.id(), version: None, by: By::Pattern }).collect())
}

/// Where a component goes, or why it stays.
fn target(
    workspace: &Workspace,
    state: &State,
    selection: &Selection,
    options: &CheckoutOptions,
    from: &(Version, CommitId),
) -> Result<Result<(Version, CommitId), Skipped>> {
    let own = selection.version.clone().map(CheckoutTo::Version);
    let Some(CheckoutTo::Version(selector)) = own.as_ref().or(options.to.as_ref()) else {
        return Ok(Ok(from.clone()));
    };
    let knowledge = Knowledge::of(workspace, &state.known);
    let found = knowledge.about(&selection.id)?;
    match selector {
        VersionSelector::Exact(_) => {}
        _ if !found.is_removed() => {}
        _ if selection.by == By::Pattern => return Ok(Err(Skipped::Removed)),
        _ => return Err(errors::removed_component_wanted(&selection.id)),
    }
    let version = knowledge.select(&found, selector)?;
    if version == from.0 {
        let there = found.catalog.as_ref().and_then(|entry| entry.version(&version)).map(|listed| listed.commit);
        return Ok(match options.changes {
            _ if there.is_some_and(|there| there != from.1) => Err(Skipped::Diverged(version)),
            LocalChanges::Discard => Ok(from.clone()),
            _ => Err(Skipped::AlreadyAt(version)),
        });
    }
    let is_listed = found.catalog.as_ref().is_some_and(|entry| entry.version(&version).is_some());
    let is_unknown = !is_listed && state.known.commit(&selection.id, &version).is_none();
    if is_unknown && selection.by == By::Pattern {
        return Ok(Err(Skipped::NoSuchVersion(version)));
    }
    let commit = knowledge.commit(&selection.id.at(version.clone()))?;
    Ok(Ok((version, commit)))
}

/// What becomes of a component's files and of its record.
fn switch(workspace: &Workspace, one: &Chosen, options: &CheckoutOptions) -> Result<(Vec<Decision>, BitmapChange)> {
    let Chosen { component, from, to } = one;
    let repo = workspace.scope.repo();
    let theirs = StoredVersion::read(repo, to.1)?;
    if options.changes != LocalChanges::KeepAll {
        check_tree(repo, &component.id.at(to.0.clone()), repo.commit(oid(to.1))?.tree)?;
    }
    let mut after = component.entry.clone();
    after.version = Some(to.0.clone());
    after.commit = Some(to.1);
    after.base = base_of_staged(repo, component.remote.catalog.as_ref(), to.1)?;
    // Of a folder that is gone nothing can come along.
    let discards = options.changes == LocalChanges::Discard || options.to == Some(CheckoutTo::Reset);
    let decisions = match options.changes {
        LocalChanges::KeepAll => Vec::new(),
        LocalChanges::Join(on_conflict) if !discards && !component.files.is_empty() => {
            let (from, to) = ((&from.0, from.1), (&to.0, to.1));
            let (decisions, main_file) = carry_over(workspace, component, from, to, on_conflict)?;
            after.main_file = main_file;
            decisions
        }
        _ => {
            reset_record(&mut after, &theirs, options);
            replace(&files_of(component), &theirs.source_files(repo)?)
        }
    };
    Ok((decisions, BitmapChange { before: Some(component.entry.clone()), after: Some(after) }))
}

fn reset_record(after: &mut BitmapEntry, theirs: &StoredVersion, options: &CheckoutOptions) {
    after.main_file = theirs.manifest.main.clone();
    if options.to == Some(CheckoutTo::Reset) {
        pending::forget(after);
    }
}
