//! What a repository holds that is to become a scope, and whether it may.

use super::create::{CreateOptions, Used};
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, Oid, RefName, Repo, commit_id};
use crate::model::{ScopeName, VersionId};
use crate::ops::Visit;
use crate::scope::{README, TrackedCatalog, info_of};
use anyhow::Result;

/// What a catalog can be put on.
pub(super) enum Ground {
    /// Nothing: the catalog's commit is the first one.
    Empty,
    /// The default branch, whose files stay.
    Used {
        /// Its name.
        branch: String,
        /// Its newest commit, which is in the visit's repository now.
        commit: Oid,
    },
}

/// Looks at a repository, and refuses one that can't become the scope of this name.
pub(super) fn look(
    visit: &Visit,
    url: &RemoteUrl,
    advertised: Advertised,
    name: &ScopeName,
    options: &CreateOptions,
) -> Result<Ground> {
    if advertised.refs.is_empty() {
        return Ok(Ground::Empty);
    }
    let shown = url.to_string();
    let head = advertised.head.clone().zip(advertised.head_commit());
    if let Some((branch, commit)) = &head {
        visit.bring(url, branch)?;
        match info_of(visit.repo(), commit_id(*commit), &shown) {
            Ok(Some(info)) => {
                return match options.name.as_ref().filter(|asked| **asked != info.name) {
                    None => Err(errors::is_scope_already(&shown, &info.name)),
                    Some(asked) => Err(errors::is_other_scope(&shown, &info.name, asked)),
                };
            }
            // With --adopt it is told below, among all that is in the way.
            Err(error) if options.used == Used::Refuse => return Err(error),
            Ok(None) | Err(_) => {}
        }
    }
    if options.used == Used::Refuse {
        return Err(errors::not_an_empty_repository(&shown));
    }
    let collisions: Vec<VersionId> =
        advertised.refs.keys().filter_map(|name_there| RefName::version_in_scope(name_there, name)).collect();
    if !collisions.is_empty() {
        return Err(errors::tags_collide(&shown, &collisions));
    }
    match head {
        Some((branch, commit)) => match in_the_way(visit.repo(), commit)?.as_slice() {
            [] => Ok(Ground::Used { branch, commit }),
            paths => Err(errors::files_in_the_way(&shown, paths)),
        },
        None if advertised.head_commit().is_some() => Err(errors::head_is_detached(&shown)),
        None if advertised.refs.keys().any(|name| RefName::is_branch(name)) => {
            Err(errors::default_branch_is_empty(&shown))
        }
        None => Ok(Ground::Empty),
    }
}

/// What stands where a scope keeps its own files. A README.md that is a file or a link stays.
fn in_the_way(repo: &Repo, commit: Oid) -> Result<Vec<String>> {
    let tree = repo.commit(commit)?.tree;
    let mut paths = Vec::new();
    if repo.has_entry(tree, TrackedCatalog::INFO)? {
        paths.push(TrackedCatalog::INFO.to_owned());
    }
    match repo.folder_at(tree, TrackedCatalog::FOLDER)? {
        Some(_) => paths.push(format!("{}/", TrackedCatalog::FOLDER)),
        None if repo.has_entry(tree, TrackedCatalog::FOLDER)? => paths.push(TrackedCatalog::FOLDER.to_owned()),
        None => {}
    }
    if repo.folder_at(tree, README)?.is_some() {
        paths.push(format!("{README}/"));
    }
    Ok(paths)
}
