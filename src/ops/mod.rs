//! Use cases, one a file. They return values and report progress through a trait; they never print.

mod progress;
mod select;
pub mod state;
mod transaction;
mod workspace;

pub use progress::{Progress, Quiet};
pub use select::{Selection, select};
pub use state::{Component, Issue, IssueKind, Standing, State};
pub use transaction::{BitmapChange, Transaction};
pub use workspace::{Notice, Workspace};
