use super::import::bring;
use crate::cli::ui::Ui;
use crate::ops::import::{ImportOptions, Wanted};
use crate::ops::packages::Install;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Bring the sources of ejected components back: their packages go
///
/// It is what "bit import" does with a component that is a package of the workspace.
#[derive(Args)]
pub struct Uneject {
    /// Ids (my-org.ui/button, my-org.ui/button@1.0.0) and patterns ('my-org.ui/forms/*')
    #[arg(required = true, value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// The component's folder; of several components, the one around theirs
    #[arg(long, short = 'p', value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// Change package.json, and leave installing to you
    #[arg(long, short = 'x')]
    skip_dependency_installation: bool,
    /// Believe scopes that say where other scopes are, without a question
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Uneject {
    /// Imports and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let install = if self.skip_dependency_installation { Install::Leave } else { Install::Run };
        let options = ImportOptions { wanted: Wanted::Named(self.ids), path: self.path, ..ImportOptions::default() };
        bring(ui, &options, install, self.yes)
    }
}
