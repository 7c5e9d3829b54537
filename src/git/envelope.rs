//! What is pushed, in a repository of its own.
//!
//! `git push` takes thousands of refspecs very slowly (3,000: 6.2 s) and one pattern quickly (0.5 s), and the local scope
//! names its refs otherwise than a scope does. So for every push there is a throw-away bare repository that borrows
//! the local scope's objects and has exactly the refs that are to be pushed, under the names that they have over there.
//! The local scope never holds refs that are only for pushing, and a killed push leaves none.

use super::command::Git;
use super::failure::{RemoteFailure, last_words};
use super::masking::masked;
use super::porcelain::{Count, PushedRef, RefOutcome, counts, pushed_refs};
use super::repo::{CONFIG, Repo};
use super::token::dialled;
use super::url::RemoteUrl;
use super::{Oid, SealedPack, refs, shallow, silence};
use crate::disk;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The most refs of one push: hosts take about so many.
pub const MOST_REFS: usize = 5_000;
/// From so many refs on it is worth a question whether a host can push them atomically.
pub const MANY_REFS: usize = 100;

/// A repository that holds what is to be pushed, and goes when it is dropped.
pub struct Envelope {
    folder: TempDir,
    names: Vec<String>,
}

/// Whether the refs of a push stand or fall together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushMode {
    /// All or none.
    Atomic,
    /// Each for itself.
    Separate,
}

/// What became of a push.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PushReport {
    /// Every ref that git speaks of.
    pub refs: Vec<PushedRef>,
    /// What the host said beside it (its hooks, which lock is in the way), without secrets.
    pub said: String,
}

impl PushReport {
    /// All but those that were refused were kept back.
    fn hold_back(&mut self, names: &[String]) {
        self.refs.retain(|pushed| pushed.outcome.reason().is_some());
        let refused: HashSet<String> = self.refs.iter().map(|pushed| pushed.name.clone()).collect();
        let others = names.iter().filter(|name| !refused.contains(*name));
        self.refs.extend(others.map(|name| PushedRef { name: name.clone(), outcome: RefOutcome::HeldBack }));
    }

    /// Whether every ref is over there now as it should be.
    pub fn is_complete(&self) -> bool {
        self.refs.iter().all(|pushed| !pushed.outcome.is_failure())
    }

    /// Whether the push moved a ref.
    pub fn has_moved(&self, name: &str) -> bool {
        self.refs.iter().any(|pushed| pushed.name == name && pushed.outcome == RefOutcome::Moved)
    }

    /// The refs that are why the push is not complete, each with the reason.
    pub fn refused(&self) -> Vec<(&str, &str)> {
        self.refs.iter().filter_map(|pushed| Some((pushed.name.as_str(), pushed.outcome.reason()?))).collect()
    }

    /// The refs that this push made: what may be taken back.
    pub fn created(&self) -> Vec<&str> {
        let created = self.refs.iter().filter(|pushed| pushed.outcome == RefOutcome::Created);
        created.map(|pushed| pushed.name.as_str()).collect()
    }
}

/// What a push is about.
pub(super) struct Sent<'n> {
    /// The refs, by their names over there.
    pub names: &'n [String],
    /// All or nothing, or each for itself.
    pub mode: PushMode,
}

impl Envelope {
    /// Puts refs in, under their full names over there. The folder is one for temporary files on which git's
    /// conditional configuration (`includeIf "gitdir:…"`) acts as on the local scope: best one inside it.
    pub fn new(repo: &Repo, refs: &[(String, Oid)], temporary_folder: &Path) -> Result<Self> {
        let folder = crate::disk::temporary_folder(temporary_folder)
            .with_context(|| format!("could not write into {}", temporary_folder.display()))?;
        let refs: BTreeMap<&str, Oid> = refs.iter().map(|(name, oid)| (name.as_str(), *oid)).collect();
        fill(folder.path(), repo, &refs)
            .with_context(|| format!("could not write into {}", folder.path().display()))?;
        Ok(Self { folder, names: refs.into_keys().map(str::to_owned).collect() })
    }

    /// Takes in objects that the repository does not show yet.
    pub fn borrow(&self, pack: &SealedPack) -> Result<()> {
        pack.lend(self.folder.path())
    }

    /// Pushes all that is in it. Never by force: a tag that exists is refused, a branch only moves forward.
    ///
    /// A report comes back if the host spoke of the refs, whatever became of them; what went wrong with all of
    /// them alike is an error, [`RemoteFailure`].
    pub fn push(&self, url: &RemoteUrl, mode: PushMode, hear: &mut dyn FnMut(Count)) -> Result<PushReport> {
        if self.names.is_empty() {
            return Ok(PushReport::default());
        }
        let command = push_command(self.folder.path(), mode);
        push(command, url, [refs::EVERYTHING], &Sent { names: &self.names, mode }, hear)
    }

    /// Pushes all of it or nothing; `None` where the host can't, which got nothing then.
    pub fn push_together(&self, url: &RemoteUrl, hear: &mut dyn FnMut(Count)) -> Result<Option<PushReport>> {
        match self.push(url, PushMode::Atomic, hear) {
            Err(error) if RemoteFailure::of(&error) == Some(RemoteFailure::AtomicUnsupported) => Ok(None),
            report => report.map(Some),
        }
    }

    /// Goes as far as a push can without sending anything: the host is asked for its right to push, says what it can
    /// do, and nothing changes there.
    pub fn rehearse(&self, url: &RemoteUrl, mode: PushMode) -> Result<PushReport> {
        let command = push_command(self.folder.path(), mode).args(["--dry-run"]);
        push(command, url, [refs::EVERYTHING], &Sent { names: &self.names, mode }, &mut |_| {})
    }
}

/// The beginning of a push from a repository, free of what the person's configuration adds to pushes.
pub(super) fn push_command(repository: &Path, mode: PushMode) -> Git {
    let options = ["push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"];
    let atomic = match mode {
        PushMode::Atomic => "--atomic",
        PushMode::Separate => "--no-atomic",
    };
    Git::new(options).args([atomic, "--progress"]).in_repository(repository).config("push.pushOption", "")
}

pub(super) fn push<A: Into<std::ffi::OsString>>(
    command: Git,
    url: &RemoteUrl,
    refspecs: impl IntoIterator<Item = A>,
    sent: &Sent,
    hear: &mut dyn FnMut(Count),
) -> Result<PushReport> {
    let command = command.args(["--", &dialled(url)]).args(refspecs).over_the_network(url);
    let command = if url.local_path().is_some() { without_deltas(command) } else { command };
    let output = command.unless_still_for(silence::of_a_push(url)).output_with(&mut counts(hear))?;
    if output.ended_after.is_some() {
        return Err(RemoteFailure::BrokeOff.error(url, "its answer to a push did not end"));
    }
    let mut report = PushReport { refs: pushed_refs(&output.stdout), said: said(&output.stderr) };
    if sent.mode == PushMode::Atomic && report.refs.iter().any(|pushed| pushed.outcome.is_refused_here()) {
        // Nothing was sent. Over HTTP git ends with a protocol error then, and is silent about the others.
        report.hold_back(sent.names);
        return Ok(report);
    }
    let spoken_of: HashSet<&str> = report.refs.iter().map(|pushed| pushed.name.as_str()).collect();
    let is_whole = sent.names.iter().all(|name| spoken_of.contains(name.as_str()));
    let failed_alike = report.refs.iter().any(|pushed| pushed.outcome.is_of_the_whole_push());
    match is_whole && !failed_alike && (output.success || !report.is_complete()) {
        true => Ok(report),
        false => Err(why(url, &report, &output.stderr)),
    }
}

/// To a folder of this machine the bytes are no matter, and the time for finding smaller ones is: a tenth of a push of
/// a thousand versions. The scope's own `git gc` finds them later.
fn without_deltas(command: Git) -> Git {
    command.config("pack.window", "0")
}

/// The host spoke of no ref, or did not come to decide on them.
fn why(url: &RemoteUrl, report: &PushReport, stderr: &str) -> anyhow::Error {
    let reasons: HashSet<&str> = report.refused().into_iter().map(|(_, reason)| reason).collect();
    let mut words = stderr.to_owned();
    words.extend(reasons.iter().map(|reason| format!("\n{reason}")));
    let failure = match RemoteFailure::recognise(url, stderr) {
        // Some refs may be there and others not: what is known is that the host did not say.
        RemoteFailure::Other if report.refs.iter().any(|pushed| pushed.outcome == RefOutcome::Unknown) => {
            RemoteFailure::Unreachable
        }
        // What is pushed to was read before: some hosts say it so of who may not push. A folder says what is so.
        RemoteFailure::NotFound if url.local_path().is_none() => RemoteFailure::PermissionDenied,
        failure => failure,
    };
    failure.error(url, &last_words(&words))
}

/// What came from the host.
fn said(stderr: &str) -> String {
    words_of_host(stderr.lines().filter_map(|line| line.strip_prefix("remote: ")))
}

/// What a host says beside counts, without secrets.
pub(super) fn words_of_host<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    let lines = lines.map(str::trim_end).filter(|line| !line.is_empty() && Count::parse(line).is_none());
    masked(&lines.collect::<Vec<_>>().join("\n"))
}

/// Written by hand and without waiting for the disk: nobody needs it after a crash.
pub(super) fn fill(folder: &Path, repo: &Repo, contents: &BTreeMap<&str, Oid>) -> Result<()> {
    let scope = fs::canonicalize(repo.path())?;
    for name in ["objects/info", "objects/pack"].iter().chain(&refs::FOLDERS) {
        fs::create_dir_all(folder.join(name))?;
    }
    fs::write(folder.join("config"), config_with_that_of(&scope)?)?;
    fs::write(folder.join("objects/info/alternates"), alternates(&scope.join("objects")))?;
    // Without this file git looks for the parents of the commits at which histories are cut off, and gives up.
    let ends = shallow::ends_of(repo, contents.values().copied())?;
    if !ends.is_empty() {
        fs::write(folder.join(refs::SHALLOW), shallow::text(&ends))?;
    }
    fs::write(folder.join("packed-refs"), packed_refs(contents))?;
    Ok(fs::write(folder.join("HEAD"), refs::NEW_HEAD)?)
}

/// The configuration of a repository that is thrown away: what the local scope's says of hosts and of ssh counts there
/// too.
pub fn config_with_that_of(scope: &Path) -> Result<String> {
    let path = scope.join("config");
    let path = path.to_str().context("its path is not UTF-8 text")?;
    Ok(format!("[include]\n\tpath = {}\n{CONFIG}", quoted(path)))
}

/// Lends a repository that is thrown away the objects of another one of this machine, beside those that it was lent
/// before. Who has it open has to open it again.
pub fn lend(from: &Repo, to: &Path) -> Result<()> {
    let objects = fs::canonicalize(from.path())?.join("objects");
    let file = to.join("objects/info/alternates");
    let mut all = disk::read_optional(&file)?.unwrap_or_default();
    all.extend(alternates(&objects));
    fs::write(&file, all).with_context(|| format!("could not write {}", file.display()))
}

fn alternates(objects: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    let path = objects.as_os_str().as_bytes();
    // A line is a path as it is, or one in quotes: needed only where a path has lines of its own.
    match path.contains(&b'\n') {
        true => [quoted(&String::from_utf8_lossy(path)).as_bytes(), b"\n"].concat(),
        false => [path, b"\n"].concat(),
    }
}

/// In quotes, as git reads them in its configuration and in alternates.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

fn packed_refs(refs: &BTreeMap<&str, Oid>) -> String {
    let lines = refs.iter().map(|(name, oid)| format!("{oid} {name}\n"));
    std::iter::once("# pack-refs with: sorted \n".to_owned()).chain(lines).collect()
}
