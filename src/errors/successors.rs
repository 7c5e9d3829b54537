//! Forking and renaming.

use super::{failure, usage};
use crate::model::{ComponentId, ScopeName};
use std::collections::BTreeSet;

/// A pattern names many, and one name was given for them.
pub fn one_name_for_pattern() -> anyhow::Error {
    usage(
        "usage",
        "target-component-name is not allowed when using patterns",
        "leave the name out: each keeps its own, in the scope that --scope names",
    )
}

/// Nobody in the workspace can import what is not in it.
pub fn nobody_here_imports(what: &str) -> anyhow::Error {
    usage(
        "usage",
        format!("you can't use the --refactor flag: \"{what}\" is no component of this workspace"),
        format!("leave it out; or import the component first: bit import {what}"),
    )
}

/// A name without a scope that no component of the workspace bears.
pub fn nothing_to_fork(name: &str, nearest: Option<&str>) -> anyhow::Error {
    let meant = nearest.map(|nearest| format!("did you mean \"{nearest}\"? ")).unwrap_or_default();
    let name = name.escape_debug();
    failure(
        "unknown-component",
        format!("the workspace has no component \"{name}\", and without its scope nobody knows where to look for it"),
        format!("{meant}one that is not here is forked by its whole id: bit fork <scope>/{name}"),
    )
}

/// A scope as part of a new name.
pub fn scope_in_new_name(text: &str) -> anyhow::Error {
    failure(
        "bad-name",
        format!("\"{}\" is no component's name: a name has no scope in it", text.escape_debug()),
        "say the scope by itself: --scope <scope>",
    )
}

/// Something stands where a new component's folder is to be.
pub fn no_room_for_component(folder: &str) -> anyhow::Error {
    failure(
        "target-not-empty",
        format!("unable to create component at \"{}\", this directory is not empty", folder.escape_debug()),
        "name another folder: --path <folder>",
    )
}

/// The new id is the old one.
pub fn same_id(id: &ComponentId) -> anyhow::Error {
    failure(
        "same-name",
        format!("{id} is called so already"),
        "give it another name, or another scope: --scope <scope>",
    )
}

/// Another component has the new id.
pub fn new_id_taken(old: &ComponentId, id: &ComponentId, by: &str) -> anyhow::Error {
    // A whole scope is given another name without a flag.
    let hint = match old.name == id.name {
        true => "choose another scope, or give this component another name",
        false => "choose another name, or another scope: --scope <scope>",
    };
    failure("id-taken", format!("there can be no new component {id}: {by}"), hint)
}

/// Staged versions that need what would get another name.
pub fn staged_importers(versions: &[String]) -> anyhow::Error {
    failure(
        "staged-importers",
        format!("these staged versions need what would get another name; nothing was changed: {}", versions.join(", ")),
        "with --refactor they follow, and so do the files here; or take them back first (bit reset)",
    )
}

/// The new scope is the old one.
pub fn same_scope(scope: &ScopeName) -> anyhow::Error {
    failure("same-name", format!("the scope is called {scope} already"), "name another one")
}

/// The new owner is the old one.
pub fn same_owner(owner: &str) -> anyhow::Error {
    failure("same-name", format!("the owner is called {owner} already"), "name another one")
}

/// No component of the workspace is of this scope.
pub fn no_such_scope_here(scope: &ScopeName) -> anyhow::Error {
    failure(
        "no-such-scope-here",
        format!("no component of this workspace belongs to the scope {scope}, and it is not the default scope"),
        "\"bit scope list\" shows the scopes that are used here",
    )
}

/// No component of the workspace is of a scope of this owner.
pub fn no_such_owner_here(owner: &str) -> anyhow::Error {
    failure(
        "no-such-owner-here",
        format!("no scope that is used here begins with \"{}.\"", owner.escape_debug()),
        "\"bit scope list\" shows the scopes that are used here",
    )
}

/// A component is not deprecated or removed yet: the one that goes on in its place is nowhere.
pub fn waits_for_successor(id: &ComponentId, word: &str, successor: &ComponentId) -> String {
    format!("{id} is not {word} yet: that waits until {successor}, which goes on in its place, is tagged and exported")
}

/// A component is not removed yet: others need it.
pub fn waits_for_dependents(id: &ComponentId, word: &str, dependents: &BTreeSet<ComponentId>) -> String {
    let dependents: Vec<String> = dependents.iter().map(ToString::to_string).collect();
    format!(
        "{id} is not {word} yet: the newest versions in {} of these need it, so export newer ones that do not (\"bit delete {}\" removes it all the same): {}",
        id.scope,
        id.name,
        dependents.join(", ")
    )
}
