use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::model::PackageName;
use crate::ops::link::{LinkOptions, Linked, RelativeImports, link};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Link every component into node_modules, where imports find it by its package's name
///
/// Versions of other components that they need are put there too, from the local scope, with all that those need.
/// Other commands mend broken links as well; this one looks at every entry, and removes what is not needed any more.
#[derive(Args)]
pub struct Link {
    /// With --rewire: only the imports of these components (ids and patterns)
    #[arg(value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// Turn relative imports of other components ("../button") into imports of their packages
    #[arg(long)]
    rewire: bool,
    /// Accepted for scripts, for the workspace's own folder
    #[arg(long, hide = true, value_name = "FOLDER")]
    target: Option<PathBuf>,
}

impl Link {
    /// Links and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = LinkOptions {
            ids: self.ids,
            imports: if self.rewire { RelativeImports::Rewire } else { RelativeImports::Keep },
            target: self.target,
        };
        let progress = ui.progress();
        let (workspace, linked) = link(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        warn(ui, &linked);
        ui.json(&to_json(&linked))?;
        print(ui, &linked, self.rewire);
        let all_done = linked.unparsed.is_empty() && linked.links.failed.is_empty();
        Ok(if all_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn warn(ui: &Ui, linked: &Linked) {
    for package in &linked.links.foreign {
        ui.warning(format!(
            "node_modules/{package} is not a link of bit's and was left alone: imports find what is there, not the component; remove that folder (and the package from package.json) and run \"bit link\" again"
        ));
    }
    for (package, why) in &linked.links.failed {
        ui.warning(format!("node_modules/{package} could not be linked: {why}"));
    }
    super::warn_of_missing(ui, &linked.links);
    super::warn_of_not_installed(ui, &linked.links);
    super::warn_of_uncompiled(ui, &linked.links);
    for (file, problem) in &linked.unparsed {
        ui.warning(format!("{}:{problem}; the file was left alone", visible(file)));
    }
}

fn print(ui: &Ui, linked: &Linked, rewire: bool) {
    let files: usize = linked.rewired.iter().map(|(_, files)| files.len()).sum();
    if rewire {
        ui.line(good(format!("rewired {} components and total of {files} files", linked.rewired.len())));
    }
    for (id, files) in &linked.rewired {
        ui.line(format!("  > {id}"));
        files.iter().for_each(|file| ui.line(format!("    {}", visible(file))));
    }
    let links = &linked.links;
    let mut done = Vec::new();
    for (number, what) in [
        (links.created.len(), "created"),
        (links.mended.len(), "mended"),
        (links.removed.len() + links.leftovers.len(), "removed"),
    ] {
        if number > 0 {
            done.push(format!("{number} {what}"));
        }
    }
    let done = if done.is_empty() { "nothing to do".to_owned() } else { done.join(", ") };
    ui.line(format!("{} {}", good(format!("{} linked", count(links.linked, "component"))), dim(format!("({done})"))));
    let compiled = links.compiled.len();
    if compiled > 0 {
        ui.line(format!("{} compiled again", good(count(compiled, "component"))));
    }
    if !links.materialized.is_empty() {
        let versions = count(links.materialized.len(), "version");
        ui.line(format!("{} put into node_modules, from the local scope", good(versions)));
        links.materialized.iter().for_each(|id| ui.line(format!("  > {id}")));
    }
    links.removed.iter().for_each(|package| ui.line(format!("  removed node_modules/{package}")));
    for id in &links.leftovers {
        ui.line(format!("  removed node_modules/{} {}", PackageName::of(&id.id), dim("(an earlier install left it)")));
    }
}

fn to_json(linked: &Linked) -> Value {
    let names = |packages: &[crate::model::PackageName]| packages.iter().map(ToString::to_string).collect::<Vec<_>>();
    let leftovers = linked.links.leftovers.iter().map(|id| PackageName::of(&id.id).to_string());
    json!({
        "linked": linked.links.linked,
        "created": names(&linked.links.created),
        "mended": names(&linked.links.mended),
        "foreign": names(&linked.links.foreign),
        "failed": linked.links.failed.iter().map(|(package, why)| json!({"package": package.as_str(), "error": why})).collect::<Vec<_>>(),
        "removed": linked.links.removed.iter().cloned().chain(leftovers).collect::<Vec<_>>(),
        "compiled": linked.links.compiled,
        "materialized": linked.links.materialized.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "missing": linked.links.missing.iter().map(|missing| json!({
            "id": missing.id.to_string(), "neededBy": missing.needed_by.to_string(),
        })).collect::<Vec<_>>(),
        "rewired": linked.rewired.iter().map(|(id, files)| json!({"id": id, "files": files})).collect::<Vec<_>>(),
        "unparsed": linked.unparsed.iter().map(|(file, problem)| json!({
            "file": file, "line": problem.line, "column": problem.column, "message": problem.message,
        })).collect::<Vec<_>>(),
    })
}
