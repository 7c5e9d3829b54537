//! A scope whose catalog and versions are at hand, compared with all that it promises.

use super::Recall;
use super::elsewhere::{Elsewhere, Questions};
use super::memory::{Accepted, TagsSeen, contents};
use super::seal::examine_seals;
use super::surroundings::cut_off;
use super::sworn::Sworn;
use crate::errors::for_shell;
use crate::git::url::RemoteUrl;
use crate::git::{Repo, commit_id, ends_of, oid};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ScopeName, VersionId};
use crate::ops::accepting::accepting;
use crate::ops::audit::{
    Ancestry, Answer, Examined, Facts, FactsOf, Finding, KnownFacts, Listing, Remembered, Tags, Witness,
    examine_dependencies, examine_history, examine_needed, examine_past, examine_pins, examine_tags, examine_versions,
    needed_by_what_stays, read_catalog, tag_fault,
};
use crate::ops::findings::Severity;
use crate::ops::trust::TagOf;
use crate::ops::{Progress, Workspace, history};
use crate::scope::{StoredVersion, TrackedCatalog};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

/// A scope whose catalog and versions are at hand.
pub struct Sight<'a> {
    /// Opens the repository in which they are.
    pub open: &'a (dyn Fn() -> Result<Repo> + Sync),
    /// Where it is.
    pub url: &'a RemoteUrl,
    /// The same, if that is a folder of this machine.
    pub folder: Option<&'a Path>,
    /// Its catalog.
    pub catalog: TrackedCatalog,
    /// Its tags.
    pub tags: Tags,
    /// Whose machine this is.
    pub workspace: Option<&'a Workspace>,
    /// Whether this is where that workspace says the scope is.
    pub station: Station,
    /// Who may sign.
    pub sworn: &'a Sworn,
    /// What was found right before, and is believed.
    pub known: &'a KnownFacts,
    /// What was found right before, believed or not.
    pub seen: &'a KnownFacts,
    /// What the tags were on.
    pub tags_seen: &'a TagsSeen,
    /// What of the catalog's past a person has accepted.
    pub accepted: &'a Accepted,
    /// Whether a person accepts what it is now.
    pub recall: Recall,
    /// The catalog whose history was read before.
    pub read_until: Option<CommitId>,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
}

/// Where a scope is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Station {
    /// Where it is, as far as this machine knows.
    Home,
    /// Somewhere else: a mirror of it, which may be behind.
    Mirror,
}

/// What was found out about a scope.
pub struct Seen {
    /// Its versions.
    pub examined: Examined,
    /// What other scopes were asked about what its versions need.
    pub questions: Questions,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What of the catalog's past was accepted now.
    pub accepted: Accepted,
}

impl Sight<'_> {
    /// Compares all of it.
    pub fn examine(&self) -> Result<Seen> {
        let repo = (self.open)()?;
        let mut findings = Vec::new();
        let listing = read_catalog(self.open, self.catalog.clone(), &mut findings)?;
        if !listing.is_readable {
            // With what it lists nothing can be compared.
            let (examined, questions, accepted) = Default::default();
            return Ok(Seen { examined, questions, findings, accepted });
        }
        let (mut before, of_past) = self.before(&repo, &listing)?;
        let accepted = self.settle(&repo, &listing, &mut before)?;
        findings.extend(self.tags(&repo, &listing, &before));
        findings.extend(self.seals(&listing)?);
        let mut examined = examine_versions(self.open, self.versions(&repo, &listing)?, self.known, self.progress)?;
        findings.append(&mut examined.findings);
        let facts: FactsOf = examined.facts.iter().map(|facts| (facts.commit, facts)).collect();
        let ancestry = Ancestry { repo: &repo, facts: &facts };
        findings.extend(self.signatures(&listing, &ancestry)?);
        for entry in listing.entries.values() {
            findings.extend(examine_history(&listing, entry, &ancestry));
            let of = |listed: &CatalogVersion| examine_dependencies(listed, facts.get(&listed.commit)?);
            findings.extend(entry.versions.iter().filter_map(of));
        }
        let needed_by = needed_by_what_stays(&listing);
        let questions = questions(&listing, &examined.facts, needed_by.keys());
        let elsewhere = Elsewhere::ask(self.workspace, &questions);
        findings.extend(pins(&listing, &examined.facts, &elsewhere));
        findings.extend(examine_needed(&listing, &needed_by, &self.tags));
        let is_known = |id: &VersionId, commit| self.is_known(&examined.facts, id, commit);
        findings.extend(elsewhere.examine_tags(&questions, &needed_by, &is_known));
        findings.extend(of_past);
        findings.extend(examine_past(&listing, before));
        Ok(Seen { examined, questions, findings, accepted })
    }

    /// Whether a content is what some version here was made with, or what this workspace knows it as.
    fn is_known(&self, facts: &[Facts], id: &VersionId, commit: CommitId) -> bool {
        let is_pin = |facts: &Facts| facts.needs.iter().any(|(needed, pin)| needed == id && *pin == Some(commit));
        let known = || self.workspace.and_then(|workspace| workspace.scope.known().ok()?.commit(&id.id, &id.version));
        facts.iter().any(is_pin) || known() == Some(commit)
    }

    /// What of a listed version is here to be looked at; that another one is missing is told of its tag.
    fn versions(&self, repo: &Repo, listing: &Listing) -> Result<Vec<(VersionId, CommitId)>> {
        let mut versions = Vec::new();
        for entry in listing.entries.values() {
            let id = listing.id(&entry.name);
            for listed in &entry.versions {
                let version = id.at(listed.version.clone());
                let has_tag = self.tags.versions.contains_key(&version);
                if has_tag || self.known.contains_key(&listed.commit) || repo.has(oid(listed.commit))? {
                    versions.push((version, listed.commit));
                }
            }
        }
        Ok(versions)
    }

    /// The tags of listed versions as objects.
    fn seals(&self, listing: &Listing) -> Result<Vec<Finding>> {
        let known = self.workspace.map(|workspace| workspace.scope.known()).transpose()?.unwrap_or_default();
        let tags = self.tags.all().filter(|tag| listing.lists(tag));
        // Without a workspace there is nothing here that it could differ from.
        let accept = |id: &VersionId| self.workspace.map(|workspace| accepting(workspace, id)).unwrap_or_default();
        let examine = |tag: TagOf| examine_seals(&tag, known.at(&tag.id), self.tags_seen.get(&tag.id), accept);
        Ok(tags.filter_map(examine).collect())
    }

    fn tags(&self, repo: &Repo, listing: &Listing, before: &[Remembered]) -> Vec<Finding> {
        let mut is_version = |id: &VersionId, value: crate::git::RefValue| {
            StoredVersion::read(repo, commit_id(value.commit())).is_ok_and(|stored| stored.id() == *id)
        };
        let ever: HashSet<&VersionId> = before.iter().map(|remembered| &remembered.id).collect();
        let was_listed = |id: &VersionId| ever.contains(id);
        let is_known = |id: &VersionId, commit| {
            let saw = |who| matches!(who, Witness::Workspace | Witness::Original | Witness::Memory);
            before.iter().any(|one| one.id == *id && one.commit == commit && saw(one.who))
                || listing.catalog.listed_first(repo, id).is_ok_and(|first| first == Some(commit))
        };
        let entries = listing.entries.values();
        let mut findings = examine_tags(listing.scope(), entries, &self.tags, &mut is_version, &was_listed, &is_known);
        for finding in findings.iter_mut().filter(|finding| finding.kind == "stray-tag") {
            finding.way_out = self.of_a_stray(listing.scope());
        }
        let annotated = self.tags.versions.iter().filter(|(_, value)| value.target != value.commit());
        for (id, value) in annotated {
            let fault = match tag_fault(repo, id, value.target, value.commit()) {
                Ok(fault) => fault,
                // What was found right before is not brought again.
                Err(_) if self.known.contains_key(&commit_id(value.commit())) => None,
                Err(error) => Some(format!("{error:#}")),
            };
            findings.extend(fault.map(|what| {
                let way_out = "an annotated tag names the version it is for: ask who made it";
                Finding::new("tag-form", Severity::Warning, id, what).way_out(way_out)
            }));
        }
        findings
    }

    /// Why a version may have its tag and not be listed, and what to do.
    fn of_a_stray(&self, scope: &ScopeName) -> String {
        let mirror = "its catalog comes last: the same \"bit mirror\" again brings it, or tells for what it waits";
        let export = |place: &str| {
            format!("an export was stopped: the same again finishes it, \"bit scope sweep {place}\" removes it")
        };
        match (self.station, self.workspace) {
            (Station::Mirror, _) => format!("of a mirror {mirror}"),
            (Station::Home, None) => {
                let export = export(&for_shell(&self.url.to_string()));
                format!("{export}; or this is a mirror: {mirror}")
            }
            (Station::Home, Some(_)) => export(scope.as_str()),
        }
    }

    /// Those of the versions that are listed and have their tags: what else is wrong with a tag is told elsewhere.
    fn signatures(&self, listing: &Listing, ancestry: &Ancestry) -> Result<Vec<Finding>> {
        let tags: Vec<TagOf> = self.tags.all().filter(|tag| listing.lists(tag)).collect();
        let mut findings = self.sworn.versions(listing, &tags, ancestry, self.progress)?;
        findings.extend(self.sworn.catalog(ancestry.repo, &listing.catalog)?);
        Ok(findings)
    }

    /// What this machine saw before, and what the catalog itself said before; and what keeps from comparing it.
    fn before(&self, repo: &Repo, listing: &Listing) -> Result<(Vec<Remembered>, Vec<Finding>)> {
        let mut before: Vec<Remembered> = Vec::new();
        let mut findings = Vec::new();
        let mut remember = |who, versions: &mut dyn Iterator<Item = (VersionId, CommitId)>| {
            before.extend(versions.map(|(id, commit)| Remembered { id, commit, who }));
        };
        if let Some(workspace) = self.workspace {
            let known = workspace.scope.known()?;
            if let Some(tracked) = known.catalogs.get(listing.scope()) {
                let mut seen = tracked_versions(workspace, tracked)?;
                let seen_last = tracked.as_published(workspace.scope.repo())?;
                let goes_on =
                    seen_last == listing.catalog.commit || history::holds(repo, listing.catalog.commit, seen_last)?;
                match self.station {
                    _ if goes_on => {}
                    Station::Home => findings.push(replaced(listing.scope())),
                    Station::Mirror => {
                        let is_behind = is_behind(workspace, tracked, listing, &seen)?;
                        findings.extend((!is_behind).then(|| no_mirror(listing.scope())));
                        // What it does not have yet is no fault of it.
                        seen.retain(|(id, _)| is_listed(listing, id));
                    }
                }
                let who = if matches!(self.station, Station::Home) { Witness::Workspace } else { Witness::Original };
                remember(who, &mut seen.drain(..));
            }
        }
        remember(Witness::Memory, &mut contents(self.seen).filter(|(id, _)| id.id.scope == *listing.scope()));
        match listing.catalog.ever_listed(repo, self.read_until) {
            Ok(past) => {
                remember(Witness::Catalog, &mut past.listed.into_iter());
                findings.extend(past.is_cut_off.then(|| cut_off(listing.scope(), self.folder)));
            }
            Err(error) => findings.push(Finding::of(listing.scope(), &error)),
        }
        Ok((before, findings))
    }

    /// What the catalog itself listed otherwise before: a person may have accepted that, or it was put right. What was
    /// accepted now.
    fn settle(&self, repo: &Repo, listing: &Listing, before: &mut Vec<Remembered>) -> Result<Accepted> {
        let mut accepted = Accepted::new();
        for one in before.iter_mut().filter(|one| one.who == Witness::Catalog) {
            let entry = listing.entries.get(&one.id.id.name);
            let now = entry.and_then(|entry| entry.version(&one.id.version)).map(|listed| listed.commit);
            if now == Some(one.commit) {
                continue;
            }
            if self.recall == Recall::Forgotten {
                accepted.insert((one.id.clone(), one.commit));
            } else if now.is_some() && listing.catalog.listed_first(repo, &one.id)? == now {
                one.who = Witness::PutRight;
            }
        }
        let is_settled = |one: &Remembered| {
            let told = (one.id.clone(), one.commit);
            matches!(one.who, Witness::Catalog | Witness::PutRight)
                && (self.accepted.contains(&told) || accepted.contains(&told))
        };
        before.retain(|one| !is_settled(one));
        Ok(accepted)
    }
}

fn replaced(scope: &ScopeName) -> Finding {
    let what = "its catalog does not go on from the one that this workspace saw last";
    Finding::new("scope-replaced", Severity::Error, scope, what).way_out(format!(
        "ask who made it anew or rolled it back; once you have looked at it, \"bit fetch --accept-replaced {scope}\", then the same command with --accept"
    ))
}

fn no_mirror(scope: &ScopeName) -> Finding {
    let what =
        format!("its catalog is neither an earlier nor a later one of that which this workspace knows of {scope}");
    let way_out = "somebody else wrote to one of the two: \"bit mirror\" tells what differs, and leaves it as it is";
    Finding::new("mirror-differs", Severity::Error, scope, what).way_out(way_out)
}

/// Whether a mirror has an earlier catalog of the scope. Where the history is left out here, what it lists tells.
fn is_behind(
    workspace: &Workspace,
    tracked: &TrackedCatalog,
    listing: &Listing,
    seen: &[(VersionId, CommitId)],
) -> Result<bool> {
    let local = workspace.scope.repo();
    if history::holds(local, tracked.commit, listing.catalog.commit)? {
        return Ok(true);
    }
    let known: BTreeMap<&VersionId, CommitId> = seen.iter().map(|(id, commit)| (id, *commit)).collect();
    let is_known = |entry: &CatalogEntry| {
        let id = listing.id(&entry.name);
        entry.versions.iter().all(|listed| known.get(&id.at(listed.version.clone())) == Some(&listed.commit))
    };
    Ok(!ends_of(local, [oid(tracked.commit)])?.is_empty() && listing.entries.values().all(is_known))
}

fn is_listed(listing: &Listing, id: &VersionId) -> bool {
    listing.entries.get(&id.id.name).is_some_and(|entry| entry.version(&id.version).is_some())
}

fn tracked_versions(workspace: &Workspace, tracked: &TrackedCatalog) -> Result<Vec<(VersionId, CommitId)>> {
    let mut versions = Vec::new();
    // One that can't be read is told by "bit doctor".
    for entry in tracked.entries(workspace.scope.repo()).unwrap_or_default() {
        let id = crate::model::ComponentId::new(tracked.scope.clone(), entry.name);
        versions.extend(entry.versions.into_iter().map(|listed| (id.at(listed.version), listed.commit)));
    }
    Ok(versions)
}

/// What other scopes have to say: all that are needed are asked what they list, and for the tags of what is needed by
/// versions that stay.
fn questions<'n>(listing: &Listing, facts: &[Facts], needed: impl Iterator<Item = &'n VersionId>) -> Questions {
    let mut questions = Questions::new();
    let of_facts = facts.iter().flat_map(|facts| facts.needs.iter().map(|(id, _)| &id.id.scope));
    for scope in of_facts.filter(|scope| *scope != listing.scope()) {
        if !questions.contains_key(scope) {
            questions.insert(scope.clone(), BTreeSet::new());
        }
    }
    for id in needed.filter(|id| id.id.scope != *listing.scope()) {
        questions.entry(id.id.scope.clone()).or_default().insert(id.clone());
    }
    questions
}

/// What the versions were made with, compared with what is listed now.
fn pins(listing: &Listing, facts: &[Facts], elsewhere: &Elsewhere) -> Vec<Finding> {
    let answer = |id: &VersionId| {
        if id.id.scope != *listing.scope() {
            return elsewhere.answer(id);
        }
        let listed = listing.entries.get(&id.id.name).and_then(|entry| entry.version(&id.version));
        listed.map_or(Answer::NotListed, |listed| Answer::Listed(listed.commit))
    };
    let by_id: BTreeMap<&VersionId, &Facts> = facts.iter().map(|facts| (&facts.id, facts)).collect();
    let needs = |id: &VersionId| match by_id.get(id) {
        Some(facts) => Some(facts.needs.iter().map(|(id, _)| id.clone()).collect()),
        None => elsewhere.needs(id),
    };
    let reaches = |from: &VersionId, to: &VersionId| reaches(&needs, from, to);
    let mut unknown = BTreeMap::new();
    let mut findings: Vec<Finding> =
        facts.iter().flat_map(|facts| examine_pins(facts, &answer, &reaches, &mut unknown)).collect();
    findings.extend(elsewhere.findings(unknown));
    findings
}

/// Whether a version needs another one, near or far; of what is not known nobody can tell, and it is let pass.
pub fn reaches(needs: &dyn Fn(&VersionId) -> Option<Vec<VersionId>>, from: &VersionId, to: &VersionId) -> bool {
    let (mut seen, mut next) = (HashSet::new(), vec![from.clone()]);
    while let Some(id) = next.pop() {
        if id == *to {
            return true;
        }
        if seen.contains(&id) {
            continue;
        }
        match needs(&id) {
            Some(needed) => next.extend(needed),
            None => return true,
        }
        seen.insert(id);
    }
    false
}
