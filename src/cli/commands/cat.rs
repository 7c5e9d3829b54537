use super::current_folder;
use crate::cli::ui::Ui;
use crate::ops::log::manifest;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

/// Print the manifest of a version, component.json, as it is stored
#[derive(Args)]
pub struct Cat {
    /// The component; with "@1.0.0" that version, without it the one that the folder has
    #[arg(value_name = "ID[@VERSION]")]
    id: String,
}

impl Cat {
    /// Prints.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let (workspace, found) = manifest(&current_folder()?, &self.id, &ui.progress())?;
        ui.notices(&workspace);
        ui.verbatim(&found.text);
        if let Some(version) = found.chosen {
            ui.note(format!("(this is {version}; what changed since is shown by \"bit diff\" and \"bit show\")"));
        }
        Ok(ExitCode::SUCCESS)
    }
}
