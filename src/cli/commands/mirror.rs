mod summary;

use super::{count, current_folder};
use crate::cli::ui::{Ui, bad, dim, good, strong, visible, warm};
use crate::errors::{self, EXIT_DIVERGED, EXIT_NOT_MIRRORED};
use crate::model::{VersionId, few};
use crate::ops::mirror::{
    Absent, CatalogMove, ChoiceWords, Destination, Difference, Effect, JobsOptions, MirrorOptions, Mirrored, Removed,
    Side, Standing, What, jobs, mirror,
};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Keep scopes the same on several hosts
///
/// Copies what is missing: version tags as they are, then the catalog. Nothing is forced and nothing removed: what
/// differs on the other side is told. Stopped anywhere, the same command goes on.
/// Exit codes: 0 in sync, 2 wrong usage, 3 something differs, 4 a destination failed, or the report could not be written.
#[derive(Args)]
pub struct Mirror {
    /// The source and its destinations: scopes, URLs or folders
    #[arg(value_name = "FROM TO")]
    places: Vec<String>,
    /// Mirror the scopes that this file names, one a line: {scope}, {owner} and {name} stand for them in the places
    #[arg(long, value_name = "FILE")]
    scope_list: Option<PathBuf>,
    /// Mirror what this file says: {"scopes": [{"from": "…", "to": ["…"]}]}
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Keep what was seen in this folder, so that the next run fetches only what is new
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Make destinations that do not exist, in a folder or over ssh
    #[arg(long)]
    create: bool,
    /// Only components that match; the catalog then waits until all that it lists is there
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Not these components
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Only versions that were exported since then: 2026-01-31, 2026-01-31T09:30:00Z, 30d, 12h
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Remove the tags of versions that the source's catalog says are removed
    #[arg(long)]
    prune: bool,
    /// Only versions that somebody signed whom this file names, as git's gpg.ssh.allowedSignersFile does; without it, what
    /// "bit.trust/signers" in workspace.jsonc says
    #[arg(long, value_name = "FILE")]
    signers: Option<PathBuf>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// How often to ask a host again that fails or breaks off
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    retries: u32,
    /// How long a host may take to say what it has, where nobody is at a terminal
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Do it again after so many seconds, until it is stopped
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    watch: Option<u64>,
    /// Add a report in Markdown to this file, for the page of a CI job
    #[arg(long, value_name = "FILE")]
    summary_file: Option<PathBuf>,
}

impl Mirror {
    /// Mirrors and tells, once or for ever.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let here = current_folder()?;
        let asked = JobsOptions {
            places: self.places,
            scope_list: self.scope_list,
            config: self.config,
            choice: ChoiceWords { include: self.include, exclude: self.exclude, since: self.since },
            signers: self.signers,
        };
        let options = MirrorOptions {
            cache: self.cache.map(|folder| here.join(folder)),
            absent: if self.create { Absent::Create } else { Absent::Refuse },
            removed: if self.prune { Removed::Prune } else { Removed::Keep },
            effect: if self.dry_run { Effect::DryRun } else { Effect::Change },
            retries: self.retries,
            timeout: Duration::from_secs(self.timeout),
        };
        loop {
            if let Some(file) = &self.summary_file {
                summary::check(&here.join(file))?;
            }
            let progress = ui.progress();
            let jobs = jobs(&here, &asked, &progress)?;
            let all = mirror(&jobs, &options, &progress)?;
            drop(progress);
            let exit = exit_of(&all);
            show(ui, &all, exit, self.watch.is_some())?;
            if let Some(file) = &self.summary_file {
                summary::write(&here.join(file), &all, self.watch.is_some())?;
            }
            match self.watch {
                None => return Ok(ExitCode::from(exit)),
                Some(seconds) => std::thread::sleep(Duration::from_secs(seconds)),
            }
        }
    }
}

/// 4 where both something differs and something failed.
fn exit_of(all: &[Mirrored]) -> u8 {
    let standings = || all.iter().flat_map(|one| one.destinations.iter().map(|to| one.standing(to)));
    match () {
        () if standings().any(|standing| standing == Standing::Failed) => EXIT_NOT_MIRRORED,
        () if standings().any(|standing| standing == Standing::Diverged) => EXIT_DIVERGED,
        () => 0,
    }
}

fn show(ui: &Ui, all: &[Mirrored], exit: u8, watches: bool) -> Result<()> {
    match (ui.is_json(), watches) {
        // A value a line: whoever reads them can't wait for the end.
        (true, true) => ui.verbatim(&format!("{}\n", to_json(all, exit))),
        _ => ui.json(&to_json(all, exit))?,
    }
    for one in all {
        print(ui, one);
    }
    ui.flush();
    Ok(())
}

fn print(ui: &Ui, one: &Mirrored) {
    let name = one.scope.as_ref().map_or_else(|| "scope".to_owned(), ToString::to_string);
    ui.line(format!("{} {}", strong(&name), dim(&one.from)));
    if let Some(error) = &one.error {
        ui.failure(&errors::report(error));
        return;
    }
    for to in &one.destinations {
        let standing = one.standing(to);
        let paint = match standing {
            Standing::Updated if to.effect == Effect::DryRun => warm,
            Standing::InSync | Standing::Updated => good,
            Standing::Empty | Standing::Diverged => warm,
            Standing::Failed => bad,
        };
        let word = paint(word_of(standing, to.effect));
        ui.line(format!("  > {} {word}{}", to.to, dim(news(to))));
        let shown = if to.effect == Effect::DryRun { usize::MAX } else { SHOWN };
        let sign = |sign: &str, ids: &[VersionId]| {
            few(ids, shown).into_iter().for_each(|id| ui.line(format!("    {sign} {id}")));
        };
        sign("+", &to.copied);
        sign("-", &to.pruned);
    }
    for to in &one.destinations {
        complain(ui, to);
    }
    for pattern in &one.unmatched {
        ui.warning(format!("the pattern \"{}\" matches no component of {name}", visible(pattern)));
    }
    if one.went_on {
        ui.note("the source has gone on meanwhile; the next run mirrors that");
    }
}

/// What came and went, in numbers.
fn news(to: &Destination) -> String {
    let mut words = Vec::new();
    let [copied, pruned, moved] = match to.effect {
        Effect::Change => ["copied", "pruned", "the catalog moved"],
        Effect::DryRun => ["to copy", "to prune", "the catalog moves"],
    };
    let number = |number: usize, what: &str| (number > 0).then(|| format!("{} {what}", count(number, "version")));
    words.extend(number(to.copied.len(), copied));
    words.extend(number(to.pruned.len(), pruned));
    words.extend(match &to.catalog {
        CatalogMove::Moved(_) => Some(moved.to_owned()),
        CatalogMove::Waits(lacking) => Some(format!("the catalog waits for {}", count(*lacking, "version"))),
        _ => None,
    });
    if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) }
}

/// So many are named of what was done; of what would be, all are.
const SHOWN: usize = 10;

fn complain(ui: &Ui, to: &Destination) {
    for difference in &to.diverged {
        ui.warning(format!("{}: {}", to.to, difference_of(difference)));
    }
    for (id, why) in &to.refused {
        ui.warning(format!("{}: {id} was not copied: {}", to.to, visible(why)));
    }
    for (id, why) in &to.kept {
        ui.note(format!("{}: {id} is removed, and was not pruned: {}", to.to, visible(why)));
    }
    if let CatalogMove::Waits(lacking) = to.catalog
        && to.left_out == lacking
    {
        ui.note(format!(
            "{}: the catalog waits, since it lists {} that {} not chosen; who has a version's tag can install it",
            to.to,
            count(lacking, "version"),
            if lacking == 1 { "was" } else { "were" }
        ));
    }
    if let Some(error) = &to.error {
        ui.failure(&errors::report(error));
    }
}

/// In what something differs, and what was done about it.
fn difference_of(Difference { what, source, other, side, way_out }: &Difference) -> String {
    let name = name_of(what);
    let exchanged = |who: &str| {
        format!(
            "{name} was exchanged at the source: it is {source}, {who} knows it as {other}; it was not copied. A version never changes: {way_out}"
        )
    };
    match side {
        Side::Workspace => exchanged("this workspace"),
        Side::Cache => exchanged("the cache"),
        Side::Destination => format!("{name} differs: {source} at the source, {other} there; it was left as it is"),
    }
}

fn name_of(what: &What) -> String {
    match what {
        What::Catalog => "the catalog".to_owned(),
        What::Version(id) => id.to_string(),
    }
}

fn word_of(standing: Standing, effect: Effect) -> &'static str {
    match standing {
        Standing::InSync => "in sync",
        Standing::Updated if effect == Effect::DryRun => "would be updated",
        Standing::Updated => "updated",
        Standing::Empty => "empty",
        Standing::Diverged => "diverged",
        Standing::Failed => "failed",
    }
}

/// Whether nothing was done, and only told.
fn is_dry_run(all: &[Mirrored]) -> bool {
    all.iter().flat_map(|one| &one.destinations).any(|to| to.effect == Effect::DryRun)
}

fn to_json(all: &[Mirrored], exit: u8) -> Value {
    let scope = |one: &Mirrored| {
        json!({
            "scope": one.scope,
            "from": one.from,
            "catalog": one.catalog,
            "versions": one.versions,
            "wentOn": one.went_on,
            "unmatched": one.unmatched,
            "error": one.error.as_ref().map(errors::in_one_line),
            "destinations": one.destinations.iter().map(|to| destination(one, to)).collect::<Vec<_>>(),
        })
    };
    json!({
        "scopes": all.iter().map(scope).collect::<Vec<_>>(),
        "exitCode": exit,
        "dryRun": is_dry_run(all),
    })
}

fn destination(one: &Mirrored, to: &Destination) -> Value {
    let difference = |difference: &Difference| {
        let id = match &difference.what {
            What::Catalog => None,
            What::Version(id) => Some(id),
        };
        let source = &difference.source;
        match difference.side {
            Side::Destination => json!({"id": id, "source": source, "destination": difference.other}),
            Side::Workspace | Side::Cache => {
                json!({"id": id, "source": source, "destination": null, "known": difference.other})
            }
        }
    };
    let reason = |(id, why): &(VersionId, String)| json!({"id": id, "reason": why});
    let (catalog, from) = match &to.catalog {
        CatalogMove::Unknown => ("unknown", None),
        CatalogMove::Same => ("same", None),
        CatalogMove::Moved(from) => ("moved", *from),
        CatalogMove::Waits(_) => ("waits", None),
        CatalogMove::Diverged => ("diverged", None),
    };
    json!({
        "to": to.to,
        "status": word_of(one.standing(to), to.effect),
        "copied": to.copied,
        "pruned": to.pruned,
        "diverged": to.diverged.iter().map(difference).collect::<Vec<_>>(),
        "kept": to.kept.iter().map(reason).collect::<Vec<_>>(),
        "refused": to.refused.iter().map(reason).collect::<Vec<_>>(),
        "leftOut": to.left_out,
        "catalog": catalog,
        "catalogBefore": from,
        "error": to.error.as_ref().map(errors::in_one_line),
    })
}
