//! Removing components from their scopes, and taking that back.

use super::{Failure, because, failure, reworded};
use crate::model::{ComponentId, ScopeName, Version, VersionId, VersionRange};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a person has to agree to before components are removed from their scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionUnconfirmed {
    /// The components.
    pub ids: Vec<ComponentId>,
}

impl fmt::Display for DeletionUnconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&joined(&self.ids))
    }
}

impl std::error::Error for DeletionUnconfirmed {}

/// Components are to be removed from their scopes, and nobody has said yes.
pub fn deletion_unconfirmed(ids: Vec<ComponentId>) -> anyhow::Error {
    let needed = DeletionUnconfirmed { ids };
    let message = format!("nothing was removed: nobody is there to say that these are to go: {needed}");
    because(failure("not-confirmed", message, "if they are, re-run with --silent"), needed)
}

/// How tags come back.
const PUSH_TAGS_AGAIN: &str = "push the tags again from where the versions are (\"bit mirror\" from another host of the scope does, and so does \"bit recover\" with \"bit export\" in a workspace that has them), then the same again";

/// Versions that are to come back have lost their tags.
pub fn recovered_is_gone(lost: &[VersionId], url: &str) -> anyhow::Error {
    let names: Vec<String> = lost.iter().map(ToString::to_string).collect();
    failure(
        "version-gone",
        format!("{url} has no tag any more of {}: nothing was recovered", names.join(", ")),
        PUSH_TAGS_AGAIN,
    )
}

/// Versions that an export is to bring back are neither in their scope nor here.
pub fn recovered_by_export_is_gone(lost: &[VersionId], url: &str) -> anyhow::Error {
    let names: Vec<String> = lost.iter().map(ToString::to_string).collect();
    failure(
        "version-gone",
        format!(
            "{url} has no tag any more of {}, which \"bit recover\" is to bring back, and this workspace does not have that either: nothing was exported",
            names.join(", ")
        ),
        format!("{PUSH_TAGS_AGAIN}; \"bit export <ids>\" publishes other components meanwhile"),
    )
}

/// Components that others depend on are to be removed.
pub fn components_needed(dependents: &BTreeMap<ComponentId, BTreeSet<ComponentId>>) -> anyhow::Error {
    failure("component-needed", needed_lines(dependents), "remove those too, or insist with --force")
}

fn needed_lines(dependents: &BTreeMap<ComponentId, BTreeSet<ComponentId>>) -> String {
    let line = |(id, dependents): (&ComponentId, &BTreeSet<ComponentId>)| {
        let dependents: Vec<&ComponentId> = dependents.iter().collect();
        format!(
            "unable to delete {id}, because the following components depend on it: {}",
            joined(dependents.as_slice())
        )
    };
    dependents.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Components that others import are to be removed, and go on under another name.
pub fn renamed_components_needed(dependents: &BTreeMap<ComponentId, BTreeSet<ComponentId>>) -> anyhow::Error {
    let lines = needed_lines(dependents);
    failure("component-needed", lines, "with --refactor they import the new one, and the old one can go")
}

/// Components that are in no scope, and so can't be removed from one.
pub fn never_exported(ids: &[ComponentId]) -> anyhow::Error {
    failure(
        "never-exported",
        format!("never exported, so there is nothing to remove from a scope: {}", joined(ids)),
        "\"bit remove\" stops tracking them here",
    )
}

/// Components that a scope was asked about and does not have.
pub fn missing_components(ids: &[String], scope: &ScopeName, nearest: Option<&str>) -> anyhow::Error {
    let list = format!("\"bit list {scope}\" shows what the scope has");
    let ids: Vec<String> = ids.iter().map(|id| id.escape_debug().to_string()).collect();
    failure(
        "missing-components",
        format!("missing components: {}", ids.join(", ")),
        match nearest {
            Some(nearest) => format!("did you mean \"{nearest}\"? {list}"),
            None => list,
        },
    )
}

/// A component without any version in a range.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Which one.
    pub id: ComponentId,
    /// The newest of its versions.
    pub newest: Version,
}

/// A range in which no version is that is known here.
pub fn no_known_version_in_range(range: &VersionRange, outside: &[Outside]) -> anyhow::Error {
    let hint = format!(
        "\"bit fetch\" looks which versions there are by now; \"bit log {}\" shows those that are known here",
        first(outside)
    );
    failure("no-version-in-range", outside_words(range, outside, "the newest one known is"), hint)
}

/// One of them, as an example.
fn first(outside: &[Outside]) -> String {
    outside.first().map(|one| one.id.to_string()).unwrap_or_default()
}

/// A range in which no version is that a scope lists.
pub fn no_listed_version_in_range(range: &VersionRange, outside: &[Outside]) -> anyhow::Error {
    let hint = format!("\"bit log {} --remote\" shows all that there are", first(outside));
    failure("no-version-in-range", outside_words(range, outside, "the newest one is"), hint)
}

fn outside_words(range: &VersionRange, outside: &[Outside], newest: &str) -> String {
    let all: Vec<String> =
        outside.iter().map(|Outside { id, newest: version }| format!("{id} ({newest} {version})")).collect();
    format!("no version is in the range \"{}\", of: {}", range.as_str().escape_debug(), all.join(", "))
}

/// One version was named where a command is about all of them.
pub fn all_versions_expected(command: &str, id: &ComponentId) -> anyhow::Error {
    failure(
        "whole-component-expected",
        format!("\"bit {command}\" is about all versions of {id}, not about one"),
        "leave the version out",
    )
}

/// A component that is not in the workspace, for commands that can be about its scope.
pub fn or_remote(error: anyhow::Error) -> anyhow::Error {
    reworded(error, |known| match known.kind {
        "unknown-component" => {
            let hint = format!("{}; --remote changes a scope's component that is not here", known.hint);
            Failure { hint, ..known }
        }
        _ => known,
    })
}

/// A component of any scope, named without its scope.
pub fn whole_id_expected(text: &str) -> anyhow::Error {
    let text = text.escape_debug();
    failure(
        "scope-needed",
        format!("which scope \"{text}\" is in is not known"),
        format!("write it with its scope: my-org.ui/{text}"),
    )
}

/// Some scopes say it now, one does not.
pub fn some_scopes_amended(done: &[ComponentId], error: &anyhow::Error) -> anyhow::Error {
    failure(
        "partly-done",
        format!("done: {}; the rest is not: {error:#}", joined(done)),
        "when that is mended, run the same command again: it finishes what is left",
    )
}

/// Erasing was asked for.
pub fn nothing_is_erased() -> anyhow::Error {
    failure(
        "no-hard-delete",
        "nothing is ever erased from a scope: versions that others made theirs with would be gone",
        "without --hard the components are removed, and \"bit recover\" takes that back",
    )
}

fn joined(ids: &[impl ToString]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// An export says of a component that it is back, or that something of it is removed.
pub fn recovery_waits(id: &ComponentId) -> anyhow::Error {
    failure(
        "recovery-waits",
        format!("{id} waits to be recovered, so nothing else of it can wait to be removed"),
        "\"bit export\" says that it is back; then the same command again",
    )
}

/// A removed version that a folder was made from, and what there is instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// The removed one.
    pub version: Version,
    /// The newest one that is not removed.
    pub newest: Version,
    /// Whether the newest of the main line is removed: it has to be passed over.
    pub is_head_removed: bool,
}

impl Gone {
    /// How to get on without it.
    pub fn way_on(&self, id: &ComponentId) -> String {
        let Self { newest, is_head_removed, .. } = self;
        let then = if *is_head_removed { format!(", then bit merge {}", id.name) } else { String::new() };
        format!("bit checkout {newest} {}{then}", id.name)
    }
}

/// A version that would hold all of a removed one.
pub fn made_from_removed(id: &ComponentId, gone: &Gone) -> anyhow::Error {
    failure(
        "made-from-removed",
        format!("{id} is at {}, which is removed: a version made from it would hold all of it", gone.version),
        format!(
            "go on from one that is not, with what you changed: {}; or bring the removed one back: bit recover {}",
            gone.way_on(id),
            id.name
        ),
    )
}

/// A merge that takes nothing of a removed version, into a folder that was made from one.
pub fn merge_into_removed(id: &ComponentId, gone: &Gone) -> anyhow::Error {
    failure(
        "made-from-removed",
        format!(
            "{id} is at {}, which is removed: a merge takes nothing of it, and the files hold all of it",
            gone.version
        ),
        format!("go on from one that is not, with what you changed: {}", gone.way_on(id)),
    )
}

/// "head" and "latest" are what everybody is to have.
pub fn removed_component_wanted(id: &ComponentId) -> anyhow::Error {
    failure(
        "removed-component",
        format!("{id} is removed: nobody is brought it who does not name the version"),
        format!(
            "\"bit recover {0}\" brings the component back, \"bit checkout <version> {0}\" the version that you name",
            id.name
        ),
    )
}
