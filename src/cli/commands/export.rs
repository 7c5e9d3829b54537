use super::specifiers::{print_specifiers, specifiers_json, still_named_json, unparsed_json};
use super::{count, current_folder, warn_of_links};
use crate::cli::ui::{Ui, dim, good, strong, visible};
use crate::errors::{self, Away, ConsentNeeded, ForkConsentNeeded};
use crate::model::{ComponentId, Mark, ScopeName, VersionId};
use crate::ops::eject::{EjectOptions, Ejected, eject};
use crate::ops::export::{
    Along, Consent, Copied, CopyOptions, ExportOptions, Exported, ExportedScope, MissingVersions, Primary, Then,
    Versions, export,
};
use crate::ops::tag::Signing;
use crate::ops::{Specifiers, Unparsable, Workspace};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

/// Publish staged versions to their scopes
///
/// With them go the deprecations and removals that wait in .bitmap.
/// All of a scope's versions become visible at once, or none does. Stopped half-way, the same command finishes.
/// Components that were never exported and go to another scope than theirs get that scope: their staged versions are
/// rewritten, and those of components that need them. Components that have a scope are copied: with every version that
/// their scope lists, and what is staged here. They stay staged for their own scope. The same again adds what is new.
#[derive(Args)]
pub struct Export {
    /// A scope ("current": each component's own), then ids and patterns
    #[arg(value_name = "SCOPE, ID OR PATTERN")]
    words: Vec<String>,
    /// The scope, said without doubt
    #[arg(long, value_name = "SCOPE")]
    to: Option<String>,
    /// All versions that are known here, also those that were exported, to all scopes that the components are in: copies are
    /// brought up to date, and a scope that was lost is restored
    #[arg(long, visible_alias = "all", short = 'a')]
    all_versions: bool,
    /// Copy all that the components need too
    #[arg(long, short = 'd', alias = "includeDependencies")]
    include_dependencies: bool,
    /// The scope becomes the primary one: the workspace goes on with the copies
    #[arg(long, short = 's')]
    set_current_scope: bool,
    /// Copy what is known here, though versions are missing
    #[arg(long)]
    known_only: bool,
    /// Ask no question: components that were meant for another scope go to the one that is named
    #[arg(long, short = 'f')]
    force: bool,
    /// Give packages their new names in import statements too: copies need copies, where there are some; where components
    /// get another scope, their staged versions and the files here follow
    #[arg(long, short = 'r')]
    rewire: bool,
    /// Leave files that can't be parsed as they are, instead of refusing
    #[arg(long, requires = "rewire")]
    skip_unparsable: bool,
    /// Sign the new catalogs. Without it they are signed where all versions that are new in them are, by user.signingkey
    #[arg(long, short = 'S')]
    sign: bool,
    /// Only say what would be done
    #[arg(long, conflicts_with = "eject")]
    dry_run: bool,
    /// Eject what was exported: the components' packages take the place of their sources. What has changes that are in no
    /// version stays, also with --force. Stopped half-way, the same command finishes
    #[arg(long, short = 'e')]
    eject: bool,
}

impl Export {
    /// Publishes and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let (dry_run, eject) = (self.dry_run, self.eject);
        let (workspace, exported) = export_or_ask(ui, self.options())?;
        ui.notices(&workspace);
        warn_of_links(ui, &exported.links);
        exported.warnings.iter().for_each(|warning| ui.warning(warning));
        exported.waiting.iter().for_each(|waiting| ui.warning(super::why_it_waits(waiting)));
        let mut json = ui.is_json().then(|| to_json(&exported, dry_run));
        let ids: Vec<String> = exported.to_eject.iter().map(ToString::to_string).collect();
        if eject {
            warn_of_copies(ui, &workspace, &exported, &ids);
        }
        let ejected = match eject && exported.unfinished.is_none() {
            true => eject_exported(ui, workspace, ids.clone()),
            false => Ok(None),
        };
        if let (Some(json), Ok(Some(ejected))) = (&mut json, &ejected) {
            json["eject"] = super::eject::to_json(ejected);
        }
        warn_of_left(ui, &exported);
        if exported.scopes.is_empty() && exported.renamed.is_empty() && !exported.left.is_empty() {
            return Err(errors::nothing_could_be_exported());
        }
        ui.json(&json)?;
        if exported.scopes.is_empty() && exported.renamed.is_empty() && !exported.held_back.is_empty() {
            return Err(errors::no_copy_taken());
        }
        print(ui, &exported, dry_run);
        let told = |ejected: Option<Ejected>| ejected.map_or(Ok(ExitCode::SUCCESS), |one| super::eject::tell(ui, &one));
        let exit = ejected.and_then(told).map_err(|error| errors::exported_and_not_ejected(error, &ids))?;
        if let Some(unfinished) = exported.unfinished {
            return Err(unfinished.why.into());
        }
        if exported.missed().next().is_some() {
            return Err(errors::versions_stay_lost(exported.missed().map(|lost| (&lost.id, &lost.away))));
        }
        if exported.held_back.is_empty() { Ok(exit) } else { Err(errors::some_copies_held_back()) }
    }

    fn options(self) -> ExportOptions {
        let versions = if self.all_versions { Versions::All } else { Versions::Staged };
        let consent = if self.force { Consent::Given } else { Consent::Ask };
        let unparsable = if self.skip_unparsable { Unparsable::Leave } else { Unparsable::Refuse };
        let specifiers = if self.rewire { Specifiers::Rewire(unparsable) } else { Specifiers::Keep };
        let (copies, dry_run) = (self.copies(), self.dry_run);
        let signing = if self.sign { Signing::Sign } else { Signing::AsConfigured };
        let then = if self.eject { Then::Eject } else { Then::Stay };
        ExportOptions { words: self.words, to: self.to, versions, consent, specifiers, copies, signing, then, dry_run }
    }

    fn copies(&self) -> CopyOptions {
        CopyOptions {
            along: if self.include_dependencies { Along::Dependencies } else { Along::Nothing },
            missing: if self.known_only { MissingVersions::LeaveOut } else { MissingVersions::Refuse },
            primary: if self.set_current_scope { Primary::Moves } else { Primary::Stays },
        }
    }
}

/// The workspace goes on with what copies were made of.
fn warn_of_copies(ui: &Ui, workspace: &Workspace, exported: &Exported, ejected: &[String]) {
    let copied: BTreeSet<&ComponentId> = exported.copied.iter().map(|copied| &copied.from.id).collect();
    for id in copied.into_iter().filter(|id| workspace.entry(id).is_some() && !ejected.contains(&id.to_string())) {
        ui.warning(format!("{id} stays: what was exported is a copy; with --set-current-scope that takes its place"));
    }
}

/// Ejects what something was published of.
fn eject_exported(ui: &Ui, workspace: Workspace, ids: Vec<String>) -> Result<Option<Ejected>> {
    // The lock is the ejecting command's now.
    drop(workspace);
    if ids.is_empty() {
        return Ok(None);
    }
    let options = EjectOptions { ids, ..EjectOptions::default() };
    let (workspace, ejected) = eject(&current_folder()?, &options, &super::import::follow(ui, false), &ui.progress())?;
    ui.notices(&workspace);
    Ok(Some(ejected))
}

/// Asks what the export needs to know, where somebody is there to answer, and then exports.
fn export_or_ask(ui: &Ui, mut options: ExportOptions) -> Result<(Workspace, Exported)> {
    let here = current_folder()?;
    let error = match export(&here, &options, &ui.progress()) {
        Err(error) if ui.has_person() && !ui.is_json() => error,
        done => return done,
    };
    let Some(question) = question(&error) else { return Err(error) };
    if !ui.confirm(&question) {
        return Err(errors::canceled());
    }
    options.consent = Consent::Given;
    export(&here, &options, &ui.progress())
}

/// What is to be asked.
fn question(error: &anyhow::Error) -> Option<String> {
    if let Some(needed) = error.downcast_ref::<ForkConsentNeeded>() {
        return Some(format!("{needed}\nAre you sure you would like to proceed?"));
    }
    let needed = error.downcast_ref::<ConsentNeeded>()?;
    let what = count(needed.ids.len(), "component");
    Some(format!("{needed}\n{what} meant for another scope: export to {} instead?", needed.scope))
}

fn warn_of_left(ui: &Ui, exported: &Exported) {
    exported.held_back.iter().for_each(|(scope, why)| ui.warning(errors::copies_held_back(scope, why)));
    exported.unsaid.iter().for_each(|(id, mark)| ui.warning(errors::not_said_again(id, mark)));
    let others = exported.lost.iter().filter(|lost| lost.away == Away::NotMeant).map(|lost| &lost.id);
    let mut by_scope: BTreeMap<&ScopeName, Vec<&VersionId>> = BTreeMap::new();
    others.for_each(|id| by_scope.entry(&id.id.scope).or_default().push(id));
    by_scope.iter().for_each(|(scope, ids)| ui.warning(errors::others_stay_lost(scope, ids)));
    for (id, why) in &exported.left {
        ui.warning(format!(
            "the following component(s) were not exported: {id} ({why}; \"bit export <scope>\" gives it a real one; so does defaultScope in workspace.jsonc, for components added from then on)"
        ));
    }
}

fn print(ui: &Ui, exported: &Exported, dry_run: bool) {
    match (exported.scopes.is_empty(), exported.renamed.is_empty() && exported.switched.is_empty()) {
        (true, true) => ui.line(good("nothing to export")),
        // Killed after its push, an export has nothing left to publish.
        (true, false) => ui.line(good("the scope has these versions already")),
        (false, _) => {
            let what = if dry_run { "would export" } else { "exported" };
            ui.line(good(format!("{what} components ({})", exported.components())));
        }
    }
    for scope in &exported.scopes {
        ui.line(format!("{} {}", strong(&scope.scope), dim(&scope.url)));
        scope.versions.iter().for_each(|version| ui.line(format!("  > {version}")));
        scope
            .marked
            .iter()
            .for_each(|(id, mark)| ui.line(format!("  > {id} {}", dim(visible(&format!("({})", mark.words()))))));
    }
    print_renamed(ui, exported);
    print_copied(ui, exported);
    print_specifiers(ui, &exported.told, dry_run);
    if !dry_run && !exported.scopes.is_empty() {
        let versions: usize = exported.scopes.iter().map(|scope| scope.versions.len()).sum();
        if versions > 0 {
            ui.line(dim(format!("{} published", count(versions, "version"))));
        }
    }
    if exported.bitmap_to_commit {
        ui.line(dim(".bitmap says where each component lives: commit it"));
    }
}

fn print_renamed(ui: &Ui, exported: &Exported) {
    if !exported.renamed.is_empty() {
        ui.line("new scopes");
        exported.renamed.iter().for_each(|(old, new)| ui.line(format!("  > {old} → {new}")));
    }
    if !exported.rewritten.is_empty() {
        ui.line("staged versions that need them, rewritten");
        exported.rewritten.iter().for_each(|id| ui.line(format!("  > {id}")));
    }
}

fn print_copied(ui: &Ui, exported: &Exported) {
    if !exported.copied.is_empty() {
        ui.line("copies");
        exported.copied.iter().for_each(|Copied { from, to }| ui.line(format!("  > {from} → {to}")));
    }
    if !exported.switched.is_empty() {
        ui.line("primary scopes");
        exported.switched.iter().for_each(|(old, new)| ui.line(format!("  > {old} → {new}")));
    }
    if !exported.files.is_empty() {
        ui.line("files here that become those of the copies");
        exported.files.iter().for_each(|file| ui.line(format!("  > {}", visible(file))));
    }
}

fn to_json(exported: &Exported, dry_run: bool) -> Value {
    let marked = |(id, mark): &(ComponentId, Mark)| json!({"id": id, "change": mark.word(), "range": mark.range()});
    let scope = |scope: &ExportedScope| {
        let marked: Vec<Value> = scope.marked.iter().map(marked).collect();
        json!({"scope": scope.scope, "url": scope.url, "versions": scope.versions, "marked": marked})
    };
    let left = exported.left.iter().map(|(id, why)| json!({"id": id, "reason": why}));
    let lost = exported.lost.iter().map(|lost| json!({"id": lost.id, "reason": lost.away.to_string()}));
    let unsaid = exported.unsaid.iter().map(|(id, mark)| json!({"id": id, "reason": errors::not_said_again(id, mark)}));
    let unfinished = exported.unfinished.iter().flat_map(|rest| rest.ids.iter().map(|id| (id, &rest.why.message)));
    let unfinished = unfinished.map(|(id, why)| json!({"id": id, "reason": why}));
    json!({
        "scopes": exported.scopes.iter().map(scope).collect::<Vec<_>>(),
        "renamed": exported.renamed.iter().map(|(old, new)| json!({"from": old, "id": new})).collect::<Vec<_>>(),
        "rewritten": exported.rewritten,
        "copied": exported.copied.iter().map(|Copied { from, to }| json!({"from": from, "id": to})).collect::<Vec<_>>(),
        "switched": exported.switched.iter().map(|(old, new)| json!({"from": old, "id": new})).collect::<Vec<_>>(),
        "files": exported.files,
        "specifiers": specifiers_json(&exported.told),
        "unparsed": unparsed_json(&exported.told),
        "stillNamed": still_named_json(&exported.told),
        "notExported": left.chain(lost).chain(unsaid).chain(unfinished).collect::<Vec<_>>(),
        "heldBack": exported.waiting.iter().map(super::waiting_json).collect::<Vec<_>>(),
        "notCopied": exported.held_back.iter().map(|(scope, why)| json!({"scope": scope, "reason": why})).collect::<Vec<_>>(),
        "dryRun": dry_run,
    })
}
