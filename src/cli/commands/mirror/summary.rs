//! The report for the page of a CI job.

use super::{difference_of, is_dry_run, news, word_of};
use crate::errors;
use crate::model::few;
use crate::ops::mirror::{Destination, Effect, Mirrored, Standing};
use anyhow::{Context, Result};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Refuses a file that can't be written, before anything is done.
pub fn check(path: &Path) -> Result<()> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map(drop).map_err(|error| errors::mirror_summary_unwritable(path, &error))
}

/// Adds it to a file, which other steps of the job may have written to; or writes it anew.
pub fn write(path: &Path, all: &[Mirrored], anew: bool) -> Result<()> {
    let text = text(all);
    let file = OpenOptions::new().create(true).append(!anew).write(true).truncate(anew).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("could not write {}", path.display()))
}

fn text(all: &[Mirrored]) -> String {
    let mut out = String::from("## Mirrored scopes\n\n");
    if is_dry_run(all) {
        out.push_str("A dry run: nothing was changed.\n\n");
    }
    out.push_str("| scope | destination | | |\n|---|---|---|---|\n");
    for one in all {
        let scope = one.scope.as_ref().map_or_else(|| one.from.clone(), ToString::to_string);
        for to in &one.destinations {
            let standing = one.standing(to);
            let sign = match standing {
                Standing::Updated if to.effect == Effect::DryRun => "⏳",
                Standing::InSync | Standing::Updated => "✅",
                Standing::Empty | Standing::Diverged => "⚠️",
                Standing::Failed => "❌",
            };
            let news = news(to).trim_start_matches(": ").to_owned();
            let cells = [scope.clone(), to.to.clone(), format!("{sign} {}", word_of(standing, to.effect)), news];
            out.push_str(&format!("| {} |\n", cells.map(|cell| escaped(&cell)).join(" | ")));
        }
    }
    let faults: Vec<String> = all.iter().flat_map(faults).collect();
    if !faults.is_empty() {
        out.push_str(&format!("\n{}\n", faults.join("\n")));
    }
    out.push('\n');
    out
}

/// A line each.
fn faults(one: &Mirrored) -> Vec<String> {
    let idle = one.unmatched.iter().map(|pattern| format!("- {}: the pattern \"{pattern}\" matches nothing", one.from));
    let of_all = one.error.iter().map(|error| format!("- {}: {}", one.from, errors::in_one_line(error)));
    let of_one =
        one.destinations.iter().flat_map(|to| faults_of(to).into_iter().map(|what| format!("- {}: {what}", to.to)));
    idle.chain(of_all).chain(of_one).map(|line| escaped(&line)).collect()
}

fn faults_of(to: &Destination) -> Vec<String> {
    const SHOWN: usize = 50;
    let diverged = to.diverged.iter().map(difference_of);
    let refused = to.refused.iter().map(|(id, why)| format!("{id} was not copied: {why}"));
    let mut lines = few(diverged.chain(refused), SHOWN);
    lines.extend(to.error.as_ref().map(errors::in_one_line));
    lines
}

/// What a host says may hold anything: it is to be no Markdown, and one line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '`' | '[' | ']' | '*' | '_' | '\\' | '!' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_says_is_no_markdown() {
        assert_eq!(escaped("a|b\n<script> `x` ![y](z)"), "a\\|b &lt;script&gt; \\`x\\` \\!\\[y\\](z)");
    }
}
