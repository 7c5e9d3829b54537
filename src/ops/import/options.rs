//! What a person asks of an import.

use crate::model::IdQuery;
use crate::ops::merge::OnConflict;
use std::path::PathBuf;

/// What to bring.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Which components.
    pub wanted: Wanted,
    /// The folder, if somebody said so.
    pub path: Option<PathBuf>,
    /// Whether files are written.
    pub files: Files,
    /// What to do where something stands in the way.
    pub in_the_way: InTheWay,
    /// Whether patterns name deprecated components too.
    pub deprecated: Deprecated,
    /// How far dependencies become components of the workspace too: 1 for the direct ones.
    pub dependencies: usize,
    /// Ids that a person has looked at, whose content is not what it was.
    pub accepted: Vec<IdQuery>,
}

/// Which components are to come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wanted {
    /// What the workspace's components need, without their files.
    #[default]
    Workspace,
    /// What these ids and patterns name.
    Named(Vec<String>),
    /// What the workspace's scopes have, and the workspace does not.
    NewOfScopes,
}

/// Whether files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Files {
    /// They are.
    #[default]
    Write,
    /// Only the local scope learns of the versions.
    Leave,
}

/// What to do where something stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InTheWay {
    /// Refuse.
    #[default]
    Refuse,
    /// Write over it.
    Overwrite,
    /// Take another folder.
    GoElsewhere,
    /// Join local changes with what comes; refuse all else.
    Join(OnConflict),
}

/// Whether patterns name deprecated components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deprecated {
    /// They don't.
    #[default]
    Skip,
    /// They do.
    Include,
}
