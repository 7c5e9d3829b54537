//! Guarding a scope on a server of one's own: git calls bit before it takes a push.

mod catalog;
mod install;
mod names;
mod receive;

pub use install::{InstallOptions, Installed, Theirs, install};
pub use receive::receive;
