use super::decisions::{self, ConflictFlags};
use super::import::{self, follow};
use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good};
use crate::errors;
use crate::model::VersionSelector;
use crate::ops::checkout::{
    CheckedOut, CheckoutOptions, CheckoutTo, LocalChanges, Switched, checkout, checkout_with_new,
};
use crate::ops::import::{ImportOptions, Imported};
use crate::ops::merge::OnConflict;
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Bring components' folders to another version, or back to the one they are at
///
/// What you changed comes along: it is joined with the version that comes, line by line, as git does it. Where that
/// can't be done nothing is changed, unless you say how. "head" is the newest version of the main line, "latest"
/// the highest release; "reset" throws away what you changed in the components you name, and brings back files you
/// deleted. Only versions that are in the local scope can be checked out.
#[derive(Args)]
pub struct Checkout {
    /// A version, "head", "latest" or "reset", then ids and patterns; or only ids with versions
    #[arg(required = true, value_name = "VERSION, ID OR PATTERN")]
    words: Vec<String>,
    /// Every component of the workspace (the default with "head" and "latest")
    #[arg(long, short = 'a')]
    all: bool,
    #[command(flatten)]
    conflicts: ConflictFlags,
    /// Leave all files as they are; only .bitmap goes to the version
    #[arg(long, conflicts_with_all = ["force_theirs", "auto_merge_resolve", "manual", "ours", "theirs"])]
    force_ours: bool,
    /// Throw away what you changed: all files become those of the version
    #[arg(long, conflicts_with_all = ["auto_merge_resolve", "manual", "ours", "theirs"])]
    force_theirs: bool,
    /// With "head": also bring the components that are new in the scope
    #[arg(long)]
    include_new_from_scope: bool,
    /// With --include-new-from-scope: believe scopes that say where other scopes are, without a question
    #[arg(long, short = 'y', requires = "include_new_from_scope")]
    yes: bool,
    /// Accepted for scripts; checkout installs nothing
    #[arg(long, short = 'x', hide = true)]
    skip_dependency_installation: bool,
    /// Accepted for scripts; checkout asks nothing
    #[arg(long, hide = true)]
    silent: bool,
}

impl Checkout {
    /// Checks out and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let on_conflict = self.conflicts.on_conflict();
        let (yes, with_new) = (self.yes, self.include_new_from_scope);
        let options = self.options()?;
        let (progress, cwd) = (ui.progress(), current_folder()?);
        let (workspace, outcome, new) = match with_new {
            true => {
                let (workspace, outcome, new) = checkout_with_new(&cwd, &options, &follow(ui, yes), &progress)?;
                (workspace, outcome, Some(new))
            }
            false => {
                let (workspace, outcome) = checkout(&cwd, &options, &progress)?;
                (workspace, outcome, None)
            }
        };
        drop(progress);
        ui.notices(&workspace);
        ui.json(&to_json(&outcome, new.as_ref(), on_conflict))?;
        print(ui, &outcome, &options, on_conflict);
        match new {
            Some(new) => end_with_new(ui, &new),
            None => {
                super::warn_of_links(ui, &outcome.links);
                Ok(ExitCode::SUCCESS)
            }
        }
    }

    fn options(self) -> Result<CheckoutOptions> {
        let on_conflict = self.conflicts.on_conflict();
        let (to, ids) = split_target(self.words)?;
        let is_head = to == Some(CheckoutTo::Version(VersionSelector::Head));
        if self.include_new_from_scope && !is_head {
            return Err(errors::only_with_head());
        }
        let means_all = is_head || to == Some(CheckoutTo::Version(VersionSelector::Latest));
        if ids.is_empty() && !self.all && !means_all {
            return Err(errors::checkout_of_nothing(&target_text(to.as_ref())));
        }
        let changes = match (self.force_ours, self.force_theirs) {
            (true, _) => LocalChanges::KeepAll,
            (_, true) => LocalChanges::Discard,
            _ => LocalChanges::Join(on_conflict),
        };
        Ok(CheckoutOptions { all: ids.is_empty(), ids, to, changes })
    }
}

/// The first word says where to, unless every word is an id with a version of its own.
fn split_target(mut words: Vec<String>) -> Result<(Option<CheckoutTo>, Vec<String>)> {
    let to = match words[0].as_str() {
        "reset" => Some(CheckoutTo::Reset),
        word => VersionSelector::parse(word).ok().map(CheckoutTo::Version),
    };
    let has_version = |word: &String| word.rfind('@').is_some_and(|at| at > 0);
    match to {
        Some(to) => Ok((Some(to), words.split_off(1))),
        None if words.iter().all(has_version) => Ok((None, words)),
        None => Err(errors::checkout_target_expected(&words[0])),
    }
}

fn target_text(to: Option<&CheckoutTo>) -> String {
    match to {
        Some(CheckoutTo::Version(selector)) => selector.to_string(),
        Some(CheckoutTo::Reset) | None => "reset".to_owned(),
    }
}

fn print(ui: &Ui, outcome: &CheckedOut, options: &CheckoutOptions, on_conflict: OnConflict) {
    let did = if options.to == Some(CheckoutTo::Reset) { "reset" } else { "switched" };
    match outcome.switched.len() {
        0 => ui.line("nothing to check out"),
        number => ui.line(good(format!("successfully {did} {}", count(number, "component")))),
    }
    for Switched { id, from, to, decisions } in &outcome.switched {
        let way = if from == to { format!("at {to}") } else { format!("{from} → {to}") };
        ui.line(format!("  > {id} {}", dim(way)));
        decisions::print(ui, decisions, on_conflict);
    }
    for (id, skipped) in &outcome.skipped {
        ui.line(format!("{id} {skipped}"));
    }
    let all = outcome.switched.iter().flat_map(|switched| &switched.decisions);
    decisions::print_open(ui, all, on_conflict);
}

/// The components that are new here, and what could not be had.
fn end_with_new(ui: &Ui, new: &Imported) -> Result<ExitCode> {
    if !new.components.is_empty() {
        ui.line(good("New from scope (imported)"));
        new.components.iter().for_each(|component| import::print_component(ui, component, OnConflict::Refuse));
    }
    super::warn_of_links(ui, &new.links);
    import::end(new, &ImportOptions::default())
}

fn to_json(outcome: &CheckedOut, new: Option<&Imported>, on_conflict: OnConflict) -> Value {
    let switched = |one: &Switched| json!({"id": one.id, "from": one.from, "version": one.to, "files": decisions::to_json(&one.decisions, on_conflict)});
    let mut value = json!({
        "switched": outcome.switched.iter().map(switched).collect::<Vec<_>>(),
        "skipped": outcome.skipped.iter().map(|(id, skipped)| json!({"id": id, "reason": skipped.to_string()})).collect::<Vec<_>>(),
    });
    if let Some(new) = new {
        value["newFromScope"] = import::to_json(new, &ImportOptions::default())["importedComponents"].take();
    }
    value
}
