//! What is to be copied is brought together: the scopes of the components are asked, and what is missing comes.

mod read;

use super::needed::needed;
use super::{Along, Company, CopyOptions, Requests, Sources, came_from};
use crate::errors::{self, Conflict};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentId, ScopeName, VersionId};
use crate::ops::descents::Descents;
use crate::ops::incoming::{Accepted, Closure, Incoming, Lacking};
use crate::ops::{Hint, Progress, Transaction, Workspace};
use crate::scope::{Known, WriteLock};
use anyhow::Result;
use std::collections::{BTreeSet, HashSet};

/// Asks the scopes of what is to be copied, brings what is missing, and reads it all.
pub fn gather(
    workspace: &Workspace,
    lock: &WriteLock,
    known: &Known,
    requests: &Requests,
    options: &CopyOptions,
    progress: &dyn Progress,
) -> Result<Sources> {
    if requests.by_scope.is_empty() {
        return Ok(Sources::default());
    }
    // A scope that only another one speaks of is not dialled for this.
    let no = |_: &Hint| Ok(false);
    let incoming = Incoming::new(workspace, known, Accepted::default(), &no, progress);
    let only = match requests.company {
        Company::Needed => Some(needed(workspace.scope.repo(), known, requests.by_scope.values())?),
        Company::Whole | Company::Closed => None,
    };
    let mut gathering = Gathering {
        only,
        workspace,
        known,
        requests,
        options,
        progress,
        incoming,
        closure: Closure::default(),
        sources: Sources::default(),
        conflicts: Vec::new(),
    };
    gathering.all()?;
    let Gathering { mut incoming, closure, sources, conflicts, .. } = gathering;
    let refs = incoming.judge(&closure)?.edits;
    incoming.admit()?;
    workspace.scope.repo().refresh()?;
    if !refs.is_empty() {
        workspace.commit(Transaction { command: "export", objects: None, refs, bitmap: Vec::new().into() }, lock)?;
    }
    // What the scopes have now is remembered: so "bit status" tells what is to be merged.
    if conflicts.is_empty() { Ok(sources) } else { Err(errors::export_conflicts(&conflicts)) }
}

/// Brings versions that copies are put on top of, or that they need.
pub fn bring(
    workspace: &Workspace,
    lock: &WriteLock,
    known: &Known,
    ids: &BTreeSet<VersionId>,
    progress: &dyn Progress,
) -> Result<()> {
    let no = |_: &Hint| Ok(false);
    let mut incoming = Incoming::new(workspace, known, Accepted::default(), &no, progress);
    let closure = incoming.close(ids.iter().cloned())?;
    let lacking: Vec<Lacking> = closure.lacking.iter().filter(|lacking| ids.contains(&lacking.id)).cloned().collect();
    if !lacking.is_empty() {
        return Err(errors::copy_incomplete(&crate::ops::import::lines(&lacking)));
    }
    let refs = incoming.judge(&closure)?.edits;
    incoming.admit()?;
    workspace.scope.repo().refresh()?;
    let transaction = Transaction { command: "export", objects: None, refs, bitmap: Vec::new().into() };
    if transaction.refs.is_empty() { Ok(()) } else { workspace.commit(transaction, lock) }
}

struct Gathering<'a> {
    /// Of what goes along, the staged versions that are meant, if not all are.
    only: Option<HashSet<CommitId>>,
    workspace: &'a Workspace,
    known: &'a Known,
    requests: &'a Requests,
    options: &'a CopyOptions,
    progress: &'a dyn Progress,
    incoming: Incoming<'a>,
    closure: Closure,
    sources: Sources,
    conflicts: Vec<Conflict>,
}

impl Gathering<'_> {
    fn all(&mut self) -> Result<()> {
        let mut next: BTreeSet<ComponentId> = BTreeSet::new();
        for (scope, staged) in &self.requests.by_scope {
            let ids: BTreeSet<ComponentId> = staged.keys().cloned().collect();
            next.extend(ids.iter().cloned());
            self.sources.targets.insert(scope.clone(), ids);
        }
        while !next.is_empty() {
            let scopes: BTreeSet<ScopeName> = next.iter().map(|id| id.scope.clone()).collect();
            // What a rewired copy needs may have copies there. A target that does not answer is told of later.
            self.incoming.ask(&scopes.iter().chain(self.sources.targets.keys()).cloned().collect())?;
            for warning in self.silent(&scopes) {
                // Each round asks again.
                if !self.sources.warnings.contains(&warning) {
                    self.sources.warnings.push(warning);
                }
            }
            self.read(&next)?;
            next = self.along(&next)?;
        }
        Ok(())
    }

    /// A scope that does not answer: what was last seen of it has to do.
    fn silent(&self, scopes: &BTreeSet<ScopeName>) -> Vec<String> {
        let silent = self.incoming.unreachable().filter(|(scope, _)| scopes.contains(scope));
        let seen = silent.filter(|(scope, _)| self.known.catalogs.contains_key(scope));
        seen.map(|(scope, error)| errors::copied_as_last_seen(scope, error)).collect()
    }

    /// The components that these need and that go along: all of them, where that is wanted; else those which a rewired
    /// copy needs, and which have a copy there already.
    fn along(&mut self, ids: &BTreeSet<ComponentId>) -> Result<BTreeSet<ComponentId>> {
        let mut further = BTreeSet::new();
        let targets: Vec<ScopeName> = self.sources.targets.keys().cloned().collect();
        for target in &targets {
            for id in ids {
                if !self.sources.targets[target].contains(id) {
                    continue;
                }
                for needed in self.needs_of(target, id)? {
                    let is_new = self.sources.targets.get_mut(target).is_some_and(|going| going.insert(needed.clone()));
                    if is_new && !self.sources.components.contains_key(&needed) {
                        further.insert(needed);
                    }
                }
            }
        }
        Ok(further)
    }

    fn needs_of(&mut self, target: &ScopeName, id: &ComponentId) -> Result<Vec<ComponentId>> {
        let is_closed = self.is_closed(target, id)?;
        if let Some(source) = self.sources.components.get_mut(id).filter(|_| is_closed) {
            source.closed_in.insert(target.clone());
        }
        let all = is_closed || self.options.along == Along::Dependencies;
        let is_rewired = |listed: &CatalogVersion| Ok(listed.rewired);
        let goes_back = self.sources.components.get(id).is_some_and(|source| source.was_rewired_from(target));
        if !all && !goes_back && !self.copy_has(target, id, &is_rewired)? {
            return Ok(Vec::new());
        }
        let versions = self.sources.components.get(id).into_iter().flat_map(|source| &source.versions);
        let needs = versions.flat_map(|version| &version.stored.manifest.dependencies).map(|needed| &needed.id.id);
        let needs: BTreeSet<ComponentId> =
            needs.filter(|needed| needed.scope != *target && !self.requests.movers.contains(needed)).cloned().collect();
        let descents = Descents::new(self.workspace.scope.repo(), self.known);
        let mut along = Vec::with_capacity(needs.len());
        for needed in needs {
            let copy = ComponentId::new(target.clone(), needed.name.clone());
            let is_of = |listed: &CatalogVersion| Ok(descents.of_listed(&copy, listed)?.passes(&needed));
            let comes_from = |entry: CatalogEntry| came_from(&entry, target, |_| true);
            if all || self.copy_has(target, &needed, &is_of)? || self.incoming.entry(&needed)?.is_some_and(comes_from) {
                along.push(needed);
            }
        }
        Ok(along)
    }

    /// Whether a copy that is kept up to date needs nothing but copies, and so does what goes along with it for that.
    fn is_closed(&mut self, target: &ScopeName, id: &ComponentId) -> Result<bool> {
        if self.requests.company != Company::Closed {
            return Ok(false);
        }
        let copy = ComponentId::new(target.clone(), id.name.clone());
        let entry = match self.incoming.entry(&copy)? {
            Some(entry) => Some(entry),
            None => self.incoming.seen_before(&copy)?,
        };
        let Some(entry) = entry else { return Ok(!self.requests.by_scope[target].contains_key(id)) };
        let head = entry.version(&entry.head);
        Ok(head.is_some_and(|head| head.rewired && head.dependencies.iter().all(|needed| needed.id.scope == *target)))
    }

    /// Whether the target lists such a version under the component's name, or did so before it was lost.
    fn copy_has(
        &mut self,
        target: &ScopeName,
        id: &ComponentId,
        is_such: &dyn Fn(&CatalogVersion) -> Result<bool>,
    ) -> Result<bool> {
        let copy = ComponentId::new(target.clone(), id.name.clone());
        let entries = [self.incoming.entry(&copy)?, self.incoming.seen_before(&copy)?];
        for listed in entries.into_iter().flatten().flat_map(|entry| entry.versions) {
            if is_such(&listed)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
