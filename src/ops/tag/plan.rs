//! Working out what a tag will do, before anything is written.

use super::joined::{Joined, joined};
use super::maintenance::{free_number, lineage, newest_of_main_line};
use super::{Dependents, Reason, TagOptions, TaggedVersion, Which};
use crate::errors::{self, FreeNumber};
use crate::model::{CommitId, ComponentId, IdQuery, Increment, Lineage, Version, VersionSelector};
use crate::ops::base::here;
use crate::ops::build::Built;
use crate::ops::state::{Component, Needed, Standing};
use crate::ops::{By, Selection, State, Workspace, select};
use crate::source::files::escape;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};

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
    previous: Option<Version>,
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

/// Components that are tagged by their own right, with the number that was asked for.
type Chosen = BTreeMap<usize, Option<Version>>;

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

fn choose(workspace: &Workspace, state: &State, options: &TagOptions) -> Result<(Chosen, Vec<ComponentId>)> {
    let mut chosen = Chosen::new();
    let mut skipped = Vec::new();
    if options.ids.is_empty() && options.versions.is_empty() {
        for (at, component) in state.components.iter().enumerate() {
            match component.standing {
                Standing::ImportPending => skipped.push(component.id.clone()),
                Standing::Unchanged if options.which == Which::Changed => {}
                _ => drop(chosen.insert(at, None)),
            }
        }
    }
    for (Selection { id, by, .. }, version) in wanted(workspace, options)? {
        // What was selected comes from .bitmap, and so do the components.
        let Some(at) = state.index_of(&id) else { continue };
        match state.components[at].standing {
            Standing::ImportPending if by == By::Pattern => skipped.push(id),
            Standing::ImportPending => return Err(errors::import_pending(&id.to_string())),
            Standing::Unchanged if options.which == Which::Changed && version.is_none() => {}
            _ => choose_one(&mut chosen, at, version, &id)?,
        }
    }
    Ok((chosen, skipped))
}

/// What was named, with the number that it was given.
fn wanted(workspace: &Workspace, options: &TagOptions) -> Result<Vec<(Selection, Option<Version>)>> {
    let mut wanted = Vec::new();
    refuse_id_as_word(workspace, options)?;
    for selection in select(&workspace.bitmap, &options.ids)? {
        let own = exact(selection.version.clone())?;
        let version = match (own, &options.version) {
            (Some(own), Some(common)) if own != *common => {
                return Err(errors::two_numbers(&selection.id, &own, common));
            }
            // Named together with a number: consent to tag what did not change.
            (None, Some(common)) if selection.by == By::Id => Some(common.clone()),
            (own, _) => own,
        };
        wanted.push((selection, version));
    }
    for (text, version) in &options.versions {
        let selections = select(&workspace.bitmap, std::slice::from_ref(text))?;
        wanted.extend(selections.into_iter().map(|selection| (selection, Some(version.clone()))));
    }
    Ok(wanted)
}

/// `--prerelease theme` means a pre-release of the theme, and would be one of everything.
fn refuse_id_as_word(workspace: &Workspace, options: &TagOptions) -> Result<()> {
    let Some(word) = &options.prerelease_word else { return Ok(()) };
    let is_component = |id: ComponentId| word == id.name.as_str() || *word == id.to_string();
    match workspace.bitmap.entries().any(|entry| is_component(entry.id())) {
        true => Err(errors::id_as_prerelease_word(word)),
        false => Ok(()),
    }
}

/// Named twice is named once, but not with two numbers.
fn choose_one(chosen: &mut Chosen, at: usize, version: Option<Version>, id: &ComponentId) -> Result<()> {
    let known = chosen.entry(at).or_default();
    match (&known, version) {
        (_, None) => {}
        (Some(one), Some(other)) if *one != other => return Err(errors::two_numbers(id, one, &other)),
        (_, version) => *known = version,
    }
    Ok(())
}

fn exact(selector: Option<VersionSelector>) -> Result<Option<Version>> {
    match selector {
        None => Ok(None),
        Some(VersionSelector::Exact(version)) => Ok(Some(version)),
        Some(other) => Err(errors::version_expected(&other.to_string())),
    }
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
    let version = match (asked, &options.version, &options.dependents) {
        (Some(Some(version)), ..) | (Some(None), Some(version), _) => version.clone(),
        (Some(None), None, _) => next(after, &options.increment)?,
        (None, _, Dependents::Tag(increment)) => next(after, increment)?,
        (None, _, Dependents::Skip) => next(after, &Increment::default())?,
    };
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

/// What the number of a maintenance version may not exceed.
struct Bound {
    /// The main line's newest.
    newest: Version,
    /// A number that is free and below it.
    free: Option<Version>,
}

impl Bound {
    /// None for a version of the main line.
    fn of(
        workspace: &Workspace,
        state: &State,
        component: &Component,
        previous: Option<&Version>,
        lineage: Lineage,
    ) -> Result<Option<Self>> {
        let (Lineage::Maintenance, Some(previous)) = (lineage, previous) else { return Ok(None) };
        let newest = newest_of_main_line(workspace, state, component)?;
        Ok(newest.map(|newest| {
            let free = free_number(previous, &newest, |number| is_taken(state, component, number));
            Self { newest, free }
        }))
    }
}

fn is_taken(state: &State, component: &Component, version: &Version) -> bool {
    let is_listed = component.remote.catalog.as_ref().is_some_and(|catalog| catalog.commit(version).is_some());
    is_listed || state.known.commit(&component.id, version).is_some()
}

/// Refuses where the next numbers of components that are only tagged along exist, all at once.
fn refuse_taken_dependents(workspace: &Workspace, state: &State, tags: &[PlannedTag], roots: &Chosen) -> Result<()> {
    let mut taken = Vec::new();
    for tag in tags.iter().filter(|tag| !roots.contains_key(&tag.at)) {
        let component = &state.components[tag.at];
        if !is_taken(state, component, &tag.version) {
            continue;
        }
        let merged = tag.joined.as_ref().map(|joined| &joined.merging.version);
        let free = match Bound::of(workspace, state, component, tag.previous.as_ref().max(merged), tag.lineage)? {
            Some(bound) => bound.free.map(FreeNumber::BelowMainLine),
            None => Some(FreeNumber::Next(next_free(state, component, &tag.version)?)),
        };
        taken.push((component.id.at(tag.version.clone()), free));
    }
    if taken.is_empty() { Ok(()) } else { Err(errors::dependent_version_exists(&taken)) }
}

fn next_free(state: &State, component: &Component, taken: &Version) -> Result<Version> {
    let mut free = taken.clone();
    while is_taken(state, component, &free) {
        free = next(Some(&free), &Increment::default())?;
    }
    Ok(free)
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

fn next(previous: Option<&Version>, increment: &Increment) -> Result<Version> {
    Ok(previous.unwrap_or(&Version::zero()).next(increment)?)
}

/// The tagged components that this one needs directly.
fn causes(state: &State, at: usize, is_tagged: &HashSet<usize>) -> Vec<ComponentId> {
    let needs = state.components[at].needs.iter().filter_map(|need| match need.target {
        Needed::Here(other) if is_tagged.contains(&other) => Some(state.components[other].id.clone()),
        _ => None,
    });
    needs.collect()
}

/// Reads one line of a versions file: `component: version`.
pub fn read_versions_file(text: &str) -> Result<BTreeMap<String, Version>> {
    let mut versions = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (id, version) = line.split_once(':').ok_or_else(|| errors::bad_versions_file(at + 1, line))?;
        IdQuery::parse(id.trim())?;
        versions.insert(id.trim().to_owned(), Version::new(version.trim())?);
    }
    Ok(versions)
}
