use super::{count, current_folder};
use crate::cli::ui::{Paint, Table, Ui, good, plain, warm};
use crate::model::Version;
use crate::ops::list::{ListOptions, Listed, Source, list};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// List the components that have a version: of the workspace, or of a scope
///
/// Needs no network: what a scope has is told by its catalog as it was last seen. New components have no
/// version yet; "bit status" shows them.
#[derive(Args)]
pub struct List {
    /// A scope whose components are listed
    #[arg(value_name = "SCOPE")]
    scope: Option<String>,
    /// Only ids, one a line
    #[arg(long)]
    ids: bool,
    /// Only components below this namespace ("ui"), or that match this pattern ("ui/*")
    #[arg(long, short = 'n')]
    namespace: Option<String>,
    /// Mark components whose scope has a newer version
    #[arg(long, short = 'o')]
    outdated: bool,
    /// Everything the local scope holds, of all scopes: dependencies too
    #[arg(long, visible_alias = "scope", conflicts_with = "scope")]
    local_scope: bool,
}

impl List {
    /// Lists.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let source = match self.scope {
            Some(scope) => Source::Scope(scope),
            None if self.local_scope => Source::LocalScope,
            None => Source::Workspace,
        };
        let options = ListOptions { source, namespace: self.namespace };
        let (workspace, listing) = list(&current_folder()?, &options, &ui.progress())?;
        ui.notices(&workspace);
        let components = &listing.components;
        if ui.is_json() {
            let value: Vec<Value> =
                components.iter().map(|listed| if self.ids { json!(listed.id) } else { to_json(listed) }).collect();
            ui.json(&value)?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.ids {
            components.iter().for_each(|listed| ui.line(&listed.id));
            return Ok(ExitCode::SUCCESS);
        }
        ui.line(format!("found {} components", components.len()));
        if !components.is_empty() {
            table(components, self.outdated).lines().for_each(|line| ui.line(line));
        }
        if listing.new > 0 {
            let new = count(listing.new, "new component");
            ui.note(format!("{new} not listed: no version yet (\"bit status\" shows them, \"bit tag\" makes one)"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn table(components: &[Listed], mark_outdated: bool) -> Table {
    let mut table = Table::new(&["component", "current", "latest", ""]);
    for listed in components {
        let outdated = mark_outdated && listed.is_outdated();
        let (latest, mark): (Paint, _) = if outdated { (warm, "[Outdated]") } else { (plain, "") };
        let deprecated = if listed.deprecated { "[Deprecated]" } else { "" };
        let removed = if listed.removed { "[Removed]" } else { "" };
        let scopes: Vec<&str> = listed.additional_scopes.iter().map(|scope| scope.as_str()).collect();
        let scopes = if scopes.is_empty() { String::new() } else { format!("also in {}", scopes.join(", ")) };
        let mut marks = vec![mark, deprecated, removed, &scopes];
        marks.retain(|mark| !mark.is_empty());
        table.row([
            (listed.id.to_string(), good as Paint),
            (or_none(listed.current.as_ref().or(listed.local.as_ref()), "-"), plain),
            (or_none(listed.remote.as_ref(), "-"), latest),
            (marks.join(" "), warm),
        ]);
    }
    table
}

fn or_none(version: Option<&Version>, none: &str) -> String {
    version.map_or_else(|| none.to_owned(), Version::to_string)
}

fn to_json(listed: &Listed) -> Value {
    json!({
        "id": listed.id,
        "localVersion": or_none(listed.local.as_ref(), "N/A"),
        "currentVersion": or_none(listed.current.as_ref(), "N/A"),
        "remoteVersion": or_none(listed.remote.as_ref(), "N/A"),
        "deprecated": listed.deprecated,
        "removed": listed.removed,
        "outdated": listed.is_outdated(),
        "scopes": listed.additional_scopes,
    })
}
