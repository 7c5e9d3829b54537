use super::reach;
use crate::cli::commands::current_folder;
use crate::cli::ui::{Ui, good};
use crate::ops::remote::remove;
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// Remove a remote; the scope itself is not touched
#[derive(Args)]
pub struct Del {
    /// The scope
    name: String,
    /// One that is known to every workspace
    #[arg(long, short = 'g')]
    global: bool,
}

impl Del {
    /// Removes it and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let name = remove(&current_folder()?, &self.name, reach(self.global), &ui.progress())?;
        ui.json(&json!({"removed": name}))?;
        ui.line(format!("{} \"{name}\"", good("successfully removed remote")));
        Ok(())
    }
}
