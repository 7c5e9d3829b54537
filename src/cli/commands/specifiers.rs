//! Telling which specifiers follow packages to their new names.

use super::count;
use crate::cli::ui::{Ui, dim, good, visible};
use crate::errors;
use crate::ops::{StillNamed, Told};
use serde_json::{Value, json};

/// Prints every specifier where nothing was done yet, else how many changed; and warns of files that stay.
pub fn print_specifiers(ui: &Ui, told: &Told, dry_run: bool) {
    for file in &told.left {
        let words = match file.words.is_empty() {
            true => String::new(),
            false => format!("; it holds the words {}", file.words.join(", ")),
        };
        ui.warning(format!("{}:{} (it stays as it is{words})", visible(&file.place), file.problem));
    }
    if !told.still.is_empty() {
        ui.warning(errors::old_names_still_stand(&told.still.iter().map(still_named).collect::<Vec<_>>()));
    }
    let changes = told.changed.iter().map(|file| file.changes.len()).sum();
    if changes == 0 {
        return;
    }
    let (specifiers, files) = (count(changes, "specifier"), count(told.changed.len(), "file"));
    if !dry_run {
        ui.line(good(format!("rewired {specifiers} in {files}")));
        return;
    }
    ui.line(format!("would rewire {specifiers} in {files}"));
    for file in &told.changed {
        for change in &file.changes {
            let (before, after) = (visible(&change.before), visible(&change.after));
            ui.line(format!("  > {}:{} {} → {after}", visible(&file.place), change.line, dim(before)));
        }
    }
}

fn still_named(file: &StillNamed) -> String {
    format!("{}: {}", file.place, file.words.join(", "))
}

/// Files in which old names still stand.
pub fn still_named_json(told: &Told) -> Vec<Value> {
    told.still.iter().map(|file| json!({"file": file.place, "names": file.words})).collect()
}

/// The same for scripts.
pub fn specifiers_json(told: &Told) -> Vec<Value> {
    let changes = |file: &crate::ops::ChangedFile| {
        let change = |change: &crate::source::rewrite::Renamed| json!({"file": file.place, "line": change.line, "from": change.before, "to": change.after});
        file.changes.iter().map(change).collect::<Vec<_>>()
    };
    told.changed.iter().flat_map(changes).collect()
}

/// The files that can't be parsed.
pub fn unparsed_json(told: &Told) -> Vec<Value> {
    let unparsed = told.unparsed().into_iter();
    unparsed.map(|(file, error)| json!({"file": file, "error": error})).collect()
}
