//! A workspace and its files: workspace.jsonc, .bitmap, folders, links.

use super::{failure, for_shell};
use crate::model::ComponentId;
use std::path::Path;

/// A workspace was asked for where a file stands.
pub fn file_not_folder(path: &Path) -> anyhow::Error {
    failure("not-a-folder", format!("{} is a file, not a folder", path.display()), "name the folder of the workspace")
}

/// A place that was named is not there.
pub fn no_folder_there(path: &Path) -> anyhow::Error {
    failure("no-folder-there", format!("there is no folder {}", path.display()), "check the path")
}

/// A command that needs a workspace was run outside of one.
pub fn no_workspace(folder: &Path) -> anyhow::Error {
    failure(
        "no-workspace",
        format!("no workspace here: neither {} nor a folder above it holds a workspace.jsonc", folder.display()),
        "run \"bit init\" in the folder that is to become the workspace",
    )
}

/// git is to merge .bitmap where there is no git repository.
pub fn no_team_repository(root: &Path) -> anyhow::Error {
    failure(
        "no-git-repository",
        format!("{} is in no git repository, so git merges nothing there", root.display()),
        "run \"git init\" first, or leave --merge-driver out; all else was made",
    )
}

/// A workspace inside another one was asked for.
pub fn inside_workspace(folder: &Path, outer: &Path) -> anyhow::Error {
    failure(
        "inside-workspace",
        format!("{} lies in the workspace {}; nothing was made", folder.display(), outer.display()),
        format!(
            "\"bit add {}\" makes a component of that workspace; --force makes a workspace inside of it all the same",
            for_shell(&folder.to_string_lossy())
        ),
    )
}

/// A file of ours can't be read as what it should be.
pub fn broken_file(path: &Path, line: usize, column: usize, what: &str) -> anyhow::Error {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    failure(
        "broken-file",
        format!("failed parsing the {name} file at {}:{line}:{column}: {what}", path.display()),
        match name.as_str() {
            ".bitmap" => {
                "mend that line, or bring it back: git checkout -- .bitmap; \"bit init --reset\" puts it aside and begins an empty one"
            }
            _ => "mend that line; nothing was changed",
        },
    )
}

/// A file still holds the marks of an unfinished merge.
pub fn conflict_markers(path: &Path, line: usize) -> anyhow::Error {
    failure(
        "conflict-markers",
        format!("{}:{line} holds the conflict markers of an unfinished merge", path.display()),
        "keep the lines that are right, delete the lines of <, = and >, and run the command again; nothing was changed",
    )
}

/// .bitmap was written by a program that knows more than this one.
pub fn newer_bitmap(path: &Path, found: &str, known: &str) -> anyhow::Error {
    failure(
        "newer-bitmap",
        format!("{} has schema {found}, this bit knows schema {known}", path.display()),
        "use the bit that the rest of the team uses; nothing was changed",
    )
}

/// A path leads out of the workspace.
pub fn outside_workspace(path: &Path, root: &Path) -> anyhow::Error {
    failure(
        "outside-workspace",
        format!("{} is outside of the workspace {}", path.display(), root.display()),
        "name a path inside the workspace; a symbolic link does not lead out of it",
    )
}

/// A path can't be used inside a workspace.
pub fn bad_path(path: &str, reason: &str) -> anyhow::Error {
    failure("bad-path", format!("the path \"{}\" can't be used: {reason}", path.escape_debug()), "")
}

/// A component's folder is another component's, or lies inside of it or around it.
pub fn folder_taken(folder: &str, owner_folder: &str, owner: &ComponentId) -> anyhow::Error {
    let message = if folder == owner_folder {
        format!("the folder {folder} is already used by component: {owner}")
    } else {
        format!("the folder {folder} and the folder {owner_folder}, already used by component: {owner}, overlap")
    };
    failure(
        "folder-taken",
        message,
        "a folder belongs to one component: choose another, or remove that component first",
    )
}

/// A component is in .bitmap already.
pub fn already_tracked(id: &ComponentId) -> anyhow::Error {
    failure("already-tracked", format!("the workspace has a component {id} already"), "choose another name or scope")
}

/// A component is not in .bitmap.
pub fn not_tracked(id: &ComponentId) -> anyhow::Error {
    failure("not-tracked", format!("the workspace has no component {id}"), "\"bit list\" shows those it has")
}

/// An edit of a configuration file could not be made without touching more than it should.
pub fn uneditable_config(path: &Path, key: &str, reason: &str) -> anyhow::Error {
    failure(
        "uneditable-config",
        format!("could not change \"{key}\" in {}: {reason}", path.display()),
        "change it by hand; nothing was changed",
    )
}

/// node_modules, or an owner's folder in it, is a symbolic link or a file: links made through it would land elsewhere.
pub fn not_a_real_folder(path: &Path) -> anyhow::Error {
    failure(
        "not-a-folder",
        format!("{} is not a real folder, so nothing is linked into it", path.display()),
        "make it a folder of the workspace (remove the symbolic link and install again)",
    )
}

/// Somebody's own file stands where a link to a component's file has to be.
pub fn link_obstructed(path: &Path) -> anyhow::Error {
    failure(
        "link-obstructed",
        format!("{} is not a link of bit's, but stands where one has to be", path.display()),
        "move it into the component's own folder, or delete it, and run \"bit link\"",
    )
}

/// yarn's Plug'n'Play never looks into node_modules.
pub fn plug_n_play() -> anyhow::Error {
    failure(
        "plug-n-play",
        "this workspace uses yarn's Plug'n'Play, which doesn't look into node_modules: links there would do nothing",
        "write \"nodeLinker: node-modules\" into .yarnrc.yml and run \"yarn install\"",
    )
}

/// pnpm puts nothing into node_modules that Node would look for.
pub fn plug_n_play_of_pnpm() -> anyhow::Error {
    failure(
        "plug-n-play",
        "this workspace uses pnpm's Plug'n'Play, which doesn't look into node_modules: links there would do nothing",
        "take node-linker=pnp out of .npmrc (nodeLinker out of pnpm-workspace.yaml), delete .pnp.cjs and run \"pnpm install\"",
    )
}

/// Links were asked for in another folder.
pub fn links_elsewhere(folder: &Path) -> anyhow::Error {
    failure(
        "links-elsewhere",
        format!("links can't be made in {}: they are found in the workspace's own node_modules", folder.display()),
        "leave --target out",
    )
}
