use super::eject::{packages_json, print_packages};
use super::import::follow;
use super::{current_folder, warn_of_links};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::ops::update::{Updated, update};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Move components that are packages of the workspace to newer versions
///
/// Without words all of them move to the latest versions of their scopes.
#[derive(Args)]
pub struct Update {
    /// Packages (@my-org/ui.button) or ids (my-org.ui/button, my-org.ui/button@1.0.0)
    #[arg(value_name = "PACKAGE OR ID")]
    words: Vec<String>,
    /// Believe scopes that say where other scopes are, without a question
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Update {
    /// Updates and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let progress = ui.progress();
        let (workspace, updated) = update(&current_folder()?, &self.words, &follow(ui, self.yes), &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&to_json(&updated))?;
        match updated.components.is_empty() {
            true => {
                ui.line(good(nothing_to_do(&updated)));
                let removed = updated.packages.removed.iter();
                removed.for_each(|path| ui.line(format!("  > {} {}", visible(path), dim("removed: nothing needs it"))));
            }
            false => {
                ui.line(good("updated packages"));
                updated.components.iter().for_each(|(from, to)| ui.line(format!("  > {to} (from {})", from.version)));
                print_packages(ui, &updated.packages);
            }
        }
        warn_of_links(ui, &updated.links);
        Ok(ExitCode::SUCCESS)
    }
}

/// What is there need not be the latest where somebody named a version.
fn nothing_to_do(updated: &Updated) -> String {
    let already: Vec<String> = updated.already.iter().map(ToString::to_string).collect();
    match (already.is_empty(), updated.newer.is_empty()) {
        (false, _) => format!("nothing to update: {} already", already.join(", ")),
        (true, true) => "nothing to update: every package is at its component's latest version".to_owned(),
        (true, false) => {
            "nothing to update: every package is at its component's latest version, or a newer one".to_owned()
        }
    }
}

fn to_json(updated: &Updated) -> Value {
    let moved: Vec<Value> =
        updated.components.iter().map(|(from, to)| json!({"id": to, "from": from.version})).collect();
    json!({"updated": moved, "packages": packages_json(&updated.packages)})
}
