use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::ops::remove::{Files, Guarded, Record, RemoveOptions, Removed, remove};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Stop tracking components; their files and their versions stay
///
/// Nothing changes in any remote scope. Modified components are refused, and so are those that other
/// components of the workspace depend on.
#[derive(Args)]
pub struct Remove {
    /// Ids and patterns
    #[arg(required = true, value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// Delete the components' files too; ignored and unknown files in their folders stay
    #[arg(long)]
    delete_files: bool,
    /// Keep the files (the default)
    #[arg(long, conflicts_with = "delete_files")]
    keep_files: bool,
    /// Keep tracking the folders: the components become new again
    #[arg(long, short = 't', conflicts_with = "delete_files")]
    track: bool,
    /// Also components that are modified, or that others depend on
    #[arg(long, short = 'f')]
    force: bool,
    /// Accepted for scripts; remove asks nothing
    #[arg(long, short = 's', hide = true)]
    silent: bool,
}

impl Remove {
    /// Removes and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = RemoveOptions {
            ids: self.ids,
            files: if self.delete_files { Files::Delete } else { Files::Keep },
            record: if self.track { Record::BeginAnew } else { Record::Drop },
            guarded: if self.force { Guarded::Remove } else { Guarded::Refuse },
        };
        let progress = ui.progress();
        let (workspace, removed) = remove(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        super::warn_of_links(ui, &removed.links);
        let all_done = warn(ui, &removed);
        ui.json(&to_json(&removed))?;
        print(ui, &removed, options.record);
        Ok(if all_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Says what could not be deleted; whether all files could.
fn warn(ui: &Ui, removed: &Removed) -> bool {
    for (package, why) in &removed.links_left {
        ui.warning(format!("node_modules/{package} could not be removed: {why}"));
    }
    let failed: Vec<_> = removed
        .components
        .iter()
        .filter_map(|(_, deleted)| deleted.as_ref())
        .flat_map(|deleted| &deleted.failed)
        .collect();
    for (file, why) in &failed {
        ui.warning(format!("{} could not be deleted: {why}", visible(file)));
    }
    failed.is_empty()
}

fn print(ui: &Ui, removed: &Removed, record: Record) {
    ui.line(good("successfully removed components"));
    for (id, deleted) in &removed.components {
        let files = match deleted {
            None if record == Record::BeginAnew => "its folder is tracked, it is new again".to_owned(),
            None => "its files stay".to_owned(),
            Some(deleted) if deleted.folder_remains => {
                format!("{} deleted; what else is in the folder stays", count(deleted.files, "file"))
            }
            Some(deleted) => format!("{} deleted", count(deleted.files, "file")),
        };
        ui.line(format!("  > {id} {}", dim(format!("({files})"))));
    }
    if !removed.staged.is_empty() {
        let staged: Vec<String> = removed.staged.iter().map(ToString::to_string).collect();
        ui.line(format!("staged versions stay in the local scope: {}", staged.join(", ")));
    }
}

fn to_json(removed: &Removed) -> Value {
    let component = |(id, deleted): &(crate::model::ComponentId, Option<crate::workspace::Deleted>)| {
        let failed = deleted.iter().flat_map(|deleted| &deleted.failed).map(|(file, _)| file).collect::<Vec<_>>();
        json!({"id": id, "deletedFiles": deleted.as_ref().map_or(0, |deleted| deleted.files), "failedFiles": failed})
    };
    json!({
        "removedComponents": removed.components.iter().map(component).collect::<Vec<_>>(),
        "stagedVersions": removed.staged,
    })
}
