//! Staged versions of components that get other ids: they are rewritten, and so are the staged versions that were made
//! from them or need them, near or far, whosever they are. The new commits exist beside the old ones; no ref names them
//! before a transaction does.

use super::compile::{Following, follow};
use super::export::{Versions, staged};
use super::links::{self, LinkCheck, LinkReport};
use super::rewrite::{Rewrites, affected, renamed, rewrite};
use super::specifiers::{Looked, Unparsable, VersionSpecifiers};
use super::{Progress, State, Workspace};
use crate::errors;
use crate::git::{Oid, PackWriter, RawObject, RefEdit, RefName, oid};
use crate::model::{CommitId, ComponentId, PackageName, VersionId};
use crate::scope::{Known, StoredVersion};
use crate::source::rewrite::NewNames;
use crate::workspace;
use anyhow::Result;
use std::collections::{BTreeMap, HashSet};

/// Old ids and new ones.
pub type NewIds = BTreeMap<ComponentId, ComponentId>;

/// What packages are called now.
pub fn new_names<'i>(ids: impl IntoIterator<Item = (&'i ComponentId, &'i ComponentId)>) -> NewNames {
    NewNames::new(ids.into_iter().map(|(old, new)| (PackageName::of(old), PackageName::of(new))))
}

/// Versions that are to be rewritten.
pub struct Renaming<'a> {
    workspace: &'a Workspace,
    known: &'a Known,
    ids: &'a NewIds,
    /// Which.
    pub versions: Vec<StoredVersion>,
}

/// What they became.
#[derive(Default)]
pub struct RenamedVersions {
    /// Each as it was and as it is.
    pub versions: Vec<RenamedVersion>,
    commits: Rewrites,
}

/// A version that is another commit now, and may have another id.
pub struct RenamedVersion {
    /// What it was.
    pub before: VersionId,
    /// What its ref names.
    target: Oid,
    /// What it is.
    pub after: VersionId,
    /// Its content now.
    pub commit: CommitId,
}

impl<'a> Renaming<'a> {
    /// Finds them.
    pub fn find(workspace: &'a Workspace, known: &'a Known, ids: &'a NewIds) -> Result<Self> {
        let repo = workspace.scope.repo();
        let all = staged(repo, known, known.components.keys(), Versions::Staged)?;
        let read = |commit: &CommitId| StoredVersion::read(repo, *commit);
        let versions: Vec<StoredVersion> = all.values().flat_map(BTreeMap::values).map(read).collect::<Result<_>>()?;
        let versions = affected(ids, versions);
        refuse_signed(known, &versions)?;
        Ok(Self { workspace, known, ids, versions })
    }

    /// The specifiers in their files that name packages which get other names.
    pub fn specifiers(&self, unparsable: Unparsable) -> Result<VersionSpecifiers> {
        let versions: Vec<Looked> = self.versions.iter().map(|version| (version, 0)).collect();
        VersionSpecifiers::find(self.workspace.scope.repo(), &versions, &[new_names(self.ids)], unparsable)
    }

    /// Makes the new commits, and keeps these objects too.
    pub fn write(&self, specifiers: Option<&VersionSpecifiers>, objects: Vec<RawObject>) -> Result<RenamedVersions> {
        let repo = self.workspace.scope.repo();
        let mut pack = PackWriter::new(repo)?;
        let names = specifiers.map(|_| 0);
        let done = rewrite(repo, &renamed(self.ids, &self.versions, names), specifiers, &mut pack)?;
        let before = self.versions.iter().map(|version| version.commit);
        let commits: Rewrites = before.zip(done.iter().map(|version| version.commit)).collect();
        // A command that failed has left them here.
        if !objects.is_empty() || !self.all_here(&commits)? {
            pack.add(objects)?;
            pack.finish()?;
        }
        let mut versions = Vec::with_capacity(self.versions.len());
        for version in &self.versions {
            let before = version.id();
            let target = self.known.components.get(&before.id).and_then(|known| known.versions.get(&before.version));
            let after = self.ids.get(&before.id).unwrap_or(&before.id).at(before.version.clone());
            let commit = commits[&version.commit];
            versions.extend(target.map(|at| RenamedVersion { before, target: at.target, after, commit }));
        }
        Ok(RenamedVersions { versions, commits })
    }

    fn all_here(&self, commits: &Rewrites) -> Result<bool> {
        for commit in commits.values() {
            if !self.workspace.scope.repo().has(oid(*commit))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What was signed is not written anew behind the back of whoever signed it.
fn refuse_signed(known: &Known, versions: &[StoredVersion]) -> Result<()> {
    let is_signed = |id: &VersionId| known.at(id).is_some_and(|at| at.target != oid(at.commit));
    let signed: Vec<VersionId> = versions.iter().map(StoredVersion::id).filter(is_signed).collect();
    if signed.is_empty() { Ok(()) } else { Err(errors::signed_versions_stay(&signed)) }
}

impl RenamedVersions {
    /// The content that a version has now.
    pub fn commit_of(&self, commit: CommitId) -> CommitId {
        self.commits.get(&commit).copied().unwrap_or(commit)
    }

    /// Versions of other components that name the new ids now.
    pub fn dependents(&self) -> impl Iterator<Item = &VersionId> {
        self.versions.iter().filter(|version| version.before == version.after).map(|version| &version.after)
    }

    /// The changes of version tags: new ones in the place of the old.
    pub fn refs(&self) -> Vec<RefEdit> {
        let mut refs = Vec::with_capacity(2 * self.versions.len());
        for RenamedVersion { before, target, after, commit } in &self.versions {
            let (old, new) = (Some(*target), Some(oid(*commit)));
            if before == after {
                refs.push(RefEdit { name: RefName::from(before.clone()).to_string(), old, new });
            } else {
                refs.push(RefEdit { name: RefName::from(before.clone()).to_string(), old, new: None });
                refs.push(RefEdit { name: RefName::from(after.clone()).to_string(), old: None, new });
            }
        }
        refs
    }
}

/// Sees to it that node_modules has the packages under their new names, and opens the workspace as it is now.
/// Links can be made anew at any time, so what goes wrong with them is only told.
pub fn follow_links<'i>(
    before: Workspace,
    gone: impl IntoIterator<Item = &'i ComponentId>,
    warnings: &mut Vec<String>,
    progress: &dyn Progress,
) -> Result<(Workspace, LinkReport)> {
    let mut workspace = Workspace::open(&before.cwd, progress)?;
    workspace.notices.splice(0..0, before.notices);
    let wanted: HashSet<PackageName> = workspace.bitmap.entries().map(|entry| PackageName::of(&entry.id())).collect();
    for gone in gone.into_iter().map(PackageName::of).filter(|package| !wanted.contains(package)) {
        if let Err(error) = workspace::remove(&workspace.layout.root, gone.as_str()) {
            warnings.push(format!("node_modules/{gone} could not be removed: {error:#}"));
        }
    }
    let report = link(&workspace, progress).unwrap_or_else(|error| {
        warnings.push(format!("nothing could be linked (\"bit link\" tries again): {error:#}"));
        LinkReport::default()
    });
    Ok((workspace, report))
}

fn link(workspace: &Workspace, progress: &dyn Progress) -> Result<LinkReport> {
    let mut state = State::load(workspace, progress)?;
    let mut report = links::mend(workspace, &mut state, LinkCheck::Quick)?;
    // What was compiled stood under the old name, or names it.
    follow(workspace, &mut state, &Following::Compiled, &mut report)?;
    state.remember(workspace);
    Ok(report)
}
