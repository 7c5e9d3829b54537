use super::{count, current_folder, whom};
use crate::cli::ui::{Ui, dim, good, visible, warm};
use crate::ops::log::{LogOptions, LoggedVersion, log};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Show the versions of a component, the newest first
///
/// Those that are in the local scope; with --remote those that the scope has now, outside of a workspace too.
#[derive(Args)]
pub struct Log {
    /// The component; with "@1.0.0" only that version and those it was made from
    #[arg(value_name = "ID")]
    id: String,
    /// A line for each
    #[arg(long, short = 'o')]
    oneline: bool,
    /// Ask its scope over the network; with a value this one: its name, or its URL or folder ("./scope")
    #[arg(long, short = 'r', value_name = "SCOPE|URL", num_args = 0..=1, require_equals = true)]
    remote: Option<Option<String>>,
    /// At most so many
    #[arg(long, short = 'n', value_name = "NUMBER")]
    limit: Option<usize>,
}

impl Log {
    /// Tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let here = current_folder()?;
        let options = LogOptions { id: self.id, limit: self.limit, remote: whom(self.remote, &here)? };
        let (workspace, found) = log(&here, &options, &ui.progress())?;
        workspace.iter().for_each(|workspace| ui.notices(workspace));
        ui.json(&found.versions.iter().map(to_json).collect::<Vec<Value>>())?;
        for (at, version) in found.versions.iter().enumerate() {
            match self.oneline {
                true => ui.line(one_line(version)),
                false if at == 0 => ui.line(paragraph(version)),
                false => ui.line(format!("\n{}", paragraph(version))),
            }
        }
        if !found.elsewhere.is_empty() {
            let number = count(found.elsewhere.len(), "more version");
            ui.note(format!("{number} in the catalog of {}, not here: \"bit import\" brings them", found.id.scope));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn paragraph(version: &LoggedVersion) -> String {
    let (name, address) = &version.author;
    let indented = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("\n    {}", visible(line)) };
    let message: String = version.message.lines().map(indented).collect();
    let origin = version.origin.as_ref().map(|origin| format!("origin {origin}\n")).unwrap_or_default();
    format!(
        "{}{}\ncommit {}\nauthor {}\ndate   {}\n{origin}{message}",
        good(format!("tag {}", version.version)),
        marks(version),
        version.commit,
        visible(&format!("{name} <{address}>")),
        version.moment,
    )
}

fn one_line(version: &LoggedVersion) -> String {
    let message = version.message.lines().next().unwrap_or_default();
    let (name, _) = &version.author;
    let (number, commit) = (good(&version.version), dim(version.commit.short()));
    let words = visible(&format!("{name}: {message}"));
    let origin = version.origin.as_ref().map(|origin| dim(format!(" [copy of {origin}]"))).unwrap_or_default();
    format!("{number} {commit} {} {words}{origin}{}", version.moment.day(), marks(version))
}

fn marks(version: &LoggedVersion) -> String {
    let marks = [
        (version.is_current, "current"),
        (version.is_staged, "staged"),
        (version.is_maintenance, "maintenance"),
        (version.is_deprecated, "deprecated"),
        (version.is_removed, "removed"),
    ];
    let marks: Vec<&str> = marks.into_iter().filter_map(|(is_so, mark)| is_so.then_some(mark)).collect();
    if marks.is_empty() { String::new() } else { warm(format!(" ({})", marks.join(", "))) }
}

fn to_json(version: &LoggedVersion) -> Value {
    json!({
        "tag": version.version,
        "hash": version.commit,
        "message": version.message,
        "date": version.moment.to_string(),
        "username": version.author.0,
        "email": version.author.1,
        "deleted": version.is_removed,
        "deprecated": version.is_deprecated,
        "current": version.is_current,
        "staged": version.is_staged,
        "maintenance": version.is_maintenance,
        "origin": version.origin,
    })
}
