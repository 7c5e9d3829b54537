//! What a copy needs: other copies where it is to follow, else what the original needs.

use super::{Place, Planner};
use crate::git::oid;
use crate::model::{CommitId, ComponentId, Dependency, VersionId};
use crate::ops::rewrite::{At, Need};
use crate::scope::StoredVersion;
use anyhow::Result;

impl Planner<'_, '_> {
    /// What the copy of a version needs.
    pub(super) fn needs(&mut self, at: usize) -> Result<Vec<Need>> {
        let (id, version) = self.versions[at];
        let follows = self.there[id].follows;
        let mut needs = Vec::with_capacity(version.stored.manifest.dependencies.len());
        for needed in &version.stored.manifest.dependencies {
            let copy = if follows { self.copy_for(needed)? } else { None };
            let after = |copy: &Place| {
                ComponentId::new(self.target.clone(), needed.id.id.name.clone()).at(copy.version.clone())
            };
            needs.push(Need {
                before: needed.id.clone(),
                after: copy.as_ref().map_or_else(|| needed.id.clone(), after),
                kind: needed.kind,
                is_pinned: needed.commit.is_some(),
                at: copy.map(|copy| copy.at).or(needed.commit.map(At::Commit)),
            });
        }
        Ok(needs)
    }

    /// The copy that is to be needed in the place of a version.
    fn copy_for(&mut self, needed: &Dependency) -> Result<Option<Place>> {
        if needed.id.id.scope == *self.target {
            return Ok(None);
        }
        if self.components.contains_key(&needed.id.id) {
            return Ok(self.content(needed).and_then(|commit| self.plan.copies.get(&commit)).cloned());
        }
        let Some(commit) = needed.commit else { return Ok(None) };
        if !self.outside.contains_key(&commit) {
            let copy = self.outside(&needed.id, commit)?;
            self.outside.insert(commit, copy);
        }
        Ok(self.outside[&commit].clone())
    }

    /// The copy that somebody made of a version before.
    fn outside(&self, id: &VersionId, commit: CommitId) -> Result<Option<Place>> {
        let Some(entry) = self.index.entry(self.repo, &id.id.name)? else { return Ok(None) };
        let origin = match self.repo.has(oid(commit))? {
            true => StoredVersion::read(self.repo, commit)?.origin,
            false => None,
        };
        let found = entry.versions.iter().rev().find(|listed| listed.stands_for(id, commit, origin.as_ref()));
        Ok(found.map(Place::listed))
    }
}
