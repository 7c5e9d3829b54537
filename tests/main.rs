//! Black-box tests: one binary, one file a command or promise.

mod add;
mod architecture;
mod common;
mod dependencies;
mod deprecate;
mod files;
mod init;
mod link;
mod relocate;
mod remote;
mod remove;
mod reset;
mod scale;
mod status;
mod survival;
mod tag;
mod words;
