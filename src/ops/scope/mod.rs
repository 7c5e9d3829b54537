//! Scopes: making them, and which of them a workspace knows and uses.

mod adopt;
mod create;
mod known;
mod rename;
mod set;

pub(super) use create::look_or_make;
pub use create::{CreateOptions, Created, Used, create};
pub use known::{KnownScope, Shown, known_scopes, list, show};
pub use rename::{rename_owner, rename_scope};
pub use set::{Moved, SetScope, set};
