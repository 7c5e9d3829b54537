use super::current_folder;
use super::fork::importers;
use super::successors::tell;
use crate::cli::ui::Ui;
use crate::model::ScopeName;
use crate::ops::rename::{Manner, Original, RenameOptions, rename};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Give a component another name
///
/// What was never exported has the new name from now on, its staged versions too. What was exported can't change: a new
/// component goes on in a folder of its own, and the old one is deprecated with a pointer to it once the new one is exported.
#[derive(Args)]
pub struct Rename {
    /// The component
    #[arg(value_name = "ID")]
    id: String,
    /// Its new name
    #[arg(value_name = "NEW NAME")]
    name: String,
    /// Its new scope
    #[arg(long, short = 's', value_name = "SCOPE")]
    scope: Option<String>,
    /// Its new folder
    #[arg(long, short = 'p', value_name = "FOLDER")]
    path: Option<PathBuf>,
    #[command(flatten)]
    how: HowToRename,
}

/// The options of everything that renames.
#[derive(Args)]
pub struct HowToRename {
    /// Let the other components of the workspace import it by its new package
    #[arg(long, short = 'r')]
    refactor: bool,
    /// Deprecate the old one, if it was exported; it is what happens anyway
    #[arg(long)]
    deprecate: bool,
    /// Remove the old one from its scope instead, if it was exported
    #[arg(long, conflicts_with = "deprecate")]
    delete: bool,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

impl HowToRename {
    /// What they say.
    pub fn manner(&self) -> Manner {
        let original = if self.delete { Original::Remove } else { Original::Deprecate };
        Manner { importers: importers(self.refactor), original, dry_run: self.dry_run }
    }
}

impl Rename {
    /// Renames and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let manner = self.how.manner();
        let scope = self.scope.as_deref().map(ScopeName::new).transpose()?;
        let options = RenameOptions { id: self.id, name: self.name, scope, path: self.path, manner };
        let progress = ui.progress();
        let done = rename(&current_folder()?, &options, &progress)?;
        drop(progress);
        tell(ui, done, "renamed", manner.dry_run)?;
        Ok(ExitCode::SUCCESS)
    }
}
