//! Ids and patterns that choose components.

use super::{failure, for_shell};
use std::path::Path;

/// An id that is no component of the workspace.
pub fn unknown_component(text: &str, nearest: Option<&str>) -> anyhow::Error {
    let hint = match nearest {
        Some(nearest) => format!("did you mean \"{nearest}\"? \"bit list\" and \"bit status\" show what there is"),
        None => "\"bit status\" shows the components of this workspace; \"bit add <folder>\" makes one".into(),
    };
    failure("unknown-component", format!("unable to find any component matching \"{text}\" in this workspace"), hint)
}

/// A name that several components of the workspace have.
pub fn ambiguous_id(text: &str, ids: &[String]) -> anyhow::Error {
    failure("ambiguous-id", format!("\"{text}\" may mean {}", ids.join(" or ")), "say which, with its scope")
}

/// A pattern that names nothing.
pub fn no_match(pattern: &str) -> anyhow::Error {
    failure(
        "no-match",
        format!("unable to find any component matching the \"{pattern}\" pattern"),
        "patterns are matched against scope/name and name; try it with \"bit pattern\"",
    )
}

/// A warning: there is nothing of this name to do anything with.
pub fn pattern_names_nothing(pattern: &str) -> String {
    format!("the pattern \"{}\" names no component; try it with \"bit pattern\"", pattern.escape_debug())
}

/// .bitmap is gone, the versions are not.
pub fn lost_bitmap(path: &Path) -> anyhow::Error {
    failure(
        "lost-bitmap",
        format!("{} is missing, but the local scope beside it holds components", path.display()),
        "restore it (git checkout -- .bitmap); or \"bit init --force\" starts with an empty one and keeps the versions",
    )
}

/// A setting was asked for that workspace.jsonc has, with another value.
pub fn setting_differs(path: &Path, key: &str, found: &str) -> anyhow::Error {
    failure(
        "setting-differs",
        format!("{} says {key} \"{}\" already; it was not changed", path.display(), found.escape_debug()),
        format!("edit its \"{key}\"; \"bit init\" changes no workspace that is there"),
    )
}

/// A second local scope was asked for; the versions would stay behind in the first.
pub fn scope_is_beside_git(found: &Path, asked: &Path) -> anyhow::Error {
    failure(
        "scope-elsewhere",
        format!("the local scope of this workspace is {}, and it holds versions", found.display()),
        format!(
            "leave --standalone out; or, to have it in .bit, move it: mv {} {} && bit init",
            for_shell(&found.to_string_lossy()),
            for_shell(&asked.to_string_lossy())
        ),
    )
}
