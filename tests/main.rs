//! Black-box tests: one binary, one file a command or promise.

mod architecture;
mod cat;
mod common;
mod completions;
mod deprecate;
mod diff;
mod graph;
mod link;
mod list;
mod log;
mod pattern;
mod readme;
mod relocate;
mod remote;
mod remove;
mod search;
mod show;
mod survival;
