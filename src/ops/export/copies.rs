//! Copies of components in other scopes than their own. A copy has every version that the component's own scope lists,
//! and what is staged here; what is missing here is brought first. Which versions the target lacks, and under which
//! numbers they go there, is worked out from its catalog anew for each attempt; the same versions become the same
//! commits on every machine.

mod absent;
mod bringing;
mod gather;
mod needed;
mod plan;
mod ready;
mod self_imports;

use super::aim::Aim;
use super::select::Chosen;
use super::{Consent, ExportOptions, Staged};
use crate::errors;
use crate::git::Repo;
use crate::model::{
    CatalogEntry, CatalogVersion, CommitId, ComponentId, Origin, Removal, ScopeName, Version, VersionId,
};
use crate::scope::StoredVersion;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

pub use absent::absent;
pub use bringing::Bringing;
pub use gather::gather;
pub use ready::{Prepared, Ready, prepare};

/// How components are copied to other scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CopyOptions {
    /// What goes along.
    pub along: Along,
    /// What to do where versions can't be had.
    pub missing: MissingVersions,
    /// Which scope is the primary one then.
    pub primary: Primary,
}

impl CopyOptions {
    /// Refuses what makes no sense without a scope.
    pub fn expect_scope(&self, scope: Option<&ScopeName>) -> Result<()> {
        match (scope, self.along, self.primary) {
            (None, Along::Dependencies, _) => Err(errors::target_scope_expected("--include-dependencies")),
            (None, _, Primary::Moves) => Err(errors::target_scope_expected("--set-current-scope")),
            _ => Ok(()),
        }
    }
}

/// What is told where a version was named: a copy has every version.
pub fn more_than_named(chosen: &Chosen, requests: &Requests, sources: &Sources) -> Vec<String> {
    let mut warnings = Vec::new();
    for id in &requests.instead {
        let (Some(named), Some(source)) = (chosen.last_named(id), sources.components.get(id)) else { continue };
        let numbered = source.versions.iter().filter(|version| version.standing == Standing::Numbered);
        let later = numbered.map(|version| version.stored.id()).filter(|version| version.version > *named);
        let later: Vec<String> = later.map(|version| version.to_string()).collect();
        warnings.extend(errors::copied_as_well(&later));
    }
    warnings
}

/// Where nobody named what is to be copied, a person has to agree.
pub fn ask_for_consent(requests: &Requests, aim: &Aim, options: &ExportOptions) -> Result<()> {
    let Some((scope, staged)) = aim.scope.as_ref().and_then(|scope| requests.by_scope.get_key_value(scope)) else {
        return Ok(());
    };
    match options.consent == Consent::Ask && aim.ids.is_empty() && !options.dry_run {
        true => Err(errors::fork_consent_needed(
            staged.keys().cloned().collect(),
            requests.movers.iter().cloned().collect(),
            scope,
        )),
        false => Ok(()),
    }
}

/// What is copied beside the components that are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Along {
    /// Nothing.
    #[default]
    Nothing,
    /// All that any of their versions needs, near or far.
    Dependencies,
}

/// What to do where versions that a scope lists can't be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingVersions {
    /// Refuse the copy.
    #[default]
    Refuse,
    /// Copy what is known here.
    LeaveOut,
}

/// Which scope is a copied component's primary one then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Primary {
    /// The one that it is.
    #[default]
    Stays,
    /// The one that it is copied to.
    Moves,
}

/// A version in another scope than its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Copied {
    /// The version it comes from.
    pub from: VersionId,
    /// The copy.
    pub to: VersionId,
}

/// What is to be copied, and what else gets another scope.
#[derive(Debug, Default)]
pub struct Requests {
    /// The components that each scope is to get copies of, with the staged versions that are meant.
    pub by_scope: BTreeMap<ScopeName, Staged>,
    /// The components that go to the scope that is named as copies, and not with what is staged of them.
    pub instead: BTreeSet<ComponentId>,
    /// The components that were never exported and get the scope that is named: they are copied nowhere.
    pub movers: BTreeSet<ComponentId>,
    /// What goes along with them.
    pub company: Company,
}

/// What goes along with components that are copied, beside what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Company {
    /// Of what goes along, all versions.
    #[default]
    Whole,
    /// Versions were named: of what goes along, no staged versions that these don't need.
    Needed,
    /// No scope was named, copies are kept up to date: where they need nothing but copies, that stays so.
    Closed,
}

/// Whether a component lists such versions that were copied from a scope.
fn came_from(entry: &CatalogEntry, scope: &ScopeName, is_such: impl Fn(&CatalogVersion) -> bool) -> bool {
    let is_from = |origin: &Origin| origin.id.id.scope == *scope && origin.id.id.name == entry.name;
    entry.versions.iter().any(|listed| is_such(listed) && listed.origin.as_ref().is_some_and(is_from))
}

/// All that is to be copied, read.
#[derive(Default)]
pub struct Sources {
    /// By scope, which of the components go there.
    pub targets: BTreeMap<ScopeName, BTreeSet<ComponentId>>,
    /// The components.
    pub components: BTreeMap<ComponentId, Source>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// A component that is to be copied.
#[derive(Default)]
pub struct Source {
    /// Its versions, the oldest first.
    pub versions: Vec<SourceVersion>,
    /// What its scope lists.
    pub listed: Option<CatalogEntry>,
    /// The scopes for which it was asked for; to others it only goes along.
    pub wanted_in: BTreeSet<ScopeName>,
    /// The scopes in which its copies are to need copies, because it goes along with such.
    pub closed_in: BTreeSet<ScopeName>,
}

/// A version that is to be copied.
pub struct SourceVersion {
    /// As it is.
    pub stored: StoredVersion,
    /// Whether it has a number of its own.
    pub standing: Standing,
}

/// Whether a version has a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has one.
    Numbered,
    /// Another one got its number: it is only part of a history.
    Unnumbered,
}

impl Source {
    /// Whether its copies in a scope are to need copies, whatever is asked for: it goes along with such, or was rewired
    /// when it came from there.
    fn is_rewired_in(&self, scope: &ScopeName) -> bool {
        self.closed_in.contains(scope) || self.was_rewired_from(scope)
    }

    /// Whether it has copies that were rewired when they came from a scope: what goes back there is rewired too.
    fn was_rewired_from(&self, scope: &ScopeName) -> bool {
        self.listed.as_ref().is_some_and(|listed| came_from(listed, scope, |listed| listed.rewired))
    }

    /// What its scope says of a version that is removed.
    fn removed(&self, version: &Version) -> Option<Removal> {
        self.listed.as_ref()?.version(version)?.removed.clone()
    }
}

impl Sources {
    /// Staged versions may have become others, which name the new ids of components that get another scope.
    pub fn follow(&mut self, repo: &Repo, now: impl Fn(CommitId) -> CommitId) -> Result<()> {
        for version in self.components.values_mut().flat_map(|source| &mut source.versions) {
            let commit = now(version.stored.commit);
            if commit != version.stored.commit {
                version.stored = StoredVersion::read(repo, commit)?;
            }
        }
        Ok(())
    }

    /// Whether nothing is to be copied.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}
