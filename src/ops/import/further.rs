//! What becomes a component of the workspace beside what was named: what that needs, and what needs that.

use super::choose::Chosen;
use super::options::{At, Dependents, Further};
use super::{ImportOptions, Run};
use crate::errors;
use crate::model::{ComponentId, IdQuery, VersionId};
use crate::ops::incoming::Closure;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Components, each with those that need it.
type Needed = BTreeMap<ComponentId, BTreeSet<ComponentId>>;

impl Run<'_> {
    /// Adds it, and gives the closure of all of them.
    pub(super) fn further(
        &mut self,
        chosen: &mut Vec<Chosen>,
        closure: Closure,
        options: &ImportOptions,
    ) -> Result<Closure> {
        let Further { dependencies, at, dependents } = &options.further;
        let mut more = self.dependencies(chosen, &closure, *dependencies, *at)?;
        more.extend(self.dependents(chosen, dependents)?);
        more.retain(|one| !chosen.iter().any(|chosen| chosen.id.id == one.id.id));
        let is_whole = more.iter().all(|one| closure.versions.contains_key(&one.id));
        chosen.extend(more);
        if is_whole { Ok(closure) } else { self.close(chosen) }
    }

    /// What the chosen components need: each once, at the highest version, or at the newest of its main line.
    fn dependencies(&mut self, chosen: &[Chosen], closure: &Closure, depth: usize, at: At) -> Result<Vec<Chosen>> {
        let near = closure.versions.iter().filter(|(_, reached)| (1..=depth).contains(&reached.depth));
        // Sorted by version, so the last one stays.
        let highest: BTreeMap<&ComponentId, &VersionId> = near.map(|(id, _)| (&id.id, id)).collect();
        let is_new =
            |id: &ComponentId| self.workspace.entry(id).is_none() && chosen.iter().all(|chosen| chosen.id.id != *id);
        let new: Vec<VersionId> = highest.into_iter().filter(|(id, _)| is_new(id)).map(|(_, id)| id.clone()).collect();
        new.into_iter().map(|id| self.at(id, at)).collect()
    }

    fn at(&mut self, id: VersionId, at: At) -> Result<Chosen> {
        let entry = self.incoming.entry(&id.id)?.ok_or_else(|| errors::not_in_catalog(&id.id))?;
        let id = if at == At::Head { id.id.at(entry.head.clone()) } else { id };
        let listed = entry.version(&id.version).map(|listed| listed.commit);
        let commit = listed.or(self.known.commit(&id.id, &id.version));
        let commit = commit.ok_or_else(|| errors::not_in_catalog(&id.id))?;
        Ok(Chosen { commit, id, entry, is_exact: true })
    }

    /// What stands between the workspace and what was chosen: it needs that, and a component of the workspace needs it.
    /// Each once, at the highest version that is needed.
    fn dependents(&mut self, chosen: &[Chosen], wanted: &Dependents) -> Result<Vec<Chosen>> {
        if *wanted == Dependents::None {
            return Ok(Vec::new());
        }
        let entries = self.workspace.bitmap.entries().filter(|entry| entry.is_exported());
        let roots: Vec<VersionId> = entries.filter_map(|entry| Some(entry.id().at(entry.version.clone()?))).collect();
        let closure = self.incoming.close(roots)?;
        let mut needed = Needed::new();
        for (id, reached) in &closure.versions {
            for dependency in self.incoming.dependencies(id, reached.commit)? {
                needed.entry(dependency.id).or_default().insert(id.id.clone());
            }
        }
        let ids: Vec<ComponentId> = chosen.iter().map(|chosen| chosen.id.id.clone()).collect();
        let mut between = above(&needed, &ids);
        if let Dependents::Via(queries) = wanted {
            between = via(&needed, &between, queries)?;
        }
        between.retain(|id| self.workspace.entry(id).is_none() && !ids.contains(id));
        let highest: BTreeMap<&ComponentId, &VersionId> = closure.versions.keys().map(|id| (&id.id, id)).collect();
        between.iter().filter_map(|id| highest.get(id)).map(|id| self.at((*id).clone(), At::Pinned)).collect()
    }
}

/// All that need these components, near and far.
fn above(needed: &Needed, ids: &[ComponentId]) -> BTreeSet<ComponentId> {
    let (mut found, mut next) = (BTreeSet::new(), ids.to_vec());
    while let Some(id) = next.pop() {
        for dependent in needed.get(&id).into_iter().flatten() {
            if found.insert(dependent.clone()) {
                next.push(dependent.clone());
            }
        }
    }
    found
}

/// Those of them that lie on a way through one of these components.
fn via(needed: &Needed, between: &BTreeSet<ComponentId>, queries: &[IdQuery]) -> Result<BTreeSet<ComponentId>> {
    let mut kept = BTreeSet::new();
    for query in queries {
        let through = between.iter().find(|id| query.names(id)).ok_or_else(|| errors::not_between(&query.path))?;
        let over = above(needed, std::slice::from_ref(through));
        kept.insert(through.clone());
        kept.extend(between.iter().filter(|id| over.contains(*id)).cloned());
        kept.extend(between.iter().filter(|id| above(needed, std::slice::from_ref(*id)).contains(through)).cloned());
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ComponentId {
        format!("s.t/{name}").parse().unwrap()
    }

    #[test]
    fn what_lies_between_is_found_and_may_go_through_one_only() {
        // site → page → (card → icon, list → icon), and list → row → icon
        let pairs = [
            ("page", "site"),
            ("card", "page"),
            ("list", "page"),
            ("icon", "card"),
            ("icon", "list"),
            ("icon", "row"),
            ("row", "list"),
            ("other", "site"),
        ];
        let mut needed = Needed::new();
        for (below, over) in pairs {
            needed.entry(id(below)).or_default().insert(id(over));
        }
        let names =
            |found: &BTreeSet<ComponentId>| -> Vec<String> { found.iter().map(|id| id.name.to_string()).collect() };
        let between = above(&needed, &[id("icon")]);
        assert_eq!(names(&between), ["card", "list", "page", "row", "site"]);
        let through = |name: &str| via(&needed, &between, &[IdQuery::parse(name).unwrap()]);
        assert_eq!(names(&through("row").unwrap()), ["list", "page", "row", "site"]);
        assert_eq!(names(&through("s.t/card").unwrap()), ["card", "page", "site"]);
        assert!(through("other").is_err());
    }
}
