//! .bitmap against the local scope and the catalogs as they were last seen.

use super::repair::Repair;
use super::{Finding, Severity};
use crate::git::Repo;
use crate::model::{CommitId, ComponentId, ScopeName, Version};
use crate::ops::base::{base_of_staged, here, is_lost};
use crate::ops::state::{Component, Need, Needed};
use crate::ops::{IssueKind, Progress, Standing, State, Workspace, history};
use crate::workspace::BitmapEntry;
use std::collections::BTreeSet;

/// Looks at every record.
pub fn examine(workspace: &mut Workspace, state: &State, progress: &dyn Progress) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut behind = Vec::new();
    for component in &state.components {
        findings.extend(component.issues.iter().filter(|issue| issue.kind == IssueKind::MissingFiles).map(|issue| {
            Finding::new("missing-files", Severity::Error, &component.id, issue.message.clone())
                .way_out(issue.fix.clone())
        }));
        let Some(version) = &component.entry.version else { continue };
        match here(&state.known, &component.entry) {
            None => findings.push(not_here(component, version)),
            Some(here) => {
                findings.extend(content(component, version, here));
                behind.push((component, newer(workspace, state, component, here)));
            }
        }
    }
    findings.extend(unseen_scopes(state));
    findings.extend(left_behind(workspace, state, behind, progress));
    findings
}

/// What brings all that the workspace's components have and need.
const IMPORT: &str = "bit import";

fn not_here(component: &Component, version: &Version) -> Finding {
    let what = format!(".bitmap says that its folder has {version}, which is not in the local scope");
    let listed = component.remote.catalog.as_ref().and_then(|catalog| catalog.commit(version));
    let finding = Finding::new("version-not-here", Severity::Error, &component.id, what);
    match is_lost(&component.entry, listed) {
        false => finding.way_out(IMPORT).repaired_by(Repair::Import),
        true => finding.way_out(format!(
            "it was tagged elsewhere and not exported, as far as is known here: once somebody has exported it, bit import brings it; where it is lost, bit reset {} goes back to the version it was made from and keeps the files",
            component.id
        )),
    }
}

/// The number is known; is it the same version?
fn content(component: &Component, version: &Version, here: CommitId) -> Option<Finding> {
    let (id, entry) = (&component.id, &component.entry);
    let listed = component.remote.catalog.as_ref().and_then(|catalog| catalog.commit(version));
    let error = |what: String| {
        let way_out =
            format!("both were tagged apart from each other: bit reset {id}@{version} takes back the one here");
        Some(Finding::new("other-content", Severity::Error, id, what).way_out(way_out))
    };
    match (entry.commit, listed) {
        (Some(meant), _) if meant != here => {
            error(format!("{version} is {} here, but .bitmap means {}", here.short(), meant.short()))
        }
        // Two people at work, and no fault.
        (_, Some(listed)) if listed != here => {
            let what = format!("{version} is {} here, but {} in its scope", here.short(), listed.short());
            let way_out = match &entry.merging {
                Some(_) => "\"bit tag\" finishes the merge, \"bit merge --abort\" takes it back".to_owned(),
                None => format!("\"bit merge {id}\" joins the two"),
            };
            Some(Finding::new("other-content", Severity::Notice, id, what).way_out(way_out))
        }
        (None, _) => {
            let after = BitmapEntry { commit: Some(here), ..entry.clone() };
            let what =
                format!(".bitmap does not say which content {version} has: a teammate's import can't be checked");
            Some(recorded("no-content", id, what, entry, after))
        }
        (_, Some(_)) if !entry.is_exported() => {
            let after = BitmapEntry { scope: Some(entry.scope_name()), default_scope: None, ..entry.clone() };
            let what = format!("{version} is in its scope, but .bitmap says that it was never exported");
            Some(recorded("export-not-recorded", id, what, entry, after))
        }
        (_, None) if entry.is_exported() && is_unlisted(component) => {
            let what =
                format!(".bitmap says that it was exported, but {} does not list it as it was last seen", id.scope);
            let way_out = "the scope was made anew or rolled back: \"bit export\" says what it lacks";
            Some(Finding::new("not-listed", Severity::Warning, id, what).way_out(way_out))
        }
        _ => None,
    }
}

/// Whether its scope's catalog was seen, and has nothing of it.
fn is_unlisted(component: &Component) -> bool {
    component.remote.catalog.is_none() && component.remote.is_scope_seen
}

fn recorded(kind: &'static str, id: &ComponentId, what: String, before: &BitmapEntry, after: BitmapEntry) -> Finding {
    let repair = Repair::Record(Box::new((before.clone(), after)));
    Finding::new(kind, Severity::Warning, id, what).repaired_by(repair)
}

/// The versions known here that were made from the one that .bitmap has, the highest first. Those that are not staged
/// are none where no folder was changed: then all is just older than they are.
fn newer(workspace: &Workspace, state: &State, component: &Component, here: CommitId) -> Vec<Version> {
    let repo = workspace.scope.repo();
    let is_changed = |other: &Component| matches!(other.standing, Standing::Modified(changes) if changes.content);
    let is_modified = state.components.iter().any(is_changed);
    let is_meant = |version: &Version| is_modified || component.remote.staged.contains(version);
    let all = state.known.versions(&component.id).rev();
    let newer = all.filter(|(version, _)| component.entry.version.as_ref().is_some_and(|current| *version > current));
    let goes_on = newer.filter(|(_, at)| history::holds(repo, at.commit, here).unwrap_or(false));
    goes_on.map(|(version, _)| version).filter(|version| is_meant(version)).take(NEAR).cloned().collect()
}

/// A record that was left behind is not far behind, and each step is another look at the workspace.
const NEAR: usize = 5;

/// A record is moved on only where the folder has just what the newer version has: then nothing but .bitmap is behind.
/// Else another branch of the team's git may be checked out, and all is well.
fn left_behind(
    workspace: &mut Workspace,
    state: &State,
    mut behind: Vec<(&Component, Vec<Version>)>,
    progress: &dyn Progress,
) -> Vec<Finding> {
    let Ok(known) = workspace.scope.known() else { return Vec::new() };
    let mut findings = Vec::new();
    for nth in 0..NEAR {
        behind.retain(|(_, versions)| nth < versions.len());
        let moves: Vec<Move> = behind
            .iter()
            .map(|(component, versions)| {
                let commit = known.commit(&component.id, &versions[nth]);
                Move::of(workspace.scope.repo(), component, &versions[nth], commit)
            })
            .collect();
        let provable = led_along(state, &moves, provable(workspace, &moves, progress));
        behind.retain(|(component, _)| !provable.contains(&component.id));
        // Of those that are staged the highest is told in any case.
        let is_told = |one: &Move| provable.contains(&one.component.id) || nth == 0 && one.is_staged();
        findings.extend(moves.into_iter().filter(is_told).map(|one| one.finding(&provable)));
    }
    findings
}

/// A record that could be moved on.
struct Move<'c> {
    component: &'c Component,
    version: Version,
    after: BitmapEntry,
}

impl<'c> Move<'c> {
    fn of(repo: &Repo, component: &'c Component, version: &Version, commit: Option<CommitId>) -> Self {
        let catalog = component.remote.catalog.as_ref();
        // One whose history can't be read is not known to be made from anything.
        let base = commit.and_then(|commit| base_of_staged(repo, catalog, commit).ok().flatten());
        let mut after = BitmapEntry { version: Some(version.clone()), commit, base, ..component.entry.clone() };
        let is_listed = component.remote.catalog.as_ref().is_some_and(|catalog| catalog.commit(version) == commit);
        if is_listed && !component.entry.is_exported() {
            (after.scope, after.default_scope) = (Some(component.entry.scope_name()), None);
        }
        Self { component, version: version.clone(), after }
    }

    fn is_staged(&self) -> bool {
        self.component.remote.staged.contains(&self.version)
    }

    fn finding(self, provable: &BTreeSet<ComponentId>) -> Finding {
        let place = if self.is_staged() { "is staged here" } else { "its folder has just what that has" };
        let Self { component, version, after } = self;
        let what = format!(".bitmap is behind: {version} was made from the version it has, and {place}");
        let finding = Finding::new("bitmap-behind", Severity::Notice, &component.id, what);
        if !provable.contains(&component.id) {
            let way_out =
                "if another branch of git is checked out, all is well; else \"bit checkout\" or \"bit reset\"";
            return finding.way_out(way_out);
        }
        let repair = Repair::Record(Box::new((component.entry.clone(), after)));
        Finding { severity: Severity::Warning, ..finding.repaired_by(repair) }
    }
}

/// Those that are unchanged once their records are moved on. One that is not stays behind, and then those that were
/// made with its newer version are not unchanged either: until nothing is left to take out.
fn provable(workspace: &mut Workspace, moves: &[Move], progress: &dyn Progress) -> BTreeSet<ComponentId> {
    let mut together: BTreeSet<ComponentId> = moves.iter().map(|one| one.component.id.clone()).collect();
    let original = workspace.bitmap.clone();
    while !together.is_empty() {
        for one in moves.iter().filter(|one| together.contains(&one.component.id)) {
            // Neither id nor folder changes, so it can't be refused.
            let _ = workspace.bitmap.update(&one.component.id, |entry| *entry = one.after.clone());
        }
        let moved = State::load(workspace, progress);
        workspace.bitmap = original.clone();
        let Ok(moved) = moved else { return BTreeSet::new() };
        let is_unchanged = |id: &ComponentId| {
            moved.index_of(id).is_some_and(|at| moved.components[at].standing == Standing::Unchanged)
        };
        let before = together.len();
        together.retain(is_unchanged);
        if together.len() == before {
            break;
        }
    }
    together
}

/// Those of them whose record is behind. A folder that is as its own version is may be as a newer one is, too, which was
/// made because something that it needs has a newer version: then it is behind only together with that.
fn led_along(state: &State, moves: &[Move], mut provable: BTreeSet<ComponentId>) -> BTreeSet<ComponentId> {
    let is_behind = |one: &&Move| one.is_staged() || one.component.standing != Standing::Unchanged;
    let ids = |one: &Move| one.component.id.clone();
    let mut behind: BTreeSet<ComponentId> = moves.iter().filter(is_behind).map(ids).collect();
    behind.retain(|id| provable.contains(id));
    loop {
        let leads = |need: &Need| match need.target {
            Needed::Here(at) => behind.contains(&state.components[at].id),
            Needed::Known(..) => false,
        };
        let follows = |one: &&Move| !behind.contains(&one.component.id) && one.component.needs.iter().any(leads);
        let further: Vec<ComponentId> = moves.iter().filter(follows).map(ids).collect();
        let before = behind.len();
        behind.extend(further.into_iter().filter(|id| provable.contains(id)));
        if behind.len() == before {
            provable.retain(|id| behind.contains(id));
            return provable;
        }
    }
}

/// Scopes that components were exported to, and whose catalogs were never seen here.
fn unseen_scopes(state: &State) -> Vec<Finding> {
    let exported = state.components.iter().filter(|component| component.entry.is_exported());
    let unseen: BTreeSet<&ScopeName> =
        exported.filter(|component| !component.remote.is_scope_seen).map(|component| &component.id.scope).collect();
    let finding = |scope: &ScopeName| {
        let what = "components were exported to it, but its catalog was never seen here: what is staged can't be told";
        Finding::new("scope-not-seen", Severity::Warning, scope, what).way_out(IMPORT).repaired_by(Repair::Import)
    };
    unseen.into_iter().map(finding).collect()
}
