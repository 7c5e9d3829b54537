//! Tags that were moved after their versions came: whoever relies on a version asks its scope whether they are in place.

use super::accepting::accepting;
use super::remote::url_of;
use super::stray::look_at;
use super::{Progress, Visit, Workspace, side_by_side};
use crate::errors::{self, MovedTag};
use crate::git::url::RemoteUrl;
use crate::git::{Oid, RefName, Repo, commit_id, oid, remote};
use crate::model::{ScopeName, VersionId};
use crate::scope::{Known, KnownVersion};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The versions of one scope, with what they are here.
struct Question<'a> {
    url: RemoteUrl,
    versions: Vec<(&'a VersionId, KnownVersion)>,
}

/// Refuses versions whose tags are something else by now. Of a scope that does not answer nothing is known.
pub fn refuse_moved<'i>(
    workspace: &Workspace,
    known: &Known,
    ids: impl IntoIterator<Item = &'i VersionId>,
    progress: &dyn Progress,
) -> Result<()> {
    let mut by_scope: BTreeMap<&ScopeName, Vec<(&VersionId, KnownVersion)>> = BTreeMap::new();
    for id in ids {
        by_scope.entry(&id.id.scope).or_default().extend(known.at(id).map(|at| (id, at)));
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
        question.judge(suspects, workspace)?;
    }
    Ok(())
}

impl Question<'_> {
    /// The tags that are not plainly in place: what they name.
    fn suspects(&self, place: &Path) -> Result<BTreeMap<VersionId, Oid>> {
        let names: Vec<String> = self.versions.iter().map(|(id, _)| RefName::in_scope(id)).collect();
        let there = remote::list_some(&self.url, Some(&Repo::open(place)?), &names)?;
        let differing = self.versions.iter().filter(|(id, at)| at.differs(id, &there));
        Ok(differing.filter_map(|(id, _)| Some(((*id).clone(), *there.refs.get(&RefName::in_scope(id))?))).collect())
    }

    /// Not every host says what an annotated tag is on. Here a bare commit may stand for one.
    fn judge(&self, suspects: BTreeMap<VersionId, Oid>, workspace: &Workspace) -> Result<()> {
        if suspects.is_empty() {
            return Ok(());
        }
        let targets: BTreeSet<Oid> = suspects.values().copied().collect();
        let found = look_at(&Visit::new()?, &self.url, &targets).unwrap_or_default();
        let url = self.url.to_string();
        for (id, at) in &self.versions {
            let Some(target) = suspects.get(*id) else { continue };
            let there = found.get(target).map_or(commit_id(*target), |about| about.commit);
            if there != at.commit {
                return Err(errors::version_moved(id, &url, at.commit, there));
            }
            if at.target != oid(at.commit) {
                let (was, is) = (at.target.to_string(), target.to_string());
                let tag = MovedTag { id, was, is, is_same_version: true };
                return Err(errors::tags_moved(&url, &[tag], &accepting(workspace, id)));
            }
        }
        Ok(())
    }
}
