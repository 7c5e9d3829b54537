//! git checks what comes as a whole, and says which object is not sound. A person has to know of which version it is.

use super::bring::{Order, Want};
use crate::git::remote::{self, Durability, Extent, FetchOptions, Soundness};
use crate::git::{RefName, RemoteFailure, Repo, config_with_that_of, oid};
use crate::source::files::check_tree;
use crate::{disk, errors};
use std::fs;

/// The error of bringing versions, with the first of them that does not come by itself either.
pub fn named(order: &Order, error: anyhow::Error) -> anyhow::Error {
    if RemoteFailure::of(&error) != Some(RemoteFailure::Damaged) {
        return error;
    }
    let mut suspects: &[Want] = &order.wants;
    let mut said = error;
    while let (first, second @ [_, ..]) = suspects.split_at(suspects.len().div_ceil(2)) {
        match bring(order, first) {
            Ok(()) => suspects = second,
            Err(error) => (suspects, said) = (first, error),
        }
    }
    match suspects {
        [culprit] => entry_at_fault(order, culprit).unwrap_or_else(|| errors::unsound_version(&culprit.id, said)),
        _ => said,
    }
}

/// git tells the tree that is not sound, and not which name in it. So the version alone comes once more, as it is, and
/// goes with the folder after a look at its names; `None` where they are well, or can't be read.
fn entry_at_fault(order: &Order, culprit: &Want) -> Option<anyhow::Error> {
    let folder = disk::temporary_folder(&order.place).ok()?;
    fs::write(folder.path().join("config"), config_with_that_of(&order.place).ok()?).ok()?;
    let repo = Repo::init_bare(folder.path(), folder.path()).ok()?;
    let options = FetchOptions {
        extent: Extent::Newest,
        durability: Durability::ThrownAway,
        soundness: Soundness::Unknown,
        ..FetchOptions::default()
    };
    remote::fetch(&repo, &order.url, &[name(culprit)], &options, &mut |_| {}).ok()?;
    repo.refresh().ok()?;
    let tree = repo.commit(oid(culprit.commit)).ok()?.tree;
    check_tree(&repo, &culprit.id, tree).err()
}

fn bring(order: &Order, wants: &[Want]) -> anyhow::Result<()> {
    let repo = Repo::open(&order.place)?;
    let names: Vec<String> = wants.iter().map(name).collect();
    remote::fetch(&repo, &order.url, &names, &FetchOptions::default(), &mut |_| {})
}

/// How it is asked for.
fn name(want: &Want) -> String {
    if want.by_commit { want.commit.to_string() } else { RefName::in_scope(&want.id) }
}
