use super::{count, current_folder};
use crate::cli::ui::Ui;
use crate::ops::hook::receive;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

/// Look at a push before a scope takes it: git calls this on a server
///
/// "bit scope hooks install" tells git of it.
#[derive(Args)]
pub struct Hook {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    PreReceive(PreReceive),
}

/// Refuse pushes that would break the scope: moved or deleted versions, broken ones, a catalog that does not go forward
///
/// Reads from standard input what git hands to such a hook: old commit, new commit and name of each ref.
#[derive(Args)]
struct PreReceive {
    /// The scope's folder; the one in which git calls it without it
    folder: Option<PathBuf>,
}

impl Hook {
    /// Looks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let Action::PreReceive(PreReceive { folder }) = self.action;
        let mut updates = String::new();
        std::io::stdin().read_to_string(&mut updates).context("could not read what git hands over")?;
        let changes = receive(&current_folder()?, folder.as_deref(), &updates)?;
        ui.json(&json!({"changes": changes}))?;
        ui.line(format!("{} may be taken", count(changes, "change")));
        Ok(ExitCode::SUCCESS)
    }
}
