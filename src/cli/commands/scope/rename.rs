use crate::cli::commands::current_folder;
use crate::cli::commands::rename::HowToRename;
use crate::cli::commands::successors::tell;
use crate::cli::ui::Ui;
use crate::model::ScopeName;
use crate::ops::scope::{rename_owner, rename_scope};
use anyhow::Result;
use clap::Args;

/// Give the components of a scope another scope, here in the workspace
///
/// Each is renamed as "bit rename" does it; the default scope in workspace.jsonc follows. The scope itself keeps its
/// name and all that is in it.
#[derive(Args)]
pub struct Rename {
    /// The scope
    #[arg(value_name = "SCOPE")]
    old: String,
    /// The new one
    #[arg(value_name = "NEW SCOPE")]
    new: String,
    #[command(flatten)]
    how: HowToRename,
}

/// Give all scopes of an owner another owner, here in the workspace
///
/// "old.ui" becomes "new.ui" for every component, as "bit scope rename" does it.
#[derive(Args)]
pub struct RenameOwner {
    /// The owner: what stands before the dot
    #[arg(value_name = "OWNER")]
    old: String,
    /// The new one
    #[arg(value_name = "NEW OWNER")]
    new: String,
    #[command(flatten)]
    how: HowToRename,
}

impl Rename {
    /// Renames and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let (old, new, manner) = (ScopeName::new(&self.old)?, ScopeName::new(&self.new)?, self.how.manner());
        let progress = ui.progress();
        let done = rename_scope(&current_folder()?, &old, &new, manner, &progress)?;
        drop(progress);
        tell(ui, done, "renamed", manner.dry_run)
    }
}

impl RenameOwner {
    /// Renames and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let manner = self.how.manner();
        let progress = ui.progress();
        let done = rename_owner(&current_folder()?, &self.old, &self.new, manner, &progress)?;
        drop(progress);
        tell(ui, done, "renamed", manner.dry_run)
    }
}
