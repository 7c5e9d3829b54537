//! Black-box tests: one binary, one file a command or promise.

mod architecture;
mod common;
mod link;
mod remote;
mod survival;
