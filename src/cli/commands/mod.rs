//! One file a command: its arguments, one call of a use case, the printing of what that returns.

mod add;
mod bitmap;
mod build;
mod cat;
mod checkout;
mod compile;
mod completions;
mod decisions;
mod delete;
mod deprecate;
mod diff;
mod doctor;
mod eject;
mod export;
mod fetch;
mod findings;
mod fork;
mod graph;
mod hook;
mod import;
mod init;
mod install;
mod link;
mod list;
mod log;
mod login;
mod merge;
mod mirror;
mod pack;
mod pattern;
mod publish;
mod relocate;
mod remote;
mod remove;
mod rename;
mod reset;
mod scope;
mod search;
mod show;
mod specifiers;
mod status;
mod successors;
mod tag;
mod uneject;
mod update;
mod verify;

use super::ui::{Ui, visible};
use crate::errors;
use crate::model::{ComponentId, Deprecation, PackageName, VersionId};
use crate::ops::build::{Built, NO_TYPESCRIPT, TaskRun, Why, did_not_make};
use crate::ops::links::LinkReport;
use crate::ops::waiting::{Cause, Waiting};
use crate::ops::{Absence, Amended, MissingDependency, OutsidePackage, Place, Whom, Workspace};
use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

macro_rules! commands {
    ($($(#[$attribute:meta])* $name:ident($module:ident),)*) => {
        /// What the program can do.
        #[derive(Subcommand)]
        pub enum Command {
            $($(#[$attribute])* $name($module::$name),)*
        }

        impl Command {
            /// Does it.
            pub fn run(self, ui: &Ui) -> Result<ExitCode> {
                match self {
                    $(Self::$name(command) => command.run(ui),)*
                }
            }
        }
    };
}

impl Command {
    /// The exit code of whatever fails and is no wrong usage. Two commands promise scripts that 1 is none of theirs:
    /// theirs says that nobody knows now how it stands, or was told.
    pub fn exit_of_failure(&self) -> u8 {
        match self {
            Self::Mirror(_) => errors::EXIT_NOT_MIRRORED,
            Self::Verify(_) => errors::EXIT_UNREACHABLE,
            _ => errors::EXIT_FAILED,
        }
    }
}

commands! {
    Init(init),
    Add(add),
    #[command(visible_alias = "s")]
    Status(status),
    #[command(visible_alias = "t")]
    Tag(tag),
    #[command(visible_alias = "untag")]
    Reset(reset),
    Build(build),
    Test(build),
    Export(export),
    Import(import),
    Fetch(fetch),
    Checkout(checkout),
    Merge(merge),
    Scope(scope),
    Install(install),
    Eject(eject),
    Uneject(uneject),
    Update(update),
    Link(link),
    Compile(compile),
    #[command(visible_alias = "rm")]
    Remove(remove),
    #[command(visible_alias = "mv")]
    Move(relocate),
    Fork(fork),
    Rename(rename),
    Deprecate(deprecate),
    Undeprecate(deprecate),
    Delete(delete),
    Recover(delete),
    Remote(remote),
    Login(login),
    Logout(login),
    #[command(visible_alias = "ls")]
    List(list),
    Search(search),
    Pattern(pattern),
    Show(show),
    Log(log),
    Diff(diff),
    Graph(graph),
    Cat(cat),
    Pack(pack),
    Publish(publish),
    Mirror(mirror),
    Doctor(doctor),
    Verify(verify),
    Hook(hook),
    Bitmap(bitmap),
    Completions(completions),
}

/// Where the person stands.
fn current_folder() -> Result<PathBuf> {
    std::env::current_dir().context("could not find out which folder this is")
}

/// What `--remote` says: nothing, the component's own scope, or another one.
fn whom(remote: Option<Option<String>>, here: &Path) -> Result<Option<Whom>> {
    let named = |text: String| Ok(Whom::At(Place::parse(&text, here)?));
    remote.map(|scope| scope.map_or(Ok(Whom::Own), named)).transpose()
}

/// `1 component`, `2 components`.
fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// ` (<2.0.0), use my-org.ui/knob instead: too slow`: what is said of a deprecation beside that it is one.
fn advice_in_words(advice: &Deprecation) -> String {
    let range = advice.range.as_ref().map(|range| format!(" ({})", visible(range))).unwrap_or_default();
    let instead = advice.new_id.as_ref().map(|id| format!(", use {id} instead")).unwrap_or_default();
    let message = if advice.message.is_empty() { String::new() } else { format!(": {}", visible(&advice.message)) };
    format!("{range}{instead}{message}")
}

/// `a, b`.
fn joined(ids: &[ComponentId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Says what a person should know about a change that was made in scopes; the components that were changed.
fn amended(ui: &Ui, (workspace, amended): (Option<Workspace>, Amended)) -> Vec<ComponentId> {
    workspace.iter().for_each(|workspace| ui.notices(workspace));
    amended.warnings.iter().for_each(|warning| ui.warning(warning));
    amended.ids
}

/// Says which versions, needed by those that were put into node_modules, could not be put there.
fn warn_of_missing(ui: &Ui, report: &LinkReport) {
    for MissingDependency { id, needed_by, reason } in &report.missing {
        ui.warning(match reason {
            Absence::NotHere => format!("{id} is not here, and {needed_by} needs it: bit import --objects {id}"),
            Absence::OtherContent { here, pinned } => format!(
                "{id} is {} here, but {needed_by} was made with {}: one of the two was tagged apart from the other; imports in {needed_by} do not find it",
                here.short(),
                pinned.short()
            ),
        });
    }
}

/// Says which packages from outside are needed and not installed.
fn warn_of_not_installed(ui: &Ui, report: &LinkReport) {
    let mut needed: BTreeMap<(&str, &str), Vec<&VersionId>> = BTreeMap::new();
    for OutsidePackage { package, range, needed_by } in &report.not_installed {
        needed.entry((package, range)).or_default().push(needed_by);
    }
    for ((package, range), by) in needed {
        let who = match by.as_slice() {
            [one] => format!("{one} needs"),
            [first, others @ ..] => format!("{first} and {} need", count(others.len(), "other component")),
            [] => continue,
        };
        let what = visible(&format!("{package} ({range})"));
        ui.warning(format!("{what} is not installed, and {who} it: bit install"));
    }
}

/// Packages from outside that were declared.
fn declared_json(declared: &[(String, String)]) -> Value {
    declared.iter().map(|(package, range)| json!({"package": package, "range": range})).collect()
}

/// Says what was compiled into node_modules and is not there any more.
fn warn_of_uncompiled(ui: &Ui, report: &LinkReport) {
    for id in &report.uncompiled {
        ui.warning(format!("{id} can't be compiled into node_modules: \"bit compile\" says why"));
    }
}

/// Says which links could not be made by the way.
fn warn_of_links(ui: &Ui, report: &LinkReport) {
    warn_of_missing(ui, report);
    warn_of_uncompiled(ui, report);
    for package in &report.foreign {
        ui.warning(format!(
            "node_modules/{package} is not a link to the component; it was left alone (\"bit link\" says more)"
        ));
    }
    let mut causes: BTreeMap<&str, Vec<&PackageName>> = BTreeMap::new();
    for (package, why) in &report.failed {
        causes.entry(why).or_default().push(package);
    }
    for (why, packages) in causes {
        match packages.as_slice() {
            [only] => ui.warning(format!("node_modules/{only} could not be linked: {why}")),
            several => ui.warning(format!("{} could not be linked: {why}", count(several.len(), "component"))),
        }
    }
}

/// Says where capsules are that were kept.
fn print_capsules(ui: &Ui, built: &[Built]) {
    for capsule in built.iter().flat_map(|built| &built.capsules) {
        ui.line(format!("capsule: {}", capsule.display()));
    }
}

/// What became of a component's build, for scripts.
fn built_json(id: &ComponentId, built: &Built) -> Value {
    let failure = |task: &str| built.failures.iter().find(|failure| failure.task == task);
    let task = |run: &TaskRun| {
        let mut value = json!({"task": run.task, "ok": run.ok, "cached": run.remembered});
        match failure(&run.task).map(|failure| &failure.why) {
            Some(Why::Command { code, tail, log }) => {
                value["code"] = json!(code);
                value["output"] = json!(tail.text);
                value["log"] = json!(log);
            }
            Some(Why::NoTypeScript) => value["error"] = json!(NO_TYPESCRIPT),
            Some(Why::Output(what)) => value["error"] = json!(what),
            Some(Why::Missing(outputs)) => value["error"] = json!(did_not_make(outputs)),
            Some(Why::Compile(problems)) => value["errors"] = json!(problems),
            None => {}
        }
        value
    };
    json!({
        "id": id,
        "env": built.env,
        "tasks": built.tasks.iter().map(task).collect::<Vec<_>>(),
        "artifacts": built.artifacts,
        "warnings": built.warnings,
        "waitsFor": built.waits_for,
        "capsules": built.capsules,
    })
}

/// Why a component is not deprecated or removed yet.
fn why_it_waits(Waiting { id, word, cause }: &Waiting) -> String {
    match cause {
        Cause::Unpublished(successor) => errors::waits_for_successor(id, word, successor),
        Cause::Needed(dependents) => errors::waits_for_dependents(id, word, dependents),
    }
}

/// What is said to those who use a component, with all keys.
fn deprecation_json(Deprecation { message, range, new_id }: &Deprecation) -> Value {
    json!({"message": message, "range": range, "newId": new_id})
}

/// The same for scripts.
fn waiting_json(Waiting { id, word, cause }: &Waiting) -> Value {
    match cause {
        Cause::Unpublished(successor) => json!({"id": id, "change": word, "newId": successor}),
        Cause::Needed(dependents) => json!({"id": id, "change": word, "neededBy": dependents}),
    }
}
