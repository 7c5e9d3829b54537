//! The pushes: tags and catalog of one scope at once where the host can; else all tags first, then each catalog.

use super::Target;
use crate::errors;
use crate::git::{
    Envelope, Identities, Oid, PackWriter, PushMode, PushReport, RefName, RefOutcome, RemoteFailure, oid, remote,
};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentName, ScopeName};
use crate::ops::{Progress, Workspace};
use crate::scope::{CatalogDraft, Known, StoredVersion};
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
pub fn push_all(workspace: &Workspace, known: &Known, targets: &[Target], progress: &dyn Progress) -> Result<Pushed> {
    let targets: Vec<&Target> = targets.iter().filter(|target| !target.is_done()).collect();
    let mut catalogs = BTreeMap::new();
    for (target, commit) in targets.iter().zip(write_catalogs(workspace, &targets)?) {
        catalogs.insert(target.scope.clone(), commit);
    }
    let pusher = Pusher { workspace, known, progress };
    if let [only] = targets.as_slice()
        && only.versions.len() < BATCH
        && let Some(pushed) = pusher.at_once(only, catalogs[&only.scope])?
    {
        return Ok(if pushed { Pushed::Done(catalogs) } else { Pushed::Overtaken });
    }
    pusher.in_steps(&targets, catalogs)
}

/// The objects of all new catalogs, in one pack of the local scope.
fn write_catalogs(workspace: &Workspace, targets: &[&Target]) -> Result<Vec<CommitId>> {
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

/// What every push of an export needs.
struct Pusher<'a> {
    workspace: &'a Workspace,
    known: &'a Known,
    progress: &'a dyn Progress,
}

/// The refs that an export made in a scope, by which it can take them back.
type Made<'t> = Vec<(&'t Target, Vec<(String, Oid)>)>;

impl Pusher<'_> {
    /// One atomic push of tags and catalog: `Some(whether it went through)`, or `None` where the host can't do that.
    fn at_once(&self, target: &Target, catalog: CommitId) -> Result<Option<bool>> {
        let mut refs = self.tags(target, &target.versions);
        refs.push((target.branch.clone(), oid(catalog)));
        match self.push(target, &refs, PushMode::Atomic) {
            Err(error) if RemoteFailure::of(&error) == Some(RemoteFailure::AtomicUnsupported) => Ok(None),
            Err(error) => Err(error),
            Ok(report) => settle(target, &report).map(Some),
        }
    }

    fn push(&self, target: &Target, refs: &[(String, Oid)], mode: PushMode) -> Result<PushReport> {
        let scope = &self.workspace.scope;
        let envelope = Envelope::new(scope.repo(), refs, &scope.state_folder())?;
        self.progress.stage(&format!("publishing to {}", target.scope), 0);
        envelope.push(&target.url, mode, &mut |count| self.progress.git(count))
    }

    /// The tags of versions: new to the scope, and what their refs name here (an annotated tag where one is signed).
    fn tags(&self, target: &Target, versions: &[StoredVersion]) -> Vec<(String, Oid)> {
        let mut refs = Vec::with_capacity(versions.len() + 1);
        for version in versions {
            let id = version.id();
            let name = RefName::in_scope(&id);
            if target.advertised.refs.contains_key(&name) {
                continue;
            }
            // A rewritten version has no ref here yet, or one that still names what it was.
            let here = self.known.components.get(&id.id).and_then(|known| known.versions.get(&id.version));
            let here = here.filter(|here| here.commit == version.commit);
            refs.push((name, here.map_or(oid(version.commit), |here| here.target)));
        }
        refs
    }

    /// First the tags of every scope, in batches; when all are there, each catalog.
    fn in_steps(&self, targets: &[&Target], catalogs: BTreeMap<ScopeName, CommitId>) -> Result<Pushed> {
        let mut made: Made = Vec::new();
        for target in targets {
            for batch in target.versions.chunks(BATCH) {
                match self.push_tags(target, batch, &mut made) {
                    Ok(true) => {}
                    Ok(false) => {
                        self.take_back(&made);
                        return Ok(Pushed::Overtaken);
                    }
                    Err(error) => {
                        self.take_back(&made);
                        return Err(error);
                    }
                }
            }
        }
        self.push_catalogs(targets, &made, catalogs)
    }

    fn push_tags<'t>(&self, target: &'t Target, batch: &[StoredVersion], made: &mut Made<'t>) -> Result<bool> {
        let refs = self.tags(target, batch);
        if refs.is_empty() {
            return Ok(true);
        }
        let report = self.push(target, &refs, PushMode::Separate)?;
        let created: HashSet<&str> = report.created().into_iter().collect();
        made.push((target, refs.into_iter().filter(|(name, _)| created.contains(name.as_str())).collect()));
        settle(target, &report)
    }

    fn push_catalogs(
        &self,
        targets: &[&Target],
        made: &Made,
        catalogs: BTreeMap<ScopeName, CommitId>,
    ) -> Result<Pushed> {
        let mut done: Vec<ScopeName> = Vec::new();
        for target in targets {
            let refs = [(target.branch.clone(), oid(catalogs[&target.scope]))];
            match self.push(target, &refs, PushMode::Separate).and_then(|report| settle(target, &report)) {
                Ok(true) => done.push(target.scope.clone()),
                // What has moved is found to be there when we look again.
                Ok(false) => return Ok(Pushed::Overtaken),
                Err(error) if done.is_empty() => {
                    self.take_back(made);
                    return Err(error);
                }
                Err(error) => return Err(errors::some_scopes_done(&done, &target.scope, &error)),
            }
        }
        Ok(Pushed::Done(catalogs))
    }

    /// Before the first catalog moved nobody has seen anything: the tags that this export made go again. One that
    /// can't be taken back is a stray one: no catalog lists it, and the next export adopts it.
    fn take_back(&self, made: &Made) {
        for (target, refs) in made {
            let _ = remote::delete(self.workspace.scope.repo(), &target.url, refs);
        }
    }
}

/// Waits a little, each time longer and each process differently, so that not all come back at once.
pub fn wait_a_moment(attempt: u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let jitter = u64::from(now ^ std::process::id().wrapping_mul(0x9e37_79b9)) % 100;
    let base = 20u64 << attempt.min(6);
    std::thread::sleep(Duration::from_millis(base + base * jitter / 100));
}
