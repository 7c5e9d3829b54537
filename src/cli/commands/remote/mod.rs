mod add;
mod check;
mod del;
mod list;

use crate::cli::ui::Ui;
use crate::ops::remote::{self, Reach, Source};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Say where remote scopes are; alone, list them
///
/// A remote is a scope's name and its URL. It is known in one workspace, or with --global in all of this machine's
/// user; a team shares its remotes in workspace.jsonc. Passwords are never stored: git asks for them, or a credential
/// helper knows them.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Remote {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    Add(add::Add),
    #[command(visible_alias = "rm")]
    Del(del::Del),
    List(list::List),
    Check(check::Check),
}

impl Remote {
    /// Does it and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        match self.action {
            Some(Action::Add(add)) => add.run(ui)?,
            Some(Action::Del(del)) => del.run(ui)?,
            Some(Action::List(list)) => list.run(ui)?,
            Some(Action::Check(check)) => return check.run(ui),
            None => list::List {}.run(ui)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn reach(global: bool) -> Reach {
    if global { Reach::Machine } else { Reach::Workspace }
}

/// Who says where a scope is, in the word that scripts read.
pub(super) fn word_of(source: Source) -> &'static str {
    match source {
        Source::Workspace => "workspace",
        Source::Team => "workspace.jsonc",
        Source::Machine => "global",
    }
}

fn to_json(remote: &remote::Remote) -> Value {
    json!({
        "name": remote.name.to_string(),
        "url": remote.url,
        "global": remote.source == Source::Machine,
        "from": word_of(remote.source),
    })
}
