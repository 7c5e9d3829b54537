//! What a copy needs: other copies where it is to follow, else what the original needs.

use super::super::Standing;
use super::{Place, Planner};
use crate::model::{CommitId, ComponentId, Dependency, VersionId};
use crate::ops::rewrite::{At, Need};
use anyhow::Result;
use std::collections::HashMap;

impl Planner<'_, '_> {
    /// What the copy of a version needs.
    pub(super) fn needs(&mut self, at: usize) -> Result<Vec<Need>> {
        let (id, version) = self.versions[at];
        let follows = self.there[id].follows;
        let mut needs = Vec::with_capacity(version.stored.manifest.dependencies.len());
        for needed in &version.stored.manifest.dependencies {
            let content = self.known_content(needed)?;
            let copy = if follows { self.copy_for(needed)? } else { None };
            let after = |copy: &Place| {
                ComponentId::new(self.target.clone(), needed.id.id.name.clone()).at(copy.version.clone())
            };
            needs.push(Need {
                before: needed.id.clone(),
                after: copy.as_ref().map_or_else(|| needed.id.clone(), after),
                kind: needed.kind,
                // In a cycle the original could not say it. Its copy can, unless it is in one as well.
                is_pinned: needed.commit.is_some() || version.standing == Standing::Numbered,
                at: copy.map(|copy| copy.at).or(content.map(At::Commit)),
            });
        }
        self.keep_apart(at, &mut needs)?;
        Ok(needs)
    }

    /// A package can need one version of another one. Where two of what a version needs have copies of different
    /// versions, it goes on needing the two as they are.
    fn keep_apart(&mut self, at: usize, needs: &mut [Need]) -> Result<()> {
        let mut versions: HashMap<&ComponentId, &VersionId> = HashMap::with_capacity(needs.len());
        let mut apart: Vec<ComponentId> = Vec::new();
        for need in needs.iter() {
            if *versions.entry(&need.after.id).or_insert(&need.after) != &need.after {
                apart.push(need.after.id.clone());
            }
        }
        let stored = &self.versions[at].1.stored;
        for need in needs.iter_mut().filter(|need| need.before != need.after && apart.contains(&need.after.id)) {
            let needed = stored.manifest.dependencies.iter().find(|needed| needed.id == need.before);
            need.after = need.before.clone();
            need.at = needed.map(|needed| self.known_content(needed)).transpose()?.flatten().map(At::Commit);
            self.beside.insert((at, need.before.clone()));
        }
        Ok(())
    }

    /// What a dependency is. Inside a cycle only its number says it.
    fn known_content(&self, needed: &Dependency) -> Result<Option<CommitId>> {
        match self.content(needed) {
            Some(commit) => Ok(Some(commit)),
            None => self.descents.content(&needed.id),
        }
    }

    /// The copy that is to be needed in the place of a version.
    fn copy_for(&mut self, needed: &Dependency) -> Result<Option<Place>> {
        if needed.id.id.scope == *self.target {
            return Ok(None);
        }
        if self.components.contains_key(&needed.id.id) {
            return Ok(self.content(needed).and_then(|commit| self.plan.copies.get(&commit)).cloned());
        }
        let Some(commit) = self.known_content(needed)? else { return Ok(None) };
        if !self.outside.contains_key(&commit) {
            let copy = self.outside(&needed.id, commit)?;
            self.outside.insert(commit, copy);
        }
        Ok(self.outside[&commit].clone())
    }

    /// The copy that somebody made of a version before.
    fn outside(&self, id: &VersionId, commit: CommitId) -> Result<Option<Place>> {
        let Some(entry) = self.index.entry(self.repo, &id.id.name)? else { return Ok(None) };
        let own = self.descents.of(id.clone(), commit)?;
        let new = ComponentId::new(self.target.clone(), id.id.name.clone());
        for listed in entry.versions.iter().rev() {
            if self.descents.of_listed(&new, listed)?.is_same_as(&own) {
                return Ok(Some(Place::listed(listed)));
            }
        }
        Ok(None)
    }
}
