//! Working out what a tag will do, before anything is written.

use super::choose::choose;
use super::joined::{Joined, joined};
use super::maintenance::lineage;
use super::number::{Bound, is_taken, number, refuse_taken_dependents};
use super::{Dependents, Reason, TagOptions, TaggedVersion};
use crate::errors;
use crate::model::{CommitId, ComponentId, Lineage, Version};
use crate::ops::base::here;
use crate::ops::build::Built;
use crate::ops::state::{Component, Needed, Standing};
use crate::ops::{State, Workspace};
use crate::source::files::escape;
use anyhow::Result;
use std::collections::{BTreeSet, HashSet};

/// What a tag will do.
pub struct Plan {
    /// In dependency order.
    pub tags: Vec<PlannedTag>,
    /// For each tag the number of its group: those of a cycle share one.
    pub groups: Vec<usize>,
    /// For each tag what was built of it, as soon as that is done.
    pub built: Vec<Built>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Components whose version is not known here.
    pub skipped: Vec<ComponentId>,
}

/// A version that will be made.
pub struct PlannedTag {
    /// Which component of the workspace.
    pub at: usize,
    /// The version's number.
    pub version: Version,
    /// Whether it continues the main line.
    pub lineage: Lineage,
    /// The version it is made from.
    pub parents: Vec<CommitId>,
    /// The merge that it finishes.
    pub joined: Option<Joined>,
    /// The number of that version.
    pub previous: Option<Version>,
    reason: Reason,
}

impl PlannedTag {
    /// What is told of it.
    pub fn outcome(&self, state: &State, commit: Option<CommitId>) -> TaggedVersion {
        let component = &state.components[self.at];
        TaggedVersion {
            id: component.id.at(self.version.clone()),
            commit,
            previous: self.previous.clone(),
            reason: self.reason.clone(),
        }
    }
}

/// Works it out, or says why it can't be done.
pub fn plan(workspace: &Workspace, state: &State, options: &TagOptions) -> Result<Plan> {
    let (chosen, skipped) = choose(workspace, state, options)?;
    let roots: Vec<usize> = chosen.keys().copied().collect();
    let dependents = match options.dependents {
        Dependents::Tag(_) => state.auto_tagged(&roots),
        Dependents::Skip => Vec::new(),
    };
    // It would be made from nothing.
    for component in dependents.iter().map(|&at| &state.components[at]) {
        if let (Standing::ImportPending, Some(version)) = (component.standing, &component.entry.version) {
            return Err(errors::import_pending(&component.id.at(version.clone()).to_string()));
        }
    }
    let mut all: Vec<usize> = roots.iter().chain(&dependents).copied().collect();
    all.sort_unstable();
    refuse_issues(state, &all, options)?;
    refuse_left_out(state, &all)?;

    let mut warnings = Vec::new();
    let mut tags = Vec::with_capacity(all.len());
    let mut groups = Vec::with_capacity(all.len());
    let is_tagged: HashSet<usize> = all.iter().copied().collect();
    for (group, members) in state.graph.order().into_iter().enumerate() {
        for at in members.into_iter().filter(|at| is_tagged.contains(at)) {
            let asked = chosen.get(&at).map(|version| version.as_ref());
            tags.push(plan_one(workspace, state, at, asked, &is_tagged, options, &mut warnings)?);
            groups.push(group);
        }
    }
    refuse_taken_dependents(workspace, state, &tags, &chosen)?;
    Ok(Plan { tags, groups, built: Vec::new(), warnings, skipped })
}

fn refuse_issues(state: &State, tagged: &[usize], options: &TagOptions) -> Result<()> {
    let mut lines = Vec::new();
    let mut kinds = BTreeSet::new();
    let mut components = 0;
    for component in tagged.iter().map(|&at| &state.components[at]) {
        let issues = component.issues.iter().filter(|issue| !options.ignored.holds(issue.kind));
        let before = lines.len();
        lines.extend(issues.map(|issue| {
            kinds.insert(issue.kind);
            let place = match (&issue.file, issue.line) {
                (Some(file), Some(line)) => format!("{}:{line}: ", escape(file.as_bytes())),
                (Some(file), None) => format!("{}: ", escape(file.as_bytes())),
                _ => String::new(),
            };
            format!(
                "  {}: {place}{} [{}]\n    → {}",
                component.id,
                escape(issue.message.as_bytes()),
                issue.kind,
                issue.fix
            )
        }));
        components += usize::from(lines.len() > before);
    }
    if lines.is_empty() {
        return Ok(());
    }
    let ignorable = kinds.iter().all(|kind| kind.can_be_ignored());
    let ignorable: Vec<_> = kinds.iter().filter(|_| ignorable).map(|kind| kind.name()).collect();
    Err(errors::issues_found(components, &lines, &ignorable))
}

/// A version can only need versions: a new component that is left out of the tag has none.
fn refuse_left_out(state: &State, tagged: &[usize]) -> Result<()> {
    let is_tagged: HashSet<usize> = tagged.iter().copied().collect();
    let mut left_out = Vec::new();
    for &at in tagged {
        for need in &state.components[at].needs {
            if let Needed::Here(other) = need.target
                && !is_tagged.contains(&other)
            {
                let needed = &state.components[other];
                match needed.current(&state.known) {
                    None => left_out.push((state.components[at].id.to_string(), needed.id.to_string())),
                    Some((version, None)) => return Err(errors::import_pending(&version.to_string())),
                    Some(_) => {}
                }
            }
        }
    }
    if left_out.is_empty() { Ok(()) } else { Err(errors::dependency_left_out(&left_out)) }
}

fn plan_one(
    workspace: &Workspace,
    state: &State,
    at: usize,
    asked: Option<Option<&Version>>,
    is_tagged: &HashSet<usize>,
    options: &TagOptions,
    warnings: &mut Vec<String>,
) -> Result<PlannedTag> {
    let component = &state.components[at];
    if let Some(gone) = &component.remote.gone {
        return Err(errors::made_from_removed(&component.id, gone));
    }
    let (previous, current) = base(state, component);
    let joined = current.map(|current| joined(workspace, state, component, current)).transpose()?.flatten();
    let lineage = match (current, &joined) {
        (_, Some(joined)) => joined.lineage,
        (Some(current), None) => lineage(workspace, state, component, current, options.older)?,
        (None, None) => Lineage::Main,
    };
    let reason = match (asked, &component.entry.version) {
        (_, None) => Reason::New,
        (Some(_), Some(_)) => Reason::Changed,
        (None, Some(_)) => Reason::Dependent(causes(state, at, is_tagged)),
    };
    let after = joined.as_ref().map(|joined| &joined.merging.version).max(previous);
    let bound = Bound::of(workspace, state, component, after, lineage)?;
    let version = number(asked, after, options)?;
    // Of dependents, all are told at once.
    if asked.is_some() && is_taken(state, component, &version) {
        let free = bound.and_then(|bound| bound.free);
        return Err(errors::version_exists(&component.id, &version, free.as_ref()));
    }
    if let Some(Bound { newest, free }) = bound
        && version > newest
    {
        return Err(errors::maintenance_above_main_line(&component.id.at(version), &newest, free.as_ref()));
    }
    if let Some(previous) = previous
        && version < *previous
    {
        warnings.push(format!("{} has the greater version {previous} already", component.id));
    }
    let parents = joined.as_ref().map_or_else(|| current.into_iter().collect(), |joined| joined.parents.clone());
    Ok(PlannedTag { at, version, lineage, parents, joined, previous: previous.cloned(), reason })
}

/// The version that the next one is made from. A component that is tracked anew goes on from its newest version here.
fn base<'s>(state: &'s State, component: &'s Component) -> (Option<&'s Version>, Option<CommitId>) {
    match &component.entry.version {
        Some(version) => (Some(version), here(&state.known, &component.entry)),
        None => match state.known.versions(&component.id).next_back() {
            Some((version, at)) => (Some(version), Some(at.commit)),
            None => (None, None),
        },
    }
}

/// The tagged components that this one needs directly.
fn causes(state: &State, at: usize, is_tagged: &HashSet<usize>) -> Vec<ComponentId> {
    let needs = state.components[at].needs.iter().filter_map(|need| match need.target {
        Needed::Here(other) if is_tagged.contains(&other) => Some(state.components[other].id.clone()),
        _ => None,
    });
    needs.collect()
}
