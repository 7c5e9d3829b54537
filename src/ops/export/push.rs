//! The pushes: tags and catalog of one scope at once where the host can; else all tags first, then each catalog.

use super::Target;
use crate::errors;
use crate::git::{
    Envelope, Identities, Oid, PackWriter, PushMode, PushReport, RefName, RefOutcome, RemoteFailure, oid, remote,
};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentName, ScopeName};
use crate::ops::{Progress, Workspace};
use crate::scope::{CatalogDraft, StoredVersion};
use anyhow::Result;
use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How the pushes ended.
pub enum Pushed {
    /// All is there; the new catalogs.
    Done(BTreeMap<ScopeName, CommitId>),
    /// Somebody else's export came first: look again.
    Overtaken,
}

/// A host takes about so many refs in one push.
const BATCH: usize = 5_000;

/// Pushes everything, or nothing that anybody sees.
pub fn push_all(workspace: &Workspace, targets: &[Target], progress: &dyn Progress) -> Result<Pushed> {
    let mut catalogs = BTreeMap::new();
    for (target, commit) in targets.iter().zip(write_catalogs(workspace, targets)?) {
        catalogs.insert(target.scope.clone(), commit);
    }
    if let [only] = targets
        && only.versions.len() < BATCH
        && let Some(pushed) = push_at_once(workspace, only, catalogs[&only.scope])?
    {
        return Ok(if pushed { Pushed::Done(catalogs) } else { Pushed::Overtaken });
    }
    push_in_steps(workspace, targets, catalogs, progress)
}

/// The objects of all new catalogs, in one pack of the local scope.
fn write_catalogs(workspace: &Workspace, targets: &[Target]) -> Result<Vec<CommitId>> {
    let identities = Identities::of(&workspace.layout.root)?;
    let repo = workspace.scope.repo();
    let mut pack = PackWriter::new(repo)?;
    let mut commits = Vec::with_capacity(targets.len());
    for target in targets {
        let mut objects = Vec::new();
        let entries = new_entries(target);
        let message = format!("export {} version(s)", target.versions.len());
        let draft = CatalogDraft {
            base: Some(&target.catalog),
            info: None,
            entries: &entries,
            message: &message,
            identities: &identities,
        };
        commits.push(draft.write(repo, &mut objects)?);
        pack.add(objects)?;
    }
    pack.finish()?;
    Ok(commits)
}

fn new_entries(target: &Target) -> BTreeMap<ComponentName, CatalogEntry> {
    let mut entries: BTreeMap<ComponentName, CatalogEntry> = BTreeMap::new();
    for version in &target.versions {
        let name = &version.manifest.name;
        let listed = catalog_version(version);
        match entries.remove(name).or_else(|| target.listed.get(name).cloned()) {
            Some(mut entry) => {
                entry.append(listed, version.lineage);
                entries.insert(name.clone(), entry);
            }
            None => drop(entries.insert(name.clone(), CatalogEntry::new(name.clone(), listed))),
        }
    }
    entries
}

fn catalog_version(version: &StoredVersion) -> CatalogVersion {
    CatalogVersion {
        version: version.manifest.version.clone(),
        commit: version.commit,
        dependencies: version.manifest.dependencies.iter().map(|dependency| dependency.id.clone()).collect(),
        origin: None,
        rewired: false,
        removed: None,
    }
}

/// One atomic push of tags and catalog: `Some(whether it went through)`, or `None` where the host can't do that.
fn push_at_once(workspace: &Workspace, target: &Target, catalog: CommitId) -> Result<Option<bool>> {
    let mut refs = tags(workspace, target, target.versions.iter())?;
    refs.push((target.branch.clone(), oid(catalog)));
    match push(workspace, target, &refs, PushMode::Atomic) {
        Err(error) if RemoteFailure::of(&error) == Some(RemoteFailure::AtomicUnsupported) => Ok(None),
        Err(error) => Err(error),
        Ok(report) => settle(target, &report).map(Some),
    }
}

fn push(workspace: &Workspace, target: &Target, refs: &[(String, Oid)], mode: PushMode) -> Result<PushReport> {
    let envelope = Envelope::new(workspace.scope.repo(), refs, &workspace.scope.state_folder())?;
    envelope.push(&target.url, mode, &mut |_| {})
}

/// The tags of versions: new to the scope, and what their refs name here (an annotated tag where one is signed).
fn tags<'v>(
    workspace: &Workspace,
    target: &Target,
    versions: impl Iterator<Item = &'v StoredVersion>,
) -> Result<Vec<(String, Oid)>> {
    let known = workspace.scope.known()?;
    let mut refs = Vec::new();
    for id in versions.map(StoredVersion::id) {
        let name = RefName::in_scope(&id);
        let here = known.components.get(&id.id).and_then(|known| known.versions.get(&id.version));
        refs.extend(here.filter(|_| !target.advertised.refs.contains_key(&name)).map(|here| (name, here.target)));
    }
    Ok(refs)
}

/// Whether a push went through; `false` where somebody else came first, an error where the host refused.
fn settle(target: &Target, report: &PushReport) -> Result<bool> {
    let overtaken = |why: &str| {
        ["fetch first", "non-fast-forward", "already exists", "stale info", "failed to update ref", "cannot lock ref"]
            .iter()
            .any(|words| why.contains(words))
    };
    let url = target.url.to_string();
    if let Some((name, why)) = report.refused().into_iter().find(|(_, why)| !overtaken(why)) {
        let why = if report.said.is_empty() { why.to_owned() } else { format!("{why} ({})", report.said.trim()) };
        return Err(errors::push_refused(&target.scope, &url, name, &why));
    }
    match report.refs.iter().find(|pushed| pushed.outcome == RefOutcome::Unknown) {
        Some(pushed) => {
            Err(errors::push_refused(&target.scope, &url, &pushed.name, "the host broke off before it answered"))
        }
        None => Ok(report.is_complete()),
    }
}

/// First the tags of every scope, in batches; when all are there, each catalog.
fn push_in_steps(
    workspace: &Workspace,
    targets: &[Target],
    catalogs: BTreeMap<ScopeName, CommitId>,
    progress: &dyn Progress,
) -> Result<Pushed> {
    let mut created: Vec<(&Target, Vec<(String, Oid)>)> = Vec::new();
    for target in targets {
        for batch in target.versions.chunks(BATCH) {
            progress.advance(1);
            let refs = tags(workspace, target, batch.iter())?;
            if refs.is_empty() {
                continue;
            }
            let report = match push(workspace, target, &refs, PushMode::Separate) {
                Ok(report) => report,
                Err(error) => return Err(take_back(workspace, &created, error)),
            };
            let made: HashSet<&str> = report.created().into_iter().collect();
            created.push((target, refs.into_iter().filter(|(name, _)| made.contains(name.as_str())).collect()));
            match settle(target, &report) {
                Ok(true) => {}
                Ok(false) => {
                    take_back_quietly(workspace, &created);
                    return Ok(Pushed::Overtaken);
                }
                Err(error) => return Err(take_back(workspace, &created, error)),
            }
        }
    }
    push_catalogs(workspace, targets, &created, catalogs)
}

fn push_catalogs(
    workspace: &Workspace,
    targets: &[Target],
    created: &[(&Target, Vec<(String, Oid)>)],
    catalogs: BTreeMap<ScopeName, CommitId>,
) -> Result<Pushed> {
    let mut done: Vec<ScopeName> = Vec::new();
    for target in targets {
        let refs = [(target.branch.clone(), oid(catalogs[&target.scope]))];
        let pushed = push(workspace, target, &refs, PushMode::Separate).and_then(|report| settle(target, &report));
        match pushed {
            Ok(true) => done.push(target.scope.clone()),
            // What has moved is found to be there when we look again.
            Ok(false) => return Ok(Pushed::Overtaken),
            Err(error) if done.is_empty() => return Err(take_back(workspace, created, error)),
            Err(error) => return Err(errors::some_scopes_done(&done, &target.scope, &error)),
        }
    }
    Ok(Pushed::Done(catalogs))
}

/// Before the first catalog moved nobody has seen anything: the tags that this export made go again.
fn take_back(workspace: &Workspace, created: &[(&Target, Vec<(String, Oid)>)], error: anyhow::Error) -> anyhow::Error {
    take_back_quietly(workspace, created);
    error
}

/// A tag that can't be taken back is a stray one: no catalog lists it, and the next export adopts it.
fn take_back_quietly(workspace: &Workspace, created: &[(&Target, Vec<(String, Oid)>)]) {
    for (target, refs) in created {
        let _ = remote::delete(workspace.scope.repo(), &target.url, refs);
    }
}

/// Waits a little, each time longer and each process differently, so that not all come back at once.
pub fn wait_a_moment(attempt: u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let jitter = u64::from(now ^ std::process::id().wrapping_mul(0x9e37_79b9)) % 100;
    let base = 20u64 << attempt.min(6);
    std::thread::sleep(Duration::from_millis(base + base * jitter / 100));
}
