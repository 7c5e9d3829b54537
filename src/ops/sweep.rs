//! Removing stray tags from a scope: shown first, and removed only as they were shown.

use super::reach::{Place, Reached, Visit, reach};
pub use super::stray::About;
use super::stray::{look_at, stray_tags};
use super::verify::verified_before;
use super::{Progress, Workspace};
use crate::errors;
use crate::git::remote::FetchOptions;
use crate::git::{Envelope, Oid, PushMode, RefName, RefOutcome, remote};
use crate::model::{ComponentId, ScopeName, VersionId};
use crate::workspace::Layout;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What to sweep.
#[derive(Debug, Clone, Default)]
pub struct SweepOptions {
    /// The scope: its name, its URL or its folder.
    pub place: String,
    /// Only these tags, whatever their age; none: all that are older than a day.
    pub tags: Vec<String>,
}

/// An export that is under way has tags that no catalog lists yet.
const DAY: i64 = 24 * 60 * 60;

/// A tag of a version that the scope does not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The version that it would be.
    pub id: VersionId,
    /// What it is on.
    pub about: About,
    /// How many seconds ago that was made.
    pub age: i64,
    /// Whether it is to be removed.
    pub goes: bool,
    target: Oid,
}

/// What was found in a scope, and can be removed.
pub struct Sweep {
    /// The scope.
    pub scope: ScopeName,
    /// Where it is, without secrets.
    pub url: String,
    /// Its stray tags, sorted.
    pub strays: Vec<Stray>,
    /// Tags of versions that this workspace knows as listed: they stay.
    pub lost: Vec<VersionId>,
    visit: Visit,
    reached: Reached,
}

/// What became of the tags that were to be removed.
#[derive(Debug, Default)]
pub struct Swept {
    /// Those that are gone.
    pub removed: Vec<VersionId>,
    /// Those that stay after all, and why.
    pub kept: Vec<(VersionId, String)>,
}

/// Looks which stray tags a scope has. Nothing is changed, neither there nor here.
pub fn sweep(cwd: &Path, options: &SweepOptions, progress: &dyn Progress) -> Result<Sweep> {
    let place = Place::parse(&options.place, cwd)?;
    let workspace = match (&place, Layout::find(cwd)) {
        (_, Ok(_)) => Some(Workspace::open(cwd, progress)?),
        (_, Err(_)) => None,
    };
    progress.stage("asking the scope", 1);
    let visit = workspace.as_ref().map_or_else(Visit::new, |workspace| Visit::beside(&workspace.scope))?;
    let reached = reach(visit.repo(), place.url_for(cwd, workspace.as_ref())?, None, &mut |_| {})?;
    let reached = place.expect(reached)?;
    let was_listed =
        workspace.as_ref().map_or_else(|| Ok(BTreeSet::new()), |workspace| published(workspace, &reached))?;
    let tags = stray_tags(visit.repo(), &reached)?;
    let lost: Vec<VersionId> = tags.keys().filter(|id| was_listed.contains(*id)).cloned().collect();
    let mut strays = find(&visit, &reached, (&tags, &lost), (&place, &options.tags))?;
    strays.retain(|stray| !lost.contains(&stray.id));
    Ok(Sweep { scope: reached.info.name.clone(), url: reached.url.to_string(), strays, lost, visit, reached })
}

/// The versions that this workspace knows as listed: its last catalog of the scope, or a verification, had them. A catalog
/// that does not list them any more was rolled back or replaced, and their tags are all that is left of them there.
fn published(workspace: &Workspace, reached: &Reached) -> Result<BTreeSet<VersionId>> {
    let mut listed = verified_before(&workspace.scope, &reached.url);
    if let Some(tracked) = workspace.scope.known()?.catalogs.get(&reached.info.name) {
        for entry in tracked.entries(workspace.scope.repo())? {
            let id = ComponentId::new(tracked.scope.clone(), entry.name);
            listed.extend(entry.versions.into_iter().map(|one| id.at(one.version)));
        }
    }
    Ok(listed)
}

/// What is not the very version that its tag says is a person's own: it is neither shown nor removed.
fn find(
    visit: &Visit,
    reached: &Reached,
    (tags, lost): (&BTreeMap<VersionId, Oid>, &[VersionId]),
    (place, named): (&Place, &[String]),
) -> Result<Vec<Stray>> {
    let abouts = look_at(visit, &reached.url, &tags.values().copied().collect())?;
    let about =
        |id: &VersionId, target: Oid| abouts.get(&target).filter(|about| about.version.as_ref() == Some(id)).cloned();
    let mut wanted = HashSet::new();
    for text in named {
        let (id, target) = named_tag(tags, (place, reached), text)?;
        if lost.contains(&id) {
            return Err(errors::tag_was_listed(&id));
        }
        about(&id, target).ok_or_else(|| errors::tag_is_no_version(&id))?;
        wanted.insert(id);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs() as i64);
    let stray = |(id, target): (VersionId, Oid)| {
        let about = about(&id, target)?;
        let age = now.saturating_sub(about.moment.seconds);
        let goes = if named.is_empty() { age > DAY } else { wanted.contains(&id) };
        Some(Stray { id, about, age, goes, target })
    };
    Ok(tags.iter().map(|(id, target)| (id.clone(), *target)).filter_map(stray).collect())
}

/// The tag that a person means: `button@0.0.1`, or with the scope before it.
fn named_tag(
    tags: &BTreeMap<VersionId, Oid>,
    (place, reached): (&Place, &Reached),
    text: &str,
) -> Result<(VersionId, Oid)> {
    let scope = &reached.info.name;
    let full = format!("{scope}/{text}");
    let candidates = [full.as_str(), text].into_iter().filter_map(|text| text.parse::<VersionId>().ok());
    let candidates: Vec<VersionId> = candidates.filter(|id| id.id.scope == *scope).collect();
    if let Some(stray) = candidates.iter().find_map(|id| Some((id.clone(), *tags.get(id)?))) {
        return Ok(stray);
    }
    let listed = candidates.into_iter().find(|id| reached.advertised.refs.contains_key(&RefName::in_scope(id)));
    let place = place.to_string();
    Err(match listed {
        None => errors::no_such_tag(scope, &place, text),
        Some(id) => errors::tag_is_listed(&id, &place),
    })
}

impl Sweep {
    /// The tags that are to be removed.
    pub fn going(&self) -> impl Iterator<Item = &Stray> {
        self.strays.iter().filter(|stray| stray.goes)
    }

    /// Removes them: those that no catalog lists by now, and that are still what was shown.
    pub fn remove(self) -> Result<Swept> {
        let mut swept = Swept::default();
        let now = self.look_again(&self.reached)?;
        let still = stray_tags(self.visit.repo(), &now)?;
        let mut expected = Vec::new();
        for stray in self.going() {
            match still.get(&stray.id) {
                Some(target) if *target == stray.target => expected.push((RefName::in_scope(&stray.id), *target)),
                Some(_) => swept.kept.push((stray.id.clone(), "it is another one by now".into())),
                None => swept.kept.push((stray.id.clone(), "it is gone, or listed by now".into())),
            }
        }
        let kept = self.keep(&expected)?;
        self.delete(&kept, &expected, &mut swept)?;
        self.give_back(&now, &kept, &expected, &mut swept)?;
        Ok(swept)
    }

    fn look_again(&self, before: &Reached) -> Result<Reached> {
        let url = self.reached.url.clone();
        reach(self.visit.repo(), url, Some(&before.catalog), &mut |_| {})?.expect(&self.scope)
    }

    /// What is about to go, with all that it was made from: it may have to be given back.
    fn keep(&self, expected: &[(String, Oid)]) -> Result<Visit> {
        let kept = Visit::new()?;
        let wants: Vec<String> = expected.iter().map(|(_, target)| target.to_string()).collect();
        remote::fetch(kept.repo(), &self.reached.url, &wants, &FetchOptions::default(), &mut |_| {})?;
        Ok(kept)
    }

    fn delete(&self, kept: &Visit, expected: &[(String, Oid)], swept: &mut Swept) -> Result<()> {
        // From a shallow repository a push begins with words that not every host understands: dulwich never answers.
        let report = remote::delete(kept.repo(), &self.reached.url, expected)?;
        if let Some((name, why)) = report.refused().first()
            && report.refs.iter().all(|pushed| pushed.outcome != RefOutcome::Deleted)
        {
            let why = if report.said.is_empty() { (*why).to_owned() } else { format!("{why} ({})", report.said) };
            return Err(errors::push_refused(&self.scope, &self.url, name, &why));
        }
        for (name, _) in expected {
            let Some(id) = RefName::version_in_scope(name, &self.scope) else { continue };
            match report.refs.iter().find(|pushed| pushed.name == *name).map(|pushed| &pushed.outcome) {
                Some(RefOutcome::Deleted) => swept.removed.push(id),
                Some(RefOutcome::Refused(why)) => swept.kept.push((id, why.clone())),
                Some(_) => swept.kept.push((id, "the host broke off".into())),
                None => swept.kept.push((id, "it changed at this moment".into())),
            }
        }
        Ok(())
    }

    /// An export that lay between its tags and its catalog may have listed some in this very moment.
    fn give_back(&self, before: &Reached, kept: &Visit, removed: &[(String, Oid)], swept: &mut Swept) -> Result<()> {
        let now = self.look_again(before)?;
        let index = now.catalog.index(self.visit.repo())?;
        let mut listed = Vec::new();
        for id in &swept.removed {
            let entry = index.entry(self.visit.repo(), &id.id.name)?;
            if entry.is_some_and(|entry| entry.version(&id.version).is_some()) {
                listed.push(id.clone());
            }
        }
        let names: HashSet<String> = listed.iter().map(RefName::in_scope).collect();
        let refs: Vec<(String, Oid)> = removed.iter().filter(|(name, _)| names.contains(name)).cloned().collect();
        let envelope = Envelope::new(kept.repo(), &refs, kept.repo().path())?;
        let report = envelope.push(&now.url, PushMode::Separate, &mut |_| {})?;
        if let Some((name, why)) = report.refused().into_iter().find(|(_, why)| *why != "already exists") {
            return Err(errors::push_refused(&self.scope, &self.url, name, why));
        }
        swept.removed.retain(|id| !listed.contains(id));
        swept.kept.extend(listed.into_iter().map(|id| (id, "an export listed it at this moment".into())));
        Ok(())
    }
}
