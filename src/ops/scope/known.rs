//! Which scopes a workspace knows, and by what.

use crate::git::url::display_url;
use crate::model::{ScopeInfo, ScopeName};
use crate::ops::remote::{Source, known_url};
use crate::ops::{Progress, Workspace};
use crate::scope::{GlobalRemotes, local_remotes};
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// A scope that a workspace knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownScope {
    /// Which.
    pub name: ScopeName,
    /// Where it is, without secrets, if anybody said so, and who did.
    pub place: Option<(String, Source)>,
    /// How many components of the workspace belong to it.
    pub components: usize,
    /// Whether new components get it.
    pub is_default: bool,
    /// Whether its catalog was seen.
    pub is_tracked: bool,
}

/// The default scope of a workspace, and where its components live.
#[derive(Debug)]
pub struct Shown {
    /// The default scope.
    pub default: KnownScope,
    /// What it says of itself, as it was last seen.
    pub info: Option<ScopeInfo>,
    /// Every scope that a component of the workspace belongs to.
    pub in_use: Vec<KnownScope>,
}

/// The default scope, and where the workspace's components live.
pub fn show(cwd: &Path, progress: &dyn Progress) -> Result<(Workspace, Shown)> {
    let workspace = Workspace::open(cwd, progress)?;
    let name = workspace.config.default_scope.clone();
    let info = match workspace.scope.known()?.catalogs.get(&name) {
        Some(catalog) => catalog.info(workspace.scope.repo())?,
        None => None,
    };
    let all = known_scopes(&workspace)?;
    let default = all.iter().find(|scope| scope.is_default).cloned();
    let default = default.map_or_else(|| describe(&workspace, name, 0, false), Ok)?;
    let in_use = all.into_iter().filter(|scope| scope.components > 0).collect();
    Ok((workspace, Shown { default, info, in_use }))
}

/// Every scope that a workspace knows.
pub fn list(cwd: &Path, progress: &dyn Progress) -> Result<(Workspace, Vec<KnownScope>)> {
    let workspace = Workspace::open(cwd, progress)?;
    let scopes = known_scopes(&workspace)?;
    Ok((workspace, scopes))
}

/// Every scope of a component here, of a remote, and of a tracked catalog, sorted by name.
pub fn known_scopes(workspace: &Workspace) -> Result<Vec<KnownScope>> {
    let catalogs = workspace.scope.known()?.catalogs;
    let mut counts: BTreeMap<ScopeName, usize> = BTreeMap::new();
    for entry in workspace.bitmap.entries() {
        *counts.entry(entry.scope_name()).or_default() += 1;
        for other in &entry.scopes {
            counts.entry(other.clone()).or_default();
        }
    }
    // Without a home there are no global remotes.
    let global = GlobalRemotes::of_user().map_or_else(|_| Ok(Default::default()), |global| global.read())?;
    let shared = workspace.config.shared_remotes.exact().map(|(scope, _)| scope.clone());
    let default = Some(&workspace.config.default_scope).filter(|scope| !scope.is_placeholder()).cloned();
    let others = catalogs.keys().cloned().chain(default).chain(shared).chain(global.into_keys());
    for name in others.chain(local_remotes(&workspace.scope)?.into_keys()) {
        counts.entry(name).or_default();
    }
    let described = counts.into_iter().map(|(name, components)| {
        let is_tracked = catalogs.contains_key(&name);
        describe(workspace, name, components, is_tracked)
    });
    described.collect()
}

fn describe(workspace: &Workspace, name: ScopeName, components: usize, is_tracked: bool) -> Result<KnownScope> {
    let place = known_url(workspace, &name)?.map(|(url, source)| (display_url(&url), source));
    let is_default = name == workspace.config.default_scope;
    Ok(KnownScope { name, place, components, is_default, is_tracked })
}
