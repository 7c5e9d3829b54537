use super::{place_of, to_json};
use crate::cli::commands::current_folder;
use crate::cli::ui::{Paint, Table, Ui, plain};
use crate::ops::scope::list;
use anyhow::Result;
use clap::Args;

/// List the scopes that the workspace knows: of its components, of remotes, and those it has seen
#[derive(Args)]
pub struct List {}

impl List {
    /// Lists them.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let progress = ui.progress();
        let (workspace, scopes) = list(&current_folder()?, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&scopes.iter().map(to_json).collect::<Vec<_>>())?;
        if scopes.is_empty() {
            ui.line("no scopes yet: bit remote add <url>, bit scope set <scope>");
            return Ok(());
        }
        let mut table = Table::new(&["scope", "components", "from", "url"]);
        for scope in &scopes {
            let (url, source) = place_of(scope);
            let name = if scope.is_default { format!("{} (default)", scope.name) } else { scope.name.to_string() };
            let cells = [name, scope.components.to_string(), source.to_owned(), url];
            table.row(cells.map(|cell| (cell, plain as Paint)));
        }
        table.lines().for_each(|line| ui.line(line));
        Ok(())
    }
}
