//! Giving components another scope.

use super::{because, failure, few_ids};
use crate::model::{ComponentId, PackageName, ScopeName};
use std::collections::BTreeSet;
use std::fmt;

/// What a person has to agree to before components get another scope than the one chosen for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentNeeded {
    /// The components with the scopes chosen for them.
    pub ids: Vec<ComponentId>,
    /// The scope they are to get.
    pub scope: ScopeName,
}

impl fmt::Display for ConsentNeeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |id: &ComponentId| format!("  {id} → {}/{}", self.scope, id.name);
        f.write_str(&self.ids.iter().map(shown).collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for ConsentNeeded {}

/// Components that were meant for one scope are to go to another, and nobody has said that this is wanted.
pub fn consent_needed(ids: Vec<ComponentId>, scope: &ScopeName) -> anyhow::Error {
    let needed = ConsentNeeded { ids, scope: scope.clone() };
    let message = format!("these components were meant for another scope, nothing was exported:\n{needed}");
    let hint = format!("name the ids to say that {scope} is to be their scope, or add --force");
    because(failure("consent-needed", message, hint), needed)
}

/// A person said no, or nothing.
pub fn canceled() -> anyhow::Error {
    failure("canceled", "the operation has been canceled", "nothing was changed")
}

/// The placeholder is no scope that anything could go to.
pub fn placeholder_is_no_target() -> anyhow::Error {
    failure(
        "placeholder-scope",
        "my-scope is only a placeholder: nothing can be exported to it",
        "make a scope of your own: bit scope create <folder or URL>; then: bit remote add <url>; bit export <scope>",
    )
}

/// Components of other scopes that were exported already.
pub fn exported_elsewhere(ids: &[ComponentId], scope: &ScopeName) -> anyhow::Error {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    failure(
        "other-scope-wanted",
        format!(
            "{} can't be exported to {scope}: somebody exported it to its own scope meanwhile, and only what was never exported can get another scope",
            ids.join(", ")
        ),
        "run \"bit export\" without a scope first; then the same command again makes a copy",
    )
}

/// The scope, or the workspace, has other components of these names.
pub fn name_taken_in_scope(taken: &[(ComponentId, ComponentId, &'static str)]) -> anyhow::Error {
    let lines: Vec<String> = taken.iter().map(|(old, new, by)| format!("  {old} → {new}: {by}")).collect();
    let yours = taken.first().map_or("yours", |(old, ..)| old.name.as_str());
    failure(
        "name-taken",
        format!("these names are taken, nothing was exported:\n{}", lines.join("\n")),
        format!("give yours another name: bit rename {yours} <another name>; or export it to another scope"),
    )
}

/// An import of a package by the name that it is about to lose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OldName {
    /// The file, in the workspace or in a version.
    pub place: String,
    /// The line; none in a file that can't be parsed.
    pub line: Option<u32>,
    /// The package as it is called now.
    pub from: PackageName,
    /// What it would be called.
    pub to: PackageName,
}

impl fmt::Display for OldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, line, from, to } = self;
        match line {
            Some(line) => write!(f, "{place}:{line}: {from}, which becomes {to}"),
            None => write!(f, "{place}: can't be parsed, and holds the words {from}, which becomes {to}"),
        }
    }
}

/// What is to be typed by whoever renames imports by hand.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// The components whose staged versions are to be taken back.
    pub staged: Vec<String>,
    /// Those that are to have another scope.
    pub movers: Vec<String>,
    /// That scope.
    pub scope: ScopeName,
}

/// Sources name packages by the names that these would lose.
pub fn sources_name_old_packages(names: &[OldName], by_hand: &ByHand) -> anyhow::Error {
    failure(
        "old-package-names",
        format!(
            "the import/require statements in these sources name packages of the old scope, nothing was exported:\n{}",
            shown(names.iter().map(ToString::to_string))
        ),
        format!(
            "please use \"--rewire\" flag to fix the import/require statements: the same export with it changes these versions and the files here. By hand, as it is written here: bit reset {}; bit scope set {} {}; then write the new names into the sources, bit tag, and the same export again",
            by_hand.staged.join(" "),
            by_hand.scope,
            by_hand.movers.join(" ")
        ),
    )
}

/// Copies that would import their own component by the package name that only the original has.
pub fn copies_import_themselves(names: &[OldName], ids: &BTreeSet<ComponentId>, scope: &ScopeName) -> anyhow::Error {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    failure(
        "old-package-names",
        format!(
            "these files import the component that they are part of by its package name; its copy in {scope} has another one, so nothing was exported:\n{}",
            shown(names.iter().map(ToString::to_string))
        ),
        format!(
            "with --rewire the copies follow, for good: the same export with it, or bit export {scope} {} --rewire",
            ids.join(" ")
        ),
    )
}

/// Files that can't be parsed, with what is wrong in them: specifiers in them might be missed.
pub fn unparsable_sources(files: &[(String, String)]) -> anyhow::Error {
    failure(
        "unparsable-sources",
        format!(
            "these files can't be parsed, so an import of them might be missed; nothing was changed:\n{}",
            shown(files.iter().map(|(place, problem)| format!("{place}:{problem}")))
        ),
        "mend and tag those of the workspace; one of a released version can only stay as it is: add --skip-unparsable",
    )
}

/// Old names that stand in files where no specifier is known to be.
pub fn old_names_still_stand(files: &[String]) -> String {
    format!(
        "old names still stand in these files, in comments or other strings, or where bit reads no imports; they stay as they are:\n{}",
        shown(files.iter().map(|file| file.escape_debug().to_string()))
    )
}

/// Components that import packages which are no components of the workspace any more.
pub fn importers_left_behind(importers: &[String], old: &ComponentId, new: &ComponentId) -> String {
    format!(
        "these still import {}, and go on with the last version of {old} that is here (\"bit export {} {} --set-current-scope --rewire\" takes them along, or write {} into them):\n{}",
        PackageName::of(old),
        new.scope,
        few_ids(importers.iter().map(String::as_str)),
        PackageName::of(new),
        shown(importers.iter().cloned())
    )
}

/// Files with specifiers that would have to change, and with changes that are in no version yet.
pub fn modified_sources(paths: &[String]) -> anyhow::Error {
    failure(
        "modified-sources",
        format!(
            "specifiers would change in these files, which have changes that are in no version yet; nothing was done:\n{}",
            shown(paths.iter().cloned())
        ),
        "tag them (\"bit tag\"), or take the changes back (\"bit checkout reset\" with the ids of their components), and do the same again",
    )
}

/// The first of many, a line each.
fn shown(lines: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 20;
    let more = lines.len().saturating_sub(SHOWN);
    let mut text: Vec<String> = lines.take(SHOWN).map(|line| format!("  {line}")).collect();
    if more > 0 {
        text.push(format!("  and {more} more"));
    }
    text.join("\n")
}

/// A component that is not here whole: versions or files are missing.
pub fn not_fully_available(id: &ComponentId) -> anyhow::Error {
    failure(
        "not-available",
        format!("unable to export \"{id}\", the component is not fully available. please use \"bit import\" first"),
        "only components of this workspace whose versions are in its local scope can be exported from here",
    )
}
