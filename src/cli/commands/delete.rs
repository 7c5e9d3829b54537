use super::{amended, count, current_folder, joined, whom};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::errors::{self, DeletionUnconfirmed};
use crate::model::{ComponentId, VersionRange};
use crate::ops::Whom;
use crate::ops::export::Consent;
use crate::ops::removal::{DeleteOptions, Deleted, delete, delete_there, range_of, recover, recover_there};
use crate::ops::remove::Guarded;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Remove components, or some of their versions, from their scopes
///
/// It is noted in .bitmap, and the next export publishes it; with --remote it is done at once, outside of a workspace
/// too. Removed components are in no list any more. Nothing is erased: tags and versions stay, and "bit recover" brings
/// the components back. To stop tracking components here, use "bit remove".
#[derive(Args)]
pub struct Delete {
    /// Ids and patterns
    #[arg(required = true, value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// At once, in their scopes; with a value in this one: its name, or its URL or folder ("./scope")
    #[arg(long, short = 'r', value_name = "SCOPE|URL", num_args = 0..=1, require_equals = true)]
    remote: Option<Option<String>>,
    /// Only these versions, as an npm range: "<2.0.0"
    #[arg(long)]
    range: Option<String>,
    /// Also what other components depend on
    #[arg(long, short = 'f')]
    force: bool,
    /// Ask nothing
    #[arg(long, short = 's', visible_alias = "yes", visible_short_alias = 'y')]
    silent: bool,
    /// Accepted, to say that there is no such thing
    #[arg(long, hide = true)]
    hard: bool,
}

/// Bring back components that were removed from their scopes
///
/// What waits in .bitmap is taken back; what the scope was seen to have removed is there again with the next export,
/// with --remote at once.
#[derive(Args)]
pub struct Recover {
    /// Ids and patterns
    #[arg(required = true, value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// At once, in their scopes; with a value in this one: its name, or its URL or folder ("./scope")
    #[arg(long, short = 'r', value_name = "SCOPE|URL", num_args = 0..=1, require_equals = true)]
    remote: Option<Option<String>>,
}

impl Delete {
    /// Removes and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        if self.hard {
            return Err(errors::nothing_is_erased());
        }
        let here = current_folder()?;
        let whom = whom(self.remote, &here)?;
        let range = range_of(self.range.as_deref())?;
        let options = DeleteOptions {
            ids: self.ids,
            range: range.clone(),
            guarded: if self.force { Guarded::Remove } else { Guarded::Refuse },
            consent: if self.silent { Consent::Given } else { Consent::Ask },
        };
        let Deleted { news: removed, waiting } = delete_or_ask(ui, &here, options, whom.as_ref())?;
        let waits = |(id, range): &(ComponentId, Option<VersionRange>)| json!({"id": id, "range": range.as_ref().map(VersionRange::as_str)});
        let all_that_waits: Vec<_> = waiting.iter().map(waits).collect();
        ui.json(&json!({"removed": removed, "remote": whom.is_some(), "waiting": all_that_waits}))?;
        if removed.is_empty() {
            ui.line("no changes have been made: removed already");
            tell_of_more(ui, &waiting, range.as_ref());
            return Ok(ExitCode::SUCCESS);
        }
        let of = range.as_ref().map_or_else(|| "components".to_owned(), |range| format!("the versions {range}"));
        let (place, how_back) = match whom {
            Some(_) => (" from the remote scope", "\"bit recover --remote\" brings them back"),
            None => ("", "the next \"bit export\" removes them from their scopes, \"bit recover\" takes it back"),
        };
        let (components, ids) = (count(removed.len(), "component"), joined(&removed));
        let (what, done) = match range {
            Some(_) => {
                (format!("removed {of}{place}, of: {ids}"), format!("versions of {components} successfully removed"))
            }
            None => (format!("removed {of}{place}: {ids}"), format!("{components} successfully removed")),
        };
        ui.line(good(what));
        ui.line(dim(format!("{done} ({how_back})")));
        tell_of_more(ui, &waiting, range.as_ref());
        Ok(ExitCode::SUCCESS)
    }
}

/// What waits beside that which was asked for.
fn tell_of_more(ui: &Ui, waiting: &[(ComponentId, Option<VersionRange>)], asked: Option<&VersionRange>) {
    for (id, range) in waiting.iter().filter(|(_, range)| range.as_ref() != asked) {
        let what = range.as_ref().map_or_else(|| "all of it".to_owned(), |range| format!("the versions {range}"));
        ui.line(format!("with what waited already, the next \"bit export\" removes of {id}: {}", visible(&what)));
    }
}

/// Asks where somebody is there to answer.
fn delete_or_ask(ui: &Ui, here: &Path, mut options: DeleteOptions, whom: Option<&Whom>) -> Result<Deleted> {
    let error = match run(ui, here, options.clone(), whom) {
        Err(error) if ui.has_person() && !ui.is_json() => error,
        done => return done,
    };
    let Some(needed) = error.downcast_ref::<DeletionUnconfirmed>() else { return Err(error) };
    let what = count(needed.ids.len(), "component");
    if !ui.confirm(&format!("{needed}\nremove {what} from where everybody finds them?")) {
        return Err(errors::canceled());
    }
    options.consent = Consent::Given;
    run(ui, here, options, whom)
}

fn run(ui: &Ui, here: &Path, options: DeleteOptions, whom: Option<&Whom>) -> Result<Deleted> {
    match whom {
        Some(whom) => {
            let news = amended(ui, delete_there(here, options, whom.clone(), &ui.progress())?);
            Ok(Deleted { news, waiting: Vec::new() })
        }
        None => {
            let (workspace, removed) = delete(here, &options, &ui.progress())?;
            ui.notices(&workspace);
            Ok(removed)
        }
    }
}

impl Recover {
    /// Brings back and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let here = current_folder()?;
        let recovered = match whom(self.remote, &here)? {
            Some(whom) => amended(ui, recover_there(&here, self.ids, whom, &ui.progress())?),
            None => {
                let (workspace, recovered) = recover(&here, &self.ids, &ui.progress())?;
                ui.notices(&workspace);
                recovered
            }
        };
        ui.json(&json!({ "recovered": recovered }))?;
        match recovered.is_empty() {
            true => ui.line("no soft-deleted components found"),
            false => ui.line(good(format!("successfully recovered: {}", joined(&recovered)))),
        }
        Ok(ExitCode::SUCCESS)
    }
}
