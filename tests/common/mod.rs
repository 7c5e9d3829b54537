//! What every black-box test stands on.
//!
//! A test reads as a story: a machine ([`TestEnvironment`]), folders on it ([`Folder`]), and commands whose
//! ending ([`Run`]) is stated.
//!
//! ```ignore
//! let env = TestEnvironment::new();
//! let workspace = env.git_workspace();
//! workspace.component("button", &[("index.js", "module.exports = 1;\n")]);
//! workspace.bit(["tag", "-m", "first"]).success();
//! assert_snapshot!(workspace.bit(["status"]), @"");
//! ```

// One test binary: what one test file has no use for, another has.
#![allow(dead_code)]

pub mod disk;
pub mod faults;
pub mod managers;
pub mod random_scopes;
pub mod registry;
pub mod servers;
pub mod wire;

use std::io::Write;
use std::path::PathBuf;

mod catalog;
mod environment;
mod flavour;
mod folder;
mod run;

pub use catalog::{Catalog, FOREIGN};
pub use environment::TestEnvironment;
pub use flavour::Flavour;
pub(crate) use flavour::{compiled_or_not, declared_too, flavoured, with_each_flavour};
pub use folder::{Folder, Refs};
pub use run::{Invocation, Run, Running};

/// Leave the test because this machine cannot run it. In CI (`CI=true`) that is a failure: what is needed gets installed.
macro_rules! skip {
    ($($reason:tt)+) => {{
        $crate::common::skipped(&format!($($reason)+));
        return;
    }};
}
pub(crate) use skip;

/// Leave the test where a program is not there that it needs.
macro_rules! needs {
    ($program:literal) => {
        if !$crate::common::has_program($program) {
            $crate::common::skip!("there is no {} on this machine", $program);
        }
    };
}
pub(crate) use needs;

/// Leave the test where no faults can be injected.
macro_rules! needs_faults {
    () => {
        if let Err(why) = $crate::common::faults::can_be_injected() {
            $crate::common::skip!("{why}");
        }
    };
}
pub(crate) use needs_faults;

#[track_caller]
pub fn skipped(reason: &str) {
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci.is_empty() || ci == "false"),
        "a test may not be skipped in CI: {reason}"
    );
    // The test binary keeps to itself what a test prints that passes: this is for whoever runs it.
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("skipped: {test}: {reason}\n");
    std::io::stderr().write_all(line.as_bytes()).ok();
    if let Some(list) = std::env::var_os("BIT_TEST_SKIPPED") {
        let list = std::fs::OpenOptions::new().append(true).create(true).open(list);
        list.expect("the list of skipped tests").write_all(line.as_bytes()).expect("the list of skipped tests");
    }
}

/// Whether a program is on the path.
pub fn has_program(name: &str) -> bool {
    find_program(name).is_some()
}

/// Where a program is: on the path, or where servers are, which is not on everybody's.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/local/sbin".into(), "/usr/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
