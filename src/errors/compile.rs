//! Compiling into node_modules.

use super::failure;
use crate::model::PackageName;
use std::fmt::Display;
use std::path::Path;

/// Something else stands where a component's link would be.
pub fn no_link_to_compile_into(package: &PackageName) -> anyhow::Error {
    failure(
        "no-link",
        format!("node_modules/{package} is not a link of bit's, so nothing was compiled into it"),
        "remove that folder (and the package from package.json), run \"bit link\", and compile again",
    )
}

/// The operating system does not say when files change.
pub fn cannot_watch(folder: &Path, error: &dyn Display) -> anyhow::Error {
    failure(
        "cannot-watch",
        format!("could not watch {} for changes: {error}", folder.display()),
        "on Linux the number of watches is limited: raise fs.inotify.max_user_watches, or run \"bit compile\" after a change",
    )
}
