mod create;
mod fork;
mod hooks;
mod list;
mod rename;
mod set;
mod show;
mod sweep;

pub use create::print as print_created;

use super::remote::word_of;
use crate::cli::ui::Ui;
use crate::ops::scope::KnownScope;
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Make scopes, and show or change which ones a workspace uses
///
/// A scope is a git repository that stores released versions of components: a bare repository on any git server, or in
/// a folder. One server holds any number of them.
#[derive(Args)]
pub struct Scope {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Create(create::Create),
    Show(show::Show),
    List(list::List),
    Set(set::Set),
    Rename(rename::Rename),
    RenameOwner(rename::RenameOwner),
    Fork(fork::Fork),
    Sweep(sweep::SweepScope),
    Hooks(hooks::Hooks),
}

impl Scope {
    /// Does it and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        match self.action {
            Action::Create(create) => create.run(ui)?,
            Action::Show(show) => show.run(ui)?,
            Action::List(list) => list.run(ui)?,
            Action::Set(set) => set.run(ui)?,
            Action::Rename(rename) => rename.run(ui)?,
            Action::RenameOwner(rename) => rename.run(ui)?,
            Action::Fork(fork) => fork.run(ui)?,
            Action::Sweep(sweep) => return sweep.run(ui),
            Action::Hooks(hooks) => hooks.run(ui)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Where a scope is and who says so, for a person.
fn place_of(scope: &KnownScope) -> (String, &'static str) {
    match &scope.place {
        Some((url, source)) => (url.clone(), word_of(*source)),
        None if scope.name.is_placeholder() => ("(no scope yet: bit scope set <scope>)".to_owned(), ""),
        None => (format!("(nobody has said: bit remote add {} <url>)", scope.name), ""),
    }
}

fn to_json(scope: &KnownScope) -> Value {
    json!({
        "name": scope.name,
        "url": scope.place.as_ref().map(|(url, _)| url),
        "from": scope.place.as_ref().map(|(_, source)| word_of(*source)),
        "components": scope.components,
        "default": scope.is_default,
        "tracked": scope.is_tracked,
    })
}
