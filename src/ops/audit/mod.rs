//! What the scope format promises, checked: each promise in one place, for whoever looks at a scope (`verify`, `doctor`),
//! takes from one (`incoming`) or lets others write to one (`hook`).

mod catalog;
mod history;
mod many;
mod modes;
mod objects;
mod package;
mod past;
mod pins;
mod tags;
mod version;

pub use catalog::{Listing, entry_faults, read_catalog};
pub use history::{Ancestry, FactsOf, examine_history};
pub use many::{Examined, KnownFacts, examine_versions};
pub use modes::examine_modes;
pub use objects::{damage, examine_objects};
pub use past::{Remembered, Witness, examine_past};
pub use pins::{
    Abroad, Answer, examine_abroad, examine_dependencies, examine_needed, examine_pins, needed_by_what_stays,
};
pub use tags::{Tags, examine_tags, listed_tags, tag_fault};
pub use version::{Examiner, Facts, admissible};

use super::findings;
use crate::git::Oid;
use crate::model::{CommitId, ComponentName, Version, VersionId};

/// What can be done about a finding without a person, and without a loss.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Put back the tag of a version, where it is at hand.
    Tag {
        /// Which one.
        id: VersionId,
        /// The content that is listed.
        commit: CommitId,
    },
    /// Put a ref of the local scope back where it was.
    Here {
        /// Which version's.
        id: VersionId,
        /// What it is to name.
        target: Oid,
    },
    /// Write an entry of the catalog anew: it says the same.
    Entry(ComponentName),
    /// Say in an entry of the catalog which version is the newest.
    Head {
        /// Of which component.
        name: ComponentName,
        /// The version that it calls so.
        was: Version,
        /// The version that it is.
        is: Version,
    },
    /// Write scope.json anew.
    Card,
    /// Write the table of the front page anew.
    FrontPage,
}

/// Something that is wrong with a scope.
pub type Finding = findings::Finding<Remedy>;

/// The way out where something was written by somebody, and a person has to find out why.
const ASK: &str = "it was not written by bit: ask who did (\"git log\" of the catalog's branch tells who exported)";

/// The way out where the tag of a version is on what it is known to be, and the catalog lists something else.
const CATALOG_CHANGED: &str = "a version never changes, and its tag is right: the catalog was changed. Leave the tag, and ask who did (\"git log\" of the catalog's branch tells who) to put the entry back";

/// Whether a content is what somebody knows a version to be.
pub type IsKnown<'k> = &'k dyn Fn(&VersionId, CommitId) -> bool;

/// The way out where a tag and the catalog differ: those who know the version say which of the two is wrong.
fn way_out_of_difference(id: &VersionId, found: CommitId, is_known: IsKnown<'_>) -> &'static str {
    match is_known(id, found) {
        true => CATALOG_CHANGED,
        false => "a version never changes: ask who moved the tag, and put it back with plain git",
    }
}
