//! Which versions a scope lacks, under which numbers they go there, and what they need there.
//!
//! Whether a scope has a copy already is told from its catalog alone: a copy is what its origin, its number and the ids
//! of what it needs make of it.

mod complete;
mod make;
mod needs;
mod returned;
mod settle;
mod taken;
mod there;

use super::super::ExportOptions;
use super::{Source, SourceVersion, Standing};
use crate::git::Repo;
use crate::model::{CatalogEntry, CommitId, ComponentId, ComponentName, Dependency, Graph, ScopeName, VersionId};
use crate::ops::descents::Descents;
use crate::ops::history;
use crate::ops::rewrite::Job;
use crate::ops::specifiers::Specifiers;
use crate::scope::{CatalogIndex, Known, TrackedCatalog};
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
    /// What versions need, and their copies too: beside it they need another version of its copy.
    pub beside: BTreeSet<(VersionId, VersionId)>,
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
    known: &Known,
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
        beside: BTreeSet::new(),
        descents: Descents::new(repo, known),
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
    /// By version, what its copy needs beside another version of that one's copy.
    beside: BTreeSet<(usize, VersionId)>,
    descents: Descents<'p>,
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
            let follows = self.follows() || source.is_rewired_in(self.target);
            self.there.insert(id, There::new(self.repo, entry, source, follows)?);
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
}
