use super::{amended, current_folder, deprecation_json, joined, whom};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::model::{ComponentId, Deprecation};
use crate::ops::deprecation::{DeprecateOptions, Said, deprecate, deprecate_there, undeprecate, undeprecate_there};
use crate::ops::{Amended, Workspace};
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
            Some(whom) => (changed_there(ui, deprecate_there(&here, options, whom, &ui.progress())?), ""),
            None => {
                let (workspace, changed) = deprecate(&here, &options, &ui.progress())?;
                ui.notices(&workspace);
                (changed, PUBLISHED_LATER)
            }
        };
        let ids: Vec<ComponentId> = changed.iter().map(|(id, _)| id.clone()).collect();
        let replaced = changed.iter().filter_map(|(id, before)| Some((id, before.as_ref()?)));
        let json =
            |(id, before): (&ComponentId, &Deprecation)| json!({"id": id, "deprecation": deprecation_json(before)});
        ui.json(&json!({"deprecated": ids, "replaced": replaced.clone().map(json).collect::<Vec<_>>()}))?;
        if ids.is_empty() {
            ui.line(format!("{UNCHANGED}: deprecated so already"));
            return Ok(ExitCode::SUCCESS);
        }
        ui.line(format!("deprecated components: {}", joined(&ids)));
        for (id, before) in replaced {
            ui.line(format!("  > {id} {}", dim(format!("instead of {}", visible(&in_words(before))))));
        }
        let done = good(format!("{} component(s) deprecated", ids.len()));
        ui.line(match when {
            "" => done.to_string(),
            when => format!("{done} {}", dim(when)),
        });
        Ok(ExitCode::SUCCESS)
    }
}

/// What a scope said before goes with the components for which the change was one.
fn changed_there(ui: &Ui, (workspace, mut there): (Option<Workspace>, Amended)) -> Said {
    let mut said = std::mem::take(&mut there.said);
    amended(ui, (workspace, there)).into_iter().map(|id| (id.clone(), said.remove(&id))).collect()
}

fn in_words(before: &Deprecation) -> String {
    let what = match before.message.as_str() {
        "" => "a deprecation without a word".to_owned(),
        message => format!("\"{message}\""),
    };
    let of = before.range.as_ref().map_or_else(|| "all versions".to_owned(), |range| format!("the versions {range}"));
    let new_id = before.new_id.iter().map(|id| format!(", use {id}")).collect::<String>();
    format!("{what}, of {of}{new_id}")
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
