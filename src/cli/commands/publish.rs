use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, strong};
use crate::ops::publish::{Along, PublishOptions, Published, PublishedVersion, Staged, publish};
use crate::package::{Access, RegistryUrl};
use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Publish versions to an npm registry, by your npm
///
/// What they need goes first. What the registry has already, with the same content, is passed over, so the same command
/// goes on where it was stopped; other content under one of the numbers is refused before anything goes. npm asks your
/// .npmrc who you are; a one-time password goes into the variable NPM_CONFIG_OTP.
#[derive(Args)]
pub struct Publish {
    /// Which ones: ids, with "@1.0.0" that version, and patterns; all of the workspace that have a version, if none
    #[arg(value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// The registry
    #[arg(long, value_name = "URL")]
    registry: String,
    /// The dist-tag they get: without it "latest", and the word of its number for a pre-release
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Who may see packages that are new to the registry
    #[arg(long, value_name = "WHO")]
    access: Option<Who>,
    /// Publish all that the components need too
    #[arg(long)]
    include_dependencies: bool,
    /// Also versions that are not exported yet
    #[arg(long)]
    staged: bool,
    /// Only say what would be published
    #[arg(long)]
    dry_run: bool,
}

/// Who may see a package.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Who {
    /// Everybody
    Public,
    /// Those whom the registry lets
    Restricted,
}

impl Publish {
    /// Publishes and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = PublishOptions {
            registry: RegistryUrl::parse(&self.registry)?,
            ids: self.ids,
            tag: self.tag,
            access: self.access.map(|who| match who {
                Who::Public => Access::Public,
                Who::Restricted => Access::Restricted,
            }),
            along: if self.include_dependencies { Along::Dependencies } else { Along::Nothing },
            staged: if self.staged { Staged::Publish } else { Staged::Refuse },
            dry_run: self.dry_run,
        };
        let progress = ui.progress();
        let (workspace, published) = publish(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&to_json(&options, &published))?;
        print(ui, &options, &published);
        Ok(ExitCode::SUCCESS)
    }
}

fn print(ui: &Ui, options: &PublishOptions, Published { published, there }: &Published) {
    let (url, number) = (&options.registry, count(published.len(), "version"));
    match (published.is_empty(), options.dry_run) {
        (true, _) => ui.line(good("nothing to publish")),
        (false, true) => ui.line(format!("{number} would be published to {url}; nothing was sent")),
        (false, false) => ui.line(good(format!("{number} published to {url}"))),
    }
    published.iter().for_each(|version| ui.line(line(version)));
    if !there.is_empty() {
        ui.line(strong("there already, with the same content"));
        there.iter().for_each(|version| ui.line(line(version)));
    }
}

fn line(version: &PublishedVersion) -> String {
    format!("  > {} {}", version.id, dim(&version.package))
}

fn to_json(options: &PublishOptions, Published { published, there }: &Published) -> Value {
    let version = |version: &PublishedVersion| {
        json!({
            "id": version.id.id,
            "version": version.id.version,
            "name": version.package.as_str(),
            "shasum": version.shasum,
        })
    };
    json!({
        "registry": options.registry.to_string(),
        "published": published.iter().map(version).collect::<Vec<_>>(),
        "there": there.iter().map(version).collect::<Vec<_>>(),
        "dryRun": options.dry_run,
    })
}
