//! Refs by their names alone: what no scope may have, and what could not be made.

use super::catalog::Catalog;
use crate::git::{RefName, RefUpdate, Repo, StandingRefs};
use crate::model::{ScopeName, VersionId};
use crate::scope::TrackedCatalog;
use anyhow::Result;

/// What is wrong with the names of refs that a push makes or moves. Whoever deletes them is welcome.
pub fn name_faults(scope: &ScopeName, updates: &[RefUpdate], catalogs: &[&Catalog]) -> Vec<String> {
    let names = updates.iter().filter(|update| update.new.is_some()).map(|update| update.name.as_str());
    names.filter_map(|name| name_fault(scope, name, catalogs)).collect()
}

fn name_fault(scope: &ScopeName, name: &str, catalogs: &[&Catalog]) -> Option<String> {
    if RefName::is_replacement(name) {
        return Some(format!("{name}: git would show one object in the place of another; a version never changes"));
    }
    if let Some(id) = RefName::version_above(name, scope) {
        return Some(format!("{name}: beside such a tag {id} could not have its own"));
    }
    let below = format!("{}/{}/", TrackedCatalog::FOLDER, RefName::folder_of_components(name)?);
    let mut files = catalogs.iter().flat_map(|catalog| catalog.files.keys());
    let component = files.find(|file| file.starts_with(&below))?;
    Some(format!("{name}: beside such a tag the components of its name could not have theirs ({component})"))
}

/// The versions whose tags can't be made: git makes the other refs of such a push all the same, the catalog among them.
pub fn blocked<'i>(repo: &Repo, made: impl Iterator<Item = &'i VersionId>) -> Result<Vec<String>> {
    let standing = StandingRefs::of(repo)?;
    let fault = |id: &VersionId| {
        let other = standing.in_the_way_of(&RefName::in_scope(id))?;
        Some(format!(
            "{id}: its tag can't be made as long as {other} is there, which is no version's (git push <url> :{other} removes it)"
        ))
    };
    Ok(made.filter_map(fault).collect())
}
