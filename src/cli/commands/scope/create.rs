use crate::cli::commands::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::model::ScopeName;
use crate::ops::scope::{CreateOptions, create};
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// Make a scope: a new bare repository in a folder, or in an empty one that exists at any URL
#[derive(Args)]
pub struct Create {
    /// A folder or a URL
    place: String,
    /// The scope's name; the last part of the place without it
    #[arg(long)]
    name: Option<String>,
    /// What the scope is for
    #[arg(long, default_value = "")]
    description: String,
}

impl Create {
    /// Makes it and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let Self { place, name, description } = self;
        let name = name.as_deref().map(ScopeName::new).transpose()?;
        let made = create(&current_folder()?, &CreateOptions { place, name, description })?;
        ui.json(&json!({"name": made.name, "url": made.url}))?;
        ui.line(format!("{} {}", good(format!("created the scope {}", made.name)), dim(&made.url)));
        ui.line(dim(format!("in a workspace: bit remote add {} {}", made.name, made.url)));
        Ok(())
    }
}
