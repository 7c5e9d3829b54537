//! The same versions under other ids, with other dependencies: manifests, package.json, trailers, pins, histories and,
//! where that is wanted, import specifiers say the new names, all else stays. Nothing here depends on the machine, the
//! clock or who asks: the same versions become the same commits.

mod maps;
mod renamed;

use super::specifiers::{File, NewBlobs, VersionSpecifiers};
use super::state::closure_scopes;
use crate::errors;
use crate::git::{PackWriter, RawObject, Repo, TreeFile, oid};
use crate::model::{CommitId, Dependency, DependencyKind, Graph, Manifest, Origin, PackageName, ScopeName, VersionId};
use crate::package::{NewPackage, rename_packages};
use crate::scope::{Rewritten, StoredVersion};
use anyhow::{Result, anyhow};
use rayon::prelude::*;
use std::collections::HashMap;

pub use renamed::{Rewrites, affected, renamed};

/// A version, and what it is to become.
pub struct Job<'v> {
    /// The version as it is.
    pub original: &'v StoredVersion,
    /// What it is to be.
    pub id: VersionId,
    /// The versions it is to have been made from.
    pub parents: Vec<At>,
    /// What it needs.
    pub needs: Vec<Need>,
    /// Where it comes from, if it is a copy.
    pub origin: Option<Origin>,
    /// The set of names that counts for the specifiers in its files; they stay where there is none.
    pub names: Option<usize>,
}

/// Where the content of a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// It comes of the job of this number.
    Job(usize),
    /// It is there.
    Commit(CommitId),
}

/// A version that another one needs.
#[derive(Debug, Clone)]
pub struct Need {
    /// What it is now.
    pub before: VersionId,
    /// What it is to be.
    pub after: VersionId,
    /// When it is needed.
    pub kind: DependencyKind,
    /// Whether the manifest says its content: inside a cycle it can't.
    pub is_pinned: bool,
    /// Its content, as far as anybody knows.
    pub at: Option<At>,
}

/// What waits to be compressed is bounded, however many versions there are.
const AT_ONCE: usize = 4096;

/// What becomes of files.
struct NewFiles<'s> {
    specifiers: &'s VersionSpecifiers,
    blobs: NewBlobs,
}

impl NewFiles<'_> {
    fn file(&self, names: usize, file: &TreeFile) -> Option<TreeFile> {
        let blob = *self.blobs.get(&File { names, path: file.path.clone(), blob: file.blob })?;
        Some(TreeFile { blob, ..file.clone() })
    }
}

/// Does all jobs, in whatever order they come; what the versions became, by job.
pub fn rewrite(
    repo: &Repo,
    jobs: &[Job],
    specifiers: Option<&VersionSpecifiers>,
    pack: &mut PackWriter,
) -> Result<Vec<StoredVersion>> {
    let blobs = specifiers.map(|specifiers| specifiers.write(repo, pack)).transpose()?.unwrap_or_default();
    let new = specifiers.map(|specifiers| NewFiles { specifiers, blobs });
    let reach = reach(repo, jobs)?;
    let mut versions: Vec<Option<StoredVersion>> = jobs.iter().map(|_| None).collect();
    let mut objects = Vec::new();
    let mut workers = Workers::open(repo)?;
    for level in levels(jobs) {
        let write = |repo: &Repo, at: usize| {
            let mut out = Vec::new();
            let version = jobs[at].write(repo, &reach[at], new.as_ref(), &versions, &mut out)?;
            Ok((at, version, out))
        };
        for (at, version, out) in workers.map(&level, &write)? {
            versions[at] = Some(version);
            objects.extend(out);
        }
        if objects.len() > AT_ONCE {
            pack.add(std::mem::take(&mut objects))?;
        }
    }
    pack.add(objects)?;
    Ok(versions.into_iter().flatten().collect())
}

impl Job<'_> {
    fn write(
        &self,
        repo: &Repo,
        scopes: &[ScopeName],
        new: Option<&NewFiles>,
        done: &[Option<StoredVersion>],
        out: &mut Vec<RawObject>,
    ) -> Result<StoredVersion> {
        let commit = |at: &At| match at {
            At::Commit(commit) => Some(*commit),
            At::Job(at) => done[*at].as_ref().map(|version| version.commit),
        };
        let manifest = self.manifest(scopes, commit);
        let package_json = self.original.package_json(repo)?.map(|text| self.package_json(&text)).transpose();
        let bad =
            |error| errors::not_a_version(&self.original.commit.to_string(), &format!("its package.json: {error}"));
        let parents: Vec<CommitId> = self.parents.iter().filter_map(commit).collect();
        let rewritten = Rewritten {
            original: self.original,
            manifest: &manifest,
            package_json: package_json.map_err(bad)?,
            files: &self.files(repo, new, out)?,
            parents: &parents,
            origin: self.origin.as_ref(),
        };
        rewritten.write(repo, out)
    }

    /// The files that are others now.
    fn files(&self, repo: &Repo, new: Option<&NewFiles>, out: &mut Vec<RawObject>) -> Result<Vec<TreeFile>> {
        let (Some(names), Some(new)) = (self.names, new.filter(|new| !new.blobs.is_empty())) else {
            return Ok(Vec::new());
        };
        let all = self.original.all_files(repo)?;
        let mut files: Vec<TreeFile> = all.iter().filter_map(|file| new.file(names, file)).collect();
        files.extend(maps::follow(repo, new.specifiers, names, &all, out)?);
        Ok(files)
    }

    fn manifest(&self, scopes: &[ScopeName], commit: impl Fn(&At) -> Option<CommitId>) -> Manifest {
        let dependency = |need: &Need| Dependency {
            id: need.after.clone(),
            commit: need.at.as_ref().filter(|_| need.is_pinned).and_then(&commit),
            kind: need.kind,
        };
        let mut dependencies: Vec<Dependency> = self.needs.iter().map(dependency).collect();
        // A version and its copy may be one now: then what needs it most counts, and that sorts first.
        dependencies.sort_by(|a, b| (&a.id, a.kind).cmp(&(&b.id, b.kind)));
        dependencies.dedup_by(|later, kept| later.id == kept.id);
        let VersionId { id, version } = self.id.clone();
        let (scope, name) = (id.scope, id.name);
        Manifest {
            scope,
            name,
            version,
            dependencies,
            scopes: scopes.to_vec(),
            ..Manifest::clone(&self.original.manifest)
        }
    }

    fn package_json(&self, text: &[u8]) -> serde_json::Result<String> {
        let package =
            |id: &VersionId| NewPackage { name: PackageName::of(&id.id).to_string(), version: id.version.to_string() };
        let renamed = self.needs.iter().filter(|need| need.before != need.after);
        let others: HashMap<String, NewPackage> =
            renamed.map(|need| (PackageName::of(&need.before.id).to_string(), package(&need.after))).collect();
        rename_packages(text, &package(&self.id), &|name| others.get(name).cloned())
    }

    /// Whether it needs what its original needs: then it reaches the same scopes.
    pub fn keeps_its_needs(&self) -> bool {
        let stays = |need: &Need| need.before == need.after && need.at.and_then(At::job).is_none();
        self.needs.iter().all(stays)
    }

    /// The jobs whose commits this one's names.
    fn named(&self) -> impl Iterator<Item = usize> {
        let pins = self.needs.iter().filter(|need| need.is_pinned).filter_map(|need| need.at);
        self.parents.iter().copied().chain(pins).filter_map(At::job)
    }
}

impl At {
    fn job(self) -> Option<usize> {
        match self {
            Self::Job(at) => Some(at),
            Self::Commit(_) => None,
        }
    }
}

/// Jobs whose commits name only those of earlier levels.
fn levels(jobs: &[Job]) -> Vec<Vec<usize>> {
    let mut graph = Graph::new(jobs.len());
    for (at, job) in jobs.iter().enumerate() {
        job.named().for_each(|named| graph.add(at, named));
    }
    let (mut depths, mut levels) = (vec![0; jobs.len()], Vec::<Vec<usize>>::new());
    // Commits name only earlier ones, so each group is one job.
    for at in graph.order().into_iter().flatten() {
        depths[at] = graph.dependencies(at).iter().map(|&named| depths[named] + 1).max().unwrap_or(0);
        if levels.len() <= depths[at] {
            levels.push(Vec::new());
        }
        levels[depths[at]].push(at);
    }
    levels
}

/// By job, every scope that its closure reaches. Those of a cycle reach the same.
fn reach(repo: &Repo, jobs: &[Job]) -> Result<Vec<Vec<ScopeName>>> {
    let mut graph = Graph::new(jobs.len());
    for (at, job) in jobs.iter().enumerate() {
        job.needs.iter().filter_map(|need| need.at?.job()).for_each(|needed| graph.add(at, needed));
    }
    let mut reach: Vec<Vec<ScopeName>> = vec![Vec::new(); jobs.len()];
    let mut beside: HashMap<CommitId, Option<Vec<ScopeName>>> = HashMap::new();
    for group in graph.order() {
        if let [at] = group.as_slice()
            && jobs[*at].keeps_its_needs()
        {
            reach[*at].clone_from(&jobs[*at].original.manifest.scopes);
            continue;
        }
        let mut reached: Vec<(&ScopeName, Vec<ScopeName>)> = Vec::new();
        for job in group.iter().map(|&at| &jobs[at]) {
            for need in &job.needs {
                let further = match need.at {
                    Some(At::Job(at)) => Some(reach[at].clone()),
                    Some(At::Commit(commit)) => scopes_of(repo, commit, &mut beside)?,
                    None => None,
                };
                // Of what is not here nobody can tell: the version's own list has it.
                let further = further.unwrap_or_else(|| job.original.manifest.scopes.clone());
                reached.push((&need.after.id.scope, further));
            }
        }
        let scopes = closure_scopes(reached.iter().map(|(scope, further)| (*scope, further.as_slice())));
        group.into_iter().for_each(|at| reach[at].clone_from(&scopes));
    }
    Ok(reach)
}

/// The scopes that a version reaches which stays as it is; none where it is not here.
fn scopes_of(
    repo: &Repo,
    commit: CommitId,
    seen: &mut HashMap<CommitId, Option<Vec<ScopeName>>>,
) -> Result<Option<Vec<ScopeName>>> {
    if let Some(scopes) = seen.get(&commit) {
        return Ok(scopes.clone());
    }
    let scopes = match repo.has(oid(commit))? {
        true => Some(StoredVersion::read(repo, commit)?.manifest.scopes),
        false => None,
    };
    seen.insert(commit, scopes.clone());
    Ok(scopes)
}

/// The repository, open once for each processor: opening it for every share of every level would be dear.
struct Workers(Vec<Repo>);

impl Workers {
    fn open(repo: &Repo) -> Result<Self> {
        let workers = rayon::current_num_threads().max(1);
        Ok(Self((0..workers).map(|_| Repo::open(repo.path())).collect::<Result<_>>()?))
    }

    /// In the order of the items.
    fn map<T: Copy + Sync, R: Send>(
        &mut self,
        items: &[T],
        work: &(impl Fn(&Repo, T) -> Result<R> + Sync),
    ) -> Result<Vec<R>> {
        /// Below this a thread is not worth waking.
        const FEW: usize = 16;
        let one = |repo: &Repo, items: &[T]| items.iter().map(|item| work(repo, *item)).collect::<Result<Vec<R>>>();
        let share = items.len().div_ceil(self.0.len()).max(FEW);
        if items.len() <= share {
            return one(self.0.first().ok_or_else(|| anyhow!("no worker"))?, items);
        }
        let shares: Vec<Vec<R>> = self
            .0
            .par_iter_mut()
            .zip(items.par_chunks(share))
            .map(|(repo, items)| one(repo, items))
            .collect::<Result<_>>()?;
        Ok(shares.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests;
