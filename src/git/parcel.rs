//! A push to a folder of this machine that begins before all of it is known.
//!
//! `git push` looks for the objects when it has every ref. To a folder that is a good part of an export, and could be
//! done before: the versions are packed (`git pack-objects`) while they are read and judged here, and meanwhile the
//! folder's own git (`git receive-pack`) says what it has. The catalog's objects are put behind those of the versions,
//! and all goes over as one atomic push. That git decides as ever, and runs its hooks.
//!
//! Only the plain case goes this way: new tags, and a branch that is where it was seen. All else, and whatever fails
//! before every ref was spoken of, is for `git push`, which explains it and finds what is there already.

mod conversation;

use super::command::Git;
use super::envelope::{PushReport, words_of_host};
use super::lines::read_lines;
use super::pack::{JoinedPack, SealedPack};
use super::porcelain::{Count, PushedRef, RefOutcome, counts};
use super::shallow::is_cut_off;
use super::url::RemoteUrl;
use super::{Oid, Repo, folder};
use anyhow::{Context, Result, anyhow, ensure};
use conversation::{Advertisement, Answer, Wish};
use std::collections::HashSet;
use std::io::{Read, Write};
use std::process::Child;
use std::thread::JoinHandle;

/// A pack that is larger is not held in memory: then the time is git's anyhow, and it says how far it is.
const LARGEST: u64 = 32 << 20;

/// What a person may have set for the way to a folder: only git acts on it.
const DETOURS: [&str; 3] = [r"url\..*", r"protocol\..*", r"remote\..*\.receivepack"];

/// Versions on their way into a pack, and the folder's git that waits for them.
pub struct Parcel {
    tips: HashSet<Oid>,
    packing: Packing,
    host: Running,
}

impl Parcel {
    /// Begins to pack what the tags of versions are on, with all that is behind it; `None` where a push can't go this
    /// way.
    pub fn prepare(repo: &Repo, url: &RemoteUrl, tips: Vec<Oid>) -> Option<Self> {
        let path = url.local_path().filter(|_| folder::open(url).is_some())?;
        if tips.is_empty() || repo.has_settings_like(&DETOURS) || is_cut_off(repo.path()).unwrap_or(true) {
            return None;
        }
        // Two processes that can't be started are as well as none: the push will say so.
        let packing = Packing::begin(repo, &tips).ok()?;
        let host = Git::new(["receive-pack"]).args([path]).of_the_other_side().start().ok()?;
        Some(Self { tips: tips.into_iter().collect(), packing, host: Running(host) })
    }

    /// Completes it: the refs by their names over there, the last one of them the branch, which is at a commit now. The
    /// objects are those that the versions do not lead to. `None` where it holds something else than that needs, or
    /// where the other side is not as it was seen.
    pub fn complete(
        self,
        refs: &[(String, Oid)],
        branch_now: Oid,
        objects: Option<&SealedPack>,
    ) -> Option<CompleteParcel> {
        // What is wrong here is said by the push.
        self.completed(refs, branch_now, objects).ok()
    }

    fn completed(
        self,
        refs: &[(String, Oid)],
        branch_now: Oid,
        objects: Option<&SealedPack>,
    ) -> Result<CompleteParcel> {
        let Self { tips, packing, mut host } = self;
        let (branch, tags) = refs.split_last().context("it has no refs")?;
        ensure!(tags.len() == tips.len() && tags.iter().all(|(_, oid)| tips.contains(oid)), "it holds something else");
        let there = Advertisement::read(host.output()?)?;
        ensure!(there.takes_all_or_nothing(), "the other side can't");
        ensure!(there.refs.get(&branch.0) == Some(&branch_now), "the branch has moved");
        ensure!(!tags.iter().any(|(name, _)| there.refs.contains_key(name)), "a tag is there");
        let mut parts = vec![packing.finish()?];
        parts.extend(objects.map(SealedPack::read).transpose()?);
        let pack = JoinedPack::of(parts)?;
        let wishes: Vec<Wish> = tags
            .iter()
            .map(|(name, new)| Wish { name: name.clone(), old: Oid::ZERO_SHA1, new: *new })
            .chain([Wish { name: branch.0.clone(), old: branch_now, new: branch.1 }])
            .collect();
        Ok(CompleteParcel { wishes, pack, host })
    }
}

/// A push that has only to be sent.
pub struct CompleteParcel {
    wishes: Vec<Wish>,
    pack: JoinedPack,
    host: Running,
}

impl CompleteParcel {
    /// Sends it, and hears what became of each ref; `None` where that was not said of all of them.
    pub fn hand_over(mut self, hear: &mut dyn FnMut(Count)) -> Option<PushReport> {
        let answer = self.send().ok().filter(|answer| answer.has_unpacked)?;
        let outcome = |wish: &Wish| match answer.refs.get(&wish.name)? {
            Some(reason) => Some(RefOutcome::of_failure(reason.clone())),
            None if wish.old.is_zero() => Some(RefOutcome::Created),
            None => Some(RefOutcome::Moved),
        };
        let pushed = |wish: &Wish| Some(PushedRef { name: wish.name.clone(), outcome: outcome(wish)? });
        let refs = self.wishes.iter().map(pushed).collect::<Option<Vec<_>>>()?;
        let kept = read_lines(answer.said.as_slice(), &mut counts(hear)).ok()?;
        Some(PushReport { refs, said: words_of_host(String::from_utf8_lossy(&kept).lines()) })
    }

    fn send(&mut self) -> Result<Answer> {
        let Self { wishes, pack, host } = self;
        let mut input = host.0.stdin.take().context("its input is closed")?;
        let answer = std::thread::scope(|threads| {
            // Both at once: it may have much to say of what it reads.
            let sent = threads.spawn(move || {
                input.write_all(&conversation::request(wishes))?;
                pack.write(&mut input)
            });
            let answer = host.output().and_then(Answer::read);
            // One that reads no further has said why.
            let _ = sent.join();
            answer
        })?;
        host.0.wait().context("could not wait for git")?;
        Ok(answer)
    }
}

/// `git pack-objects` at work.
struct Packing {
    child: Running,
    read: JoinHandle<std::io::Result<Vec<u8>>>,
}

impl Packing {
    fn begin(repo: &Repo, tips: &[Oid]) -> Result<Self> {
        let git = Git::new(["pack-objects", "--revs", "--stdout", "--delta-base-offset", "--quiet"]);
        // Finding smaller forms takes longer than handing over the larger ones.
        let mut child = git.in_repository(repo.path()).config("pack.window", "0").start()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let lines: String = tips.iter().map(|tip| format!("{tip}\n")).collect();
        let read = std::thread::spawn(move || {
            // It ends with the closure, and so does the list.
            input.map_or(Ok(()), |mut input| input.write_all(lines.as_bytes()))?;
            let mut bytes = Vec::new();
            output.map_or(Ok(0), |output| output.take(LARGEST + 1).read_to_end(&mut bytes))?;
            Ok(bytes)
        });
        Ok(Self { child: Running(child), read })
    }

    /// The whole pack.
    fn finish(mut self) -> Result<Vec<u8>> {
        let bytes = self.read.join().map_err(|_| anyhow!("the reader of a pack panicked"))??;
        ensure!(bytes.len() as u64 <= LARGEST, "the pack is too large");
        ensure!(self.child.0.wait()?.success(), "git could not pack the versions");
        Ok(bytes)
    }
}

/// A process that does not outlive its use.
struct Running(Child);

impl Running {
    fn output(&mut self) -> Result<&mut impl Read> {
        self.0.stdout.as_mut().context("its output is closed")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
