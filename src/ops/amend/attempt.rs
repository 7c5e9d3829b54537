//! One scope whose catalog is changed: asked, read, written on top of its newest commit, and again if others were
//! faster.

use super::aim::Aim;
use crate::errors::{self, Outside};
use crate::git::{Envelope, Identities, PackWriter, PushMode, RefName, Repo, commit_id, oid, remote};
use crate::model::{
    CatalogEntry, CommitId, ComponentId, ComponentName, Deprecation, IdQuery, Mark, Moved, Pattern, ScopeName,
    VersionRange, nearest,
};
use crate::ops::continuity::{Continuity, continuity};
use crate::ops::dependents::{self, Going};
use crate::ops::export::{Obstacle, Patience, settle};
use crate::ops::in_range::newest_outside;
use crate::ops::remove::Guarded;
use crate::ops::{Place, Progress, Reached, Visit, Workspace, reach};
use crate::scope::CatalogDraft;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// What is changed of which components.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// The change.
    pub mark: &'a Mark,
    /// The components.
    pub ids: &'a BTreeSet<ComponentId>,
}

impl Change<'_> {
    /// Refuses to remove what others depend on that stay: in these scopes and in the workspace.
    pub fn refuse_needed(
        &self,
        sites: &[Site],
        workspace: Option<&Workspace>,
        guarded: Guarded,
        progress: &dyn Progress,
    ) -> Result<()> {
        let (Mark::Remove(range), Guarded::Refuse) = (self.mark, guarded) else { return Ok(()) };
        let going = Going { ids: self.ids, range: range.as_ref() };
        let mut found = match workspace {
            Some(workspace) => dependents::in_workspace(workspace, &going, progress)?,
            None => dependents::Dependents::new(),
        };
        for site in sites {
            for (id, by) in dependents::in_catalog(site.scope(), &site.entries, &going) {
                found.entry(id).or_default().extend(by);
            }
        }
        dependents::refuse(found)
    }
}

/// Refuses to go on from a catalog that does not go on from the one that is known here: that would confirm it. Who names
/// a URL may mean a mirror that is behind, but none where versions are others.
fn refuse_another(workspace: &Workspace, visit: &Visit, place: &Place, reached: &Reached) -> Result<()> {
    let scope = &reached.info.name;
    let known = workspace.scope.known()?;
    let Some(before) = known.catalogs.get(scope).filter(|before| before.commit != reached.catalog.commit) else {
        return Ok(());
    };
    // Each of the two is in a repository of its own.
    let mut both = visit.another()?;
    both.borrow(visit.repo())?;
    both.borrow(workspace.scope.repo())?;
    let moved = match continuity(both.repo(), Some(before), &reached.catalog)? {
        Continuity::First | Continuity::Same | Continuity::Forward => return Ok(()),
        Continuity::Changed(moved) | Continuity::Replaced(moved) => moved,
    };
    let is_home = matches!(place, Place::Scope(_));
    let told: Vec<&Moved> = moved.iter().filter(|moved| is_home || moved.is.is_some()).collect();
    match is_home || !told.is_empty() {
        true => Err(errors::scope_was_changed_before_amending(scope, &told)),
        false => Ok(()),
    }
}

/// What the catalog's commit says of itself.
fn message(mark: &Mark, entries: &BTreeMap<ComponentName, CatalogEntry>) -> String {
    let names: Vec<&str> = entries.keys().map(ComponentName::as_str).collect();
    match names.as_slice() {
        [only] => format!("{} {only}", mark.verb()),
        several => format!("{} {} components\n\n{}", mark.verb(), several.len(), several.join("\n")),
    }
}

/// A scope that was asked.
pub struct Site {
    /// How it was named.
    pub place: Place,
    words: Vec<String>,
    excluded: Vec<String>,
    visit: Visit,
    reached: Reached,
    /// What it lists.
    entries: Vec<CatalogEntry>,
}

/// What was found of the words for a scope.
pub struct FoundThere {
    /// The components that are meant.
    pub ids: BTreeSet<ComponentId>,
    /// Ids that it does not have.
    pub missing: Vec<String>,
    /// What may have been meant by one of those.
    pub nearest: Option<String>,
}

impl Site {
    /// Asks it, and reads what it lists.
    pub fn open(aim: &Aim, workspace: Option<&Workspace>, progress: &dyn Progress) -> Result<Self> {
        let Aim { place, words, excluded } = aim.clone();
        let visit = workspace.map_or_else(Visit::new, |workspace| Visit::beside(&workspace.scope))?;
        let reached = reach(visit.repo(), place.url(workspace)?, None, &mut |count| progress.git(count))?;
        let reached = place.expect(reached)?;
        if let Some(workspace) = workspace {
            refuse_another(workspace, &visit, &place, &reached)?;
        }
        let entries = reached.catalog.entries(visit.repo())?;
        progress.advance(1);
        Ok(Self { place, words, excluded, visit, reached, entries })
    }

    /// Its name.
    pub fn scope(&self) -> &ScopeName {
        &self.reached.info.name
    }

    /// Finds what is meant. A pattern names what is removed only where that is to be taken back.
    pub fn find(&self, mark: &Mark) -> Result<FoundThere> {
        let mut found = FoundThere { ids: BTreeSet::new(), missing: Vec::new(), nearest: None };
        let ids: Vec<ComponentId> = self.entries.iter().map(|entry| self.id_of(entry)).collect();
        for word in &self.words {
            if Pattern::looks_like(word) {
                let pattern = Pattern::parse(word)?;
                let shown = self.entries.iter().filter(|entry| entry.removed.is_none() || *mark == Mark::Recover);
                let matching: Vec<ComponentId> =
                    shown.map(|entry| self.id_of(entry)).filter(|id| pattern.matches(id)).collect();
                if matching.is_empty() && *mark != Mark::Recover {
                    return Err(errors::no_match(word));
                }
                self.refuse_outside(&matching, mark)?;
                found.ids.extend(matching);
                continue;
            }
            match self.by_id(word, &ids, mark)? {
                Some(id) => {
                    self.refuse_outside(std::slice::from_ref(&id), mark)?;
                    found.ids.insert(id);
                }
                None => {
                    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
                    let names = ids.iter().map(|id| id.name.as_str());
                    let near = nearest(word, names.chain(texts.iter().map(String::as_str))).map(str::to_owned);
                    found.nearest = found.nearest.or(near);
                    found.missing.push(word.clone());
                }
            }
        }
        for text in &self.excluded {
            let pattern = Pattern::parse(text)?;
            found.ids.retain(|id| !pattern.matches(id));
        }
        Ok(found)
    }

    fn by_id(&self, word: &str, ids: &[ComponentId], mark: &Mark) -> Result<Option<ComponentId>> {
        let query = IdQuery::parse(word)?;
        let whole = query.as_id.filter(|id| id.scope == *self.scope());
        let named = query.as_name.map(|name| ComponentId::new(self.scope().clone(), name));
        let found = [whole, named].into_iter().flatten().find(|id| ids.contains(id));
        match (&found, &query.version, mark) {
            (Some(id), Some(_), Mark::Undeprecate | Mark::Recover) => {
                Err(errors::all_versions_expected(mark.verb(), id))
            }
            (Some(id), Some(_), Mark::Deprecate(_) | Mark::Remove(_)) => {
                let version = word.rsplit_once('@').map_or("", |(_, version)| version);
                Err(errors::range_expected(mark.command(), id, version))
            }
            _ => Ok(found),
        }
    }

    /// Refuses a range that holds no version of any of these.
    fn refuse_outside(&self, ids: &[ComponentId], mark: &Mark) -> Result<()> {
        let Some(Ok(range)) = mark.range().map(VersionRange::parse) else { return Ok(()) };
        let mut outside = Vec::new();
        for entry in self.entries.iter().filter(|entry| ids.contains(&self.id_of(entry))) {
            let versions = entry.versions.iter().map(|listed| &listed.version);
            let newest = newest_outside(&range, versions);
            outside.extend(newest.map(|newest| Outside { id: self.id_of(entry), newest }));
        }
        match outside.len() == ids.len() && !ids.is_empty() {
            true => Err(errors::no_listed_version_in_range(&range, &outside)),
            false => Ok(()),
        }
    }

    fn id_of(&self, entry: &CatalogEntry) -> ComponentId {
        ComponentId::new(self.scope().clone(), entry.name.clone())
    }

    /// What it says of these now.
    pub fn said(&self, ids: &BTreeSet<ComponentId>) -> BTreeMap<ComponentId, Deprecation> {
        let said = |entry: &CatalogEntry| Some((self.id_of(entry), entry.deprecated.clone()?));
        self.entries.iter().filter_map(said).filter(|(id, _)| ids.contains(id)).collect()
    }

    /// The components for which a change is one.
    pub fn news(&self, change: &Change) -> BTreeSet<ComponentId> {
        self.ids_of(&self.changed(change))
    }

    fn ids_of(&self, entries: &BTreeMap<ComponentName, CatalogEntry>) -> BTreeSet<ComponentId> {
        entries.keys().map(|name| ComponentId::new(self.scope().clone(), name.clone())).collect()
    }

    fn changed(&self, change: &Change) -> BTreeMap<ComponentName, CatalogEntry> {
        let meant = self.entries.iter().filter(|entry| change.ids.contains(&self.id_of(entry)));
        let changed = meant.cloned().filter_map(|mut entry| change.mark.apply(&mut entry).then_some(entry));
        changed.map(|entry| (entry.name.clone(), entry)).collect()
    }

    /// Makes the change. Gives the components for which it was one: also those for which an attempt made it without
    /// our being told.
    pub fn change(
        mut self,
        change: &Change,
        guarded: Guarded,
        identities: &Identities,
        progress: &dyn Progress,
    ) -> Result<BTreeSet<ComponentId>> {
        let (mut done, mut patience) = (BTreeSet::new(), Patience::new());
        loop {
            let entries = self.changed(change);
            if entries.is_empty() {
                return Ok(done);
            }
            self.refuse_lost(&entries)?;
            done.extend(self.ids_of(&entries));
            match self.publish(change.mark, &entries, identities, progress) {
                Ok(None) => return Ok(done),
                Ok(Some(obstacle)) => patience.wait(&[self.reached.catalog.commit], &obstacle)?,
                Err(error) => patience.forgive(error)?,
            }
            self.look_again()?;
            // Somebody may have exported what needs one of these meanwhile.
            change.refuse_needed(std::slice::from_ref(&self), None, guarded, progress)?;
        }
    }

    /// A version that lost its tag while it was removed can't be taken back: the catalog would list what is not there.
    fn refuse_lost(&self, entries: &BTreeMap<ComponentName, CatalogEntry>) -> Result<()> {
        let mut lost = Vec::new();
        for before in &self.entries {
            let Some(after) = entries.get(&before.name) else { continue };
            let id = self.id_of(before);
            for listed in before.versions.iter().filter(|listed| before.is_removed(listed)) {
                let is_back = after.version(&listed.version).is_some_and(|listed| !after.is_removed(listed));
                let id = id.at(listed.version.clone());
                if is_back && !self.reached.advertised.refs.contains_key(&RefName::in_scope(&id)) {
                    lost.push(id);
                }
            }
        }
        if lost.is_empty() { Ok(()) } else { Err(errors::recovered_is_gone(&lost, &self.reached.url.to_string())) }
    }

    fn look_again(&mut self) -> Result<()> {
        let (url, before) = (self.reached.url.clone(), &self.reached.catalog);
        let now = reach(self.visit.repo(), url, Some(before), &mut |_| {})?.expect(self.scope())?;
        self.entries = now.catalog.entries(self.visit.repo())?;
        self.reached = now;
        Ok(())
    }

    /// One commit on top of the catalog, if nobody was faster.
    fn publish(
        &self,
        mark: &Mark,
        entries: &BTreeMap<ComponentName, CatalogEntry>,
        identities: &Identities,
        progress: &dyn Progress,
    ) -> Result<Option<Obstacle>> {
        let repo = self.visit.repo();
        let message = message(mark, entries);
        let draft = CatalogDraft {
            base: Some(&self.reached.catalog),
            info: None,
            entries,
            url: Some(&self.reached.url),
            message: &message,
            identities,
        };
        let mut objects = Vec::new();
        let catalog = oid(draft.write(repo, &mut objects)?);
        let mut pack = PackWriter::new(repo)?;
        pack.add(objects)?;
        pack.finish()?;
        let Reached { url, branch, .. } = &self.reached;
        let envelope = Envelope::new(repo, &[(branch.clone(), catalog)], repo.path())?;
        progress.stage(&format!("publishing to {}", self.scope()), 0);
        let report = envelope.push(url, PushMode::Separate, &mut |count| progress.git(count))?;
        if let Some(obstacle) = settle(self.scope(), url, branch, &report)? {
            return Ok(Some(obstacle));
        }
        self.arrived(repo, commit_id(catalog))
    }

    /// A host may say yes to two in the same moment. Where another one's catalog is there, it may lack this change.
    fn arrived(&self, repo: &Repo, catalog: CommitId) -> Result<Option<Obstacle>> {
        let Reached { url, branch, .. } = &self.reached;
        let now = remote::list_some(url, Some(repo), std::slice::from_ref(branch))?;
        let is_ours = now.refs.get(branch).is_some_and(|there| commit_id(*there) == catalog);
        let (scope, url, name) = (self.scope().clone(), url.clone(), branch.clone());
        Ok((!is_ours).then(|| Obstacle { scope, url, name, words: String::new() }))
    }
}
