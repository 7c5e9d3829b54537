use super::current_folder;
use crate::cli::ui::{Ui, good};
use crate::ops::merge_driver::{Driven, DriverOptions, merge_driver};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Merge .bitmap by component, where git merges branches
///
/// "bit init --merge-driver" tells git of it.
#[derive(Args)]
pub struct Bitmap {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    MergeDriver(MergeDriver),
}

/// Merge three files that git hands over; the result is written into the second
///
/// Components are merged one by one, and of a component what is recorded of it. What a person has to decide gets
/// git's conflict markers, and the exit code is 1.
#[derive(Args)]
struct MergeDriver {
    /// What both sides began from (%O)
    base: PathBuf,
    /// Our side (%A)
    ours: PathBuf,
    /// Their side (%B)
    theirs: PathBuf,
    /// Where the file is in the repository (%P)
    path: Option<PathBuf>,
}

impl Bitmap {
    /// Merges and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let Action::MergeDriver(MergeDriver { base, ours, theirs, path }) = self.action;
        let driven = merge_driver(&current_folder()?, &DriverOptions { base, ours, theirs, path })?;
        let (conflicts, is_clean) = match &driven {
            Driven::Clean => (&[][..], true),
            Driven::Conflicts(conflicts) => (conflicts.as_slice(), false),
            Driven::ByLines { reason, is_clean } => {
                ui.warning(format!("{reason}; git's own merge of lines was made instead"));
                (&[][..], *is_clean)
            }
        };
        for conflict in conflicts {
            ui.warning(format!("merging .bitmap: {}: {}", conflict.id, conflict.what));
        }
        ui.json(&json!({
            "clean": is_clean,
            "conflicts": conflicts.iter().map(|found| json!({"id": found.id, "what": found.what})).collect::<Vec<_>>(),
        }))?;
        if is_clean {
            ui.line(good("merged .bitmap"));
        }
        Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
