use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, warm};
use crate::ops::log::{LogOptions, LoggedVersion, log};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Show the versions of a component, the newest first
#[derive(Args)]
pub struct Log {
    /// The component; with "@1.0.0" only that version and those it was made from
    #[arg(value_name = "ID")]
    id: String,
    /// A line for each
    #[arg(long, short = 'o')]
    oneline: bool,
    /// At most so many
    #[arg(long, short = 'n', value_name = "NUMBER")]
    limit: Option<usize>,
}

impl Log {
    /// Tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = LogOptions { id: self.id, limit: self.limit };
        let (workspace, found) = log(&current_folder()?, &options, &ui.progress())?;
        ui.notices(&workspace);
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
    let indented = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("\n    {line}") };
    let message: String = version.message.lines().map(indented).collect();
    format!(
        "{}{}\ncommit {}\nauthor {name} <{address}>\ndate   {}\n{message}",
        good(format!("tag {}", version.version)),
        marks(version),
        version.commit,
        version.moment,
    )
}

fn one_line(version: &LoggedVersion) -> String {
    let message = version.message.lines().next().unwrap_or_default();
    let (name, _) = &version.author;
    let (number, commit) = (good(&version.version), dim(version.commit.short()));
    format!("{number} {commit} {} {name}: {message}{}", version.moment.day(), marks(version))
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
    })
}
