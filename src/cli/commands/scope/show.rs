use super::{place_of, to_json};
use crate::cli::commands::{count, current_folder};
use crate::cli::ui::{Table, Ui, dim, plain, strong};
use crate::ops::scope::{Shown, show};
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// Show the workspace's default scope, and where its components live
#[derive(Args)]
pub struct Show {}

impl Show {
    /// Shows it.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let progress = ui.progress();
        let (workspace, shown) = show(&current_folder()?, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        let description = shown.info.as_ref().map(|info| info.description.as_str()).filter(|text| !text.is_empty());
        ui.json(&json!({
            "default": to_json(&shown.default),
            "description": description,
            "inUse": shown.in_use.iter().map(to_json).collect::<Vec<_>>(),
        }))?;
        print(ui, &shown, description);
        Ok(())
    }
}

fn print(ui: &Ui, shown: &Shown, description: Option<&str>) {
    let (url, source) = place_of(&shown.default);
    let source = if source.is_empty() { String::new() } else { dim(format!(" ({source})")) };
    ui.line(format!("default scope  {}", strong(&shown.default.name)));
    ui.line(format!("url            {url}{source}"));
    if let Some(description) = description {
        ui.line(format!("description    {}", description.escape_debug()));
    }
    let mut table = Table::default();
    for scope in &shown.in_use {
        table.row([scope.name.to_string(), count(scope.components, "component")].map(|cell| (cell, plain as _)));
    }
    ui.line("");
    match shown.in_use.as_slice() {
        [] => ui.line("no components yet: bit add <folder>"),
        _ => table.lines().for_each(|line| ui.line(line)),
    }
}
