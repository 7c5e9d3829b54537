//! From what a person typed to folders of the workspace.

use crate::errors;
use crate::ops::Workspace;
use anyhow::{Context, Result};
use globset::GlobBuilder;
use std::path::Path;

/// Folders of the workspace, each once, in the order in which they were named.
pub fn expand(workspace: &Workspace, typed: &[String]) -> Result<Vec<String>> {
    let mut folders: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for text in typed {
        // A folder may have brackets in its name: what exists is no glob.
        let is_glob = text.contains(['*', '?', '[', '{']) && !workspace.cwd.join(text).exists();
        let found = if is_glob { glob(workspace, text)? } else { vec![folder(workspace, text)?] };
        folders.extend(found.into_iter().filter(|folder| seen.insert(folder.clone())));
    }
    Ok(folders)
}

fn folder(workspace: &Workspace, text: &str) -> Result<String> {
    let relative = workspace.layout.relative(Path::new(text), &workspace.cwd)?;
    let path = workspace.layout.root.join(&relative);
    match std::fs::symlink_metadata(&path) {
        Err(_) => Err(errors::no_such_folder(text)),
        Ok(found) if found.is_symlink() => Err(errors::folder_is_a_link(text)),
        Ok(found) if !found.is_dir() => Err(errors::folder_expected(text)),
        Ok(_) if relative.is_empty() => Err(errors::root_is_no_component()),
        Ok(_) => crate::workspace::check_relative_path(&relative)
            .map(|()| relative.clone())
            .map_err(|reason| errors::bad_path(&relative, reason)),
    }
}

/// Folders that a glob names; files that it names too are passed over.
fn glob(workspace: &Workspace, text: &str) -> Result<Vec<String>> {
    let fixed: Vec<&str> = text.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
    let base = workspace.layout.relative(Path::new(&format!("./{}", fixed.join("/"))), &workspace.cwd)?;
    let rest = text.split('/').skip(fixed.len()).collect::<Vec<_>>().join("/");
    let matcher = GlobBuilder::new(rest.trim_end_matches('/')).literal_separator(true).build();
    let matcher = matcher.map_err(|error| errors::bad_glob(text, &error.kind().to_string()))?.compile_matcher();
    let depth = if rest.contains("**") { usize::MAX } else { rest.trim_end_matches('/').split('/').count() };
    let mut found = Vec::new();
    let place = workspace.layout.root.join(&base);
    if !place.is_dir() {
        return Err(errors::no_such_folder(text));
    }
    list(&place, "", depth, &mut |path| {
        let hit = matcher.is_match(path);
        if hit {
            found.push(if base.is_empty() { path.to_owned() } else { format!("{base}/{path}") });
        }
        // What lies inside of a component is part of it.
        !hit
    })
    .with_context(|| format!("could not read {}", place.display()))?;
    found.sort();
    if found.is_empty() { Err(errors::no_such_folder(text)) } else { Ok(found) }
}

/// Calls `visit` for every folder below a place; it says whether to go on into that folder.
fn list(place: &Path, prefix: &str, depth: usize, visit: &mut dyn FnMut(&str) -> bool) -> std::io::Result<()> {
    if depth == 0 {
        return Ok(());
    }
    for entry in std::fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name();
        // A folder whose name is not UTF-8 can be no component.
        let Some(name) = name.to_str() else { continue };
        if !entry.file_type()?.is_dir() || name.starts_with('.') || name == "node_modules" {
            continue;
        }
        let path = format!("{prefix}{name}");
        if visit(&path) {
            list(&entry.path(), &format!("{path}/"), depth - 1, visit)?;
        }
    }
    Ok(())
}
