//! Black-box tests: one binary, one file a command or promise.

mod architecture;
mod common;
mod deprecate;
mod link;
mod readme;
mod relocate;
mod remote;
mod remove;
mod survival;
