//! Stray tags: tags of versions that no catalog lists. An export died between tags and catalog, or the version was
//! reset afterwards. People's own tags may have such names too: only what a tag is on tells.

use super::reach::{Reached, Visit};
use crate::git::remote::{self, Extent, FetchOptions};
use crate::git::url::RemoteUrl;
use crate::git::{Kind, Oid, RefName, Repo, commit_id};
use crate::model::{CommitId, Moment, VersionId};
use crate::scope::StoredVersion;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a tag is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The commit; an annotated tag stands on one.
    pub commit: CommitId,
    /// Who made it: name and address.
    pub author: (String, String),
    /// When.
    pub moment: Moment,
    /// Which version its component.json says it is; `None` for a commit of something else.
    pub version: Option<VersionId>,
}

/// The tags that are named as versions, which a scope has and its catalog does not list. The catalog's objects are in the repository.
pub fn stray_tags(repo: &Repo, reached: &Reached) -> Result<BTreeMap<VersionId, Oid>> {
    let index = reached.catalog.index(repo)?;
    let mut strays = BTreeMap::new();
    let mut entries = HashMap::new();
    for (name, target) in &reached.advertised.refs {
        let Some(id) = RefName::version_in_scope(name, &reached.info.name) else { continue };
        if !entries.contains_key(&id.id.name) {
            entries.insert(id.id.name.clone(), index.entry(repo, &id.id.name)?);
        }
        let entry = entries.get(&id.id.name).and_then(Option::as_ref);
        if entry.is_none_or(|entry| entry.version(&id.version).is_none()) {
            strays.insert(id, *target);
        }
    }
    Ok(strays)
}

/// What tags are on, by what their refs name: brought in one fetch, each commit alone. What is on no commit is left out.
pub fn look_at(visit: &Visit, url: &RemoteUrl, targets: &BTreeSet<Oid>) -> Result<HashMap<Oid, About>> {
    let wants: Vec<String> = targets.iter().map(Oid::to_string).collect();
    let repo = visit.repo();
    remote::fetch(repo, url, &wants, &FetchOptions { extent: Extent::Newest, ..FetchOptions::default() }, &mut |_| {})?;
    let mut found = HashMap::new();
    for target in targets {
        found.extend(about(repo, *target)?.map(|about| (*target, about)));
    }
    Ok(found)
}

fn about(repo: &Repo, target: Oid) -> Result<Option<About>> {
    let commit = match repo.kind_of(target)? {
        Kind::Commit => target,
        Kind::Tag => match repo.peel_tag(target) {
            Ok(commit) => commit,
            Err(_) => return Ok(None),
        },
        Kind::Blob | Kind::Tree => return Ok(None),
    };
    let info = repo.commit(commit)?;
    let moment = Moment { seconds: info.time, offset_minutes: info.offset_minutes };
    let commit = commit_id(commit);
    // What can't be read as one is none of ours.
    let version = StoredVersion::read(repo, commit).ok().map(|version| version.id());
    Ok(Some(About { commit, author: (info.author_name, info.author_email), moment, version }))
}
