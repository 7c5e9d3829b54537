use super::import::follow;
use super::{current_folder, warn_of_links};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::errors::{self, GitPolicyUnconfirmed};
use crate::model::ComponentId;
use crate::ops::eject::{EjectOptions, Ejected, Sources, Unfit, Unpublished, eject};
use crate::ops::packages::{Changed, GitConsent, Ignored, Way};
use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Replace components of the workspace by their packages
///
/// The package of each component, and of all that it needs, becomes a dependency in package.json, and the workspace's
/// package manager installs it. Only then do the source files go. Components that are not exported, or have changes,
/// stay and are told. Versions stay in the local scope; "bit import" brings the sources back. Where the package manager
/// fails, every file is as it was.
#[derive(Args)]
pub struct Eject {
    /// Ids and patterns
    #[arg(required = true, value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// Keep the source files; they belong to no component then
    #[arg(long)]
    keep_files: bool,
    /// Also components with changes that are not exported: the exported version is installed, and the changes are lost
    #[arg(long, short = 'f')]
    force: bool,
    /// Where the packages come from
    #[arg(long, value_enum, value_name = "WAY", default_value_t = Via::Vendor)]
    via: Via,
    /// Ask nothing: believe scopes that say where others are, and let the package manager install by git
    #[arg(long, short = 'y')]
    yes: bool,
}

/// Where packages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Via {
    /// Archives in vendor/bit: works everywhere, and needs no server
    Vendor,
    /// The scopes, by git: for teams whose package manager is allowed to
    Git,
    /// A registry that has them
    Registry,
}

impl From<Via> for Way {
    fn from(via: Via) -> Self {
        match via {
            Via::Vendor => Self::Vendor,
            Via::Git => Self::Git,
            Via::Registry => Self::Registry,
        }
    }
}

impl Eject {
    /// Ejects and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = EjectOptions {
            ids: self.ids,
            sources: if self.keep_files { Sources::Keep } else { Sources::Remove },
            unpublished: if self.force { Unpublished::Eject } else { Unpublished::Leave },
            way: self.via.into(),
            git: GitConsent::Ask,
        };
        let (here, follow) = (current_folder()?, follow(ui, self.yes));
        let (workspace, ejected) = with_git_consent(ui, self.yes, |git| {
            eject(&here, &EjectOptions { git, ..options.clone() }, &follow, &ui.progress())
        })?;
        ui.notices(&workspace);
        ui.json(&to_json(&ejected))?;
        tell(ui, &ejected)
    }
}

/// Asks whether package managers may install by git, where that is to be asked and somebody is there.
pub(super) fn with_git_consent<R>(ui: &Ui, yes: bool, run: impl Fn(GitConsent) -> Result<R>) -> Result<R> {
    let error = match run(if yes { GitConsent::Given } else { GitConsent::Ask }) {
        Err(error) if ui.has_person() && !ui.is_json() => error,
        done => return done,
    };
    let Some(needed) = error.downcast_ref::<GitPolicyUnconfirmed>() else { return Err(error) };
    match ui.confirm(&format!("{needed}\nWrite that?")) {
        true => run(GitConsent::Given),
        false => Err(errors::canceled()),
    }
}

/// Says what became of each component. It is a failure if none was ejected.
pub(super) fn tell(ui: &Ui, ejected: &Ejected) -> Result<ExitCode> {
    let reasons: Vec<String> = ejected.failed.iter().map(|(id, why)| format!("  {id}: {}", reason(*why))).collect();
    if ejected.components.is_empty() && !reasons.is_empty() {
        return Err(errors::nothing_ejected(&reasons, way_out(ejected)));
    }
    ejected.already.iter().for_each(|id| ui.line(format!("{id} is a package already")));
    if !ejected.components.is_empty() {
        ui.line(good("successfully ejected the following components"));
    }
    ejected.components.iter().for_each(|id| ui.line(format!("  > {id}")));
    print_packages(ui, &ejected.packages);
    if !ejected.failed.is_empty() {
        ui.warning(format!("failed to eject the following components\n{}", reasons.join("\n")));
    }
    if !ejected.left.is_empty() {
        ui.line("files that belong to no component stayed");
        ejected.left.iter().for_each(|path| ui.line(format!("  > {}", visible(path))));
    }
    warn_of_links(ui, &ejected.links);
    Ok(if ejected.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What helps where nothing was ejected: --force means changes, and no version comes of it.
fn way_out(ejected: &Ejected) -> &'static str {
    let is_published = |why: &Unfit| matches!(why, Unfit::Staged | Unfit::Modified | Unfit::OtherRanges);
    match ejected.failed.iter().any(|(_, why)| is_published(why)) {
        true => "\"bit export\" publishes staged versions; with --force modified components are ejected too",
        false => "a package is made of an exported version",
    }
}

/// Says what was done for the packages, and what is to be committed.
pub(super) fn print_packages(ui: &Ui, packages: &Changed) {
    if !packages.peers.is_empty() {
        ui.line("installed too, since they are needed as peers");
        packages.peers.iter().for_each(|id| ui.line(format!("  > {id}")));
    }
    if let Some(Ignored { path, rule, lines }) = &packages.ignored {
        let way_out = match *lines {
            [] => "take that rule out".to_owned(),
            [line] => format!("write \"{line}\" into .gitignore, at the end"),
            lines => format!("write into .gitignore, at the end:\n  {}", lines.join("\n  ")),
        };
        let (path, rule) = (visible(path), visible(rule));
        ui.warning(format!("git ignores {path} ({rule}), so a clone would lack it: {way_out}"));
    }
    for url in &packages.local {
        ui.warning(format!("package.json names {}: that folder is on this machine alone", visible(url)));
    }
    if !packages.vendored.is_empty() {
        ui.line("in vendor/bit, and not by git, since other archives need them");
        packages.vendored.iter().for_each(|id| ui.line(format!("  > {id}")));
    }
    if packages.manager.is_empty() {
        return;
    }
    let vendored = if packages.archives.is_empty() && packages.removed.is_empty() { "" } else { ", vendor/bit" };
    let what = format!("installed by {}; commit package.json{vendored} and the lockfile", packages.manager);
    ui.line(dim(what));
}

fn reason(why: Unfit) -> &'static str {
    match why {
        Unfit::NotTagged => "not exported yet (\"bit tag\" and then \"bit export\" do it)",
        Unfit::NotExported => "not exported yet (\"bit export\" does it)",
        Unfit::Staged => "has versions that are not exported yet (\"bit export\" publishes them)",
        Unfit::Modified => "has changes (\"bit tag\" and \"bit export\" keep them; with --force they are lost)",
        Unfit::OtherRanges => {
            "needs packages in other ranges here than its version (\"bit diff\" shows them); with --force its version is ejected as it is, and no change of a file is lost"
        }
        Unfit::NotHere => "its version is not here (\"bit import\" brings it)",
    }
}

pub(super) fn to_json(ejected: &Ejected) -> Value {
    let failed = |wanted: Unfit| -> Vec<&ComponentId> {
        let is_wanted = |why: Unfit| match why {
            Unfit::NotTagged => wanted == Unfit::NotExported,
            Unfit::OtherRanges => wanted == Unfit::Modified,
            why => why == wanted,
        };
        ejected.failed.iter().filter(|(_, why)| is_wanted(*why)).map(|(id, _)| id).collect()
    };
    json!({
        "ejectedComponents": ejected.components,
        "alreadyPackages": ejected.already,
        "failedComponents": {
            "notExportedComponents": failed(Unfit::NotExported),
            "stagedComponents": failed(Unfit::Staged),
            "modifiedComponents": failed(Unfit::Modified),
            "notHereComponents": failed(Unfit::NotHere),
        },
        "packages": packages_json(&ejected.packages),
        "filesLeft": ejected.left,
    })
}

/// What was done for packages.
pub(super) fn packages_json(packages: &Changed) -> Value {
    json!({
        "manager": packages.manager,
        "added": packages.archives,
        "removed": packages.removed,
        "peers": packages.peers,
        "vendored": packages.vendored,
        "ignored": packages.ignored.as_ref().map(|one| json!({"path": one.path, "rule": one.rule, "lines": one.lines})),
    })
}
