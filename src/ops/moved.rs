//! Tags that were moved after their versions came: whoever relies on a version asks its scope whether they are in place.

use super::remote::url_of;
use super::stray::look_at;
use super::{Progress, Visit, Workspace, side_by_side};
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{Oid, RefName, Repo, commit_id, oid, remote};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::scope::Known;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The versions of one scope, with what they are here.
struct Question<'a> {
    url: RemoteUrl,
    versions: Vec<(&'a VersionId, CommitId)>,
}

/// Refuses versions whose tags are on something else by now. Of a scope that does not answer nothing is known.
pub fn refuse_moved(workspace: &Workspace, known: &Known, ids: &[VersionId], progress: &dyn Progress) -> Result<()> {
    let mut by_scope: BTreeMap<&ScopeName, Vec<(&VersionId, CommitId)>> = BTreeMap::new();
    for id in ids {
        let here = known.at(id).map(|at| (id, at.commit));
        by_scope.entry(&id.id.scope).or_default().extend(here);
    }
    let mut questions = Vec::new();
    for (scope, versions) in by_scope {
        questions.extend(url_of(workspace, scope)?.map(|url| Question { url, versions }));
    }
    progress.stage("asking the scopes", questions.len());
    let place = workspace.scope.repo().path();
    let ask = |question: &Question| Ok(question.suspects(place).unwrap_or_default());
    let answers: Vec<BTreeMap<VersionId, Oid>> = side_by_side(&questions, ask)?;
    for (question, suspects) in questions.iter().zip(answers) {
        question.judge(suspects)?;
    }
    Ok(())
}

impl Question<'_> {
    /// The tags that are not plainly in place: what they name.
    fn suspects(&self, place: &Path) -> Result<BTreeMap<VersionId, Oid>> {
        let names: Vec<String> = self.versions.iter().map(|(id, _)| RefName::in_scope(id)).collect();
        let there = remote::list_some(&self.url, Some(&Repo::open(place)?), &names)?.refs;
        let mut suspects = BTreeMap::new();
        for ((id, commit), name) in self.versions.iter().zip(&names) {
            let is_in_place =
                |target: &Oid| *target == oid(*commit) || there.get(&format!("{name}^{{}}")) == Some(&oid(*commit));
            suspects
                .extend(there.get(name).filter(|target| !is_in_place(target)).map(|target| ((*id).clone(), *target)));
        }
        Ok(suspects)
    }

    /// Not every host says what an annotated tag is on.
    fn judge(&self, suspects: BTreeMap<VersionId, Oid>) -> Result<()> {
        if suspects.is_empty() {
            return Ok(());
        }
        let targets: BTreeSet<Oid> = suspects.values().copied().collect();
        let found = look_at(&Visit::new()?, &self.url, &targets).unwrap_or_default();
        for (id, commit) in &self.versions {
            let Some(target) = suspects.get(*id) else { continue };
            let there = found.get(target).map_or(commit_id(*target), |about| about.commit);
            if there != *commit {
                return Err(errors::version_moved(id, &self.url.to_string(), *commit, there));
            }
        }
        Ok(())
    }
}
