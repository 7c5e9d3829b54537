//! Looking whether a scope is what the format promises: a scope in a folder, on a host, or the local one.

mod elsewhere;
mod faults;
mod host;
mod local;
mod local_tags;
mod memory;
mod repair;
mod seal;
mod sight;
mod surroundings;
mod sworn;

use super::audit::{Finding, Remedy};
use super::findings::{self, Action};
use super::remote::url_of;
use super::trust::{Recollection, Trust};
use super::{Diagnosis, Place, Progress, Workspace};
use crate::disk;
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{Repo, check_git_version};
use crate::model::{ScopeName, VersionId};
use crate::scope::LocalScope;
use crate::workspace::Layout;
use anyhow::Result;
use memory::{Accepted, Memory, TagsSeen};
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use sworn::Sworn;

/// What to look at, and what to do.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// The scope: its name, its URL or its folder; `local` or nothing for the local scope.
    pub place: Option<String>,
    /// What to do about what is found.
    pub action: Action,
    /// Whether what was found right before is believed.
    pub recall: Recall,
    /// Where to remember outside of a workspace.
    pub cache: Option<PathBuf>,
    /// A file of those who may sign; none: what workspace.jsonc says.
    pub signers: Option<PathBuf>,
}

/// Whether what was found right before is believed, as long as nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recall {
    /// It is.
    #[default]
    Believed,
    /// All is read again, and compared with what it was.
    Doubted,
    /// All is read again, and what it was is forgotten.
    Forgotten,
}

impl Recall {
    fn of_signatures(self) -> Recollection {
        match self {
            Self::Believed => Recollection::Believed,
            Self::Doubted | Self::Forgotten => Recollection::Doubted,
        }
    }
}

/// What was looked at, and found.
#[derive(Debug)]
pub struct Verified {
    /// The scope; none for a local one, which holds versions of many, and for what is no scope.
    pub scope: Option<ScopeName>,
    /// What is looked at, in words.
    pub title: String,
    /// Where it is, without secrets.
    pub place: String,
    /// How many versions there are.
    pub versions: usize,
    /// How many of them were read now, and not remembered.
    pub read: usize,
    /// What is wrong.
    pub diagnosis: Diagnosis<Remedy>,
}

/// What is looked at.
enum Subject {
    /// The versions of the workspace around.
    Local(Workspace),
    /// A scope.
    Scope { named: Place, url: RemoteUrl, workspace: Option<Workspace> },
}

/// One look.
#[derive(Debug, Default)]
struct Look {
    scope: Option<ScopeName>,
    versions: usize,
    read: usize,
    findings: Vec<Finding>,
}

/// The word for the local scope.
const LOCAL: &str = "local";

/// Where it is remembered beside a local scope.
fn beside(scope: &LocalScope) -> PathBuf {
    scope.state_folder().join("verified")
}

/// What bit itself takes back, or gives another content, is nothing that somebody did behind its back.
pub fn forget_versions(scope: &LocalScope, ids: &BTreeSet<VersionId>) {
    if !ids.is_empty() {
        Memory::of(Some(&beside(scope)), &place_of(scope)).forget_versions(ids);
    }
}

/// A person takes scopes that list these otherwise than before: what is here of them is nobody's staged work.
pub fn remember_listed(scope: &LocalScope, listed: Accepted) {
    if !listed.is_empty() {
        Memory::of(Some(&beside(scope)), &place_of(scope)).accept(listed);
    }
}

/// What scopes had listed before a person took them as they are now.
pub fn listed_before(scope: &LocalScope) -> Accepted {
    Memory::of(Some(&beside(scope)), &place_of(scope)).accepted()
}

/// The versions of a scope that were found right, at this place, from a workspace.
pub fn verified_before(scope: &LocalScope, url: &RemoteUrl) -> BTreeSet<VersionId> {
    let (facts, _) = Memory::of(Some(&beside(scope)), &url.to_string()).seen();
    facts.into_values().map(|facts| facts.id).collect()
}

/// What the tags of the local scope were when a verification saw them first; what bit changed since is left out.
pub fn tags_seen_here(scope: &LocalScope) -> TagsSeen {
    Memory::of(Some(&beside(scope)), &place_of(scope)).seen().1
}

/// What the tags of these scopes' versions were when a verification from this workspace saw them first.
pub fn tags_seen<'s>(workspace: &Workspace, scopes: impl Iterator<Item = &'s ScopeName>) -> Result<TagsSeen> {
    let folder = beside(&workspace.scope);
    let mut seen = tags_seen_here(&workspace.scope);
    for scope in scopes.collect::<BTreeSet<_>>() {
        if let Some(url) = url_of(workspace, scope)? {
            seen.extend(Memory::of(Some(&folder), &url.to_string()).seen().1);
        }
    }
    Ok(seen)
}

fn place_of(scope: &LocalScope) -> String {
    scope.repo().path().display().to_string()
}

/// Looks, repairs what is to be repaired, and looks again.
pub fn verify(cwd: &Path, options: &VerifyOptions, progress: &dyn Progress) -> Result<Verified> {
    check_git_version()?;
    let subject = Subject::find(cwd, options, progress)?;
    if let Some(cache) = &options.cache {
        let cache = cwd.join(cache);
        subject.keeps_out(&cache)?;
        refuse_unusable(&cache)?;
    }
    let memory = subject.memory(cwd, options);
    if options.recall == Recall::Forgotten {
        memory.forget()?;
    }
    let trust = subject.trust(cwd, options)?;
    let fingerprint = trust.fingerprint().map_err(errors::as_usage)?;
    let sworn = Sworn { fingerprint, trust, recollection: options.recall.of_signatures() };
    let first = subject.look(&memory, &sworn, options.recall, progress)?;
    let Look { mut scope, mut versions, read, findings } = first;
    let mut diagnosis = Diagnosis::of(findings);
    if options.action == Action::Repair {
        let look = || -> Result<Vec<Finding>> {
            let again = subject.look(&memory, &sworn, Recall::Believed, progress)?;
            (scope, versions) = (again.scope, again.versions);
            Ok(again.findings)
        };
        let carry_out = |remedies| match subject.bench(&memory, &sworn) {
            Some(bench) => bench.carry_out(cwd, remedies),
            None => local_tags::carry_out(cwd, remedies, progress),
        };
        diagnosis.repair(carry_out, look)?;
    }
    Ok(Verified { title: subject.title(scope.as_ref()), scope, place: subject.place(), versions, read, diagnosis })
}

/// A folder that a person named is used: in one that can't be written, a moved version would go unnoticed.
fn refuse_unusable(cache: &Path) -> Result<()> {
    let tried = std::fs::create_dir_all(cache).and_then(|()| disk::temporary_folder(cache));
    tried.map(drop).map_err(|error| errors::verify_cache_unusable(cache, &error))
}

impl Subject {
    fn find(cwd: &Path, options: &VerifyOptions, progress: &dyn Progress) -> Result<Self> {
        let place = match options.place.as_deref() {
            // In the folder of a scope that one is meant, as "bit doctor" does.
            None if Repo::exists(cwd) => ".",
            None | Some(LOCAL) => return Workspace::open(cwd, progress).map(Self::Local),
            Some(place) => place,
        };
        let named = Place::parse(place, cwd).map_err(errors::as_usage)?;
        let workspace = match Layout::search(cwd)? {
            Some(_) => Some(Workspace::open(cwd, progress)?),
            None => None,
        };
        let url = named.url_for(cwd, workspace.as_ref()).map_err(errors::as_usage)?;
        Ok(Self::Scope { named, url, workspace })
    }

    /// The local scope, a scope by its name, or what was asked for.
    fn title(&self, found: Option<&ScopeName>) -> String {
        match (self, found) {
            (Self::Local(_), _) => "the local scope".to_owned(),
            (_, Some(scope)) | (Self::Scope { named: Place::Scope(scope), .. }, None) => scope.to_string(),
            (Self::Scope { named: Place::Url(url), .. }, None) => url.to_string(),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::Local(workspace) => place_of(&workspace.scope),
            Self::Scope { url, .. } => url.to_string(),
        }
    }

    /// Refuses to remember in a scope that is looked at: it is everybody's, and the local one this machine's own.
    fn keeps_out(&self, cache: &Path) -> Result<()> {
        let Self::Scope { url, .. } = self else { return Ok(()) };
        let Some(repository) = url.local_path().map(disk::resolved).transpose()? else { return Ok(()) };
        match disk::resolved(cache)?.starts_with(&repository) {
            true => Err(errors::verify_cache_in_the_scope(cache, &self.place())),
            false => Ok(()),
        }
    }

    /// Where what was found right is remembered: beside the local scope, or where the person says.
    fn memory(&self, cwd: &Path, options: &VerifyOptions) -> Memory {
        let beside = || self.workspace().map(|workspace| beside(&workspace.scope));
        let folder = options.cache.as_ref().map(|cache| cwd.join(cache)).or_else(beside);
        Memory::of(folder.as_deref(), &self.place())
    }

    /// What it takes to repair a scope; the local one needs less.
    fn bench<'a>(&'a self, memory: &'a Memory, sworn: &'a Sworn) -> Option<repair::Bench<'a>> {
        let Self::Scope { url, workspace, .. } = self else { return None };
        Some(repair::Bench { url, workspace: workspace.as_ref(), memory, seen: OnceCell::new(), sworn })
    }

    /// Who may sign, and where it is remembered who did.
    fn trust(&self, cwd: &Path, options: &VerifyOptions) -> Result<Trust> {
        let state = options.cache.as_ref().map(|cache| cwd.join(cache));
        let state = state.or_else(|| self.workspace().map(|workspace| workspace.scope.state_folder()));
        Trust::asked(cwd, options.signers.as_deref(), state).map_err(errors::as_usage)
    }

    /// The workspace around.
    fn workspace(&self) -> Option<&Workspace> {
        match self {
            Self::Local(workspace) => Some(workspace),
            Self::Scope { workspace, .. } => workspace.as_ref(),
        }
    }

    /// Where objects are damaged nothing is believed: what was found right before may be what is damaged now.
    fn look(&self, memory: &Memory, sworn: &Sworn, recall: Recall, progress: &dyn Progress) -> Result<Look> {
        let look = self.look_once(memory, sworn, recall, progress)?;
        let is_damaged = look.findings.iter().any(|finding| finding.kind == "damaged-objects");
        match recall {
            Recall::Believed if is_damaged => self.look_once(memory, sworn, Recall::Doubted, progress),
            _ => Ok(look),
        }
    }

    fn look_once(&self, memory: &Memory, sworn: &Sworn, recall: Recall, progress: &dyn Progress) -> Result<Look> {
        let mut look = match self {
            Self::Local(workspace) => local::look(workspace, memory, sworn, recall, progress)?,
            Self::Scope { named, url, workspace } => {
                let seeker =
                    host::Seeker { named, url, workspace: workspace.as_ref(), memory, sworn, recall, progress };
                seeker.look()?
            }
        };
        if let Some(bench) = self.bench(memory, sworn) {
            look.findings = bench.sort_out(look.findings);
        }
        findings::sort(&mut look.findings);
        Ok(look)
    }
}
