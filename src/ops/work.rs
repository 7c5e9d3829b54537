//! Changes of a person's files, and the objects that keep what stood there and what is to stand there.

use super::Workspace;
use crate::errors;
use crate::git::{FileMode, Kind, Oid, RawObject, Repo, hash_blob};
use crate::source::text;
use crate::workspace::{FileChange, FileStanding, FileState, read_file};
use anyhow::Result;

/// Changes of files, and the objects that hold their contents before and after.
#[derive(Default)]
pub struct Work {
    /// The changes.
    pub files: Vec<FileChange>,
    /// What the local scope does not have yet.
    pub objects: Vec<RawObject>,
}

impl Work {
    /// A file as it stands there; it must still be what was looked at.
    pub fn old_file(&mut self, workspace: &Workspace, path: &str, looked_at: Oid) -> Result<(FileState, Vec<u8>)> {
        let (FileStanding::File(state), bytes) = read_file(&workspace.layout.root, path)? else {
            return Err(errors::file_changed_while_writing(path));
        };
        if state.blob != looked_at && hash_blob(&text::normalized(&bytes)) != looked_at {
            return Err(errors::file_changed_while_writing(path));
        }
        if !workspace.scope.repo().has(state.blob)? {
            self.objects.push(RawObject { oid: state.blob, kind: Kind::Blob, bytes: bytes.clone() });
        }
        Ok((state, bytes))
    }

    /// What is to stand there.
    pub fn new_content(&mut self, repo: &Repo, mode: FileMode, bytes: Vec<u8>) -> Result<FileState> {
        let object = RawObject::new(Kind::Blob, bytes);
        let blob = object.oid;
        if !repo.has(blob)? {
            self.objects.push(object);
        }
        Ok(FileState { mode, blob })
    }
}
