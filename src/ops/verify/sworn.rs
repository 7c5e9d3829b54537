//! Signatures, where somebody said who may sign.

use crate::git::{Repo, oid};
use crate::model::{CommitId, Fingerprint, ScopeName, VersionId};
use crate::ops::Progress;
use crate::ops::audit::Finding;
use crate::ops::findings::Severity;
use crate::ops::trust::{Recollection, TagOf, Trust, Trusted};
use crate::scope::TrackedCatalog;
use anyhow::Result;
use std::collections::BTreeSet;

/// Who may sign, and whether what was found out before is believed.
pub struct Sworn {
    /// Who.
    pub trust: Trust,
    /// What stands for that.
    pub fingerprint: Fingerprint,
    /// Whether.
    pub recollection: Recollection,
}

impl Sworn {
    /// Whether the versions of a scope have to be signed. A list that can't be read asks for it too.
    pub fn asks_for(&self, scope: &ScopeName) -> bool {
        !matches!(self.trust.signers_of(scope), Ok(None))
    }

    /// What is wrong with the signatures of a scope's versions.
    pub fn versions(
        &self,
        repo: &Repo,
        scope: &ScopeName,
        tags: &[TagOf],
        progress: &dyn Progress,
    ) -> Result<Vec<Finding>> {
        let Some(signers) = self.trust.signers_of(scope)? else { return Ok(Vec::new()) };
        let found = self.trust.examine(repo.path(), &signers, tags, self.recollection, progress)?;
        let finding = |(id, trusted): (VersionId, Trusted)| {
            match trusted {
            Trusted::By(_) => None,
            Trusted::No(why) => Some(
                Finding::new("untrusted-version", Severity::Error, id, why)
                    .way_out("nobody who asks for these signers can import it: ask who made it; a newer version that is signed replaces it"),
            ),
        }
        };
        Ok(found.into_iter().filter_map(finding).collect())
    }

    /// What is to be said of a catalog's newest commit. A version's signature does not depend on it.
    pub fn catalog(&self, repo: &Repo, catalog: &TrackedCatalog) -> Result<Option<Finding>> {
        let Some(signers) = self.trust.signers_of(&catalog.scope)? else { return Ok(None) };
        Ok(match self.trust.judge_commit(repo.path(), &signers, oid(catalog.commit))? {
            Trusted::By(_) => None,
            Trusted::No(why) => Some(
                Finding::new(
                    "unsigned-catalog",
                    Severity::Notice,
                    &catalog.scope,
                    format!("its newest catalog: {why}"),
                )
                .way_out(
                    "\"bit export --sign\" signs the next one; what counts for a version is the signature of its tag",
                ),
            ),
        })
    }

    /// Those of a scope's versions whose signatures have to be brought to be judged.
    pub fn unknown(&self, scope: &ScopeName, tags: &[TagOf]) -> Result<BTreeSet<CommitId>> {
        let Some(signers) = self.trust.signers_of(scope)? else { return Ok(BTreeSet::new()) };
        let known = match self.recollection {
            Recollection::Believed => self.trust.remembered(&signers, tags),
            Recollection::Doubted => BTreeSet::new(),
        };
        let is_unknown = |tag: &&TagOf| tag.target != oid(tag.commit) && !known.contains(&tag.id);
        Ok(tags.iter().filter(is_unknown).map(|tag| tag.commit).collect())
    }
}
