use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::model::ScopeName;
use crate::ops::add::{AddOptions, Added, AddedComponent, add};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Track folders as components
///
/// Each folder becomes a component with the folder's own name, in the workspace's default scope or the one that
/// a variant gives. What it depends on is found in its sources. Adding a folder again is harmless.
#[derive(Args)]
pub struct Add {
    /// Folders, or globs that name many: "src/*"
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<String>,
    /// The component's name, when it should not be the folder's: "ui/button", or with a scope "my-org.ui/button"
    #[arg(long, short = 'i')]
    id: Option<String>,
    /// The scope, when it should not be the workspace's default
    #[arg(long, short = 's')]
    scope: Option<String>,
    /// The file that stands for the component; index.* without it, or the one named as the folder
    #[arg(long, short = 'm', value_name = "FILE")]
    main: Option<String>,
    /// What stands before the folder's name: "ui" makes ui/button of src/button
    #[arg(long, short = 'n')]
    namespace: Option<String>,
}

impl Add {
    /// Tracks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = AddOptions {
            folders: self.folders,
            id: self.id,
            namespace: self.namespace,
            scope: self.scope.as_deref().map(ScopeName::new).transpose()?,
            main: self.main,
        };
        let progress = ui.progress();
        let (workspace, added) = add(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&to_json(&added))?;
        print(ui, &added);
        Ok(ExitCode::SUCCESS)
    }
}

/// With more components than this, their files are counted and not named.
const NAMED: usize = 20;

fn print(ui: &Ui, added: &Added) {
    super::warn_of_links(ui, &added.links);
    for component in &added.components {
        warn(ui, component);
        ui.line(format!(
            "tracking component {} {}",
            good(&component.id),
            dim(format!("({}, main {})", component.root_dir, component.main_file))
        ));
        if added.components.len() <= NAMED {
            for file in &component.files {
                ui.line(format!("  added {}/{}", component.root_dir, visible(file)));
            }
        }
    }
    for id in &added.unchanged {
        ui.line(format!("{id} is tracked already"));
    }
    match added.components.len() {
        0 => {}
        number => ui.line(format!(
            "{}: {}",
            count(number, "new component"),
            dim("\"bit status\" shows them, \"bit tag\" makes versions")
        )),
    }
}

fn warn(ui: &Ui, component: &AddedComponent) {
    let AddedComponent { id, adopted, exists_in_scope, .. } = component;
    match (adopted, exists_in_scope) {
        (Some(version), _) => ui.warning(format!("{id} is known in the local scope; the folder goes on from {version}")),
        (None, true) => ui.warning(format!(
            "components of this name already exist on the remote scope: {id}. To work on that one, use \"bit import {id}\"; if this is another, use \"bit rename\" before it is tagged"
        )),
        (None, false) => {}
    }
}

fn to_json(added: &Added) -> Value {
    let component = |component: &AddedComponent| {
        json!({
            "id": component.id, "rootDir": component.root_dir, "mainFile": component.main_file, "files": component.files,
            "adoptedVersion": component.adopted, "existsInScope": component.exists_in_scope,
        })
    };
    json!({"addedComponents": added.components.iter().map(component).collect::<Vec<_>>(), "unchangedComponents": added.unchanged})
}
