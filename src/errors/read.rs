//! Commands that only look.

use super::{Failure, failure, usage};
use crate::model::ComponentId;

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
        format!("{known}\"bit fetch {name}\" brings a catalog, once \"bit remote add\" has said where the scope is"),
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

/// `--remote` with a pattern that leaves the scope open.
pub fn scope_expected(pattern: &str) -> anyhow::Error {
    usage(
        "scope-expected",
        "when using --remote, the pattern must include the scope name",
        format!("write it before the slash: \"my-org.ui/{}\"", pattern.trim_start_matches("*/")),
    )
}

/// A component that a catalog lists, and of which nothing is here.
pub fn only_in_catalog(id: &ComponentId) -> anyhow::Error {
    failure(
        "import-pending",
        format!("{id} is in the catalog of {}, but none of its versions is in the local scope", id.scope),
        format!("\"bit import {id}\" brings it; \"bit show {id} --remote\" tells what the catalog says"),
    )
}

/// A component that its scope's catalog doesn't list.
pub fn not_in_catalog(id: &ComponentId) -> anyhow::Error {
    failure(
        "not-in-catalog",
        format!("{id} is not in the catalog of {}, as it was last seen", id.scope),
        "without --remote, what is known here is shown; \"bit fetch\" looks at the catalog again",
    )
}

/// Outside of any workspace, for commands that a scope could answer too.
pub fn or_scope(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(known) if known.kind == "no-workspace" => {
            let message = format!("the current directory is not a workspace nor a scope ({})", known.message);
            Failure { message, ..known }.into()
        }
        Ok(known) => known.into(),
        Err(error) => error,
    }
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
