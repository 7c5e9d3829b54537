use crate::cli::commands::{count, current_folder};
use crate::cli::ui::{Paint, Table, Ui, bad, good, plain, warm};
use crate::errors::Failure;
use crate::ops::remote::{Checked, Findings, Note, PushRight, check};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Ask the hosts of scopes what they can do, changing nothing there
///
/// Tells whether a scope is reached and which one it is, how much it holds, whether fetches speak protocol 2, whether
/// pushes are atomic, and whether you may push. Exits with 1 if one could not be reached or is no scope.
#[derive(Args)]
pub struct Check {
    /// A scope's name, its folder or its URL; every scope that is known here without it
    #[arg(value_name = "SCOPE OR URL")]
    place: Option<String>,
}

impl Check {
    /// Asks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let progress = ui.progress();
        let checked = check(&current_folder()?, self.place.as_deref(), &progress)?;
        drop(progress);
        ui.json(&checked.iter().map(to_json).collect::<Vec<_>>())?;
        if checked.is_empty() {
            ui.line("no remotes yet: bit remote add <url>");
        } else {
            table(&checked).lines().for_each(|line| ui.line(line));
        }
        checked.iter().for_each(|one| explain(ui, one));
        let failed = checked.iter().any(|one| one.found.is_err());
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn table(checked: &[Checked]) -> Table {
    let mut table = Table::new(&["scope", "versions", "refs", "protocol", "atomic push", "you may push", "url"]);
    for one in checked {
        table.row(match &one.found {
            Ok(found) => row(one, found),
            Err(_) => {
                let name = one.scope.as_ref().map_or("?", |scope| scope.as_str());
                let unknown = || ("-".to_owned(), plain as Paint);
                [cell(name), unknown(), unknown(), unknown(), unknown(), unknown(), cell(&one.url)]
            }
        });
    }
    table
}

fn row(one: &Checked, found: &Findings) -> [(String, Paint); 7] {
    let atomic = match found.atomic {
        Some(true) => yes(),
        Some(false) => ("no".to_owned(), (|text| warm(text)) as Paint),
        None => cell("-"),
    };
    let push = match found.push {
        PushRight::Granted => yes(),
        PushRight::Refused(_) => ("no".to_owned(), (|text| bad(text)) as Paint),
    };
    let protocol = if found.protocol_2 { "2" } else { "0" };
    let numbers = [found.versions, found.refs].map(|number| number.to_string());
    let [versions, refs] = numbers.map(|number| cell(&number));
    [cell(found.name.as_str()), versions, refs, cell(protocol), atomic, push, cell(&one.url)]
}

fn cell(text: &str) -> (String, Paint) {
    (text.to_owned(), plain)
}

fn yes() -> (String, Paint) {
    ("yes".to_owned(), |text| good(text))
}

/// What the table has no room for.
fn explain(ui: &Ui, one: &Checked) {
    match &one.found {
        Err(failure) => {
            let name = one.scope.as_ref().map(|scope| format!("{scope}: ")).unwrap_or_default();
            ui.failure(&Failure { message: format!("{name}{}", failure.message), ..failure.clone() });
        }
        Ok(found) => {
            if let PushRight::Refused(why) = &found.push {
                ui.warning(format!("{}: you may not push: {why}", found.name));
            }
            found.notes.iter().for_each(|note| ui.warning(format!("{}: {}", found.name, words(*note))));
        }
    }
}

fn words(note: Note) -> String {
    match note {
        Note::NotAtomic => {
            "its host has no atomic push: an export pushes versions first and the catalog last, so nobody sees a half"
                .to_owned()
        }
        Note::Many => "more than 5,000 versions: some hosts' web pages get slow".to_owned(),
        Note::TooMany => {
            "more than 10,000 versions: every push is told all of them; begin another scope for new components"
                .to_owned()
        }
        Note::Unseen(number) => {
            let whose = if number == 1 {
                "its tag: the host hides it, or somebody removed it"
            } else {
                "their tags: the host hides them, or somebody removed them"
            };
            format!("{} in the catalog without {whose}", count(number, "version"))
        }
        Note::Stray(number) => {
            format!("{} that the catalog does not list: an export was stopped, or is at work", count(number, "tag"))
        }
    }
}

fn to_json(one: &Checked) -> Value {
    let found = one.found.as_ref().ok();
    let refused = found.and_then(|found| match &found.push {
        PushRight::Refused(why) => Some(why),
        PushRight::Granted => None,
    });
    json!({
        "scope": found.map(|found| &found.name).or(one.scope.as_ref()),
        "url": one.url,
        "ok": found.is_some(),
        "error": one.found.as_ref().err().map(|failure| json!({"kind": failure.kind, "message": failure.message, "hint": failure.hint})),
        "versions": found.map(|found| found.versions),
        "refs": found.map(|found| found.refs),
        "protocol": found.map(|found| if found.protocol_2 { 2 } else { 0 }),
        "atomic": found.and_then(|found| found.atomic),
        "mayPush": found.map(|_| refused.is_none()),
        "whyNot": refused,
        "notes": found.map(|found| found.notes.iter().map(|note| words(*note)).collect::<Vec<_>>()).unwrap_or_default(),
    })
}
