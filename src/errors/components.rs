//! Changing components of the workspace: remove, move, deprecate.

use super::{failure, usage};
use crate::model::{BadRange, ComponentId, VersionSelector};
use std::path::Path;

/// A symbolic link in the path of a folder whose files would be changed.
pub fn path_is_a_link(path: &Path) -> anyhow::Error {
    failure(
        "path-is-a-link",
        format!("{} is a symbolic link: nothing is changed through it", path.display()),
        "put the real file or folder in its place",
    )
}

/// A component's new folder holds something.
pub fn target_not_empty(folder: &str) -> anyhow::Error {
    failure(
        "target-not-empty",
        format!("unable to move to \"{}\", this directory is not empty", folder.escape_debug()),
        "name a folder that does not exist yet",
    )
}

/// A version was named where a whole component is meant.
pub fn whole_component_expected(id: &ComponentId, version: &VersionSelector) -> anyhow::Error {
    failure(
        "whole-component-expected",
        format!("one version of {id} can't be removed from a workspace"),
        format!("\"bit reset {id}@{version}\" takes back a staged version; leave the version out to remove all of it"),
    )
}

/// Components that hold what no version has.
pub fn modified_components(ids: &[String]) -> anyhow::Error {
    failure(
        "modified-components",
        format!("unable to remove modified components: {}", ids.join(", ")),
        "\"bit tag\" keeps the changes as a version, \"bit diff\" shows them; --force removes the components all the same",
    )
}

/// Components of the workspace that others depend on.
pub fn component_needed(id: &ComponentId, dependents: &[String]) -> anyhow::Error {
    failure(
        "component-needed",
        format!("unable to delete {id}, because the following components depend on it: {}", dependents.join(", ")),
        "remove those too, or insist with --force",
    )
}

/// A folder that is no component's.
pub fn no_components_folder(folder: &str) -> anyhow::Error {
    failure(
        "no-components-folder",
        format!("the folder \"{}\" is not the folder of a component", folder.escape_debug()),
        "name a component's own folder, or its id; \"bit list\" shows them",
    )
}

/// A pattern where one component is needed.
pub fn one_component_expected(found: usize) -> anyhow::Error {
    failure("one-component-expected", format!("one component is expected here, {found} were named"), "name one")
}

/// A component is where it should go.
pub fn already_there(id: &ComponentId, folder: &str) -> anyhow::Error {
    failure("already-there", format!("{id} is in {folder} already"), "name another folder")
}

/// A folder that would go into itself, or into a folder that holds it.
pub fn move_into_itself(from: &str, to: &str) -> anyhow::Error {
    failure(
        "move-into-itself",
        format!("{from} can't be moved to {to}: one of them lies in the other"),
        "move it to a place aside first",
    )
}

/// A component's folder is gone, and is not where it should go either.
pub fn nothing_to_move(id: &ComponentId, folder: &str) -> anyhow::Error {
    failure(
        "nothing-to-move",
        format!("component files were deleted: the folder {folder} of {id} is gone"),
        "put it back; or, if it was moved by hand, name the folder where it is now",
    )
}

/// A file has taken the place of a component's folder.
pub fn file_where_folder_was(id: &ComponentId, folder: &str) -> anyhow::Error {
    failure(
        "file-where-folder-was",
        format!("{id} can't be moved: a file stands where the folder was ({folder})"),
        "move that file away and put the folder back; or, if the folder was moved by hand, name where it is now",
    )
}

/// A folder that the ignore rules leave out.
pub fn folder_is_ignored(folder: &str) -> anyhow::Error {
    failure(
        "folder-is-ignored",
        format!("the ignore rules leave out the folder {folder}: a component there would have no files"),
        "choose another, or change .gitignore or .bitignore",
    )
}

/// Several components, and one component to use instead of them.
pub fn one_successor_for_many(found: usize) -> anyhow::Error {
    failure(
        "one-successor-for-many",
        format!("--new-id is for one component, {found} were named: they can't all have become the same one"),
        "deprecate them one by one",
    )
}

/// A component that is to be used instead of itself.
pub fn own_successor(id: &ComponentId) -> anyhow::Error {
    failure(
        "own-successor",
        format!("{id} can't be used instead of itself"),
        "name another component, or leave --new-id out",
    )
}

/// No range of versions, or not wholly one.
pub fn bad_range(range: &str, reason: &BadRange) -> anyhow::Error {
    usage(
        "bad-range",
        format!("\"{}\" is no range of versions: {reason}", range.escape_debug()),
        "write it as in package.json: \"<2.0.0\", \"^1.2.0\", \"1.x || 2.0.0\"; \"*\" is every version",
    )
}

/// A second id where the message of a deprecation stands.
pub fn message_is_an_id(first: &str, second: &str) -> anyhow::Error {
    usage(
        "usage",
        format!("\"{second}\" stands where the message does, but is a component too"),
        format!("for both components: \"{first},{second}\""),
    )
}

/// One version was named where a component and a range are meant.
pub fn range_expected(command: &str, id: &ComponentId, version: &str) -> anyhow::Error {
    failure(
        "range-expected",
        format!("the version {version} of {id} can't be named with the id here"),
        format!("bit {command} {id} --range {version}"),
    )
}
