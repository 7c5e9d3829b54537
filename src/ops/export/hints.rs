//! Hints for whoever imports: where the scopes live that the versions of an export need.

use super::Target;
use crate::model::{ScopeInfo, ScopeName};
use crate::ops::Workspace;
use crate::ops::remote::url_of;
use anyhow::Result;
use std::collections::BTreeSet;

/// The scope's card with the hints that it lacks; `None` where there is nothing to add. What it says already stays: it
/// may be a person's correction.
pub fn card_with_hints(workspace: &Workspace, target: &Target) -> Result<Option<ScopeInfo>> {
    let Some(mut info) = target.catalog.info(workspace.scope.repo())? else { return Ok(None) };
    let needed: BTreeSet<&ScopeName> = target
        .versions
        .iter()
        .flat_map(|version| &version.manifest.scopes)
        .filter(|scope| **scope != target.scope)
        .collect();
    let known = info.remotes.len();
    for scope in needed {
        if info.remotes.contains_key(scope) {
            continue;
        }
        // A remote of another scope that can't be read is no matter of this export.
        let url = url_of(workspace, scope).ok().flatten();
        if let Some(hint) = url.and_then(|url| url.for_others(&target.url)) {
            info.remotes.insert(scope.clone(), hint);
        }
    }
    Ok((info.remotes.len() > known).then_some(info))
}
