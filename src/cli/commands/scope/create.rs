use crate::cli::commands::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::errors::for_shell;
use crate::model::ScopeName;
use crate::ops::scope::{CreateOptions, Created, Used, create};
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// Make a scope: a new bare repository in a folder or over ssh, or an empty one that exists at any URL
///
/// On a host with a web page, make an empty repository there first.
#[derive(Args)]
pub struct Create {
    /// A folder or a URL
    #[arg(value_name = "FOLDER OR URL")]
    place: String,
    /// The scope's name; the last part of the place without it
    #[arg(long)]
    name: Option<String>,
    /// What the scope is for
    #[arg(long, default_value = "")]
    description: String,
    /// Take a repository that holds something: its files stay, the catalog is committed on top of its default branch
    #[arg(long)]
    adopt: bool,
}

impl Create {
    /// Makes it and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let Self { place, name, description, adopt } = self;
        let name = name.as_deref().map(ScopeName::new).transpose()?;
        let used = if adopt { Used::Adopt } else { Used::Refuse };
        print(ui, &create(&current_folder()?, &CreateOptions { place, name, description, used })?)
    }
}

/// Tells of a new scope.
pub fn print(ui: &Ui, made: &Created) -> Result<()> {
    ui.json(&json!({"name": made.name, "url": made.url}))?;
    ui.line(format!("{} {}", good(format!("created the scope {}", made.name)), dim(&made.url)));
    ui.line(dim(format!("in a workspace: bit remote add {}", for_shell(&made.remote))));
    Ok(())
}
