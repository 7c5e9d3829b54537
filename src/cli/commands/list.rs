use super::{advice_in_words, count, current_folder, deprecation_json};
use crate::cli::ui::{Paint, Table, Ui, good, plain, warm};
use crate::errors;
use crate::model::{ScopeName, Version};
use crate::ops::Place;
use crate::ops::list::{ListOptions, Listed, Source, list};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// List the components that have a version: of the workspace, or of a scope
///
/// A scope is asked over the network, inside of a workspace or outside; all else needs no network. New components
/// have no version yet; "bit status" shows them.
#[derive(Args)]
pub struct List {
    /// A scope whose components are listed, as they are there now: its name, or its URL or folder ("./scope")
    #[arg(value_name = "SCOPE|URL")]
    scope: Option<String>,
    /// Don't ask the scope: list what it had when this workspace last saw it
    #[arg(long, requires = "scope")]
    cached: bool,
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
        let here = current_folder()?;
        let source = match self.scope {
            Some(scope) if self.cached => Source::Cached(cached_scope(&scope, &here)?),
            Some(scope) => Source::Scope(Place::parse(&scope, &here)?),
            None if self.local_scope => Source::LocalScope,
            None => Source::Workspace,
        };
        let options = ListOptions { source, namespace: self.namespace };
        let (workspace, listing) = list(&here, &options, &ui.progress())?;
        workspace.iter().for_each(|workspace| ui.notices(workspace));
        if self.cached {
            ui.note("(as the scope was last seen)");
        }
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
        if listing.removed > 0 {
            let removed = count(listing.removed, "removed component");
            ui.note(format!("{removed} not listed (\"bit status\" shows them, \"bit recover\" takes it back)"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What was last seen is kept by the names of scopes.
fn cached_scope(text: &str, here: &Path) -> Result<ScopeName> {
    match Place::parse(text, here)? {
        Place::Scope(scope) => Ok(scope),
        Place::Url(url) => Err(errors::cached_by_name(&url.to_string())),
    }
}

fn table(components: &[Listed], mark_outdated: bool) -> Table {
    let mut table = Table::new(&["component", "current", "latest", ""]);
    for listed in components {
        let outdated = mark_outdated && listed.is_outdated();
        let (latest, mark): (Paint, _) = if outdated { (warm, "[Outdated]") } else { (plain, "") };
        let deprecated = listed.deprecated.as_ref().map(|advice| format!("[Deprecated]{}", advice_in_words(advice)));
        let deprecated = deprecated.unwrap_or_default();
        let removed = if listed.removed { "[Removed]" } else { "" };
        let scopes: Vec<&str> = listed.additional_scopes.iter().map(|scope| scope.as_str()).collect();
        let scopes = if scopes.is_empty() { String::new() } else { format!("also in {}", scopes.join(", ")) };
        let mut marks = vec![mark, &deprecated, removed, &scopes];
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
        "deprecated": listed.deprecated.is_some(),
        "deprecation": listed.deprecated.as_ref().map(deprecation_json),
        "removed": listed.removed,
        "outdated": listed.is_outdated(),
        "scopes": listed.additional_scopes,
    })
}
