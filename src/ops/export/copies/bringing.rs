//! Versions that must be here before copies can be made. Nothing is asked for twice, so the attempts of an export end.

use super::gather::bring;
use crate::errors::{self, Failure};
use crate::model::{ScopeName, VersionId};
use crate::ops::{Progress, Workspace};
use crate::scope::{Known, WriteLock};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// What was brought for the copies of one export.
#[derive(Default)]
pub struct Bringing {
    asked: BTreeSet<VersionId>,
    /// The scopes for whose copies something could not be had.
    failed: BTreeMap<ScopeName, Failure>,
}

impl Bringing {
    /// Whether another attempt with these brought may go better; else why the scope gets no copies.
    pub fn is_worth_it(&self, scope: &ScopeName, ids: &BTreeSet<VersionId>) -> Result<()> {
        if let Some(failure) = self.failed.get(scope) {
            return Err(failure.clone().into());
        }
        let again: Vec<String> = ids.intersection(&self.asked).map(ToString::to_string).collect();
        if again.is_empty() { Ok(()) } else { Err(errors::copies_lack_versions(scope, &again)) }
    }

    /// Brings what the copies in one scope lack. A failure is about this scope alone: the next attempt tells it.
    pub fn bring(
        &mut self,
        workspace: &Workspace,
        lock: &WriteLock,
        known: &Known,
        (scope, ids): (ScopeName, BTreeSet<VersionId>),
        progress: &dyn Progress,
    ) {
        if let Err(error) = bring(workspace, lock, known, &ids, progress) {
            self.failed.insert(scope, errors::copy_incomplete_because(&error));
        }
        self.asked.extend(ids);
    }
}
