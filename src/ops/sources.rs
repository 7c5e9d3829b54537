//! Which files of a folder are a component's: what its environment writes is not.

use crate::source::compile::{DIST, is_compiled};
use crate::source::files::{IgnoreRules, Walk, walk};
use crate::workspace::WorkspaceConfig;
use std::io;

/// Finds the files of the component in this folder (relative to the workspace's root, `/`-separated).
pub fn sources(config: &WorkspaceConfig, rules: &IgnoreRules, root_dir: &str) -> io::Result<Walk> {
    let environment = config.environment(root_dir);
    let mut found = walk(rules, root_dir, environment.outputs())?;
    // Where there is nothing to compile, a `dist` is an author's own.
    if environment.compiles() && found.files.iter().any(|file| is_compiled(&file.path) && !is_output(&file.path)) {
        found.files.retain(|file| !is_output(&file.path));
        found.problems.retain(|problem| !is_output(&problem.path));
    }
    Ok(found)
}

fn is_output(path: &str) -> bool {
    path.strip_prefix(DIST).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
