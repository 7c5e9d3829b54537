//! Which versions a scope lacks, under which numbers they go there, and what they need there.
//!
//! Whether a scope has a copy already is told from its catalog alone: a copy is what its origin, its number and the ids
//! of what it needs make of it.

mod complete;
mod make;
mod needs;
mod returned;
mod there;

use super::super::ExportOptions;
use super::{Source, SourceVersion, Standing};
use crate::errors;
use crate::git::Repo;
use crate::model::{
    CatalogEntry, CatalogVersion, CommitId, ComponentId, ComponentName, Dependency, Graph, ScopeName, VersionId,
};
use crate::ops::history;
use crate::ops::rewrite::Job;
use crate::ops::specifiers::Specifiers;
use crate::scope::{CatalogIndex, StoredVersion, TrackedCatalog};
use crate::source::rewrite::NewNames;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use there::There;

pub use returned::Returned;
pub use there::Place;

/// What is to be done to have copies in a scope.
#[derive(Default)]
pub struct Plan<'s> {
    /// The versions that are to be made.
    pub jobs: Vec<Job<'s>>,
    /// By job, whether it gets a tag and a place in the catalog.
    pub standings: Vec<Standing>,
    /// By job, whether it needs copies. A copy that did stays like that.
    pub follows: Vec<bool>,
    /// The sets of names that count in the files of jobs.
    pub names: Vec<NewNames>,
    /// Where each version is then, by its content.
    pub copies: HashMap<CommitId, Place>,
    /// Versions that have another number there than at home.
    pub renumbered: Vec<(VersionId, VersionId)>,
    /// What copies need that has no copy there.
    pub left: BTreeSet<VersionId>,
    /// Versions that must be here before this can be done.
    pub missing: BTreeSet<VersionId>,
    /// Versions that go there as they are.
    pub returned: Vec<Returned>,
    /// What the scope lists of these components.
    pub entries: BTreeMap<ComponentName, CatalogEntry>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Works out what is to be done.
pub fn plan<'s>(
    repo: &Repo,
    target: &TrackedCatalog,
    before: Option<&TrackedCatalog>,
    components: &BTreeMap<&'s ComponentId, &'s Source>,
    options: &ExportOptions,
) -> Result<Plan<'s>> {
    let index = target.index(repo)?;
    let is_lost =
        |before: &TrackedCatalog| Ok::<_, anyhow::Error>(!history::holds(repo, target.commit, before.commit)?);
    let before = match before {
        Some(before) if is_lost(before)? => Some(before.index(repo)?),
        _ => None,
    };
    let mut planner = Planner {
        repo,
        target: &target.scope,
        index,
        before,
        components,
        options,
        versions: Vec::new(),
        numbers: HashMap::new(),
        by_id: HashMap::new(),
        there: HashMap::new(),
        outside: HashMap::new(),
        plan: Plan::default(),
    };
    planner.open()?;
    planner.refuse_collisions()?;
    for group in planner.order() {
        planner.settle(&group)?;
    }
    planner.find_missing()?;
    planner.plan.choose_names();
    Ok(planner.plan)
}

struct Planner<'s, 'p> {
    repo: &'p Repo,
    target: &'p ScopeName,
    index: CatalogIndex<'p>,
    /// What the scope listed when it was last seen, if it has lost something since.
    before: Option<CatalogIndex<'p>>,
    components: &'p BTreeMap<&'s ComponentId, &'s Source>,
    options: &'p ExportOptions,
    versions: Vec<(&'s ComponentId, &'s SourceVersion)>,
    numbers: HashMap<CommitId, usize>,
    by_id: HashMap<VersionId, CommitId>,
    there: HashMap<&'s ComponentId, There>,
    /// The copies of versions that are not among those of this plan.
    outside: HashMap<CommitId, Option<Place>>,
    plan: Plan<'s>,
}

impl<'s> Planner<'s, '_> {
    /// Whether all copies are to need copies.
    fn follows(&self) -> bool {
        self.options.specifiers != Specifiers::Keep
    }

    fn open(&mut self) -> Result<()> {
        for (&id, &source) in self.components {
            let entry = self.entry(&id.name)?;
            let follows = self.follows() || source.was_rewired_from(self.target);
            self.there.insert(id, There::new(entry, source, follows));
            for version in &source.versions {
                self.numbers.insert(version.stored.commit, self.versions.len());
                if version.standing == Standing::Numbered {
                    self.by_id.insert(version.stored.id(), version.stored.commit);
                }
                self.versions.push((id, version));
            }
        }
        Ok(())
    }

    /// A name that another component has there, or that two of these would get.
    fn refuse_collisions(&self) -> Result<()> {
        let new = |id: &ComponentId| ComponentId::new(self.target.clone(), id.name.clone());
        let mut names: HashMap<&ComponentName, &ComponentId> = HashMap::new();
        let mut taken = Vec::new();
        for (&id, source) in self.components {
            if names.insert(&id.name, id).is_some() {
                taken.push((id.clone(), new(id), "another component of this export gets the same id"));
            }
            let There { entry, .. } = &self.there[id];
            let is_ours = |listed: &CatalogVersion| {
                listed.origin.as_ref().is_some_and(|origin| origin.id.id == *id)
                    || source.versions.iter().any(|version| is_same(listed, &version.stored))
            };
            let Some(entry) = entry else { continue };
            if !entry.versions.iter().any(is_ours) && !self.came_from(id, source, entry)? {
                taken.push((id.clone(), new(id), "the scope has another component of this name"));
            }
        }
        if taken.is_empty() { Ok(()) } else { Err(errors::name_taken_in_scope(&taken)) }
    }

    /// What a version needs and was made from comes before it, and so do older versions of the same component. Those
    /// of a cycle come together.
    fn order(&self) -> Vec<Vec<usize>> {
        let mut graph = Graph::new(self.versions.len());
        for (at, (id, version)) in self.versions.iter().enumerate() {
            let is_next = at > 0 && self.versions[at - 1].0 == *id && version.standing == Standing::Numbered;
            is_next.then(|| graph.add(at, at - 1));
            let parents = version.stored.parents.iter().copied();
            let needs = version.stored.manifest.dependencies.iter().filter_map(|needed| self.content(needed));
            for named in parents.chain(needs).filter_map(|commit| self.numbers.get(&commit)) {
                graph.add(at, *named);
            }
        }
        graph.order()
    }

    /// What a dependency is, if it is among what is to be copied.
    fn content(&self, needed: &Dependency) -> Option<CommitId> {
        needed.commit.or_else(|| self.by_id.get(&needed.id).copied())
    }

    fn settle(&mut self, group: &[usize]) -> Result<()> {
        let group: Vec<usize> =
            group.iter().copied().filter(|&at| self.versions[at].1.standing == Standing::Numbered).collect();
        let mut rest = Vec::with_capacity(group.len());
        for at in group {
            let home = if self.copies_of(at).is_empty() { self.home(at)? } else { None };
            match home {
                Some(home) => drop(self.plan.copies.insert(self.versions[at].1.stored.commit, home)),
                None => rest.push(at),
            }
        }
        self.settle_copies(rest)
    }

    fn settle_copies(&mut self, group: Vec<usize>) -> Result<()> {
        let mut found = HashMap::new();
        // In a cycle each is there if the others are: the last copies of all of them are tried.
        for &at in group.iter().filter(|_| group.len() > 1) {
            let stored = &self.versions[at].1.stored;
            if let Some(last) = self.copies_of(at).last() {
                self.plan.copies.insert(stored.commit, Place::listed(last));
            }
        }
        for &at in &group {
            let expected = self.expected(at)?;
            let stored = &self.versions[at].1.stored;
            let is_it = |listed: &&CatalogVersion| is_home(listed, stored) || sorted(listed) == expected;
            found.extend(self.copies_of(at).into_iter().rev().find(is_it).map(|there| (at, Place::listed(there))));
        }
        if group.len() > 1 && found.len() < group.len() {
            found.clear();
            for at in &group {
                self.plan.copies.remove(&self.versions[*at].1.stored.commit);
            }
        }
        // Numbers first: those of a cycle need each other's.
        let mut made = Vec::new();
        for at in group {
            let copy = match found.remove(&at) {
                Some(copy) => Some(copy),
                None => self.make(at, &mut made)?,
            };
            self.plan.copies.extend(copy.map(|copy| (self.versions[at].1.stored.commit, copy)));
        }
        for (job, at) in made {
            let needs = self.needs(at)?;
            let left = needs.iter().filter(|need| self.plan.follows[job] && need.after.id.scope != *self.target);
            self.plan.left.extend(left.map(|need| need.before.clone()));
            self.plan.jobs[job].needs = needs;
        }
        Ok(())
    }

    /// The versions that the target has of a version, as the catalog lists them.
    fn copies_of(&self, at: usize) -> Vec<&CatalogVersion> {
        let (id, version) = self.versions[at];
        let listed = self.there[id].entry.iter().flat_map(|entry| &entry.versions);
        listed.filter(|listed| is_copy_of(listed, &version.stored)).collect()
    }

    /// The ids that the copy of a version needs.
    fn expected(&mut self, at: usize) -> Result<Vec<VersionId>> {
        let mut ids: Vec<VersionId> = self.needs(at)?.into_iter().map(|need| need.after).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    }
}

/// Whether what is listed stands for a version.
fn is_copy_of(listed: &CatalogVersion, stored: &StoredVersion) -> bool {
    listed.stands_for(&stored.id(), stored.commit, stored.origin.as_ref())
}

/// Whether what is listed has anything to do with a version: then it is the same component.
fn is_same(listed: &CatalogVersion, stored: &StoredVersion) -> bool {
    listed.commit == stored.commit || is_copy_of(listed, stored)
}

/// Whether what is listed is the very version that this one is a copy of.
fn is_home(listed: &CatalogVersion, stored: &StoredVersion) -> bool {
    stored.origin.as_ref().is_some_and(|origin| origin.commit == listed.commit)
}

fn sorted(listed: &CatalogVersion) -> Vec<VersionId> {
    let mut ids = listed.dependencies.clone();
    ids.sort();
    ids.dedup();
    ids
}
