//! Versions of components that get other ids, and what names these versions: the jobs that this makes.

use super::{At, Job, Need};
use crate::model::{CommitId, ComponentId, Dependency, Graph, VersionId};
use crate::scope::StoredVersion;
use std::collections::{BTreeMap, HashMap};

/// What each commit became.
pub type Rewrites = HashMap<CommitId, CommitId>;

/// Old ids and new ones. A component that is not among them keeps its id.
type Ids = BTreeMap<ComponentId, ComponentId>;

/// Of these versions those that must be rewritten: the ones of renamed components, and what was made from such a
/// version or needs one, near or far.
pub fn affected(ids: &Ids, versions: Vec<StoredVersion>) -> Vec<StoredVersion> {
    let places = Places::of(&versions);
    let mut graph = Graph::new(versions.len());
    for (at, version) in versions.iter().enumerate() {
        let needed = version.manifest.dependencies.iter().filter_map(|needed| places.needed(needed));
        let parents = version.parents.iter().filter_map(|parent| places.commits.get(parent).copied());
        needed.chain(parents).for_each(|named| graph.add(at, named));
    }
    let renamed = (0..versions.len()).filter(|&at| ids.contains_key(&versions[at].id().id));
    let mut reached = graph.reversed().reachable(renamed).into_iter();
    versions.into_iter().filter(|_| reached.next() == Some(true)).collect()
}

/// The jobs for all of these, one each, with the set of names that counts in their files. What they need beside these stays as it is.
pub fn renamed<'v>(ids: &Ids, versions: &'v [StoredVersion], names: Option<usize>) -> Vec<Job<'v>> {
    let places = Places::of(versions);
    let new = |id: &VersionId| ids.get(&id.id).unwrap_or(&id.id).at(id.version.clone());
    let at = |commit: CommitId| places.commits.get(&commit).map_or(At::Commit(commit), |&at| At::Job(at));
    let need = |needed: &Dependency| Need {
        before: needed.id.clone(),
        after: new(&needed.id),
        kind: needed.kind,
        is_pinned: needed.commit.is_some(),
        at: needed.commit.map(at).or_else(|| places.needed(needed).map(At::Job)),
    };
    let job = |original: &'v StoredVersion| Job {
        original,
        id: new(&original.id()),
        parents: original.parents.iter().copied().map(at).collect(),
        needs: original.manifest.dependencies.iter().map(need).collect(),
        origin: None,
        names,
    };
    versions.iter().map(job).collect()
}

/// Where each version stands in the list.
struct Places {
    commits: HashMap<CommitId, usize>,
    ids: HashMap<VersionId, usize>,
}

impl Places {
    fn of(versions: &[StoredVersion]) -> Self {
        let all = || versions.iter().enumerate();
        Self {
            commits: all().map(|(at, version)| (version.commit, at)).collect(),
            ids: all().map(|(at, version)| (version.id(), at)).collect(),
        }
    }

    /// A dependency: by its content; inside a cycle, where that can't be known, by its id.
    fn needed(&self, needed: &Dependency) -> Option<usize> {
        match needed.commit {
            Some(commit) => self.commits.get(&commit).copied(),
            None => self.ids.get(&needed.id).copied(),
        }
    }
}
