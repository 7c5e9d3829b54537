use super::current_folder;
use super::findings::{print, to_json};
use crate::cli::ui::Ui;
use crate::ops::Action;
use crate::ops::doctor::{DoctorOptions, doctor};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Look for all that is wrong with a workspace or a scope, and say the way out
///
/// A scope is looked at by its folder. Looking needs no network; `--fix` asks the scopes for what is missing. The exit code is 1 while errors or warnings remain; notices are no faults.
#[derive(Args)]
pub struct Doctor {
    /// A workspace, or the folder of a scope; this workspace without it
    path: Option<PathBuf>,
    /// Repair what needs no person. What is staged stays, and so do your files
    #[arg(long)]
    fix: bool,
}

impl Doctor {
    /// Looks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let action = if self.fix { Action::Repair } else { Action::Tell };
        let progress = ui.progress();
        let diagnosis = doctor(&current_folder()?, &DoctorOptions { place: self.path, action }, &progress)?;
        drop(progress);
        diagnosis.failed.iter().for_each(|why| ui.warning(format!("a repair did not succeed: {why}")));
        ui.json(&to_json(&diagnosis))?;
        print(ui, &diagnosis, action, "bit doctor --fix");
        Ok(if diagnosis.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
