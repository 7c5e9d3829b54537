use super::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::model::ScopeName;
use crate::ops::scope::{CreateOptions, create};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
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
    /// Make a scope: a new bare repository in a folder, or in an empty one that exists at any URL
    Create {
        /// A folder or a URL
        place: String,
        /// The scope's name; the last part of the place without it
        #[arg(long)]
        name: Option<String>,
        /// What the scope is for
        #[arg(long, default_value = "")]
        description: String,
    },
}

impl Scope {
    /// Makes it and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let Action::Create { place, name, description } = self.action;
        let name = name.as_deref().map(ScopeName::new).transpose()?;
        let made = create(&current_folder()?, &CreateOptions { place, name, description })?;
        ui.json(&json!({"name": made.name, "url": made.url}))?;
        ui.line(format!("{} {}", good(format!("created the scope {}", made.name)), dim(&made.url)));
        ui.line(dim(format!("in a workspace: bit remote add {} {}", made.name, made.url)));
        Ok(ExitCode::SUCCESS)
    }
}
