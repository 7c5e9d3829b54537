//! `bit scope sweep`.

use crate::cli::commands::{count, current_folder};
use crate::cli::ui::{Table, Ui, dim, good, plain, strong, visible};
use crate::errors;
use crate::model::VersionId;
use crate::ops::sweep::{Stray, Sweep, SweepOptions, Swept, sweep};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Remove stray tags: versions that were pushed and that the scope's catalog does not list
///
/// An export that was killed leaves such tags, and so does one whose versions were reset afterwards. Nobody sees them,
/// but their numbers are taken. Without tags, all that are older than a day go. A tag that is
/// only named as a version is stays: what it is on has to say that it is that version.
#[derive(Args)]
pub struct SweepScope {
    /// The scope, its URL or its folder
    #[arg(value_name = "SCOPE OR URL")]
    place: String,
    /// Only these, whatever their age: button@0.0.2
    #[arg(value_name = "TAG")]
    tags: Vec<String>,
    /// Ask nothing
    #[arg(long, short = 'y')]
    yes: bool,
    /// Only show them
    #[arg(long)]
    dry_run: bool,
}

impl SweepScope {
    /// Shows, asks, removes and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let progress = ui.progress();
        let found = sweep(&current_folder()?, &SweepOptions { place: self.place, tags: self.tags }, &progress)?;
        drop(progress);
        show(ui, &found);
        let going = found.going().count();
        let head = json!({"scope": found.scope, "url": found.url});
        let (strays, lost) = (found.strays.clone(), found.lost.clone());
        if self.dry_run || going == 0 {
            ui.json(&to_json(head, (&strays, &found.lost), &Swept::default(), self.dry_run))?;
            return Ok(ExitCode::SUCCESS);
        }
        let question = format!("remove {} from {}", count(going, "tag"), found.url);
        match self.yes || ui.confirms(&question).ok_or_else(|| errors::not_confirmed(&question))? {
            false => {
                ui.line("nothing was removed");
                Ok(ExitCode::FAILURE)
            }
            true => {
                let swept = found.remove()?;
                ui.json(&to_json(head, (&strays, &lost), &swept, false))?;
                tell(ui, &swept);
                Ok(if swept.kept.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
        }
    }
}

fn show(ui: &Ui, found: &Sweep) {
    for id in &found.lost {
        ui.warning(format!("{id} stays: {}", errors::why_it_stays()));
    }
    if found.strays.is_empty() {
        return ui.line(good(format!("no stray tags in {}", found.scope)));
    }
    let number = count(found.strays.len(), "version tag");
    ui.line(format!("{} {}", strong(format!("{number} that {} does not list", found.scope)), dim(&found.url)));
    let mut table = Table::new(&["tag", "commit", "author", "date", "age", ""]);
    for stray in &found.strays {
        table.row(row(stray).map(|cell| (cell, plain as crate::cli::ui::Paint)));
    }
    table.lines().for_each(|line| ui.line(line));
}

fn row(stray: &Stray) -> [String; 6] {
    let tag = format!("{}@{}", stray.id.id.name, stray.id.version);
    let why_not = if stray.goes { "" } else { "stays: an export may be under way; name it to remove it" };
    let about = &stray.about;
    let (name, address) = &about.author;
    let author = visible(&format!("{name} <{address}>"));
    let age = age(stray.age);
    [tag, about.commit.short().to_string(), author, about.moment.day(), age, why_not.into()]
}

fn age(seconds: i64) -> String {
    const HOUR: i64 = 60 * 60;
    match seconds {
        ..HOUR => "new".into(),
        HOUR..172_800 => format!("{} h", seconds / HOUR),
        _ => format!("{} days", seconds / (24 * HOUR)),
    }
}

fn tell(ui: &Ui, swept: &Swept) {
    for (id, why) in &swept.kept {
        ui.warning(format!("{id} was not removed: {}", visible(why)));
    }
    if !swept.removed.is_empty() {
        ui.line(good(format!("removed {}", count(swept.removed.len(), "tag"))));
    }
}

fn to_json(mut head: Value, (strays, lost): (&[Stray], &[VersionId]), swept: &Swept, dry_run: bool) -> Value {
    let stray = |stray: &Stray| {
        let about = &stray.about;
        json!({
            "id": stray.id,
            "commit": about.commit,
            "author": about.author.0,
            "email": about.author.1,
            "date": about.moment.to_string(),
            "age": stray.age,
            "goes": stray.goes,
        })
    };
    head["stray"] = strays.iter().map(stray).collect();
    head["removed"] = json!(swept.removed);
    let kept = swept.kept.iter().map(|(id, why)| (id, why.as_str()));
    let kept = kept.chain(lost.iter().map(|id| (id, errors::why_it_stays())));
    head["kept"] = kept.map(|(id, why)| json!({"id": id, "reason": why})).collect();
    head["dryRun"] = json!(dry_run);
    head
}
