//! The copies of an attempt: each scope's by themselves.

use super::Run;
use crate::errors;
use crate::ops::export::copies::{self, Bringing, Prepared};
use crate::ops::export::{Exported, Target, conflicts};
use crate::ops::select::typed;
use crate::scope::Known;
use anyhow::Result;
use std::collections::BTreeMap;

impl Run<'_> {
    /// Makes the copies that the scopes lack. Whether it could: what copies are put on top of may have to come first.
    pub(super) fn copy(
        &self,
        known: &Known,
        targets: &mut Vec<Target>,
        outcome: &mut Exported,
        bringing: &mut Bringing,
    ) -> Result<bool> {
        let Self { workspace, lock, sources, progress, .. } = *self;
        let mut lacking = BTreeMap::new();
        for target in targets.iter_mut().filter(|target| sources.targets.contains_key(&target.scope)) {
            progress.stage(&format!("copying to {}", target.scope), 0);
            match self.prepare(known, target, bringing) {
                Ok(Prepared::Ready(ready)) => target.take(*ready),
                Ok(Prepared::Lacking(ids)) => drop(lacking.insert(target.scope.clone(), ids)),
                Err(refusal) if self.goes_everywhere() && errors::is_of_one_scope(&refusal) => {
                    outcome.hold_back(target.scope.clone(), &refusal);
                }
                Err(error) => return Err(error),
            }
        }
        let has_all = lacking.is_empty();
        for lack in lacking {
            bringing.bring(workspace, lock, known, lack, progress);
        }
        if self.goes_everywhere() {
            for target in targets.iter_mut() {
                if let Err(refusal) = conflicts::refuse_copies(workspace, known, target)? {
                    target.put_back_copies();
                    outcome.hold_back(target.scope.clone(), &refusal);
                }
            }
        }
        // Nobody takes the scope for the one that it was before its copies are what they were.
        let is_held_back = |target: &Target| outcome.held_back.iter().any(|(scope, _)| *scope == target.scope);
        targets.retain(|target| target.lost.is_empty() || !target.is_done() || !is_held_back(target));
        Ok(has_all)
    }

    /// The copies for one scope.
    fn prepare(&self, known: &Known, target: &Target, bringing: &Bringing) -> Result<Prepared> {
        let (repo, before) = (self.workspace.scope.repo(), target.before.as_ref());
        let absent = copies::absent(self.workspace, &target.catalog, before, self.requests)?;
        if !absent.is_empty() && self.goes_everywhere() {
            let ids: Vec<String> = absent.iter().map(|id| typed(self.workspace, id)).collect();
            return Err(errors::copies_are_gone(&target.scope, &ids));
        }
        let prepared = copies::prepare(repo, known, &target.catalog, before, self.sources, self.options)?;
        match prepared {
            Prepared::Lacking(ids) => {
                bringing.is_worth_it(&target.scope, &ids)?;
                Ok(Prepared::Lacking(ids))
            }
            Prepared::Ready(mut ready) => {
                ready.warnings.extend(errors::copies_made_anew(&target.scope, &absent));
                Ok(Prepared::Ready(ready))
            }
        }
    }
}
