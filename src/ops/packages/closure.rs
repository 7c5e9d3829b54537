//! The components that are to be packages, and all that they need: by the pins of their versions.

use super::members::named_by_members;
use super::roots::{Root, Way, archive_spec};
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::model::{CommitId, ComponentId, DependencyKind, PackageName, ScopeName, VersionId};
use crate::ops::Workspace;
use crate::ops::remote::url_of;
use crate::package::manager::{self, Kind, Manager, Needed, Pinned};
use crate::scope::{Known, StoredVersion};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// A version that is to be a package.
#[derive(Debug, Clone)]
pub struct Node {
    /// Which one.
    pub id: VersionId,
    /// Its content.
    pub commit: CommitId,
    /// Where it comes from.
    pub way: Way,
    /// What it needs to run.
    needs: Vec<VersionId>,
    /// What it needs, and whoever uses it brings.
    peers: Vec<VersionId>,
}

/// What a registry brings.
#[derive(Debug, Clone)]
struct OfRegistry {
    brought: Brought,
    /// What it is, if that is known here.
    node: Option<Node>,
}

/// Since when the workspace has something from a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// It is new: nobody has looked yet whether the registry has the same content.
    Now,
    /// package.json had it already.
    Before,
}

/// All versions that are to be packages.
#[derive(Debug, Default)]
pub struct Closure {
    /// By id.
    pub nodes: BTreeMap<VersionId, Node>,
    /// Those that package.json names.
    pub direct: BTreeSet<VersionId>,
    /// Those that package.json names and that come from a registry.
    pub registry_roots: BTreeSet<VersionId>,
    /// Those whose archives members of a monorepo name, be they known here or not.
    pub of_members: BTreeSet<VersionId>,
    /// Those that come from a registry, and what it brings with them.
    of_registry: BTreeMap<VersionId, OfRegistry>,
}

/// A version that is to be looked at, how it comes, and what needs it.
type Waiting = (VersionId, Way, Option<VersionId>);

impl Closure {
    /// Works it out. Of what a registry has, the registry knows what it needs.
    pub fn of(workspace: &Workspace, known: &Known, roots: &[Root]) -> Result<Self> {
        let mut closure = Self::default();
        let mut waiting: Vec<Waiting> = Vec::new();
        for root in roots.iter().filter(|root| root.way != Way::Registry) {
            closure.direct.insert(root.id.clone());
            waiting.push((root.id.clone(), root.way, None));
        }
        // An archive needs no server: where both ways lead to a version, it is one.
        waiting.sort_by_key(|(_, way, _)| std::cmp::Reverse(*way));
        closure.add(workspace, known, waiting)?;
        Ok(closure)
    }

    /// Adds the archives that members of a monorepo name, with what those need: no package.json of the workspace speaks of
    /// them. What is not known here stays as it is.
    pub fn add_of_members(&mut self, workspace: &Workspace, known: &Known) -> Result<()> {
        self.of_members = named_by_members(&workspace.layout.root)?;
        let here = self.of_members.iter().filter(|id| known.commit(&id.id, &id.version).is_some());
        let waiting = here.map(|id| (id.clone(), Way::Vendor, None)).collect();
        self.add(workspace, known, waiting)
    }

    /// Adds versions and all that they need.
    fn add(&mut self, workspace: &Workspace, known: &Known, mut waiting: Vec<Waiting>) -> Result<()> {
        while let Some((id, way, needed_by)) = waiting.pop() {
            if self.nodes.get(&id).is_some_and(|node| node.way <= way) {
                continue;
            }
            let node = read(workspace, known, &id, way, needed_by.as_ref())?;
            let further = node.needs.iter().chain(&node.peers);
            waiting.extend(further.map(|needed| (needed.clone(), way, Some(id.clone()))));
            self.nodes.insert(id, node);
        }
        Ok(())
    }

    /// The peers that nobody brings yet: package managers differ in whether they do by themselves.
    pub fn unmet_peers(&self, workspace: &Workspace) -> Vec<Root> {
        let has = |id: &VersionId| workspace.entry(&id.id).is_some() || self.is_direct(&id.id);
        let peers = self.nodes.values().flat_map(|node| node.peers.iter().map(move |peer| (peer, node.way)));
        let mut unmet: BTreeMap<_, Root> = BTreeMap::new();
        for (id, way) in peers.filter(|(id, _)| !has(id)) {
            unmet.insert(id.id.clone(), Root { id: id.clone(), way });
        }
        unmet.into_values().collect()
    }

    /// What it needs, and whoever uses it brings.
    pub fn peers(&self) -> impl Iterator<Item = &VersionId> {
        self.nodes.values().flat_map(|node| &node.peers)
    }

    /// Those of these that were to come by git and are archives, since others need them.
    pub fn vendored(&self, roots: &[Root]) -> Vec<VersionId> {
        let by_git = roots.iter().filter(|root| root.way == Way::Git).map(|root| &root.id);
        let is_archive = |id: &&VersionId| self.nodes.get(*id).is_some_and(|node| node.way == Way::Vendor);
        by_git.filter(is_archive).cloned().collect()
    }

    /// Two versions of one component that both come by git.
    pub fn two_by_git(&self) -> Option<(&VersionId, &VersionId)> {
        let by_git: Vec<&VersionId> =
            self.nodes.values().filter(|node| node.way == Way::Git).map(|node| &node.id).collect();
        by_git.windows(2).find(|pair| pair[0].id == pair[1].id).map(|pair| (pair[0], pair[1]))
    }

    fn is_direct(&self, id: &ComponentId) -> bool {
        self.direct.iter().any(|direct| direct.id == *id)
    }

    /// Whether package.json names this component.
    pub fn is_named(&self, id: &ComponentId) -> bool {
        self.is_direct(id) || self.registry_roots.iter().any(|root| root.id == *id)
    }

    /// The names of all packages.
    pub fn packages(&self) -> BTreeSet<String> {
        self.nodes.keys().chain(self.of_registry.keys()).map(|id| PackageName::of(&id.id).to_string()).collect()
    }

    /// What a version needs to run; `None` where that is not known here.
    pub fn needs_of(&self, id: &VersionId) -> Option<&[VersionId]> {
        let of_registry = || self.of_registry.get(id)?.node.as_ref();
        self.nodes.get(id).or_else(of_registry).map(|node| node.needs.as_slice())
    }

    /// Whether a registry brings this version now.
    pub fn is_brought_now(&self, id: &VersionId) -> bool {
        self.of_registry.get(id).is_some_and(|one| one.brought == Brought::Now)
    }

    /// What a version is that a registry brings now, if it is known here.
    pub fn content_of_registry(&self, id: &VersionId) -> Option<CommitId> {
        let of_registry = self.of_registry.get(id).filter(|one| one.brought == Brought::Now)?;
        Some(of_registry.node.as_ref()?.commit)
    }

    /// Adds what a registry brings with these; what is new goes first. What is not here is the registry's to know.
    pub fn add_of_registry(
        &mut self,
        workspace: &Workspace,
        known: &Known,
        roots: impl Iterator<Item = VersionId>,
        brought: Brought,
    ) {
        let mut waiting: Vec<VersionId> = roots.collect();
        self.registry_roots.extend(waiting.iter().cloned());
        while let Some(id) = waiting.pop() {
            if self.of_registry.contains_key(&id) {
                continue;
            }
            let node = read(workspace, known, &id, Way::Registry, None).ok();
            waiting.extend(node.iter().flat_map(|node| node.needs.iter().cloned()));
            self.of_registry.insert(id, OfRegistry { brought, node });
        }
    }

    /// What packages from a registry need from there, as package managers see it.
    pub fn beside(&self) -> Vec<manager::OfRegistry> {
        let nodes = self.of_registry.values().filter_map(|one| one.node.as_ref());
        let needs = |node: &Node| {
            let package = PackageName::of(&node.id.id).to_string();
            node.needs.iter().map(|id| manager::OfRegistry { package: package.clone(), needs: needed(id) }).collect()
        };
        nodes.flat_map::<Vec<_>, _>(needs).collect()
    }

    /// Where package managers go by git for some of it.
    pub fn git_urls(&self, workspace: &Workspace, manager: &Manager) -> Result<BTreeSet<String>> {
        let mut urls = BTreeMap::new();
        for node in self.nodes.values() {
            spec(workspace, manager, node, &mut urls)?;
        }
        Ok(urls.into_values().map(|url| url.trim_start_matches("git+").to_owned()).collect())
    }

    /// As package managers see it.
    pub fn pinned(&self, workspace: &Workspace, manager: &Manager) -> Result<Vec<Pinned>> {
        let mut urls = BTreeMap::new();
        let mut all = Vec::with_capacity(self.nodes.len());
        for node in self.nodes.values() {
            let Needed { package, version } = needed(&node.id);
            let spec = spec(workspace, manager, node, &mut urls)?;
            let is_here = |id: &&VersionId| workspace.entry(&id.id).is_some() && !self.is_direct(&id.id);
            let (peers_here, peers): (Vec<&VersionId>, Vec<_>) = node.peers.iter().partition(is_here);
            let needs = node.needs.iter().chain(peers).map(needed).collect();
            let peers_here = peers_here.into_iter().map(needed).collect();
            all.push(Pinned { package, version, spec, needs, peers_here, is_direct: self.direct.contains(&node.id) });
        }
        Ok(all)
    }
}

fn needed(id: &VersionId) -> Needed {
    Needed { package: PackageName::of(&id.id).to_string(), version: id.version.to_string() }
}

fn read(workspace: &Workspace, known: &Known, id: &VersionId, way: Way, needed_by: Option<&VersionId>) -> Result<Node> {
    let why = needed_by.map_or(String::new(), |by| format!(", and {by} needs it"));
    let commit = known.commit(&id.id, &id.version).ok_or_else(|| errors::package_version_not_here(id, &why))?;
    let manifest = StoredVersion::read(workspace.scope.repo(), commit)?.manifest;
    let mut node = Node { id: id.clone(), commit, way, needs: Vec::new(), peers: Vec::new() };
    for dependency in manifest.dependencies {
        if let (Some(pinned), Some(here)) = (dependency.commit, known.commit(&dependency.id.id, &dependency.id.version))
            && pinned != here
        {
            return Err(errors::pin_broken(&dependency.id, id));
        }
        match dependency.kind {
            DependencyKind::Runtime => node.needs.push(dependency.id),
            DependencyKind::Peer => node.peers.push(dependency.id),
            DependencyKind::Dev => {}
        }
    }
    Ok(node)
}

/// What package.json says of a version.
fn spec(
    workspace: &Workspace,
    manager: &Manager,
    node: &Node,
    urls: &mut BTreeMap<ScopeName, String>,
) -> Result<String> {
    if node.way != Way::Git {
        return Ok(archive_spec(&node.id));
    }
    let scope = &node.id.id.scope;
    if !urls.contains_key(scope) {
        let url = url_of(workspace, scope)?.ok_or_else(|| errors::no_git_url(scope))?;
        let written =
            git_url(&url, manager.kind).ok_or_else(|| errors::git_url_unusable(&manager.to_string(), url.as_str()))?;
        urls.insert(scope.clone(), written);
    }
    Ok(format!("{}#{}@{}", urls[scope], node.id.id.name, node.id.version))
}

/// A URL as package managers read it. The tag behind it is not percent-encoded: not all of them would decode it.
fn git_url(url: &RemoteUrl, kind: Kind) -> Option<String> {
    if let Some(path) = url.local_path() {
        // Yarn takes a file for an archive.
        return (kind != Kind::YarnBerry).then(|| format!("git+file://{}", path.display()));
    }
    let text = url.as_str();
    match text.split_once("://") {
        Some(("git", _)) => Some(text.to_owned()),
        Some(_) => Some(format!("git+{text}")),
        None => text.split_once(':').map(|(host, path)| format!("git+ssh://{host}/{}", path.trim_start_matches('/'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn urls_are_written_as_package_managers_read_them() {
        let written = |text: &str, kind| git_url(&RemoteUrl::parse(text, Path::new("/w")).unwrap(), kind);
        assert_eq!(written("https://h.org/ui.git", Kind::Npm).as_deref(), Some("git+https://h.org/ui.git"));
        assert_eq!(written("git@h.org:x/ui.git", Kind::Npm).as_deref(), Some("git+ssh://git@h.org/x/ui.git"));
        assert_eq!(written("/srv/ui.git", Kind::Bun).as_deref(), Some("git+file:///srv/ui.git"));
        assert_eq!(written("/srv/ui.git", Kind::YarnBerry), None);
    }
}
