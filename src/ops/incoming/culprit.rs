//! git checks what comes as a whole, and says which object is not sound. A person has to know of which version it is.

use super::source::{Order, Want};
use crate::errors;
use crate::git::remote::{self, FetchOptions};
use crate::git::{RefName, RemoteFailure, Repo};

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
        [culprit] => errors::unsound_version(&culprit.id, said),
        _ => said,
    }
}

fn bring(order: &Order, wants: &[Want]) -> anyhow::Result<()> {
    let repo = Repo::open(&order.place)?;
    let name = |want: &Want| if want.by_commit { want.commit.to_string() } else { RefName::in_scope(&want.id) };
    let names: Vec<String> = wants.iter().map(name).collect();
    remote::fetch(&repo, &order.url, &names, &FetchOptions::default(), &mut |_| {})
}
