//! Building components.

use super::failure;
use std::path::Path;

/// No folder for temporary files from which the workspace's packages can't be seen.
pub fn no_place_for_capsules(usual: &Path) -> anyhow::Error {
    failure(
        "no-place-for-capsules",
        format!(
            "commands can't be run apart from the workspace: {} lies in it, or below a folder with node_modules",
            usual.display()
        ),
        "let TMPDIR name a folder outside of the workspace, with no node_modules in or above it",
    )
}

/// The folder for capsules could not be made.
pub fn capsules_failed(reason: &str) -> anyhow::Error {
    failure("capsules-failed", reason, "let TMPDIR name a folder that can be written")
}

/// Components could not be built, and so nothing is tagged.
pub fn build_failed(components: usize, told: &str) -> anyhow::Error {
    failure(
        "build-failed",
        format!("the build of {components} component(s) failed, nothing was tagged:\n{told}"),
        "mend them (\"bit build\" tries without a tag), or tag in spite of it: --ignore-build-errors, --skip-build, for tests --skip-tests",
    )
}
