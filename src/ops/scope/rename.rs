//! Another name for a scope, as far as this workspace goes: for its components here, and in workspace.jsonc. The
//! scope itself, wherever it is, keeps its name and all that is in it.

use crate::errors;
use crate::model::{ComponentId, ScopeName};
use crate::ops::rename::{Batch, Manner, rename_all};
use crate::ops::successors::Successors;
use crate::ops::{Progress, Work, Workspace};
use crate::workspace::{ConfigFile, FileChange, FileStanding, read_file};
use anyhow::Result;
use serde_json::Value;
use std::path::Path;

/// Gives the components of a scope another one.
pub fn rename_scope(
    cwd: &Path,
    old: &ScopeName,
    new: &ScopeName,
    manner: Manner,
    progress: &dyn Progress,
) -> Result<(Workspace, Successors)> {
    if old == new {
        return Err(errors::same_scope(old));
    }
    rename_scopes(
        cwd,
        &|scope| (scope == old).then(|| new.clone()),
        &|| errors::no_such_scope_here(old),
        manner,
        progress,
    )
}

/// Gives all scopes of an owner another owner.
pub fn rename_owner(
    cwd: &Path,
    old: &str,
    new: &str,
    manner: Manner,
    progress: &dyn Progress,
) -> Result<(Workspace, Successors)> {
    // An owner is the first part of a scope's name: what makes no such name is none.
    ScopeName::new(&format!("{new}.scope"))?;
    if old == new {
        return Err(errors::same_owner(old));
    }
    let renamed = |scope: &ScopeName| match scope.owner() {
        Some(owner) if owner == old => ScopeName::new(&format!("{new}.{}", scope.base())).ok(),
        _ => None,
    };
    rename_scopes(cwd, &renamed, &|| errors::no_such_owner_here(old), manner, progress)
}

fn rename_scopes(
    cwd: &Path,
    renamed: &dyn Fn(&ScopeName) -> Option<ScopeName>,
    nothing: &dyn Fn() -> anyhow::Error,
    manner: Manner,
    progress: &dyn Progress,
) -> Result<(Workspace, Successors)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let pair = |old: ComponentId| Some((old.clone(), ComponentId::new(renamed(&old.scope)?, old.name)));
    let ids: Vec<(ComponentId, ComponentId)> =
        workspace.bitmap.entries().filter_map(|entry| pair(entry.id())).collect();
    let before = workspace.config.default_scope.clone();
    let default_scope = renamed(&before).map(|after| (before, after));
    if ids.is_empty() && default_scope.is_none() {
        return Err(nothing());
    }
    let mut work = Work::default();
    settings(&workspace, renamed, &mut work)?;
    let (workspace, outcome) =
        rename_all(workspace, lock, Batch { ids, path: None, work, command: "scope rename" }, manner, progress)?;
    Ok((workspace, Successors { default_scope, ..outcome }))
}

/// workspace.jsonc, with the new name where it chooses the scope of components.
fn settings(workspace: &Workspace, renamed: &dyn Fn(&ScopeName) -> Option<ScopeName>, work: &mut Work) -> Result<()> {
    const VARIANTS: &str = "teambit.workspace/variants";
    const KEY: &str = "defaultScope";
    let Some(mut file) = ConfigFile::read(&workspace.layout.config_file())? else { return Ok(()) };
    let text = file.text.clone();
    if let Some(new) = renamed(&workspace.config.default_scope) {
        file.set_default_scope(&new)?;
    }
    let variants = workspace.config.raw(VARIANTS).and_then(Value::as_object);
    for (key, variant) in variants.into_iter().flatten() {
        let scope = variant.get(KEY).and_then(Value::as_str).and_then(|scope| ScopeName::new(scope).ok());
        if let Some(new) = scope.as_ref().and_then(renamed) {
            file.set(&[VARIANTS, key, KEY], new.as_str().into())?;
        }
    }
    if file.text == text {
        return Ok(());
    }
    let path = workspace.layout.relative(&file.path, &workspace.layout.root)?;
    let (FileStanding::File(looked_at), _) = read_file(&workspace.layout.root, &path)? else { return Ok(()) };
    let (before, _) = work.old_file(workspace, &path, looked_at.blob)?;
    let after = work.new_content(workspace.scope.repo(), before.mode, file.text.into_bytes())?;
    work.files.push(FileChange { path, before: Some(before), after: Some(after) });
    Ok(())
}
