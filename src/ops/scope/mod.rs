//! Scopes: making them, and which of them a workspace knows.

mod create;

pub use create::{CreateOptions, Created, create};
