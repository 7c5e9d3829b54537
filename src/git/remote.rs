//! Other repositories, by the git program: what they have, fetching objects, pushing refs.

use super::command::Git;
use super::porcelain::{Advertised, PushedRef, RefOutcome, pushed_refs};
use super::url::RemoteUrl;
use super::{Oid, Repo};
use crate::errors;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use tempfile::TempDir;

/// The refs of a repository.
pub fn list(url: &RemoteUrl) -> Result<Advertised> {
    let output = Git::new(["ls-remote", "--symref", "--", url.as_str()]).output()?;
    if !output.success {
        return Err(errors::remote_failed(&url.to_string(), &output.stderr));
    }
    Advertised::parse(&output.stdout).ok_or_else(|| errors::remote_failed(&url.to_string(), &output.stdout))
}

/// Fetches refs' objects, and no ref. What comes is checked before it enters. `have` bounds what is told to the host.
pub fn fetch(repo: &Repo, url: &RemoteUrl, wants: &[String], have: Option<Oid>) -> Result<()> {
    let git_dir = format!("--git-dir={}", repo.path().display());
    let mut arguments: Vec<String> = [
        git_dir.as_str(),
        "-c",
        "fetch.fsckObjects=true",
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        "--no-recurse-submodules",
    ]
    .map(str::to_owned)
    .into();
    arguments.extend(have.map(|oid| format!("--negotiation-tip={oid}")));
    arguments.extend(["--".to_owned(), url.as_str().to_owned()]);
    arguments.extend(wants.iter().cloned());
    let output = Git::new(arguments).output()?;
    if !output.success {
        return Err(errors::remote_failed(&url.to_string(), &output.stderr));
    }
    repo.refresh()
}

/// The branch that HEAD names in a repository without commits: only a clone is told.
pub fn unborn_branch(url: &RemoteUrl) -> Result<String> {
    let folder = tempfile::tempdir().context("could not make a temporary folder")?;
    let into = folder.path().join("clone");
    let output = Git::new([
        "clone".as_ref(),
        "--quiet".as_ref(),
        "--bare".as_ref(),
        "--".as_ref(),
        url.as_str().as_ref(),
        into.as_os_str(),
    ])
    .output()?;
    if !output.success {
        return Err(errors::remote_failed(&url.to_string(), &output.stderr));
    }
    let head = fs::read_to_string(into.join("HEAD")).context("could not read HEAD of a clone")?;
    Ok(head.trim().trim_start_matches("ref: ").to_owned())
}

/// Whether the refs of a push move together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushMode {
    /// All or none; the host has to be able to do that.
    Atomic,
    /// Each by itself.
    Separate,
}

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushReport {
    /// What became of each ref.
    Refs(Vec<PushedRef>),
    /// The host can't move refs together; nothing was done.
    AtomicUnsupported,
}

impl PushReport {
    /// What became of each ref.
    pub fn refs(&self) -> &[PushedRef] {
        match self {
            Self::Refs(refs) => refs,
            Self::AtomicUnsupported => &[],
        }
    }

    /// The names of the refs that this push made.
    pub fn created(&self) -> HashSet<String> {
        let made = self.refs().iter().filter(|pushed| pushed.outcome == RefOutcome::Created);
        made.map(|pushed| pushed.name.clone()).collect()
    }
}

/// A throw-away repository that holds exactly the refs that are to be pushed, and borrows the local scope's objects.
///
/// One pattern then names them all, which git handles ten times faster than thousands of names; and a kill leaves
/// nothing in the local scope.
pub struct Envelope {
    folder: TempDir,
}

impl Envelope {
    /// Packs refs, by the names that they are to have over there.
    pub fn new(repo: &Repo, refs: &[(String, Oid)]) -> Result<Self> {
        let folder = tempfile::tempdir().context("could not make a temporary folder")?;
        let envelope = Repo::init_bare(folder.path(), folder.path())?;
        let objects = std::path::absolute(repo.path().join("objects"))?;
        let write = |name: &str, text: &[u8]| {
            fs::write(envelope.path().join(name), text).with_context(|| format!("could not write {name}"))
        };
        write("objects/info/alternates", format!("{}\n", objects.display()).as_bytes())?;
        if let Some(shallow) = crate::disk::read_optional(&repo.path().join("shallow"))? {
            write("shallow", &shallow)?;
        }
        let sorted: BTreeMap<&str, Oid> = refs.iter().map(|(name, oid)| (name.as_str(), *oid)).collect();
        let mut packed = String::from("# pack-refs with: sorted \n");
        for (name, oid) in sorted {
            packed.push_str(&format!("{oid} {name}\n"));
        }
        write("packed-refs", packed.as_bytes())?;
        Ok(Self { folder })
    }

    /// Pushes them. Never by force: tags can only be made, branches only move forward.
    pub fn push(&self, url: &RemoteUrl, mode: PushMode) -> Result<PushReport> {
        let git_dir = format!("--git-dir={}", self.folder.path().display());
        let mut arguments = vec![git_dir.as_str(), "push", "--porcelain", "--no-verify"];
        arguments.extend((mode == PushMode::Atomic).then_some("--atomic"));
        arguments.extend(["--", url.as_str(), super::refs::ALL_TO_ALL]);
        let output = Git::new(arguments).output()?;
        if output.stderr.contains("does not support --atomic") {
            return Ok(PushReport::AtomicUnsupported);
        }
        let refs = pushed_refs(&output.stdout);
        if !output.success && refs.iter().all(|pushed| !matches!(pushed.outcome, RefOutcome::Refused(_))) {
            return Err(errors::remote_failed(&url.to_string(), &output.stderr));
        }
        Ok(PushReport::Refs(refs))
    }
}

/// Takes back refs that this run made, where they still are what it made them: a lease on each is no force.
pub fn delete(repo: &Repo, url: &RemoteUrl, refs: &[(String, Oid)]) -> Result<()> {
    for batch in refs.chunks(500) {
        let mut arguments = vec![format!("--git-dir={}", repo.path().display()), "push".into(), "--quiet".into()];
        arguments.extend(batch.iter().map(|(name, oid)| format!("--force-with-lease={name}:{oid}")));
        arguments.extend(["--".to_owned(), url.as_str().to_owned()]);
        arguments.extend(batch.iter().map(|(name, _)| format!(":{name}")));
        let output = Git::new(arguments).output()?;
        if !output.success {
            return Err(errors::remote_failed(&url.to_string(), &output.stderr));
        }
    }
    Ok(())
}
