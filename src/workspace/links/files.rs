//! Where links are, and what stands there.

use crate::errors;
use crate::workspace::layout::check_relative_path;
use anyhow::{Context, Result};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Where a package's link is. The folders above it must be real ones: through a symbolic link we would write elsewhere.
pub(in crate::workspace) fn folder_of(root: &Path, package: &str) -> Result<PathBuf> {
    let plain = |part: &str| check_relative_path(part).is_ok() && !part.contains('/');
    let (owner, _) = package
        .split_once('/')
        .filter(|(owner, name)| owner.strip_prefix('@').is_some_and(plain) && plain(name))
        .ok_or_else(|| errors::bad_path(package, "it is not the package name of a component"))?;
    let modules = root.join("node_modules");
    for folder in [modules.join(owner), modules.clone()] {
        if lstat(&folder)?.is_some_and(|found| !found.is_dir()) {
            return Err(errors::not_a_real_folder(&folder));
        }
    }
    Ok(modules.join(package))
}

pub(in crate::workspace) fn lstat(path: &Path) -> Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("could not look at {}", path.display())),
    }
}

pub(in crate::workspace) fn children(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = || -> io::Result<Vec<PathBuf>> { fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect() };
    list().with_context(|| format!("could not read {}", folder.display()))
}

pub(in crate::workspace) fn remove_if_empty(folder: &Path) -> Result<()> {
    match fs::remove_dir(folder) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {
            Err(error).with_context(|| format!("could not remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
