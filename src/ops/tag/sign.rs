//! Signed tags on the versions of a tag, made before anything is written.

use super::plan::Plan;
use crate::errors;
use crate::git::{Identities, Kind, RawObject, SignatureSettings, Signer, oid};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::{Progress, State, Workspace, side_by_side};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// Whether versions are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signing {
    /// Only where the workspace says so.
    #[default]
    AsConfigured,
    /// They are.
    Sign,
}

impl Signing {
    /// Whether they are, in a workspace.
    pub fn applies(self, workspace: &Workspace) -> bool {
        self == Self::Sign || workspace.config.signing.always
    }
}

/// The versions that are to be signed, each with its commit.
#[derive(Default)]
pub struct Unsigned {
    by_scope: BTreeMap<ScopeName, Vec<(VersionId, RawObject)>>,
}

/// A passphrase that is typed takes longer than a machine does. Who has to type one for each version is asked for one
/// after the other.
const TYPED: Duration = Duration::from_millis(1500);

/// A version gets another commit with its first scope, and no signature outlives that.
pub fn refuse_homeless(state: &State, plan: &Plan) -> Result<()> {
    let ids = plan.tags.iter().map(|tag| &state.components[tag.at].id);
    let homeless = ids.into_iter().find(|id| id.scope == ScopeName::placeholder());
    homeless.map_or(Ok(()), |id| Err(errors::signing_needs_scope(id)))
}

impl Unsigned {
    /// Adds a version, whose commit is the last of these objects.
    pub fn add(&mut self, id: VersionId, objects: &[RawObject]) {
        if let Some(commit) = objects.last().filter(|object| object.kind == Kind::Commit) {
            let commit = RawObject { oid: commit.oid, kind: Kind::Commit, bytes: commit.bytes.clone() };
            self.by_scope.entry(id.id.scope.clone()).or_default().push((id, commit));
        }
    }

    /// Signs them all: the objects of tags, by what they are on. The first by itself: should the signer fail, or ask
    /// for a passphrase, it does so once.
    pub fn sign(
        self,
        workspace: &Workspace,
        identities: &Identities,
        progress: &dyn Progress,
    ) -> Result<HashMap<CommitId, RawObject>> {
        let count = self.by_scope.values().map(Vec::len).sum();
        if count == 0 {
            return Ok(HashMap::new());
        }
        progress.stage("signing", count);
        let settings = SignatureSettings::of(&workspace.layout.root)?;
        let mut signed = HashMap::new();
        for versions in self.by_scope.into_values() {
            let drafts: Vec<(VersionId, CommitId, String)> = versions
                .iter()
                .map(|(id, commit)| (id.clone(), crate::git::commit_id(commit.oid), message(commit)))
                .collect();
            let commits = versions.into_iter().map(|(_, commit)| commit).collect();
            // In the local scope, so that what git says of the folder applies, and what a kill leaves is swept away.
            let signer = Signer::new(settings.clone(), identities, commits, &workspace.scope.state_folder())?;
            let sign = |(id, commit, message): &(VersionId, CommitId, String)| {
                let tag = signer.tag(id, oid(*commit), message)?;
                progress.advance(1);
                Ok((*commit, tag))
            };
            let Some((first, others)) = drafts.split_first() else { continue };
            let begun = Instant::now();
            signed.extend([sign(first)?]);
            match begun.elapsed() > TYPED {
                true => signed.extend(others.iter().map(sign).collect::<Result<Vec<_>>>()?),
                false => signed.extend(side_by_side(others, sign)?),
            }
        }
        Ok(signed)
    }
}

/// What the commit says, so that "git tag -v" shows what was signed.
fn message(commit: &RawObject) -> String {
    let text = String::from_utf8_lossy(&commit.bytes);
    text.split_once("\n\n").map_or_else(String::new, |(_, message)| message.to_owned())
}
