use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, strong};
use crate::errors;
use crate::model::{ComponentName, ScopeName};
use crate::ops::export::{ExportOptions, Exported, Versions, export};
use crate::ops::remote;
use crate::workspace::{Bitmap, Layout};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Publish staged versions to their scopes
///
/// All of a scope's versions become visible at once, or none does. Stopped half-way, the same command finishes.
#[derive(Args)]
pub struct Export {
    /// A scope ("current": each component's own), then ids and patterns
    #[arg(value_name = "SCOPE, ID OR PATTERN")]
    words: Vec<String>,
    /// The scope, said without doubt
    #[arg(long, value_name = "SCOPE")]
    to: Option<String>,
    /// All versions that are known here, also those that were exported: restores a scope that was lost
    #[arg(long, alias = "all", short = 'a')]
    all_versions: bool,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

impl Export {
    /// Publishes and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let dry_run = self.dry_run;
        let options = self.options()?;
        let progress = ui.progress();
        let (workspace, exported) = export(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        exported.warnings.iter().for_each(|warning| ui.warning(warning));
        ui.json(&to_json(&exported, dry_run))?;
        print(ui, &exported, dry_run);
        if exported.scopes.is_empty() && !exported.left.is_empty() {
            return Err(errors::nothing_could_be_exported());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn options(self) -> Result<ExportOptions> {
        let (scope, ids) = match self.to {
            Some(scope) => (Some(ScopeName::new(&scope)?), self.words),
            None => split_scope(self.words)?,
        };
        let versions = if self.all_versions { Versions::All } else { Versions::Staged };
        Ok(ExportOptions { scope, ids, versions, dry_run: self.dry_run })
    }
}

/// The first word is the scope if it is a known remote or looks like `owner.name`, and is no component here.
fn split_scope(mut words: Vec<String>) -> Result<(Option<ScopeName>, Vec<String>)> {
    let Some(first) = words.first() else { return Ok((None, words)) };
    if first == "current" {
        words.remove(0);
        return Ok((None, words));
    }
    let Ok(scope) = ScopeName::new(first) else { return Ok((None, words)) };
    let here = current_folder()?;
    let bitmap = Bitmap::read(&Layout::find(&here)?.bitmap_file())?.unwrap_or_default();
    let is_component = ComponentName::new(first).is_ok_and(|name| !bitmap.named(&name).is_empty());
    let is_known = || Ok::<bool, anyhow::Error>(remote::list(&here)?.iter().any(|remote| remote.name == scope));
    if is_component || !(scope.owner().is_some() || is_known()?) {
        return Ok((None, words));
    }
    words.remove(0);
    Ok((Some(scope), words))
}

fn print(ui: &Ui, exported: &Exported, dry_run: bool) {
    for (id, why) in &exported.left {
        ui.warning(format!(
            "the following component(s) were not exported: {id} ({why}; \"bit scope set\" or defaultScope in workspace.jsonc gives it one)"
        ));
    }
    if exported.scopes.is_empty() {
        ui.line(good("nothing to export"));
        return;
    }
    let what = if dry_run { "would export" } else { "exported" };
    ui.line(good(format!("{what} components ({})", exported.components())));
    for scope in &exported.scopes {
        ui.line(format!("{} {}", strong(&scope.scope), dim(&scope.url)));
        scope.versions.iter().for_each(|version| ui.line(format!("  > {version}")));
    }
    if !dry_run {
        let versions = exported.scopes.iter().map(|scope| scope.versions.len()).sum();
        ui.line(dim(format!(
            "{} published; .bitmap says where each component lives: commit it",
            count(versions, "version")
        )));
    }
}

fn to_json(exported: &Exported, dry_run: bool) -> Value {
    json!({
        "scopes": exported.scopes.iter().map(|scope| json!({"scope": scope.scope, "url": scope.url, "versions": scope.versions})).collect::<Vec<_>>(),
        "notExported": exported.left.iter().map(|(id, why)| json!({"id": id, "reason": why})).collect::<Vec<_>>(),
        "dryRun": dry_run,
    })
}
