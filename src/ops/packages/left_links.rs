//! Links into bun's store, of packages that leave package.json. bun removes such a link because of what its lockfile says of
//! the package, and we have it forget that: so the link would stay, where a component's own belongs.

use super::folders::remove;
use crate::model::PackageName;
use crate::package::manager::{Kind, Manager};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Where bun has the packages themselves.
const STORE: &str = ".bun";

/// Removes them.
pub fn clear_left(root: &Path, manager: &Manager, leaving: &[PackageName]) -> Result<()> {
    let leads_to_store = |place: &Path| {
        fs::read_link(place).is_ok_and(|target| target.components().any(|part| part.as_os_str() == STORE))
    };
    let places = leaving.iter().map(|package| root.join("node_modules").join(package.as_str()));
    for place in places.filter(|place| manager.kind == Kind::Bun && leads_to_store(place)) {
        remove(&place).with_context(|| format!("could not remove {}", place.display()))?;
    }
    Ok(())
}
