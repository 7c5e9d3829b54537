use super::{reach, to_json};
use crate::cli::commands::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::ops::remote::{AddedRemote, add};
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// Add a remote, or give it another URL
///
/// The name is the scope's own: the scope is asked for it. With the name no network is needed.
#[derive(Args)]
#[command(override_usage = "bit remote add [OPTIONS] [NAME] <URL>")]
pub struct Add {
    /// The scope's name (the scope itself is asked without it), and where it is: a folder or a URL
    #[arg(value_name = "[NAME] URL", num_args = 1..=2, required = true)]
    place: Vec<String>,
    /// For every workspace of this machine's user
    #[arg(long, short = 'g')]
    global: bool,
}

impl Add {
    /// Adds it and tells.
    pub fn run(self, ui: &Ui) -> Result<()> {
        let (name, url) = match self.place.as_slice() {
            [name, url] => (Some(name.as_str()), url.as_str()),
            rest => (None, rest.first().map_or("", String::as_str)),
        };
        let AddedRemote { remote, before } = add(&current_folder()?, name, url, reach(self.global), &ui.progress())?;
        ui.json(&json!({"added": to_json(&remote), "before": before}))?;
        let before = before.map(|before| dim(format!(" (was {before})"))).unwrap_or_default();
        ui.line(format!("{} \"{}\" at {}{before}", good("added remote scope"), remote.name, remote.url));
        Ok(())
    }
}
