//! Commands that only look.

use super::{Failure, failure, for_shell, reworded, usage};
use crate::model::{CommitId, ComponentId, ScopeName, Version, VersionId};
use std::collections::BTreeSet;

/// An id that names nothing, neither in the workspace nor in the local scope or a catalog.
pub fn unknown_anywhere(text: &str, nearest: Option<&str>) -> anyhow::Error {
    let hint = match nearest {
        Some(nearest) => format!("did you mean \"{nearest}\"? \"bit list\" and \"bit search\" show what there is"),
        None => {
            "\"bit search <words>\" looks among all that is known here; \"bit import <id>\" brings what is not".into()
        }
    };
    failure(
        "unknown-component",
        format!("unable to find any component matching \"{text}\" in this workspace or its local scope"),
        hint,
    )
}

/// A scope whose catalog was never fetched.
pub fn unknown_scope(name: &str, nearest: Option<&str>, known: &[&str]) -> anyhow::Error {
    let known = match (nearest, known) {
        (Some(nearest), _) => format!("did you mean \"{nearest}\"? "),
        (None, []) => String::new(),
        (None, known) => format!("known here: {}; ", known.join(", ")),
    };
    failure(
        "unknown-scope",
        format!("the scope \"{name}\" is not known here: its catalog was never fetched"),
        format!("{known}without --cached the scope is asked, once \"bit remote add\" has said where it is"),
    )
}

/// A component of the workspace that was never tagged.
pub fn no_version_yet(id: &ComponentId) -> anyhow::Error {
    failure(
        "no-version-yet",
        format!("{id} is new: it doesn't have any version yet"),
        format!("\"bit show {0}\" shows it as it is; \"bit tag {0}\" makes its first version", id.name),
    )
}

/// What a pattern that leaves the scope open says of names: `ui/*` of `my-org.*/ui/*`.
pub(super) fn within_scope(pattern: &str) -> &str {
    match pattern.split_once('/') {
        Some((scope, names)) if scope == "*" || scope.contains('.') => names,
        _ => pattern,
    }
}

/// `--remote` with a pattern that leaves the scope open.
pub fn scope_expected(pattern: &str) -> anyhow::Error {
    usage(
        "scope-expected",
        "when using --remote, the pattern must include the scope name",
        format!(
            "write it before the slash: \"my-org.ui/{}\"; or name one: --remote=<scope or URL>",
            within_scope(pattern)
        ),
    )
}

/// `--remote` with a pattern that begins with a URL or a folder.
pub fn pattern_of_place(pattern: &str) -> anyhow::Error {
    usage(
        "scope-expected",
        format!(
            "when using --remote, the pattern must include the scope name: \"{}\" has none",
            pattern.escape_debug()
        ),
        "a URL or a folder is named apart: bit pattern <pattern> --remote=<scope or URL>",
    )
}

/// A component that a catalog lists, and of which nothing is here.
pub fn only_in_catalog(id: &ComponentId) -> anyhow::Error {
    failure(
        "import-pending",
        format!("{id} is in the catalog of {}, but none of its versions is in the local scope", id.scope),
        format!("\"bit import {id}\" brings it; \"bit show {id} --remote\" shows it as the scope has it"),
    )
}

/// A component that its scope's catalog doesn't list.
pub fn not_in_catalog(id: &ComponentId) -> anyhow::Error {
    failure(
        "not-in-catalog",
        format!("{id} is not in the catalog of {}, as it was last seen", id.scope),
        "without --cached the scope is asked; without --remote too, what is known here is shown",
    )
}

/// Outside of any workspace, for commands that a scope could answer too.
pub fn or_scope(error: anyhow::Error) -> anyhow::Error {
    reworded(error, |known| match known.kind {
        "no-workspace" => {
            let message = format!("the current directory is not a workspace nor a scope ({})", known.message);
            Failure { message, ..known }
        }
        _ => known,
    })
}

/// Only the workspace's own components have a folder to compare with.
pub fn nothing_to_compare(id: &ComponentId) -> anyhow::Error {
    failure(
        "nothing-to-compare",
        format!("{id} is not in this workspace, so there is no folder to compare with"),
        format!("name two of its versions: bit diff {id} 1.0.0 1.0.1"),
    )
}

/// `--file` names a file that neither side has.
pub fn file_on_neither_side(path: &str) -> anyhow::Error {
    failure(
        "no-such-file",
        format!("no component that is compared has a file \"{}\"", path.escape_debug()),
        "name it from the component's folder or from the workspace's",
    )
}

/// A component that a scope does not list.
pub fn not_in_scope(name: &str, scope: &ScopeName, url: &str, nearest: Option<&str>) -> anyhow::Error {
    let shell = for_shell(url);
    failure(
        "not-in-scope",
        format!("the scope {scope} ({url}) has no component \"{}\"", name.escape_debug()),
        match nearest {
            Some(nearest) => format!("did you mean \"{nearest}\"? \"bit list {shell}\" shows all it has"),
            None => format!("\"bit list {shell}\" shows all it has"),
        },
    )
}

/// A version that a scope does not list; `newest` are those it does, the newest first.
pub fn no_such_version(id: &ComponentId, version: &Version, newest: impl Iterator<Item = String>) -> anyhow::Error {
    const SHOWN: usize = 5;
    let all: Vec<String> = newest.collect();
    let shown = all[..all.len().min(SHOWN)].join(", ");
    let hint = match all.len() {
        0 => "it has no version".to_owned(),
        number if number > SHOWN => format!("it has {number}, the newest are {shown}"),
        _ => format!("it has {shown}"),
    };
    failure("unknown-version", format!("{id} doesn't have version {version} in its scope"), hint)
}

/// A version that is listed, and whose tag is not there.
pub fn version_gone(id: &VersionId, url: &str) -> anyhow::Error {
    failure(
        "version-gone",
        format!("the catalog of {} lists {id}, but {url} has no tag {}@{}", id.id.scope, id.id.name, id.version),
        format!(
            "somebody removed the tag: \"bit verify {} --fix\" puts it back, in a workspace that has the version",
            id.id.scope
        ),
    )
}

/// A listed version whose tag is not in its scope any more.
#[derive(Debug, Clone)]
pub struct LostTag {
    /// Which one.
    pub id: VersionId,
    /// Where its scope is.
    pub url: String,
    /// Whether the catalog says that it is removed.
    pub is_removed: bool,
}

/// Versions whose tags are not there, of one scope or of several: all of them, and what brings each back.
pub fn versions_gone(lost: &[LostTag]) -> anyhow::Error {
    if let [LostTag { id, url, is_removed: false }] = lost {
        return version_gone(id, url);
    }
    let line = |LostTag { id, url, is_removed }: &LostTag| {
        let removed = if *is_removed { ", and the version is removed" } else { "" };
        format!("\n  {id}: {url} has no tag {}@{}{removed}", id.id.name, id.version)
    };
    let lines: String = lost.iter().map(line).collect();
    let (removed, listed): (Vec<_>, Vec<_>) = lost.iter().partition(|lost| lost.is_removed);
    let scopes: BTreeSet<&ScopeName> = listed.iter().map(|lost| &lost.id.id.scope).collect();
    let components: BTreeSet<String> = removed.iter().map(|lost| lost.id.id.to_string()).collect();
    let repairs: Vec<String> = scopes.iter().map(|scope| format!("\"bit verify {scope} --fix\"")).collect();
    let mut hints = Vec::new();
    hints.extend((!repairs.is_empty()).then(|| {
        let repairs = repairs.join(" and ");
        format!("{repairs}, in a workspace that has the versions: tags that somebody removed are put back so")
    }));
    hints.extend((!components.is_empty()).then(|| {
        let components = components.into_iter().collect::<Vec<_>>().join(" ");
        format!("\"bit recover {components}\" and \"bit export\", by whoever has the removed version, bring it back with its tag")
    }));
    failure("version-gone", format!("catalogs list these versions, and their tags are gone:{lines}"), hints.join("; "))
}

/// A version whose tag is on something else than the catalog says.
pub fn version_moved(id: &VersionId, url: &str, listed: CommitId, found: CommitId) -> anyhow::Error {
    failure(
        "version-moved",
        format!("the tag of {id} at {url} was moved: the catalog lists the commit {listed}, the tag is on {found}"),
        "a version never changes: ask who runs the scope to put the tag back; don't use this version before",
    )
}

/// A version whose commit says that it is another one.
pub fn version_of_another(id: &VersionId, commit: CommitId, says: &VersionId) -> anyhow::Error {
    failure(
        "version-of-another",
        format!("the commit {commit} stands for {id}, but it says that it is {says}"),
        "no bit wrote that: ask who runs the scope who moved the tag or wrote the catalog",
    )
}

/// A component was named without its scope where no workspace knows it.
pub fn whose_component(name: &str) -> anyhow::Error {
    failure(
        "scope-needed",
        format!("which scope is to be asked about \"{}\" is not known", name.escape_debug()),
        format!(
            "write it with its scope, my-org.ui/{0}; or name one: {0} --remote=<scope or URL>",
            name.escape_debug()
        ),
    )
}

/// What was last seen is kept by the names of scopes.
pub fn cached_by_name(url: &str) -> anyhow::Error {
    usage(
        "scope-expected",
        format!("what was last seen of a scope is found by its name, and {url} is a URL"),
        "name the scope: \"bit list my-org.ui --cached\"; without --cached the URL is asked",
    )
}

/// A scope could not be asked; what it had when it was last seen is known.
pub fn or_cached(error: anyhow::Error, scope: &ScopeName) -> anyhow::Error {
    let Failure { kind, message, hint, exit } = super::report(&error);
    let joint = if hint.is_empty() { "" } else { "; " };
    let hint = format!("{hint}{joint}\"bit list {scope} --cached\" shows what it had when it was last seen");
    Failure { kind, message, hint, exit }.into()
}
