//! Signatures, where somebody said who may sign.

use crate::errors;
use crate::git::{Repo, oid};
use crate::model::{CommitId, Fingerprint, ScopeName, VersionId, few};
use crate::ops::Progress;
use crate::ops::audit::{Ancestry, Finding, Listing};
use crate::ops::findings::Severity;
use crate::ops::trust::{Recollection, TagOf, Trust, Trusted};
use crate::scope::TrackedCatalog;
use anyhow::Result;
use std::collections::{BTreeSet, HashSet};

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
        listing: &Listing,
        tags: &[TagOf],
        ancestry: &Ancestry,
        progress: &dyn Progress,
    ) -> Result<Vec<Finding>> {
        let Some(signers) = self.trust.signers_of(listing.scope())? else { return Ok(Vec::new()) };
        let found = self.trust.examine(ancestry.repo.path(), &signers, tags, self.recollection, progress)?;
        let is_signed = |tag: &&TagOf| matches!(found.get(&tag.id), Some(Trusted::By(_)));
        let history = History::of(ancestry, tags.iter().filter(is_signed).map(|tag| tag.commit).collect());
        let (mut findings, mut settled) = (Vec::new(), Vec::new());
        for tag in tags {
            let Some(judged) = found.get(&tag.id) else { continue };
            let Some(why) = judged.refusal() else { continue };
            let is_unsigned = tag.target == oid(tag.commit);
            if listing.has_removed(&tag.id) || is_unsigned && history.is_from_before(tag.commit) {
                settled.push(&tag.id);
            } else {
                let way_out = match judged {
                    Trusted::ForWantOfKey(_) => FOR_WANT_OF_KEY.to_owned(),
                    _ => way_out(&tag.id, is_unsigned && !history.goes_on_from_signed(tag.commit)),
                };
                findings.push(Finding::new("untrusted-version", Severity::Error, &tag.id, why).way_out(way_out));
            }
        }
        findings.extend(unsigned_history(listing.scope(), &settled));
        Ok(findings)
    }

    /// What is to be said of a catalog's newest commit. A version's signature does not depend on it.
    pub fn catalog(&self, repo: &Repo, catalog: &TrackedCatalog) -> Result<Option<Finding>> {
        let Some(signers) = self.trust.signers_of(&catalog.scope)? else { return Ok(None) };
        let judged = self.trust.judge_commit(repo.path(), &signers, oid(catalog.commit))?;
        let finding = |why| {
            Finding::new("unsigned-catalog", Severity::Notice, &catalog.scope, format!("its newest catalog: {why}"))
                .way_out(
                    "\"bit export --sign\" signs the next one; what counts for a version is the signature of its tag",
                )
        };
        Ok(judged.refusal().map(finding))
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

/// Which versions are from before a team signed. A signature covers all that a version was made from: that can't be
/// changed any more without somebody noticing.
struct History<'a> {
    ancestry: &'a Ancestry<'a>,
    signed: HashSet<CommitId>,
    /// The signed ones, and what they were made from.
    covered: HashSet<CommitId>,
}

impl<'a> History<'a> {
    fn of(ancestry: &'a Ancestry<'a>, signed: HashSet<CommitId>) -> Self {
        let (covered, _) = ancestry.readable(signed.iter().copied());
        Self { ancestry, signed, covered }
    }

    /// One that was made from a signed one is not: its signature was left out, or was taken off.
    fn is_from_before(&self, unsigned: CommitId) -> bool {
        self.covered.contains(&unsigned) && !self.goes_on_from_signed(unsigned)
    }

    /// What can't be read may have been made from anything.
    fn goes_on_from_signed(&self, unsigned: CommitId) -> bool {
        let (line, is_whole) = self.ancestry.readable([unsigned]);
        !is_whole || !line.is_disjoint(&self.signed)
    }
}

/// The version itself may be as good as ever.
const FOR_WANT_OF_KEY: &str = "nothing is wrong with the version as far as anybody can tell here: get the key from its owner, as it is now (gpg --import), and verify again";

/// What may be from before the team signed is taken on by a signed version; all else only goes.
fn way_out(id: &VersionId, may_be_from_before: bool) -> String {
    let of = &id.id;
    match may_be_from_before {
        true => format!(
            "nobody who asks for these signers can import it: ask who made it; \"bit tag {of} --unmodified --sign\" and \"bit export\" publish a signed version on top of it"
        ),
        false => format!(
            "nobody who asks for these signers can import it: ask who made it; {} takes it out; \"bit merge {of}\" then goes on from it, and takes nothing of it",
            errors::take_version_out(id)
        ),
    }
}

/// So many are named.
const NAMED: usize = 3;

fn unsigned_history(scope: &ScopeName, ids: &[&VersionId]) -> Option<Finding> {
    let named = few(ids, NAMED);
    let what = format!(
        "{} not signed by them; signed versions were made from them, or they are removed: {}",
        match ids.len() {
            0 => return None,
            1 => "1 version is".to_owned(),
            many => format!("{many} versions are"),
        },
        named.join(", ")
    );
    Some(
        Finding::new("unsigned-history", Severity::Notice, scope, what)
            .way_out("nobody who asks for these signers can import one of them; what signed versions were made from can't be changed unnoticed"),
    )
}
