//! What stands in a component's folder, compared with versions.

use crate::git::{FileMode, Oid, Repo, hash_blob};
use crate::model::CommitId;
use crate::ops::sources::sources;
use crate::scope::{SourceFile, StoredVersion};
use crate::source::files::IgnoreRules;
use crate::source::text;
use crate::workspace::WorkspaceConfig;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

/// Files by path: what each is, and its content.
pub type Content = BTreeMap<String, (FileMode, Oid)>;

/// The author's files of a version.
pub struct VersionFiles {
    /// The file that stands for the whole.
    pub main: String,
    /// By path.
    pub files: Content,
}

impl VersionFiles {
    /// Reads them.
    pub fn read(repo: &Repo, commit: CommitId) -> Result<Self> {
        let stored = StoredVersion::read(repo, commit)?;
        let files = stored.source_files(repo)?.into_iter();
        let files = files.map(|SourceFile { path, mode, blob }| (path, (mode, blob))).collect();
        Ok(Self { main: stored.manifest.main, files })
    }
}

/// A component's folder as it is.
#[derive(Debug, Default)]
pub struct Folder {
    /// Whether there is one.
    pub is_there: bool,
    /// The files that would belong to the component.
    pub files: Content,
    /// The first thing in it that no component can hold.
    pub problem: Option<String>,
}

impl Folder {
    /// Reads it.
    pub fn read(config: &WorkspaceConfig, rules: &IgnoreRules, root_dir: &str) -> Result<Self> {
        let walk = match sources(config, rules, root_dir) {
            Ok(walk) => walk,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error).with_context(|| format!("could not read the folder {root_dir}")),
        };
        let mut files = Content::new();
        for file in walk.files {
            let path = rules.workspace().join(root_dir).join(&file.path);
            let bytes = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
            let mode = if file.stat.executable { FileMode::Executable } else { FileMode::Regular };
            files.insert(file.path, (mode, hash_blob(&text::normalized(&bytes))));
        }
        let problem = walk.problems.first().map(|problem| problem.path.clone());
        Ok(Self { is_there: true, files, problem })
    }

    /// Whether it holds these files and nothing else.
    pub fn is_exactly(&self, files: &Content) -> bool {
        self.is_there && self.problem.is_none() && self.files == *files
    }

    /// Whether all that it holds is what git ignores, and what systems and package managers put there.
    pub fn holds_nobodys_work(&self) -> bool {
        self.is_there && self.problem.is_none() && self.files.is_empty()
    }

    /// The files that a person has changed, added in the way, or deleted.
    ///
    /// A file may be as in the version that the folder has, or as in the one that is to be written: what a stopped
    /// import leaves is a mixture of both, and nobody's work.
    pub fn changed(&self, base: &Content, target: &Content) -> Vec<String> {
        if !self.is_there || self.files.is_empty() && self.problem.is_none() {
            return Vec::new();
        }
        let is_changed = |(path, here): &(&String, &(FileMode, Oid))| {
            let (base, target) = (base.get(*path), target.get(*path));
            // What neither version has is not touched.
            (base.is_some() || target.is_some()) && base != Some(*here) && target != Some(*here)
        };
        let changed = self.files.iter().filter(is_changed).map(|(path, _)| path.clone());
        let is_deleted = |path: &&String| target.contains_key(*path) && !self.files.contains_key(*path);
        let deleted = base.keys().filter(is_deleted).cloned();
        let added = self.files.keys().filter(|path| !base.contains_key(*path) && !target.contains_key(*path)).cloned();
        changed.chain(deleted).chain(added).chain(self.problem.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(files: &[(&str, &str)]) -> Content {
        let file = |(path, text): &(&str, &str)| ((*path).to_owned(), (FileMode::Regular, hash_blob(text.as_bytes())));
        files.iter().map(file).collect()
    }

    fn folder(files: &[(&str, &str)]) -> Folder {
        Folder { is_there: true, files: content(files), problem: None }
    }

    #[test]
    fn a_mixture_of_both_versions_is_nobodys_work_and_all_else_is() {
        let base = content(&[("a", "1"), ("b", "1"), ("old", "1")]);
        let target = content(&[("a", "2"), ("b", "1"), ("new", "2")]);
        let changed = |files: &[(&str, &str)]| folder(files).changed(&base, &target);
        assert!(changed(&[("a", "1"), ("b", "1"), ("old", "1")]).is_empty());
        assert!(changed(&[("a", "2"), ("b", "1"), ("old", "1")]).is_empty());
        assert!(changed(&[("a", "2"), ("b", "1"), ("new", "2")]).is_empty());
        assert_eq!(changed(&[("a", "mine"), ("b", "1")]), ["a"]);
        assert_eq!(changed(&[("a", "1"), ("old", "1")]), ["b"]);
        assert_eq!(changed(&[("a", "1"), ("b", "1"), ("new", "mine")]), ["new"]);
        assert_eq!(changed(&[("a", "1"), ("b", "1"), ("extra", "mine")]), ["extra"]);
        assert!(Folder::default().changed(&base, &target).is_empty());
    }
}
