//! What git says when another machine can't be worked with becomes something that can be acted on.

mod last_words;
mod signs;

use super::command::Output;
use super::token::kept_from;
use super::url::RemoteUrl;
use crate::errors;
use signs::sign_in;
use std::fmt;

pub(super) use last_words::last_words;
use last_words::{is_aside, says_why};

/// Why a remote could not be worked with. It is attached to the error: [`RemoteFailure::of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteFailure {
    /// There is nothing at this place; hosts say the same of what one may not see.
    NotFound,
    /// There is something, and it is no git repository.
    NotARepository,
    /// It is a repository whose objects have other names than a scope's.
    OtherIds,
    /// Who is asking could not be established.
    AuthenticationFailed,
    /// Who is asking is known, and may not.
    PermissionDenied,
    /// No machine of that name.
    HostUnknown,
    /// The machine is not the one that ssh or the certificates know.
    HostNotTrusted,
    /// The machine does not answer, or broke off.
    Unreachable,
    /// It did not say a word for as long as it was waited for.
    Silent,
    /// It answered, and broke off before its first word.
    BrokeOff,
    /// A push is larger than the host takes at once.
    TooLarge,
    /// The host takes no more requests for now.
    RateLimited,
    /// The host answered with an error of its own.
    HostBroken,
    /// A folder that belongs to another user of this machine.
    DubiousOwnership,
    /// The disk is full, here or there.
    DiskFull,
    /// The host can't change several refs together.
    AtomicUnsupported,
    /// A ref or a commit that was asked for is not there.
    Missing,
    /// A transport that is not used.
    TransportRefused,
    /// What was received is no sound object.
    Damaged,
    /// None of these.
    Other,
}

use RemoteFailure::*;

impl RemoteFailure {
    /// The failure that an error is about, if it is about a remote.
    pub fn of(error: &anyhow::Error) -> Option<Self> {
        error.downcast_ref().copied()
    }

    /// Whether another attempt may go better by itself.
    pub fn is_passing(self) -> bool {
        matches!(self, Unreachable | BrokeOff | HostBroken | RateLimited)
    }

    pub(super) fn recognise(url: &RemoteUrl, said: &str) -> Self {
        // A hook on the host may print anything: what git and ssh say themselves comes first.
        let lines = said.lines().filter(|line| !is_aside(line));
        let (theirs, ours): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("remote:"));
        match sign_in(&ours.join("\n")) {
            Some(NotFound) if url.local_path().is_some_and(std::path::Path::exists) => NotARepository,
            // Some hosts say of whoever asks too often that they may not.
            Some(PermissionDenied) if sign_in(&theirs.join("\n")) == Some(RateLimited) => RateLimited,
            Some(Unreachable) | None => {
                let found = sign_in(&theirs.join("\n")).or(sign_in(&ours.join("\n")));
                // git's own last words say nothing, if there are any.
                found.unwrap_or(if says_why(said) { Other } else { BrokeOff })
            }
            Some(found) => found,
        }
    }

    /// The error that a failed call of git amounts to.
    pub(super) fn explain(url: &RemoteUrl, output: &Output) -> anyhow::Error {
        match output.ended_after {
            Some(limit) => Self::Silent.error(url, &format!("nothing came for {} seconds", limit.as_secs())),
            None => Self::recognise(url, &output.stderr).error(url, &last_words(&output.stderr)),
        }
    }

    pub(super) fn error(self, url: &RemoteUrl, words: &str) -> anyhow::Error {
        let kept = kept_from(url);
        let url = url.to_string();
        let known = match self {
            NotFound => errors::remote_not_there(&url, words),
            NotARepository => errors::remote_no_repository(&url, words),
            OtherIds => errors::remote_other_ids(&url, words),
            AuthenticationFailed => errors::remote_authentication(&url, words, kept.as_ref()),
            PermissionDenied => errors::remote_denied(&url, words),
            HostUnknown => errors::remote_host_unknown(&url, words),
            HostNotTrusted => errors::remote_not_trusted(&url, words),
            Unreachable | BrokeOff => errors::remote_unreachable(&url, words),
            Silent => errors::remote_silent(&url, words),
            TooLarge => errors::remote_too_large(&url, words),
            RateLimited => errors::remote_rate_limited(&url, words),
            HostBroken => errors::remote_broken(&url, words),
            DubiousOwnership => errors::remote_owner(&url, words),
            DiskFull => errors::remote_disk_full(&url, words),
            AtomicUnsupported => errors::remote_not_atomic(&url, words),
            Missing => errors::remote_missing(&url, words),
            TransportRefused => errors::remote_transport(&url, words),
            Damaged => errors::remote_damaged(&url, words),
            Other => errors::remote_failed(&url, words),
        };
        errors::because(known, self)
    }
}

impl fmt::Display for RemoteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for RemoteFailure {}

#[cfg(test)]
mod tests;
