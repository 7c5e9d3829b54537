//! Checking versions out, and merging them.

use super::{failure, usage};
use crate::model::{ComponentId, Version, VersionId};
use std::fmt;

/// Files that both sides changed, and nobody said what to do.
pub fn merge_conflicts(conflicts: &[(ComponentId, String, &'static str)]) -> anyhow::Error {
    let line = |(id, path, why): &(ComponentId, String, &str)| format!("  {id}: {} ({why})", path.escape_debug());
    let lines: Vec<String> = conflicts.iter().map(line).collect();
    failure(
        "merge-conflict",
        format!("automatic merge has failed, nothing was changed:\n{}", lines.join("\n")),
        "say what to do with these files: --manual puts both sides into them with conflict markers, --auto-merge-resolve ours keeps yours, --auto-merge-resolve theirs takes the others",
    )
}

/// A file of somebody's stands where one of a version is to be.
pub fn in_the_way(id: &ComponentId, path: &str) -> anyhow::Error {
    failure(
        "in-the-way",
        format!(
            "{} is in the way: {id} has a file of that name, and what stands there is no file of the component; nothing was changed",
            path.escape_debug()
        ),
        "move it away, or list it no longer in .gitignore or .bitignore, and run the command again",
    )
}

/// A version has a file of a name that can't be written.
pub fn unwritable_name(id: &ComponentId, path: &str, why: &dyn fmt::Display) -> anyhow::Error {
    failure(
        "unwritable-name",
        format!("{id} has a file \"{}\" that can't be written: {why}; nothing was changed", path.escape_debug()),
        "bit makes no such versions: ask who made this one",
    )
}

/// Where a merge is taken back, something stands in the place of a file that was there before it.
pub fn way_back_blocked(path: &str, foreign: &str) -> anyhow::Error {
    failure(
        "in-the-way",
        format!(
            "{} can't come back: {} is in the way, and the merge did not make it; nothing was changed",
            path.escape_debug(),
            foreign.escape_debug()
        ),
        "move it away, and run the command again",
    )
}

/// A file is not what it was when the command began.
pub fn file_changed_while_writing(path: &str) -> anyhow::Error {
    failure(
        "file-changed",
        format!("{} changed while the command ran; nothing was changed", path.escape_debug()),
        "run the same command again",
    )
}

/// The first word of a checkout names no version.
pub fn checkout_target_expected(word: &str) -> anyhow::Error {
    usage(
        "usage",
        format!("\"{}\" is no version: to which one?", word.escape_debug()),
        "bit checkout <version|head|latest|reset> [ids]; or ids with versions: bit checkout button@1.0.1",
    )
}

/// A checkout without components.
pub fn checkout_of_nothing(target: &str) -> anyhow::Error {
    usage(
        "usage",
        format!("\"bit checkout {target}\" of which components?"),
        format!("name them: bit checkout {target} button \"ui/*\"; or --all"),
    )
}

/// No component could go where it should.
pub fn nothing_checked_out(lines: &[String]) -> anyhow::Error {
    failure("nothing-checked-out", lines.join("\n"), "\"bit log <id>\" shows the versions of a component")
}

/// A flag that only goes with `bit checkout head`.
pub fn only_with_head() -> anyhow::Error {
    usage(
        "usage",
        "--include-new-from-scope is only relevant when running \"bit checkout head\"",
        "leave it out, or say \"bit checkout head --include-new-from-scope\"",
    )
}

/// A component without any version.
pub fn new_component(id: &ComponentId) -> anyhow::Error {
    failure(
        "no-version-yet",
        format!("{id} doesn't have any version yet: it is new, no version to checkout"),
        "\"bit tag\" makes one",
    )
}

/// A component whose files hold a merge that no tag has joined yet.
pub fn merge_not_finished(id: &ComponentId, merged: &Version) -> anyhow::Error {
    failure(
        "during-merge",
        format!("{id} is in the middle of a merge with {merged}"),
        "finish it (\"bit tag\" makes a version with both sides), or take it back: bit merge --abort",
    )
}

/// A merge that brings nothing.
pub fn already_merged(id: &VersionId, theirs: &Version) -> anyhow::Error {
    failure(
        "already-merged",
        format!("{id} was made from {theirs}, or is it: there is nothing to merge"),
        "\"bit log\" shows what was made from what",
    )
}

/// A merge where one side has nothing of its own.
pub fn nothing_of_its_own(id: &VersionId, theirs: &Version) -> anyhow::Error {
    failure(
        "nothing-to-join",
        format!("{theirs} of {} was made from {}: there is nothing to join", id.id, id.version),
        format!("bit checkout {theirs} {} brings it, and keeps what you changed since", id.id.name),
    )
}

/// A version to merge was named, but no component.
pub fn merge_of_nothing(version: &str) -> anyhow::Error {
    usage(
        "usage",
        format!("\"bit merge {version}\" into which components?"),
        format!("name them: bit merge {version} button"),
    )
}

/// A component that its scope has nothing of.
pub fn nothing_to_merge(id: &ComponentId) -> anyhow::Error {
    failure(
        "nothing-to-merge",
        format!("the catalog of {} as it was last seen has no version of {id} to merge", id.scope),
        format!(
            "\"bit export\" looks at the scope again; a version of your own is merged by its number: bit merge <version> {}",
            id.name
        ),
    )
}

/// A commit that the scope sent is not the version its catalog says it is.
pub fn other_version_sent(wanted: &VersionId, found: &VersionId) -> anyhow::Error {
    failure(
        "other-version",
        format!("the scope's catalog says that a commit is {wanted}, but it is {found}; nothing was changed"),
        "ask who looks after the scope",
    )
}

/// No component is in the middle of a merge.
pub fn no_merge_to_abort() -> anyhow::Error {
    failure("no-merge", "no component is in the middle of a merge", "\"bit status\" shows where components stand")
}

/// A component that was named is not in the middle of a merge.
pub fn not_merging(id: &ComponentId) -> anyhow::Error {
    failure("no-merge", format!("{id} is not in the middle of a merge"), "\"bit status\" shows those that are")
}

/// What was before a merge is not known here.
pub fn merge_made_elsewhere(id: &ComponentId) -> anyhow::Error {
    failure(
        "merged-elsewhere",
        format!("the merge of {id} was made in another clone: what was before it is not known here"),
        "take it back there; or here with git, which has the files and .bitmap as they were committed; \"bit merge --abort --force\" forgets the merge, and keeps the files as they are",
    )
}

/// Files were edited after a merge.
pub fn edited_since_merge(files: &[String]) -> anyhow::Error {
    let lines: Vec<String> = files.iter().map(|path| format!("  {}", path.escape_debug())).collect();
    failure(
        "edited-since-merge",
        format!("these files were edited after the merge, nothing was changed:\n{}", lines.join("\n")),
        "keep a copy of what you need; \"bit merge --abort --force\" throws these edits away",
    )
}

/// A removed version was made from another one, which is not removed and which is not ours.
pub fn removed_with_others(removed: &VersionId, lost: &Version) -> anyhow::Error {
    let id = &removed.id;
    failure(
        "removed-with-others",
        format!("{removed} is removed, so nothing is taken of it; it was made from {lost}, which is not removed"),
        format!("take that first: bit checkout {lost} {id}, or bit merge {lost} {id}; then the same command again"),
    )
}
