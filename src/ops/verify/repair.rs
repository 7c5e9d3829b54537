//! What can be put right without a loss: tags of versions that are at hand are put back, entries of the catalog that say
//! what they should and are written otherwise are written anew. By pushes that create or go forward, as an export's do.

use crate::errors;
use crate::git::refs::HEAD;
use crate::git::url::RemoteUrl;
use crate::git::{Envelope, Identities, Oid, PackWriter, PushMode, RefName, Repo, oid};
use crate::model::{CommitId, VersionId};
use crate::ops::audit::{Remedy, admissible};
use crate::ops::{Reached, Visit, Workspace, reach_for};
use crate::scope::CatalogDraft;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// Carries them out; what did not succeed.
pub fn carry_out(cwd: &Path, url: &RemoteUrl, workspace: Option<&Workspace>, remedies: Vec<Remedy>) -> Vec<String> {
    let (tags, rest): (Vec<Remedy>, Vec<Remedy>) =
        remedies.into_iter().partition(|remedy| matches!(remedy, Remedy::Tag(_)));
    let done = || -> Result<Vec<String>> {
        let visit = workspace.map_or_else(Visit::new, |workspace| Visit::beside(&workspace.scope))?;
        let reached = reach_for(visit.repo(), url.clone(), &[HEAD.to_owned()], None, &mut |_| {})?;
        let ids = tags.into_iter().filter_map(|remedy| match remedy {
            Remedy::Tag(id) => Some(id),
            _ => None,
        });
        let failed = put_back(&visit, &reached, workspace, ids)?;
        if !rest.is_empty() {
            write_anew(cwd, &visit, &reached, &rest)?;
        }
        Ok(failed)
    };
    done().unwrap_or_else(|error| vec![errors::in_one_line(&error)])
}

fn put_back(
    visit: &Visit,
    reached: &Reached,
    workspace: Option<&Workspace>,
    ids: impl Iterator<Item = VersionId>,
) -> Result<Vec<String>> {
    let folder = reached.url.local_path().map(Repo::open).transpose()?;
    let index = reached.catalog.index(visit.repo())?;
    let mut failed = Vec::new();
    let (mut from_there, mut from_here) = (Vec::new(), Vec::new());
    for id in ids {
        let listed = index.entry(visit.repo(), &id.id.name)?.and_then(|entry| entry.version(&id.version).cloned());
        let Some(listed) = listed else { continue };
        let name = RefName::in_scope(&id);
        if let Some(repo) = &folder
            && admissible(repo, &id, listed.commit).is_ok()
        {
            from_there.push((name, oid(listed.commit)));
        } else if let Some(target) = workspace.and_then(|workspace| target_here(workspace, &id, listed.commit)) {
            from_here.push((name, target));
        } else {
            failed.push(format!("{id} is not here: whoever has it can put its tag back by the same command"));
        }
    }
    for (repo, refs) in [(folder.as_ref(), from_there), (workspace.map(|here| here.scope.repo()), from_here)] {
        if let Some(repo) = repo.filter(|_| !refs.is_empty()) {
            push(repo, visit, reached, &refs)?;
        }
    }
    Ok(failed)
}

/// What the tag of a version is on here, if it is the version that is listed.
fn target_here(workspace: &Workspace, id: &VersionId, listed: CommitId) -> Option<Oid> {
    let known = workspace.scope.known().ok()?;
    let here = *known.components.get(&id.id)?.versions.get(&id.version)?;
    let is_it = here.commit == listed && admissible(workspace.scope.repo(), id, listed).is_ok();
    is_it.then_some(here.target)
}

/// One commit on top of the catalog. Whatever was exported meanwhile stays: the push then is refused.
fn write_anew(cwd: &Path, visit: &Visit, reached: &Reached, remedies: &[Remedy]) -> Result<()> {
    let (repo, mut entries) = (visit.repo(), BTreeMap::new());
    for remedy in remedies {
        if let Remedy::Entry(name) = remedy
            && let Some(mut entry) = reached.catalog.entry(repo, name)?
        {
            entry.choose_latest();
            entries.insert(name.clone(), entry);
        }
    }
    let draft = CatalogDraft {
        base: Some(&reached.catalog),
        info: remedies.contains(&Remedy::Card).then_some(&reached.info),
        entries: &entries,
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
