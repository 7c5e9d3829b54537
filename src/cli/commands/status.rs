use super::{count, current_folder};
use crate::cli::ui::{Ui, bad, dim, good, strong, visible, warm};
use crate::model::{ComponentId, Mark, Version, VersionId};
use crate::ops::Issue;
use crate::ops::status::{Status as Found, status};
use crate::ops::waiting::{Cause, Waiting};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Show what is new, modified, staged, outdated or wrong in the workspace
///
/// Staged versions were tagged here and are not in their scope's catalog. Needs no network: what a scope has is
/// told by its catalog as it was last seen.
#[derive(Args)]
pub struct Status {
    /// Exit with 1 if there are issues
    #[arg(long)]
    strict: bool,
    /// Accepted for scripts; status is always quick
    #[arg(long, hide = true)]
    quick: bool,
}

impl Status {
    /// Looks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let progress = ui.progress();
        let (workspace, found) = status(&current_folder()?, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        if ui.is_json() {
            ui.json(&to_json(&found))?;
        } else {
            print(ui, &found);
        }
        let fails = self.strict && !found.issues.is_empty();
        Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn print(ui: &Ui, found: &Found) {
    super::warn_of_links(ui, &found.links);
    super::warn_of_not_installed(ui, &found.links);
    for path in &found.missing_archives {
        ui.warning(format!("{} is gone, and package.json needs it: bit install", visible(path)));
    }
    if found.is_clean() {
        let what = if found.components == 0 {
            "no components yet: bit add <folder>".into()
        } else {
            count(found.components, "component")
        };
        ui.line(format!("{} ({what})", good("nothing to tag or export, the workspace is clean")));
        return;
    }
    print_to_tag(ui, found);
    print_staged(ui, found);
    print_beside_scopes(ui, found);
    print_marks(ui, found);
    if !found.issues.is_empty() {
        ui.line(strong(bad("issues found")));
        for (id, issues) in &found.issues {
            ui.line(format!("  {id}"));
            issues.iter().for_each(|issue| print_issue(ui, issue));
        }
    }
}

/// What the next tag would make versions of.
fn print_to_tag(ui: &Ui, found: &Found) {
    let invalid = |id: &ComponentId| found.invalid.iter().find(|(other, _)| other == id);
    let mark = |id: &ComponentId| match invalid(id) {
        Some((_, why)) => bad(format!(" … {why}")),
        None if found.issues.iter().any(|(other, _)| other == id) => bad(" … issues found"),
        None => good(" … ok"),
    };
    section(
        ui,
        "new components",
        "(use \"bit tag\" to make a version of each)",
        found.new.iter().map(|id| format!("{id}{}", mark(id))),
    );
    let modified = found.modified.iter().map(|(id, changes)| {
        let why = if changes.content { "" } else { " (dependencies)" };
        format!("{id}{why}{}", mark(id))
    });
    section(
        ui,
        "modified components",
        "(use \"bit tag\" to make new versions, \"bit diff\" to see the changes)",
        modified,
    );
}

/// What the next export would publish, and what the next tag would take along.
fn print_staged(ui: &Ui, found: &Found) {
    let staged = found.staged.iter().map(|(id, versions)| {
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        format!("{id}. versions: {}", versions.join(", "))
    });
    section(
        ui,
        "staged components",
        "(use \"bit export\" to push these versions to their scopes, \"bit reset\" to take them back)",
        staged,
    );
    section(
        ui,
        "staged versions of components that are not in the workspace",
        "(\"bit add\" tracks a component again, \"bit reset\" takes its versions back)",
        found.staged_elsewhere.iter().map(|version| match found.ejected.contains(&version.id) {
            true => {
                format!("{version} {}", dim(format!("(ejected: \"bit uneject {}\", then \"bit export\")", version.id)))
            }
            false => version.to_string(),
        }),
    );
    let pending = found.auto_tag_pending.iter().map(|(id, causes)| {
        let causes: Vec<String> = causes.iter().map(ToString::to_string).collect();
        format!("{id} {}", dim(format!("(needs {})", causes.join(", "))))
    });
    section(ui, "components pending auto-tag", "(tagged along with the components they need)", pending);
}

/// What differs from the scopes as they were last seen, or is not here of them.
fn print_beside_scopes(ui: &Ui, found: &Found) {
    let outdated =
        found.outdated.iter().map(|(id, theirs)| format!("{} current: {} latest: {theirs}", id.id, id.version));
    section(ui, "pending updates", "(use \"bit checkout head\" to bring them to the newest version)", outdated);
    let diverged = found.diverged.iter().map(|(id, theirs)| match *theirs == id.version {
        true => format!("{} here: {theirs} (yours) there: {theirs} (theirs)", id.id),
        false => format!("{} here: {} there: {theirs}", id.id, id.version),
    });
    section(
        ui,
        "diverged components",
        "(merge pending, both sides went on: \"bit merge\", then \"bit tag\")",
        diverged,
    );
    let merging = found.merging.iter().map(|(id, theirs)| format!("{} here: {} merged: {theirs}", id.id, id.version));
    section(ui, "components during merge", "(\"bit tag\" joins both sides, \"bit merge --abort\" goes back)", merging);
    section(
        ui,
        "import pending",
        "(use \"bit import\": these versions are not in the local scope)",
        found.import_pending.iter().map(ToString::to_string),
    );
}

/// What was removed or deprecated, here or in a scope.
fn print_marks(ui: &Ui, found: &Found) {
    let held = |id: &ComponentId| match found.held.iter().find(|held| held.id == *id) {
        Some(held) => dim(format!(" ({})", what_it_waits_for(held))),
        None => String::new(),
    };
    section(
        ui,
        "removed here",
        "(the next \"bit export\" removes them from their scopes, \"bit recover\" takes it back)",
        found.locally_removed.iter().map(|id| format!("{id}{}", held(id))),
    );
    section(
        ui,
        "waiting to be published",
        "(\"bit export\" says it in their scopes)",
        found.waiting.iter().map(|(id, mark)| format!("{}{}", visible(&format!("{id} ({})", mark.words())), held(id))),
    );
    section(
        ui,
        "at a removed version",
        "(a version made from it would hold all of it: go on from one that is not removed, your changes come along)",
        found.gone.iter().map(|(id, gone)| format!("{id} {} {}", gone.version, dim(format!("({})", gone.way_on(id))))),
    );
    section(
        ui,
        "removed in their scope",
        "(\"bit remove\" stops tracking them, \"bit recover\" brings them back)",
        found.remotely_removed.iter().map(ToString::to_string),
    );
}

fn what_it_waits_for(waiting: &Waiting) -> String {
    match &waiting.cause {
        Cause::Unpublished(id) => format!("waits until {id} is exported"),
        Cause::Needed(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            format!("waits: the newest versions in its scope of these need it: {}", ids.join(", "))
        }
    }
}

fn section(ui: &Ui, title: &str, hint: &str, lines: impl ExactSizeIterator<Item = String>) {
    if lines.len() == 0 {
        return;
    }
    ui.line(format!("{} {}", strong(title), dim(hint)));
    lines.for_each(|line| ui.line(format!("  > {line}")));
    ui.line("");
}

fn print_issue(ui: &Ui, issue: &Issue) {
    ui.line(format!("    {} {}{}", warm(issue.kind), place_of(issue), visible(&issue.message)));
    ui.line(format!("      {} {}", dim("→"), issue.fix));
}

/// Where it is, for what is said of it behind.
pub(super) fn place_of(issue: &Issue) -> String {
    match (&issue.file, issue.line) {
        (Some(file), Some(line)) => format!("{}:{line}: ", visible(file)),
        (Some(file), None) => format!("{}: ", visible(file)),
        _ => String::new(),
    }
}

fn to_json(found: &Found) -> Value {
    let ids = |ids: &[ComponentId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let pair = |(id, theirs): &(VersionId, Version)| json!({"id": id.id, "current": id.version, "latest": theirs});
    let issue = |issue: &Issue| json!({"type": issue.kind.name(), "file": issue.file, "line": issue.line, "message": issue.message, "fix": issue.fix});
    let waiting = |(id, mark): &(ComponentId, Mark)| json!({"id": id, "change": mark.word(), "range": mark.range()});
    json!({
        "newComponents": ids(&found.new),
        "modifiedComponents": found.modified.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>(),
        "stagedComponents": found.staged.iter().map(|(id, versions)| json!({"id": id, "versions": versions})).collect::<Vec<_>>(),
        "stagedNotInWorkspace": found.staged_elsewhere,
        "autoTagPendingComponents": found.auto_tag_pending.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>(),
        "invalidComponents": found.invalid.iter().map(|(id, error)| json!({"id": id, "error": error})).collect::<Vec<_>>(),
        "componentsWithIssues": found.issues.iter().map(|(id, issues)| json!({"id": id, "issues": issues.iter().map(issue).collect::<Vec<_>>()})).collect::<Vec<_>>(),
        "outdatedComponents": found.outdated.iter().map(pair).collect::<Vec<_>>(),
        "mergePendingComponents": found.diverged.iter().map(pair).collect::<Vec<_>>(),
        "duringMergeComponents": found.merging.iter().map(|(id, theirs)| json!({"id": id.id, "current": id.version, "merged": theirs})).collect::<Vec<_>>(),
        "importPendingComponents": found.import_pending.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "heldBack": found.held.iter().map(super::waiting_json).collect::<Vec<_>>(),
        "locallySoftRemoved": ids(&found.locally_removed),
        "waitingToBePublished": found.waiting.iter().map(waiting).collect::<Vec<_>>(),
        "atRemovedVersions": found.gone.iter().map(|(id, gone)| json!({"id": id, "current": gone.version, "newest": gone.newest})).collect::<Vec<_>>(),
        "remotelySoftRemoved": ids(&found.remotely_removed),
        "missingArchives": found.missing_archives,
    })
}
