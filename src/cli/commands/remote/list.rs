use super::{to_json, word_of};
use crate::cli::commands::current_folder;
use crate::cli::ui::{Ui, dim};
use crate::ops::remote::{Source, list};
use anyhow::Result;
use clap::Args;

/// List the remotes: of this workspace, of its team and of this machine's user
#[derive(Args)]
pub struct List {}

impl List {
    /// Lists them.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let remotes = list(&current_folder()?)?;
        ui.json(&remotes.iter().map(to_json).collect::<Vec<_>>())?;
        if remotes.is_empty() {
            ui.line("no remotes yet: bit remote add <url>");
        }
        let names: Vec<String> = remotes.iter().map(|remote| remote.name.to_string()).collect();
        let width = names.iter().map(String::len).max().unwrap_or(0);
        for (name, remote) in names.iter().zip(&remotes) {
            let source = match remote.source {
                Source::Workspace => String::new(),
                source => dim(format!(" ({})", word_of(source))),
            };
            ui.line(format!("{name:width$}  {}{source}", remote.url));
        }
        Ok(())
    }
}
