//! The tag of a version as an object: what is signed is the tag, so the same commit under another tag is another thing.

use super::memory::TagSeen;
use crate::git::{Oid, oid};
use crate::model::{CommitId, VersionId};
use crate::ops::audit::Finding;
use crate::ops::findings::Severity;
use crate::ops::trust::TagOf;
use crate::scope::KnownVersion;

/// Compares a tag of a scope with the one that this workspace has, and with the one that was seen first. A workspace that
/// has a bare commit may have taken it before it kept tags: that says nothing.
pub fn examine_seals(
    tag: &TagOf,
    here: Option<KnownVersion>,
    seen: Option<&TagSeen>,
    accept: impl FnOnce(&VersionId) -> String,
) -> Option<Finding> {
    let of_workspace = here.filter(|here| here.commit == tag.commit && here.target != oid(here.commit));
    let of_workspace = of_workspace.map(|here| here.target).filter(|target| *target != tag.target);
    let of_memory = seen.filter(|seen| seen.commit == tag.commit).map(|seen| seen.target());
    let of_memory = of_memory.filter(|target| *target != tag.target);
    let id = &tag.id;
    let (who, before, accepted) = match (of_workspace, of_memory) {
        (Some(target), None) => ("this workspace has", target, format!("\"{}\" takes it as it is", accept(id))),
        (Some(target), Some(_)) => {
            ("this workspace has", target, format!("\"{}\", then the same command with --accept", accept(id)))
        }
        (None, Some(target)) => {
            ("it was verified with", target, "the same command with --accept takes it as it is".into())
        }
        (None, None) => return None,
    };
    let what = format!("{who} {}, now it has {}", told(before, tag.commit), told(tag.target, tag.commit));
    let way_out = format!(
        "a version's tag never changes, and what is signed is the tag: ask who moved it, and put it back with plain git; once you have looked at it, {accepted}"
    );
    Some(Finding::new("tag-changed", Severity::Error, id, what).way_out(way_out))
}

/// What a ref names.
pub fn told(target: Oid, commit: CommitId) -> String {
    match target == oid(commit) {
        true => format!("no tag object (only the commit {})", commit.short()),
        false => format!("the tag object {}", short(target)),
    }
}

fn short(target: Oid) -> String {
    target.to_string()[..9].to_owned()
}
