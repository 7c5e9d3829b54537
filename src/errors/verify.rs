//! Looking whether a scope is what it should be, and keeping what it should not be out of it.

use super::{failure, for_shell, indented, usage};
use crate::model::few;
use std::path::Path;

/// How a scope's guard begins.
pub(super) const GUARD: &str = "this scope does not take that push";

/// What a push would change is not allowed in a scope; all of it at once.
pub fn push_breaks_promises(faults: &[String]) -> anyhow::Error {
    const SHOWN: usize = 20;
    let lines = few(faults, SHOWN);
    failure(
        "push-refused",
        format!("{GUARD}, nothing was changed:\n{}", indented(&lines)),
        "versions never change and catalogs only grow: publish a new version with \"bit export\"",
    )
}

/// What git gave a hook to read is not what git gives.
pub fn not_a_hook_input(line: &str) -> anyhow::Error {
    failure(
        "bad-hook-input",
        format!("\"{}\" is not what git hands to a pre-receive hook", line.escape_debug()),
        "git calls \"bit hook pre-receive\" by itself, once \"bit scope hooks install\" has set it up",
    )
}

/// A hook that a person wrote is there already.
pub fn hook_of_a_person(hook: &Path, folder: &Path) -> anyhow::Error {
    failure(
        "hook-exists",
        format!("{} is not a hook of bit's; it was left as it is", hook.display()),
        format!(
            "\"bit scope hooks install {} --force\" keeps it beside bit's own, which hands every push over to it",
            for_shell(&folder.to_string_lossy())
        ),
    )
}

/// Both hooks, ours and the person's that was put aside, are in the way.
pub fn hook_kept_already(hook: &Path, kept: &Path) -> anyhow::Error {
    failure(
        "hook-exists",
        format!("{} is not a hook of bit's, and {} keeps another one already", hook.display(), kept.display()),
        "join the two by hand, or move one of them away",
    )
}

/// The hooks of a repository are shared with others.
pub fn hooks_elsewhere(folder: &Path, hooks: &Path) -> anyhow::Error {
    failure(
        "hooks-elsewhere",
        format!("git runs the hooks in {} for {}: that folder may be others' too", hooks.display(), folder.display()),
        "let the pre-receive hook there run \"bit hook pre-receive\", or unset core.hooksPath",
    )
}

/// There is no scope in the folder.
pub fn no_scope_for_hooks(folder: &Path) -> anyhow::Error {
    failure(
        "no-scope",
        format!("{} holds no scope: only a scope in a folder of this machine can be guarded", folder.display()),
        "run it on the server, in the folder of the scope; \"bit scope create\" makes one",
    )
}

/// What is remembered would be written into the scope.
pub fn verify_cache_in_the_scope(folder: &Path, place: &str) -> anyhow::Error {
    usage(
        "verify-cache",
        format!("--cache {} lies in {place}: what this machine remembers is none of the scope's", folder.display()),
        "name a folder for the cache that has nothing to do with the scope",
    )
}

/// Nothing can be remembered in the folder that was named for it.
pub fn verify_cache_unusable(folder: &Path, reason: &std::io::Error) -> anyhow::Error {
    usage(
        "verify-cache",
        format!("nothing can be remembered in {}: {reason}", folder.display()),
        "name a folder for --cache that can be made and written",
    )
}
