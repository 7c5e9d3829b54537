//! A component of the workspace gets another primary scope, one that has a copy of it already.

use super::choose::{Chosen, Said, choose};
use super::{Deprecated, Fate, Imported, ImportedComponent, Run};
use crate::errors;
use crate::git::oid;
use crate::model::{CatalogVersion, CommitId, ComponentId, Descent, Version, VersionId};
use crate::ops::descents::Descents;
use crate::ops::export::{Versions, staged};
use crate::ops::importers::importers_then;
use crate::ops::switch::{self, Switch};
use crate::ops::{BitmapChange, Component, Specifiers, State};
use crate::workspace::{self, BitmapEntry};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A component, and the copy that it goes on with.
struct Move {
    before: BitmapEntry,
    chosen: Chosen,
    copy: (VersionId, CommitId),
}

impl Run<'_> {
    /// Gives the components that the ids' scopes have copies of these as their primary ones. They keep their version;
    /// only where the copy has other specifiers their files change, and then they may have no local changes.
    ///
    /// A dry run fetches the copies' content all the same, under no name: what changes can't be told without it.
    pub(super) fn set_current_scope(&mut self, texts: &[String], dry_run: bool, outcome: &mut Imported) -> Result<()> {
        let said = Said { texts, deprecated: Deprecated::Include, installed: &[] };
        let chosen = choose(self.workspace, &mut self.incoming, &said)?;
        let mut moves = Vec::new();
        for chosen in chosen {
            if self.workspace.entry(&chosen.id.id).is_none() {
                moves.push(self.find_copy(chosen)?);
            }
        }
        let closure = self.incoming.close(moves.iter().map(|one| one.copy.0.clone()))?;
        if !closure.lacking.is_empty() {
            return Err(errors::dependencies_unavailable(&super::lines(&closure.lacking)));
        }
        let refs = self.incoming.judge(&closure)?;
        self.incoming.admit()?;
        self.workspace.scope.repo().refresh()?;
        let mut switch = self.switch(&moves)?;
        let ids = switch.ids().collect::<BTreeMap<_, _>>();
        outcome.files = switch.files();
        outcome.told = std::mem::take(&mut switch.told);
        outcome.warnings.extend(self.left_behind(&ids)?);
        if dry_run {
            outcome.components.extend(moves.into_iter().map(Move::told));
            return Ok(());
        }
        let bitmap = moves.iter().map(|one| {
            let mut after = one.before.clone();
            switch.apply(&mut after);
            BitmapChange { before: Some(one.before.clone()), after: Some(after) }
        });
        let bitmap = bitmap.collect();
        switch.commit(self.workspace, self.lock, refs.edits, bitmap, "import")?;
        outcome.versions = refs.versions;
        for one in moves {
            // A link can be made anew at any time, and "bit link" removes what is left of one.
            let package = crate::model::PackageName::of(&one.before.id());
            let _ = workspace::remove(&self.workspace.layout.root, package.as_str());
            outcome.components.push(one.told());
        }
        Ok(())
    }

    /// What a person should know of components that import these by the old name.
    fn left_behind(&self, ids: &BTreeMap<ComponentId, ComponentId>) -> Result<Vec<String>> {
        let state = State::load(self.workspace, self.progress)?;
        Ok(importers_then(self.workspace, &state, ids, Specifiers::Keep, |_| true)?.warnings)
    }

    /// The component of the workspace that a scope has a copy of, and the copy of the version that it has.
    fn find_copy(&self, chosen: Chosen) -> Result<Move> {
        let copies = Copies::of(self, &chosen)?;
        let mut lacking = None;
        for entry in self.workspace.bitmap.named(&chosen.id.id.name) {
            let (Some(version), Some(commit), true) = (&entry.version, entry.commit, entry.is_exported()) else {
                continue;
            };
            let here = entry.id().at(version.clone());
            let found = copies.find(here.clone(), commit)?;
            let last = copies.last_of(&here.id);
            if found.is_none() && last.is_none() && !copies.descents.of(here.clone(), commit)?.passes(&chosen.id.id) {
                continue;
            }
            if !self.workspace.scope.repo().has(oid(commit))? {
                return Err(errors::import_pending(&here.to_string()));
            }
            self.refuse_uncopied(&chosen, &copies, &here.id)?;
            if let Some(found) = found {
                let copy = (chosen.id.id.at(found.version.clone()), found.commit);
                return Ok(Move { before: entry.clone(), copy, chosen });
            }
            let own = chosen.entry.version(&chosen.entry.head).filter(|head| head.origin.is_none());
            let went_on = own.map(|head| &head.version).zip(last);
            lacking = Some(errors::copy_lacks_version(&chosen.id.id, &here, went_on));
        }
        if let Some(lacking) = lacking {
            return Err(lacking);
        }
        let unknown = copies.listed.iter().find_map(|(_, descent)| descent.unknown_end());
        Err(match unknown {
            Some(end) => errors::switch_to_copy_of_unknown(&chosen.id.id, &end.id),
            None => errors::no_copy_of_a_component(&chosen.id.id),
        })
    }

    /// What is staged would have no home any more.
    fn refuse_uncopied(&self, chosen: &Chosen, copies: &Copies, id: &ComponentId) -> Result<()> {
        let staged = staged(self.workspace.scope.repo(), self.known, [id].into_iter(), Versions::Staged)?;
        let mut left: BTreeSet<VersionId> = BTreeSet::new();
        for (version, commit) in staged.values().flatten() {
            let id = id.at(version.clone());
            if copies.find(id.clone(), *commit)?.is_none() {
                left.insert(id);
            }
        }
        if left.is_empty() { Ok(()) } else { Err(errors::staged_not_copied(&left, &chosen.id.id.scope)) }
    }

    fn switch(&self, moves: &[Move]) -> Result<Switch> {
        let state = State::load(self.workspace, self.progress)?;
        let (mut switch, mut modified) = (Switch::default(), Vec::new());
        for one in moves {
            let at = state.index_of(&one.before.id()).ok_or_else(|| errors::not_tracked(&one.before.id()))?;
            let component: &Component = &state.components[at];
            if switch.add(self.workspace, component, (&one.copy.0, one.copy.1))? == switch::Fate::Modified {
                modified.push(switch::named(component));
            }
        }
        state.remember(self.workspace);
        if !modified.is_empty() {
            return Err(errors::modified_files_would_be_rewired(&modified));
        }
        Ok(switch)
    }
}

/// What a scope lists of a component, the newest first, with what each version was copied from.
struct Copies<'c> {
    listed: Vec<(&'c CatalogVersion, Rc<Descent>)>,
    descents: Descents<'c>,
}

impl<'c> Copies<'c> {
    fn of(run: &Run<'c>, chosen: &'c Chosen) -> Result<Self> {
        let descents = Descents::new(run.workspace.scope.repo(), run.known);
        let listed = chosen.entry.versions.iter().rev();
        let listed = listed.map(|listed| Ok((listed, descents.of_listed(&chosen.id.id, listed)?)));
        Ok(Self { listed: listed.collect::<Result<_>>()?, descents })
    }

    /// The newest version of a component that these are copies of.
    fn last_of(&self, id: &ComponentId) -> Option<&Version> {
        let origins = self.listed.iter().flat_map(|(_, descent)| descent.origins());
        origins.filter(|origin| origin.id.id == *id).map(|origin| &origin.id.version).max()
    }

    /// The newest one that stands for a version.
    fn find(&self, id: VersionId, commit: CommitId) -> Result<Option<&'c CatalogVersion>> {
        let own = self.descents.of(id, commit)?;
        Ok(self.listed.iter().find(|(_, descent)| descent.is_same_as(&own)).map(|(listed, _)| *listed))
    }
}

impl Move {
    fn told(self) -> ImportedComponent {
        ImportedComponent {
            id: self.copy.0,
            fate: Fate::Switched(self.before.id()),
            root_dir: Some(self.before.root_dir),
            latest: self.chosen.entry.latest.clone(),
            deprecated: self.chosen.entry.deprecated,
            is_removed: self.chosen.entry.removed.is_some(),
            decisions: Vec::new(),
            written: Vec::new(),
            deleted: Vec::new(),
        }
    }
}
