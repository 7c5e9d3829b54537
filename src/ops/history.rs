//! The history of a component: every version known here, newest first.

use crate::git::{CommitInfo, Repo};
use crate::model::{CommitId, ComponentId, Moment, Version};
use crate::scope::{Known, KnownVersion, VersionCommit};
use anyhow::Result;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Reads every known version of a component. One that was made from another comes before it;
/// between those that have nothing to do with each other, the later one and the higher one does.
pub fn history(repo: &Repo, known: &Known, id: &ComponentId) -> Result<Vec<(Version, VersionCommit)>> {
    let read = |(version, at): (&Version, &KnownVersion)| Ok((version.clone(), VersionCommit::read(repo, at.commit)?));
    let versions: Vec<(Version, VersionCommit)> = known.versions(id).map(read).collect::<Result<_>>()?;
    let facts: Vec<Facts> = versions.iter().map(|(version, made)| Facts::of(version, made)).collect();
    let mut slots: Vec<_> = versions.into_iter().map(Some).collect();
    Ok(newest_first(&facts).into_iter().filter_map(|at| slots[at].take()).collect())
}

/// Whether a version's history holds another. Histories end at the first version that is not here.
pub fn holds(repo: &Repo, from: CommitId, wanted: CommitId) -> Result<bool> {
    walk(repo, [from], &mut |commit| commit == wanted)
}

/// Versions and all they were made from, as far as it is known here.
pub fn ancestry(repo: &Repo, from: impl IntoIterator<Item = CommitId>) -> Result<HashSet<CommitId>> {
    let mut all = HashSet::new();
    walk(repo, from, &mut |commit| {
        all.insert(commit);
        false
    })?;
    Ok(all)
}

/// The newest version that two others were both made from; `None` where they have nothing in common.
pub fn common_base(repo: &Repo, one: CommitId, other: CommitId) -> Result<Option<CommitId>> {
    let (mine, theirs) = (ancestry(repo, [one])?, ancestry(repo, [other])?);
    let mut common: HashMap<CommitId, CommitInfo> = HashMap::new();
    for &commit in mine.intersection(&theirs) {
        let oid = crate::git::oid(commit);
        if repo.has(oid)? {
            common.insert(commit, repo.commit(oid)?);
        }
    }
    let older: HashSet<CommitId> =
        common.values().flat_map(|info| info.parents.iter().copied().map(crate::git::commit_id)).collect();
    let newest = common.iter().filter(|(commit, _)| !older.contains(*commit));
    // Of several, as after merges that cross each other, any will do; the same one on every machine.
    Ok(newest.max_by_key(|(commit, info)| (info.time, **commit)).map(|(commit, _)| *commit))
}

/// The newest of some versions: the one that the others were made into, whatever their order. Where several are that,
/// the last of them.
pub fn newest(repo: &Repo, versions: &[CommitId]) -> Result<Option<CommitId>> {
    let mut open: HashSet<CommitId> = versions.iter().copied().collect();
    if open.len() > 1 {
        let older: Vec<Vec<CommitId>> =
            versions.iter().map(|version| parents(repo, *version)).collect::<Result<_>>()?;
        walk(repo, older.into_iter().flatten(), &mut |commit| {
            open.remove(&commit);
            open.len() == 1
        })?;
    }
    Ok(versions.iter().rfind(|version| open.contains(version)).copied())
}

/// Those of some versions that come first in the history of another one, which begins with `parents`. Between may be
/// what lost its number: `behind` says what such a one was made from.
pub fn nearest(
    parents: &[CommitId],
    is_meant: impl Fn(&CommitId) -> bool,
    behind: impl Fn(CommitId) -> Result<Vec<CommitId>>,
) -> Result<Vec<CommitId>> {
    let (mut seen, mut next, mut found) = (HashSet::new(), parents.to_vec(), Vec::new());
    while let Some(commit) = next.pop() {
        if !seen.insert(commit) {
            continue;
        }
        match is_meant(&commit) {
            true => found.push(commit),
            false => next.extend(behind(commit)?),
        }
    }
    Ok(found)
}

/// What a version was made from; nothing of one that is not here.
pub fn parents(repo: &Repo, commit: CommitId) -> Result<Vec<CommitId>> {
    let oid = crate::git::oid(commit);
    match repo.has(oid)? {
        true => Ok(repo.commit(oid)?.parents.into_iter().map(crate::git::commit_id).collect()),
        false => Ok(Vec::new()),
    }
}

/// Goes back through a history until `is_enough` says so; whether it did.
fn walk(
    repo: &Repo,
    from: impl IntoIterator<Item = CommitId>,
    is_enough: &mut dyn FnMut(CommitId) -> bool,
) -> Result<bool> {
    let (mut seen, mut next) = (HashSet::new(), Vec::from_iter(from));
    while let Some(commit) = next.pop() {
        if !seen.insert(commit) {
            continue;
        }
        if is_enough(commit) {
            return Ok(true);
        }
        next.extend(parents(repo, commit)?);
    }
    Ok(false)
}

/// What decides a version's place.
struct Facts {
    commit: CommitId,
    parents: Vec<CommitId>,
    moment: Moment,
    version: Version,
}

impl Facts {
    fn of(version: &Version, made: &VersionCommit) -> Self {
        let VersionCommit { commit, parents, moment, .. } = made;
        Self { commit: *commit, parents: parents.clone(), moment: *moment, version: version.clone() }
    }
}

/// A version's turn comes when all that were made from it have had theirs.
fn newest_first(versions: &[Facts]) -> Vec<usize> {
    let places: HashMap<CommitId, usize> = versions.iter().enumerate().map(|(at, facts)| (facts.commit, at)).collect();
    let parents = |at: usize| versions[at].parents.iter().filter_map(|parent| places.get(parent).copied());
    let mut children = vec![0usize; versions.len()];
    for at in 0..versions.len() {
        parents(at).for_each(|parent| children[parent] += 1);
    }
    let key = |at: usize| (versions[at].moment.seconds, &versions[at].version, at);
    let mut ready: BinaryHeap<_> = (0..versions.len()).filter(|&at| children[at] == 0).map(key).collect();
    let mut order = Vec::with_capacity(versions.len());
    while let Some((_, _, at)) = ready.pop() {
        order.push(at);
        for parent in parents(at) {
            children[parent] -= 1;
            if children[parent] == 0 {
                ready.push(key(parent));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(number: u8, version: &str, seconds: i64, parents: &[u8]) -> Facts {
        let commit = |number: u8| CommitId::from_bytes([number; 20]);
        Facts {
            commit: commit(number),
            parents: parents.iter().copied().map(commit).collect(),
            moment: Moment { seconds, offset_minutes: 0 },
            version: Version::new(version).unwrap(),
        }
    }

    #[test]
    fn parents_rule_then_time_then_number() {
        // 1.0.1 is a maintenance version, made after 2.0.0; the clock of 1.0.0's author ran ahead.
        let versions = [
            facts(1, "1.0.0", 900, &[]),
            facts(2, "1.0.1", 300, &[1]),
            facts(3, "2.0.0", 200, &[1]),
            facts(4, "2.0.1", 200, &[3, 77]),
        ];
        let order: Vec<String> =
            newest_first(&versions).into_iter().map(|at| versions[at].version.to_string()).collect();
        assert_eq!(order, ["1.0.1", "2.0.1", "2.0.0", "1.0.0"]);
    }

    #[test]
    fn a_merge_comes_before_both_its_sides() {
        let versions = [
            facts(1, "1.0.0", 1, &[]),
            facts(2, "1.0.1", 5, &[1]),
            facts(3, "1.1.0", 5, &[1]),
            facts(4, "1.1.1", 2, &[2, 3]),
        ];
        assert_eq!(newest_first(&versions), [3, 2, 1, 0]);
    }
}
