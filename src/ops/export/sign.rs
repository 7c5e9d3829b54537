//! Signatures at an export: a scope that asks for them gets no other versions, and its catalog may be signed too.

use super::Target;
use super::conflicts::tag_target;
use super::push::Pusher;
use crate::errors;
use crate::git::{Identities, Kind, Oid, RawObject, Repo, SignatureSettings, Signer, commit_id, oid};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::trust::{Recollection, TagOf, Trust};
use crate::ops::{Progress, Workspace};
use crate::scope::{Known, StoredVersion};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses versions that nobody could import again, by what workspace.jsonc says of those who may sign.
pub fn refuse_untrusted(
    workspace: &Workspace,
    known: &Known,
    targets: &[Target],
    progress: &dyn Progress,
) -> Result<()> {
    let trust = Trust::of(workspace);
    let mut refused: Vec<(VersionId, String)> = Vec::new();
    for target in targets {
        let Some(signers) = trust.signers_of(&target.scope)? else { continue };
        let tags: Vec<TagOf> = tags(known, target).collect();
        let place = workspace.scope.repo().path();
        for (id, trusted) in trust.examine(place, &signers, &tags, Recollection::Believed, progress)? {
            if let Some(why) = trusted.refusal() {
                refused.push((id, why.to_owned()));
            }
        }
        refused.extend(untrusted_needs(workspace, known, target, &trust, progress)?);
        // What is staged of other components goes there too; it can be signed, and is told first.
        let copies = target.versions.iter().filter(|version| target.copies.contents.contains(&version.commit));
        let copies: BTreeSet<VersionId> = copies.map(StoredVersion::id).collect();
        let is_copy = |(id, _): &(VersionId, String)| copies.contains(id);
        if !refused.is_empty() && refused.iter().all(is_copy) {
            return Err(errors::copies_untrusted(&target.scope, &refused));
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(errors::export_untrusted(&refused)) }
}

/// What these versions need, near and far, in scopes that are asked for signatures: who imports them imports that too.
fn untrusted_needs(
    workspace: &Workspace,
    known: &Known,
    target: &Target,
    trust: &Trust,
    progress: &dyn Progress,
) -> Result<Vec<(VersionId, String)>> {
    let repo = workspace.scope.repo();
    let mut needed_by: BTreeMap<VersionId, VersionId> = BTreeMap::new();
    let needs = |version: &StoredVersion| version.manifest.dependencies.iter().map(|one| one.id.clone()).collect();
    let mut waiting: Vec<(VersionId, Vec<VersionId>)> =
        target.versions.iter().map(|version| (version.id(), needs(version))).collect();
    let published: BTreeSet<VersionId> = target.versions.iter().map(StoredVersion::id).collect();
    while let Some((by, needs_of_it)) = waiting.pop() {
        for id in needs_of_it.into_iter().filter(|id| !published.contains(id)) {
            let Some(at) = known.at(&id).filter(|_| !needed_by.contains_key(&id)) else { continue };
            waiting.push((by.clone(), needs(&StoredVersion::read(repo, at.commit)?)));
            needed_by.insert(id, by.clone());
        }
    }
    let mut refused = Vec::new();
    let scopes: BTreeSet<&ScopeName> = needed_by.keys().map(|id| &id.id.scope).collect();
    for scope in scopes {
        let Some(signers) = trust.signers_of(scope)? else { continue };
        let of_scope = needed_by.keys().filter(|id| id.id.scope == *scope);
        let tag =
            |id: &VersionId| known.at(id).map(|at| TagOf { id: id.clone(), target: at.target, commit: at.commit });
        let tags: Vec<TagOf> = of_scope.filter_map(tag).collect();
        for (id, trusted) in trust.examine(repo.path(), &signers, &tags, Recollection::Believed, progress)? {
            if let Some(why) = trusted.refusal() {
                refused.push((needed_by[&id].clone(), format!("it needs {id}: {why}")));
            }
        }
    }
    Ok(refused)
}

/// The versions that a scope is to get, each with what its tag is to be on.
fn tags<'a>(known: &'a Known, target: &'a Target) -> impl Iterator<Item = TagOf> + 'a {
    target.versions.iter().map(|version| {
        let id = version.id();
        TagOf { target: tag_target(known, &id, version.commit), id, commit: version.commit }
    })
}

impl Pusher<'_> {
    /// Whether a scope's new catalog is signed: where a person or the workspace says so, and where all that is new in it
    /// is signed, by somebody who can sign here too.
    fn signs(&self, target: &Target) -> Result<bool> {
        if self.signing.applies(self.workspace) {
            return Ok(true);
        }
        let are_signed = || tags(self.known, target).all(|tag| tag.target != oid(tag.commit));
        Ok(!target.versions.is_empty() && are_signed() && self.settings()?.name_a_key())
    }

    fn settings(&self) -> Result<SignatureSettings> {
        SignatureSettings::of(&self.workspace.layout.root)
    }

    /// Signs a catalog's commit, the last of these objects, where that is wanted; the commit that it is then.
    pub(super) fn signed_catalog(
        &self,
        target: &Target,
        identities: &Identities,
        unsigned: CommitId,
        objects: &mut Vec<RawObject>,
    ) -> Result<CommitId> {
        if !self.signs(target)? {
            return Ok(unsigned);
        }
        self.progress.stage(&format!("signing the catalog of {}", target.scope), 0);
        let commit = objects.pop().context("a catalog without a commit")?;
        let signed = sign(self.workspace, self.settings()?, identities, &commit, objects)?;
        let id = commit_id(signed.oid);
        objects.push(signed);
        Ok(id)
    }
}

fn sign(
    workspace: &Workspace,
    settings: SignatureSettings,
    identities: &Identities,
    commit: &RawObject,
    objects: &[RawObject],
) -> Result<RawObject> {
    let repo = workspace.scope.repo();
    let text = String::from_utf8_lossy(&commit.bytes);
    let (header, message) = text.split_once("\n\n").context("a commit without a message")?;
    let named = |key: &str| header.lines().find_map(|line| Oid::from_str(line.strip_prefix(key)?.trim()).ok());
    let tree = named("tree ").context("a commit without a tree")?;
    let parent = named("parent ");
    // git looks whether what it signs names what is there, and no further.
    let mut around = vec![copy(repo, objects, tree, Kind::Tree)?];
    around.extend(parent.map(|parent| copy(repo, objects, parent, Kind::Commit)).transpose()?);
    let signer = Signer::new(settings, identities, around, &workspace.scope.state_folder())?;
    signer.commit(tree, parent, message)
}

fn copy(repo: &Repo, objects: &[RawObject], oid: Oid, kind: Kind) -> Result<RawObject> {
    match objects.iter().find(|object| object.oid == oid) {
        Some(object) => Ok(RawObject { oid, kind, bytes: object.bytes.clone() }),
        None => repo.raw(oid, kind),
    }
}
