use super::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::errors;
use crate::model::Version;
use crate::ops::reset::{NeededVersions, Reach, Reset as Outcome, ResetComponent, ResetOptions, reset};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Take staged versions back; files are not touched
///
/// A staged version was tagged here and not exported yet. Exported versions stay, and so do versions that others
/// need. A component whose only version is taken back becomes new again.
#[derive(Args)]
pub struct Reset {
    /// Ids (with "@version" for one version) and patterns
    #[arg(value_name = "ID OR PATTERN", required_unless_present_any = ["all", "head"])]
    ids: Vec<String>,
    /// All staged versions of all components, removed ones too; with a version, that one wherever it is staged
    #[arg(long, short = 'a')]
    all: bool,
    /// Only the newest staged version of each component; without ids, where no version that stays needs it
    #[arg(long)]
    head: bool,
    /// Also versions that others need
    #[arg(long, short = 'f')]
    force: bool,
    /// Accepted for scripts; reset asks nothing
    #[arg(long, hide = true)]
    silent: bool,
}

impl Reset {
    /// Takes back and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let (ids, version) = split_version(self.ids, self.all)?;
        let options = ResetOptions {
            ids,
            version,
            reach: match (self.head, self.all) {
                (true, _) => Reach::Heads,
                (false, true) => Reach::Everything,
                (false, false) => Reach::Named,
            },
            needed: if self.force { NeededVersions::TakeBack } else { NeededVersions::Protect },
        };
        let (workspace, outcome) = reset(&current_folder()?, &options, &ui.progress())?;
        ui.notices(&workspace);
        ui.json(&to_json(&outcome))?;
        if outcome.components.is_empty() {
            ui.line("nothing to reset: no version is staged");
            return Ok(ExitCode::SUCCESS);
        }
        ui.line(good(format!("{} component(s) reset successfully", outcome.components.len())));
        for ResetComponent { id, versions, now, merging } in &outcome.components {
            let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
            let now = match now {
                Some(now) => match merging {
                    Some(theirs) => format!("now at {now}, in the middle of the merge with the other side's {theirs}"),
                    None => format!("now at {now}"),
                },
                None if workspace.bitmap.get(id).is_some() => "new again".to_owned(),
                None => "not in the workspace".to_owned(),
            };
            ui.line(format!("  > {id}: {} {}", versions.join(", "), dim(format!("({now})"))));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// `bit reset button 0.0.2`: a last word that is a version says which one. With --all it may stand alone.
fn split_version(mut ids: Vec<String>, all: bool) -> Result<(Vec<String>, Option<Version>)> {
    let last = ids.last().and_then(|last| Version::new(last).ok());
    match last {
        Some(version) if ids.len() == 1 && !all => Err(errors::version_of_nothing(&version)),
        Some(version) => {
            ids.pop();
            Ok((ids, Some(version)))
        }
        None => Ok((ids, None)),
    }
}

fn to_json(outcome: &Outcome) -> Value {
    let component = |one: &ResetComponent| json!({"id": one.id, "versions": one.versions, "current": one.now, "merging": one.merging});
    json!({ "reset": outcome.components.iter().map(component).collect::<Vec<_>>() })
}
