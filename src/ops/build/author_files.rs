//! The author's files, read once more for a build.

use super::pipeline::Pipeline;
use crate::errors;
use crate::git::{FileMode, hash_blob};
use crate::ops::state::WorkFile;
use crate::source::text;
use anyhow::{Context, Result};

/// A file of an author, read: its content has LF where it is text.
pub struct ReadFile {
    /// Below the component's folder.
    pub path: String,
    /// Whether it is a program.
    pub executable: bool,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Pipeline<'_> {
    /// Reads the author's files. They must still be what was looked at: imports and issues were found in that.
    pub(super) fn author_files(&self, member: usize) -> Result<Vec<ReadFile>> {
        let component = self.component(member);
        let folder = self.root.join(&component.entry.root_dir);
        let read = |file: &WorkFile| {
            let path = folder.join(&file.source.path);
            let bytes = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
            let bytes = text::normalize(bytes);
            if hash_blob(&bytes) != file.source.blob {
                return Err(errors::file_changed_meanwhile(&path));
            }
            let executable = file.source.mode == FileMode::Executable;
            Ok(ReadFile { path: file.source.path.clone(), executable, bytes })
        };
        component.files.iter().map(read).collect()
    }
}
