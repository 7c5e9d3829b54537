//! What a host can do, asked without changing anything there.

use super::{global_url_of, url_of};
use crate::errors::{self, Failure};
use crate::git::remote::{is_no_to_pushes, speaks_protocol_2};
use crate::git::url::{RemoteUrl, display_url};
use crate::git::{Advertised, Envelope, PushMode, RefName, RemoteFailure, Repo, commit_id, oid, refs};
use crate::model::{ComponentId, ScopeName};
use crate::ops::scope::known_scopes;
use crate::ops::{Place, Progress, Reached, Visit, Workspace};
use crate::scope::{GlobalRemotes, LocalScope};
use crate::workspace::Layout;
use anyhow::Result;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What was found out about one place.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The scope that was asked for, where it was named.
    pub scope: Option<ScopeName>,
    /// Where it is, without secrets.
    pub url: String,
    /// What it is and can do, or why it is no use.
    pub found: Result<Findings, Failure>,
}

/// What a scope's host can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// The scope's own name.
    pub name: ScopeName,
    /// How many versions its catalog lists.
    pub versions: usize,
    /// How many refs it shows.
    pub refs: usize,
    /// Whether a fetch is spared the list of all refs.
    pub protocol_2: bool,
    /// Whether several refs change together or not at all; unknown where we may not push.
    pub atomic: Option<bool>,
    /// Whether we may push.
    pub push: PushRight,
    /// What is worth a word.
    pub notes: Vec<Note>,
}

/// Whether a push is let in. Hooks and protected branches speak only when there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushRight {
    /// It is.
    Granted,
    /// It is not, and why.
    Refused(String),
}

/// What is worth a word about a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// An export goes in two steps.
    NotAtomic,
    /// More versions than are comfortable.
    Many,
    /// So many versions that every push is slow.
    TooMany,
    /// So many versions are listed and have no tag that we see, or one on another commit.
    Unseen(usize),
    /// So many tags look like versions, and are not listed.
    Stray(usize),
}

/// More tags than this are felt on some hosts.
const COMFORTABLE: usize = 5_000;
/// More tags than this are felt everywhere: a push lists every ref.
const MANY: usize = 10_000;

/// Asks a scope's host what it can do; without one, those of all scopes that are known here, side by side.
pub fn check(cwd: &Path, place: Option<&str>, progress: &dyn Progress) -> Result<Vec<Checked>> {
    let workspace = match Layout::find(cwd) {
        Ok(_) => Some(Workspace::open(cwd, progress)?),
        Err(_) => None,
    };
    let asked = match place {
        Some(text) => {
            let place = Place::parse(text, cwd)?;
            let url = place.url(workspace.as_ref())?;
            let scope = match place {
                Place::Scope(scope) => Some(scope),
                Place::Url(_) => None,
            };
            vec![Asked { scope, url: Ok(url) }]
        }
        None => everywhere(workspace.as_ref())?,
    };
    progress.stage("asking the hosts", asked.len());
    let beside = workspace.map(|workspace| workspace.layout.local_scope);
    let examined = |asked: Asked| {
        let checked = asked.examine(beside.as_deref());
        progress.advance(1);
        checked
    };
    Ok(asked.into_par_iter().map(examined).collect())
}

/// A place that is to be asked.
struct Asked {
    scope: Option<ScopeName>,
    /// A URL that may not be dialled is shown all the same.
    url: Result<RemoteUrl, (String, Failure)>,
}

/// Every scope that is known here and has a URL.
fn everywhere(workspace: Option<&Workspace>) -> Result<Vec<Asked>> {
    let names: Vec<(ScopeName, String)> = match workspace {
        Some(workspace) => {
            let with_place =
                known_scopes(workspace)?.into_iter().filter_map(|scope| Some((scope.name, scope.place?.0)));
            with_place.collect()
        }
        // Without a home there are none.
        None => match GlobalRemotes::of_user() {
            Ok(global) => global.read()?.into_iter().map(|(name, url)| (name, display_url(&url))).collect(),
            Err(_) => Vec::new(),
        },
    };
    let mut asked = Vec::with_capacity(names.len());
    for (scope, shown) in names {
        let url = match workspace {
            Some(workspace) => url_of(workspace, &scope),
            None => global_url_of(&scope),
        };
        let url = match url {
            Ok(None) => continue,
            Ok(Some(url)) => Ok(url),
            Err(error) => Err((shown, errors::report(&error))),
        };
        asked.push(Asked { scope: Some(scope), url });
    }
    Ok(asked)
}

impl Asked {
    fn examine(self, beside: Option<&Path>) -> Checked {
        let Self { scope, url } = self;
        match url {
            Err((url, failure)) => Checked { scope, url, found: Err(failure) },
            Ok(url) => {
                let found = examine(&url, scope.as_ref(), beside).map_err(|error| errors::report(&error));
                Checked { scope, url: url.to_string(), found }
            }
        }
    }
}

/// `beside` is the local scope whose configuration of hosts counts.
fn examine(url: &RemoteUrl, wanted: Option<&ScopeName>, beside: Option<&Path>) -> Result<Findings> {
    let visit = match beside {
        Some(scope) => Visit::beside(&LocalScope::open(scope)?)?,
        None => Visit::new()?,
    };
    let reached = visit.reach(url.clone())?;
    let reached = match wanted {
        Some(wanted) => reached.expect(wanted)?,
        None => reached,
    };
    let repo = visit.repo();
    let protocol_2 = speaks_protocol_2(repo, url, oid(reached.catalog.commit))?;
    let (push, atomic) = ask_to_push(repo, &reached)?;
    let (versions, mut notes) = compare(repo, &reached)?;
    notes.extend(limit(tags(&reached.advertised, &reached.info.name).len()));
    notes.extend((atomic == Some(false)).then_some(Note::NotAtomic));
    let refs = reached.advertised.refs.keys().filter(|name| is_ref(name)).count();
    Ok(Findings { name: reached.info.name, versions, refs, protocol_2, atomic, push, notes })
}

/// Neither HEAD nor what an annotated tag is on.
fn is_ref(name: &str) -> bool {
    name.starts_with(refs::ROOT) && !name.ends_with("^{}")
}

/// Begins a push, without sending anything: whether we may, and whether refs can change together.
fn ask_to_push(repo: &Repo, reached: &Reached) -> Result<(PushRight, Option<bool>)> {
    let refs = [(refs::REHEARSAL.to_owned(), oid(reached.catalog.commit))];
    let rehearsed = Envelope::new(repo, &refs, repo.path())?.rehearse(&reached.url, PushMode::Atomic);
    let (right, atomic) = match rehearsed {
        Ok(report) => match report.refused().first() {
            Some((_, why)) => (PushRight::Refused((*why).to_owned()), Some(true)),
            None => (PushRight::Granted, Some(true)),
        },
        Err(error) => match RemoteFailure::of(&error) {
            Some(RemoteFailure::AtomicUnsupported) => (PushRight::Granted, Some(false)),
            Some(failure) if is_no_to_pushes(failure) => (PushRight::Refused(errors::report(&error).message), None),
            _ => return Err(error),
        },
    };
    Ok((writable(&reached.url, right), atomic))
}

/// In a folder nobody asks who pushes: the file system decides.
fn writable(url: &RemoteUrl, right: PushRight) -> PushRight {
    let Some(folder) = url.local_path() else { return right };
    let is_closed = |path: &PathBuf| path.exists() && rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_err();
    match ["objects", "refs"].map(|part| folder.join(part)).into_iter().find(is_closed) {
        Some(path) => PushRight::Refused(format!("{} can't be written", path.display())),
        None => right,
    }
}

/// The version tags that a scope shows.
fn tags(advertised: &Advertised, scope: &ScopeName) -> Vec<String> {
    let is_version = |name: &&String| RefName::version_in_scope(name, scope).is_some();
    advertised.refs.keys().filter(is_version).cloned().collect()
}

/// How many versions the catalog lists, and where it and the tags differ.
fn compare(repo: &Repo, reached: &Reached) -> Result<(usize, Vec<Note>)> {
    let shown = &reached.advertised.refs;
    let commit_of =
        |tag: &String| shown.get(&format!("{tag}^{{}}")).or_else(|| shown.get(tag)).map(|id| commit_id(*id));
    let mut unlisted: HashSet<String> = tags(&reached.advertised, &reached.info.name).into_iter().collect();
    let (mut versions, mut unseen) = (0, 0);
    for entry in reached.catalog.entries(repo)? {
        let id = ComponentId::new(reached.info.name.clone(), entry.name.clone());
        for listed in &entry.versions {
            let tag = RefName::in_scope(&id.at(listed.version.clone()));
            versions += 1;
            unseen += usize::from(commit_of(&tag) != Some(listed.commit));
            unlisted.remove(&tag);
        }
    }
    let notes = [(unseen, Note::Unseen(unseen)), (unlisted.len(), Note::Stray(unlisted.len()))];
    Ok((versions, notes.into_iter().filter(|(count, _)| *count > 0).map(|(_, note)| note).collect()))
}

fn limit(tags: usize) -> Option<Note> {
    match tags {
        _ if tags > MANY => Some(Note::TooMany),
        _ if tags > COMFORTABLE => Some(Note::Many),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_versions_are_worth_a_word() {
        assert_eq!([limit(5_000), limit(5_001), limit(10_001)], [None, Some(Note::Many), Some(Note::TooMany)]);
    }
}
