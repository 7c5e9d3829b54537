//! Reaching the scopes of an export, and reading what they list.

use super::Target;
use super::free::free_of;
use crate::errors;
use crate::git::refs::HEAD;
use crate::git::url::RemoteUrl;
use crate::git::{Count, MOST_REFS, Parcel, RefName, RemoteFailure, Repo};
use crate::model::{CatalogEntry, CommitId, ComponentId, ComponentName, Mark, Moved, ScopeName, Version, VersionId};
use crate::ops::continuity::{Continuity, continuity};
use crate::ops::export::aim::Aim;
use crate::ops::export::conflicts::tag_target;
use crate::ops::export::copies::Ready;
use crate::ops::export::lost::Lost;
use crate::ops::export::select::Share;
use crate::ops::export::{ExportOptions, Staged, Versions};
use crate::ops::progress::waiting_for;
use crate::ops::remote::{nobody_knows, url_of};
use crate::ops::{Progress, Reached, Workspace, make_whole, reach_for, side_by_side};
use crate::scope::{Known, StoredVersion, TrackedCatalog};
use anyhow::{Result, anyhow};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The scopes of an export.
pub struct Opened {
    /// Those that answered.
    pub targets: Vec<Target>,
    /// Those that were to get copies only, and did not answer, or list other versions than they did.
    pub silent: Vec<(ScopeName, anyhow::Error)>,
    /// The versions for the only scope, on their way into a pack.
    pub parcel: Option<Parcel>,
}

/// What a scope lists of components.
type Listed = BTreeMap<ComponentName, CatalogEntry>;

/// A scope that is to be asked.
struct Question {
    scope: ScopeName,
    url: RemoteUrl,
    before: Option<TrackedCatalog>,
    /// The tags that it may have already.
    tags: Vec<String>,
    need: Need,
}

/// Whether an export can do without a scope.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// It can't.
    Must,
    /// It was to get copies, as others are, and nobody named it.
    May,
}

/// Reaches every scope, side by side, and reads what it lists. Meanwhile the versions are read that it is to get.
pub fn open_all(
    workspace: &Workspace,
    known: &Known,
    shares: BTreeMap<ScopeName, Share>,
    aim: &Aim,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Opened> {
    let mut silent = Vec::new();
    let mut asked = Vec::with_capacity(shares.len());
    for (scope, share) in shares {
        match url_of(workspace, &scope)? {
            Some(url) => asked.push((Question::of(known, scope, url, &share, aim), share)),
            None if need_of(&share, aim) == Need::May => {
                let error = nobody_knows(&scope, Some(workspace));
                silent.push((scope, error));
            }
            None => return Err(nobody_knows(&scope, Some(workspace))),
        }
    }
    progress.stage("asking the scopes", asked.len());
    let place = workspace.scope.repo().path();
    let is_alone = asked.len() == 1;
    let begin_parcel = || match asked.as_slice() {
        [(question, share)] if !options.dry_run => packed(&Repo::open(place).ok()?, known, question, share),
        _ => None,
    };
    let ask = |(question, _): &(Question, Share)| {
        let named = |error| match RemoteFailure::of(&error) {
            Some(RemoteFailure::NotFound) => {
                errors::named_scope_not_there(&question.scope, &question.url.to_string(), error)
            }
            _ => error,
        };
        question.ask(place, progress).map_err(named).map_err(|error| match RemoteFailure::of(&error) {
            Some(_) if !is_alone => {
                let others = asked.iter().map(|(question, share)| (&question.scope, share));
                let free = free_of(&question.scope, others, |shares| read_all(place, shares.iter().copied()));
                errors::scope_keeps_others_waiting(&question.scope, error, &free.unwrap_or_default())
            }
            _ => error,
        })
    };
    let (parcel, reached, versions) = std::thread::scope(|threads| {
        let parcel = threads.spawn(begin_parcel);
        let reached = threads.spawn(|| side_by_side(&asked, ask));
        let versions = read_all(place, asked.iter().map(|(_, share)| share));
        (parcel.join(), reached.join(), versions)
    });
    let parcel = parcel.map_err(|_| anyhow!("the thread that packs the versions panicked"))?;
    let reached = reached.map_err(|_| anyhow!("the thread that asks the scopes panicked"))??;
    workspace.scope.repo().refresh()?;
    let mut versions = versions?;
    let mut targets = Vec::with_capacity(asked.len());
    for ((question, share), reached) in asked.into_iter().zip(reached) {
        match reached {
            Ok(reached) => {
                let repo = workspace.scope.repo();
                let lost = Lost::of(repo, question.before.as_ref(), &reached.catalog, options.versions)?;
                let (listed, is_empty) = match compare(workspace, &question, &reached, (&share, &lost), options) {
                    Err(refusal) if question.need == Need::May && errors::is_of_one_scope(&refusal) => {
                        silent.push((question.scope, refusal));
                        continue;
                    }
                    compared => compared?,
                };
                make_whole(&workspace.scope, &reached.url, &reached.catalog, &mut |count| progress.git(count))?;
                let mut target = question.answered(reached, share, (listed, is_empty), lost);
                target.choose(repo, &mut versions)?;
                targets.push(target);
            }
            Err(error) => silent.push((question.scope, error)),
        }
    }
    Ok(Opened { targets, silent, parcel })
}

fn need_of(share: &Share, aim: &Aim) -> Need {
    let is_named = aim.scope.is_some() || !share.staged.is_empty() || !share.marks.is_empty();
    if is_named { Need::Must } else { Need::May }
}

impl Question {
    fn of(known: &Known, scope: ScopeName, url: RemoteUrl, share: &Share, aim: &Aim) -> Self {
        let has_all_to_look_at = share.has_copies || brings_back(share);
        Self {
            url,
            before: known.catalogs.get(&scope).cloned(),
            tags: if has_all_to_look_at { Vec::new() } else { tag_names(&share.staged) },
            need: need_of(share, aim),
            scope,
        }
    }

    /// What the scope says; that it says nothing, where an export can do without it.
    fn ask(&self, place: &Path, progress: &dyn Progress) -> Result<Result<Reached>> {
        let Self { scope, url, before, tags, need } = self;
        let hear = &mut |count: Count| progress.git(count);
        let repo = Repo::open(place)?;
        let whom = format!("{scope} at {url}");
        let reached = waiting_for(progress, &whom, || reach_for(&repo, url.clone(), tags, before.as_ref(), hear));
        let reached = reached.and_then(|reached| reached.expect(scope));
        progress.advance(1);
        match (reached, need) {
            (Err(error), Need::Must) => Err(error),
            (reached, _) => Ok(reached),
        }
    }

    fn answered(self, reached: Reached, share: Share, (listed, is_empty): (Listed, bool), lost: Lost) -> Target {
        let Reached { url, branch, advertised, catalog, .. } = reached;
        let Self { scope, before, .. } = self;
        let Share { staged, marks, .. } = share;
        let (versions, copies) = (Vec::new(), Ready::default());
        Target {
            scope,
            url,
            branch,
            before,
            catalog,
            lost,
            advertised,
            is_empty,
            listed,
            staged,
            versions,
            marks,
            since: BTreeMap::new(),
            dropped: BTreeMap::new(),
            copies,
        }
    }
}

/// Whether removed versions are to be there again: which of them have lost their tags is seen in the whole list.
fn brings_back(share: &Share) -> bool {
    share.marks.values().flatten().any(|mark| *mark == Mark::Recover)
}

/// HEAD is always told; where there are no tags to ask about, it is all that is asked for.
fn tag_names(staged: &Staged) -> Vec<String> {
    if staged.is_empty() {
        return vec![HEAD.to_owned()];
    }
    let of = |id: &ComponentId, version: &Version| {
        RefName::in_scope(&VersionId { id: id.clone(), version: version.clone() })
    };
    staged.iter().flat_map(|(id, versions)| versions.keys().map(move |version| of(id, version))).collect()
}

/// All versions of components that were never exported are packed while they are read, for a folder. Of others the host
/// has something already, and more go in several pushes.
fn packed(repo: &Repo, known: &Known, question: &Question, share: &Share) -> Option<Parcel> {
    let is_new = |(id, staged): (&ComponentId, &BTreeMap<Version, CommitId>)| {
        known.components.get(id).is_none_or(|here| here.versions.len() == staged.len())
    };
    let count: usize = share.staged.values().map(BTreeMap::len).sum();
    if share.has_copies || count >= MOST_REFS || !share.staged.iter().all(is_new) {
        return None;
    }
    let versions = share.staged.iter().flat_map(|(id, versions)| versions.iter().map(move |version| (id, version)));
    let tips = versions.map(|(id, (version, commit))| tag_target(known, &id.at(version.clone()), *commit));
    Parcel::prepare(repo, &question.url, tips.collect())
}

/// Every version that might be published.
fn read_all<'s>(place: &Path, shares: impl Iterator<Item = &'s Share>) -> Result<HashMap<CommitId, StoredVersion>> {
    let commits: Vec<CommitId> =
        shares.flat_map(|share| share.staged.values().flat_map(BTreeMap::values)).copied().collect();
    let read = |repo: &mut Result<Repo>, commit: CommitId| match repo {
        Ok(repo) => Ok((commit, StoredVersion::read(repo, commit)?)),
        Err(error) => Err(anyhow!("{error:#}")),
    };
    // A worker opens the repository once, which is dear: as few workers as there are processors.
    let share = commits.len().div_ceil(rayon::current_num_threads()).max(64);
    commits.into_par_iter().with_min_len(share).map_init(|| Repo::open(place), read).collect()
}

/// What the scope lists of the components that are staged, and of those that it has lost something of, and whether it
/// lists nothing at all. A scope that is not the one that was known is refused, except where all versions are to be
/// published again.
fn compare(
    workspace: &Workspace,
    question: &Question,
    reached: &Reached,
    (share, lost): (&Share, &Lost),
    options: &ExportOptions,
) -> Result<(Listed, bool)> {
    let repo = workspace.scope.repo();
    let catalog = &reached.catalog;
    match continuity(repo, question.before.as_ref(), catalog)? {
        Continuity::Replaced(lost) if options.versions == Versions::Staged => {
            return Err(errors::scope_was_replaced(&question.scope, &lost));
        }
        Continuity::Changed(moved) => refuse_moved(&question.scope, &moved, options.versions)?,
        _ => {}
    }
    let index = catalog.index(repo)?;
    let mut listed = Listed::new();
    for name in share.staged.keys().map(|id| &id.name).chain(share.marks.keys()).chain(lost.names()) {
        listed.extend(index.entry(repo, name)?.map(|entry| (name.clone(), entry)));
    }
    Ok((listed, index.names().next().is_none()))
}

/// What was taken off the list comes back where all versions are published again; what was exchanged does not.
fn refuse_moved(scope: &ScopeName, moved: &[Moved], versions: Versions) -> Result<()> {
    let stays = |moved: &&Moved| moved.is.is_some() || versions == Versions::Staged;
    let refused: Vec<&Moved> = moved.iter().filter(stays).collect();
    match refused.is_empty() {
        true => Ok(()),
        false => Err(errors::scope_was_changed_before_export(scope, &refused)),
    }
}
