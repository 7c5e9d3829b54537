//! How a person who has looked at a version that is not what it was goes on: in one step.

use super::Workspace;
use crate::errors::{self, Whereabouts};
use crate::model::VersionId;

/// The command that takes a version as its scope lists it, and leaves nothing to be done after it.
pub fn accepting(workspace: &Workspace, id: &VersionId) -> String {
    accepting_all(workspace, &[id])
}

/// The same of several, whose content did not change: no folder has to follow.
pub fn accepting_all(workspace: &Workspace, ids: &[&VersionId]) -> String {
    let is_at =
        |id: &VersionId| workspace.bitmap.get(&id.id).is_some_and(|entry| entry.version.as_ref() == Some(&id.version));
    let whereabouts = match ids {
        [id] if is_at(id) => Whereabouts::Workspace,
        _ => Whereabouts::LocalScope,
    };
    errors::accept_moved(ids, whereabouts)
}
