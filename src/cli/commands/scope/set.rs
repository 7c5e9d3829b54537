use crate::cli::commands::{count, current_folder, warn_of_links};
use crate::cli::ui::{Ui, dim, good};
use crate::model::{ComponentId, ScopeName};
use crate::ops::scope::{Moved, SetScope, set};
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// Choose the scope of components to come, or of new ones that are named
///
/// Components that are there keep their scope. Those that never had a version can be named, to be given another one.
#[derive(Args)]
pub struct Set {
    /// The scope
    scope: String,
    /// New components; without them, the workspace's default scope is set
    #[arg(value_name = "ID OR PATTERN")]
    ids: Vec<String>,
}

impl Set {
    /// Sets it and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let scope = ScopeName::new(&self.scope)?;
        let progress = ui.progress();
        let (workspace, outcome) = set(&current_folder()?, &scope, &self.ids, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        match outcome {
            SetScope::Default { before, kept } => print_default(ui, &scope, &before, &kept),
            SetScope::Components { moved, links } => {
                warn_of_links(ui, &links);
                print_moved(ui, &scope, &moved)
            }
        }
    }
}

fn print_default(ui: &Ui, scope: &ScopeName, before: &ScopeName, kept: &[ComponentId]) -> Result<()> {
    ui.json(&json!({"defaultScope": scope, "before": before, "kept": kept, "changed": []}))?;
    match scope == before {
        true => ui.line(format!("the default scope is {scope} already")),
        false => {
            ui.line(format!("{} {scope} {}", good("new components get the scope"), dim(format!("(was {before})"))))
        }
    }
    if !kept.is_empty() {
        ui.line(format!("{} kept the scope {before}:", count(kept.len(), "new component")));
        kept.iter().for_each(|id| ui.line(format!("  > {id}")));
        let ids: Vec<String> = kept.iter().map(ToString::to_string).collect();
        ui.line(dim(format!("\"bit scope set {scope} {}\" gives them the new one", ids.join(" "))));
    }
    Ok(())
}

fn print_moved(ui: &Ui, scope: &ScopeName, moved: &[Moved]) -> Result<()> {
    ui.json(&json!({"scope": scope, "changed": moved.iter().map(|one| json!({"from": one.from, "to": one.to})).collect::<Vec<_>>()}))?;
    if moved.is_empty() {
        ui.line(format!("nothing to change: the scope is {scope} already"));
        return Ok(());
    }
    ui.line(good(format!(
        "{} now {} the scope {scope}",
        count(moved.len(), "component"),
        if moved.len() == 1 { "has" } else { "have" }
    )));
    for one in moved {
        let (before, after) = one.packages();
        ui.line(format!("  > {} {}", one.to, dim(format!("(import it as {after}, no longer as {before})"))));
    }
    Ok(())
}
