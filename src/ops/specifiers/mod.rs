//! Specifiers that follow packages to their new names: in versions, and in the workspace's files.

mod versions;
mod workspace;

pub use versions::{File, Looked, NewBlobs, VersionSpecifiers, each_file};
pub use workspace::{WorkspaceSpecifiers, unlike_its_version};

use crate::source::imports::ParseProblem;
use crate::source::rewrite::{NewNames, Renamed};

/// Whether specifiers follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Specifiers {
    /// No: sources stay as they are.
    #[default]
    Keep,
    /// Yes.
    Rewire(Unparsable),
}

/// What to do about files that can't be parsed, in which a specifier might be missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unparsable {
    /// Nothing happens while there are such.
    #[default]
    Refuse,
    /// They stay as they are.
    Leave,
}

/// A file in which specifiers change.
#[derive(Debug, Clone)]
pub struct ChangedFile {
    /// The file: in the workspace by its path, in a version with that version's id.
    pub place: String,
    /// The specifiers, in the order of the text.
    pub changes: Vec<Renamed>,
}

/// A file that can't be parsed.
#[derive(Debug, Clone)]
pub struct LeftFile {
    /// The file.
    pub place: String,
    /// Why it can't be parsed.
    pub problem: ParseProblem,
    /// The old names that stand in it somewhere.
    pub words: Vec<String>,
}

/// What a person is told of.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The files that change.
    pub changed: Vec<ChangedFile>,
    /// Those that can't be parsed, and stay.
    pub left: Vec<LeftFile>,
    /// Those in which old names still stand, and where.
    pub still: Vec<StillNamed>,
}

/// A file in which old names stand that are no specifiers, as far as anybody can say: in a comment or another string, or
/// in a file that nothing here reads.
#[derive(Debug, Clone)]
pub struct StillNamed {
    /// The file.
    pub place: String,
    /// The names.
    pub words: Vec<String>,
}

impl Told {
    /// Files that can't be parsed, with what is wrong in them.
    pub fn unparsed(&self) -> Vec<(String, String)> {
        self.left.iter().map(|file| (file.place.clone(), file.problem.to_string())).collect()
    }

    /// One more look.
    pub fn add(&mut self, more: Self) {
        self.changed.extend(more.changed);
        self.left.extend(more.left);
        self.still.extend(more.still);
    }

    /// Looks at a file of a person; what it is to be, if something changes. One that can't be parsed and says nothing of
    /// these packages is none of our business.
    pub fn look(&mut self, names: &NewNames, path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let look = Look::at(names, path, bytes);
        if matches!(&look, Look::Unread { words, .. } if words.is_empty()) {
            return None;
        }
        self.note(path.to_owned(), &look);
        match look {
            Look::Changes(changes, _) if !changes.is_empty() => Some(Renamed::apply(bytes, &changes)),
            _ => None,
        }
    }

    /// What becomes of a file.
    fn note(&mut self, place: String, look: &Look) {
        match look {
            Look::Unread { problem, words } => {
                self.left.push(LeftFile { place, problem: problem.clone(), words: words.clone() });
            }
            Look::Changes(changes, words) => {
                if !words.is_empty() {
                    self.still.push(StillNamed { place: place.clone(), words: words.clone() });
                }
                if !changes.is_empty() {
                    self.changed.push(ChangedFile { place, changes: changes.clone() });
                }
            }
        }
    }
}

/// What a look at a file found.
enum Look {
    /// What changes in it, and the old names that still stand in it then.
    Changes(Vec<Renamed>, Vec<String>),
    /// It can't be parsed.
    Unread { problem: ParseProblem, words: Vec<String> },
}

impl Look {
    /// Whether there is anything to tell, or to do.
    fn says_something(&self) -> bool {
        !matches!(self, Self::Changes(changes, words) if changes.is_empty() && words.is_empty())
    }

    fn at(names: &NewNames, path: &str, bytes: &[u8]) -> Self {
        let words = |bytes: &[u8]| names.words_in(bytes).into_iter().map(str::to_owned).collect();
        match names.changes(path, bytes) {
            Ok(changes) if changes.is_empty() => Self::Changes(changes, words(bytes)),
            Ok(changes) => {
                let still = words(&Renamed::apply(bytes, &changes));
                Self::Changes(changes, still)
            }
            Err(problem) => Self::Unread { problem, words: words(bytes) },
        }
    }
}
