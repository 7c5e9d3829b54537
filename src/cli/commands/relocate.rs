use super::{current_folder, warn_of_links};
use crate::cli::ui::{Ui, dim, good};
use crate::ops::relocate::{MovedBy, Relocated, relocate};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Move a component's folder
///
/// Its id stays, and so does its package: imports by package go on working. If the folder was moved by hand
/// already, only .bitmap changes.
#[derive(Args)]
pub struct Move {
    /// The component's folder, or its id
    #[arg(value_name = "FOLDER OR ID")]
    from: String,
    /// Where it goes: a folder that does not exist yet, or an empty one
    #[arg(value_name = "FOLDER")]
    to: PathBuf,
}

impl Move {
    /// Moves and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let progress = ui.progress();
        let (workspace, moved) = relocate(&current_folder()?, &self.from, &self.to, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        let Relocated { id, from, to, moved_by, links } = moved;
        warn_of_links(ui, &links);
        let by_hand = moved_by == MovedBy::Person;
        ui.json(&json!({"id": id, "from": from, "to": to, "movedByHand": by_hand}))?;
        let how = if by_hand { dim(" (the folder was there already)") } else { String::new() };
        ui.line(format!("{} {id} from {from} to {to}{how}", good("moved component")));
        Ok(ExitCode::SUCCESS)
    }
}
