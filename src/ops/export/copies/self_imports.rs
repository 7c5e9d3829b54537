//! Copies whose files import their own component. A copy that is not rewired keeps its specifiers: those of what it needs
//! still lead to what it needs, but no package is called any more as the copy itself was.

use super::super::sources::self_imports;
use super::plan::Plan;
use crate::errors;
use crate::git::Repo;
use crate::model::{ComponentId, ScopeName};
use anyhow::Result;
use std::collections::BTreeSet;

/// Refuses such.
pub fn refuse(repo: &Repo, target: &ScopeName, plan: &Plan) -> Result<()> {
    let jobs = plan.jobs.iter().zip(&plan.follows).filter(|(_, follows)| !**follows).map(|(job, _)| job);
    let found = self_imports(repo, jobs.map(|job| (job.original, &job.id.id)))?;
    if found.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<ComponentId> = found.keys().cloned().collect();
    let names: Vec<_> = found.into_values().flatten().collect();
    Err(errors::copies_import_themselves(&names, &ids, target))
}
