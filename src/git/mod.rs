//! The only place that knows git: objects and packs through libgit2, remotes and identity rules through the git program.

mod armour;
mod asking;
mod askpass;
mod base64;
mod command;
mod credential;
mod diff;
mod ed25519;
mod envelope;
mod failure;
mod folder;
mod fsck;
mod gc;
mod hooks;
mod host;
mod identity;
mod in_the_way;
mod lines;
mod locks;
mod loose;
mod masking;
mod merge;
mod merge_driver;
mod object;
mod openpgp;
mod pack;
mod packed_refs;
mod parcel;
mod plain_config;
mod porcelain;
mod processes;
mod quarantine;
pub mod refs;
pub mod remote;
mod repo;
mod shallow;
mod signature;
mod signing;
mod silence;
mod stamp;
mod surroundings;
mod token;
mod tracked;
mod tree;
pub mod url;
mod version;

pub use asking::may_ask;
pub use askpass::Question;
pub use base64::base64_decoded;
pub use credential::{Credentials, Known, Service, Visitor, can_be_read_by_others, effective_url, knock};
pub use diff::{TextDiff, diff_texts, quoted};
pub use envelope::{Envelope, MANY_REFS, MOST_REFS, PushMode, PushReport, config_with_that_of, lend};
pub use failure::RemoteFailure;
pub use fsck::{fsck, has_broken_pack, unfinished_packs};
pub use gc::maintain;
pub use git2::Oid;
pub use hooks::{Landing, RefUpdate, hooks_folder};
pub use identity::{Identities, Identity};
pub use in_the_way::{StandingRefs, ref_in_the_way};
pub use locks::{lock_files, speaks_of_lock};
pub use masking::{masked, remember_typed, without_secrets};
pub use merge::{MergedText, TextSide, merge_texts};
pub use merge_driver::{driver_of, register_driver};
pub use object::{CommitInfo, EntryKind, Kind, TagInfo, TreeEntry, TreeFile};
pub use pack::{PackWriter, RawObject, SealedPack, remove_unfinished};
pub use packed_refs::{RefEdit, RefTable, RefValue};
pub use parcel::{CompleteParcel, Parcel};
pub use plain_config::plain_settings;
pub use porcelain::{Advertised, Count, PushedRef, RefOutcome, is_somebody_elses};
pub use quarantine::Quarantine;
pub use refs::RefName;
pub use repo::Repo;
pub use shallow::{ends_of, is_cut_off};
pub use signature::{Lapse, Signature, SignatureJudge};
pub use signing::{SignatureSettings, Signer};
pub use stamp::{objects_stamp, refs_stamp};
pub use surroundings::{broken_refs, has_grafts, lost_alternates};
pub use token::{SECRETS, Secret, USUAL_USER};
pub use tracked::{is_ignored, is_tracked, rule_that_ignores};
pub use tree::{FileMode, TreeBuilder, edit_tree};
pub use version::check_git_version;

use crate::model::CommitId;

#[cfg(test)]
mod tests;

/// git2's id of a commit id.
pub fn oid(commit: CommitId) -> Oid {
    // Twenty bytes are always an id.
    Oid::from_bytes(commit.as_bytes()).expect("twenty bytes are a sha1 id")
}

/// The id that a file's content has, or would have, as a blob.
pub fn hash_blob(bytes: &[u8]) -> Oid {
    Kind::Blob.hash(bytes)
}

/// The commit id of a git2 id.
pub fn commit_id(oid: Oid) -> CommitId {
    let mut bytes = [0; 20];
    bytes.copy_from_slice(oid.as_bytes());
    CommitId::from_bytes(bytes)
}
