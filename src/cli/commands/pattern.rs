use super::{count, current_folder, whom};
use crate::cli::ui::Ui;
use crate::errors;
use crate::ops::search::{Field, Matching, Seen, matching};
use crate::ops::{Place, Whom};
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
    /// Among the components that scopes have now, asked over the network: "my-org.ui/**"; with a value among those of
    /// this one: its name, or its URL or folder ("./scope")
    #[arg(long, short = 'r', value_name = "SCOPE|URL", num_args = 0..=1, require_equals = true)]
    remote: Option<Option<String>>,
    /// With --remote: don't ask the scopes, look at what they had when this workspace last saw them
    #[arg(long, requires = "remote")]
    cached: bool,
}

impl Pattern {
    /// Matches and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let here = current_folder()?;
        let seen = if self.cached { Seen::Last } else { Seen::Now };
        let field = match whom(self.remote, &here)? {
            None => Field::Workspace,
            Some(Whom::At(Place::Url(url))) if self.cached => return Err(errors::cached_by_name(&url.to_string())),
            Some(whom) => Field::Scopes(whom, seen),
        };
        let (workspace, Matching { ids, nearest }) = matching(&here, &self.pattern, &field, &ui.progress())?;
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
