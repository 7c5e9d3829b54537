//! The pushes: tags and catalog of one scope at once where the host can; else all tags first, then each catalog.

use super::Target;
use super::conflicts::tag_target;
use super::hints::card_with_hints;
use super::loose::LooseTags;
use super::mend::arrived;
use super::patience::Obstacle;
use super::returning;
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{
    CompleteParcel, Envelope, Identities, MANY_REFS, MOST_REFS, Oid, PackWriter, Parcel, PushMode, PushReport, RefName,
    RefOutcome, Repo, SealedPack, is_somebody_elses, oid,
};
use crate::model::{CatalogEntry, CatalogVersion, CommitId, ComponentName, Lineage, ScopeName};
use crate::ops::tag::Signing;
use crate::ops::{Progress, Workspace, main_line};
use crate::scope::{CatalogDraft, Known, StoredVersion};
use anyhow::{Result, anyhow};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// How the pushes ended.
pub enum Pushed {
    /// All is there; the new catalogs.
    Done(BTreeMap<ScopeName, CommitId>),
    /// Somebody else's export came first, or is under way: look again. These catalogs have moved.
    Overtaken(Obstacle, BTreeMap<ScopeName, CommitId>),
    /// One scope refused its catalog for good, after those of others had moved.
    Partly(anyhow::Error, BTreeMap<ScopeName, CommitId>),
}

impl Pushed {
    /// Nothing that anybody sees has changed.
    fn overtaken(obstacle: Obstacle) -> Self {
        Self::Overtaken(obstacle, BTreeMap::new())
    }
}

/// Pushes everything, or nothing that anybody sees.
pub fn push_all(pusher: &Pusher, targets: &[Target], identities: &Identities) -> Result<Pushed> {
    let targets: Vec<&Target> = targets.iter().filter(|target| !target.is_done()).collect();
    let mut catalogs = BTreeMap::new();
    let (commits, objects) = write_catalogs(pusher, &targets, identities)?;
    catalogs.extend(targets.iter().map(|target| target.scope.clone()).zip(commits));
    if let [only] = targets.as_slice()
        && only.versions.len() < MOST_REFS
        && !only.may_hide_tags()
    {
        if let Some(pushed) = pusher.at_once(only, &catalogs, objects)? {
            return Ok(pushed);
        }
    } else if let Some(objects) = objects {
        objects.finish()?;
        pusher.workspace.scope.repo().refresh()?;
    }
    pusher.in_steps(&targets, catalogs)
}

/// All new catalogs, and their objects in one pack for the local scope.
fn write_catalogs(
    pusher: &Pusher,
    targets: &[&Target],
    identities: &Identities,
) -> Result<(Vec<CommitId>, Option<SealedPack>)> {
    let workspace = pusher.workspace;
    let repo = workspace.scope.repo();
    let mut pack = PackWriter::new(repo)?;
    let mut commits = Vec::with_capacity(targets.len());
    for target in targets {
        let mut objects = Vec::new();
        let entries = new_entries(repo, target)?;
        let message = message(target);
        let info = card_with_hints(workspace, target)?;
        let draft = CatalogDraft {
            base: Some(&target.catalog),
            info: info.as_ref(),
            entries: &entries,
            url: Some(&target.url),
            message: &message,
            identities,
        };
        let commit = draft.write(repo, &mut objects)?;
        commits.push(pusher.signed_catalog(target, identities, commit, &mut objects)?);
        pack.add(objects)?;
    }
    Ok((commits, pack.seal()?))
}

/// What the new catalog says of the components of which something is published.
pub fn new_entries(repo: &Repo, target: &Target) -> Result<BTreeMap<ComponentName, CatalogEntry>> {
    let mut more: BTreeMap<&ComponentName, Vec<(CatalogVersion, Lineage)>> = BTreeMap::new();
    for version in &target.versions {
        more.entry(&version.manifest.name).or_default().push((catalog_version(target, version), version.lineage));
    }
    let mut entries: BTreeMap<ComponentName, CatalogEntry> = BTreeMap::new();
    for (name, more) in more {
        let listed = target.listed.get(name).cloned();
        let is_new = listed.is_none();
        let Some(mut entry) = main_line::extended(repo, name, listed, more)? else { continue };
        if is_new {
            target.lost.restore(&mut entry);
        }
        entries.insert(name.clone(), entry);
    }
    for (name, mark) in target.said() {
        let Some(mut entry) = entries.remove(name).or_else(|| target.listed.get(name).cloned()) else { continue };
        mark.apply(&mut entry);
        entries.insert(name.clone(), entry);
    }
    Ok(entries)
}

/// What the commit is about.
fn message(target: &Target) -> String {
    let mut lines = Vec::new();
    if !target.versions.is_empty() {
        lines.push(format!("export {} version(s)", target.versions.len()));
    }
    lines.extend(target.news().map(|(name, mark)| format!("{} {name}", mark.verb())));
    match lines.as_slice() {
        [_] => lines.remove(0),
        several => format!("{}\n\n{}", several[0], several[1..].join("\n")),
    }
}

fn catalog_version(target: &Target, version: &StoredVersion) -> CatalogVersion {
    let dependencies = version.manifest.dependencies.iter().map(|dependency| dependency.id.clone()).collect();
    let mut listed = CatalogVersion::new(version.manifest.version.clone(), version.commit, dependencies);
    if let Some(note) = target.copies.notes.get(&version.commit) {
        listed.origin = Some(note.origin.clone());
        listed.rewired = note.is_rewired;
        listed.removed.clone_from(&note.removed);
    }
    target.lost.restore_version(&version.manifest.name, &mut listed);
    listed
}

fn publishing_to(scope: &ScopeName) -> String {
    format!("publishing to {scope}")
}

/// What is in the way of a push: nothing where it went through; an error where the host refused it for good.
pub fn settle(scope: &ScopeName, at: &RemoteUrl, branch: &str, report: &PushReport) -> Result<Option<Obstacle>> {
    let url = at.to_string();
    if let Some((name, why)) = report.refused().into_iter().find(|(_, why)| !is_somebody_elses(why)) {
        let why = if report.said.is_empty() { why.to_owned() } else { format!("{why} ({})", report.said.trim()) };
        return Err(errors::push_refused(scope, &url, name, &why));
    }
    match report.refs.iter().find(|pushed| pushed.outcome == RefOutcome::Unknown) {
        Some(pushed) => Err(errors::push_refused(scope, &url, &pushed.name, "the host broke off before it answered")),
        None if report.is_complete() => Ok(None),
        None => {
            let failed = report.refs.iter().find(|pushed| pushed.outcome.is_failure());
            let name = failed.map_or(branch, |pushed| pushed.name.as_str()).to_owned();
            let words = report.said.trim().to_owned();
            Ok(Some(Obstacle { scope: scope.clone(), url: at.clone(), name, words }))
        }
    }
}

/// What every push of an export needs.
pub struct Pusher<'a> {
    /// Whose versions.
    pub workspace: &'a Workspace,
    /// What is known here.
    pub known: &'a Known,
    /// Whether catalogs are signed.
    pub signing: Signing,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
    /// The versions for the only scope, which are packed already.
    pub parcel: Cell<Option<Parcel>>,
    /// What is pushed before a catalog lists it.
    pub loose: &'a LooseTags,
    /// The scopes whose hosts can't change several refs together.
    pub separately: &'a RefCell<BTreeSet<ScopeName>>,
}

/// The refs that an export made in a scope, by which it can take them back.
type Made<'t> = Vec<(&'t Target, Vec<(String, Oid)>)>;

impl Pusher<'_> {
    /// One atomic push of tags and catalog; `None` where the host can't do that. The catalog's objects are in the local
    /// scope afterwards.
    fn at_once(
        &self,
        target: &Target,
        catalogs: &BTreeMap<ScopeName, CommitId>,
        objects: Option<SealedPack>,
    ) -> Result<Option<Pushed>> {
        let mut refs = self.tags(&target.versions);
        refs.extend(returning::tags(self.known, target));
        let adopts = refs.iter().any(|(name, _)| target.advertised.refs.contains_key(name));
        refs.push((target.branch.clone(), oid(catalogs[&target.scope])));
        let Some(report) = self.push_while_writing(target, &refs, objects)? else { return Ok(None) };
        let obstacle = target.settle(&report).map_err(|error| match report.has_moved(&target.branch) {
            true => errors::catalog_without_tags(&target.scope, &error),
            false => error,
        })?;
        if let Some(obstacle) = obstacle {
            return Ok(Some(Pushed::overtaken(obstacle)));
        }
        let lost = if adopts { arrived(self.workspace, &[target], catalogs)? } else { None };
        Ok(Some(lost.map_or_else(|| Pushed::Done(catalogs.clone()), Pushed::overtaken)))
    }

    /// Pushes refs together, some of which name objects that the local scope gets at the same time: the disk takes as
    /// long as the host. `None` where the host can't.
    fn push_while_writing(
        &self,
        target: &Target,
        refs: &[(String, Oid)],
        objects: Option<SealedPack>,
    ) -> Result<Option<PushReport>> {
        let parcel = self.parcel.take();
        let parcel = parcel.and_then(|parcel| parcel.complete(refs, oid(target.catalog.commit), objects.as_ref()));
        if let Some(parcel) = parcel {
            return match self.while_writing(objects, || self.hand_over(target, parcel))? {
                None => self.send_together(target, &self.envelope(refs)?),
                report => Ok(report),
            };
        }
        let envelope = self.envelope(refs)?;
        objects.iter().try_for_each(|objects| envelope.borrow(objects))?;
        self.while_writing(objects, || self.send_together(target, &envelope))?
    }

    /// Does something while objects get their place in the local scope.
    fn while_writing<T>(&self, objects: Option<SealedPack>, push: impl FnOnce() -> T) -> Result<T> {
        let (done, written) = std::thread::scope(|threads| {
            let written = threads.spawn(|| objects.map_or(Ok(()), SealedPack::finish));
            (push(), written.join())
        });
        written.map_err(|_| anyhow!("the thread that writes the catalog panicked"))??;
        self.workspace.scope.repo().refresh()?;
        Ok(done)
    }

    /// `None` where the other side did not speak of every ref: then the push has still to be made.
    fn hand_over(&self, target: &Target, parcel: CompleteParcel) -> Option<PushReport> {
        self.progress.stage(&publishing_to(&target.scope), 0);
        parcel.hand_over(&mut |count| self.progress.git(count))
    }

    /// Pushes refs, each for itself and under its name over there.
    pub fn push(&self, target: &Target, refs: &[(String, Oid)]) -> Result<PushReport> {
        self.send(target, &self.envelope(refs)?)
    }

    fn envelope(&self, refs: &[(String, Oid)]) -> Result<Envelope> {
        let scope = &self.workspace.scope;
        Envelope::new(scope.repo(), refs, &scope.state_folder())
    }

    fn send(&self, target: &Target, envelope: &Envelope) -> Result<PushReport> {
        self.progress.stage(&publishing_to(&target.scope), 0);
        envelope.push(&target.url, PushMode::Separate, &mut |count| self.progress.git(count))
    }

    /// All or nothing. A host that can't do that is remembered.
    fn send_together(&self, target: &Target, envelope: &Envelope) -> Result<Option<PushReport>> {
        self.progress.stage(&publishing_to(&target.scope), 0);
        let report = envelope.push_together(&target.url, &mut |count| self.progress.git(count))?;
        if report.is_none() {
            self.separately.borrow_mut().insert(target.scope.clone());
        }
        Ok(report)
    }

    /// The tags of versions, and what their refs name here (an annotated tag where one is signed). Those that the scope
    /// has already are among them: somebody may be sweeping them away.
    fn tags(&self, versions: &[StoredVersion]) -> Vec<(String, Oid)> {
        let mut refs = Vec::with_capacity(versions.len() + 1);
        for version in versions {
            let id = version.id();
            refs.push((RefName::in_scope(&id), tag_target(self.known, &id, version.commit)));
        }
        refs
    }

    /// First the tags of every scope, in batches; when all are there, each catalog.
    fn in_steps(&self, targets: &[&Target], catalogs: BTreeMap<ScopeName, CommitId>) -> Result<Pushed> {
        let mut made: Made = Vec::new();
        for target in targets {
            let mut refs = returning::tags(self.known, target);
            refs.extend(self.tags(&target.versions));
            for batch in refs.chunks(MOST_REFS) {
                match self.push_tags(target, batch.to_vec(), &mut made) {
                    Ok(None) => {}
                    Ok(Some(obstacle)) => {
                        self.take_back(&made);
                        return Ok(Pushed::overtaken(obstacle));
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

    fn push_tags<'t>(
        &self,
        target: &'t Target,
        mut refs: Vec<(String, Oid)>,
        made: &mut Made<'t>,
    ) -> Result<Option<Obstacle>> {
        if refs.iter().all(|(name, there)| target.advertised.refs.get(name) == Some(there)) {
            return Ok(None);
        }
        let report = match self.push_batch(target, &refs) {
            Ok(report) => report,
            Err(error) => {
                // It broke off: which of them are there nobody knows. Those that were there before stay.
                refs.retain(|(name, _)| !target.advertised.refs.contains_key(name));
                made.push((target, refs));
                return Err(error);
            }
        };
        let created: HashSet<&str> = report.created().into_iter().collect();
        refs.retain(|(name, _)| created.contains(name.as_str()));
        made.push((target, refs));
        target.settle(&report)
    }

    /// All of a large batch or none of it, where the host can: it moves the refs at once then, which is quicker than one
    /// after the other, and leaves nothing to be taken back where it refuses one.
    fn push_batch(&self, target: &Target, refs: &[(String, Oid)]) -> Result<PushReport> {
        let envelope = self.envelope(refs)?;
        let goes_together = refs.len() >= MANY_REFS && !self.separately.borrow().contains(&target.scope);
        let report = if goes_together { self.send_together(target, &envelope)? } else { None };
        report.map_or_else(|| self.send(target, &envelope), Ok)
    }

    fn push_catalogs(
        &self,
        targets: &[&Target],
        made: &Made,
        catalogs: BTreeMap<ScopeName, CommitId>,
    ) -> Result<Pushed> {
        let mut done: Vec<&Target> = Vec::new();
        for target in targets.iter().copied() {
            let refs = [(target.branch.clone(), oid(catalogs[&target.scope]))];
            match self.push(target, &refs).and_then(|report| target.settle(&report)) {
                Ok(None) => done.push(target),
                Ok(Some(obstacle)) => {
                    self.keep(made);
                    return Ok(Pushed::Overtaken(obstacle, self.moved(&done, catalogs)));
                }
                Err(error) if done.is_empty() => {
                    self.take_back(made);
                    return Err(error);
                }
                Err(error) => return Ok(Pushed::Partly(error, self.moved(&done, catalogs))),
            }
        }
        let lost = arrived(self.workspace, targets, &catalogs)?;
        Ok(lost.map_or_else(|| Pushed::Done(catalogs), Pushed::overtaken))
    }

    /// Those catalogs that have moved, by the word of their hosts, and that a look does not show to be others.
    fn moved(&self, done: &[&Target], mut catalogs: BTreeMap<ScopeName, CommitId>) -> BTreeMap<ScopeName, CommitId> {
        let has_moved = |target: &&&Target| !matches!(arrived(self.workspace, &[**target], &catalogs), Ok(Some(_)));
        let scopes: HashSet<ScopeName> = done.iter().filter(has_moved).map(|target| target.scope.clone()).collect();
        catalogs.retain(|scope, _| scopes.contains(scope));
        catalogs
    }

    /// Before the first catalog moved nobody has seen anything: the tags that this attempt made go again.
    fn take_back(&self, made: &Made) {
        for (target, refs) in made {
            self.loose.take_back(self.workspace.scope.repo(), target, refs);
        }
    }

    fn keep(&self, made: &Made) {
        for (target, refs) in made {
            self.loose.keep(target, refs);
        }
    }
}
