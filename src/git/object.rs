//! What git stores: the kinds of objects, and what is read out of them.

use super::{FileMode, Oid};
use git2::ObjectType;
use sha1::{Digest, Sha1};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file's content.
    Blob,
    /// A folder.
    Tree,
    /// A commit.
    Commit,
    /// An annotated tag.
    Tag,
}

impl Kind {
    fn to_git2(self) -> ObjectType {
        match self {
            Self::Blob => ObjectType::Blob,
            Self::Tree => ObjectType::Tree,
            Self::Commit => ObjectType::Commit,
            Self::Tag => ObjectType::Tag,
        }
    }

    /// The id of an object of this kind.
    ///
    /// libgit2's way looks for attacks on SHA-1 as it goes, at several times the cost. Whoever receives objects has to
    /// look for them, and does: every pack from or to a host goes through git.
    pub(super) fn hash(self, bytes: &[u8]) -> Oid {
        let mut sha1 = Sha1::new();
        sha1.update(format!("{} {}\0", self.to_git2().str(), bytes.len()));
        sha1.update(bytes);
        // Twenty bytes are always an id.
        Oid::from_bytes(&sha1.finalize()).expect("twenty bytes are a sha1 id")
    }

    pub(super) fn pack_type(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }
}

/// A file in a tree, with its path from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// '/'-separated.
    pub path: String,
    /// Plain or executable.
    pub mode: FileMode,
    /// Its content.
    pub blob: Oid,
}

/// An entry of one tree, as it stands there: it may come from a stranger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Any bytes.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// The number that says so.
    pub mode: i32,
    /// What it names.
    pub oid: Oid,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain or an executable file.
    File(FileMode),
    /// A folder.
    Folder,
    /// A symbolic link.
    SymbolicLink,
    /// A commit of another repository.
    Submodule,
    /// Something that no git writes.
    Unknown,
}

impl EntryKind {
    pub(super) fn of(mode: i32) -> Self {
        match mode {
            0o40000 => Self::Folder,
            0o120000 => Self::SymbolicLink,
            0o160000 => Self::Submodule,
            mode => FileMode::from_raw(mode).map_or(Self::Unknown, Self::File),
        }
    }
}

/// What a commit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its root folder.
    pub tree: Oid,
    /// What it was made from.
    pub parents: Vec<Oid>,
    /// The whole message.
    pub message: String,
    /// Who made it.
    pub author_name: String,
    /// Their address.
    pub author_email: String,
    /// When, in seconds since 1970.
    pub time: i64,
    /// Their clock's offset from UTC, in minutes.
    pub offset_minutes: i32,
}

/// What an annotated tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInfo {
    /// The name that its maker gave it.
    pub name: String,
    /// What it is on.
    pub target: Oid,
}
