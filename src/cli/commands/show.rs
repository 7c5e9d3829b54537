use super::{advice_in_words, current_folder, whom};
use crate::cli::ui::{Paint, Table, Ui, dim, plain, visible};
use crate::errors;
use crate::model::{DependencyKind, Deprecation, Packages};
use crate::ops::show::{Content, ShowOptions, Shown, Teller, show};
use crate::ops::view::{View, ViewedDependency};
use crate::ops::{Place, Standing, Whom};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Show all about one component
///
/// A component of the workspace is shown as it is now; with "@1.0.0", as it was in that version. So is one that
/// only the local scope has. With --remote a version is shown as the scope has it, outside of a workspace too.
#[derive(Args)]
pub struct Show {
    /// The component, with a version or without
    #[arg(value_name = "ID[@VERSION]")]
    id: String,
    /// Ask its scope over the network; with a value this one: its name, or its URL or folder ("./scope")
    #[arg(long, short = 'r', value_name = "SCOPE|URL", num_args = 0..=1, require_equals = true)]
    remote: Option<Option<String>>,
    /// With --remote: don't ask the scope, show what it had when this workspace last saw it
    #[arg(long, requires = "remote")]
    cached: bool,
    /// With --json: one object, as older scripts expect it
    #[arg(long)]
    legacy: bool,
}

impl Show {
    /// Looks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let here = current_folder()?;
        let teller = match whom(self.remote, &here)? {
            None => Teller::Here,
            Some(Whom::At(Place::Url(url))) if self.cached => return Err(errors::cached_by_name(&url.to_string())),
            Some(_) if self.cached => Teller::Cached,
            Some(whom) => Teller::Scope(whom),
        };
        let progress = ui.progress();
        let (workspace, shown) = show(&here, &ShowOptions { id: self.id, teller }, &progress)?;
        drop(progress);
        workspace.iter().for_each(|workspace| ui.notices(workspace));
        if self.cached {
            ui.note(format!("(as the catalog of {} was last seen)", shown.id.scope));
        }
        match (ui.is_json(), self.legacy) {
            (true, true) => ui.json(&to_legacy_json(&shown))?,
            (true, false) => ui.json(&to_json(&shown))?,
            (false, _) => print(ui, &shown),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(ui: &Ui, shown: &Shown) {
    let mut table = Table::default();
    let mut rows = |title: &str, values: Vec<String>| {
        for (at, value) in values.into_iter().enumerate() {
            let title = if at == 0 { title.to_owned() } else { String::new() };
            table.row([(title, dim as fn(String) -> String as Paint), (value, plain)]);
        }
    };
    rows("id", vec![id_of(shown)]);
    rows("name", vec![shown.id.name.to_string()]);
    rows("package", vec![shown.package.to_string()]);
    rows("version", vec![version_of(shown)]);
    rows("signed by", shown.signed_by.iter().map(|who| visible(who)).collect());
    rows("folder", shown.root_dir.iter().cloned().collect());
    match &shown.content {
        Content::Whole(view) => {
            rows("main file", vec![visible(&view.main)]);
            rows("env", vec![visible(&view.env)]);
            rows("files", view.files.iter().map(|file| visible(&file.path)).collect());
            rows("dependencies", view.dependencies.iter().map(dependency).collect());
            rows("packages", packages(&view.packages));
        }
        Content::Listed(dependencies) => {
            rows("dependencies", dependencies.iter().map(ToString::to_string).collect());
            rows("files", vec!["not in the local scope: \"bit import\" brings them".to_owned()]);
        }
    }
    rows("configuration", shown.configuration.iter().map(|(key, value)| format!("{key}: {value}")).collect());
    rows("forked from", shown.beginning.forked_from.iter().map(ToString::to_string).collect());
    rows("renamed from", shown.beginning.renamed_from.iter().map(ToString::to_string).collect());
    rows("deprecated", shown.deprecated.iter().map(deprecation).collect());
    rows("removed", shown.removed.then(|| "yes".to_owned()).into_iter().collect());
    rows("scopes", shown.scopes.iter().map(ToString::to_string).collect());
    rows("origin", shown.origin.iter().map(|origin| format!("copy of {origin}")).collect());
    rows("versions", vec![versions(shown)]);
    table.lines().for_each(|line| ui.line(line));
}

fn id_of(shown: &Shown) -> String {
    match &shown.version {
        Some(version) => shown.id.at(version.clone()).to_string(),
        None => shown.id.to_string(),
    }
}

fn version_of(shown: &Shown) -> String {
    let version = shown.version.as_ref().map_or_else(|| "none yet".to_owned(), ToString::to_string);
    let made = shown.made.map(|made| format!(", {made}")).unwrap_or_default();
    let commit = shown.commit.map(|commit| format!(" ({}{made})", commit.short())).unwrap_or_default();
    let standing = match shown.standing {
        Some(Standing::Modified(_)) => ", modified since",
        Some(Standing::ImportPending) => ", not in the local scope (\"bit import\" brings it)",
        Some(Standing::New | Standing::Unchanged) | None => "",
    };
    format!("{version}{commit}{standing}")
}

fn dependency(needed: &ViewedDependency) -> String {
    let version = needed.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
    let kind = if needed.kind == DependencyKind::Runtime { String::new() } else { format!(" ({})", needed.kind) };
    format!("{}{version}{kind}", needed.id)
}

fn packages(packages: &Packages) -> Vec<String> {
    let sections = [
        (&packages.dependencies, ""),
        (&packages.dev_dependencies, " (dev)"),
        (&packages.peer_dependencies, " (peer)"),
    ];
    let lines = |(section, kind): (&std::collections::BTreeMap<String, String>, &'static str)| {
        section.iter().map(move |(name, range)| visible(&format!("{name} {range}{kind}"))).collect::<Vec<_>>()
    };
    sections.into_iter().flat_map(lines).collect()
}

fn deprecation(deprecation: &Deprecation) -> String {
    format!("yes{}", advice_in_words(deprecation))
}

/// The newest are the ones that are looked for.
fn versions(shown: &Shown) -> String {
    const SHOWN: usize = 20;
    let newest: Vec<String> = shown.versions.iter().rev().take(SHOWN).map(ToString::to_string).collect();
    match shown.versions.len().saturating_sub(SHOWN) {
        _ if newest.is_empty() => "none yet".to_owned(),
        0 => newest.join(", "),
        more => format!("{} and {more} more (\"bit log\" shows them)", newest.join(", ")),
    }
}

fn dependencies_json(content: &Content) -> Vec<Value> {
    let whole = |needed: &ViewedDependency| json!({"id": needed.id, "version": needed.version, "kind": needed.kind});
    match content {
        Content::Whole(view) => view.dependencies.iter().map(whole).collect(),
        Content::Listed(ids) => ids.iter().map(|id| json!({"id": id.id, "version": id.version})).collect(),
    }
}

fn deprecation_json(shown: &Shown) -> Value {
    let known = shown.deprecated.clone().unwrap_or_default();
    json!({
        "isDeprecate": shown.deprecated.is_some(),
        "message": known.message,
        "range": known.range,
        "newId": known.new_id,
    })
}

fn to_json(shown: &Shown) -> Value {
    let view = whole(shown);
    let field = |title: &str, json: Value| json!({ "title": title, "json": json });
    json!([
        field("id", json!(id_of(shown))),
        field("name", json!(shown.id.name)),
        field("scope", json!(shown.id.scope)),
        field("version", json!(shown.version)),
        field("package name", json!(shown.package.to_string())),
        field("main file", json!(view.map(|view| &view.main))),
        field("env", json!(view.map(|view| &view.env))),
        field("files", json!(view.map(paths).unwrap_or_default())),
        field("dependencies", json!(dependencies_json(&shown.content))),
        field("packages", json!(view.map(|view| &view.packages))),
        field("configuration", json!(shown.configuration)),
        field("forked from", json!(shown.beginning.forked_from)),
        field("renamed from", json!(shown.beginning.renamed_from)),
        field("deprecated", deprecation_json(shown)),
        field("removed", json!({ "removed": shown.removed })),
        field("scopes", json!(shown.scopes)),
        field("origin", json!(shown.origin)),
        field("versions", json!(shown.versions)),
        field("root dir", json!(shown.root_dir)),
        field("commit", json!(shown.commit)),
        field("signed by", json!(shown.signed_by)),
        field("date", json!(shown.made.map(|made| made.to_string()))),
        field("modified", json!(matches!(shown.standing, Some(Standing::Modified(_))))),
    ])
}

fn whole(shown: &Shown) -> Option<&View> {
    match &shown.content {
        Content::Whole(view) => Some(view),
        Content::Listed(_) => None,
    }
}

fn paths(view: &View) -> Vec<&str> {
    view.files.iter().map(|file| file.path.as_str()).collect()
}

fn to_legacy_json(shown: &Shown) -> Value {
    let view = whole(shown);
    let of_kind = |kind: DependencyKind| -> Vec<Value> {
        match &shown.content {
            Content::Whole(view) => {
                let needed = view.dependencies.iter().filter(|needed| needed.kind == kind);
                needed.map(|needed| json!({"id": dependency(&ViewedDependency { kind: DependencyKind::Runtime, ..needed.clone() }), "relativePaths": []})).collect()
            }
            Content::Listed(ids) if kind == DependencyKind::Runtime => {
                ids.iter().map(|id| json!({"id": id, "relativePaths": []})).collect()
            }
            Content::Listed(_) => Vec::new(),
        }
    };
    let packages = view.map(|view| view.packages.clone()).unwrap_or_default();
    json!({
        "name": shown.id.name,
        "scope": shown.id.scope,
        "version": shown.version,
        "mainFile": view.map(|view| &view.main),
        "env": view.map(|view| &view.env),
        "packageName": shown.package.to_string(),
        "files": view.map(paths).unwrap_or_default().iter().map(|path| json!({ "relativePath": path })).collect::<Vec<_>>(),
        "dependencies": of_kind(DependencyKind::Runtime),
        "devDependencies": of_kind(DependencyKind::Dev),
        "peerDependencies": of_kind(DependencyKind::Peer),
        "packageDependencies": packages.dependencies,
        "devPackageDependencies": packages.dev_dependencies,
        "peerPackageDependencies": packages.peer_dependencies,
        "overrides": shown.configuration,
        "forkedFrom": shown.beginning.forked_from,
        "renamedFrom": shown.beginning.renamed_from,
        "deprecated": shown.deprecated.is_some(),
        "removed": shown.removed,
        "scopesList": shown.scopes,
        "versions": shown.versions,
    })
}
