use super::import::{Settling, bring, take_out, to_json};
use super::{current_folder, warn_of_links};
use crate::cli::ui::{Ui, visible};
use crate::errors;
use crate::model::IdQuery;
use crate::ops::import::{ImportOptions, Imported, Wanted};
use crate::ops::packages::Install;
use crate::ops::uneject::{Meant, ejected, finish};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Bring the sources of ejected components back: their packages go
///
/// It is what "bit import" does with a component that is a package of the workspace; ids and patterns name these alone.
/// The version that is installed comes, to the folder that it went from. A source that is here already stays as it is.
#[derive(Args)]
pub struct Uneject {
    /// Ids (button, my-org.ui/button@1.0.0), packages, and patterns ('my-org.ui/forms/*') over what was ejected
    #[arg(required = true, value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// The component's folder; of several components, the one around theirs
    #[arg(long, short = 'p', value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// Change package.json, and leave installing to you
    #[arg(long, short = 'x')]
    skip_dependency_installation: bool,
    /// Believe scopes that say where other scopes are, without a question
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Uneject {
    /// Imports and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let install = if self.skip_dependency_installation { Install::Leave } else { Install::Run };
        let here = current_folder()?;
        let (workspace, Meant { ids, here: sources, both }) = ejected(&here, &self.ids, &ui.progress())?;
        ui.notices(&workspace);
        drop(workspace);
        sources.iter().for_each(|id| ui.line(format!("{id} is here already")));
        for (id, folder) in &both {
            ui.line(format!("the source of {id} is here and stays as it is ({})", visible(folder)));
        }
        let besides = both.into_iter().map(|(id, _)| id).collect();
        let settling = Settling { besides, install, yes: self.yes };
        if ids.is_empty() && !settling.besides.is_empty() {
            return take_out(ui, &settling);
        }
        if ids.is_empty() && !sources.is_empty() {
            let links = finish(&here, &sources, &ui.progress())?;
            ui.json(&to_json(&Imported::default(), &ImportOptions::default()))?;
            warn_of_links(ui, &links);
            return Ok(ExitCode::SUCCESS);
        }
        let options = ImportOptions { wanted: Wanted::Named(ids), path: self.path, ..ImportOptions::default() };
        let is_version_typed = |word: &String| IdQuery::parse(word).is_ok_and(|query| query.version.is_some());
        let is_of_package_json = !self.ids.iter().any(is_version_typed);
        let done = bring(ui, &options, &settling);
        done.map_err(|error| if is_of_package_json { errors::of_package_json(error) } else { error })
    }
}
