//! What waits in .bitmap to be published though no version is staged: deprecations and removals.

use super::{deprecation, removal};
use crate::model::{ComponentId, Mark};
use crate::workspace::BitmapEntry;

/// What waits.
pub fn marks(entry: &BitmapEntry) -> Vec<Mark> {
    deprecation::pending(entry).into_iter().chain(removal::pending(entry)).collect()
}

/// The components that go on in its place, of those marks.
pub fn successors(entry: &BitmapEntry) -> impl Iterator<Item = ComponentId> {
    deprecation::successor(entry).into_iter().chain(removal::successor(entry))
}

/// Points to the successor's new id, where that has another one.
pub fn follow<'i>(entry: &mut BitmapEntry, new_id: impl Fn(&ComponentId) -> Option<&'i ComponentId>) {
    if let Some(new) = deprecation::successor(entry).as_ref().and_then(&new_id) {
        deprecation::point_to(entry, new);
    }
    if let Some(new) = removal::successor(entry).as_ref().and_then(&new_id) {
        removal::point_to(entry, new);
    }
}

/// Forgets it: it is published, or was thrown away.
pub fn forget(entry: &mut BitmapEntry) {
    deprecation::forget_pending(entry);
    removal::forget_pending(entry);
}
