//! All that versions need, near and far: found in catalogs, brought, and compared with what each version says itself.

use super::Incoming;
use crate::errors;
use crate::git::oid;
use crate::model::{CommitId, Manifest, ScopeName, VersionId};
use crate::scope::StoredVersion;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Versions and all that they need.
#[derive(Debug, Default)]
pub struct Closure {
    /// Every version with its content, and how far it is from one that was asked for.
    pub versions: BTreeMap<VersionId, Reached>,
    /// What could not be had.
    pub lacking: Vec<Lacking>,
}

/// A version of a closure.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    /// Its content.
    pub commit: CommitId,
    /// 0 for what was asked for.
    pub depth: usize,
}

/// A version that is needed and could not be had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lacking {
    /// Which one.
    pub id: VersionId,
    /// Who needs it; nobody, where it was asked for.
    pub needed_by: Option<VersionId>,
    /// Why.
    pub why: String,
}

#[derive(Clone)]
struct Wanted {
    id: VersionId,
    by: Option<VersionId>,
    depth: usize,
}

/// Where a version can be had.
enum Place {
    Here(CommitId),
    Listed(CommitId),
    /// Its scope has to be asked.
    Unknown,
    /// Its scope was asked, and does not have it.
    Nowhere,
}

impl Incoming<'_> {
    /// Finds and brings all that these versions need. Where something can't be had, all else comes.
    pub fn close(&mut self, roots: impl IntoIterator<Item = VersionId>) -> Result<Closure> {
        let mut closure = Closure::default();
        let mut queue: Vec<Wanted> = roots.into_iter().map(|id| Wanted { id, by: None, depth: 0 }).collect();
        while !queue.is_empty() {
            let (missing, elsewhere) = self.follow(&mut closure, std::mem::take(&mut queue))?;
            self.bring(&missing)?;
            queue.extend(self.said_by_themselves(&closure, missing.keys())?);
            if !elsewhere.is_empty() {
                self.ask(&self.scopes_of(&missing, &elsewhere)?)?;
                queue.extend(elsewhere);
            }
        }
        closure.lacking.sort();
        closure.lacking.dedup();
        self.check_pins(&closure)?;
        Ok(closure)
    }

    /// Follows what catalogs and versions here say. What is to be brought, and what is in scopes to be asked.
    fn follow(
        &mut self,
        closure: &mut Closure,
        mut queue: Vec<Wanted>,
    ) -> Result<(BTreeMap<VersionId, CommitId>, Vec<Wanted>)> {
        let (mut missing, mut elsewhere) = (BTreeMap::new(), Vec::new());
        while let Some(wanted) = queue.pop() {
            if closure.versions.get(&wanted.id).is_some_and(|found| found.depth <= wanted.depth) {
                continue;
            }
            let commit = match self.place_of(&wanted.id)? {
                Place::Here(commit) => commit,
                Place::Listed(commit) => {
                    missing.insert(wanted.id.clone(), commit);
                    commit
                }
                Place::Unknown => {
                    elsewhere.push(wanted);
                    continue;
                }
                Place::Nowhere => {
                    closure.lacking.push(self.lacking(wanted));
                    continue;
                }
            };
            closure.versions.insert(wanted.id.clone(), Reached { commit, depth: wanted.depth });
            for id in self.dependencies(&wanted.id, commit)? {
                queue.push(Wanted { id, by: Some(wanted.id.clone()), depth: wanted.depth + 1 });
            }
        }
        Ok((missing, elsewhere))
    }

    fn place_of(&mut self, id: &VersionId) -> Result<Place> {
        let here = self.known.commit(&id.id, &id.version);
        let listed = self.entry(&id.id)?.and_then(|entry| entry.version(&id.version).map(|listed| listed.commit));
        let is_asked = self.sources.contains_key(&id.id.scope);
        Ok(match (listed, here) {
            (Some(listed), _) if self.is_here(id, listed)? => Place::Here(listed),
            (Some(listed), _) if is_asked => Place::Listed(listed),
            // Staged here, or its scope can't be asked any more: what is here is used.
            (None, Some(here)) => Place::Here(here),
            _ if is_asked || self.unreachable.contains_key(&id.id.scope) => Place::Nowhere,
            _ => Place::Unknown,
        })
    }

    /// What a version needs: as it says itself where it is here, else as its catalog says.
    pub fn dependencies(&mut self, id: &VersionId, commit: CommitId) -> Result<Vec<VersionId>> {
        if let Some(manifest) = self.manifest(id, commit)? {
            return Ok(manifest.dependencies.into_iter().map(|dependency| dependency.id).collect());
        }
        let entry = self.entry(&id.id)?;
        let listed = entry.as_ref().and_then(|entry| entry.version(&id.version));
        Ok(listed.map_or_else(Vec::new, |listed| listed.dependencies.clone()))
    }

    /// What a version that is here says of itself.
    fn manifest(&self, id: &VersionId, commit: CommitId) -> Result<Option<Manifest>> {
        if !self.is_here(id, commit)? {
            return Ok(None);
        }
        let repo = self.sources.get(&id.id.scope).map_or(self.workspace.scope.repo(), |source| source.repo());
        match repo.has(oid(commit))? {
            true => Ok(Some(*StoredVersion::read(repo, commit)?.manifest)),
            false => Ok(None),
        }
    }

    /// A catalog lists what each version needs; should it not list all, the version itself does.
    fn said_by_themselves<'i>(
        &self,
        closure: &Closure,
        brought: impl Iterator<Item = &'i VersionId>,
    ) -> Result<Vec<Wanted>> {
        let mut further = Vec::new();
        for id in brought {
            let Reached { commit, depth } = closure.versions[id];
            let needs = self.manifest(id, commit)?.map_or_else(Vec::new, |manifest| manifest.dependencies);
            let unseen = needs.into_iter().filter(|needed| !closure.versions.contains_key(&needed.id));
            further.extend(unseen.map(|needed| Wanted { id: needed.id, by: Some(id.clone()), depth: depth + 1 }));
        }
        Ok(further)
    }

    /// The scopes to ask: of what is needed, and all that the versions which came know their closure to be in. So a
    /// long way through many scopes takes one round, not one for each.
    fn scopes_of(&self, brought: &BTreeMap<VersionId, CommitId>, elsewhere: &[Wanted]) -> Result<BTreeSet<ScopeName>> {
        let mut scopes: BTreeSet<ScopeName> = elsewhere.iter().map(|wanted| wanted.id.id.scope.clone()).collect();
        for (id, commit) in brought {
            scopes.extend(self.manifest(id, *commit)?.map_or_else(Vec::new, |manifest| manifest.scopes));
        }
        Ok(scopes)
    }

    fn lacking(&self, wanted: Wanted) -> Lacking {
        let scope = &wanted.id.id.scope;
        let why = match self.unreachable.get(scope) {
            Some(error) => errors::in_one_line(error),
            None => format!("the scope {scope} does not list it: nobody exported it yet, or it was lost there"),
        };
        Lacking { id: wanted.id, needed_by: wanted.by, why }
    }

    /// What a version was made with must be what its dependency is.
    fn check_pins(&mut self, closure: &Closure) -> Result<()> {
        for (id, reached) in &closure.versions {
            let listed = self.entry(&id.id)?.and_then(|entry| Some(entry.version(&id.version)?.commit));
            let is_staged = listed != Some(reached.commit);
            let needs = self.manifest(id, reached.commit)?.map_or_else(Vec::new, |manifest| manifest.dependencies);
            for needed in needs {
                if let (Some(pin), Some(found)) = (needed.commit, closure.versions.get(&needed.id)) {
                    // What is staged here was made with what is staged here, of which the scope has another one by now:
                    // a matter for "bit merge".
                    if is_staged && self.known.commit(&needed.id.id, &needed.id.version) == Some(pin) {
                        continue;
                    }
                    self.refuse_moved(&needed.id, &format!("{id} was made with"), pin, found.commit)?;
                }
            }
        }
        Ok(())
    }
}
