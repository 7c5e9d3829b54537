//! Looking at a remote, fetching from it, and taking refs back: by the git program, which knows ssh, proxies,
//! credentials and every protocol as the person set them up. Pushing is in [`Envelope`](super::Envelope).

mod make;
mod probe;

use super::command::{Git, Output};
use super::envelope::{PushMode, PushReport, Sent, push, push_command};
use super::failure::RemoteFailure;
use super::folder;
use super::porcelain::{Advertised, Count, counts};
use super::shallow::{ends, ends_of};
use super::token::dialled;
use super::url::RemoteUrl;
use super::{Oid, Repo, refs};
use crate::errors;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::time::Duration;

pub use make::make;
pub use probe::{is_no_to_pushes, speaks_protocol_2};

/// The refs of a remote. With a repository its configuration counts too.
pub fn list(url: &RemoteUrl, from: Option<&Repo>) -> Result<Advertised> {
    list_some(url, from, &[])
}

/// The same, by a bound that a person has set for who does not answer.
pub fn list_within(limit: Duration, url: &RemoteUrl, from: Option<&Repo>) -> Result<Advertised> {
    listed(url, from, &[], Some(limit))
}

/// HEAD and those refs of a remote that are named; all of them, where none is, or so many that asking for them by
/// name would be slow. A host that has tens of thousands shows only what is asked for.
pub fn list_some(url: &RemoteUrl, from: Option<&Repo>, names: &[String]) -> Result<Advertised> {
    listed(url, from, names, None)
}

fn listed(url: &RemoteUrl, from: Option<&Repo>, names: &[String], limit: Option<Duration>) -> Result<Advertised> {
    // What can't be read is for git to explain.
    if let Some(found) = folder::open(url).and_then(|neighbour| folder::list(&neighbour, names).ok()) {
        return Ok(found);
    }
    let git = Git::new(["ls-remote", "--symref", "--", &dialled(url)]);
    let git = match names.len() {
        0 | MANY.. => git,
        _ => git.args([refs::HEAD]).args(names),
    };
    let git = match from {
        Some(repo) => git.in_repository(repo.path()),
        None => git.in_no_repository(),
    };
    let git = limit.into_iter().fold(git.over_the_network(url), Git::within);
    let output = succeed(url, git.output()?)?;
    Advertised::parse(&output.stdout).ok_or_else(|| match has_other_ids(&output.stdout) {
        true => RemoteFailure::OtherIds.error(url, "its objects have other ids"),
        false => RemoteFailure::NotARepository.error(url, "it lists no refs"),
    })
}

/// Whether the refs of a list are on objects that are no SHA-1.
fn has_other_ids(list: &str) -> bool {
    const SHA_256: usize = 64;
    let mut values = list.lines().filter_map(|line| Some(line.split_once('\t')?.0));
    values.any(|value| value.len() == SHA_256 && value.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The repository at a URL, where it can be read without a process: a bare one of this very user that hides nothing.
pub fn neighbour(url: &RemoteUrl) -> Option<Repo> {
    folder::open(url)
}

/// Whether a folder may leave hidden refs out of an atomic push; `None` for a host, which does not say.
pub fn may_hide_from_pushes(url: &RemoteUrl) -> Option<bool> {
    url.local_path().map(folder::may_hide_from_pushes)
}

/// Brings a catalog, the newest commit of a branch, with its history.
pub fn fetch_catalog(
    repo: &Repo,
    url: &RemoteUrl,
    (branch, head): (&str, Oid),
    options: &FetchOptions,
    hear: &mut dyn FnMut(Count),
) -> Result<()> {
    if let Some(neighbour) = folder::open(url)
        && options.extent == Extent::Whole
        && folder::bring(&neighbour, repo, head, &options.tips).is_ok_and(|done| done)
    {
        return repo.refresh();
    }
    fetch(repo, url, &[branch.to_owned()], options, hear)
}

/// The branch that HEAD names in a repository without any commit, where [`list`] shows nothing.
pub fn unborn_head(url: &RemoteUrl) -> Result<Option<String>> {
    if let Some(neighbour) = folder::open(url) {
        return neighbour.head_name();
    }
    let folder = tempfile::tempdir().context("could not make a temporary folder")?;
    let clone = folder.path().join("clone");
    let git = Git::new(["clone", "--bare", "--quiet", "--no-local", "--template=", "--", &dialled(url)]).args([&clone]);
    // The clone is read here, whatever the person makes of new repositories.
    let git = git.config("protocol.version", "2").config("init.defaultRefFormat", "files");
    succeed(url, git.over_the_network(url).output()?)?;
    let clone = Repo::open(&clone).map_err(|error| match errors::is_other_repository(&error) {
        true => RemoteFailure::OtherIds.error(url, "its objects have other ids"),
        false => error,
    })?;
    clone.head_name()
}

/// How to fetch.
#[derive(Debug, Clone, Default)]
pub struct FetchOptions {
    /// Commits from which git works out what is missing here. All refs, if there are none: slow where there are many.
    pub tips: Vec<Oid>,
    /// How much of what was made before comes with it.
    pub extent: Extent,
    /// Whether what comes is to survive a crash of the machine.
    pub durability: Durability,
    /// Whether what is not sound may come.
    pub soundness: Soundness,
}

/// Whether what is not sound may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Soundness {
    /// git refuses it on the way.
    #[default]
    Required,
    /// It comes as it is, to be looked at: only into a repository that is thrown away, and from which nothing goes on.
    Unknown,
}

impl Soundness {
    fn setting(self) -> &'static str {
        match self {
            Self::Required => "true",
            Self::Unknown => "false",
        }
    }
}

/// Whether what comes is to survive a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// It is: the disk is waited for.
    #[default]
    Kept,
    /// It is thrown away soon.
    ThrownAway,
}

impl Durability {
    fn setting(self) -> &'static str {
        match self {
            Self::Kept => "pack,pack-metadata",
            Self::ThrownAway => "none",
        }
    }
}

/// How much a fetch brings. Less than all is for a repository that is thrown away, or a
/// [`Quarantine`](super::Quarantine): git marks it as incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// The whole history, with all it holds.
    #[default]
    Whole,
    /// What is asked for with all it holds, and nothing that it was made from.
    Newest,
    /// The whole history without files, where the host can leave them out.
    Commits,
    /// What is left out of a history that is cut off here.
    Rest,
}

impl Extent {
    /// git keeps account of what a host left out by its URL, and can't by a path. Nothing is saved there anyway.
    fn argument(self, url: &RemoteUrl) -> Option<&'static str> {
        match self {
            Self::Newest => Some("--depth=1"),
            Self::Rest => Some("--unshallow"),
            Self::Commits if url.local_path().is_none() => Some("--filter=tree:0"),
            Self::Whole | Self::Commits => None,
        }
    }
}

/// Brings objects here with all that they need, checked, in one pack. No ref is written, nor FETCH_HEAD: they are
/// nobody's until the caller admits them. What is wanted are commit ids (quickest) or full names of refs.
pub fn fetch(
    repo: &Repo,
    url: &RemoteUrl,
    wants: &[String],
    options: &FetchOptions,
    hear: &mut dyn FnMut(Count),
) -> Result<()> {
    let wants = quick_wants(repo, url, wants)?;
    if wants.is_empty() {
        return Ok(());
    }
    run_fetch(fetch_command(repo, url, options)?, repo, url, wants, hear)
}

/// Copies refs into a repository that is thrown away, each to the name it is to have here, with their objects. A name
/// that ends in `*` stands for all that begin so. One connection finds out what there is and brings it. The refs are
/// written all at once, and never waited for on the disk: 1,000 one by one take twice as long as all else.
pub fn copy_refs(
    repo: &Repo,
    url: &RemoteUrl,
    names: &[(String, String)],
    options: &FetchOptions,
    hear: &mut dyn FnMut(Count),
) -> Result<()> {
    let refspecs = || names.iter().map(|(there, here)| format!("{there}:{here}"));
    let output = ask_for(fetch_command(repo, url, options)?.args(["--atomic"]), url, refspecs(), hear)?;
    if output.success || !output.stderr.contains(NO_FILTERS) {
        return receive(repo, url, output);
    }
    let whole = FetchOptions { extent: Extent::Whole, ..options.clone() };
    // git has written down meanwhile that things are left out at this host.
    run_fetch(fetch_command(repo, url, &whole)?.args(["--no-filter", "--atomic"]), repo, url, refspecs(), hear)
}

/// git says so of a host that can leave nothing out, and asks it to all the same in older protocols: some break off.
const NO_FILTERS: &str = "filtering not recognized by server";

/// Brings all that refs lead to, into a repository where they get no names: as [`copy_refs`] without the refs. git asks
/// for what is named in the order of the names, and for ids in theirs: versions of a component are alike, so a host that
/// is asked by names compares less, and 10,000 come in two thirds of the time.
pub fn bring_refs(
    repo: &Repo,
    url: &RemoteUrl,
    names: &[String],
    options: &FetchOptions,
    hear: &mut dyn FnMut(Count),
) -> Result<()> {
    let refspecs = names.iter().map(|name| format!("{name}:{name}"));
    // The objects come in a dry run, too; who finds them absent asks for them by id.
    run_fetch(fetch_command(repo, url, options)?.args(["--dry-run"]), repo, url, refspecs, hear)
}

/// The commit of a branch. A host that speaks protocol 2 says nothing of its tags then.
pub fn tip(url: &RemoteUrl, branch: &str) -> Result<Option<Oid>> {
    let found = match folder::open(url) {
        Some(neighbour) => folder::list(&neighbour, &[branch.to_owned()])?,
        None => {
            let git = Git::new(["ls-remote", "--heads", "--", &dialled(url), branch]).in_no_repository();
            let output = succeed(url, git.config("protocol.version", "2").over_the_network(url).output()?)?;
            Advertised::parse(&output.stdout).unwrap_or_default()
        }
    };
    Ok(found.refs.get(branch).copied())
}

fn run_fetch(
    git: Git,
    repo: &Repo,
    url: &RemoteUrl,
    wants: impl IntoIterator<Item = String>,
    hear: &mut dyn FnMut(Count),
) -> Result<()> {
    let output = ask_for(git, url, wants, hear)?;
    receive(repo, url, output)
}

fn ask_for(
    git: Git,
    url: &RemoteUrl,
    wants: impl IntoIterator<Item = String>,
    hear: &mut dyn FnMut(Count),
) -> Result<Output> {
    let lines: String = wants.into_iter().map(|want| format!("{want}\n")).collect();
    let git = git.args(["--", &dialled(url)]).stdin(lines).over_the_network(url);
    git.output_with(&mut counts(hear))
}

fn receive(repo: &Repo, url: &RemoteUrl, output: Output) -> Result<()> {
    succeed(url, output)?;
    repo.refresh()
}

/// From so many names on, all refs at once are quicker.
const MANY: usize = 100;

/// Names are looked up one by one in what the remote lists: 1,000 take half a second, 20,000 took 160, their ids
/// one. So of many names the ids are asked for.
fn quick_wants(repo: &Repo, url: &RemoteUrl, wants: &[String]) -> Result<BTreeSet<String>> {
    let is_name = |want: &&String| want.starts_with(refs::ROOT);
    if wants.iter().filter(is_name).count() < MANY {
        return Ok(wants.iter().cloned().collect());
    }
    let found = list(url, Some(repo))?;
    let id = |want: &String| match found.refs.get(want) {
        _ if !is_name(&want) => Ok(want.clone()),
        Some(oid) => Ok(oid.to_string()),
        None => Err(RemoteFailure::Missing.error(url, want)),
    };
    wants.iter().map(id).collect()
}

fn fetch_command(repo: &Repo, url: &RemoteUrl, options: &FetchOptions) -> Result<Git> {
    const ARGUMENTS: [&str; 11] = [
        "fetch",
        "--stdin",
        "--progress",
        "--no-write-fetch-head",
        "--no-tags",
        "--no-prune",
        "--no-auto-maintenance",
        "--no-write-commit-graph",
        "--no-recurse-submodules",
        "--no-show-forced-updates",
        "--refmap=",
    ];
    let tips = options.tips.iter().map(|tip| format!("--negotiation-tip={tip}"));
    let git = Git::new(ARGUMENTS).args(tips).args(options.extent.argument(url)).in_repository(repo.path());
    // Always a pack: it is durable when it is there, thousands of loose objects are slow.
    let settings = [
        ("fetch.fsckObjects", options.soundness.setting()),
        ("transfer.fsckObjects", options.soundness.setting()),
        ("fetch.unpackLimit", "1"),
        ("core.fsync", options.durability.setting()),
    ];
    let git = settings.iter().fold(git, |git, (key, value)| git.config(key, value));
    Ok(if hides_ends(repo, options)? { without_ends(git, options) } else { git })
}

/// Whether histories are cut off here that do not concern this fetch: others than those of the tips.
fn hides_ends(repo: &Repo, options: &FetchOptions) -> Result<bool> {
    let is_whole = matches!(options.extent, Extent::Whole | Extent::Commits);
    Ok(is_whole && !ends(repo.path())?.is_empty() && ends_of(repo, options.tips.iter().copied())?.is_empty())
}

/// The variable is how git keeps its own helpers from reading the file. Without tips nothing is here of what is to come:
/// git would look for it in all histories, and find those cut off.
fn without_ends(git: Git, options: &FetchOptions) -> Git {
    let git = git.env("GIT_SHALLOW_FILE", "");
    if options.tips.is_empty() { git.config("fetch.negotiationAlgorithm", "noop") } else { git }
}

/// Takes back refs, those of them that still have the value they are said to have; the others are not ours to remove,
/// and the report does not speak of them.
///
/// The lease is the opposite of force: the host removes a ref only if it has this very value at that moment. Nothing
/// else here may name it.
pub fn delete(repo: &Repo, url: &RemoteUrl, expected: &[(String, Oid)]) -> Result<PushReport> {
    // One that is gone would fail the whole push.
    let found = list(url, Some(repo))?;
    let there: Vec<_> = expected.iter().filter(|(name, oid)| found.refs.get(name) == Some(oid)).collect();
    let mut report = PushReport::default();
    for batch in there.chunks(BATCH) {
        let leases = batch.iter().map(|(name, oid)| format!("--force-with-lease={name}:{oid}"));
        let names: Vec<String> = batch.iter().map(|(name, _)| name.clone()).collect();
        let command = push_command(repo.path(), PushMode::Separate).args(leases);
        let sent = Sent { names: &names, mode: PushMode::Separate };
        let done = push(command, url, names.iter().map(|name| format!(":{name}")), &sent, &mut |_| {})?;
        report.refs.extend(done.refs);
        report.said.push_str(&done.said);
    }
    Ok(report)
}

/// There is no reading refspecs from standard input for a push: so many fit into the arguments, and stay quick.
const BATCH: usize = 500;

fn succeed(url: &RemoteUrl, output: Output) -> Result<Output> {
    match output.success {
        true => Ok(output),
        false => Err(RemoteFailure::explain(url, &output)),
    }
}

#[cfg(test)]
mod tests;
