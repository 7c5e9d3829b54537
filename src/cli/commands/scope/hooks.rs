//! `bit scope hooks`.

use crate::cli::commands::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::errors::for_shell;
use crate::ops::hook::{InstallOptions, Theirs, install};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

/// Guard a scope on a server of your own: git then asks bit before it takes a push
#[derive(Args)]
pub struct Hooks {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Install(Install),
}

/// Set up the hook that looks at every push, on the server, in the folder of the scope
///
/// It refuses moved and deleted versions, broken ones, and a catalog that does not go forward or does not tell the truth. Again after
/// bit was moved: the hook knows where it is.
#[derive(Args)]
struct Install {
    /// The scope's folder; the current one without it
    folder: Option<PathBuf>,
    /// Keep a hook that is there already beside bit's own, which hands every push over to it
    #[arg(long)]
    force: bool,
}

impl Hooks {
    /// Sets it up and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let Action::Install(Install { folder, force }) = self.action;
        let theirs = if force { Theirs::HandOver } else { Theirs::Refuse };
        let installed = install(&current_folder()?, &InstallOptions { folder, theirs })?;
        ui.json(&json!({
            "scope": installed.scope,
            "hook": installed.hook,
            "bit": installed.bit,
            "handsOverTo": installed.theirs,
        }))?;
        ui.line(good(format!(
            "{} is guarded: every push to it is looked at by {}",
            installed.scope,
            installed.bit.display()
        )));
        if let Some(theirs) = installed.theirs.as_ref().filter(|_| !installed.theirs_runs) {
            ui.warning(format!(
                "your own hook, {}, can't be run, so it sees no push: chmod +x {}",
                theirs.display(),
                for_shell(&theirs.to_string_lossy())
            ));
        } else if let Some(theirs) = &installed.theirs {
            ui.line(dim(format!(
                "your own hook is {} now, and sees every push that bit lets through",
                theirs.display()
            )));
        }
        Ok(())
    }
}
