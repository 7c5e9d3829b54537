//! Making scopes, and choosing them for components.

use super::{Failure, failure, for_shell, report};
use crate::model::{ComponentId, ScopeName, VersionId};
use std::path::Path;

/// A new scope whose place gives it no name.
pub fn new_scope_name_needed(shown: &str) -> anyhow::Error {
    failure(
        "scope-name-needed",
        format!("{shown} does not end in a name that a scope could have"),
        "say it: --name my-org.ui",
    )
}

/// The repository that is to become a scope is one already.
pub fn is_scope_already(url: &str, name: &ScopeName) -> anyhow::Error {
    failure(
        "scope-exists",
        format!("{url} is already the scope {name}; nothing was changed"),
        format!("in a workspace: bit remote add {name} {}", for_shell(url)),
    )
}

/// The repository that is to become a scope is another one.
pub fn is_other_scope(url: &str, found: &ScopeName, wanted: &ScopeName) -> anyhow::Error {
    failure(
        "other-scope",
        format!("{url} is the scope {found} and can't become {wanted}; nothing was changed"),
        "a repository holds one scope: name another place",
    )
}

/// The repository that is to become a scope holds something else.
pub fn not_an_empty_repository(url: &str) -> anyhow::Error {
    failure(
        "not-empty",
        format!("{url} is not empty, and is no scope"),
        "name an empty repository; --adopt makes a scope of this one: its files stay, a commit with the catalog comes on top",
    )
}

/// A repository whose default branch has nothing in it, while others have.
pub fn default_branch_is_empty(url: &str) -> anyhow::Error {
    failure(
        "no-head",
        format!("{url} has branches, but its default branch (HEAD) has no commit"),
        "choose one of its branches as the default one, on the host's web page or with \"git symbolic-ref HEAD\", and run the same command again",
    )
}

/// A repository whose HEAD names no branch.
pub fn head_is_detached(url: &str) -> anyhow::Error {
    failure(
        "no-head",
        format!("{url} has no default branch: its HEAD is on a commit and names no branch"),
        "let it name the catalog's branch, there: git symbolic-ref HEAD refs/heads/main; then run the same command again",
    )
}

/// A repository with files of its own where a scope's belong.
pub fn files_in_the_way(url: &str, paths: &[String]) -> anyhow::Error {
    failure(
        "files-in-the-way",
        format!("{url} has files where a scope keeps its own: {}; nothing was changed", paths.join(", ")),
        "make the scope in a repository of its own, or move them away; a scope.json of a newer format needs a newer bit",
    )
}

/// A repository with tags that would be taken for versions.
pub fn tags_collide(url: &str, tags: &[VersionId]) -> anyhow::Error {
    const SHOWN: usize = 5;
    let mut names: Vec<String> =
        tags.iter().take(SHOWN).map(|tag| format!("{}@{}", tag.id.name, tag.version)).collect();
    if tags.len() > SHOWN {
        names.push(format!("and {} more", tags.len() - SHOWN));
    }
    failure(
        "tags-collide",
        format!("{url} has tags that would be taken for versions: {}; nothing was changed", names.join(", ")),
        "a version's tag is <component>@<version>: make the scope in a repository of its own",
    )
}

/// A folder that is to become a scope holds other things.
pub fn folder_not_empty(folder: &Path) -> anyhow::Error {
    failure(
        "not-empty",
        format!("{} holds files and is no bare git repository", folder.display()),
        "name an empty folder, or a new one",
    )
}

/// A file where a scope's folder is to be made.
pub fn no_folder_for_scope(path: &Path) -> anyhow::Error {
    failure("not-a-folder", format!("{} is a file, not a folder", path.display()), "name another place for the scope")
}

/// A link that leads nowhere where a scope's folder is to be made.
pub fn link_to_nowhere(path: &Path) -> anyhow::Error {
    failure(
        "not-a-folder",
        format!("{} is a link to nowhere", path.display()),
        "name another place for the scope, or mend the link",
    )
}

/// There is no repository, and the host lets nobody make one by a command.
pub fn no_repository_there_yet(url: &str) -> anyhow::Error {
    let hint = match url.starts_with("git://") {
        true => "ask who runs the host to make an empty one there (git init --bare), then run the same command again",
        false => "make an empty repository on the host's web page (without a README), then run the same command again",
    };
    failure(
        "no-repository-yet",
        format!("there is no repository at {url}, or you may not see it, and none can be made there by a command"),
        hint,
    )
}

/// The host took the command that makes a repository, and it failed.
pub fn repository_not_made(url: &str, words: &str) -> anyhow::Error {
    failure(
        "repository-not-made",
        format!("the repository {url} could not be made: {words}"),
        "name another path, or ask who runs the host for the right to write there",
    )
}

/// A scope that could not be asked for its name.
pub fn name_not_asked(url: &str, error: &anyhow::Error) -> anyhow::Error {
    let known = report(error);
    let hint = format!("{}; with its name no network is needed: bit remote add <name> {}", known.hint, for_shell(url));
    Failure { hint: hint.trim_start_matches("; ").to_owned(), ..known }.into()
}

/// The placeholder in the place of a scope's name.
pub fn placeholder_scope() -> anyhow::Error {
    failure(
        "placeholder-scope",
        "no scope can be named my-scope: that is what workspaces without a scope of their own say",
        "give it a name of its own, such as my-org.ui",
    )
}

/// Components that have versions, and so a scope for good.
pub fn scope_is_settled(exported: &[ComponentId], tagged: &[ComponentId], scope: &ScopeName) -> anyhow::Error {
    let joined = |ids: &[ComponentId], by: &str| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(by);
    let list = |ids: &[ComponentId]| joined(ids, ", ");
    let mut parts = Vec::new();
    if !exported.is_empty() {
        let (live, its) = if exported.len() == 1 { ("lives", "its") } else { ("live", "their") };
        parts.push(format!("{} {live} in {its} scope already", list(exported)));
    }
    if !tagged.is_empty() {
        let (have, its) = if tagged.len() == 1 { ("has", "its") } else { ("have", "their") };
        parts.push(format!("{} {have} versions that name {its} scope", list(tagged)));
    }
    let hint = match exported {
        [] => format!("take the versions back first: bit reset {}", list(tagged)),
        _ => format!(
            "only new components can be given a scope; what was exported can have copies there: bit export {scope} {} (--set-current-scope goes on with them)",
            joined(exported, " ")
        ),
    };
    failure("scope-settled", format!("the scope can't be changed: {}", parts.join("; ")), hint)
}

/// A version was named where a whole component gets a scope.
pub fn version_has_no_scope(id: &ComponentId) -> anyhow::Error {
    failure("version-named", format!("one version of {id} can't be given a scope"), "leave the version out")
}

/// What could be a scope's name, and may be meant for a folder.
pub fn folder_by_name(scope: &ScopeName) -> anyhow::Error {
    failure(
        "unknown-remote",
        format!("nobody has said where the scope {scope} is"),
        format!("the folder of that name is ./{scope}; bit remote add {scope} <url> says where the scope is"),
    )
}
