//! The local scope: versions of many scopes, and their catalogs as they were last seen.

use super::local_tags::LocalTags;
use super::memory::{Accepted, Memory, Sound, TagsSeen};
use super::surroundings::examine_refs;
use super::sworn::Sworn;
use super::{Look, Recall};
use crate::git::{Repo, objects_stamp, refs_stamp};
use crate::model::{CommitId, ComponentId, Fingerprint, Version, VersionId, fingerprint};
use crate::ops::audit::{
    Ancestry, Answer, Examined, Facts, FactsOf, Finding, KnownFacts, Listing, examine_dependencies, examine_history,
    examine_objects, examine_pins, examine_versions, read_catalog,
};
use crate::ops::findings::Severity;
use crate::ops::trust::TagOf;
use crate::ops::{Progress, Workspace};
use crate::scope::{Known, KnownComponent, KnownVersion};
use crate::workspace::BitmapEntry;
use anyhow::{Result, anyhow};
use std::collections::{BTreeMap, BTreeSet};

/// What is found of a commit that is not the version it is taken for.
const OF_ANOTHER: [&str; 2] = ["version-of-another", "not-a-version"];

/// Looks at all of it.
pub fn look(
    workspace: &Workspace,
    memory: &Memory,
    sworn: &Sworn,
    recall: Recall,
    progress: &dyn Progress,
) -> Result<Look> {
    let repo = workspace.scope.repo();
    let path = repo.path();
    let objects = objects_stamp(path);
    let (sound, key) = (
        memory.sound(recall),
        fingerprint(&[objects, refs_stamp(path), sworn.fingerprint, records_stamp(workspace)].concat()),
    );
    if sound.key == Some(key) {
        return Ok(Look { scope: None, versions: sound.versions, read: 0, findings: sound.findings() });
    }
    let is_read = sound.objects == Some(objects);
    let (seen, tags_seen) = memory.seen();
    let known_facts = if recall == Recall::Believed { seen } else { KnownFacts::new() };
    let known = workspace.scope.known()?;
    std::thread::scope(|threads| {
        // git reads all objects on a processor of its own meanwhile.
        let damage = threads.spawn(|| if is_read { examine_refs(path) } else { examine_objects(path) });
        let comparison = Comparison { workspace, memory, sworn, known: &known, tags_seen: &tags_seen };
        let (examined, mut findings) = comparison.examine(&known_facts, progress)?;
        let damage = damage.join().map_err(|_| anyhow!("the thread that waits for git fsck panicked"))?;
        let is_whole = damage.is_none();
        findings.extend(damage);
        let versions = examined.looked_at;
        let sound = Sound { key: Some(key), objects: is_whole.then_some(objects), versions, ..Sound::default() };
        let are_sound: BTreeSet<CommitId> = examined.sound.into_iter().collect();
        let facts = examined.facts.into_iter().filter(|facts| are_sound.contains(&facts.commit));
        memory.keep(
            sound,
            &findings,
            facts,
            all_tags(&known).filter(|tag| are_sound.contains(&tag.commit)),
            Accepted::new(),
        );
        Ok(Look { scope: None, versions, read: examined.read, findings })
    })
}

/// The local scope with all that it is compared with.
struct Comparison<'a> {
    workspace: &'a Workspace,
    memory: &'a Memory,
    sworn: &'a Sworn,
    known: &'a Known,
    tags_seen: &'a TagsSeen,
}

impl Comparison<'_> {
    /// Its versions, and what is wrong but for objects that are damaged.
    fn examine(&self, known_facts: &KnownFacts, progress: &dyn Progress) -> Result<(Examined, Vec<Finding>)> {
        let (repo, known) = (self.workspace.scope.repo(), self.known);
        let path = repo.path();
        let open = || Repo::open(path);
        let mut findings = Vec::new();
        let mut examined = examine_versions(&open, versions(known), known_facts, progress)?;
        findings.append(&mut examined.findings);
        let mut listings = Vec::new();
        for catalog in known.catalogs.values() {
            // That a front page or a card could be nicer is for the scope's own verification.
            let mut found = Vec::new();
            listings.push(read_catalog(&open, catalog.clone(), &mut found)?);
            findings.extend(found.into_iter().filter(|found| found.severity != Severity::Notice).map(|f| f.with(None)));
        }
        findings.extend(compare(repo, known, &listings, &examined.facts));
        let (listed, mut settled) = (listed(&listings), settled(repo, known, &listings)?);
        settled.extend(self.memory.accepted());
        let tags = LocalTags { workspace: self.workspace, known, seen: self.tags_seen, listed, settled };
        let mut of_tags = tags.examine(&examined.facts);
        // What a tag is on that was moved says nothing of the version.
        let moved: BTreeSet<String> = of_tags.iter().map(|finding| finding.place.clone()).collect();
        findings.retain(|finding| !moved.contains(&finding.place) || !OF_ANOTHER.contains(&finding.kind));
        findings.append(&mut of_tags);
        let by_commit: FactsOf = examined.facts.iter().map(|facts| (facts.commit, facts)).collect();
        let ancestry = Ancestry { repo, facts: &by_commit };
        for listing in &listings {
            findings.extend(self.sworn.versions(listing, &published(known, listing), &ancestry, progress)?);
        }
        Ok((examined, findings))
    }
}

fn versions(known: &Known) -> Vec<(VersionId, CommitId)> {
    let of = known.components.iter();
    of.flat_map(|(id, known)| known.versions.iter().map(|(version, at)| (id.at(version.clone()), at.commit))).collect()
}

/// The versions here that their scope lists. What is only staged, the tag or the export that is to come may judge.
fn published(known: &Known, listing: &Listing) -> Vec<TagOf> {
    let mut tags = Vec::new();
    for entry in listing.entries.values() {
        let id = listing.id(&entry.name);
        for listed in &entry.versions {
            let id = id.at(listed.version.clone());
            let here = known.at(&id).filter(|at| at.commit == listed.commit);
            tags.extend(here.map(|at| TagOf { id, target: at.target, commit: at.commit }));
        }
    }
    tags
}

fn compare(repo: &Repo, known: &Known, listings: &[Listing], facts: &[Facts]) -> Vec<Finding> {
    let by_commit: FactsOf = facts.iter().map(|facts| (facts.commit, facts)).collect();
    let by_id: BTreeMap<&VersionId, &Facts> = facts.iter().map(|facts| (&facts.id, facts)).collect();
    let ancestry = Ancestry { repo, facts: &by_commit };
    let listed = listed(listings);
    let mut findings = Vec::new();
    for listing in listings {
        for entry in listing.entries.values() {
            findings.extend(examine_history(listing, entry, &ancestry));
            for version in &entry.versions {
                findings.extend(by_commit.get(&version.commit).and_then(|facts| examine_dependencies(version, facts)));
            }
        }
    }
    let here = |id: &VersionId| known.commit(&id.id, &id.version);
    let answer = |id: &VersionId| listed.get(id).copied().or_else(|| here(id)).map_or(Answer::Unknown, Answer::Listed);
    // What is only staged here was made with what is staged here, whoever else took the number.
    let answer_staged = |id: &VersionId| here(id).map_or_else(|| answer(id), Answer::Listed);
    let needs = |id: &VersionId| Some(by_id.get(id)?.needs.iter().map(|(id, _)| id.clone()).collect());
    let reaches = |from: &VersionId, to: &VersionId| super::sight::reaches(&needs, from, to);
    // What is not known here is no fault of the local scope.
    let mut unknown = BTreeMap::new();
    for facts in facts {
        let is_staged = listed.get(&facts.id) != Some(&facts.commit);
        let answer: &dyn Fn(&VersionId) -> Answer = if is_staged { &answer_staged } else { &answer };
        findings.extend(examine_pins(facts, answer, &reaches, &mut unknown));
    }
    findings
}

/// What the catalogs list.
fn listed(listings: &[Listing]) -> BTreeMap<VersionId, CommitId> {
    let mut listed = BTreeMap::new();
    for listing in listings {
        for entry in listing.entries.values() {
            let id = listing.id(&entry.name);
            listed.extend(entry.versions.iter().map(|one| (id.at(one.version.clone()), one.commit)));
        }
    }
    listed
}

/// What scopes had listed before, of those that list something else under a number than what is here.
fn settled(repo: &Repo, known: &Known, listings: &[Listing]) -> Result<BTreeSet<(VersionId, CommitId)>> {
    let mut settled = BTreeSet::new();
    for listing in listings {
        let differs = |(id, listed): (VersionId, CommitId)| known.at(&id).is_some_and(|at| at.commit != listed);
        if listed(std::slice::from_ref(listing)).into_iter().any(differs) {
            settled.extend(listing.catalog.ever_listed(repo, None)?.listed);
        }
    }
    Ok(settled)
}

fn all_tags(known: &Known) -> impl Iterator<Item = TagOf> {
    let of = |(id, known): (&ComponentId, &KnownComponent)| {
        let id = id.clone();
        let tag = move |(version, at): (&Version, &KnownVersion)| TagOf {
            id: id.at(version.clone()),
            target: at.target,
            commit: at.commit,
        };
        known.versions.iter().map(tag).collect::<Vec<_>>()
    };
    known.components.iter().flat_map(of)
}

/// What .bitmap says of versions.
fn records_stamp(workspace: &Workspace) -> Fingerprint {
    let record = |entry: &BitmapEntry| format!("{} {:?} {:?}\n", entry.id(), entry.version, entry.commit);
    fingerprint(workspace.bitmap.entries().map(record).collect::<String>().as_bytes())
}
