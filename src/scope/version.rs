//! Version commits: how a tagged version is laid out in git, and how it is read again.

use crate::errors;
use crate::git::{FileMode, Identities, Kind, Oid, RawObject, Repo, TreeBuilder, TreeFile, commit_id, oid};
use crate::model::{CommitId, Lineage, Manifest, Moment, Origin, VersionId};
use anyhow::Result;

/// The manifest's file name.
pub const MANIFEST: &str = "component.json";
/// The package's own description.
pub const PACKAGE_JSON: &str = "package.json";

/// A file of an author, as a version holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// '/'-separated, from the component's root.
    pub path: String,
    /// Plain or executable.
    pub mode: FileMode,
    /// Its content, with LF where it is text.
    pub blob: Oid,
}

pub(super) const TRAILER_ID: &str = "Bit-Id";
pub(super) const TRAILER_ORIGIN: &str = "Bit-Origin";
const TRAILER_LINE: &str = "Bit-Line";
const MAINTENANCE: &str = "maintenance";

/// A version that is about to be written.
pub struct Draft<'a> {
    /// What it is made of.
    pub manifest: &'a Manifest,
    /// The text of its package.json.
    pub package_json: String,
    /// The author's files.
    pub files: &'a [SourceFile],
    /// What was built of them.
    pub built: &'a [SourceFile],
    /// The versions it was made from.
    pub parents: &'a [CommitId],
    /// The tag's message; the id where nobody gave one.
    pub message: Option<&'a str>,
    /// Whether it continues the main line.
    pub lineage: Lineage,
    /// Who, and when.
    pub identities: &'a Identities,
}

impl Draft<'_> {
    /// Makes the version's objects, except the blobs of the author's and the built files, and returns the commit's id.
    /// The same draft makes the same commit on every machine.
    pub fn write(&self, out: &mut Vec<RawObject>) -> Result<CommitId> {
        let mut tree = TreeBuilder::default();
        for file in self.files.iter().chain(self.built) {
            tree.add(&file.path, file.mode, file.blob);
        }
        for (path, text) in [(MANIFEST, self.manifest.to_json()), (PACKAGE_JSON, self.package_json.clone())] {
            let blob = RawObject::new(Kind::Blob, text.into_bytes());
            tree.add(path, FileMode::Regular, blob.oid);
            out.push(blob);
        }
        let tree = tree.write(out)?;
        let commit = RawObject::new(Kind::Commit, self.commit_text(tree).into_bytes());
        let id = commit_id(commit.oid);
        out.push(commit);
        Ok(id)
    }

    fn commit_text(&self, tree: Oid) -> String {
        let mut text = format!("tree {tree}\n");
        for parent in self.parents {
            text.push_str(&format!("parent {parent}\n"));
        }
        let Identities { author, committer } = self.identities;
        text.push_str(&format!("author {}\ncommitter {}\n\n", author.line, committer.line));
        let id = self.manifest.id();
        match self.message.map(str::trim).filter(|message| !message.is_empty()) {
            Some(message) => text.push_str(&message.replace("\r\n", "\n").replace('\0', "")),
            None => text.push_str(&format!("{}@{}", id.id.name, id.version)),
        }
        text.push_str(&format!("\n\n{TRAILER_ID}: {id}\n"));
        if self.lineage == Lineage::Maintenance {
            text.push_str(&format!("{TRAILER_LINE}: {MAINTENANCE}\n"));
        }
        text
    }
}

/// What the commit of a version says, without a look at what it holds.
#[derive(Debug, Clone)]
pub struct VersionCommit {
    /// Its content's id.
    pub commit: CommitId,
    /// Which version it says it is.
    pub id: VersionId,
    /// The versions it was made from.
    pub parents: Vec<CommitId>,
    /// The tag's message, without the trailers.
    pub message: String,
    /// Whether it continues the main line.
    pub lineage: Lineage,
    /// Where it comes from, if it is a copy.
    pub origin: Option<Origin>,
    /// Who wrote it: name and address.
    pub author: (String, String),
    /// When.
    pub moment: Moment,
}

impl VersionCommit {
    /// Reads it.
    pub fn read(repo: &Repo, commit: CommitId) -> Result<Self> {
        let info = repo.commit(oid(commit))?;
        let (message, trailers) = split_trailers(&info.message);
        let id = trailers.iter().find(|(key, _)| *key == TRAILER_ID).and_then(|(_, value)| value.parse().ok());
        Ok(Self {
            commit,
            id: id.ok_or_else(|| errors::not_a_version(&commit.to_string(), "its message has no Bit-Id"))?,
            parents: info.parents.iter().copied().map(commit_id).collect(),
            message: message.to_owned(),
            lineage: lineage(&trailers),
            origin: origin(&trailers),
            author: (info.author_name, info.author_email),
            moment: Moment { seconds: info.time, offset_minutes: info.offset_minutes },
        })
    }
}

fn lineage(trailers: &[(&str, &str)]) -> Lineage {
    match trailers.contains(&(TRAILER_LINE, MAINTENANCE)) {
        true => Lineage::Maintenance,
        false => Lineage::Main,
    }
}

/// What a stranger wrote may be anything: a line that can't be read says nothing.
fn origin(trailers: &[(&str, &str)]) -> Option<Origin> {
    let (_, value) = trailers.iter().find(|(key, _)| *key == TRAILER_ORIGIN)?;
    let (id, commit) = value.split_once(' ')?;
    Some(Origin { id: id.parse().ok()?, commit: CommitId::from_hex(commit).ok()? })
}

/// A version as git holds it.
#[derive(Debug, Clone)]
pub struct StoredVersion {
    /// Its content's id.
    pub commit: CommitId,
    /// The versions it was made from.
    pub parents: Vec<CommitId>,
    /// Whether it continues the main line.
    pub lineage: Lineage,
    /// Where it comes from, if it is a copy.
    pub origin: Option<Origin>,
    /// When it was made, in seconds since 1970, and the clock's offset in minutes.
    pub time: (i64, i32),
    /// What it is made of. In a box: thousands of versions are moved from list to list.
    pub manifest: Box<Manifest>,
    pub(super) tree: Oid,
}

impl StoredVersion {
    /// Reads the version at a commit.
    pub fn read(repo: &Repo, commit: CommitId) -> Result<Self> {
        Self::read_exactly(repo, commit).map(|(stored, _)| stored)
    }

    /// The same, with its manifest byte for byte.
    pub fn read_exactly(repo: &Repo, commit: CommitId) -> Result<(Self, Vec<u8>)> {
        let info = repo.commit(oid(commit))?;
        let bytes = repo
            .blob_at(info.tree, MANIFEST)?
            .ok_or_else(|| errors::not_a_version(&commit.to_string(), "it holds no component.json"))?;
        let manifest = Manifest::from_json(&bytes)
            .map_err(|error| errors::not_a_version(&commit.to_string(), &format!("its component.json: {error}")))?;
        let (_, trailers) = split_trailers(&info.message);
        let stored = Self {
            commit,
            parents: info.parents.iter().copied().map(commit_id).collect(),
            lineage: lineage(&trailers),
            origin: origin(&trailers),
            time: (info.time, info.offset_minutes),
            manifest: Box::new(manifest),
            tree: info.tree,
        };
        Ok((stored, bytes))
    }

    /// The version's id, as its manifest says it.
    pub fn id(&self) -> VersionId {
        self.manifest.id()
    }

    /// Every file of the package: the author's, the generated and the built ones.
    pub fn all_files(&self, repo: &Repo) -> Result<Vec<TreeFile>> {
        repo.files(self.tree)
    }

    /// The author's files only.
    pub fn source_files(&self, repo: &Repo) -> Result<Vec<SourceFile>> {
        let is_artifact = |path: &str| {
            let inside = |artifact: &String| {
                path == artifact || path.strip_prefix(artifact.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            self.manifest.artifacts.iter().any(inside)
        };
        let files = self.all_files(repo)?.into_iter();
        let files =
            files.filter(|file| !matches!(file.path.as_str(), MANIFEST | PACKAGE_JSON) && !is_artifact(&file.path));
        Ok(files.map(|file| SourceFile { path: file.path, mode: file.mode, blob: file.blob }).collect())
    }

    /// The manifest's text, byte for byte as it is stored.
    pub fn manifest_text(&self, repo: &Repo) -> Result<String> {
        let bytes = repo.blob_at(self.tree, MANIFEST)?.unwrap_or_default();
        // It was read as JSON before, which is UTF-8.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// When it was made.
    pub fn moment(&self) -> Moment {
        Moment { seconds: self.time.0, offset_minutes: self.time.1 }
    }

    /// The version's package.json.
    pub fn package_json(&self, repo: &Repo) -> Result<Option<Vec<u8>>> {
        repo.blob_at(self.tree, PACKAGE_JSON)
    }
}

/// The message before its trailers, and the trailers. Only the last paragraph counts: a person may write such words too.
fn split_trailers(message: &str) -> (&str, Vec<(&str, &str)>) {
    let message = message.trim_end();
    let (body, last) = message.rsplit_once("\n\n").unwrap_or(("", message));
    let trailers: Option<Vec<_>> = last.lines().map(|line| line.split_once(": ")).collect();
    match trailers {
        Some(trailers) if trailers.iter().any(|(key, _)| *key == TRAILER_ID) => (body.trim_end(), trailers),
        _ => (message, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_words_are_no_trailers() {
        let (message, trailers) = split_trailers("fix\n\nBit-Line: maintenance\n\nBit-Id: s/c@1.0.0\n");
        assert_eq!(message, "fix\n\nBit-Line: maintenance");
        assert_eq!(trailers, [("Bit-Id", "s/c@1.0.0")]);
        assert_eq!(split_trailers("no trailers: here").0, "no trailers: here");
    }
}
