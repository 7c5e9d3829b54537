//! Tags that an export has made and that no catalog lists yet: they wait for the catalog of the next attempt, or go.

use super::Target;
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{Oid, RefName, Repo, oid, remote};
use crate::model::{CommitId, ScopeName, few};
use anyhow::{Result, ensure};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Those of one export, over all its attempts.
#[derive(Default)]
pub struct LooseTags {
    waiting: RefCell<BTreeMap<ScopeName, Waiting>>,
    /// Why the tags of a scope could not be taken back.
    left: RefCell<BTreeMap<ScopeName, String>>,
}

/// Those in one scope.
struct Waiting {
    url: RemoteUrl,
    branch: String,
    /// The last catalog that was seen not to list them.
    catalog: CommitId,
    tags: Vec<(String, Oid)>,
}

impl LooseTags {
    /// Somebody else's catalog came first: the next attempt goes on from these tags.
    pub fn keep(&self, target: &Target, tags: &[(String, Oid)]) {
        let new = || Waiting {
            url: target.url.clone(),
            branch: target.branch.clone(),
            catalog: target.catalog.commit,
            tags: Vec::new(),
        };
        self.waiting.borrow_mut().entry(target.scope.clone()).or_insert_with(new).tags.extend_from_slice(tags);
    }

    /// What the next attempt sees: tags that a catalog lists by now wait no more.
    pub fn look(&self, targets: &[Target]) {
        for target in targets {
            if let Some(waiting) = self.waiting.borrow_mut().get_mut(&target.scope) {
                waiting.tags.retain(|(name, _)| !is_listed(target, name));
                waiting.catalog = target.catalog.commit;
            }
        }
    }

    /// Nobody has seen these tags: they go again. One that can't be taken back is a stray one, which the next attempt
    /// adopts. If there is none, it is told.
    pub fn take_back(&self, repo: &Repo, target: &Target, tags: &[(String, Oid)]) {
        self.note(&target.scope, delete(repo, &target.url, tags));
    }

    /// There is no next attempt: what waits for it goes too, unless a catalog has come that may list it.
    pub fn give_up(&self, repo: &Repo, error: anyhow::Error) -> anyhow::Error {
        for (scope, waiting) in self.waiting.take().into_iter().filter(|(_, waiting)| !waiting.tags.is_empty()) {
            self.note(&scope, waiting.take_back(repo));
        }
        errors::with_tags_left(&self.left.borrow(), error)
    }

    fn note(&self, scope: &ScopeName, done: Result<()>) {
        if let Err(error) = done {
            self.left.borrow_mut().insert(scope.clone(), errors::report(&error).message);
        }
    }
}

impl Waiting {
    fn take_back(&self, repo: &Repo) -> Result<()> {
        let now = remote::list(&self.url, Some(repo))?;
        let stands = now.refs.get(&self.branch) == Some(&oid(self.catalog));
        ensure!(stands, "its catalog has moved on meanwhile, and may list them");
        delete(repo, &self.url, &self.tags)
    }
}

fn is_listed(target: &Target, name: &str) -> bool {
    RefName::version_in_scope(name, &target.scope)
        .and_then(|id| target.listed.get(&id.id.name)?.version(&id.version).map(drop))
        .is_some()
}

fn delete(repo: &Repo, url: &RemoteUrl, tags: &[(String, Oid)]) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let report = remote::delete(repo, url, tags)?;
    let refused = report.refused().into_iter().map(|(name, why)| format!("{name}: {why}"));
    ensure!(report.refused().is_empty(), "{}", few(refused, 3).join(", "));
    ensure!(report.is_complete(), "the host broke off before it answered");
    Ok(())
}
