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
    /// What else becomes a component of the workspace.
    pub further: Further,
    /// Ids that a person has looked at, whose content is not what it was.
    pub accepted: Vec<IdQuery>,
    /// Only say what would become of components that get another primary scope.
    pub dry_run: bool,
}

/// Which components are to come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wanted {
    /// What the workspace's components need, without their files.
    #[default]
    Workspace,
    /// What these ids and patterns name.
    Named(Vec<String>),
    /// No other versions: the scopes of these ids become the primary ones of the components that they have copies of.
    PrimaryScope(Vec<String>),
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
    /// They are there already: only the record is written.
    Track,
}

/// What becomes a component of the workspace beside what was named.
#[derive(Debug, Clone, Default)]
pub struct Further {
    /// What that needs, so many steps far: 1 for the direct dependencies.
    pub dependencies: usize,
    /// At which versions.
    pub at: At,
    /// What needs that.
    pub dependents: Dependents,
}

/// At which version a dependency comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum At {
    /// The one that it is needed at.
    #[default]
    Pinned,
    /// The newest of its main line.
    Head,
}

/// Which of those that stand between what was named and the workspace's components.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Dependents {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// Those on a way through one of these.
    Via(Vec<IdQuery>),
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
