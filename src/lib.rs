//! `bit`: component scopes as plain git repositories.
//!
//! The table of contents, from the bottom up; imports point downward only.

pub mod model;

pub mod disk;
pub mod errors;
pub mod person;

pub mod git;

pub mod build;
pub mod package;
pub mod scope;
pub mod source;
pub mod workspace;

pub mod ops;

pub mod cli;
