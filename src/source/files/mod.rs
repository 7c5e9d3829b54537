//! Which files of a folder belong to a component.

mod foreign;
mod ignored;
mod names;
mod strangers;
mod walk;

pub use ignored::IgnoreRules;
pub use names::{BadName, case_collisions, check_path, escape};
pub use strangers::{TreeOddity, check_tree, checked_files, survey};
pub use walk::{FileProblem, FileProblemKind, FileStat, MAX_FILE_SIZE, SourceFile, Walk, walk};

#[cfg(test)]
mod tests;
