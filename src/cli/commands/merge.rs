use super::decisions::{self, ConflictFlags};
use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good};
use crate::model::VersionSelector;
use crate::ops::merge::{Aborted, Edits, MergeOptions, MergedComponent, OnConflict, Taken, abort, merge};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Join another line of versions into components' files
///
/// Without a version: the newest of the scope, as its catalog was last seen; without ids: into every component that
/// has diverged. The files are joined as git does it, and stay at their version: the next "bit tag" makes the
/// version that has both as parents. "bit merge --abort" goes back to what was before.
#[derive(Args)]
pub struct Merge {
    /// A version, then ids and patterns; with --abort only those
    #[arg(value_name = "VERSION, ID OR PATTERN")]
    words: Vec<String>,
    #[command(flatten)]
    conflicts: ConflictFlags,
    /// Take merges back: files and .bitmap become what they were before
    #[arg(long, conflicts_with_all = ["auto_merge_resolve", "manual", "ours", "theirs"])]
    abort: bool,
    /// With --abort: also where files were edited after the merge; those edits are thrown away. A merge that was made in
    /// another clone is forgotten, and the files stay as they are
    #[arg(long, short = 'f', requires = "abort")]
    force: bool,
    /// Accepted for scripts; merge installs nothing
    #[arg(long, short = 'x', hide = true)]
    skip_dependency_installation: bool,
    /// Accepted for scripts; merge asks nothing
    #[arg(long, hide = true)]
    silent: bool,
}

impl Merge {
    /// Merges, or takes merges back, and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        match self.abort {
            true => self.take_back(ui),
            false => self.join(ui),
        }
    }

    fn take_back(self, ui: &Ui) -> Result<ExitCode> {
        let edits = if self.force { Edits::Discard } else { Edits::Protect };
        let (workspace, aborted) = abort(&current_folder()?, &self.words, edits, &ui.progress())?;
        ui.notices(&workspace);
        let json = |one: &Aborted| json!({"id": one.id, "theirs": one.theirs, "filesKept": one.are_files_kept});
        ui.json(&json!({"aborted": aborted.iter().map(json).collect::<Vec<_>>()}))?;
        let (kept, back): (Vec<_>, Vec<_>) = aborted.iter().partition(|one| one.are_files_kept);
        let list = |list: &[&Aborted]| {
            list.iter().for_each(|one| ui.line(format!("  > {} {}", one.id, dim(format!("without {}", one.theirs)))));
        };
        if !back.is_empty() {
            ui.line(good(format!("{} as before the merge", count(back.len(), "component"))));
            list(&back);
        }
        if !kept.is_empty() {
            ui.line(good(format!(
                "{}: the merge is forgotten, the files stay as they are",
                count(kept.len(), "component")
            )));
            list(&kept);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn join(self, ui: &Ui) -> Result<ExitCode> {
        let on_conflict = self.conflicts.on_conflict();
        let (version, ids) = split_version(self.words);
        let options = MergeOptions { ids, version, on_conflict };
        let progress = ui.progress();
        let (workspace, merged) = merge(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&to_json(&merged, on_conflict))?;
        print(ui, &merged, on_conflict);
        Ok(ExitCode::SUCCESS)
    }
}

/// The first word may be a version.
fn split_version(mut words: Vec<String>) -> (Option<VersionSelector>, Vec<String>) {
    match words.first().and_then(|first| VersionSelector::parse(first).ok()) {
        Some(version) => (Some(version), words.split_off(1)),
        None => (None, words),
    }
}

fn print(ui: &Ui, merged: &[MergedComponent], on_conflict: OnConflict) {
    if merged.is_empty() {
        ui.line("nothing to merge: no component has diverged");
        return;
    }
    ui.line(good(format!("successfully merged {}", count(merged.len(), "component"))));
    for MergedComponent { id, version, theirs, taken, decisions } in merged {
        let what = match taken {
            Taken::Nothing => format!("{theirs} is removed and passed over: nothing of it is in the files"),
            Taken::Changes if theirs == version => format!("their {theirs} into your {version}"),
            Taken::Changes => format!("{theirs} into {version}"),
        };
        ui.line(format!("  > {id} {}", dim(what)));
        decisions::print(ui, decisions, on_conflict);
    }
    decisions::print_open(ui, merged.iter().flat_map(|one| &one.decisions), on_conflict);
    let makes = match merged.iter().any(|one| one.taken == Taken::Changes) {
        true => "a version with both sides",
        false => "the version that comes after it, with the files as they are",
    };
    ui.line(dim(format!("\"bit tag\" makes {makes}, \"bit merge --abort\" goes back")));
}

fn to_json(merged: &[MergedComponent], on_conflict: OnConflict) -> Value {
    let component = |one: &MergedComponent| json!({"id": one.id, "version": one.version, "theirs": one.theirs, "passedOver": one.taken == Taken::Nothing, "files": decisions::to_json(&one.decisions, on_conflict)});
    json!({ "merged": merged.iter().map(component).collect::<Vec<_>>() })
}
