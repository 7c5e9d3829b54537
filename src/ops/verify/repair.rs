//! What can be put right without a loss: tags of versions that are at hand are put back, entries of the catalog that say
//! what they should and are written otherwise are written anew. By pushes that create or go forward, as an export's do.

use super::memory::{Memory, TagsSeen};
use super::seal::told;
use super::sworn::Sworn;
use crate::errors;
use crate::git::refs::HEAD;
use crate::git::url::RemoteUrl;
use crate::git::{Envelope, Identities, Oid, PackWriter, PushMode, RefName, Repo, StandingRefs, oid};
use crate::model::{CatalogEntry, CommitId, ComponentName, VersionId};
use crate::ops::audit::{Finding, Remedy, admissible};
use crate::ops::{Reached, Visit, Workspace, reach_for};
use crate::scope::CatalogDraft;
use anyhow::Result;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Whoever repairs a scope, with all that is at hand for it.
pub struct Bench<'a> {
    /// Where the scope is.
    pub url: &'a RemoteUrl,
    /// The workspace around.
    pub workspace: Option<&'a Workspace>,
    /// Where it is remembered what the tags of versions were on.
    pub memory: &'a Memory,
    /// That, once somebody asked.
    pub seen: OnceCell<TagsSeen>,
    /// Who may sign.
    pub sworn: &'a Sworn,
}

/// Where the tag of a version can be taken from.
enum Stock {
    /// From the scope's own folder.
    There(Oid),
    /// From the local scope.
    Here(Oid),
    /// From nowhere, and why.
    Nowhere(String),
}

impl Bench<'_> {
    /// Findings are repairable only where what it takes is at hand; the others say what is not.
    pub fn sort_out(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let folder = self.folder();
        let standing = folder.as_ref().and_then(|repo| StandingRefs::of(repo).ok());
        let sorted = |finding: Finding| match &finding.repair {
            Some(Remedy::Tag { id, commit }) => {
                match (obstacle(standing.as_ref(), id), self.find(folder.as_ref(), id, *commit)) {
                    (Some(why), _) | (None, Stock::Nowhere(why)) => finding.with(None).way_out(why),
                    _ => finding.way_out("the same command with --fix puts it back as it was"),
                }
            }
            _ => finding,
        };
        findings.into_iter().map(sorted).collect()
    }

    /// Carries them out; what did not succeed.
    pub fn carry_out(&self, cwd: &Path, remedies: Vec<Remedy>) -> Vec<String> {
        let (tags, rest): (Vec<Remedy>, Vec<Remedy>) =
            remedies.into_iter().partition(|remedy| matches!(remedy, Remedy::Tag { .. }));
        let done = || -> Result<Vec<String>> {
            let visit = self.workspace.map_or_else(Visit::new, |workspace| Visit::beside(&workspace.scope))?;
            let reached = reach_for(visit.repo(), self.url.clone(), &[HEAD.to_owned()], None, &mut |_| {})?;
            let ids = tags.into_iter().filter_map(|remedy| match remedy {
                Remedy::Tag { id, .. } => Some(id),
                _ => None,
            });
            let failed = self.put_back(&visit, &reached, ids)?;
            if !rest.is_empty() {
                write_anew(cwd, &visit, &reached, &rest)?;
            }
            Ok(failed)
        };
        done().unwrap_or_else(|error| vec![errors::in_one_line(&error)])
    }

    fn seen(&self) -> &TagsSeen {
        self.seen.get_or_init(|| self.memory.seen().1)
    }

    fn folder(&self) -> Option<Repo> {
        self.url.local_path().and_then(|folder| Repo::open(folder).ok())
    }

    fn put_back(&self, visit: &Visit, reached: &Reached, ids: impl Iterator<Item = VersionId>) -> Result<Vec<String>> {
        let folder = self.folder();
        let index = reached.catalog.index(visit.repo())?;
        let mut failed = Vec::new();
        let (mut from_there, mut from_here) = (Vec::new(), Vec::new());
        for id in ids {
            let listed = index.entry(visit.repo(), &id.id.name)?.and_then(|entry| entry.version(&id.version).cloned());
            let Some(listed) = listed else { continue };
            let name = RefName::in_scope(&id);
            match self.find(folder.as_ref(), &id, listed.commit) {
                Stock::There(target) => from_there.push((name, target)),
                Stock::Here(target) => from_here.push((name, target)),
                Stock::Nowhere(why) => failed.push(format!("{id}: {why}")),
            }
        }
        for (repo, refs) in [(folder.as_ref(), from_there), (self.workspace.map(|here| here.scope.repo()), from_here)] {
            if let Some(repo) = repo.filter(|_| !refs.is_empty()) {
                push(repo, visit, reached, &refs)?;
            }
        }
        Ok(failed)
    }

    /// The very tag that the version had: the one that this machine saw, else the one that the workspace has, else what a
    /// tag object in the scope's folder or here tells. A bare commit comes back only where nobody knows of more; where
    /// signatures are asked for, only where a verification saw that it was one.
    fn find(&self, folder: Option<&Repo>, id: &VersionId, listed: CommitId) -> Stock {
        let local = self.workspace.map(|workspace| workspace.scope.repo());
        let gives = |repo: Option<&Repo>, target: Oid| {
            repo.is_some_and(|repo| repo.has(target).unwrap_or_default() && admissible(repo, id, listed).is_ok())
        };
        let seen = self.seen().get(id).filter(|seen| seen.commit == listed).map(|seen| seen.target());
        let here = self.workspace.and_then(|workspace| workspace.scope.known().ok()?.at(id));
        let here = here.filter(|here| here.commit == listed).map(|here| here.target);
        let is_object = |target: &Oid| *target != oid(listed);
        let known = seen.filter(is_object).or(here.filter(is_object)).or(seen);
        let target = match known {
            Some(target) => target,
            None => match alone([folder, local], id, listed) {
                Ok(target) => target,
                Err(why) => return Stock::Nowhere(why),
            },
        };
        if target == oid(listed) && seen.is_none() && self.sworn.asks_for(&id.id.scope) {
            return Stock::Nowhere(
                "its tag has to be signed, and no signed one is at hand: whoever has it, or has verified the scope when it had none, puts it back with the same command and --fix".into(),
            );
        }
        match (gives(folder, target), gives(local, target)) {
            (true, _) => Stock::There(target),
            (_, true) => Stock::Here(target),
            _ if target == oid(listed) => Stock::Nowhere(
                "its commit is not here: whoever has the version puts its tag back with the same command and --fix"
                    .into(),
            ),
            _ => Stock::Nowhere(format!(
                "it had {}, which is not here: whoever has it puts it back with the same command and --fix",
                told(target, listed)
            )),
        }
    }
}

/// What keeps a tag from being made in a folder, and what to do about it.
fn obstacle(standing: Option<&StandingRefs>, id: &VersionId) -> Option<String> {
    let (name, standing) = (RefName::in_scope(id), standing?);
    let other = || {
        let other = standing.in_the_way_of(&name)?;
        Some(format!(
            "{other} is there, and git can't have one beside the other: ask whose it is, and remove it (git update-ref -d)"
        ))
    };
    let broken = || {
        Some(format!("{} stands in its place, and is no tag on anything: remove it", standing.broken(&name)?.display()))
    };
    Some(format!("{}; then the same command with --fix puts the tag back as it was", other().or_else(broken)?))
}

/// What a tag may have been that no ref names: the only tag object for it that is at hand, or the commit.
fn alone(places: [Option<&Repo>; 2], id: &VersionId, listed: CommitId) -> Result<Oid, String> {
    let name = RefName::short_in_scope(id);
    let of = |repo: &Repo| repo.tags_on(&name, oid(listed)).unwrap_or_default();
    let objects: BTreeSet<Oid> = places.into_iter().flatten().flat_map(of).collect();
    match objects.len() {
        0 | 1 => Ok(objects.into_iter().next().unwrap_or(oid(listed))),
        more => Err(format!(
            "{} tag objects are there for it, and nobody here has seen which one it had: ask who has the version",
            more
        )),
    }
}

/// One commit on top of the catalog. Whatever was exported meanwhile stays: the push then is refused.
fn write_anew(cwd: &Path, visit: &Visit, reached: &Reached, remedies: &[Remedy]) -> Result<()> {
    let (repo, mut entries): (_, BTreeMap<ComponentName, CatalogEntry>) = (visit.repo(), BTreeMap::new());
    for remedy in remedies {
        let (Remedy::Entry(name) | Remedy::Head { name, .. }) = remedy else { continue };
        let listed = match entries.remove(name) {
            Some(entry) => Some(entry),
            None => reached.catalog.entry(repo, name)?,
        };
        let Some(mut entry) = listed else { continue };
        // Whoever exported meanwhile said it anew.
        if let Remedy::Head { was, is, .. } = remedy
            && entry.head == *was
        {
            entry.head.clone_from(is);
        }
        entry.choose_latest();
        entries.insert(name.clone(), entry);
    }
    let draft = CatalogDraft {
        base: Some(&reached.catalog),
        info: remedies.contains(&Remedy::Card).then_some(&reached.info),
        entries: &entries,
        url: Some(&reached.url),
        message: "the catalog, written as bit writes it",
        identities: &Identities::of(cwd)?,
    };
    let mut objects = Vec::new();
    let commit = draft.write(repo, &mut objects)?;
    let mut pack = PackWriter::new(repo)?;
    pack.add(objects)?;
    pack.finish()?;
    push(repo, visit, reached, &[(reached.branch.clone(), oid(commit))])
}

fn push(repo: &Repo, visit: &Visit, reached: &Reached, refs: &[(String, Oid)]) -> Result<()> {
    let envelope = Envelope::new(repo, refs, visit.repo().path())?;
    let report = envelope.push(&reached.url, PushMode::Separate, &mut |_| {})?;
    match report.refused().first() {
        Some((name, why)) => {
            let why = if report.said.is_empty() { (*why).to_owned() } else { format!("{why} ({})", report.said) };
            Err(errors::push_refused(&reached.info.name, &reached.url.to_string(), name, &why))
        }
        None => Ok(()),
    }
}
