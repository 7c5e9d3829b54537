//! What an export was to eject and has not yet: it is written down before the push, so that whatever stops the command
//! afterwards, the same again finishes. It is remembered beside the local scope, on this machine.

use crate::disk;
use crate::model::ComponentId;
use crate::scope::LocalScope;
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn file(scope: &LocalScope) -> PathBuf {
    scope.state_folder().join("to-eject")
}

/// What is still to become a package.
pub fn owed(scope: &LocalScope) -> Result<BTreeSet<ComponentId>> {
    let text = String::from_utf8(disk::read_optional(&file(scope))?.unwrap_or_default()).unwrap_or_default();
    Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
}

fn write(scope: &LocalScope, all: &BTreeSet<ComponentId>) -> Result<()> {
    if owed(scope)? == *all {
        return Ok(());
    }
    let text: String = all.iter().map(|id| format!("{id}\n")).collect();
    disk::write_atomically(&file(scope), text.as_bytes(), &scope.state_folder())
}

/// Writes down that these are to become packages once they are published.
pub fn owe(scope: &LocalScope, ids: impl IntoIterator<Item = ComponentId>) -> Result<()> {
    let mut all = owed(scope)?;
    all.extend(ids);
    write(scope, &all)
}

/// They are packages now, or nobody wants it any more.
pub fn settle<'i>(scope: &LocalScope, ids: impl IntoIterator<Item = &'i ComponentId>) -> Result<()> {
    let mut all = owed(scope)?;
    let settled: BTreeSet<&ComponentId> = ids.into_iter().collect();
    all.retain(|id| !settled.contains(id));
    write(scope, &all)
}
