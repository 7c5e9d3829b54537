//! The versions of a component are made from one another.

use super::{ASK, Facts, Finding, Listing, Remedy, admissible};
use crate::errors;
use crate::git::{Repo, oid};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentId, Lineage, Origin, Version};
use crate::ops::findings::Severity;
use crate::scope::VersionCommit;
use anyhow::Result;
use std::collections::{HashMap, HashSet};

/// The way out where a catalog is right but for that.
const OUTPACED: &str = "the same command with --fix says in the catalog which one is; so does the export of a version that is made from it";

/// The facts of versions by their content.
pub type FactsOf<'f> = HashMap<CommitId, &'f Facts>;

/// Where the versions come from that no catalog lists: a merge keeps those that lost their number.
pub struct Ancestry<'a> {
    /// Where commits are read that are not listed; one that is not here is none of this machine's affair.
    pub repo: &'a Repo,
    /// The versions that were looked at.
    pub facts: &'a FactsOf<'a>,
}

impl Ancestry<'_> {
    fn parents(&self, commit: CommitId) -> Result<Vec<CommitId>> {
        match self.facts.get(&commit) {
            Some(facts) => Ok(facts.parents.clone()),
            None if self.repo.has(oid(commit))? => {
                Ok(self.repo.commit(oid(commit))?.parents.into_iter().map(crate::git::commit_id).collect())
            }
            None => Ok(Vec::new()),
        }
    }

    /// Whether a version is one of the main line; `None` for one that is not here.
    fn is_main(&self, commit: CommitId) -> Result<Option<bool>> {
        Ok(match self.facts.get(&commit) {
            Some(facts) => Some(!facts.is_maintenance),
            None if self.repo.has(oid(commit))? => {
                // What is no version at all is told elsewhere.
                VersionCommit::read(self.repo, commit).ok().map(|made| made.lineage == Lineage::Main)
            }
            None => None,
        })
    }

    /// Whether a commit can be read.
    fn knows(&self, commit: CommitId) -> bool {
        self.facts.contains_key(&commit) || self.repo.commit(oid(commit)).is_ok()
    }

    /// Versions and all that they were made from.
    pub fn all(&self, from: impl IntoIterator<Item = CommitId>) -> Result<HashSet<CommitId>> {
        let (mut seen, mut next) = (HashSet::new(), Vec::from_iter(from));
        while let Some(commit) = next.pop() {
            if seen.insert(commit) {
                next.extend(self.parents(commit)?);
            }
        }
        Ok(seen)
    }

    /// The same as far as commits can be read, and whether that is all of it. What is damaged is told elsewhere.
    pub fn readable(&self, from: impl IntoIterator<Item = CommitId>) -> (HashSet<CommitId>, bool) {
        let (mut seen, mut next, mut is_whole) = (HashSet::new(), Vec::from_iter(from), true);
        while let Some(commit) = next.pop() {
            if seen.insert(commit) {
                match self.parents(commit) {
                    Ok(parents) => next.extend(parents),
                    Err(_) => is_whole = false,
                }
            }
        }
        (seen, is_whole)
    }

    /// Which of the versions beside a head was made from it. Each commit is looked at once: there may be thousands.
    fn later<'l>(&self, head: &CatalogVersion, beside: &[&'l CatalogVersion]) -> Result<Option<Later<'l>>> {
        let mut children: HashMap<CommitId, Vec<CommitId>> = HashMap::new();
        for commit in self.all(beside.iter().map(|listed| listed.commit))? {
            for parent in self.parents(commit)? {
                children.entry(parent).or_default().push(commit);
            }
        }
        let (mut made_from_it, mut next) = (HashSet::new(), vec![head.commit]);
        while let Some(commit) = next.pop() {
            if made_from_it.insert(commit) {
                next.extend(children.get(&commit).into_iter().flatten());
            }
        }
        // What has all the others in its history is the only one of which nothing was made.
        let mut ends = beside.iter().filter(|listed| !children.contains_key(&listed.commit));
        if let Some(end) = ends.next()
            && made_from_it.contains(&end.commit)
            && ends.all(|other| other.commit == end.commit)
        {
            return Ok(Some(Later::Newest(end)));
        }
        Ok(beside.iter().rev().find(|listed| made_from_it.contains(&listed.commit)).map(|listed| Later::One(listed)))
    }

    /// Whether something in the history of a version is one of these.
    fn continues(&self, commit: CommitId, is_one: impl Fn(&CommitId) -> bool) -> Result<bool> {
        let (mut seen, mut next) = (HashSet::new(), self.parents(commit)?);
        while let Some(commit) = next.pop() {
            if is_one(&commit) {
                return Ok(true);
            }
            if seen.insert(commit) {
                next.extend(self.parents(commit)?);
            }
        }
        Ok(false)
    }

    /// What a parent is that is no version of this component.
    fn stranger(&self, id: &ComponentId, parent: CommitId) -> Result<Option<String>> {
        if let Some(facts) = self.facts.get(&parent) {
            return Ok((facts.id.id != *id).then(|| facts.id.to_string()));
        }
        if !self.repo.has(oid(parent))? {
            return Ok(None);
        }
        Ok(match VersionCommit::read(self.repo, parent) {
            Ok(made) if made.id.id == *id => None,
            Ok(made) => Some(made.id.to_string()),
            Err(_) => Some("no version".into()),
        })
    }
}

/// A version that was made from the one that is called the newest.
enum Later<'l> {
    /// All the others are in its history.
    Newest(&'l CatalogVersion),
    /// One of several lines.
    One(&'l CatalogVersion),
}

/// Looks at what the versions of a component were made from.
pub fn examine_history(listing: &Listing, entry: &CatalogEntry, ancestry: &Ancestry) -> Vec<Finding> {
    let id = listing.id(&entry.name);
    match look(&id, entry, ancestry) {
        Ok(findings) => findings,
        Err(error) => vec![Finding::of(&id, &error)],
    }
}

fn look(id: &ComponentId, entry: &CatalogEntry, ancestry: &Ancestry) -> Result<Vec<Finding>> {
    let mut findings = strangers(id, entry, ancestry)?;
    findings.extend(unlisted(id, entry, ancestry)?);
    findings.extend(entry.versions.iter().filter_map(|listed| other_origin(id, listed, ancestry)));
    // Where the head itself is not here, that is told already.
    let Some(head) = entry.version(&entry.head) else { return Ok(findings) };
    if ancestry.is_main(head.commit)?.is_none() {
        return Ok(findings);
    }
    let line = ancestry.all([head.commit])?;
    let mut beside = Vec::new();
    for listed in entry.versions.iter().filter(|listed| !line.contains(&listed.commit)) {
        // A copy's line is that of what it was copied from.
        if listed.origin.is_none() && ancestry.is_main(listed.commit)? == Some(true) {
            beside.push(listed);
        }
    }
    if let Some(finding) = wrong_head(id, entry, head, &beside, ancestry)? {
        findings.push(finding);
        return Ok(findings);
    }
    // What a listed version was made from that can't be read nobody can tell, and why it can't is told of that one. Of what
    // no catalog lists this does not hold: who cuts a history could hide behind it.
    let is_dark = |listed: &CatalogVersion| line.contains(&listed.commit) && !ancestry.knows(listed.commit);
    if !beside.is_empty() && entry.versions.iter().any(is_dark) {
        beside.clear();
    }
    for listed in beside {
        let what = format!("the newest version, {}, was not made from it: the history was cut", entry.head);
        findings
            .push(Finding::new("not-in-history", Severity::Error, id.at(listed.version.clone()), what).way_out(ASK));
    }
    findings.extend(rootless(id, entry, ancestry)?);
    Ok(findings)
}

/// A version of the main line was made from the one that is called the newest. It is, or a later one, if all the others
/// are in its history.
fn wrong_head(
    id: &ComponentId,
    entry: &CatalogEntry,
    head: &CatalogVersion,
    beside: &[&CatalogVersion],
    ancestry: &Ancestry,
) -> Result<Option<Finding>> {
    let Some(later) = ancestry.later(head, beside)? else { return Ok(None) };
    let (later, newest) = match later {
        Later::Newest(listed) => (listed, Some(listed)),
        Later::One(listed) => (listed, None),
    };
    let what = format!("the catalog calls {} its newest, and {} was made from that", entry.head, later.version);
    let finding = Finding::new("wrong-head", Severity::Error, id, what);
    let remedy = |newest: &CatalogVersion| {
        let (was, is) = (entry.head.clone(), newest.version.clone());
        Remedy::Head { name: entry.name.clone(), was, is }
    };
    Ok(Some(match newest {
        Some(newest) => finding.way_out(OUTPACED).with(Some(remedy(newest))),
        None => finding.way_out(ASK),
    }))
}

/// A copy says by itself what it was copied from, and the catalog says it of the copy.
fn other_origin(id: &ComponentId, listed: &CatalogVersion, ancestry: &Ancestry) -> Option<Finding> {
    let says = ancestry.facts.get(&listed.commit)?.origin.as_ref();
    let is_said = listed.origin.as_ref();
    if is_said == says {
        return None;
    }
    let told = |origin: Option<&Origin>| match origin {
        Some(origin) => format!("a copy of {} ({})", origin.id, origin.commit.short()),
        None => "no copy".to_owned(),
    };
    let what = format!("the catalog calls it {}, its commit {}", told(is_said), told(says));
    let place = id.at(listed.version.clone());
    Some(Finding::new("origin-differs", Severity::Error, place, what).way_out(ASK))
}

/// Parents that are no versions of the component.
fn strangers(id: &ComponentId, entry: &CatalogEntry, ancestry: &Ancestry) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for listed in &entry.versions {
        let Some(facts) = ancestry.facts.get(&listed.commit) else { continue };
        for parent in &facts.parents {
            if let Some(other) = ancestry.stranger(id, *parent)? {
                let what = format!("its commit has a parent, {}, that is {other}", parent.short());
                let place = id.at(listed.version.clone());
                findings.push(Finding::new("wrong-parent", Severity::Error, place, what).way_out(ASK));
            }
        }
    }
    Ok(findings)
}

/// What versions were made from and no catalog lists: what lost its number to another one stays in the history of what
/// continues it. It was a version, and where it has no listed one beside it, an older one; who hides something else there
/// is told. A copy has the line of what it was copied from, and a tag that no catalog lists is told by itself.
fn unlisted(id: &ComponentId, entry: &CatalogEntry, ancestry: &Ancestry) -> Result<Vec<Finding>> {
    let mut seen: HashSet<CommitId> = entry.versions.iter().map(|listed| listed.commit).collect();
    let mut findings = Vec::new();
    for version in entry.versions.iter().filter(|version| version.origin.is_none()) {
        let Some(facts) = ancestry.facts.get(&version.commit).filter(|facts| facts.origin.is_none()) else { continue };
        let place = id.at(version.version.clone());
        let bound = Some(&version.version).filter(|_| facts.parents.len() == 1);
        let mut next = facts.parents.clone();
        while let Some(commit) = next.pop() {
            if !seen.insert(commit) || ancestry.facts.contains_key(&commit) || !ancestry.repo.has(oid(commit))? {
                continue;
            }
            match hidden_fault(ancestry.repo, (id, bound), commit) {
                None => next.extend(ancestry.parents(commit)?),
                // A parent that is no version of the component is told already.
                Some(Hidden::Stranger(_)) if facts.parents.contains(&commit) => {}
                Some(Hidden::Stranger(why) | Hidden::Unsound(why)) => {
                    let what = format!("it was made from {}, which is not listed: {why}", commit.short());
                    findings.push(Finding::new("unlisted-parent", Severity::Warning, &place, what).way_out(ASK));
                }
            }
        }
    }
    Ok(findings)
}

/// What is wrong with something that no catalog lists.
enum Hidden {
    /// It is no version of the component.
    Stranger(String),
    /// It is none that could have been there before.
    Unsound(String),
}

fn hidden_fault(repo: &Repo, (id, bound): (&ComponentId, Option<&Version>), commit: CommitId) -> Option<Hidden> {
    let made = match VersionCommit::read(repo, commit) {
        Ok(made) if made.id.id == *id => made,
        Ok(made) => return Some(Hidden::Stranger(format!("it is {}", made.id))),
        Err(_) => return Some(Hidden::Stranger("it is no version".into())),
    };
    if bound.is_some_and(|bound| made.id.version >= *bound) {
        return Some(Hidden::Unsound(format!("it calls itself {}, which is not older", made.id.version)));
    }
    admissible(repo, &made.id, commit).err().map(|error| Hidden::Unsound(errors::report(&error).message))
}

/// A maintenance version continues some version that is listed.
fn rootless(id: &ComponentId, entry: &CatalogEntry, ancestry: &Ancestry) -> Result<Vec<Finding>> {
    let listed: HashSet<CommitId> = entry.versions.iter().map(|listed| listed.commit).collect();
    let mut findings = Vec::new();
    for version in entry.versions.iter().skip(1) {
        let is_maintenance = ancestry.facts.get(&version.commit).is_some_and(|facts| facts.is_maintenance);
        if !is_maintenance || version.origin.is_some() {
            continue;
        }
        if !ancestry.continues(version.commit, |commit| listed.contains(commit))? {
            let what = "it is a maintenance version, and was made from no version that is listed";
            let place = id.at(version.version.clone());
            findings.push(Finding::new("not-in-history", Severity::Error, place, what).way_out(ASK));
        }
    }
    Ok(findings)
}
