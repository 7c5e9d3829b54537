//! `bit`: component scopes as plain git repositories.
//!
//! The table of contents, from the bottom up; every folder imports only from those above it in this list.

pub mod model;
pub mod source;
