//! Whose it is that stands in a link's place: ours, somebody else's, or nobody's.

use super::files::{children, folder_of, lstat};
use super::mark::is_marked;
use super::{PACKAGE_JSON, built};
use anyhow::Result;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// What may be done at a link's place.
pub(super) enum Claim {
    /// Nothing is there.
    Free,
    /// Our link, with its package.json if it got that far.
    Ours(Option<Vec<u8>>),
    /// A symbolic link to a folder that the workspace had, or to a version in the store.
    Replaceable,
    /// Anything else.
    Foreign,
}

/// Whose it is that stands there.
pub(super) fn claim(root: &Path, folder: &Path) -> Result<Claim> {
    let Some(found) = lstat(folder)? else { return Ok(Claim::Free) };
    if found.is_symlink() {
        let into_store = || leads_to(folder).is_some_and(|place| place.starts_with(root.join("node_modules/.bit")));
        let ours = (!folder.exists() && leads_into(root, folder)) || into_store();
        return Ok(if ours { Claim::Replaceable } else { Claim::Foreign });
    }
    if !found.is_dir() {
        return Ok(Claim::Foreign);
    }
    if let Some(package_json) = marked_package_json(folder) {
        return Ok(Claim::Ours(Some(package_json)));
    }
    if is_unfinished(root, folder)? {
        return Ok(Claim::Ours(None));
    }
    // Another run may have finished it between the two looks.
    Ok(marked_package_json(folder).map_or(Claim::Foreign, |package_json| Claim::Ours(Some(package_json))))
}

fn marked_package_json(folder: &Path) -> Option<Vec<u8>> {
    fs::read(folder.join(PACKAGE_JSON)).ok().filter(|bytes| is_marked(bytes))
}

/// A folder that holds nothing but links into the workspace, and what was compiled, is one that a killed run left.
fn is_unfinished(root: &Path, folder: &Path) -> Result<bool> {
    Ok(children(folder)?.iter().all(|path| leads_into(root, path) || built::is_ours(path)))
}

/// Whether a symbolic link leads to a place in the workspace that is not a package manager's.
fn leads_into(root: &Path, link: &Path) -> bool {
    let place = leads_to(link);
    place.is_some_and(|place| place.strip_prefix(root).is_ok_and(|inside| !inside.starts_with("node_modules")))
}

/// Where a symbolic link leads. As text: it may dangle.
pub(in crate::workspace) fn leads_to(link: &Path) -> Option<PathBuf> {
    let leads_to = fs::read_link(link).ok()?;
    let mut place = link.parent().unwrap_or(link).to_owned();
    for part in leads_to.components() {
        match part {
            Component::ParentDir => drop(place.pop()),
            Component::CurDir => {}
            part => place.push(part),
        }
    }
    Some(place)
}

/// Whether a package in node_modules is the link of a component that the workspace has or had.
pub fn link_of_component(root: &Path, package: &str) -> bool {
    let folder = root.join("node_modules").join(package);
    lstat(&folder).is_ok_and(|found| found.is_some_and(|found| found.is_dir()))
        && matches!(claim(root, &folder), Ok(Claim::Ours(_)))
}

/// Whether what stands in a package's place in node_modules is bit's own.
pub fn is_ours(root: &Path, package: &str) -> Result<bool> {
    Ok(matches!(claim(root, &folder_of(root, package)?)?, Claim::Ours(_) | Claim::Replaceable))
}
