//! Black-box tests: one binary, one file a command or promise.

mod architecture;
mod cat;
mod common;
mod completions;
mod diff;
mod graph;
mod list;
mod log;
mod pattern;
mod search;
mod show;
mod survival;
