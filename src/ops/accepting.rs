//! How a person who has looked at a version that is not what it was goes on: in one step.

use super::Workspace;
use crate::errors::{self, Whereabouts};
use crate::model::VersionId;

/// The command that takes a version as its scope lists it, and leaves nothing to be done after it.
pub fn accepting(workspace: &Workspace, id: &VersionId) -> String {
    let entry = workspace.bitmap.get(&id.id);
    let whereabouts = match entry.is_some_and(|entry| entry.version.as_ref() == Some(&id.version)) {
        true => Whereabouts::Workspace,
        false => Whereabouts::LocalScope,
    };
    errors::accept_moved(id, whereabouts)
}
