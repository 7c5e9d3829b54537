use super::eject::{Via, packages_json, print_packages, with_git_consent};
use super::import::follow;
use super::status::place_of;
use super::{count, current_folder, declared_json, warn_of_links, warn_of_not_installed};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::errors;
use crate::model::ComponentId;
use crate::ops::Issue;
use crate::ops::install::{InstallOptions, Installed, install};
use crate::ops::packages::GitConsent;
use crate::package::manager::{Lockfile, Section};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Install packages by the workspace's package manager, and link the components
///
/// On a fresh clone the versions that .bitmap speaks of come first. Packages from outside that components need and
/// package.json does not have are added to it. A component id installs that component as a package, with all that it
/// needs, as "bit eject" does.
#[derive(Args)]
pub struct Install {
    /// Packages to add (lodash@4), and ids of components (my-org.ui/button) or patterns of them ('my-org.ui/*')
    #[arg(value_name = "PACKAGE OR ID")]
    words: Vec<String>,
    /// Add what is new to devDependencies, components too
    #[arg(long, short = 'D', alias = "save-dev")]
    dev: bool,
    /// Install exactly what the lockfile says, and change nothing
    #[arg(long, alias = "frozen-lockfile", conflicts_with_all = ["words", "dev"])]
    frozen: bool,
    /// Where the packages of components come from
    #[arg(long, value_enum, value_name = "WAY", default_value_t = Via::Vendor)]
    via: Via,
    /// Ask nothing: believe scopes that say where others are, and let the package manager install by git
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Install {
    /// Installs and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = InstallOptions {
            words: self.words,
            section: if self.dev { Section::DevDependencies } else { Section::Dependencies },
            lockfile: if self.frozen { Lockfile::Frozen } else { Lockfile::Follows },
            way: self.via.into(),
            git: GitConsent::Ask,
        };
        let (here, follow) = (current_folder()?, follow(ui, self.yes));
        let (workspace, installed) = with_git_consent(ui, self.yes, |git| {
            install(&here, &InstallOptions { git, ..options.clone() }, &follow, &ui.progress())
        })?;
        ui.notices(&workspace);
        ui.json(&to_json(&installed))?;
        print(ui, &installed);
        warn_of_links(ui, &installed.links);
        warn_of_not_installed(ui, &installed.links);
        warn_of_unknown(ui, &installed);
        match installed.failed.is_empty() {
            true => Ok(if installed.links.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
            false => Err(errors::scopes_not_reached(&installed.failed)),
        }
    }
}

fn print(ui: &Ui, installed: &Installed) {
    if !installed.versions.is_empty() {
        ui.line(dim(format!("{} brought into the local scope", count(installed.versions.len(), "version"))));
    }
    for (package, range) in &installed.declared {
        ui.line(format!("  > {} {}", visible(package), dim(visible(&format!("{range} (added to package.json)")))));
    }
    for path in &installed.archives {
        ui.line(format!("  > {} {}", visible(path), dim("(was gone or changed: written again)")));
    }
    installed.components.iter().for_each(|id| ui.line(format!("  > {id} {}", dim("(as a package)"))));
    if !installed.components.is_empty() {
        print_packages(ui, &installed.packages);
    }
    match &installed.manager {
        // Said with what is to be committed.
        Some(_) if !installed.components.is_empty() => {}
        Some(manager) => ui.line(good(format!("installed by {}", visible(manager)))),
        None if installed.unknown.is_empty() => {
            ui.line("nothing to install: there is no package.json, and no component needs a package");
        }
        None => ui.line("nothing was installed: of what components need nobody says a version"),
    }
    if installed.links.linked > 0 {
        ui.line(format!("{} linked", count(installed.links.linked, "component")));
    }
}

/// Says which packages are needed and could not be declared, since no version of them is known.
fn warn_of_unknown(ui: &Ui, installed: &Installed) {
    for (id, issue) in &installed.unknown {
        ui.warning(format!("{id}: {}{}: {}", place_of(issue), visible(&issue.message), visible(&issue.fix)));
    }
}

fn to_json(installed: &Installed) -> Value {
    let unknown = |(id, issue): &(ComponentId, Issue)| json!({"id": id, "file": issue.file, "line": issue.line, "message": issue.message, "fix": issue.fix});
    json!({
        "manager": installed.manager,
        "output": installed.words,
        "declared": declared_json(&installed.declared),
        "unknown": installed.unknown.iter().map(unknown).collect::<Vec<_>>(),
        "components": installed.components,
        "packages": packages_json(&installed.packages),
        "archives": installed.archives,
        "versions": installed.versions,
        "linked": installed.links.linked,
        "failed": installed.failed,
    })
}
