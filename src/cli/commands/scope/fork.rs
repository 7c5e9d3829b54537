use crate::cli::commands::current_folder;
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
    /// Remember where scopes are that other scopes name, without a question
    #[arg(long, short = 'y')]
    yes: bool,
    /// Only say what would be done; versions that are not here are brought into the local scope for that
    #[arg(long)]
    dry_run: bool,
    /// Accepted for older scripts; bit installs nothing
    #[arg(long, short = 'x', hide = true)]
    skip_dependency_installation: bool,
}

impl Fork {
    /// Forks and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let scope = ScopeName::new(&self.scope)?;
        let new = self.new.as_deref().map(ScopeName::new).transpose()?;
        let options =
            ForkOptions { what: format!("{scope}/*"), scope: new, dry_run: self.dry_run, ..ForkOptions::default() };
        let progress = ui.progress();
        let done = fork_scope(&current_folder()?, &scope, &options, &follow(ui, self.yes), &progress)?;
        drop(progress);
        tell(ui, done, "forked", self.dry_run)
    }
}
