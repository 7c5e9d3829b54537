use super::current_folder;
use crate::cli::ui::{Ui, strong};
use crate::model::ComponentId;
use crate::ops::search::{Reach, search};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Find components by words in their ids
///
/// Looks in the workspace, in the local scope, and in the catalogs of scopes as they were last seen. No network.
#[derive(Args)]
pub struct Search {
    /// A component is found if its id or package name has every one of these
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,
    /// Only in the workspace
    #[arg(long, short = 'l')]
    local_only: bool,
}

impl Search {
    /// Searches.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let reach = if self.local_only { Reach::Workspace } else { Reach::Known };
        let (workspace, found) = search(&current_folder()?, &self.words, reach, &ui.progress())?;
        ui.notices(&workspace);
        ui.json(&json!({ "workspace": found.workspace, "elsewhere": found.elsewhere }))?;
        match found.workspace.as_slice() {
            [] => ui.line("no matches in workspace"),
            ids => section(ui, "in the workspace", ids),
        }
        if reach == Reach::Known {
            match found.elsewhere.as_slice() {
                [] => ui.line("no matches elsewhere, as far as is known here"),
                ids => section(ui, "elsewhere (\"bit import <id>\" brings one)", ids),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn section(ui: &Ui, title: &str, ids: &[ComponentId]) {
    ui.line(strong(title));
    ids.iter().for_each(|id| ui.line(format!("  {id}")));
}
