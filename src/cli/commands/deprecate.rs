use super::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::ops::deprecation::{DeprecateOptions, deprecate, undeprecate};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Advise against using components, or some of their versions
///
/// It is noted in .bitmap, and published with the next export. The versions stay, and so do the files.
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
}

/// Take deprecations back
#[derive(Args)]
pub struct Undeprecate {
    /// An id or a pattern; several in one: "a,b"
    #[arg(value_name = "ID OR PATTERN")]
    pattern: String,
}

const UNCHANGED: &str = "no changes have been made";
const PUBLISHED_LATER: &str = "(the next \"bit export\" publishes it)";

impl Deprecate {
    /// Deprecates and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let Self { pattern, message, new_id, range } = self;
        let options = DeprecateOptions { pattern, message, new_id, range };
        let (workspace, changed) = deprecate(&current_folder()?, &options, &ui.progress())?;
        ui.notices(&workspace);
        ui.json(&json!({"deprecated": changed}))?;
        if changed.is_empty() {
            ui.line(format!("{UNCHANGED}: deprecated so already"));
            return Ok(ExitCode::SUCCESS);
        }
        let ids: Vec<String> = changed.iter().map(ToString::to_string).collect();
        ui.line(format!("deprecated components: {}", ids.join(", ")));
        ui.line(format!("{} {}", good(format!("{} component(s) deprecated", changed.len())), dim(PUBLISHED_LATER)));
        Ok(ExitCode::SUCCESS)
    }
}

impl Undeprecate {
    /// Takes back and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let (workspace, changed) = undeprecate(&current_folder()?, &self.pattern, &ui.progress())?;
        ui.notices(&workspace);
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
