//! A stranger's tree is looked at, name by name, before any of it is written.

use crate::errors;
use crate::git::{EntryKind, Oid, Repo};
use crate::model::VersionId;
use crate::source::files::{MAX_FILE_SIZE, case_collisions, escape, foreign_fault};
use anyhow::Result;

/// No component is deeper.
const DEPTH: usize = 64;
/// No component holds more files and folders. A tree that holds itself many times over is small and endless.
const ENTRIES: usize = 50_000;
/// No path is longer.
const PATH: usize = 1_000;
/// No component is larger, all files together.
const SIZE: u64 = 2 << 30;

/// Refuses a tree that no version has which bit made.
pub fn check_tree(repo: &Repo, id: &VersionId, tree: Oid) -> Result<()> {
    let mut survey = Survey { repo, id, paths: Vec::new(), size: 0 };
    survey.folder(tree, "", 0)?;
    match case_collisions(survey.paths.iter().map(String::as_str)).first() {
        Some((one, other)) => {
            Err(survey.refuse(one.as_bytes(), &format!("it is \"{other}\" but for case or Unicode form")))
        }
        None => Ok(()),
    }
}

struct Survey<'r> {
    repo: &'r Repo,
    id: &'r VersionId,
    paths: Vec<String>,
    size: u64,
}

impl Survey<'_> {
    fn folder(&mut self, tree: Oid, prefix: &str, depth: usize) -> Result<()> {
        if depth > DEPTH {
            return Err(self.refuse(prefix.as_bytes(), &format!("it is more than {DEPTH} folders deep")));
        }
        for entry in self.repo.entries(tree)? {
            let Ok(name) = std::str::from_utf8(&entry.name) else {
                return Err(self.refuse(&[prefix.as_bytes(), &entry.name].concat(), "its name is not UTF-8"));
            };
            let path = format!("{prefix}{name}");
            self.check(&path, name, entry.kind, entry.oid)?;
            if entry.kind == EntryKind::Folder {
                self.folder(entry.oid, &format!("{path}/"), depth + 1)?;
            }
        }
        Ok(())
    }

    fn check(&mut self, path: &str, name: &str, kind: EntryKind, oid: Oid) -> Result<()> {
        let fault = match kind {
            EntryKind::SymbolicLink => Some("it is a symbolic link".to_owned()),
            EntryKind::Submodule => Some("it is a repository of its own".to_owned()),
            EntryKind::Unknown => Some("it is neither file nor folder".to_owned()),
            // A slash within a name would look like a folder.
            _ if name.contains('/') => Some("its name has a slash or a NUL in it".to_owned()),
            _ if path.len() > PATH => Some(format!("its path is longer than {PATH} bytes")),
            _ => foreign_fault(path),
        };
        if let Some(fault) = fault {
            return Err(self.refuse(path.as_bytes(), &fault));
        }
        self.paths.push(path.to_owned());
        if self.paths.len() > ENTRIES {
            return Err(self.refuse(path.as_bytes(), &format!("it holds more than {ENTRIES} files and folders")));
        }
        if matches!(kind, EntryKind::File(_)) {
            let size = self.repo.blob_size(oid)?;
            self.size = self.size.saturating_add(size);
            if size > MAX_FILE_SIZE || self.size > SIZE {
                return Err(self.refuse(path.as_bytes(), "it is too large"));
            }
        }
        Ok(())
    }

    fn refuse(&self, path: &[u8], why: &str) -> anyhow::Error {
        errors::hostile_entry(self.id, &escape(path), why)
    }
}
