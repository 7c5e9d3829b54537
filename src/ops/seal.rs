//! The tag of a version as an object, where no ref names it. What is signed is the tag: where it is at hand, no bare
//! commit stands for it.

use crate::git::{Oid, RefName, Repo, oid};
use crate::model::{CommitId, VersionId};
use anyhow::Result;

/// What the ref of a version is to name of which only the commit is known: the tag object that is here for it, where
/// there is one and no other; else the commit. Looks at every object that there is.
pub fn seal_at_hand(repo: &Repo, id: &VersionId, commit: CommitId) -> Result<Oid> {
    Ok(match repo.tags_on(&RefName::short_in_scope(id), oid(commit))?.as_slice() {
        [one] => *one,
        _ => oid(commit),
    })
}
