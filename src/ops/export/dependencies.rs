//! What versions need must be published too, before them or with them.

use super::aim::Aim;
use super::copies::Along;
use super::{ExportOptions, Target};
use crate::errors;
use crate::model::{CatalogEntry, ComponentId, Pattern, ScopeName, VersionId};
use crate::ops::select::typed;
use crate::ops::{Specifiers, Workspace};
use crate::scope::{Known, StoredVersion, TrackedCatalog};
use crate::workspace::BitmapEntry;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A version that needs one that nobody can get.
struct Missing {
    dependent: VersionId,
    needed: VersionId,
    /// Whether the scope lists other content under that number: then an export can't help.
    is_taken: bool,
}

/// Every dependency must be listed in its scope or be part of this export.
pub fn refuse_missing(
    workspace: &Workspace,
    known: &Known,
    aim: &Aim,
    targets: &[Target],
    options: &ExportOptions,
) -> Result<()> {
    let missing = missing(workspace, known, targets)?;
    if missing.is_empty() {
        return Ok(());
    }
    let pairs: Vec<(String, String)> =
        missing.iter().map(|one| (one.dependent.to_string(), one.needed.to_string())).collect();
    let mut commands = commands(workspace, known, aim, &missing);
    commands.iter_mut().rev().take(1).for_each(|last| last.push_str(flags(aim, options)));
    Err(errors::dependencies_not_exported(&pairs, &commands))
}

fn missing(workspace: &Workspace, known: &Known, targets: &[Target]) -> Result<Vec<Missing>> {
    let published: HashSet<VersionId> =
        targets.iter().flat_map(|target| target.versions.iter().map(StoredVersion::id)).collect();
    let mut catalogs: HashMap<&ScopeName, &TrackedCatalog> = known.catalogs.iter().collect();
    catalogs.extend(targets.iter().map(|target| (&target.scope, &target.catalog)));
    let mut listed: HashMap<ComponentId, Option<CatalogEntry>> = HashMap::new();
    let mut missing = Vec::new();
    for version in targets.iter().flat_map(|target| &target.versions) {
        for dependency in &version.manifest.dependencies {
            let id = &dependency.id;
            if published.contains(id) {
                continue;
            }
            if !listed.contains_key(&id.id) {
                let catalog = catalogs.get(&id.id.scope);
                let entry = catalog.map(|catalog| catalog.entry(workspace.scope.repo(), &id.id.name)).transpose()?;
                listed.insert(id.id.clone(), entry.flatten());
            }
            let there = listed.get(&id.id).and_then(Option::as_ref).and_then(|entry| entry.version(&id.version));
            if there.is_none_or(|there| dependency.commit.is_some_and(|commit| commit != there.commit)) {
                missing.push(Missing { dependent: version.id(), needed: id.clone(), is_taken: there.is_some() });
            }
        }
    }
    Ok(missing)
}

/// What to type instead, one command after the other; nothing where no command of this workspace would do.
fn commands(workspace: &Workspace, known: &Known, aim: &Aim, missing: &[Missing]) -> Vec<String> {
    let is_here = |id: &VersionId| {
        let is_mine = workspace.bitmap.get(&id.id).is_some() || moved(workspace, &id.id).is_some();
        is_mine && known.commit(&id.id, &id.version).is_some()
    };
    if !missing.iter().all(|one| is_here(&one.needed) && !one.is_taken) {
        return Vec::new();
    }
    let (back, missing): (Vec<&Missing>, Vec<&Missing>) =
        missing.iter().partition(|one| moved(workspace, &one.needed.id).is_some());
    let mut commands = bring_back(workspace, &back);
    commands.extend(together(workspace, aim, if missing.is_empty() { &back } else { &missing }));
    commands
}

/// What is to be done to names was said, and stays wanted.
fn flags(aim: &Aim, options: &ExportOptions) -> &'static str {
    match (&aim.scope, options.specifiers, options.copies.along) {
        (None, ..) | (_, Specifiers::Keep, Along::Nothing) => "",
        (_, Specifiers::Keep, Along::Dependencies) => " --include-dependencies",
        (_, Specifiers::Rewire(_), Along::Nothing) => " --rewire",
        (_, Specifiers::Rewire(_), Along::Dependencies) => " --include-dependencies --rewire",
    }
}

/// The component of the workspace that went on in another scope, and whose versions this one's are.
fn moved<'w>(workspace: &'w Workspace, id: &ComponentId) -> Option<&'w BitmapEntry> {
    let is_other = workspace.bitmap.get(id).is_none();
    workspace.bitmap.named(&id.name).iter().find(|entry| is_other && entry.scopes.contains(&id.scope))
}

/// What was staged before its component went on in another scope goes to its own one.
fn bring_back(workspace: &Workspace, back: &[&Missing]) -> Vec<String> {
    let mut by_scope: BTreeMap<&ScopeName, BTreeSet<String>> = BTreeMap::new();
    for one in back {
        let entry = moved(workspace, &one.needed.id);
        let words = entry.map(|entry| typed(workspace, &entry.id()));
        by_scope.entry(&one.needed.id.scope).or_default().extend(words);
    }
    let words = |ids: BTreeSet<String>| ids.into_iter().collect::<Vec<_>>().join(" ");
    by_scope.into_iter().map(|(scope, ids)| format!("bit export {scope} {}", words(ids))).collect()
}

/// What others need, and these.
fn together(workspace: &Workspace, aim: &Aim, missing: &[&Missing]) -> Vec<String> {
    let scope = aim.scope.clone().or_else(|| scope_for_the_homeless(missing));
    let is_settled = |id: &ComponentId| {
        scope.as_ref().is_some_and(|scope| *scope != id.scope)
            && workspace.bitmap.get(id).is_some_and(BitmapEntry::is_exported)
    };
    let (mut settled, mut words) = (BTreeSet::new(), BTreeSet::new());
    for Missing { needed, .. } in missing.iter().filter(|one| moved(workspace, &one.needed.id).is_none()) {
        let set = if is_settled(&needed.id) { &mut settled } else { &mut words };
        set.insert(word(workspace, aim, needed));
    }
    // Without ids all that is staged was to go: what others need and what needs it, then.
    let own: Vec<String> = match aim.ids.as_slice() {
        [] => missing.iter().map(|one| typed(workspace, &one.dependent.id)).collect(),
        ids => ids.iter().map(|id| quoted(id)).collect(),
    };
    let mut seen = HashSet::new();
    let words = words.into_iter().chain(own).filter(|word| seen.insert(word.clone()));
    let scope = scope.map(|scope| scope.to_string());
    let first = (!settled.is_empty()).then(|| settled.into_iter().collect::<Vec<_>>().join(" "));
    let last = scope.into_iter().chain(words).collect::<Vec<_>>().join(" ");
    first.into_iter().chain([last]).map(|words| format!("bit export {words}")).collect()
}

/// Where components without a scope of their own are needed by those of one scope, they can get that one.
fn scope_for_the_homeless(missing: &[&Missing]) -> Option<ScopeName> {
    let scopes: BTreeSet<&ScopeName> = missing.iter().map(|one| &one.dependent.id.scope).collect();
    let are_homeless = missing.iter().any(|one| one.needed.id.scope.is_placeholder());
    scopes.first().filter(|_| are_homeless && scopes.len() == 1).map(|scope| (*scope).clone())
}

/// Who names versions means no newer ones.
fn word(workspace: &Workspace, aim: &Aim, needed: &VersionId) -> String {
    let id = typed(workspace, &needed.id);
    match aim.ids.iter().any(|id| id.contains('@')) {
        true => format!("{id}@{}", needed.version),
        false => id,
    }
}

/// A pattern, so that the shell leaves it alone.
fn quoted(word: &str) -> String {
    match Pattern::looks_like(word) {
        true => format!("'{word}'"),
        false => word.to_owned(),
    }
}
