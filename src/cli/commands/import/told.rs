//! What an import tells, in words and as JSON.

use super::super::specifiers::{print_specifiers, specifiers_json};
use super::super::{advice_in_words, count, decisions, declared_json, warn_of_links, warn_of_not_installed};
use super::writes_files;
use crate::cli::ui::{Ui, dim, good, visible, warm};
use crate::ops::Lacking;
use crate::ops::import::{Fate, ImportOptions, Imported, ImportedComponent, InTheWay, LostVersion, Outdated, Wanted};
use crate::ops::merge::OnConflict;
use crate::ops::uneject::Settled;
use serde_json::{Value, json};

/// What was brought.
pub(super) fn print(ui: &Ui, imported: &Imported, options: &ImportOptions) {
    for (scope, why) in &imported.did_without {
        ui.warning(format!("{scope} was not reached, and what is here of it was used: {}", visible(why)));
    }
    let is_whole = options.wanted == Wanted::Workspace;
    let on_conflict = on_conflict(options);
    if is_whole {
        print_whole(ui, imported);
    } else {
        let done = imported.components.iter().filter(|one| one.fate != Fate::Diverged).count();
        if done > 0 {
            let what = if options.dry_run { "would import" } else { "successfully imported" };
            ui.line(good(format!("{what} {}", components(done))));
        }
        if imported.components.is_empty() && matches!(options.wanted, Wanted::PrimaryScope(_)) {
            ui.line(good("nothing to do: the workspace goes on with these copies already"));
        }
        imported.components.iter().for_each(|component| print_component(ui, component, on_conflict));
        if !imported.files.is_empty() {
            ui.line("files here that become those of the copies");
            imported.files.iter().for_each(|file| ui.line(format!("  > {}", visible(file))));
        }
        print_specifiers(ui, &imported.told, options.dry_run);
        let all = imported.components.iter().flat_map(|component| &component.decisions);
        decisions::print_open(ui, all, on_conflict);
    }
    for Outdated { id, latest, newer } in &imported.outdated {
        ui.line(format!("  > {id} {}", warm(format!("{newer} new version(s) available, latest {latest}"))));
    }
    if !writes_files(options) {
        for id in &imported.diverged {
            ui.line(format!("  > {id} {}", warm("both sides went on (\"bit merge\" joins them)")));
        }
    }
}

fn print_whole(ui: &Ui, imported: &Imported) {
    match (imported.exported, imported.versions.len()) {
        (0, _) => ui.line(good("nothing to import: no component of this workspace was exported yet")),
        (_, 0) if imported.failed.is_empty() && imported.lacking.is_empty() && imported.lost.is_empty() => {
            ui.line(good("nothing new: every version that the workspace needs is here"));
        }
        // What could not be had is told as the error that it is.
        (_, 0) => {}
        (_, versions) => {
            let mut ids: Vec<_> = imported.versions.iter().map(|version| &version.id).collect();
            ids.dedup();
            ui.line(good(format!("successfully imported {}", components(ids.len()))));
            let changed =
                if imported.found.is_empty() { "no file was changed" } else { "no component's file was changed" };
            ui.line(dim(format!("{} into the local scope; {changed}", count(versions, "version"))));
        }
    }
    if !imported.found.is_empty() {
        let ids: Vec<String> = imported.found.iter().map(ToString::to_string).collect();
        ui.line(format!("exported by somebody since: {}", ids.join(", ")));
        ui.line(dim(".bitmap says where each component lives: commit it"));
    }
}

fn components(number: usize) -> String {
    if number == 1 { "one component".to_owned() } else { count(number, "component") }
}

/// How conflicts were settled.
fn on_conflict(options: &ImportOptions) -> OnConflict {
    match options.in_the_way {
        InTheWay::Join(on_conflict) => on_conflict,
        _ => OnConflict::Refuse,
    }
}

/// One component, and what became of it.
pub(in crate::cli::commands) fn print_component(ui: &Ui, component: &ImportedComponent, on_conflict: OnConflict) {
    let fate = match &component.fate {
        Fate::Added => "added".to_owned(),
        Fate::Updated(from) => format!("updated from {from}"),
        Fate::Joined(from) => format!("updated from {from}, joined with local changes"),
        Fate::Moved(from) => format!("moved from {from}"),
        Fate::Restored => "files put back".to_owned(),
        Fate::UpToDate => "up to date".to_owned(),
        Fate::Ahead => "kept: what is staged here goes on from what the scope has".to_owned(),
        Fate::Diverged => "kept: both sides went on".to_owned(),
        Fate::Switched(from) => format!("is the primary one now, and was {from}"),
        Fate::Objects => "brought into the local scope".to_owned(),
    };
    let place = component.root_dir.iter().map(|folder| dim(format!(" ({folder})"))).collect::<String>();
    let advice = component.deprecated.iter().map(|advice| warm(format!(" [deprecated{}]", advice_in_words(advice))));
    let removed = if component.is_removed { warm(" [removed from its scope]") } else { String::new() };
    ui.line(format!("  > {} {fate}{place}{}{removed}", component.id, advice.collect::<String>()));
    decisions::print(ui, &component.decisions, on_conflict);
}

/// Says of which components that came there are newer versions.
pub(super) fn print_newer(ui: &Ui, imported: &Imported) {
    for component in &imported.components {
        let (id, latest) = (&component.id.id, &component.latest);
        if *latest > component.id.version {
            ui.line(format!("  > {latest} of {id} is newer {}", dim(format!("(\"bit import {id}\" brings it)"))));
        }
    }
}

/// The components that were packages of the workspace, and what went and came with that.
pub(super) fn print_settled(ui: &Ui, Settled { components, packages, declared, links, to_run }: &Settled) {
    ui.line("packages that are components of the workspace now");
    components.iter().for_each(|id| ui.line(format!("  > {id} {}", dim("(not in package.json any more)"))));
    packages.removed.iter().for_each(|path| ui.line(format!("  > {} {}", visible(path), dim("removed"))));
    for (package, range) in declared {
        let what = format!("{range} (components need it: added to package.json)");
        ui.line(format!("  > {} {}", visible(package), dim(visible(&what))));
    }
    if let Some(line) = to_run {
        ui.line(format!("nothing was installed; run: {line}"));
    }
    warn_of_links(ui, links);
    if to_run.is_none() {
        warn_of_not_installed(ui, links);
    }
}

/// The same, for scripts.
pub(super) fn settled_json(Settled { components, packages, declared, to_run, .. }: &Settled) -> Value {
    let declared = declared_json(declared);
    json!({"components": components, "removed": packages.removed, "declared": declared, "toRun": to_run})
}

/// Why a staged version is not to be had.
pub(super) fn why_lost(lost: &LostVersion) -> String {
    let made_from = lost.base.as_ref().map_or(String::new(), |base| format!(", made from {base}"));
    if !lost.is_scope_asked {
        let scope = &lost.id.id.scope;
        return format!(
            "tagged elsewhere or lost{made_from}: nobody has said where {scope} is (bit remote add {scope} <url>), so it was not asked"
        );
    }
    let taken = if lost.is_number_taken { "; its scope has another one of that number" } else { "" };
    format!("tagged elsewhere or lost{made_from}: nobody exported it yet{taken}")
}

/// What became of its files; those that stayed as they were are not among them.
fn files_json(component: &ImportedComponent, on_conflict: OnConflict) -> Value {
    let file = |path: &String, status: &str| json!({"path": path, "status": status, "conflict": null});
    let status = if component.fate == Fate::Added { "added" } else { "updated" };
    let mut files: Vec<Value> = component.written.iter().map(|path| file(path, status)).collect();
    files.extend(component.deleted.iter().map(|path| file(path, "removed")));
    files.extend(component.decisions.iter().map(|decision| decisions::file_json(decision, on_conflict)));
    files.into()
}

/// All of it, for scripts.
pub(in crate::cli::commands) fn to_json(imported: &Imported, options: &ImportOptions) -> Value {
    let on_conflict = on_conflict(options);
    let component = |component: &ImportedComponent| {
        let (status, from) = match &component.fate {
            Fate::Added => ("added", None),
            Fate::Updated(from) => ("updated", Some(from.to_string())),
            Fate::Joined(from) => ("merged", Some(from.to_string())),
            Fate::Moved(from) => ("moved", Some(from.clone())),
            Fate::Restored => ("restored", None),
            Fate::UpToDate => ("upToDate", None),
            Fate::Ahead => ("ahead", None),
            Fate::Diverged => ("diverged", None),
            Fate::Objects => ("objects", None),
            Fate::Switched(from) => ("switched", Some(from.to_string())),
        };
        json!({
            "id": component.id.id,
            "version": component.id.version,
            "status": status,
            "from": from,
            "path": component.root_dir,
            "latest": component.latest,
            "deprecated": component.deprecated.is_some(),
            "removed": component.is_removed,
            "files": files_json(component, on_conflict),
        })
    };
    let outdated = |Outdated { id, latest, newer }: &Outdated| json!({"id": id.id, "current": id.version, "latest": latest, "newVersions": newer});
    let lost = |lost: &LostVersion| json!({"id": lost.id, "neededBy": null, "error": why_lost(lost)});
    let lacking = |Lacking { id, needed_by, why }: &Lacking| json!({"id": id, "neededBy": needed_by, "error": why});
    json!({
        "importedComponents": imported.components.iter().map(component).collect::<Vec<_>>(),
        "newVersions": imported.versions,
        "outdatedComponents": imported.outdated.iter().map(outdated).collect::<Vec<_>>(),
        "mergePendingComponents": imported.diverged,
        "failed": imported.failed.iter().chain(&imported.did_without).map(|(scope, why)| json!({"scope": scope, "error": why})).collect::<Vec<_>>(),
        "missing": imported.lacking.iter().map(lacking).chain(imported.lost.iter().map(lost)).collect::<Vec<_>>(),
        "files": imported.files,
        "specifiers": specifiers_json(&imported.told),
        "dryRun": options.dry_run,
    })
}
