//! The same versions under other ids: manifests, package.json, trailers, pins and histories say the new ones, all else
//! stays. Nothing here depends on the machine, the clock or who asks: the same versions become the same commits.

use super::specifiers::{NewBlobs, VersionSpecifiers};
use super::state::closure_scopes;
use crate::errors;
use crate::git::{PackWriter, RawObject, Repo, TreeFile, oid};
use crate::model::{CommitId, ComponentId, Graph, Manifest, PackageName, ScopeName, VersionId};
use crate::package::rename_packages;
use crate::scope::{Rewritten, StoredVersion};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap};

/// What each commit became.
pub type Rewrites = HashMap<CommitId, CommitId>;

/// Rewrites versions, and what names them in others.
pub struct Rewriter<'a> {
    repo: &'a Repo,
    /// Old ids and new ones. A component that is not here keeps its id.
    ids: &'a BTreeMap<ComponentId, ComponentId>,
    packages: HashMap<String, String>,
    /// What follows in the files; they stay where this is none.
    specifiers: Option<&'a VersionSpecifiers>,
}

impl<'a> Rewriter<'a> {
    /// With these ids in the place of those.
    pub fn new(repo: &'a Repo, ids: &'a BTreeMap<ComponentId, ComponentId>) -> Self {
        let package = |id| PackageName::of(id).to_string();
        let packages = ids.iter().map(|(old, new)| (package(old), package(new))).collect();
        Self { repo, ids, packages, specifiers: None }
    }

    /// Specifiers in the versions' files follow too.
    pub fn with_specifiers(self, specifiers: &'a VersionSpecifiers) -> Self {
        Self { specifiers: Some(specifiers), ..self }
    }

    /// Of these versions those that must be rewritten: the ones of renamed components, and what was made from such a
    /// version or needs one, near or far.
    pub fn affected(&self, versions: Vec<StoredVersion>) -> Vec<StoredVersion> {
        let dependents = by_ids(&versions, &Places::of(&versions)).reversed();
        let renamed = (0..versions.len()).filter(|&at| self.ids.contains_key(&versions[at].id().id));
        let mut reached = dependents.reachable(renamed).into_iter();
        versions.into_iter().filter(|_| reached.next() == Some(true)).collect()
    }

    /// Rewrites all of these, in whatever order they come. What they need beside these stays as it is.
    pub fn rewrite(&self, versions: &[StoredVersion], pack: &mut PackWriter) -> Result<Rewrites> {
        /// What waits to be compressed is bounded, however many versions there are.
        const AT_ONCE: usize = 4096;
        let places = Places::of(versions);
        let reach = self.reach(versions, &places)?;
        let blobs =
            self.specifiers.map(|specifiers| specifiers.write(self.repo, pack)).transpose()?.unwrap_or_default();
        let mut done = Rewrites::with_capacity(versions.len());
        let mut objects = Vec::new();
        // Commits name only earlier ones, so each group is one version.
        for at in by_commits(versions, &places).order().into_iter().flatten() {
            let now = |commit: &CommitId| done.get(commit).copied().unwrap_or(*commit);
            let commit = self.rewrite_one(&versions[at], &reach[at], now, &blobs, &mut objects)?;
            done.insert(versions[at].commit, commit);
            if objects.len() > AT_ONCE {
                pack.add(std::mem::take(&mut objects))?;
            }
        }
        pack.add(objects)?;
        Ok(done)
    }

    fn rewrite_one(
        &self,
        version: &StoredVersion,
        scopes: &[ScopeName],
        now: impl Fn(&CommitId) -> CommitId,
        blobs: &NewBlobs,
        out: &mut Vec<RawObject>,
    ) -> Result<CommitId> {
        let rename = |name: &str| self.packages.get(name).cloned();
        let package_json = version.package_json(self.repo)?.map(|text| rename_packages(&text, &rename)).transpose();
        let bad = |error| errors::not_a_version(&version.commit.to_string(), &format!("its package.json: {error}"));
        let parents: Vec<CommitId> = version.parents.iter().map(&now).collect();
        let rewritten = Rewritten {
            original: version,
            manifest: &self.manifest(version, scopes, now),
            package_json: package_json.map_err(bad)?,
            files: &self.files(version, blobs)?,
            parents: &parents,
        };
        rewritten.write(self.repo, out)
    }

    /// The files that are others now.
    fn files(&self, version: &StoredVersion, blobs: &NewBlobs) -> Result<Vec<TreeFile>> {
        if blobs.is_empty() {
            return Ok(Vec::new());
        }
        let new = |file: TreeFile| {
            let file = (file.mode, (file.path, file.blob));
            let blob = *blobs.get(&file.1)?;
            Some(TreeFile { path: file.1.0, mode: file.0, blob })
        };
        Ok(version.all_files(self.repo)?.into_iter().filter_map(new).collect())
    }

    fn manifest(&self, version: &StoredVersion, scopes: &[ScopeName], now: impl Fn(&CommitId) -> CommitId) -> Manifest {
        let mut manifest = version.manifest.clone();
        ComponentId { scope: manifest.scope, name: manifest.name } = self.renamed(&version.id().id);
        for dependency in &mut manifest.dependencies {
            dependency.id.id = self.renamed(&dependency.id.id);
            dependency.commit = dependency.commit.as_ref().map(&now);
        }
        manifest.dependencies.sort();
        manifest.scopes = scopes.to_vec();
        manifest
    }

    fn renamed(&self, id: &ComponentId) -> ComponentId {
        self.ids.get(id).unwrap_or(id).clone()
    }

    /// By version, every scope that its closure reaches now. Those of a cycle reach the same.
    fn reach(&self, versions: &[StoredVersion], places: &Places) -> Result<Vec<Vec<ScopeName>>> {
        let mut reach: Vec<Vec<ScopeName>> = vec![Vec::new(); versions.len()];
        let mut beside: HashMap<CommitId, Option<Vec<ScopeName>>> = HashMap::new();
        for group in by_ids(versions, places).order() {
            let mut reached: Vec<(ScopeName, Vec<ScopeName>)> = Vec::new();
            for version in group.iter().map(|&at| &versions[at]) {
                for dependency in &version.manifest.dependencies {
                    let further = match (places.needed(&dependency.id, dependency.commit), dependency.commit) {
                        (Some(at), _) => Some(reach[at].clone()),
                        (None, Some(commit)) => self.scopes_of(commit, &mut beside)?,
                        (None, None) => None,
                    };
                    // Of what is not here nobody can tell: the version's own list has it.
                    let further = further.unwrap_or_else(|| version.manifest.scopes.clone());
                    reached.push((self.renamed(&dependency.id.id).scope, further));
                }
            }
            let scopes = closure_scopes(reached.iter().map(|(scope, further)| (scope, further.as_slice())));
            group.into_iter().for_each(|at| reach[at].clone_from(&scopes));
        }
        Ok(reach)
    }

    /// The scopes that a version reaches which stays as it is; none where it is not here.
    fn scopes_of(
        &self,
        commit: CommitId,
        seen: &mut HashMap<CommitId, Option<Vec<ScopeName>>>,
    ) -> Result<Option<Vec<ScopeName>>> {
        if let Some(scopes) = seen.get(&commit) {
            return Ok(scopes.clone());
        }
        let scopes = match self.repo.has(oid(commit))? {
            true => Some(StoredVersion::read(self.repo, commit)?.manifest.scopes),
            false => None,
        };
        seen.insert(commit, scopes.clone());
        Ok(scopes)
    }
}

/// Where each version stands in the list.
struct Places {
    commits: HashMap<CommitId, usize>,
    ids: HashMap<VersionId, usize>,
}

impl Places {
    fn of(versions: &[StoredVersion]) -> Self {
        let all = || versions.iter().enumerate();
        Self {
            commits: all().map(|(at, version)| (version.commit, at)).collect(),
            ids: all().map(|(at, version)| (version.id(), at)).collect(),
        }
    }

    /// A dependency: by its content; inside a cycle, where that can't be known, by its id.
    fn needed(&self, id: &VersionId, commit: Option<CommitId>) -> Option<usize> {
        match commit {
            Some(commit) => self.commits.get(&commit).copied(),
            None => self.ids.get(id).copied(),
        }
    }
}

/// Which commit names which.
fn by_commits(versions: &[StoredVersion], places: &Places) -> Graph {
    let mut graph = Graph::new(versions.len());
    for (at, version) in versions.iter().enumerate() {
        let pins = version.manifest.dependencies.iter().filter_map(|dependency| dependency.commit);
        for named in version.parents.iter().copied().chain(pins) {
            places.commits.get(&named).into_iter().for_each(|&named| graph.add(at, named));
        }
    }
    graph
}

/// The same, and the dependencies inside of cycles, which are named by id only.
fn by_ids(versions: &[StoredVersion], places: &Places) -> Graph {
    let mut graph = by_commits(versions, places);
    for (at, version) in versions.iter().enumerate() {
        for dependency in version.manifest.dependencies.iter().filter(|dependency| dependency.commit.is_none()) {
            places.needed(&dependency.id, None).into_iter().for_each(|needed| graph.add(at, needed));
        }
    }
    graph
}

#[cfg(test)]
mod tests;
