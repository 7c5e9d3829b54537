//! Judging a push: what it would change must keep all that the scope promises.

mod tags;

use super::catalog::{Catalog, Entry, lost};
use super::names::{blocked, name_faults};
use crate::errors;
use crate::git::{Kind, Landing, Oid, RefName, RefUpdate, Repo, commit_id, refs};
use crate::model::{CommitId, ComponentId, ScopeName, VersionId};
use crate::ops::audit::{
    Ancestry, Answer, Examined, FactsOf, Finding, KnownFacts, Listing, entry_faults, examine_dependencies,
    examine_history, examine_modes, examine_pins, examine_versions,
};
use crate::ops::findings::Severity;
use crate::ops::{Quiet, history};
use crate::scope::TrackedCatalog;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// Judges what git hands to a pre-receive hook: how many changes may be taken; an error, where one may not.
pub fn receive(cwd: &Path, folder: Option<&Path>, updates: &str) -> Result<usize> {
    let landing = match folder {
        Some(folder) => Landing::at(cwd.join(folder)),
        None => Landing::of_environment(cwd),
    };
    let read = |line: &str| RefUpdate::parse(line).ok_or_else(|| errors::not_a_hook_input(line));
    let updates: Vec<RefUpdate> = updates.lines().map(read).collect::<Result<_>>()?;
    let faults = Push::read(&landing, &updates)?.faults()?;
    match faults.is_empty() {
        true => Ok(updates.len()),
        false => Err(errors::push_breaks_promises(&faults)),
    }
}

/// An entry that a push changes: as it was, and as it is to be.
type Change = (Option<Entry>, Entry);

/// A push that was not taken yet.
struct Push<'a> {
    landing: &'a Landing,
    repo: Repo,
    updates: &'a [RefUpdate],
    /// The branch of the catalog.
    branch: Option<String>,
    before: Option<Catalog>,
}

impl<'a> Push<'a> {
    fn read(landing: &'a Landing, updates: &'a [RefUpdate]) -> Result<Self> {
        let repo = landing.open()?;
        // What can't be read now may be mended by this very push.
        let before = match repo.head() {
            Ok(Some(head)) => Catalog::read(&repo, head, "this scope").unwrap_or_default(),
            Ok(None) | Err(_) => None,
        };
        let branch = repo.leads_to(refs::HEAD)?;
        Ok(Self { landing, branch, repo, updates, before })
    }

    fn faults(&self) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        let after = self.after(&mut faults)?;
        let Some(scope) = after.as_ref().or(self.before.as_ref()).map(|catalog| catalog.scope.clone()) else {
            // It is no scope yet: nothing is promised.
            return Ok(faults);
        };
        let catalogs: Vec<&Catalog> = self.before.iter().chain(&after).collect();
        faults.extend(name_faults(&scope, self.updates, &catalogs));
        faults.extend(self.roundabout()?);
        let made = self.tags(&scope, after.as_ref(), &mut faults)?;
        faults.extend(blocked(&self.repo, made.keys())?);
        let changed = match &after {
            Some(after) if faults.is_empty() => self.changed_entries(after, &mut faults)?,
            _ => Vec::new(),
        };
        let new = self.new_versions(&scope, &made, &changed, &mut faults)?;
        let open = || self.landing.open();
        let Examined { findings, facts, .. } = examine_versions(&open, new, &KnownFacts::new(), &Quiet)?;
        faults.extend(errors_of(findings));
        let facts: FactsOf = facts.iter().map(|facts| (facts.commit, facts)).collect();
        if let (Some(after), true) = (&after, faults.is_empty()) {
            faults.extend(self.compare(after, changed, &facts)?);
        }
        Ok(faults)
    }

    /// Refs that only lead to others: git changes, or deletes, what they lead to.
    fn roundabout(&self) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        for RefUpdate { name, .. } in self.updates {
            let end = self.repo.leads_to(name)?;
            faults.extend(end.map(|end| format!("{name} leads to {end}: push to that one by its name")));
        }
        Ok(faults)
    }

    /// The catalog that the push brings, where it is one that the branch may go on to.
    fn after(&self, faults: &mut Vec<String>) -> Result<Option<Catalog>> {
        let Some(update) = self.updates.iter().find(|update| Some(&update.name) == self.branch.as_ref()) else {
            return Ok(None);
        };
        let Some(new) = update.new else {
            faults
                .extend(self.before.is_some().then(|| format!("{} is the catalog, and can't be deleted", update.name)));
            return Ok(None);
        };
        if self.repo.kind_of(new)? != Kind::Commit {
            faults.push(format!("{}: the catalog is a commit, and this is none", update.name));
            return Ok(None);
        }
        if let (Some(old), Some(_)) = (update.old, &self.before)
            && !history::holds(&self.repo, commit_id(new), commit_id(old))?
        {
            let (new, old) = (commit_id(new).short(), commit_id(old).short());
            faults.push(format!("{}: the catalog only goes forward, and {new} does not go on from {old}", update.name));
            return Ok(None);
        }
        let after = match Catalog::read(&self.repo, new, "what is pushed") {
            Ok(after) => after,
            Err(error) => {
                faults.push(format!("{}: {}", update.name, errors::report(&error).message));
                return Ok(None);
            }
        };
        match (&self.before, &after) {
            (Some(_), None) => faults.push(format!("{}: it lacks {}", update.name, TrackedCatalog::INFO)),
            (Some(before), Some(after)) if before.scope != after.scope => {
                faults.push(format!("{}: this is the scope {}, and not {}", update.name, before.scope, after.scope));
            }
            _ => {}
        }
        if let Some(after) = &after {
            faults.extend(self.new_modes(after));
        }
        Ok(after)
    }

    /// What is no plain file in the catalog and was not there before.
    fn new_modes(&self, after: &Catalog) -> Vec<String> {
        let told = |catalog: &Catalog| {
            let tracked = TrackedCatalog { scope: catalog.scope.clone(), commit: catalog.commit };
            errors_of(examine_modes(&self.repo, &tracked).unwrap_or_default())
        };
        let before = self.before.as_ref().map(told).unwrap_or_default();
        told(after).into_iter().filter(|fault| !before.contains(fault)).collect()
    }

    /// The entries that the push changes, as they were and as they are to be. One that goes is no change that is allowed.
    fn changed_entries(&self, after: &Catalog, faults: &mut Vec<String>) -> Result<Vec<Change>> {
        let mut changed = Vec::new();
        let catalog = TrackedCatalog { scope: after.scope.clone(), commit: after.commit };
        let read = |blob: Oid, path: &str| -> Result<(Entry, Vec<u8>)> {
            let bytes = self.repo.blob(blob)?;
            Ok((catalog.parse(path, &bytes)?.into(), bytes))
        };
        let before = self.before.as_ref().map(|before| &before.files);
        for (path, blob) in &after.files {
            let old = before.and_then(|before| before.get(path));
            if old == Some(blob) {
                continue;
            }
            match read(*blob, path) {
                Ok((entry, bytes)) => {
                    faults.extend(errors_of(entry_faults(&after.scope, &entry, &bytes)));
                    changed.push((old.and_then(|old| read(*old, path).ok()).map(|(entry, _)| entry), entry));
                }
                Err(error) => faults.push(errors::report(&error).message),
            }
        }
        let gone = before.into_iter().flat_map(HashMap::keys).filter(|path| !after.files.contains_key(*path));
        faults.extend(
            gone.map(|path| format!("{}: the catalog only grows, and this would take it out", path.escape_debug())),
        );
        for (old, new) in &changed {
            faults.extend(old.iter().flat_map(|old| lost(&after.scope, old, new)));
        }
        changed.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        Ok(changed)
    }

    /// The versions to look at: those whose tags are made, and those that are listed from now on.
    fn new_versions(
        &self,
        scope: &ScopeName,
        made: &BTreeMap<VersionId, CommitId>,
        changed: &[Change],
        faults: &mut Vec<String>,
    ) -> Result<Vec<(VersionId, CommitId)>> {
        let mut new: BTreeSet<(VersionId, CommitId)> = made.iter().map(|(id, commit)| (id.clone(), *commit)).collect();
        for (old, entry) in changed {
            let component = ComponentId::new(scope.clone(), entry.name.clone());
            for listed in &entry.versions {
                let is_known = old.as_ref().is_some_and(|old| old.version(&listed.version).is_some());
                let id = component.at(listed.version.clone());
                if entry.is_removed(listed) && (is_known || !made.contains_key(&id)) {
                    continue;
                }
                let tag = match made.get(&id) {
                    Some(commit) => Some(*commit),
                    None => self.repo.reference(&RefName::in_scope(&id))?.and_then(|target| self.commit_of(target)),
                };
                match tag {
                    // What was listed before was looked at then; a version that is not removed any more may have lost its tag.
                    Some(commit) if commit == listed.commit && is_known => {}
                    Some(commit) if commit == listed.commit => drop(new.insert((id, commit))),
                    Some(commit) => faults.push(format!(
                        "{id}: the catalog would list {}, and its tag is on {}",
                        listed.commit.short(),
                        commit.short()
                    )),
                    None => faults.push(format!("{id}: the catalog would list it, and it has no tag")),
                }
            }
        }
        Ok(new.into_iter().collect())
    }

    /// The new versions beside what the catalog then says of them.
    fn compare(&self, after: &Catalog, changed: Vec<Change>, facts: &FactsOf) -> Result<Vec<String>> {
        let catalog = TrackedCatalog { scope: after.scope.clone(), commit: after.commit };
        let entries = changed.into_iter().map(|(_, entry)| (entry.name.clone(), entry.into_inner())).collect();
        let listing = Listing { catalog, is_readable: true, entries };
        let ancestry = Ancestry { repo: &self.repo, facts };
        let mut findings: Vec<Finding> = Vec::new();
        let answer = |id: &VersionId| self.answer(after, id);
        for entry in listing.entries.values() {
            findings.extend(examine_history(&listing, entry, &ancestry));
            for listed in &entry.versions {
                let Some(facts) = facts.get(&listed.commit) else { continue };
                findings.extend(examine_dependencies(listed, facts));
                // Whether what is not pinned is part of a cycle is for "bit verify".
                findings.extend(examine_pins(facts, &answer, &|_, _| true, &mut BTreeMap::new()));
            }
        }
        Ok(errors_of(findings))
    }

    /// What is known of a version that another one needs: of other scopes nothing, here.
    fn answer(&self, after: &Catalog, id: &VersionId) -> Answer {
        if id.id.scope != after.scope {
            return Answer::Unknown;
        }
        let entry = after.entry(&self.repo, &id.id.name).ok().flatten();
        let listed = entry.and_then(|entry| entry.version(&id.version).map(|listed| listed.commit));
        listed.map_or(Answer::NotListed, Answer::Listed)
    }
}

/// What of the form is refused too: no bit and no host makes it so, and versions never change.
const FORMS: [&str; 2] = ["file-mode", "unlisted-parent"];

fn errors_of(findings: Vec<Finding>) -> Vec<String> {
    let is_refused = |finding: &Finding| finding.severity == Severity::Error || FORMS.contains(&finding.kind);
    let errors = findings.into_iter().filter(is_refused);
    errors.map(|finding| format!("{}: {}", finding.place, finding.what)).collect()
}
