//! Use cases, one a file. They return values and report progress through a trait; they never print.

pub mod add;
pub mod deprecation;
pub mod diff;
pub mod export;
pub mod graph;
mod history;
pub mod init;
pub mod link;
pub mod links;
pub mod list;
pub mod log;
pub mod login;
mod progress;
mod reach;
pub mod relocate;
pub mod remote;
pub mod remove;
pub mod reset;
mod resolve;
pub mod scope;
pub mod search;
mod select;
pub mod show;
pub mod state;
pub mod status;
pub mod tag;
mod transaction;
pub mod view;
mod workspace;

pub use progress::{Progress, Quiet};
pub use reach::{Place, Reached, Visit, reach};
pub use resolve::{Found, Knowledge};
pub use select::{By, Selection, select};
pub use state::{Component, Issue, IssueKind, Standing, State};
pub use transaction::{BitmapChange, Transaction};
pub use workspace::{Notice, Workspace};
