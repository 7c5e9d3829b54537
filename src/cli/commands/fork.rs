use super::current_folder;
use super::import::follow;
use super::successors::tell;
use crate::cli::ui::Ui;
use crate::model::ScopeName;
use crate::ops::Importers;
use crate::ops::fork::{ForkOptions, Reference, fork};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Make a new component that begins as another one
///
/// A component of the workspace is forked as its folder is now, any other one as its latest version, or the one that is
/// named. The new one has no versions yet; it says where it comes from. Components that are forked together go on
/// importing one another.
#[derive(Args)]
pub struct Fork {
    /// The component, with a version or without; a pattern names many
    #[arg(value_name = "ID OR PATTERN")]
    what: String,
    /// Its new name; the old one without it
    #[arg(value_name = "NEW NAME")]
    name: Option<String>,
    /// The scope of the new component; the workspace's default scope without it
    #[arg(long, short = 's', value_name = "SCOPE")]
    scope: Option<String>,
    /// The new component's folder; of several, the one around theirs
    #[arg(long, short = 'p', value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// Let the other components of the workspace import the new one, by its package
    #[arg(long, short = 'r')]
    refactor: bool,
    /// Don't note where the new component comes from
    #[arg(long)]
    no_link: bool,
    #[command(flatten)]
    how: HowToFork,
}

/// The options of everything that forks.
#[derive(Args)]
pub struct HowToFork {
    /// Remember where scopes are that other scopes name, without a question
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Only say what would be done; versions that are not here are brought into the local scope for that
    #[arg(long)]
    pub dry_run: bool,
    /// Accepted for older scripts; bit installs nothing
    #[arg(long, short = 'x', hide = true)]
    skip_dependency_installation: bool,
}

impl Fork {
    /// Forks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = ForkOptions {
            scope: self.scope.as_deref().map(ScopeName::new).transpose()?,
            what: self.what,
            name: self.name,
            path: self.path,
            importers: importers(self.refactor),
            reference: if self.no_link { Reference::Omit } else { Reference::Keep },
            dry_run: self.how.dry_run,
        };
        let progress = ui.progress();
        let done = fork(&current_folder()?, &options, &follow(ui, self.how.yes), &progress)?;
        drop(progress);
        tell(ui, done, "forked", options.dry_run)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What `--refactor` says.
pub fn importers(refactor: bool) -> Importers {
    if refactor { Importers::Follow } else { Importers::Leave }
}
