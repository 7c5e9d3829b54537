use crate::cli::commands::current_folder;
use crate::cli::commands::fork::HowToFork;
use crate::cli::commands::import::follow;
use crate::cli::commands::successors::tell;
use crate::cli::ui::Ui;
use crate::model::ScopeName;
use crate::ops::fork::{ForkOptions, fork_scope};
use anyhow::Result;
use clap::Args;

/// Make a new component of each component of a scope
///
/// They begin as "bit fork" lets them begin, and import one another.
#[derive(Args)]
pub struct Fork {
    /// The scope
    #[arg(value_name = "SCOPE")]
    scope: String,
    /// The scope of the new components; the workspace's default scope without it
    #[arg(value_name = "NEW SCOPE")]
    new: Option<String>,
    #[command(flatten)]
    how: HowToFork,
}

impl Fork {
    /// Forks and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let scope = ScopeName::new(&self.scope)?;
        let new = self.new.as_deref().map(ScopeName::new).transpose()?;
        let options =
            ForkOptions { what: format!("{scope}/*"), scope: new, dry_run: self.how.dry_run, ..ForkOptions::default() };
        let progress = ui.progress();
        let done = fork_scope(&current_folder()?, &scope, &options, &follow(ui, self.how.yes), &progress)?;
        drop(progress);
        tell(ui, done, "forked", self.how.dry_run)
    }
}
