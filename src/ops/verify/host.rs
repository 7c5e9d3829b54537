//! A scope in a folder is looked at where it stands; from a host all that was not found right before is brought, and
//! thrown away afterwards.

use super::elsewhere::{Questions, standing};
use super::faults::{headless, mend_hint, no_catalog, unreadable, without_catalog};
use super::memory::{Accepted, Memory, Sound, TagsSeen};
use super::sight::{Seen, Sight, Station};
use super::surroundings::{examine_refs, examine_replacements, examine_surroundings, examine_symbolic};
use super::sworn::Sworn;
use super::{Look, Recall};
use crate::errors;
use crate::git::remote::{self, Durability, Extent, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{
    Advertised, Oid, RefName, RefTable, RefValue, RemoteFailure, Repo, commit_id, objects_stamp, refs_stamp,
};
use crate::model::{CommitId, Fingerprint, ScopeName, VersionId, fingerprint};
use crate::ops::audit::{Finding, KnownFacts, Remedy, Tags, examine_objects};
use crate::ops::reach::head_of;
use crate::ops::remote::url_of;
use crate::ops::{Place, Progress, Visit, Workspace, fetch_in_parts};
use crate::scope::{TrackedCatalog, info_of};
use anyhow::{Result, anyhow};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Who looks at a scope.
pub struct Seeker<'a> {
    /// The scope as it was named.
    pub named: &'a Place,
    /// Where it is.
    pub url: &'a RemoteUrl,
    /// Where this was asked.
    pub workspace: Option<&'a Workspace>,
    /// What was found right before.
    pub memory: &'a Memory,
    /// Who may sign.
    pub sworn: &'a Sworn,
    /// Whether that is believed.
    pub recall: Recall,
    /// Who is told how far it is.
    pub progress: &'a dyn Progress,
}

/// A mirror that gets a catalog of its own is none any more: of it only tags are put back.
fn left_to_the_original(finding: Finding, scope: &ScopeName) -> Finding {
    match &finding.repair {
        None | Some(Remedy::Tag { .. } | Remedy::Here { .. }) => finding,
        Some(_) => finding.with(None).way_out(format!(
            "this is a mirror: \"bit verify {scope} --fix\" repairs the scope itself, and \"bit mirror\" brings that here"
        )),
    }
}

/// What was found right before.
struct Before {
    seen: KnownFacts,
    /// What of that is believed.
    believed: KnownFacts,
    /// What the tags were on.
    tags: TagsSeen,
    /// What of the catalog's past a person has accepted.
    accepted: Accepted,
}

impl Seeker<'_> {
    /// Looks at all of it.
    pub fn look(&self) -> Result<Look> {
        let mut look = match self.url.local_path().filter(|folder| Repo::exists(folder)) {
            Some(folder) => self.in_folder(folder)?,
            None => self.on_host()?,
        };
        if let Some(scope) = look.scope.clone().filter(|scope| self.station(scope) == Station::Mirror) {
            look.findings = look.findings.into_iter().map(|finding| left_to_the_original(finding, &scope)).collect();
        }
        Ok(look)
    }

    fn in_folder(&self, folder: &Path) -> Result<Look> {
        let open = || Repo::open(folder);
        let repo = match open() {
            Ok(repo) => repo,
            // What only git can read it speaks of as of a host.
            Err(error) if errors::is_other_repository(&error) => return self.on_host(),
            Err(error) => return Ok(headless(folder, self.url, &error)),
        };
        let head = match repo.head_branch() {
            Ok(Some((_, head))) => head,
            Ok(None) if repo.head().is_ok_and(|head| head.is_some()) => {
                return Ok(no_catalog(&errors::head_is_detached(&self.url.to_string())));
            }
            Ok(None) => {
                let refs = RefTable::read_as_it_is(&repo)?;
                return Ok(without_catalog(self.url, refs.iter().map(|(name, _)| name)));
            }
            Err(error) => return Ok(headless(folder, self.url, &error)),
        };
        let Ok(catalog) = self.catalog(&repo, head)? else { return Ok(unreadable(self.url, &repo, head)) };
        let (objects, stamp) = (objects_stamp(folder), refs_stamp(folder));
        let sound = self.memory.sound(self.recall);
        let key = |questions: &Questions| self.key(&catalog, &stamp, &objects, questions);
        if let Some(look) = unchanged(&sound, &catalog.scope, &key) {
            return Ok(look);
        }
        let is_read = sound.objects == Some(objects);
        self.progress.stage("reading objects", 0);
        // git reads all objects on a processor of its own meanwhile.
        std::thread::scope(|threads| {
            let damage = threads.spawn(|| if is_read { examine_refs(folder) } else { examine_objects(folder) });
            let refs = RefTable::read_as_it_is(&repo)?;
            let symbolic = refs.symbolic(&repo)?;
            let refs: BTreeMap<String, RefValue> = refs.iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let before = self.known();
            let sight = Sight { folder: Some(folder), ..self.sight(&open, &catalog, &refs, &before, &sound) };
            let seen = sight.examine();
            let damage = damage.join().map_err(|_| anyhow!("the thread that waits for git fsck panicked"))?;
            let is_whole = damage.is_none();
            let mut seen = seen?;
            seen.findings.extend(damage);
            seen.findings.extend(examine_symbolic(&catalog.scope, &symbolic));
            let around = examine_surroundings(&catalog.scope, folder);
            let is_told = |finding: &Finding| seen.findings.iter().any(|told| told.kind == finding.kind);
            seen.findings.extend(around.into_iter().filter(|finding| !is_told(finding)).collect::<Vec<_>>());
            seen.findings.iter_mut().for_each(|finding| mend_hint(finding, folder, self.url));
            let sound = Sound {
                key: Some(key(&seen.questions)),
                catalog: Some(catalog.commit),
                objects: is_whole.then_some(objects),
                ..Sound::default()
            };
            Ok(self.remember(sound, seen, (&catalog.scope, &refs)))
        })
    }

    fn on_host(&self) -> Result<Look> {
        let visit = self.workspace.map_or_else(Visit::new, |workspace| Visit::beside(&workspace.scope))?;
        self.progress.stage("asking the scope", 0);
        let advertised = remote::list(self.url, Some(visit.repo()))?;
        let (branch, head) = match head_of(self.url, &advertised) {
            Ok(found) => found,
            Err(_) if advertised.head_commit().is_none() => {
                return Ok(without_catalog(self.url, advertised.refs.keys().map(String::as_str)));
            }
            Err(error) => return Ok(no_catalog(&error)),
        };
        let sound = self.memory.sound(self.recall);
        let refs = with_peeled(&advertised);
        let stamp = fingerprint(format!("{refs:?} {:?}", advertised.symbolic).as_bytes());
        // Its name is known from the last time; should it have another one by now, the catalog is another too.
        if let Some(scope) = self.memory_of_scope(&sound) {
            let catalog = TrackedCatalog { scope, commit: commit_id(head) };
            let key = |questions: &Questions| self.key(&catalog, &stamp, &[0; 20], questions);
            if let Some(look) = unchanged(&sound, &catalog.scope, &key) {
                return Ok(look);
            }
        }
        remote::fetch(visit.repo(), self.url, &[branch], &thrown_away(Extent::Whole), &mut |count| {
            self.progress.git(count)
        })?;
        let Ok(catalog) = self.catalog(visit.repo(), head)? else {
            return Ok(unreadable(self.url, visit.repo(), head));
        };
        let before = self.known();
        let mut damage = Vec::new();
        self.bring(&visit, &catalog, &refs, &before.believed, &mut damage)?;
        let place = visit.repo().path();
        let open = || Repo::open(place);
        let mut seen = self.sight(&open, &catalog, &refs, &before, &sound).examine()?;
        // What did not come can't be read either: once is enough.
        let is_told = |finding: &Finding| damage.iter().any(|told| told.place == finding.place);
        seen.findings.retain(|finding| finding.kind != "damaged-object" || !is_told(finding));
        seen.findings.append(&mut damage);
        seen.findings.extend(examine_symbolic(&catalog.scope, &advertised.symbolic));
        seen.findings.iter_mut().for_each(|finding| mend_hint(finding, place, self.url));
        let key = self.key(&catalog, &stamp, &[0; 20], &seen.questions);
        let sound = Sound { key: Some(key), catalog: Some(catalog.commit), ..Sound::default() };
        Ok(self.remember(sound, seen, (&catalog.scope, &refs)))
    }

    /// What was found right before, and what of that is believed.
    fn known(&self) -> Before {
        let (seen, tags) = self.memory.seen();
        let believed = if self.recall == Recall::Believed { seen.clone() } else { KnownFacts::new() };
        Before { seen, believed, tags, accepted: self.memory.accepted() }
    }

    /// The scope whose state is remembered; by its name, or as the last look found it.
    fn memory_of_scope(&self, sound: &Sound) -> Option<ScopeName> {
        match self.named {
            Place::Scope(scope) => Some(scope.clone()),
            Place::Url(_) => sound.scope.clone(),
        }
    }

    /// The catalog at a commit, if it is one; a scope that is another one than was named is refused.
    fn catalog(&self, repo: &Repo, head: Oid) -> Result<Result<TrackedCatalog>> {
        let info = info_of(repo, commit_id(head), &self.url.to_string());
        let info = info.and_then(|info| info.ok_or_else(|| errors::no_catalog_there(&self.url.to_string())));
        let info = match info {
            Ok(info) => info,
            Err(error) => return Ok(Err(error)),
        };
        self.named.check(self.url, &info)?;
        Ok(Ok(TrackedCatalog { scope: info.name, commit: commit_id(head) }))
    }

    fn sight<'s>(
        &'s self,
        open: &'s (dyn Fn() -> Result<Repo> + Sync),
        catalog: &TrackedCatalog,
        refs: &BTreeMap<String, RefValue>,
        before: &'s Before,
        sound: &Sound,
    ) -> Sight<'s> {
        let tags = Tags::of(&catalog.scope, refs.iter().map(|(name, value)| (name.as_str(), *value)));
        let read_until = sound.catalog.filter(|_| sound.key.is_some());
        Sight {
            open,
            url: self.url,
            folder: None,
            catalog: catalog.clone(),
            tags,
            workspace: self.workspace,
            station: self.station(&catalog.scope),
            sworn: self.sworn,
            known: &before.believed,
            seen: &before.seen,
            tags_seen: &before.tags,
            accepted: &before.accepted,
            recall: self.recall,
            read_until,
            progress: self.progress,
        }
    }

    /// Whether this is where the workspace says the scope is; where it says nothing, there is no other place.
    fn station(&self, scope: &ScopeName) -> Station {
        let home = match (self.named, self.workspace) {
            (Place::Url(_), Some(workspace)) => url_of(workspace, scope).ok().flatten(),
            _ => None,
        };
        let real = |url: &RemoteUrl| url.local_path().and_then(|folder| folder.canonicalize().ok());
        match home {
            Some(home) if home != *self.url && (real(&home).is_none() || real(&home) != real(self.url)) => {
                Station::Mirror
            }
            _ => Station::Home,
        }
    }

    /// What stands for all that was compared.
    fn key(
        &self,
        catalog: &TrackedCatalog,
        refs: &Fingerprint,
        objects: &Fingerprint,
        questions: &Questions,
    ) -> Fingerprint {
        let sworn = &self.sworn.fingerprint;
        let mut text = format!("{} {} {refs:?} {objects:?} {sworn:?}\n", catalog.scope, catalog.commit);
        for (scope, answer) in standing(self.workspace, questions) {
            text.push_str(&format!("{scope} {answer:?}\n"));
        }
        let name = RefName::TrackedCatalog(catalog.scope.clone()).to_string();
        let tracked = self.workspace.and_then(|workspace| workspace.scope.repo().reference(&name).ok().flatten());
        text.push_str(&format!("{tracked:?} {:?}\n", self.station(&catalog.scope)));
        fingerprint(text.as_bytes())
    }

    fn remember(&self, mut sound: Sound, seen: Seen, (scope, refs): (&ScopeName, &BTreeMap<String, RefValue>)) -> Look {
        let Seen { examined, questions, mut findings, accepted } = seen;
        findings.extend(examine_replacements(scope, refs.keys()));
        let (versions, read) = (examined.looked_at, examined.read);
        sound.scope = Some(scope.clone());
        sound.questions = questions;
        sound.versions = versions;
        let are_sound: BTreeSet<CommitId> = examined.sound.into_iter().collect();
        let facts = examined.facts.into_iter().filter(|facts| are_sound.contains(&facts.commit));
        let tags = Tags::of(scope, refs.iter().map(|(name, value)| (name.as_str(), *value)));
        let of_sound = tags.all().filter(|tag| are_sound.contains(&tag.commit));
        self.memory.keep(sound, &findings, facts, of_sound, accepted);
        Look { scope: Some(scope.clone()), versions, read, findings }
    }

    /// Brings what was not found right before. git checks every object that it receives; where the host can't give all
    /// of it, or what it gives is damaged, the versions are asked for in ever smaller parts.
    fn bring(
        &self,
        visit: &Visit,
        catalog: &TrackedCatalog,
        refs: &BTreeMap<String, RefValue>,
        known: &KnownFacts,
        damage: &mut Vec<Finding>,
    ) -> Result<()> {
        let tags = Tags::of(&catalog.scope, refs.iter().map(|(name, value)| (name.as_str(), *value)));
        let unsure = self.sworn.unknown(&catalog.scope, &tags.all().collect::<Vec<_>>())?;
        let is_new = |commit: &CommitId| !known.contains_key(commit) || unsure.contains(commit);
        let new = tags.versions.iter().filter(|(_, value)| is_new(&commit_id(value.commit())));
        let wants: Vec<(VersionId, Oid)> = new.map(|(id, value)| (id.clone(), value.target)).collect();
        let mut extent = if known.is_empty() { Extent::Whole } else { Extent::Newest };
        self.progress.stage("bringing versions", 0);
        let fetch = &mut |ids: &[String]| {
            let hear = &mut |count: crate::git::Count<'_>| self.progress.git(count);
            let fetched = remote::fetch(visit.repo(), self.url, ids, &thrown_away(extent), hear);
            // After that each by itself: one that is damaged is in the history of others, which are not.
            extent = Extent::Newest;
            fetched
        };
        for (id, error) in fetch_in_parts(&wants, fetch, &|error| !is_of_the_way(error))? {
            damage.push(Finding::of_error("damaged-object", id, &error));
        }
        visit.repo().refresh()
    }
}

/// Whether it is not the scope that is at fault, but the way to it.
fn is_of_the_way(error: &anyhow::Error) -> bool {
    use RemoteFailure::{AuthenticationFailed, DiskFull, HostNotTrusted, HostUnknown, PermissionDenied};
    let failure = RemoteFailure::of(error);
    failure.is_some_and(|failure| {
        matches!(failure, AuthenticationFailed | PermissionDenied | HostUnknown | HostNotTrusted | DiskFull)
    })
}

fn thrown_away(extent: Extent) -> FetchOptions {
    FetchOptions { extent, durability: Durability::ThrownAway, ..FetchOptions::default() }
}

/// The look at a scope in which nothing changed since all was well.
fn unchanged(sound: &Sound, scope: &ScopeName, key: &dyn Fn(&Questions) -> Fingerprint) -> Option<Look> {
    let is_same = sound.key.is_some_and(|before| before == key(&sound.questions));
    is_same.then(|| Look { scope: Some(scope.clone()), versions: sound.versions, read: 0, findings: sound.findings() })
}

/// The refs of a host, with what annotated tags are on.
fn with_peeled(advertised: &Advertised) -> BTreeMap<String, RefValue> {
    let value = |(name, target): (&String, &Oid)| {
        let peeled = advertised.refs.get(&format!("{name}^{{}}")).copied();
        (name.clone(), RefValue { target: *target, peeled })
    };
    advertised.refs.iter().filter(|(name, _)| !name.ends_with("^{}")).map(value).collect()
}
