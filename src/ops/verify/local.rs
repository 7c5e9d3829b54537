//! The local scope: versions of many scopes, and their catalogs as they were last seen.

use super::memory::{Memory, Sound};
use super::sworn::Sworn;
use super::{Look, Recall};
use crate::git::{Repo, objects_stamp, refs_stamp};
use crate::model::{CommitId, VersionId, fingerprint};
use crate::ops::audit::{
    Ancestry, Answer, Facts, FactsOf, Finding, KnownFacts, Listing, examine_dependencies, examine_history,
    examine_objects, examine_pins, examine_versions, read_catalog,
};
use crate::ops::findings::Severity;
use crate::ops::trust::TagOf;
use crate::ops::{Progress, Workspace};
use crate::scope::Known;
use anyhow::{Result, anyhow};
use std::collections::{BTreeMap, BTreeSet};

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
    let (sound, key) = (memory.sound(recall), fingerprint(&[objects, refs_stamp(path), sworn.fingerprint].concat()));
    if sound.key == Some(key) {
        return Ok(Look { scope: None, versions: sound.versions, read: 0, findings: sound.findings() });
    }
    let is_read = sound.objects == Some(objects);
    let known_facts = if recall == Recall::Believed { memory.facts() } else { KnownFacts::new() };
    let known = workspace.scope.known()?;
    std::thread::scope(|threads| {
        // git reads all objects on a processor of its own meanwhile.
        let damage = threads.spawn(|| if is_read { None } else { examine_objects(path) });
        let open = || Repo::open(path);
        let mut findings = Vec::new();
        let mut examined = examine_versions(&open, versions(&known), &known_facts, progress)?;
        findings.append(&mut examined.findings);
        let mut listings = Vec::new();
        for catalog in known.catalogs.values() {
            // That a front page or a card could be nicer is for the scope's own verification.
            let mut found = Vec::new();
            listings.push(read_catalog(&open, catalog.clone(), &mut found)?);
            findings.extend(found.into_iter().filter(|found| found.severity != Severity::Notice).map(|f| f.with(None)));
        }
        findings.extend(compare(repo, &known, &listings, &examined.facts));
        for listing in &listings {
            findings.extend(sworn.versions(repo, listing.scope(), &published(&known, listing), progress)?);
        }
        let damage = damage.join().map_err(|_| anyhow!("the thread that waits for git fsck panicked"))?;
        let is_whole = damage.is_none();
        findings.extend(damage);
        let versions = examined.looked_at;
        let sound = Sound { key: Some(key), objects: is_whole.then_some(objects), versions, ..Sound::default() };
        let are_sound: BTreeSet<CommitId> = examined.sound.into_iter().collect();
        memory.keep(sound, &findings, examined.facts.into_iter().filter(|facts| are_sound.contains(&facts.commit)));
        Ok(Look { scope: None, versions, read: examined.read, findings })
    })
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
    let mut listed: BTreeMap<VersionId, CommitId> = BTreeMap::new();
    let mut findings = Vec::new();
    for listing in listings {
        for entry in listing.entries.values() {
            findings.extend(examine_history(listing, entry, &ancestry));
            let id = listing.id(&entry.name);
            for version in &entry.versions {
                let at = id.at(version.version.clone());
                let here = known.commit(&id, &version.version);
                findings.extend(by_commit.get(&version.commit).and_then(|facts| examine_dependencies(version, facts)));
                findings.extend(
                    here.filter(|here| *here != version.commit).map(|here| other_content(&at, here, version.commit)),
                );
                listed.insert(at, version.commit);
            }
        }
    }
    let answer = |id: &VersionId| {
        let here = || known.commit(&id.id, &id.version);
        listed.get(id).copied().or_else(here).map_or(Answer::Unknown, Answer::Listed)
    };
    let needs = |id: &VersionId| Some(by_id.get(id)?.needs.iter().map(|(id, _)| id.clone()).collect());
    let reaches = |from: &VersionId, to: &VersionId| super::sight::reaches(&needs, from, to);
    // What is not known here is no fault of the local scope.
    let mut unknown = BTreeMap::new();
    findings.extend(facts.iter().flat_map(|facts| examine_pins(facts, &answer, &reaches, &mut unknown)));
    findings
}

fn other_content(id: &VersionId, here: CommitId, there: CommitId) -> Finding {
    let what = format!("it is {} here, and {} in its scope: two people took the number", here.short(), there.short());
    let finding = Finding::new("other-content", Severity::Notice, id, what);
    finding.way_out(format!("\"bit merge\" joins the two, \"bit reset {id}\" takes back the one here"))
}
