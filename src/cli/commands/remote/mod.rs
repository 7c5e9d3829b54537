use super::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::ops::remote::{self, AddedRemote, Reach};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Say where remote scopes are; alone, list them
///
/// A remote is a scope's name and its URL. It is known in one workspace, or with --global in all of this machine's
/// user. Passwords are never stored: git asks for them, or a credential helper knows them.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Remote {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    Add(Add),
    #[command(visible_alias = "rm")]
    Del(Del),
    List(List),
}

/// Add a remote, or give it another URL
///
/// The name is the scope's own. A folder of this machine is asked for it; for another URL it has to be said.
#[derive(Args)]
#[command(override_usage = "bit remote add [OPTIONS] [NAME] <URL>")]
struct Add {
    /// The scope's name (not needed for a folder of this machine), and where it is: a folder or a URL
    #[arg(value_name = "[NAME] URL", num_args = 1..=2, required = true)]
    place: Vec<String>,
    /// For every workspace of this machine's user
    #[arg(long, short = 'g')]
    global: bool,
}

/// Remove a remote; the scope itself is not touched
#[derive(Args)]
struct Del {
    /// The scope
    name: String,
    /// One that is known to every workspace
    #[arg(long, short = 'g')]
    global: bool,
}

/// List the remotes
#[derive(Args)]
struct List {}

impl Remote {
    /// Does it and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        match self.action {
            Some(Action::Add(add)) => add.run(ui)?,
            Some(Action::Del(del)) => del.run(ui)?,
            Some(Action::List(List {})) | None => list(ui)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn reach(global: bool) -> Reach {
    if global { Reach::Machine } else { Reach::Workspace }
}

impl Add {
    fn run(self, ui: &Ui) -> Result<()> {
        let (name, url) = match self.place.as_slice() {
            [name, url] => (Some(name.as_str()), url.as_str()),
            rest => (None, rest.first().map_or("", String::as_str)),
        };
        let AddedRemote { remote, before } =
            remote::add(&current_folder()?, name, url, reach(self.global), &ui.progress())?;
        ui.json(&json!({"added": to_json(&remote), "before": before}))?;
        let before = before.map(|before| dim(format!(" (was {before})"))).unwrap_or_default();
        ui.line(format!("{} \"{}\" at {}{before}", good("added remote scope"), remote.name, remote.url));
        Ok(())
    }
}

impl Del {
    fn run(self, ui: &Ui) -> Result<()> {
        let name = remote::remove(&current_folder()?, &self.name, reach(self.global), &ui.progress())?;
        ui.json(&json!({"removed": name}))?;
        ui.line(format!("{} \"{name}\"", good("successfully removed remote")));
        Ok(())
    }
}

fn list(ui: &Ui) -> Result<()> {
    let remotes = remote::list(&current_folder()?)?;
    ui.json(&remotes.iter().map(to_json).collect::<Vec<_>>())?;
    if remotes.is_empty() {
        ui.line("no remotes yet: bit remote add <url>");
    }
    let width = remotes.iter().map(|remote| remote.name.as_str().len()).max().unwrap_or(0);
    for remote in &remotes {
        let reach = if remote.reach == Reach::Machine { dim(" (global)") } else { String::new() };
        ui.line(format!("{:width$}  {}{reach}", remote.name.as_str(), remote.url));
    }
    Ok(())
}

fn to_json(remote: &remote::Remote) -> Value {
    json!({"name": remote.name, "url": remote.url, "global": remote.reach == Reach::Machine})
}
