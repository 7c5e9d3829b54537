use super::{count, current_folder};
use crate::cli::ui::Ui;
use crate::ops::search::{Field, Matching, matching};
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

/// Show which components a pattern names
///
/// A pattern is matched against scope/name and name. A star crosses slashes: "ui/*" names ui/forms/input too.
/// Lists are joined by commas, "!" excludes: "ui/*,!ui/old/*". Quote it, so that the shell leaves it alone.
#[derive(Args)]
pub struct Pattern {
    /// The pattern
    pattern: String,
    /// Among the components that scopes have now, asked over the network: "my-org.ui/**"
    #[arg(long, short = 'r')]
    remote: bool,
    /// With --remote: don't ask the scopes, look at what they had when this workspace last saw them
    #[arg(long, requires = "remote")]
    cached: bool,
}

impl Pattern {
    /// Matches and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let field = match (self.remote, self.cached) {
            (false, _) => Field::Workspace,
            (true, false) => Field::Scopes,
            (true, true) => Field::Cached,
        };
        let (workspace, Matching { ids, nearest }) =
            matching(&current_folder()?, &self.pattern, field, &ui.progress())?;
        workspace.iter().for_each(|workspace| ui.notices(workspace));
        if self.cached {
            ui.note("(as the scopes were last seen)");
        }
        ui.json(&ids)?;
        ui.line(format!("found {}", count(ids.len(), "component")));
        ids.iter().for_each(|id| ui.line(id));
        if let Some(nearest) = nearest {
            ui.note(format!("did you mean \"{nearest}\"?"));
        }
        Ok(ExitCode::SUCCESS)
    }
}
