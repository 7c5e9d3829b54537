//! With nothing to publish an export still looks at the scopes: whoever restored one from an old backup, or made it
//! anew, should hear of it, and nobody else would say so.

use crate::errors;
use crate::git::refs::HEAD;
use crate::git::url::RemoteUrl;
use crate::git::{Count, RefEdit, RefName, Repo, oid};
use crate::model::ScopeName;
use crate::ops::continuity::{Continuity, continuity};
use crate::ops::remote::url_of;
use crate::ops::{Progress, Transaction, Workspace, reach_for, side_by_side};
use crate::scope::{Known, TrackedCatalog, WriteLock};
use anyhow::Result;
use std::collections::BTreeSet;

/// Asks the scopes that were seen before. Remembers those that have moved on, and returns what a person should know:
/// which versions are lost, which scope did not answer.
pub fn look(
    workspace: &Workspace,
    lock: &WriteLock,
    known: &Known,
    only: Option<&ScopeName>,
    progress: &dyn Progress,
) -> Result<Vec<String>> {
    let scopes: BTreeSet<ScopeName> = workspace.bitmap.entries().map(|entry| entry.id().scope).collect();
    let scopes = scopes.iter().filter(|scope| only.is_none_or(|only| only == *scope));
    let mut seen: Vec<(RemoteUrl, &TrackedCatalog)> = Vec::new();
    for catalog in scopes.filter_map(|scope| known.catalogs.get(scope)) {
        seen.extend(url_of(workspace, &catalog.scope)?.map(|url| (url, catalog)));
    }
    progress.stage("asking the scopes", seen.len());
    let place = workspace.scope.repo().path();
    let ask = |(url, before): &(RemoteUrl, &TrackedCatalog)| {
        let hear = &mut |count: Count| progress.git(count);
        let reached = reach_for(&Repo::open(place)?, url.clone(), &[HEAD.to_owned()], Some(before), hear);
        Ok(reached.and_then(|reached| reached.expect(&before.scope)))
    };
    let answers = side_by_side(&seen, ask)?;
    workspace.scope.repo().refresh()?;
    let (mut warnings, mut refs) = (Vec::new(), Vec::new());
    for ((url, before), answer) in seen.iter().zip(answers) {
        match answer.map(|reached| reached.catalog) {
            Err(error) => warnings.push(errors::scope_not_asked(&before.scope, &url.to_string(), &error)),
            Ok(now) => match continuity(workspace.scope.repo(), Some(before), &now)? {
                Continuity::First | Continuity::Same | Continuity::Forward => refs.extend(moved_on(before, &now)),
                Continuity::Changed(moved) => {
                    warnings.push(errors::scope_changed(&before.scope, &moved.iter().collect::<Vec<_>>()));
                }
                Continuity::Replaced(lost) => warnings.push(errors::scope_lost(&before.scope, &lost)),
            },
        }
    }
    if !refs.is_empty() {
        workspace.commit(Transaction { command: "export", objects: None, refs, bitmap: Vec::new().into() }, lock)?;
    }
    Ok(warnings)
}

fn moved_on(before: &TrackedCatalog, now: &TrackedCatalog) -> Option<RefEdit> {
    let name = || RefName::TrackedCatalog(before.scope.clone()).to_string();
    let (old, new) = (Some(oid(before.commit)), Some(oid(now.commit)));
    (old != new).then(|| RefEdit { name: name(), old, new })
}
