use super::{amended, current_folder, joined, whom};
use crate::cli::ui::{Ui, dim, good};
use crate::ops::deprecation::{DeprecateOptions, deprecate, deprecate_there, undeprecate, undeprecate_there};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Advise against using components, or some of their versions
///
/// It is noted in .bitmap, and published with the next export; with --remote the scope says so at once, which works
/// outside of a workspace too. The versions stay, and so do the files.
#[derive(Args)]
pub struct Deprecate {
    /// An id or a pattern; several in one: "a,b"
    #[arg(value_name = "ID OR PATTERN")]
    pattern: String,
    /// Why, and what to do
    message: Option<String>,
    /// The component to use instead
    #[arg(long, value_name = "ID")]
    new_id: Option<String>,
    /// Only these versions, as an npm range: "<2.0.0"
    #[arg(long)]
    range: Option<String>,
    /// At once, in its scope; with a value in this one: its name, or its URL or folder ("./scope")
    #[arg(long, short = 'r', value_name = "SCOPE|URL", num_args = 0..=1, require_equals = true)]
    remote: Option<Option<String>>,
}

/// Take deprecations back
#[derive(Args)]
pub struct Undeprecate {
    /// An id or a pattern; several in one: "a,b"
    #[arg(value_name = "ID OR PATTERN")]
    pattern: String,
    /// At once, in its scope; with a value in this one: its name, or its URL or folder ("./scope")
    #[arg(long, short = 'r', value_name = "SCOPE|URL", num_args = 0..=1, require_equals = true)]
    remote: Option<Option<String>>,
}

const UNCHANGED: &str = "no changes have been made";
const PUBLISHED_LATER: &str = "(the next \"bit export\" publishes it)";

impl Deprecate {
    /// Deprecates and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let here = current_folder()?;
        let Self { pattern, message, new_id, range, remote } = self;
        let options = DeprecateOptions { pattern, message, new_id, range };
        let (changed, when) = match whom(remote, &here)? {
            Some(whom) => (amended(ui, deprecate_there(&here, options, whom, &ui.progress())?), ""),
            None => {
                let (workspace, changed) = deprecate(&here, &options, &ui.progress())?;
                ui.notices(&workspace);
                (changed, PUBLISHED_LATER)
            }
        };
        ui.json(&json!({"deprecated": changed}))?;
        if changed.is_empty() {
            ui.line(format!("{UNCHANGED}: deprecated so already"));
            return Ok(ExitCode::SUCCESS);
        }
        ui.line(format!("deprecated components: {}", joined(&changed)));
        let done = good(format!("{} component(s) deprecated", changed.len()));
        ui.line(format!("{done} {}", dim(when)).trim_end());
        Ok(ExitCode::SUCCESS)
    }
}

impl Undeprecate {
    /// Takes back and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let here = current_folder()?;
        let changed = match whom(self.remote, &here)? {
            Some(whom) => amended(ui, undeprecate_there(&here, self.pattern, whom, &ui.progress())?),
            None => {
                let (workspace, changed) = undeprecate(&here, &self.pattern, &ui.progress())?;
                ui.notices(&workspace);
                changed
            }
        };
        ui.json(&json!({"undeprecated": changed}))?;
        if changed.is_empty() {
            ui.line(format!("{UNCHANGED}: not deprecated"));
            return Ok(ExitCode::SUCCESS);
        }
        changed.iter().for_each(|id| ui.line(format!("  > {id}")));
        ui.line(good(format!("{} component(s) undeprecated successfully", changed.len())));
        Ok(ExitCode::SUCCESS)
    }
}
