//! Taking staged versions back. What is exported stays, and so do versions that others need.

mod back;
mod lost;

use super::select::{Among, select_among};
use super::{BitmapChange, By, Progress, Selection, State, Transaction, Workspace, links};
use crate::errors;
use crate::git::{RefEdit, RefName};
use crate::model::{CommitId, ComponentId, Version, VersionId, VersionSelector};
use crate::scope::StoredVersion;
use crate::workspace::BitmapEntry;
use anyhow::Result;
use back::Returning;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

/// What to take back.
#[derive(Debug, Clone, Default)]
pub struct ResetOptions {
    /// Ids (with a version or without) and patterns.
    pub ids: Vec<String>,
    /// Only this version of each.
    pub version: Option<Version>,
    /// Which components and versions.
    pub reach: Reach,
    /// What to do with versions that others need.
    pub needed: NeededVersions,
}

/// How far a reset reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Every staged version of the components named.
    #[default]
    Named,
    /// Every staged version of every component, in the workspace or not.
    Everything,
    /// Only the newest staged version of each component named. Where none is named: of every component, as far as no
    /// version that stays needs it.
    Heads,
}

/// What to do with versions that others need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NeededVersions {
    /// Keep them, and refuse.
    #[default]
    Protect,
    /// Take them back all the same.
    TakeBack,
}

/// What was taken back.
#[derive(Debug, Default)]
pub struct Reset {
    /// Each component that lost versions.
    pub components: Vec<ResetComponent>,
}

/// A component that lost versions.
#[derive(Debug)]
pub struct ResetComponent {
    /// Which one.
    pub id: ComponentId,
    /// The versions it lost.
    pub versions: Vec<Version>,
    /// The version it has now.
    pub now: Option<Version>,
    /// The version that was merged into its files, and that no tag has joined now.
    pub merging: Option<Version>,
}

impl ResetComponent {
    fn new(id: &ComponentId, versions: &BTreeSet<Version>, after: Option<&BitmapEntry>) -> Self {
        let merging = after.and_then(|after| after.merging.as_ref()).map(|merging| merging.version.clone());
        let now = after.and_then(|after| after.version.clone());
        Self { id: id.clone(), versions: versions.iter().cloned().collect(), now, merging }
    }
}

type Doomed = BTreeMap<ComponentId, BTreeSet<Version>>;

/// Takes staged versions back.
pub fn reset(cwd: &Path, options: &ResetOptions, progress: &dyn Progress) -> Result<(Workspace, Reset)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let mut state = State::load(&workspace, progress)?;
    let (mut doomed, lost) = choose(&workspace, &state, options)?;
    if options.needed == NeededVersions::Protect {
        protect_needed(&workspace, &state, &mut doomed, options)?;
    }
    let returning = Returning::of(&workspace, &state, &doomed)?;
    let mut refs: Vec<RefEdit> = returning.refs(workspace.scope.repo())?;
    let mut bitmap = Vec::new();
    let mut outcome = Reset::default();
    let mut versions_now = Vec::new();
    for at in lost {
        let before = &state.components[at].entry;
        let after = lost::record(&state, at)?;
        let versions = before.version.iter().cloned().collect();
        outcome.components.push(ResetComponent::new(&before.id(), &versions, Some(&after)));
        versions_now.push((at, after.version.clone()));
        bitmap.push(BitmapChange { before: Some(before.clone()), after: Some(after) });
    }
    for (id, versions) in &doomed {
        for version in versions {
            let target =
                state.known.components.get(id).and_then(|known| known.versions.get(version)).map(|at| at.target);
            refs.push(RefEdit { name: RefName::from(id.at(version.clone())).to_string(), old: target, new: None });
        }
        let Some(before) = workspace.bitmap.get(id) else {
            outcome.components.push(ResetComponent::new(id, versions, None));
            continue;
        };
        // .bitmap may mean another version of that number: the folder was not made from the one that goes.
        let is_meant =
            |version: &Version| before.commit.is_none_or(|meant| state.known.commit(id, version) == Some(meant));
        let after = match &before.version {
            Some(version) if versions.contains(version) && is_meant(version) => {
                returning.record(&workspace, &state, &doomed, before)?
            }
            _ => before.clone(),
        };
        outcome.components.push(ResetComponent::new(id, versions, Some(&after)));
        versions_now.extend(state.index_of(id).map(|at| (at, after.version.clone())));
        bitmap.push(BitmapChange { before: Some(before.clone()), after: Some(after) });
    }
    if !bitmap.is_empty() || !refs.is_empty() {
        workspace.commit(Transaction { command: "reset", objects: None, refs, bitmap: bitmap.into() }, &lock)?;
        for (at, version) in versions_now {
            state.components[at].entry.version = version;
        }
        links::mend(&workspace, &mut state, links::LinkCheck::Quick)?;
    }
    state.remember(&workspace);
    Ok((workspace, outcome))
}

/// The staged versions that are to go, and the components whose own is lost: those only where they are named.
fn choose(workspace: &Workspace, state: &State, options: &ResetOptions) -> Result<(Doomed, Vec<usize>)> {
    let (mut doomed, mut lost) = (Doomed::new(), Vec::new());
    let all_staged = state.staged(workspace)?;
    for Selection { id, version, .. } in selections(workspace, state, &all_staged, &options.ids)? {
        let staged = all_staged.get(&id).map_or(&[][..], Vec::as_slice);
        let wanted = match version {
            Some(VersionSelector::Exact(version)) => Some(version),
            Some(other) => return Err(errors::version_expected(&other.to_string())),
            None => options.version.clone(),
        };
        if let Some(at) = lost::named(state, &id, wanted.as_ref(), options) {
            lost.push(at);
            continue;
        }
        let versions: BTreeSet<Version> = match (wanted, options.reach) {
            (Some(version), _) if staged.contains(&version) => [version].into(),
            // Of everything, a version goes where there is one of that number.
            (Some(_), Reach::Everything) => continue,
            (Some(version), _) => return Err(not_staged(state, &id, &version)),
            (None, Reach::Heads) => newest(workspace, state, &id, staged)?.into_iter().collect(),
            (None, _) => staged.iter().cloned().collect(),
        };
        if versions.is_empty() && !options.ids.is_empty() && options.reach == Reach::Named {
            return Err(errors::nothing_staged(&id));
        }
        if !versions.is_empty() {
            doomed.entry(id).or_default().extend(versions);
        }
    }
    lost.dedup();
    Ok((doomed, lost))
}

/// The components named, also those that the workspace no longer has; all of them where none is named.
fn selections(
    workspace: &Workspace,
    state: &State,
    staged: &BTreeMap<ComponentId, Vec<Version>>,
    wanted: &[String],
) -> Result<Vec<Selection>> {
    if wanted.is_empty() {
        return Ok(staged.keys().map(|id| Selection { id: id.clone(), version: None, by: By::Pattern }).collect());
    }
    let beside: Vec<ComponentId> = staged.keys().filter(|id| state.index_of(id).is_none()).cloned().collect();
    select_among(Among::with(&workspace.bitmap, &beside), wanted)
}

/// The newest staged version: no other was made from it. Of several (beside a maintenance version) the last one made.
fn newest(workspace: &Workspace, state: &State, id: &ComponentId, staged: &[Version]) -> Result<Option<Version>> {
    let mut stored = Vec::with_capacity(staged.len());
    for version in staged {
        if let Some(commit) = state.known.commit(id, version) {
            stored.push((commit, version, StoredVersion::read(workspace.scope.repo(), commit)?));
        }
    }
    let parents: HashSet<CommitId> = stored.iter().flat_map(|(_, _, stored)| stored.parents.iter().copied()).collect();
    let tips = stored.iter().filter(|(commit, ..)| !parents.contains(commit));
    let newest = tips.max_by_key(|(_, version, stored)| (stored.moment().seconds, *version));
    Ok(newest.map(|(_, version, _)| (*version).clone()))
}

fn not_staged(state: &State, id: &ComponentId, version: &Version) -> anyhow::Error {
    match state.known.commit(id, version) {
        Some(_) => errors::already_exported(&id.at(version.clone())),
        None => errors::unknown_version(id, version, &known_versions(state, id)),
    }
}

fn known_versions(state: &State, id: &ComponentId) -> Vec<String> {
    state.known.versions(id).map(|(version, _)| version.to_string()).collect()
}

/// Keeps versions that a version that stays needs or was made from: refuses where they were asked for, leaves them
/// out where they are only among all heads, or among all that is staged beside the workspace.
fn protect_needed(workspace: &Workspace, state: &State, doomed: &mut Doomed, options: &ResetOptions) -> Result<()> {
    let uses = uses(workspace, state, doomed)?;
    let may_stay = |id: &VersionId| match options.reach {
        _ if !options.ids.is_empty() => false,
        Reach::Heads => true,
        Reach::Everything => state.index_of(&id.id).is_none(),
        Reach::Named => false,
    };
    spare(doomed, &uses, may_stay);
    let mut needed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (user, used) in &uses {
        if goes(doomed, used) && !goes(doomed, user) {
            needed.entry(used.to_string()).or_default().push(user.to_string());
        }
    }
    let all = options.reach == Reach::Everything && options.version.is_none();
    match needed.into_iter().next() {
        None => Ok(()),
        Some((version, dependents)) => Err(errors::version_needed(&version, &dependents, all)),
    }
}

fn goes(doomed: &Doomed, id: &VersionId) -> bool {
    doomed.get(&id.id).is_some_and(|versions| versions.contains(&id.version))
}

/// Each version with one that it needs or was made from and that shall go, sorted.
fn uses(workspace: &Workspace, state: &State, doomed: &Doomed) -> Result<BTreeSet<(VersionId, VersionId)>> {
    let mut uses = BTreeSet::new();
    for (id, known) in &state.known.components {
        for (version, at) in &known.versions {
            for dependency in &state.summary(workspace, at.commit)?.dependencies {
                let needed: VersionId = dependency.parse()?;
                if goes(doomed, &needed) {
                    uses.insert((id.at(version.clone()), needed));
                }
            }
        }
    }
    for (id, versions) in doomed {
        let gone: HashMap<CommitId, &Version> =
            versions.iter().filter_map(|version| Some((state.known.commit(id, version)?, version))).collect();
        for (version, at) in state.known.versions(id) {
            let parents = StoredVersion::read(workspace.scope.repo(), at.commit)?.parents;
            let parents = parents.iter().filter_map(|parent| gone.get(parent));
            uses.extend(parents.map(|&parent| (id.at(version.clone()), id.at(parent.clone()))));
        }
    }
    Ok(uses)
}

/// Leaves out what a version that stays uses, where it may stay, and then what that one uses.
fn spare(doomed: &mut Doomed, uses: &BTreeSet<(VersionId, VersionId)>, may_stay: impl Fn(&VersionId) -> bool) {
    let mut by_user: HashMap<&VersionId, Vec<&VersionId>> = HashMap::new();
    for (user, used) in uses {
        by_user.entry(user).or_default().push(used);
    }
    let mut staying: Vec<&VersionId> = by_user.keys().copied().filter(|user| !goes(doomed, user)).collect();
    while let Some(user) = staying.pop() {
        for used in by_user.get(user).into_iter().flatten().filter(|used| may_stay(used)) {
            if doomed.get_mut(&used.id).is_some_and(|versions| versions.remove(&used.version)) {
                staying.push(used);
            }
        }
    }
    doomed.retain(|_, versions| !versions.is_empty());
}
