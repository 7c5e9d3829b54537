use super::{count, current_folder};
use crate::cli::ui::{Ui, bad, dim, good, strong, visible, warm};
use crate::errors;
use crate::git::{FileMode, quoted};
use crate::model::VersionSelector;
use crate::ops::diff::{Against, ComponentDiff, DiffOptions, FieldChange, FileDiff, Part, diff};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Show what changed: in the workspace since the last version, or between two versions
///
/// bit diff                       all that is modified
/// bit diff button                its folder, against the version that it has
/// bit diff button 0.0.1          its folder, against version 0.0.1
/// bit diff button 0.0.1 0.0.2    two versions
/// bit diff button --origin       a copy, against the version that it comes from
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Diff {
    /// Ids and patterns, then at most two versions
    #[arg(value_name = "ID OR PATTERN OR VERSION")]
    words: Vec<String>,
    /// Compare copies with the versions that they come from
    #[arg(long)]
    origin: bool,
    /// Only the names of files that differ
    #[arg(long, conflicts_with = "stat")]
    name_only: bool,
    /// Only how many lines differ
    #[arg(long)]
    stat: bool,
    /// Only this file
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Only files
    #[arg(long, conflicts_with = "configs_only")]
    files_only: bool,
    /// Only fields: main file, environment, dependencies, packages
    #[arg(long, conflicts_with = "file")]
    configs_only: bool,
}

impl Diff {
    /// Compares and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let (ids, from, to) = split_versions(self.words);
        let part = match (self.files_only, self.configs_only) {
            (true, _) => Part::Files,
            (_, true) => Part::Fields,
            _ => Part::Everything,
        };
        let has_ids = !ids.is_empty();
        let against = if self.origin { Against::Origin } else { Against::OtherState };
        if against == Against::Origin && (from.is_some() || to.is_some()) {
            return Err(errors::origin_of_one_version());
        }
        let options = DiffOptions { ids, against, from, to, file: self.file, part };
        let progress = ui.progress();
        let (workspace, diffs) = diff(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&diffs.iter().map(to_json).collect::<Vec<_>>())?;
        if diffs.is_empty() && !has_ids {
            ui.line(match against {
                Against::Origin => "no component of this workspace is a copy",
                Against::OtherState => "nothing is modified",
            });
        }
        for diff in &diffs {
            match (self.name_only, self.stat) {
                (true, _) => diff.files.iter().for_each(|file| ui.line(visible(&full_path(diff, file)))),
                (_, true) => print_stat(ui, diff),
                _ => print(ui, diff),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The last words may be versions: `button 0.0.1 0.0.2`. The first word is none.
fn split_versions(mut words: Vec<String>) -> (Vec<String>, Option<VersionSelector>, Option<VersionSelector>) {
    let mut take = || {
        let version = words.last().filter(|_| words.len() > 1).and_then(|word| VersionSelector::parse(word).ok())?;
        words.pop();
        Some(version)
    };
    match (take(), take()) {
        (last, None) => (words, last, None),
        (last, first) => (words, first, last),
    }
}

fn title(diff: &ComponentDiff) -> String {
    let new = diff.new.as_ref().map_or_else(|| "workspace".to_owned(), ToString::to_string);
    let old = diff.origin.as_ref().map_or_else(|| diff.old.to_string(), ToString::to_string);
    format!("{} {}", strong(&diff.id), dim(format!("({old} → {new})")))
}

fn print(ui: &Ui, diff: &ComponentDiff) {
    if diff.is_empty() {
        return ui.line(format!("{}: no difference", title(diff)));
    }
    ui.line(title(diff));
    for file in &diff.files {
        print_file(ui, file);
    }
    diff.fields.iter().for_each(|change| ui.line(field(change)));
    ui.line("");
}

fn print_file(ui: &Ui, file: &FileDiff) {
    let mut header = format!("diff --git {} {}", quoted("a", &file.path), quoted("b", &file.path));
    match (file.old_mode, file.new_mode) {
        (None, Some(mode)) => header.push_str(&format!("\nnew file mode {}", mode.octal())),
        (Some(mode), None) => header.push_str(&format!("\ndeleted file mode {}", mode.octal())),
        (Some(old), Some(new)) if old != new => {
            header.push_str(&format!("\nold mode {}\nnew mode {}", old.octal(), new.octal()));
        }
        _ => {}
    }
    if file.diff.is_binary {
        let names = [(file.old_mode, "a"), (file.new_mode, "b")];
        let names = names.map(|(mode, side)| mode.map_or("/dev/null".to_owned(), |_| quoted(side, &file.path)));
        header.push_str(&format!("\nBinary files {} and {} differ", names[0], names[1]));
    }
    ui.line(strong(header));
    if ui.is_json() || file.diff.text.is_empty() {
        return;
    }
    match ui.is_coloured() {
        true => file.diff.text.lines().for_each(|line| ui.line(paint(line))),
        // A file's own escapes and control characters stay in it: this may be piped into "git apply".
        false => ui.verbatim(&file.diff.text),
    }
}

/// For a terminal: in colours, and so that the file's own control characters do nothing to it.
fn paint(line: &str) -> String {
    let visible = |c: char| if c.is_control() && c != '\t' { c.escape_debug().to_string() } else { c.to_string() };
    let line: String = line.chars().map(visible).collect();
    match line.as_bytes() {
        [b'+', b'+', b'+', b' ', ..] | [b'-', b'-', b'-', b' ', ..] => strong(line),
        [b'+', ..] => good(line),
        [b'-', ..] => bad(line),
        [b'@', ..] => dim(line),
        _ => line,
    }
}

fn field(change: &FieldChange) -> String {
    let of = change.of.as_ref().map(|of| format!(" {of}")).unwrap_or_default();
    let what = match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!("{old} → {new}"),
        (None, Some(new)) => good(format!("added {new}")),
        (Some(old), None) => bad(format!("removed {old}")),
        (None, None) => String::new(),
    };
    format!("{}{of}: {what}", warm(change.field))
}

fn print_stat(ui: &Ui, diff: &ComponentDiff) {
    ui.line(title(diff));
    let width = diff.files.iter().map(|file| shown_path(file).chars().count()).max().unwrap_or(0);
    for file in &diff.files {
        let path = format!("{:width$}", shown_path(file));
        let size = match (file.old_mode, file.new_mode) {
            _ if file.diff.is_binary => "binary".to_owned(),
            (Some(old), Some(new)) if file.diff.text.is_empty() => format!("mode {} → {}", old.octal(), new.octal()),
            _ => bar(file),
        };
        ui.line(format!("  {path} | {size}"));
    }
    diff.fields.iter().for_each(|change| ui.line(format!("  {}", field(change))));
    let (added, removed) = lines(diff);
    let files = count(diff.files.len(), "file");
    ui.line(format!("  {files} changed, {}(+), {}(-)", count(added, "insertion"), count(removed, "deletion")));
}

fn bar(file: &FileDiff) -> String {
    const WIDEST: usize = 40;
    let (added, removed) = (file.diff.added, file.diff.removed);
    let all = added + removed;
    let scaled = |number: usize| if all > WIDEST { (number * WIDEST).div_ceil(all) } else { number };
    let signs = [good("+".repeat(scaled(added))), bad("-".repeat(scaled(removed)))].concat();
    if all == 0 { "0".to_owned() } else { format!("{all} {signs}") }
}

fn lines(diff: &ComponentDiff) -> (usize, usize) {
    diff.files.iter().fold((0, 0), |(added, removed), file| (added + file.diff.added, removed + file.diff.removed))
}

fn shown_path(file: &FileDiff) -> String {
    visible(&file.path)
}

/// From the workspace's root, where the component is in it.
fn full_path(diff: &ComponentDiff, file: &FileDiff) -> String {
    match &diff.root_dir {
        Some(root_dir) => format!("{root_dir}/{}", file.path),
        None => file.path.clone(),
    }
}

fn status(file: &FileDiff) -> &'static str {
    match (file.old_mode, file.new_mode) {
        (None, _) => "NEW",
        (_, None) => "DELETED",
        _ => "MODIFIED",
    }
}

fn to_json(diff: &ComponentDiff) -> Value {
    let file = |file: &FileDiff| {
        json!({
            "filePath": file.path,
            "status": status(file),
            "oldMode": file.old_mode.map(FileMode::octal),
            "newMode": file.new_mode.map(FileMode::octal),
            "binary": file.diff.is_binary,
            "added": file.diff.added,
            "removed": file.diff.removed,
            "diffOutput": file.diff.text,
        })
    };
    let field = |change: &FieldChange| {
        json!({
            "fieldName": change.field, "of": change.of, "old": change.old, "new": change.new,
        })
    };
    json!({
        "id": diff.id,
        "from": diff.old,
        "origin": diff.origin,
        "to": diff.new,
        "hasDiff": !diff.is_empty(),
        "filesDiff": diff.files.iter().map(file).collect::<Vec<_>>(),
        "fieldsDiff": diff.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_the_last_words() {
        let split = |words: &[&str]| {
            let (ids, from, to) = split_versions(words.iter().map(|word| (*word).to_owned()).collect());
            let text =
                |version: Option<VersionSelector>| version.map(|version| version.to_string()).unwrap_or_default();
            (ids.join(" "), text(from), text(to))
        };
        let expected = |ids: &str, from: &str, to: &str| (ids.to_owned(), from.to_owned(), to.to_owned());
        assert_eq!(split(&["a", "b"]), expected("a b", "", ""));
        assert_eq!(split(&["a", "0.0.1"]), expected("a", "0.0.1", ""));
        assert_eq!(split(&["a", "0.0.1", "head"]), expected("a", "0.0.1", "head"));
        assert_eq!(split(&["latest"]), expected("latest", "", ""));
        assert_eq!(split(&[]), expected("", "", ""));
    }

    #[test]
    fn control_characters_of_a_file_do_nothing_to_a_terminal() {
        assert_eq!(paint(" a\tb\u{1b}[31m"), " a\tb\\u{1b}[31m");
    }
}
