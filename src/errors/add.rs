//! Folders that become components.

use super::{failure, usage};
use crate::model::{ComponentId, NameError, PackageName};

/// `--id` or `--main` with more than one folder.
pub fn one_folder_expected(found: usize) -> anyhow::Error {
    usage("usage", format!("--id and --main are for one folder, {found} were named"), "add that folder by itself")
}

/// Both `--id` and `--namespace`.
pub fn id_or_namespace() -> anyhow::Error {
    usage(
        "usage",
        "please use either [id] or [namespace] to add a particular component",
        "\"--id ui/button\" says both",
    )
}

/// Folders that hold what no component can.
pub fn folders_refused(lines: &[String]) -> anyhow::Error {
    failure(
        "folders-refused",
        format!("nothing was added, these files can't be part of a component:\n{}", lines.join("\n")),
        "mend them and add again",
    )
}

/// There is no such folder.
pub fn no_such_folder(text: &str) -> anyhow::Error {
    failure(
        "no-such-folder",
        format!("no folder matches \"{}\"", text.escape_debug()),
        "name a folder of the workspace",
    )
}

/// A file where a folder is needed.
pub fn folder_expected(text: &str) -> anyhow::Error {
    failure(
        "folder-expected",
        format!("\"{}\" is a file; a component is a folder", text.escape_debug()),
        "put the file into a folder of its own and add that",
    )
}

/// A symbolic link where a folder is needed.
pub fn folder_is_a_link(text: &str) -> anyhow::Error {
    failure(
        "folder-is-a-link",
        format!("\"{}\" is a symbolic link; a component is a real folder", text.escape_debug()),
        "add the folder that it points to",
    )
}

/// The workspace itself is no component.
pub fn root_is_no_component() -> anyhow::Error {
    failure(
        "root-is-no-component",
        "the workspace's own folder can't be a component",
        "put the component's files into a folder below it",
    )
}

/// A glob that can't be read.
pub fn bad_glob(text: &str, reason: &str) -> anyhow::Error {
    failure("bad-glob", format!("\"{}\" can't be read as a glob: {reason}", text.escape_debug()), "quote it: 'src/*'")
}

/// A folder's name that can't be a component's.
pub fn folder_name_is_no_id(error: &NameError) -> anyhow::Error {
    let hint = match &error.suggestion {
        Some(name) => format!("did you mean \"{name}\"? The folder may keep its name: add it with --id {name}"),
        None => "the folder may keep its name: add it with --id <name>".to_owned(),
    };
    failure("bad-name", error.to_string(), hint)
}

/// A folder with nothing in it.
pub fn empty_folder(folder: &str) -> anyhow::Error {
    failure(
        "no-files",
        format!("the folder {folder} can't be added: it is empty"),
        "put the component's files into it first",
    )
}

/// A folder without files.
pub fn no_files(folder: &str, ignored: bool) -> anyhow::Error {
    let why = if ignored { "the ignore rules leave it out" } else { "it holds no file that belongs to a component" };
    failure("no-files", format!("the folder {folder} can't be added: {why}"), "look at .gitignore and .bitignore")
}

/// A folder inside or around another component's.
pub fn folders_overlap(folder: &str, other: &str, file: &str, owner: &ComponentId) -> anyhow::Error {
    failure(
        "folders-overlap",
        format!("unable to add {folder}: files {file} already used by component: {owner} (its folder is {other})"),
        "components can't lie inside each other: choose another folder, or \"bit remove\" that component first",
    )
}

/// Another folder has this id.
pub fn id_taken(id: &ComponentId, folder: &str) -> anyhow::Error {
    failure(
        "id-taken",
        format!("the id {id} is already used by the component in {folder}"),
        "give this one another: --id, --namespace or --scope",
    )
}

/// The folder is another component already.
pub fn folder_has_component(folder: &str, id: &ComponentId) -> anyhow::Error {
    failure(
        "folder-has-component",
        format!("the folder {folder} is already the component {id}"),
        format!("to give it another id, \"bit remove {}\" first and add it again", id.name),
    )
}

/// Two components would be one package.
pub fn package_taken(package: &PackageName, id: &ComponentId, other: &ComponentId) -> anyhow::Error {
    failure(
        "package-taken",
        format!("{id} and {other} would both be the package {package}"),
        "give one of them another name",
    )
}

/// No file stands for the component.
pub fn no_main_file(folder: &str) -> anyhow::Error {
    failure(
        "no-main-file",
        format!("{folder} does not contain a main file (index.*, or one named as the folder)"),
        "name it: --main <file>",
    )
}

/// The main file that was named is not there.
pub fn main_not_found(folder: &str, asked: &str) -> anyhow::Error {
    failure(
        "main-not-found",
        format!("the main file \"{}\" is not among the files of {folder}", asked.escape_debug()),
        "name a file of that folder that the ignore rules don't leave out",
    )
}
