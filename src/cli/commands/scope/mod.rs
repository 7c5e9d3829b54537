mod create;

use crate::cli::ui::Ui;
use anyhow::Result;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// Make a scope: a git repository that stores released versions of components
///
/// A scope is a bare repository on any git server, or in a folder. One server holds any number of them.
#[derive(Args)]
pub struct Scope {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Create(create::Create),
}

impl Scope {
    /// Does it and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        match self.action {
            Action::Create(create) => create.run(ui)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
