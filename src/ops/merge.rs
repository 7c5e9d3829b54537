//! Merging: a version of the other side joined into a component's files. The record remembers it, and the next tag
//! makes a version with both sides as parents.

mod abort;
mod before;
mod places;
mod seals;
mod theirs;
mod three_way;
mod work;

pub use abort::{Aborted, Edits, abort};
pub(super) use before::{kept_tags, saved_ref};
pub(super) use seals::superseded;
pub use theirs::{Taken, Theirs};
pub use three_way::{BESIDE, Conflict, Content, Decision, First, Labels, OnConflict, Sides, Why, join, replace};
pub use work::{plan as plan_work, read_ours};

use super::compile::{Following, follow};
use super::links::LinkReport;
use super::state::Standing;
use super::{BitmapChange, By, Component, Progress, State, Transaction, Work, Workspace, history, links, select};
use crate::errors;
use crate::git::{PackWriter, RefEdit, RefName, oid};
use crate::model::{CommitId, ComponentId, Version, VersionSelector};
use crate::scope::{SourceFile, StoredVersion};
use crate::workspace::Merging;
use anyhow::Result;
use seals::Seals;
use std::path::Path;

/// What to merge.
#[derive(Debug, Clone, Default)]
pub struct MergeOptions {
    /// Ids and patterns; none: all components that have diverged.
    pub ids: Vec<String>,
    /// The version; the newest of the scope, where none is named.
    pub version: Option<VersionSelector>,
    /// What to do where both sides changed the same.
    pub on_conflict: OnConflict,
}

/// What was merged.
#[derive(Debug)]
pub struct MergedComponent {
    /// Into which component.
    pub id: ComponentId,
    /// The version it is at, and stays at.
    pub version: Version,
    /// The version that was merged into its files.
    pub theirs: Version,
    /// What was taken of it.
    pub taken: Taken,
    /// What became of its files.
    pub decisions: Vec<Decision>,
}

/// Merges.
pub fn merge(cwd: &Path, options: &MergeOptions, progress: &dyn Progress) -> Result<(Workspace, Vec<MergedComponent>)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let state = State::load(&workspace, progress)?;
    let chosen = choose(&workspace, &state, options)?;
    theirs::bring(&workspace, &state, &chosen, progress)?;
    let seals = seals::bring(&workspace, &state, &chosen, progress)?;
    let mut work = Work::default();
    let mut merged = Vec::with_capacity(chosen.len());
    let mut mains = Vec::with_capacity(chosen.len());
    for (at, theirs) in &chosen {
        let (outcome, main) = merge_one(&workspace, &state, *at, theirs, options.on_conflict)?;
        merged.push(outcome);
        mains.push(main);
    }
    refuse_conflicts(merged.iter().map(|one| (&one.id, one.decisions.as_slice())), options.on_conflict)?;
    let (mut refs, mut bitmap) = (Vec::new(), Vec::new());
    for (((at, theirs), outcome), main) in chosen.iter().zip(&merged).zip(mains) {
        let component = &state.components[*at];
        let first = work.files.len();
        plan_work(&workspace, component, &outcome.decisions, &mut work)?;
        let (files, objects) = (&work.files[first..], &mut work.objects);
        refs.push(before::save(&workspace, component, (theirs, &seals), files, objects)?);
        refs.extend(admit(&state, theirs, &seals));
        bitmap.push(record(component, theirs, main));
    }
    if !chosen.is_empty() {
        let mut pack = PackWriter::new(workspace.scope.repo())?;
        pack.add(std::mem::take(&mut work.objects))?;
        let transaction = Transaction { command: "merge", objects: Some(pack), refs, bitmap: bitmap.into() };
        workspace.commit_with_files(transaction, &work.files, &lock)?;
    }
    Ok((look_again(workspace, cwd, progress)?.0, merged))
}

/// Opens the workspace as it is now, and mends what links to it.
pub(super) fn look_again(before: Workspace, cwd: &Path, progress: &dyn Progress) -> Result<(Workspace, LinkReport)> {
    let mut workspace = Workspace::open(cwd, progress)?;
    workspace.notices = before.notices;
    let mut state = State::load(&workspace, progress)?;
    let mut report = links::mend(&workspace, &mut state, links::LinkCheck::Quick)?;
    follow(&workspace, &mut state, &Following::Compiled, &mut report)?;
    state.remember(&workspace);
    Ok((workspace, report))
}

/// Refuses where files can't be joined and nobody said what to do, all of them at once.
pub(super) fn refuse_conflicts<'a>(
    components: impl Iterator<Item = (&'a ComponentId, &'a [Decision])>,
    on_conflict: OnConflict,
) -> Result<()> {
    let mut conflicts = Vec::new();
    for (id, decisions) in components {
        for decision in decisions {
            if let Why::Conflict(conflict) = decision.why {
                conflicts.push((id.clone(), decision.path.clone(), conflict.words()));
            }
        }
    }
    match on_conflict == OnConflict::Refuse && !conflicts.is_empty() {
        true => Err(errors::merge_conflicts(&conflicts)),
        false => Ok(()),
    }
}

/// The components that were named, or all that have diverged, each with the version to merge.
fn choose(workspace: &Workspace, state: &State, options: &MergeOptions) -> Result<Vec<(usize, Theirs)>> {
    let mut chosen = Vec::new();
    if options.ids.is_empty() {
        if let Some(version) = &options.version {
            return Err(errors::merge_of_nothing(&version.to_string()));
        }
        let diverged = |component: &Component| component.remote.is_diverged && component.entry.merging.is_none();
        for at in (0..state.components.len()).filter(|&at| diverged(&state.components[at])) {
            chosen.push((at, theirs::find(workspace, state, &state.components[at], None)?));
        }
        return Ok(chosen);
    }
    for selection in select(&workspace.bitmap, &options.ids)? {
        let Some(at) = state.index_of(&selection.id) else { continue };
        let component = &state.components[at];
        let wanted = selection.version.as_ref().or(options.version.as_ref());
        // What a pattern names and has nothing to join is not meant.
        if selection.by == By::Pattern && wanted.is_none() && !component.remote.is_diverged {
            continue;
        }
        if let Some(merging) = &component.entry.merging {
            return Err(errors::merge_not_finished(&component.id, &merging.version));
        }
        chosen.push((at, theirs::find(workspace, state, component, wanted)?));
    }
    Ok(chosen)
}

/// The content of the version that a folder was made from.
pub(super) fn base_of(workspace: &Workspace, state: &State, component: &Component) -> Result<(Version, CommitId)> {
    let Some((id, here)) = component.current(&state.known) else { return Err(errors::new_component(&component.id)) };
    // .bitmap says which content is meant, where there are two of the same number.
    let meant = component.entry.commit;
    let repo = workspace.scope.repo();
    match meant {
        Some(meant) if repo.has(oid(meant))? => Ok((id.version, meant)),
        _ => match here {
            Some(here) => Ok((id.version, here)),
            None => Err(errors::import_pending(&id.to_string())),
        },
    }
}

/// Works out what becomes of one component, and its main file then.
fn merge_one(
    workspace: &Workspace,
    state: &State,
    at: usize,
    theirs: &Theirs,
    on_conflict: OnConflict,
) -> Result<(MergedComponent, String)> {
    let (component, repo) = (&state.components[at], workspace.scope.repo());
    let (version, ours) = base_of(workspace, state, component)?;
    let here = component.id.at(version.clone());
    if let (Taken::Nothing, Some(gone)) = (theirs.taken, &component.remote.gone) {
        return Err(errors::merge_into_removed(&component.id, gone));
    }
    if history::holds(repo, ours, theirs.commit)? {
        return Err(errors::already_merged(&here, &theirs.id.version));
    }
    if theirs.taken == Taken::Nothing {
        return match theirs::lost_with(workspace, state, ours, theirs)? {
            Some(lost) => Err(errors::removed_with_others(&theirs.id, &lost)),
            None => Ok(kept_as_it_is(component, version, theirs)),
        };
    }
    if history::holds(repo, theirs.commit, ours)? {
        return Err(errors::nothing_of_its_own(&here, &theirs.id.version));
    }
    let base = history::common_base(repo, ours, theirs.commit)?;
    let base = base.map(|base| StoredVersion::read(repo, base)).transpose()?;
    let there = StoredVersion::read(repo, theirs.commit)?;
    let (mut ours_label, mut theirs_label) = (label(component, &version), theirs.id.version.to_string());
    if version == theirs.id.version {
        (ours_label, theirs_label) = (format!("{ours_label} (yours)"), format!("{theirs_label} (theirs)"));
    }
    let labels = Labels { ours: ours_label, theirs: theirs_label, first: First::Ours };
    let decisions = join_files(workspace, component, base.as_ref(), &there, &labels, on_conflict)?;
    let main = joined_main(component, base.as_ref(), &there);
    let theirs = theirs.id.version.clone();
    Ok((MergedComponent { id: component.id.clone(), version, theirs, taken: Taken::Changes, decisions }, main))
}

/// The next version goes on from one that is removed, and holds nothing of it.
fn kept_as_it_is(component: &Component, version: Version, theirs: &Theirs) -> (MergedComponent, String) {
    let (id, theirs) = (component.id.clone(), theirs.id.version.clone());
    let outcome = MergedComponent { id, version, theirs, taken: Taken::Nothing, decisions: Vec::new() };
    (outcome, component.entry.main_file.clone())
}

/// How a component's own side is called: its version, and whether its folder has more than that.
fn label(component: &Component, version: &Version) -> String {
    match component.standing {
        Standing::Modified(changes) if changes.content => format!("{version} modified"),
        _ => version.to_string(),
    }
}

/// Decides for every file of a component.
fn join_files(
    workspace: &Workspace,
    component: &Component,
    base: Option<&StoredVersion>,
    theirs: &StoredVersion,
    labels: &Labels,
    on_conflict: OnConflict,
) -> Result<Vec<Decision>> {
    let repo = workspace.scope.repo();
    let base = base.map(|base| base.source_files(repo)).transpose()?.unwrap_or_default();
    let (ours, theirs) = (files_of(component), theirs.source_files(repo)?);
    let sides = Sides { base: &base, ours: &ours, theirs: &theirs };
    join(repo, &sides, &|path| read_ours(workspace, component, path), labels, on_conflict)
}

/// What was changed in a folder since the version it was made from, joined with the version that comes: the decision for
/// each file, and the main file then.
pub(super) fn carry_over(
    workspace: &Workspace,
    component: &Component,
    from: (&Version, CommitId),
    to: (&Version, CommitId),
    on_conflict: OnConflict,
) -> Result<(Vec<Decision>, String)> {
    let repo = workspace.scope.repo();
    let (base, theirs) = (StoredVersion::read(repo, from.1)?, StoredVersion::read(repo, to.1)?);
    // Where there is a conflict, ours is more than the version it was at.
    let labels = Labels { ours: format!("{} modified", from.0), theirs: to.0.to_string(), first: First::Theirs };
    let main_file = joined_main(component, Some(&base), &theirs);
    Ok((join_files(workspace, component, Some(&base), &theirs, &labels, on_conflict)?, main_file))
}

/// A component's files as they are in its folder.
pub fn files_of(component: &Component) -> Vec<SourceFile> {
    component.files.iter().map(|file| file.source.clone()).collect()
}

/// The main file: theirs where only they chose another one.
fn joined_main(component: &Component, base: Option<&StoredVersion>, theirs: &StoredVersion) -> String {
    let ours = &component.entry.main_file;
    let is_ours = base.is_some_and(|base| base.manifest.main != *ours);
    if is_ours { ours.clone() } else { theirs.manifest.main.clone() }
}

/// The version that was merged is known here from now on, unless another one has its number, or nothing was taken of it.
fn admit(state: &State, theirs: &Theirs, seals: &Seals) -> Option<RefEdit> {
    let is_taken = theirs.taken == Taken::Nothing || state.known.commit(&theirs.id.id, &theirs.id.version).is_some();
    let name = || RefName::from(theirs.id.clone()).to_string();
    let target = seals.get(&theirs.id).copied().unwrap_or(oid(theirs.commit));
    (!is_taken).then(|| RefEdit { name: name(), old: None, new: Some(target) })
}

fn record(component: &Component, theirs: &Theirs, main_file: String) -> BitmapChange {
    let before = component.entry.clone();
    let mut after = before.clone();
    after.main_file = main_file;
    after.merging = Some(Merging { version: theirs.id.version.clone(), commit: theirs.commit });
    BitmapChange { before: Some(before), after: Some(after) }
}
