//! The tags of the local scope, beside what scopes list, what was seen before, and what .bitmap means.

use super::memory::{TagSeen, TagsSeen};
use super::seal::told;
use crate::errors;
use crate::git::{Oid, RefEdit, RefName, oid};
use crate::model::{CommitId, VersionId};
use crate::ops::accepting::accepting;
use crate::ops::audit::{Facts, Finding, Remedy, admissible};
use crate::ops::findings::Severity;
use crate::ops::{Progress, Transaction, Workspace};
use crate::scope::{Known, KnownVersion};
use crate::workspace::Base;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// What is compared.
pub struct LocalTags<'a> {
    /// Whose they are.
    pub workspace: &'a Workspace,
    /// The tags.
    pub known: &'a Known,
    /// What they were when they were seen first. What bit itself changes, it forgets.
    pub seen: &'a TagsSeen,
    /// What the scopes listed when they were last seen.
    pub listed: BTreeMap<VersionId, CommitId>,
    /// What they had listed before that, where it matters.
    pub settled: BTreeSet<(VersionId, CommitId)>,
}

/// What the scope itself had listed before it listed something else.
fn exchanged(id: &VersionId, here: CommitId, listed: CommitId, accepted: &str) -> Finding {
    let (here, there) = (here.short(), listed.short());
    let what = format!("its scope listed it as {here}, as it is here, and lists {there} now");
    Finding::new("version-changed", Severity::Error, id, what).way_out(format!(
        "a version never changes: ask who runs the scope; once you have looked at it, \"{accepted}\" takes the other one"
    ))
}

/// How a person who has looked goes on.
const ACCEPT: &str = "once you have looked at it, \"bit verify --accept\" takes it as it is";

impl LocalTags<'_> {
    /// What is wrong with them. `facts` are those of the versions that can be read.
    pub fn examine(&self, facts: &[Facts]) -> Vec<Finding> {
        let named: HashMap<CommitId, &VersionId> = facts.iter().map(|facts| (facts.commit, &facts.id)).collect();
        let mut findings = Vec::new();
        for (id, listed) in &self.listed {
            findings.extend(match self.known.at(id) {
                Some(at) if at.commit != *listed => {
                    let is_version = named.get(&at.commit).is_some_and(|named| *named == id);
                    Some(self.other_content(id, at, *listed, is_version))
                }
                _ => None,
            });
        }
        for (id, seen) in self.seen {
            findings.extend(match (self.known.at(id), self.listed.get(id)) {
                // That is told already.
                (Some(at), Some(listed)) if at.commit != *listed => None,
                (Some(at), _) if at.target == seen.target() => None,
                (Some(at), _) => Some(self.changed(id, at, *seen)),
                (None, Some(listed)) if *listed != seen.commit => None,
                (None, listed) => Some(self.gone(id, seen.target(), seen.commit, listed.is_some())),
            });
        }
        findings.extend(self.records());
        findings
    }

    /// A number that stands for something else here than in its scope. Two people may have taken it: what the scope lists
    /// never was here then.
    fn other_content(&self, id: &VersionId, at: KnownVersion, listed: CommitId, is_version: bool) -> Finding {
        if self.settled.contains(&(id.clone(), at.commit)) {
            return exchanged(id, at.commit, listed, &accepting(self.workspace, id));
        }
        let was_here = self.seen.get(id).is_some_and(|seen| seen.commit == listed);
        if is_version && !was_here && !self.is_recorded(id, listed) {
            let (here, there) = (at.commit.short(), listed.short());
            let what = format!("it is {here} here, and {there} in its scope: two people took the number");
            let finding = Finding::new("other-content", Severity::Notice, id, what);
            return finding.way_out(format!(
                "\"bit merge\" joins the two, \"bit reset {id}\" takes back the one here (--force where others need it; \"bit import\" then brings the scope's)"
            ));
        }
        let what = format!("its tag here is on {}, its scope lists {}", at.commit.short(), listed.short());
        let remedy = self.remedy(id, self.target_of(id, listed), listed);
        let way_out = match remedy.is_some() {
            true => "somebody moved the tag here: \"bit verify --fix\" puts it back".to_owned(),
            false => format!(
                "somebody moved the tag here, and what the scope lists is not here: {}",
                accepting(self.workspace, id)
            ),
        };
        Finding::new("version-moved", Severity::Error, id, what).way_out(way_out).with(remedy)
    }

    /// Whether .bitmap means this content under this number.
    fn is_recorded(&self, id: &VersionId, listed: CommitId) -> bool {
        let entry = self.workspace.bitmap.entries().find(|entry| entry.id() == id.id);
        entry.is_some_and(|entry| {
            let is_version = entry.version.as_ref() == Some(&id.version) && entry.commit == Some(listed);
            let is_base = |base: &Base| base.version == id.version && base.commit == listed;
            is_version || entry.base.as_ref().is_some_and(is_base)
        })
    }

    fn changed(&self, id: &VersionId, at: KnownVersion, seen: TagSeen) -> Finding {
        if at.commit != seen.commit {
            let what = format!("it was verified as {}, its tag is on {} now", seen.commit.short(), at.commit.short());
            return self.put_back(Finding::new("version-changed", Severity::Error, id, what), id, seen);
        }
        let (before, now) = (told(seen.target(), seen.commit), told(at.target, at.commit));
        let what = format!("it was verified with {before}, now it has {now}");
        self.put_back(Finding::new("tag-changed", Severity::Error, id, what), id, seen)
    }

    /// Back to what was seen, if that is here.
    fn put_back(&self, finding: Finding, id: &VersionId, seen: TagSeen) -> Finding {
        let remedy = self.remedy(id, seen.target(), seen.commit);
        let way_out = match remedy.is_some() {
            true => format!("bit did not do that: \"bit verify --fix\" puts it back; {ACCEPT}"),
            false => format!("bit did not do that, and what it was is not here any more; {ACCEPT}"),
        };
        finding.way_out(way_out).with(remedy)
    }

    /// A tag that bit did not take back.
    fn gone(&self, id: &VersionId, target: Oid, commit: CommitId, is_listed: bool) -> Finding {
        let remedy = self.remedy(id, target, commit);
        let (severity, what) = match is_listed {
            true => (Severity::Warning, "it was here, and its tag is gone"),
            false => (Severity::Error, "it was here, its tag is gone, and no scope that is known here lists it"),
        };
        let way_out = match (remedy.is_some(), is_listed) {
            (true, _) => format!("\"bit verify --fix\" puts it back; {ACCEPT}"),
            (false, true) => format!("\"bit import --objects {id}\" brings it back"),
            (false, false) => format!("it is not here any more: a backup may have it; {ACCEPT}"),
        };
        Finding::new("version-gone", severity, id, what).way_out(way_out).with(remedy)
    }

    /// Versions that .bitmap means, whose objects are here and whose tags are not. After a clone nothing is here.
    fn records(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for entry in self.workspace.bitmap.entries() {
            let (Some(version), Some(commit)) = (&entry.version, entry.commit) else { continue };
            let id = entry.id().at(version.clone());
            let is_told = self.known.at(&id).is_some() || self.seen.contains_key(&id) || self.listed.contains_key(&id);
            if !is_told && self.can_stand(&id, oid(commit), commit) {
                findings.push(self.gone(&id, oid(commit), commit, false));
            }
        }
        findings
    }

    /// The tag that a version had.
    fn target_of(&self, id: &VersionId, commit: CommitId) -> Oid {
        self.seen.get(id).filter(|seen| seen.commit == commit).map_or(oid(commit), |seen| seen.target())
    }

    fn remedy(&self, id: &VersionId, target: Oid, commit: CommitId) -> Option<Remedy> {
        self.can_stand(id, target, commit).then(|| Remedy::Here { id: id.clone(), target })
    }

    fn can_stand(&self, id: &VersionId, target: Oid, commit: CommitId) -> bool {
        let repo = self.workspace.scope.repo();
        repo.has(target).unwrap_or_default() && admissible(repo, id, commit).is_ok()
    }
}

/// Puts refs back; what did not succeed.
pub fn carry_out(cwd: &Path, remedies: Vec<Remedy>, progress: &dyn Progress) -> Vec<String> {
    let done = || -> Result<()> {
        let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
        let known = workspace.scope.known()?;
        let edit = |remedy: Remedy| match remedy {
            Remedy::Here { id, target } => {
                let old = known.at(&id).map(|at| at.target);
                Some(RefEdit { name: RefName::from(id).to_string(), old, new: Some(target) })
            }
            _ => None,
        };
        let refs = remedies.into_iter().filter_map(edit).collect();
        workspace.commit(Transaction { command: "verify", objects: None, refs, bitmap: Vec::new().into() }, &lock)
    };
    done().err().map(|error| errors::in_one_line(&error)).into_iter().collect()
}
