//! Components that are packages of the workspace: their archives stand in `vendor/bit`, package.json and the overrides
//! name them, and the workspace's package manager installs them.
//!
//! What is to be is worked out from the dependencies that package.json has (the roots) and from what their versions were
//! made with; nothing else remembers it. So whatever changed, the same way leads to what it should be.

mod archives;
mod before;
mod change;
mod check;
mod closure;
mod content;
mod declared;
mod displaced;
mod edited;
mod folders;
mod ignored;
mod layouts;
mod left_links;
mod leftovers;
mod lockfiles;
mod meant;
mod members;
mod moved;
pub(super) mod origins;
mod overridden;
mod peers;
mod ready;
mod retired;
mod roots;
mod standing;
mod undo;

pub(super) use before::Before;
pub(super) use change::{Change, SourcesSoFar, manager_of};
pub use change::{Changed, GitConsent, Install};
pub(super) use closure::Closure;
pub(super) use declared::Declared;
pub(super) use displaced::make_room;
pub use ignored::Ignored;
pub(super) use leftovers::{leftovers, remove_leftovers, remove_replaced};
pub(super) use meant::{meant, without_package};
pub(super) use moved::forget_stale;
pub(super) use ready::make_ready;
pub use roots::{Root, Way};
pub(super) use roots::{declared_roots, in_package_json, without_versions};
pub(super) use undo::{is_pending, recover};
