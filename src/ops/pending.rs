//! What waits in .bitmap to be published though no version is staged: deprecations and removals.

use super::{deprecation, removal};
use crate::model::Mark;
use crate::workspace::BitmapEntry;

/// What waits.
pub fn marks(entry: &BitmapEntry) -> Vec<Mark> {
    deprecation::pending(entry).into_iter().chain(removal::pending(entry)).collect()
}

/// Forgets it: it is published, or was thrown away.
pub fn forget(entry: &mut BitmapEntry) {
    deprecation::forget_pending(entry);
    removal::forget_pending(entry);
}
