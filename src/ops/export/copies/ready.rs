//! Copies made: objects in the local scope that no ref names yet, and what the target's catalog is to say of them.

use super::super::ExportOptions;
use super::plan::{Place, Plan, Returned, plan};
use super::self_imports;
use super::{Copied, Source, Sources, Standing};
use crate::errors;
use crate::git::{PackWriter, Repo, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, ComponentName, Origin, Removal, ScopeName, VersionId};
use crate::ops::rewrite::{At, rewrite};
use crate::ops::specifiers::{Looked, Specifiers, Told, Unparsable, VersionSpecifiers};
use crate::scope::{Known, StoredVersion, TrackedCatalog};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What a catalog says of a copied version beside its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogNote {
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it needs copies.
    pub is_rewired: bool,
    /// What its own scope says, if it is removed there.
    pub removed: Option<Removal>,
}

/// Copies that can be published.
#[derive(Default)]
pub struct Ready {
    /// Those that the scope lacks.
    pub versions: Vec<StoredVersion>,
    /// The contents of these.
    pub contents: HashSet<CommitId>,
    /// By content, what the catalog is to say of them.
    pub notes: HashMap<CommitId, CatalogNote>,
    /// What the scope lists of these components.
    pub entries: BTreeMap<ComponentName, CatalogEntry>,
    /// The components that have a copy there then.
    pub components: BTreeSet<ComponentId>,
    /// Where each version is then, by its content.
    pub places: HashMap<CommitId, (VersionId, CommitId)>,
    /// What became what: all of it that is new.
    pub copied: Vec<Copied>,
    /// What changed in their files, or stayed because it can't be parsed.
    pub told: Told,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// How far it got.
pub enum Prepared {
    /// All is here.
    Ready(Box<Ready>),
    /// These versions must be brought first.
    Lacking(BTreeSet<VersionId>),
}

/// Makes the copies that a scope lacks; `before` is how it was last seen.
pub fn prepare(
    repo: &Repo,
    known: &Known,
    target: &TrackedCatalog,
    before: Option<&TrackedCatalog>,
    sources: &Sources,
    options: &ExportOptions,
) -> Result<Prepared> {
    let Some(ids) = sources.targets.get(&target.scope) else { return Ok(Prepared::Ready(Box::default())) };
    let components: BTreeMap<&ComponentId, &Source> =
        sources.components.iter().filter(|(id, _)| ids.contains(id)).collect();
    let plan = plan(repo, known, target, before, &components, options)?;
    if !plan.missing.is_empty() {
        return Ok(Prepared::Lacking(plan.missing));
    }
    self_imports::refuse(repo, &target.scope, &plan)?;
    let mut pack = PackWriter::new(repo)?;
    let found = specifiers(repo, &plan, options.specifiers)?;
    let done = rewrite(repo, &plan.jobs, Some(&found), &mut pack)?;
    // An export that failed has left them here.
    if !all_here(repo, &done)? {
        pack.finish()?;
    }
    Ok(Prepared::Ready(Box::new(ready(&target.scope, &components, plan, done, found.told))))
}

/// What changes in the files of the copies that need copies.
fn specifiers(repo: &Repo, plan: &Plan, wanted: Specifiers) -> Result<VersionSpecifiers> {
    let looked = plan.jobs.iter().filter_map(|job| Some((job.original, job.names?)));
    let looked: Vec<Looked> = looked.filter(|(_, names)| !plan.names[*names].is_empty()).collect();
    let unparsable = match wanted {
        Specifiers::Rewire(unparsable) => unparsable,
        Specifiers::Keep => Unparsable::Refuse,
    };
    VersionSpecifiers::find(repo, &looked, &plan.names, unparsable)
}

fn all_here(repo: &Repo, versions: &[StoredVersion]) -> Result<bool> {
    for version in versions {
        if !repo.has(oid(version.commit))? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn ready(
    scope: &ScopeName,
    components: &BTreeMap<&ComponentId, &Source>,
    plan: Plan,
    done: Vec<StoredVersion>,
    told: Told,
) -> Ready {
    let mut ready = Ready {
        entries: plan.entries,
        components: components.keys().map(|id| (*id).clone()).collect(),
        told,
        warnings: plan.warnings,
        ..Ready::default()
    };
    let place = |commit: &CommitId, copy: &Place| {
        let content = match copy.at {
            At::Commit(commit) => commit,
            At::Job(at) => done[at].commit,
        };
        (*commit, (copy.version.clone(), content))
    };
    let contents: HashMap<CommitId, _> = plan.copies.iter().map(|(commit, copy)| place(commit, copy)).collect();
    for (id, source) in components {
        for version in source.versions.iter().filter(|version| version.standing == Standing::Numbered) {
            if let Some((number, content)) = contents.get(&version.stored.commit) {
                let copy = ComponentId::new(scope.clone(), id.name.clone()).at(number.clone());
                ready.places.insert(version.stored.commit, (copy, *content));
            }
        }
    }
    if !plan.left.is_empty() {
        let wanted = components.iter().filter(|(_, source)| source.wanted_in.contains(scope));
        let wanted: Vec<String> = wanted.map(|(id, _)| id.to_string()).collect();
        let left: Vec<String> = plan.left.iter().map(ToString::to_string).collect();
        ready.warnings.push(errors::left_as_they_are(&left, scope, &wanted));
    }
    ready.warnings.extend(errors::needed_beside_their_copies(&plan.beside, scope));
    ready.warnings.extend(errors::renumbered(&plan.renumbered));
    for Returned { stored, note, from } in plan.returned {
        ready.copied.push(Copied { from, to: stored.id() });
        ready.notes.extend(note.map(|note| (stored.commit, note)));
        ready.places.entry(stored.commit).or_insert_with(|| (stored.id(), stored.commit));
        ready.versions.push(stored);
    }
    let jobs = plan.jobs.iter().zip(plan.standings.iter().zip(&plan.follows)).zip(done);
    for ((job, (_, follows)), version) in jobs.filter(|((_, (standing, _)), _)| **standing == Standing::Numbered) {
        let origin = Origin { id: job.original.id(), commit: job.original.commit };
        let removed = components.get(&origin.id.id).and_then(|source| source.removed(&origin.id.version));
        ready.copied.push(Copied { from: origin.id.clone(), to: job.id.clone() });
        let is_rewired = *follows;
        ready.notes.insert(version.commit, CatalogNote { origin, is_rewired, removed });
        ready.versions.push(version);
    }
    ready.copied.sort();
    ready
}
