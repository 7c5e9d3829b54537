//! A scope that an export goes to, and what it is to get.

mod free;
mod open;

pub use open::{Opened, open_all};

use super::copies::Ready;
use super::lost::{Lost, Unsaid, marks_of};
use super::patience::Obstacle;
use super::push::{new_entries, settle};
use super::{ExportedScope, Staged};
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, PushReport, RefEdit, RefName, Repo, oid, remote};
use crate::model::{CatalogEntry, CommitId, ComponentId, ComponentName, Graph, Mark, ScopeName, VersionId};
use crate::ops::{Transaction, Workspace, history};
use crate::scope::{StoredVersion, TrackedCatalog, WriteLock};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A scope that an export goes to.
pub struct Target {
    /// Which scope.
    pub scope: ScopeName,
    /// Where it is.
    pub url: RemoteUrl,
    /// The branch of its catalog.
    pub branch: String,
    /// The last catalog seen of it before.
    pub before: Option<TrackedCatalog>,
    /// Its catalog as it is now.
    pub catalog: TrackedCatalog,
    /// What it listed before, where it has lost some of that and all versions are to be published again.
    pub lost: Lost,
    /// The refs it has.
    pub advertised: Advertised,
    /// Whether it has never taken a version, by its catalog.
    pub is_empty: bool,
    /// What it lists of the components that are to be published.
    pub listed: BTreeMap<ComponentName, CatalogEntry>,
    /// What was to be published, by what was known before.
    pub staged: Staged,
    /// Every version to be published, those that others were made from before these.
    pub versions: Vec<StoredVersion>,
    /// What is to be said of components that it has, or gets.
    pub marks: BTreeMap<ComponentName, Vec<Mark>>,
    /// What is said again of components that it lists: it was said after the backup was made that was put back there.
    pub since: BTreeMap<ComponentName, Vec<Mark>>,
    /// What was said of components that it lists, and is not said again: somebody has gone on with them.
    pub dropped: BTreeMap<ComponentName, Vec<Mark>>,
    /// The copies that it gets. Their versions are among the others.
    pub copies: Ready,
}

impl Target {
    /// Nothing is left to do here.
    pub fn is_done(&self) -> bool {
        self.versions.is_empty() && self.news().next().is_none()
    }

    /// Whether it lists a version with this content.
    pub fn lists(&self, id: &VersionId, commit: CommitId) -> bool {
        let listed = self.listed.get(&id.id.name).and_then(|entry| entry.version(&id.version));
        listed.is_some_and(|listed| listed.commit == commit)
    }

    /// What is to be said of components, and is not said yet.
    pub fn news(&self) -> impl Iterator<Item = (&ComponentName, &Mark)> {
        self.said().filter(|(name, mark)| match self.listed.get(name) {
            Some(entry) => mark.apply(&mut entry.clone()),
            None => matches!(mark, Mark::Deprecate(_) | Mark::Remove(_)),
        })
    }

    /// What is said of components then, one after the other: first again what was said before.
    pub fn said(&self) -> impl Iterator<Item = (&ComponentName, &Mark)> {
        let all = self.since.iter().chain(&self.marks);
        all.flat_map(|(name, marks)| marks.iter().map(move |mark| (name, mark)))
    }

    /// What was said of its components, and is not said again.
    pub fn dropped(&self) -> impl Iterator<Item = (ComponentId, Mark)> {
        let of = |name: &ComponentName| ComponentId::new(self.scope.clone(), name.clone());
        self.dropped.iter().flat_map(move |(name, marks)| marks.iter().map(move |mark| (of(name), mark.clone())))
    }

    /// The components of which something is said that waited here.
    pub fn marked(&self) -> impl Iterator<Item = ComponentId> {
        self.marks.keys().map(|name| ComponentId::new(self.scope.clone(), name.clone()))
    }

    /// Whether a component that was removed is to be there again.
    pub fn recovers(&self, name: &ComponentName) -> bool {
        self.marks.get(name).is_some_and(|marks| marks.contains(&Mark::Recover))
    }

    /// What is in the way of a push to it: nothing where it went through.
    pub fn settle(&self, report: &PushReport) -> Result<Option<Obstacle>> {
        settle(&self.scope, &self.url, &self.branch, report)
    }

    /// Whether it may refuse hidden tags and take the catalog of the same push, which would list what is not there. A host
    /// that has taken versions takes more.
    pub fn may_hide_tags(&self) -> bool {
        remote::may_hide_from_pushes(&self.url).unwrap_or(self.is_empty)
    }

    /// What is told of it.
    pub fn outcome(&self, repo: &Repo) -> Result<ExportedScope> {
        let versions = self.versions.iter().map(StoredVersion::id).collect();
        let marked = self.news().map(|(name, mark)| (ComponentId::new(self.scope.clone(), name.clone()), mark.clone()));
        let marked = self.restored_marks(repo)?.into_iter().chain(marked).collect();
        Ok(ExportedScope { scope: self.scope.clone(), url: self.url.to_string(), versions, marked })
    }

    /// What is said again of components that come back, and not anew.
    fn restored_marks(&self, repo: &Repo) -> Result<Vec<(ComponentId, Mark)>> {
        if self.lost.is_empty() {
            return Ok(Vec::new());
        }
        let entries = new_entries(repo, self)?.into_iter().filter(|(name, _)| self.lost.entry(name).is_some());
        let marks =
            entries.flat_map(|(name, entry)| marks_of(&entry).into_iter().map(move |mark| (name.clone(), mark)));
        let is_there = |(name, mark): &(ComponentName, Mark)| {
            self.listed.get(name).is_some_and(|entry| marks_of(entry).contains(mark))
        };
        let is_news = |(name, mark): &(ComponentName, Mark)| self.news().any(|news| news == (name, mark));
        let marks = marks.filter(|mark| !is_news(mark) && !is_there(mark));
        Ok(marks.map(|(name, mark)| (ComponentId::new(self.scope.clone(), name), mark)).collect())
    }

    /// The change by which a catalog of it becomes the last one seen.
    pub fn track(&self, seen: CommitId) -> Option<RefEdit> {
        let (old, new) = (self.before.as_ref().map(|before| oid(before.commit)), Some(oid(seen)));
        let name = || RefName::TrackedCatalog(self.scope.clone()).to_string();
        (old != new).then(|| RefEdit { name: name(), old, new })
    }

    /// Takes copies that it lacks.
    pub fn take(&mut self, mut copies: Ready) {
        // What is staged for it may be what a copy comes from, and goes back to.
        let staged: HashSet<CommitId> = self.versions.iter().map(|version| version.commit).collect();
        copies.versions.retain(|version| !staged.contains(&version.commit));
        copies.contents = copies.versions.iter().map(|version| version.commit).collect();
        self.versions.append(&mut copies.versions);
        self.listed.append(&mut copies.entries);
        self.copies = copies;
    }

    /// Gets no copies after all.
    pub fn put_back_copies(&mut self) {
        let copies = std::mem::take(&mut self.copies);
        self.versions.retain(|version| !copies.contents.contains(&version.commit));
    }

    /// Takes what it does not list yet.
    fn choose(&mut self, repo: &Repo, versions: &mut HashMap<CommitId, StoredVersion>) -> Result<()> {
        let mut chosen = Vec::new();
        for (id, staged) in &self.staged {
            let entry = self.listed.get(&id.name);
            for (version, commit) in staged {
                let there = entry.and_then(|entry| entry.version(version));
                if there.is_none_or(|there| there.commit != *commit) {
                    chosen.extend(versions.remove(commit));
                }
            }
        }
        self.versions = in_dependency_order(repo, &self.listed, chosen)?;
        // Of what is not there nothing can be said yet.
        let (listed, versions) = (&self.listed, &self.versions);
        let comes = |name: &ComponentName| versions.iter().any(|version| version.manifest.name == *name);
        self.marks.retain(|name, _| listed.contains_key(name) || comes(name));
        self.say_again();
        Ok(())
    }

    /// Says what it has lost of that which was said of components.
    fn say_again(&mut self) {
        for (name, entry) in &self.listed {
            let now = self.marks.get(name).map(Vec::as_slice).unwrap_or_default();
            let Unsaid { again, dropped } = self.lost.unsaid(entry, now);
            let keep = |marks: Vec<Mark>| (!marks.is_empty()).then(|| (name.clone(), marks));
            self.since.extend(keep(again));
            self.dropped.extend(keep(dropped));
        }
    }
}

/// Remembers the catalogs that were seen, though nothing was published: "bit status" tells from them what is diverged.
pub fn remember(workspace: &Workspace, lock: &WriteLock, targets: &[Target]) -> Result<()> {
    // One that has lost what it listed is not taken for the last one seen before that is there again: what it said of it
    // would be forgotten.
    let whole = targets.iter().filter(|target| target.lost.is_empty());
    let refs: Vec<RefEdit> = whole.filter_map(|target| target.track(target.catalog.commit)).collect();
    if refs.is_empty() {
        return Ok(());
    }
    workspace.commit(Transaction { command: "export", objects: None, refs, bitmap: Vec::new().into() }, lock)
}

/// What a version was made from, and what it needs, comes before it; also what it was made from over versions that lost
/// their number.
fn in_dependency_order(
    repo: &Repo,
    listed: &BTreeMap<ComponentName, CatalogEntry>,
    versions: Vec<StoredVersion>,
) -> Result<Vec<StoredVersion>> {
    let settled: HashSet<CommitId> =
        listed.values().flat_map(|entry| &entry.versions).map(|listed| listed.commit).collect();
    let places: HashMap<CommitId, usize> =
        versions.iter().enumerate().map(|(place, version)| (version.commit, place)).collect();
    let behind = |commit| if settled.contains(&commit) { Ok(Vec::new()) } else { history::parents(repo, commit) };
    let mut graph = Graph::new(versions.len());
    for (place, version) in versions.iter().enumerate() {
        let pins = version.manifest.dependencies.iter().filter_map(|dependency| dependency.commit);
        let is_meant = |commit: &CommitId| places.contains_key(commit);
        let made_from = history::nearest(&version.parents, is_meant, behind)?;
        for needed in made_from.into_iter().chain(pins).filter_map(|commit| places.get(&commit)) {
            graph.add(place, *needed);
        }
    }
    let order = graph.order();
    let mut slots: Vec<Option<StoredVersion>> = versions.into_iter().map(Some).collect();
    Ok(order.into_iter().flatten().filter_map(|place| slots[place].take()).collect())
}

/// The order of the pushes: a scope whose versions others need comes before those, and one that components of another
/// scope point to before that.
pub fn in_order(targets: Vec<Target>, pointers: &[(ScopeName, ScopeName)]) -> Vec<Target> {
    let places: HashMap<ScopeName, usize> =
        targets.iter().enumerate().map(|(place, target)| (target.scope.clone(), place)).collect();
    let mut graph = Graph::new(targets.len());
    for (place, target) in targets.iter().enumerate() {
        for dependency in target.versions.iter().flat_map(|version| &version.manifest.dependencies) {
            if let Some(&needed) = places.get(&dependency.id.id.scope).filter(|needed| **needed != place) {
                graph.add(place, needed);
            }
        }
    }
    for (from, to) in pointers {
        if let (Some(&from), Some(&to)) = (places.get(from), places.get(to))
            && from != to
        {
            graph.add(from, to);
        }
    }
    let mut slots: Vec<Option<Target>> = targets.into_iter().map(Some).collect();
    graph.order().into_iter().flatten().filter_map(|place| slots[place].take()).collect()
}
