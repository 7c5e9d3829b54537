//! What became of files, for the commands that join versions.

use super::count;
use crate::cli::ui::{Ui, bad, dim, visible};
use crate::ops::merge::{Conflict, Content, Decision, OnConflict, Why};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// How conflicts are settled.
#[derive(Args)]
pub struct ConflictFlags {
    /// Where both sides changed the same: put both into the file with conflict markers, or take one side's file
    #[arg(long, value_name = "HOW", conflicts_with_all = ["manual", "ours", "theirs"])]
    auto_merge_resolve: Option<How>,
    /// The same as --auto-merge-resolve manual
    #[arg(long, conflicts_with_all = ["ours", "theirs"])]
    manual: bool,
    /// The same as --auto-merge-resolve ours
    #[arg(long, conflicts_with = "theirs")]
    ours: bool,
    /// The same as --auto-merge-resolve theirs
    #[arg(long)]
    theirs: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum How {
    Manual,
    Ours,
    Theirs,
}

impl ConflictFlags {
    /// What was asked for; without a word nothing is changed.
    pub fn on_conflict(&self) -> OnConflict {
        match self.auto_merge_resolve {
            Some(How::Manual) => OnConflict::Mark,
            Some(How::Ours) => OnConflict::Ours,
            Some(How::Theirs) => OnConflict::Theirs,
            None if self.manual => OnConflict::Mark,
            None if self.ours => OnConflict::Ours,
            None if self.theirs => OnConflict::Theirs,
            None => OnConflict::Refuse,
        }
    }
}

/// In a word.
fn word(decision: &Decision, on_conflict: OnConflict) -> &'static str {
    match (decision.why, on_conflict) {
        (Why::Taken, _) if decision.result == Content::Nothing => "removed",
        (Why::Taken, _) => "updated",
        (Why::Joined, _) => "merged",
        (Why::Conflict(_), OnConflict::Ours) => "kept",
        (Why::Conflict(_), OnConflict::Theirs) => "overridden",
        (Why::Conflict(_), _) => "conflict",
        (Why::Beside, _) => "added",
    }
}

/// What is still to be decided in a file.
fn open(decision: &Decision, on_conflict: OnConflict) -> Option<Conflict> {
    match (decision.why, on_conflict) {
        (Why::Conflict(conflict), OnConflict::Mark | OnConflict::Refuse) => Some(conflict),
        _ => None,
    }
}

fn way_out(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::Lines => "it has conflict markers now",
        Conflict::Binary => "yours stays, the other one is beside it as .theirs: delete one",
        Conflict::RemovedThere => "yours stays: delete it if it should go",
        Conflict::Places => "yours stays, the other one is beside it as .theirs: delete one",
        Conflict::RemovedHere => "theirs is there again: delete it if it should go",
    }
}

/// The files of one component.
pub fn print(ui: &Ui, decisions: &[Decision], on_conflict: OnConflict) {
    for decision in decisions {
        let path = visible(&decision.path);
        match open(decision, on_conflict) {
            Some(conflict) => ui.line(format!(
                "      {} {path} {}",
                bad("conflict"),
                dim(format!("({}; {})", conflict.words(), way_out(conflict)))
            )),
            None => ui.line(format!("      {} {path}", word(decision, on_conflict))),
        }
    }
}

/// Says how many files still wait for a person.
pub fn print_open<'d>(ui: &Ui, decisions: impl Iterator<Item = &'d Decision>, on_conflict: OnConflict) {
    let waiting = decisions.filter(|decision| open(decision, on_conflict).is_some()).count();
    if waiting > 0 {
        ui.warning(format!("{} with conflicts: decide what stays, then tag", count(waiting, "file")));
    }
}

/// The same for scripts.
pub fn to_json(decisions: &[Decision], on_conflict: OnConflict) -> Value {
    decisions.iter().map(|decision| file_json(decision, on_conflict)).collect()
}

/// One file.
pub fn file_json(decision: &Decision, on_conflict: OnConflict) -> Value {
    let conflict = open(decision, on_conflict).map(Conflict::words);
    json!({"path": decision.path, "status": word(decision, on_conflict), "conflict": conflict})
}
