//! What a merge decided, as changes of the files in a component's folder.

use super::three_way::{Content, Decision};
use crate::errors;
use crate::ops::{Component, Work, Workspace};
use crate::source::files::check_path;
use crate::source::text;
use crate::workspace::{FileChange, FileStanding, FileState, look_at_file};
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Reads one of a component's files as a version would hold it.
pub fn read_ours(workspace: &Workspace, component: &Component, path: &str) -> Result<Vec<u8>> {
    let place = workspace.layout.root.join(&component.entry.root_dir).join(path);
    let bytes = fs::read(&place).with_context(|| format!("could not read {}", place.display()))?;
    Ok(text::normalize(bytes))
}

/// Works out the changes of one component's files. Nothing is written. What stands in the way and is no file of the
/// component is refused: nobody has said that it may go.
pub fn plan(workspace: &Workspace, component: &Component, decisions: &[Decision], work: &mut Work) -> Result<()> {
    let gone = |decision: &&Decision| decision.result == Content::Nothing;
    let in_workspace = |path: &str| format!("{}/{path}", component.entry.root_dir);
    let planner = Planner {
        workspace,
        component,
        gone: decisions.iter().filter(gone).map(|decision| in_workspace(&decision.path)).collect(),
    };
    for decision in decisions.iter().filter(|decision| decision.result != Content::Ours) {
        check_path(&decision.path).map_err(|why| errors::unwritable_name(&component.id, &decision.path, &why))?;
        planner.plan_one(in_workspace(&decision.path), decision, work)?;
    }
    Ok(())
}

struct Planner<'a> {
    workspace: &'a Workspace,
    component: &'a Component,
    /// The files that are to go, from the workspace's root.
    gone: HashSet<String>,
}

impl Planner<'_> {
    fn plan_one(&self, path: String, decision: &Decision, work: &mut Work) -> Result<()> {
        let repo = self.workspace.scope.repo();
        let before = match self.component.file(&decision.path) {
            Some(file) => Some(work.old_file(self.workspace, &path, file.source.blob)?),
            None => None,
        };
        let ours = self.component.file(&decision.path).map(|file| file.source.blob);
        let has_crlf = before.as_ref().is_some_and(|(_, bytes)| is_all_crlf(bytes));
        let after = match &decision.result {
            Content::Ours => return Ok(()),
            Content::Nothing => None,
            // The content stays as it stands there; only the mode changes.
            Content::Stored(mode, blob) if Some(*blob) == ours => {
                before.as_ref().map(|(state, _)| FileState { mode: *mode, blob: state.blob })
            }
            Content::Stored(mode, blob) if !has_crlf => Some(FileState { mode: *mode, blob: *blob }),
            Content::Stored(mode, blob) => Some(work.new_content(repo, *mode, with_crlf(repo.blob(*blob)?))?),
            Content::Text(mode, bytes) if !has_crlf => Some(work.new_content(repo, *mode, bytes.clone())?),
            Content::Text(mode, bytes) => Some(work.new_content(repo, *mode, with_crlf(bytes.clone()))?),
        };
        let before = before.map(|(state, _)| state);
        if before.is_none() && after.is_some() && self.is_there_already(&path, after)? {
            return Ok(());
        }
        if before != after {
            work.files.push(FileChange { path, before, after });
        }
        Ok(())
    }

    /// Whether a new file stands there as it is to be. Anything else there is somebody's.
    fn is_there_already(&self, path: &str, after: Option<FileState>) -> Result<bool> {
        let root = &self.workspace.layout.root;
        match look_at_file(root, path)? {
            FileStanding::Nothing => Ok(false),
            FileStanding::File(state) if Some(state) == after => Ok(true),
            FileStanding::Other if self.becomes_free(path)? => Ok(false),
            _ => Err(errors::in_the_way(&self.component.id, path)),
        }
    }

    /// Whether what stands there, or on the way there, goes before this is written.
    fn becomes_free(&self, path: &str) -> Result<bool> {
        let place = self.workspace.layout.root.join(path);
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_dir() => self.all_go(&place, path),
            _ => Ok(path.match_indices('/').any(|(at, _)| self.gone.contains(&path[..at]))),
        }
    }

    fn all_go(&self, folder: &Path, path: &str) -> Result<bool> {
        let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let inside = format!("{path}/{}", entry.file_name().to_string_lossy());
            let goes = match entry.file_type()?.is_dir() {
                true => self.all_go(&entry.path(), &inside)?,
                false => self.gone.contains(&inside),
            };
            if !goes {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A text whose every line ends as on Windows: whoever has it so keeps it so.
fn is_all_crlf(bytes: &[u8]) -> bool {
    let ends = bytes.iter().filter(|&&byte| byte == b'\n').count();
    ends > 0 && text::is_text(bytes) && bytes.windows(2).filter(|pair| pair == b"\r\n").count() == ends
}

fn with_crlf(bytes: Vec<u8>) -> Vec<u8> {
    if !text::is_text(&bytes) || bytes.contains(&b'\r') {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for byte in bytes {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}
