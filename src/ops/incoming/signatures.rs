//! Signatures: where workspace.jsonc says who may sign a scope's versions, no other version comes from it.

use super::{Closure, Incoming, admission::Refs};
use crate::errors;
use crate::git::remote::FetchOptions;
use crate::git::{Kind, Oid, RefEdit, RefName, commit_id, oid, remote};
use crate::model::{CommitId, ScopeName, VersionId};
use crate::ops::trust::{Recollection, Signers, TagOf, Trust};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Versions with their contents.
type Contents = BTreeMap<VersionId, CommitId>;

impl Incoming<'_> {
    /// Refuses what is not signed as it should be: what was asked for, and all that it needs. What only came along, as what
    /// a version was made from, may be older than the team's signatures: it becomes no version here. What is here already
    /// was taken before, and stays: or nobody could go on from it to a version that is signed.
    pub(super) fn check_signatures(&mut self, closure: &Closure, refs: &mut Refs) -> Result<()> {
        let trust = Trust::of(self.workspace);
        let ids = closure.versions.keys().chain(&refs.versions);
        let scopes: BTreeSet<ScopeName> = ids.map(|id| id.id.scope.clone()).collect();
        self.accept_tags(closure, refs)?;
        let mut refused = Vec::new();
        for scope in scopes {
            match trust.signers_of(&scope)? {
                Some(signers) => refused.extend(self.check_scope(&trust, &signers, (&scope, closure), refs)?),
                None => self.keep_tags(&scope, refs)?,
            }
        }
        if refused.is_empty() { Ok(()) } else { Err(errors::untrusted_versions(&refused)) }
    }

    /// What of one scope is refused, and why.
    fn check_scope(
        &mut self,
        trust: &Trust,
        signers: &Signers,
        (scope, closure): (&ScopeName, &Closure),
        refs: &mut Refs,
    ) -> Result<Vec<(VersionId, String)>> {
        let wanted = self.listed_of(scope, closure)?;
        let mut all = self.along(scope, refs, &wanted)?;
        all.extend(wanted.clone());
        let with_older: Contents = self.older(scope, closure)?.into_iter().chain(all.clone()).collect();
        let targets = self.targets(scope, &with_older)?;
        let mut refused = Vec::new();
        let (place, tags) = (self.place_of_scope(scope), self.new_tags(&all, &targets));
        let found = trust.examine(place, signers, &tags, Recollection::Believed, self.progress)?;
        for (id, trusted) in found {
            match trusted.refusal() {
                None => {}
                Some(why) if wanted.contains_key(&id) => refused.push((id, why.to_owned())),
                Some(_) => refs.drop_version(&id),
            }
        }
        self.use_tags(&targets, &with_older, refs);
        Ok(refused)
    }

    /// Where what came of a scope is; of one that was not asked, what is here.
    fn place_of_scope(&self, scope: &ScopeName) -> &Path {
        let local = self.workspace.scope.repo().path();
        self.sources.get(scope).map_or(local, |source| source.quarantine.path())
    }

    /// The tags of those versions that are not here yet, and those that are to take the place of the tags here.
    fn new_tags(&self, all: &Contents, targets: &BTreeMap<VersionId, Oid>) -> Vec<TagOf> {
        let tag = |(id, commit): (&VersionId, &CommitId)| TagOf {
            id: id.clone(),
            target: targets.get(id).copied().unwrap_or(oid(*commit)),
            commit: *commit,
        };
        let is_new = |tag: &TagOf| match self.known.at(&tag.id).filter(|at| at.commit == tag.commit) {
            Some(at) => self.accepted.is_moved(&tag.id) && at.target != tag.target,
            None => true,
        };
        all.iter().map(tag).filter(is_new).collect()
    }

    /// What is asked for or needed of a scope, as it lists it: what is only staged here is nobody else's.
    fn listed_of(&mut self, scope: &ScopeName, closure: &Closure) -> Result<Contents> {
        let mut listed = BTreeMap::new();
        for (id, reached) in closure.versions.iter().filter(|(id, _)| id.id.scope == *scope) {
            let entry = self.entry(&id.id)?;
            let there = entry.as_ref().and_then(|entry| entry.version(&id.version));
            if there.is_some_and(|there| there.commit == reached.commit) {
                listed.insert(id.clone(), reached.commit);
            }
        }
        Ok(listed)
    }

    /// Versions of the same components that came before anybody asked for signatures: their refs may not name their tags.
    fn older(&mut self, scope: &ScopeName, closure: &Closure) -> Result<Contents> {
        let components: BTreeSet<_> =
            closure.versions.keys().map(|id| &id.id).filter(|id| id.scope == *scope).collect();
        let mut older = BTreeMap::new();
        for id in components {
            let Some(entry) = self.entry(id)? else { continue };
            for (version, at) in self.known.versions(id).filter(|(_, at)| at.target == oid(at.commit)) {
                let is_listed = entry.version(version).is_some_and(|there| there.commit == at.commit);
                older.extend(is_listed.then(|| (id.at(version.clone()), at.commit)));
            }
        }
        Ok(older)
    }

    /// What came along with it and is new here.
    fn along(&mut self, scope: &ScopeName, refs: &Refs, wanted: &Contents) -> Result<Contents> {
        let mut along = BTreeMap::new();
        for id in refs.versions.iter().filter(|id| id.id.scope == *scope && !wanted.contains_key(id)) {
            let entry = self.entry(&id.id)?;
            let there = entry.as_ref().and_then(|entry| entry.version(&id.version));
            along.extend(there.map(|there| (id.clone(), there.commit)));
        }
        Ok(along)
    }

    /// Where some of a scope's versions are signed, those that came along may be: their refs name their tags too.
    fn keep_tags(&mut self, scope: &ScopeName, refs: &mut Refs) -> Result<()> {
        if self.sources.get(scope).is_none_or(|source| source.tags.is_empty()) {
            return Ok(());
        }
        let along = self.along(scope, refs, &BTreeMap::new())?;
        let untagged = along.keys().any(|id| !self.sources[scope].tags.contains_key(id));
        if untagged {
            let targets = self.targets(scope, &along)?;
            self.use_tags(&targets, &along, refs);
        }
        Ok(())
    }

    /// The tags of versions that are here and that a person has accepted, as their scopes have them now.
    fn accept_tags(&mut self, closure: &Closure, refs: &mut Refs) -> Result<()> {
        let mut accepted: BTreeMap<ScopeName, Contents> = BTreeMap::new();
        for (id, reached) in closure.versions.iter().filter(|(id, _)| self.accepted.is_moved(id)) {
            let is_here = self.known.at(id).is_some_and(|at| at.commit == reached.commit);
            if is_here && self.sources.contains_key(&id.id.scope) {
                accepted.entry(id.id.scope.clone()).or_default().insert(id.clone(), reached.commit);
            }
        }
        for (scope, versions) in accepted {
            for (id, target) in self.targets(&scope, &versions)? {
                let repo = self.sources[&scope].repo();
                let is_its = repo.peel_tag(target).is_ok_and(|commit| commit == oid(versions[&id]));
                let old = self.known.at(&id).map(|at| at.target).filter(|old| is_its && *old != target);
                let name = RefName::from(id).to_string();
                refs.edits.extend(old.map(|old| RefEdit { name, old: Some(old), new: Some(target) }));
            }
        }
        Ok(())
    }

    /// What the tags of versions are on, as their scope has them now; a tag that was moved is refused. Of a scope that
    /// was not asked, or does not answer, what is here counts.
    fn targets(&mut self, scope: &ScopeName, versions: &Contents) -> Result<BTreeMap<VersionId, Oid>> {
        let known = |id: &VersionId| Some((id.clone(), self.known.at(id)?.target));
        let Some(source) = self.sources.get(scope) else { return Ok(versions.keys().filter_map(known).collect()) };
        let names: Vec<String> = versions.keys().map(RefName::in_scope).collect();
        let there = remote::list_some(&source.url, Some(source.repo()), &names)?;
        let here = |target: &Oid| source.repo().has(*target);
        let mut targets = BTreeMap::new();
        for id in versions.keys() {
            let found = there.refs.get(&RefName::in_scope(id)).map(|target| (id.clone(), *target));
            // One that is removed may have lost its tag.
            targets.extend(found.or_else(|| known(id)));
        }
        let mut missing = Vec::new();
        for target in targets.values() {
            if !here(target)? {
                missing.push(target.to_string());
            }
        }
        if !missing.is_empty() {
            remote::fetch(source.repo(), &source.url, &missing, &FetchOptions::default(), &mut |_| {})?;
            source.repo().refresh()?;
        }
        for (id, target) in &targets {
            let commit = match source.repo().kind_of(*target)? {
                Kind::Tag => commit_id(source.repo().peel_tag(*target)?),
                _ => commit_id(*target),
            };
            if commit != versions[id] && !self.accepted.is_moved(id) {
                return Err(errors::version_moved(id, &source.url.to_string(), versions[id], commit));
            }
        }
        Ok(targets)
    }

    /// The refs of versions name their tags, those of versions that are here already too.
    fn use_tags(&self, targets: &BTreeMap<VersionId, Oid>, versions: &Contents, refs: &mut Refs) {
        for (id, target) in targets.iter().filter(|(id, target)| **target != oid(versions[id])) {
            let name = RefName::from(id.clone()).to_string();
            let edit = refs.edits.iter_mut().find(|edit| edit.name == name);
            match (edit, self.known.at(id)) {
                (Some(edit), _) => edit.new = Some(*target),
                (None, Some(at)) if at.commit == versions[id] && at.target == oid(at.commit) => {
                    refs.edits.push(RefEdit { name, old: Some(at.target), new: Some(*target) });
                }
                (None, _) => {}
            }
        }
    }
}
