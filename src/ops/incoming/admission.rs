//! What came is looked at, and then taken into the local scope: versions that are what they are said to be.

use super::{Closure, Incoming, Source};
use crate::git::{RefEdit, RefName, Repo, oid};
use crate::model::{CatalogEntry, CommitId, ComponentId, VersionId};
use crate::ops::Progress;
use crate::ops::audit::admissible;
use crate::ops::verify::listed_before;
use anyhow::{Result, anyhow};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// The changes of refs by which what came is known.
#[derive(Debug, Default)]
pub struct Refs {
    /// All of them: versions, and the catalogs as they were seen.
    pub edits: Vec<RefEdit>,
    /// The versions that are new here.
    pub versions: Vec<VersionId>,
}

impl Refs {
    /// What came is no version here.
    pub(super) fn drop_version(&mut self, id: &VersionId) {
        let name = RefName::from(id.clone()).to_string();
        self.edits.retain(|edit| edit.name != name);
        self.versions.retain(|version| version != id);
    }
}

impl Incoming<'_> {
    /// Looks at every version that came, those before it included, and works out which refs it gets. A number under
    /// which something else is staged here stays what it is here.
    pub fn judge(&mut self, closure: &Closure) -> Result<Refs> {
        let components: BTreeSet<&ComponentId> = closure.versions.keys().map(|id| &id.id).collect();
        let mut refs = Refs { edits: self.catalogs(), versions: Vec::new() };
        for id in components {
            let Some(entry) = self.sources.get(&id.scope).map(|source| source.entry(&id.name)).transpose()?.flatten()
            else {
                continue;
            };
            let before = self.seen_before(id)?;
            self.versions_of(id, &entry, before.as_ref(), &mut refs)?;
        }
        self.check_all(&refs.versions, self.progress)?;
        self.check_signatures(closure, &mut refs)?;
        Ok(refs)
    }

    /// The catalogs that went on.
    pub fn catalogs(&self) -> Vec<RefEdit> {
        self.sources.values().filter_map(Source::track).collect()
    }

    fn versions_of(
        &self,
        id: &ComponentId,
        entry: &CatalogEntry,
        before: Option<&CatalogEntry>,
        refs: &mut Refs,
    ) -> Result<()> {
        let source = &self.sources[&id.scope];
        for listed in &entry.versions {
            let version = id.at(listed.version.clone());
            let known = self.known.components.get(id).and_then(|known| known.versions.get(&listed.version));
            if known.is_some_and(|known| known.commit == listed.commit) || !source.repo().has(oid(listed.commit))? {
                continue;
            }
            if let Some(known) = known {
                let was_listed = before.and_then(|before| before.version(&listed.version));
                let was_it = was_listed.is_some_and(|was| was.commit == known.commit);
                if !was_it && !self.is_given_up(source, &version, known.commit)? {
                    continue;
                }
                self.refuse_moved(&version, "this version was", known.commit, listed.commit)?;
            }
            let target = source.tags.get(&version).copied().unwrap_or(oid(listed.commit));
            let name = RefName::from(version.clone()).to_string();
            refs.edits.push(RefEdit { name, old: known.map(|known| known.target), new: Some(target) });
            refs.versions.push(version);
        }
        Ok(())
    }

    /// Whether a person wants another content for a version that the scope had listed as it is here. What is only staged
    /// nobody gives up by that.
    fn is_given_up(&self, source: &Source, id: &VersionId, here: CommitId) -> Result<bool> {
        let listed = (id.clone(), here);
        Ok(self.accepted.is_moved(id)
            && (listed_before(&self.workspace.scope).contains(&listed)
                || source.catalog.ever_listed(source.repo(), None)?.listed.contains(&listed)))
    }

    fn check_all(&mut self, versions: &[VersionId], progress: &dyn Progress) -> Result<()> {
        progress.stage("checking what came", versions.len());
        let mut of_scopes: Vec<(&Path, Vec<(&VersionId, CommitId)>)> = Vec::new();
        for source in self.sources.values() {
            let own = versions.iter().filter(|id| id.id.scope == source.catalog.scope);
            let mut with_commits = Vec::new();
            for id in own {
                let entry = source.entry(&id.id.name)?;
                let listed = entry.as_ref().and_then(|entry| entry.version(&id.version));
                with_commits.extend(listed.map(|listed| (id, listed.commit)));
            }
            of_scopes.push((source.quarantine.path(), with_commits));
        }
        for (place, versions) in of_scopes {
            let check = |repo: &mut Result<Repo>, (id, commit): (&VersionId, CommitId)| {
                progress.advance(1);
                let repo = repo.as_ref().map_err(|error| anyhow!("{error:#}"))?;
                admissible(repo, id, commit)
            };
            let checked = versions.into_par_iter().with_min_len(16);
            checked.map_init(|| Repo::open(place), check).collect::<Result<()>>()?;
        }
        Ok(())
    }

    /// Takes all that came into the local scope, as objects that no ref names yet.
    pub fn admit(&self) -> Result<()> {
        let local = &self.workspace.scope;
        for source in self.sources.values() {
            source.quarantine.admit(local.repo())?;
        }
        Ok(())
    }
}
