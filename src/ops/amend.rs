//! Changing what scopes say of their components, in the scopes themselves: one commit on top of each catalog. No tag
//! comes, goes or moves with it, so all of it can be taken back.

mod aim;
mod attempt;

use super::export::{Consent, follow};
use super::remove::Guarded;
use super::{Place, Progress, Whom, Workspace};
use crate::errors;
use crate::git::Identities;
use crate::model::{ComponentId, Deprecation, Mark};
use aim::aims;
use anyhow::Result;
use attempt::{Change, Site};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What to change.
#[derive(Debug, Clone)]
pub struct AmendOptions {
    /// Ids and patterns.
    pub ids: Vec<String>,
    /// Which scopes are meant.
    pub whom: Whom,
    /// The change.
    pub mark: Mark,
    /// What to do where others depend on what is removed.
    pub guarded: Guarded,
    /// Whether a person has agreed.
    pub consent: Consent,
}

impl AmendOptions {
    /// A change that takes nothing away from anybody, and so needs no agreement.
    pub fn new(ids: Vec<String>, whom: Whom, mark: Mark) -> Self {
        Self { ids, whom, mark, guarded: Guarded::Remove, consent: Consent::Given }
    }
}

/// What was changed.
#[derive(Debug, Default)]
pub struct Amended {
    /// The components for which it was news, sorted.
    pub ids: Vec<ComponentId>,
    /// What was said of some of them before.
    pub said: BTreeMap<ComponentId, Deprecation>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Changes. Nothing is changed anywhere as long as an id is unknown, others depend on what goes, or nobody agreed.
pub fn amend(cwd: &Path, options: &AmendOptions, progress: &dyn Progress) -> Result<(Option<Workspace>, Amended)> {
    let workspace = Workspace::open_if_any(cwd, progress)?;
    let aims = aims(&options.whom, &options.ids, workspace.as_ref())?;
    progress.stage("asking the scopes", aims.len());
    let sites: Vec<Site> =
        aims.iter().map(|aim| Site::open(aim, workspace.as_ref(), progress)).collect::<Result<_>>()?;
    let changes = changes(&sites, options)?;
    let change_of_all = Change { mark: &options.mark, ids: &changes.iter().flatten().cloned().collect() };
    check(&sites, workspace.as_ref(), &change_of_all, options, progress)?;
    let identities = Identities::of(workspace.as_ref().map_or(cwd, |workspace| &workspace.layout.root))?;
    let mut outcome = Amended::default();
    for (site, ids) in sites.into_iter().zip(&changes) {
        let place = site.place.clone();
        outcome.said.extend(site.said(ids));
        let change = Change { mark: &options.mark, ids };
        match site.change(&change, options.guarded, &identities, progress) {
            Ok(changed) => outcome.ids.extend(changed),
            Err(error) if outcome.ids.is_empty() => return Err(error),
            Err(error) => return Err(errors::some_scopes_amended(&outcome.ids, &error)),
        }
        outcome.warnings.extend(remember(workspace.as_ref(), &place, progress));
    }
    outcome.ids.sort();
    Ok((workspace, outcome))
}

/// The components of each site; unknown ones are refused, of all sites at once.
fn changes(sites: &[Site], options: &AmendOptions) -> Result<Vec<BTreeSet<ComponentId>>> {
    let (mut chosen, mut missing, mut nearest) = (Vec::with_capacity(sites.len()), Vec::new(), None);
    let mut lacking = None;
    for site in sites {
        let found = site.find(&options.mark)?;
        chosen.push(found.ids);
        if !found.missing.is_empty() {
            lacking = lacking.or(Some(site.scope()));
        }
        missing.extend(found.missing);
        nearest = nearest.or(found.nearest);
    }
    match lacking {
        Some(scope) => Err(errors::missing_components(&missing, scope, nearest.as_deref())),
        None => Ok(chosen),
    }
}

/// Refuses what makes no sense, what harms others, and what nobody has agreed to.
fn check(
    sites: &[Site],
    workspace: Option<&Workspace>,
    change: &Change,
    options: &AmendOptions,
    progress: &dyn Progress,
) -> Result<()> {
    if let Mark::Deprecate(deprecation) = change.mark
        && let Some(new_id) = &deprecation.new_id
    {
        if change.ids.len() > 1 {
            return Err(errors::one_successor_for_many(change.ids.len()));
        }
        if change.ids.contains(new_id) {
            return Err(errors::own_successor(new_id));
        }
    }
    change.refuse_needed(sites, workspace, options.guarded, progress)?;
    let news: BTreeSet<ComponentId> = sites.iter().flat_map(|site| site.news(change)).collect();
    if options.consent == Consent::Ask && !news.is_empty() {
        return Err(errors::deletion_unconfirmed(news.into_iter().collect()));
    }
    Ok(())
}

/// The workspace that changed a scope it knows should know of it. The change is made: what goes wrong is only told.
fn remember(workspace: Option<&Workspace>, place: &Place, progress: &dyn Progress) -> Vec<String> {
    let (Some(workspace), Place::Scope(scope)) = (workspace, place) else { return Vec::new() };
    let look = || -> Result<Vec<String>> {
        let (workspace, lock) = Workspace::open_for_writing(&workspace.cwd, progress)?;
        let known = workspace.scope.known()?;
        follow(&workspace, &lock, &known, Some(scope), progress)
    };
    look().unwrap_or_else(|error| vec![format!("this workspace could not note what {scope} lists now: {error:#}")])
}
