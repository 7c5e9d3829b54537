//! A stranger's tree is looked at, name by name, before any of it is written.

use super::foreign::foreign_fault;
use super::names::{case_collisions, escape};
use super::walk::MAX_FILE_SIZE;
use crate::errors;
use crate::git::{EntryKind, Oid, Repo, TreeFile};
use crate::model::VersionId;
use anyhow::Result;
use std::collections::HashSet;

/// No component is deeper, and no system has to bear more.
const DEEPEST: usize = 64;
/// No component holds more files and folders. A tree that holds itself many times over is small and endless.
const MOST: usize = 50_000;
/// Paths beyond this can't be made everywhere.
const LONGEST: usize = 1_000;
/// No component is larger, all files together.
const LARGEST: u64 = 2 << 30;

/// Refuses a tree that no version has which bit made.
pub fn check_tree(repo: &Repo, id: &VersionId, tree: Oid) -> Result<()> {
    checked_files(repo, id, tree).map(drop)
}

/// The same; every file of one that may be.
pub fn checked_files(repo: &Repo, id: &VersionId, tree: Oid) -> Result<Vec<TreeFile>> {
    Ok(survey(repo, id, tree)?.0)
}

/// What a tree has that nobody's tree of these files has. Who reads it sees the same files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeOddity {
    /// A folder without anything in it.
    EmptyFolder(String),
    /// A file whose mode is none that git writes today.
    OldMode(String, i32),
}

/// The same, and what is odd about the tree, if anything is.
pub fn survey(repo: &Repo, id: &VersionId, tree: Oid) -> Result<(Vec<TreeFile>, Option<TreeOddity>)> {
    let mut survey = Survey { repo, id, paths: Vec::new(), files: Vec::new(), size: 0, oddity: None };
    survey.folder(tree, "", 0)?;
    match case_collisions(survey.paths.iter().map(String::as_str)).first() {
        Some((one, other)) => {
            Err(survey.refuse(one.as_bytes(), &format!("some file systems can't hold it beside \"{other}\"")))
        }
        None => Ok((survey.files, survey.oddity)),
    }
}

struct Survey<'r> {
    repo: &'r Repo,
    id: &'r VersionId,
    paths: Vec<String>,
    files: Vec<TreeFile>,
    size: u64,
    oddity: Option<TreeOddity>,
}

impl Survey<'_> {
    fn folder(&mut self, tree: Oid, prefix: &str, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(self.refuse(prefix.as_bytes(), &format!("it is more than {DEEPEST} folders deep")));
        }
        let mut names = HashSet::new();
        let entries = self.repo.entries(tree)?;
        if entries.is_empty() && depth > 0 {
            self.oddity = Some(TreeOddity::EmptyFolder(prefix.to_owned()));
        }
        for entry in entries {
            if !names.insert(entry.name.clone()) {
                return Err(self.refuse(&[prefix.as_bytes(), &entry.name].concat(), "there are two of this name"));
            }
            let Ok(name) = std::str::from_utf8(&entry.name) else {
                return Err(self.refuse(&[prefix.as_bytes(), &entry.name].concat(), "its name is not UTF-8"));
            };
            let path = format!("{prefix}{name}");
            self.check(&path, name, entry.kind, entry.oid)?;
            if let EntryKind::File(mode) = entry.kind
                && !mode.is_written_as(entry.mode)
            {
                self.oddity.get_or_insert(TreeOddity::OldMode(path.clone(), entry.mode));
            }
            if entry.kind == EntryKind::Folder {
                self.folder(entry.oid, &format!("{path}/"), depth + 1)?;
            }
        }
        Ok(())
    }

    fn check(&mut self, path: &str, name: &str, kind: EntryKind, oid: Oid) -> Result<()> {
        if let Some(fault) = fault(path, name, kind) {
            return Err(self.refuse(path.as_bytes(), &fault));
        }
        self.paths.push(path.to_owned());
        if self.paths.len() > MOST {
            return Err(self.refuse(path.as_bytes(), &format!("it holds more than {MOST} files and folders")));
        }
        if let EntryKind::File(mode) = kind {
            self.files.push(TreeFile { path: path.to_owned(), mode, blob: oid });
            let size = self.repo.blob_size(oid)?;
            self.size = self.size.saturating_add(size);
            if size > MAX_FILE_SIZE || self.size > LARGEST {
                return Err(self.refuse(path.as_bytes(), "it is larger than a component's files may be"));
            }
        }
        Ok(())
    }

    fn refuse(&self, path: &[u8], why: &str) -> anyhow::Error {
        errors::hostile_entry(self.id, &escape(path), why)
    }
}

fn fault(path: &str, name: &str, kind: EntryKind) -> Option<String> {
    match kind {
        EntryKind::SymbolicLink => Some("it is a symbolic link, neither file nor folder".to_owned()),
        EntryKind::Submodule => Some("it is a repository of its own, neither file nor folder".to_owned()),
        EntryKind::Unknown => Some("it is neither file nor folder".to_owned()),
        // A slash within a name would look like a folder.
        _ if name.contains('/') => Some("its name has a slash or a NUL in it".to_owned()),
        _ if path.len() > LONGEST => Some(format!("its path is longer than {LONGEST} bytes")),
        _ => foreign_fault(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{FileMode, Kind, PackWriter, RawObject, TreeBuilder};

    /// What is said of a tree that holds these files.
    fn verdict(paths: &[&str]) -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init_bare(&folder.path().join("git"), folder.path()).unwrap();
        let mut objects = vec![RawObject::new(Kind::Blob, b"x".to_vec())];
        let blob = objects[0].oid;
        let mut tree = TreeBuilder::default();
        paths.iter().for_each(|path| tree.add(path, FileMode::Regular, blob));
        let tree = tree.write(&mut objects).unwrap();
        let mut pack = PackWriter::new(&repo).unwrap();
        pack.add(objects).unwrap();
        pack.finish().unwrap();
        check_tree(&repo, &"my-org.ui/evil@1.0.0".parse().unwrap(), tree)
    }

    #[test]
    fn hostile_paths_are_named() {
        for (paths, word) in [
            (vec!["index.js", "../x"], "`.` or `..`"),
            (vec![".git/hooks/pre-commit"], ".git"),
            (vec!["lib/.GiT/config"], ".git"),
            (vec!["git~1/config"], ".git"),
            (vec![".g\u{200c}it/config"], ".git"),
            (vec!["a\\b"], "backslash"),
            (vec!["c:x"], "colon"),
            (vec!["nul.js"], "device"),
            (vec!["node_modules/x/index.js"], "packages are installed"),
            (vec!["lib/Node_Modules/x.js"], "packages are installed"),
            (vec!["README.md", "readme.md"], "beside \"README.md\""),
            (vec!["\u{e9}.js", "e\u{301}.js"], "beside"),
            (vec![".gitignore"], "change what the package is"),
        ] {
            let reason = verdict(&paths).expect_err(&format!("{paths:?} is let through")).to_string();
            assert!(reason.contains(word) && reason.contains("my-org.ui/evil@1.0.0"), "{paths:?}: {reason}");
        }
        let deep = "a/".repeat(65) + "b";
        let long = "a".repeat(1001);
        assert!(verdict(&[&deep]).is_err() && verdict(&[&long]).is_err());
        verdict(&["a/b.js", "a/c.js", "dist/index.d.ts", "dist/index.js", "lib/.gitignore"]).unwrap();
    }
}
