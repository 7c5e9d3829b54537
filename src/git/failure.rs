//! What git says when another machine can't be worked with becomes something that can be acted on.

use super::command::Output;
use super::masking::masked;
use super::porcelain::Count;
use super::token::kept_from;
use super::url::RemoteUrl;
use crate::errors;
use std::fmt;

/// Why a remote could not be worked with. It is attached to the error: [`RemoteFailure::of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteFailure {
    /// There is nothing at this place; hosts say the same of what one may not see.
    NotFound,
    /// There is something, and it is no git repository.
    NotARepository,
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

/// What is found in the words of git, of curl, of ssh and of hosts. The first one that is found counts, so what is
/// more telling comes first: `hung up unexpectedly` follows nearly everything.
const SIGNS: [(RemoteFailure, &[&str]); 16] = [
    (AtomicUnsupported, &["does not support --atomic", "does not support 'atomic'"]),
    (DubiousOwnership, &["dubious ownership"]),
    // Of a ref's lock that it can't write git keeps the reason to itself; there is hardly another one.
    (
        DiskFull,
        &["no space left on device", "out of diskspace", "disk quota exceeded", ": file too large", "couldn't write '"],
    ),
    (TransportRefused, &["transport '", "is not allowed, as it", "unable to find remote helper"]),
    (
        HostUnknown,
        &[
            "could not resolve host",
            "name or service not known",
            "temporary failure in name resolution",
            "nodename nor servname",
            "unable to look up",
        ],
    ),
    (HostNotTrusted, &["host key verification failed", "ssl certificate problem", "certificate verif", "ssl: no alt"]),
    (RateLimited, &["returned error: 429", "rate limit", "too many requests"]),
    (
        AuthenticationFailed,
        &[
            "authentication failed",
            "could not read username",
            "could not read password",
            "unable to get password",
            "permission denied (",
            "returned error: 401",
            "invalid credentials",
            "too many authentication failures",
        ],
    ),
    (
        NotARepository,
        &[
            "not valid: is this a git repository",
            "invalid gitfile",
            "bad line length",
            "invalid server response",
            "not a git repository",
        ],
    ),
    (
        NotFound,
        &[
            "repository not found",
            "' not found",
            "returned error: 404",
            "does not appear to be a git repository",
            "no such repository",
            "repository not exported",
            "could not be found",
            "no such file or directory",
            "does not exist",
        ],
    ),
    (
        PermissionDenied,
        &[
            "returned error: 403",
            "permission denied",
            "service not enabled",
            "access denied",
            "not allowed",
            " denied to ",
            "unable to create temporary object directory",
            "insufficient permission for adding an object",
        ],
    ),
    (Missing, &["couldn't find remote ref", "not our ref", "unadvertised object", "remote ref does not exist"]),
    (Damaged, &["fsck error", "invalid index-pack", "is corrupt", "index-pack failed", "did not send all necessary"]),
    (TooLarge, &["returned error: 413", "exceeds maximum allowed size", "file size limit"]),
    (HostBroken, &["returned error: 5", "internal server error"]),
    (
        Unreachable,
        &[
            "connection refused",
            "timed out",
            "connection reset",
            "connection closed",
            "couldn't connect",
            "failed to connect",
            "unable to connect",
            "unreachable",
            "no route to host",
            "broken pipe",
            "empty reply",
            "recv failure",
            "early eof",
            "unexpected disconnect",
            "hung up",
            "rpc failed",
        ],
    ),
];

/// Said after every failure; they explain none.
const EMPTY_WORDS: [&str; 8] = [
    "unable to read askpass response",
    "could not read from remote repository.",
    "please make sure you have the correct access rights",
    "and the repository exists.",
    "the remote end hung up unexpectedly",
    "failed to push some refs to",
    "to add an exception for this directory, call:",
    "everything up-to-date",
];

impl RemoteFailure {
    /// The failure that an error is about, if it is about a remote.
    pub fn of(error: &anyhow::Error) -> Option<Self> {
        error.downcast_ref().copied()
    }

    /// Whether another attempt may go better by itself.
    pub fn is_passing(self) -> bool {
        matches!(self, Unreachable | HostBroken | RateLimited)
    }

    pub(super) fn recognise(url: &RemoteUrl, said: &str) -> Self {
        // A hook on the host may print anything: what git and ssh say themselves comes first.
        let (theirs, ours): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with("remote:"));
        match sign_in(&ours.join("\n")) {
            Some(NotFound) if url.local_path().is_some_and(std::path::Path::exists) => NotARepository,
            // Some hosts say of whoever asks too often that they may not.
            Some(PermissionDenied) if sign_in(&theirs.join("\n")) == Some(RateLimited) => RateLimited,
            Some(Unreachable) | None => sign_in(&theirs.join("\n")).or(sign_in(&ours.join("\n"))).unwrap_or(Other),
            Some(found) => found,
        }
    }

    /// The error that a failed call of git amounts to.
    pub(super) fn explain(url: &RemoteUrl, output: &Output) -> anyhow::Error {
        Self::recognise(url, &output.stderr).error(url, &last_words(&output.stderr))
    }

    pub(super) fn error(self, url: &RemoteUrl, words: &str) -> anyhow::Error {
        let kept = kept_from(url);
        let url = url.to_string();
        let known = match self {
            NotFound => errors::remote_not_there(&url, words),
            NotARepository => errors::remote_no_repository(&url, words),
            AuthenticationFailed => errors::remote_authentication(&url, words, kept.as_ref()),
            PermissionDenied => errors::remote_denied(&url, words),
            HostUnknown => errors::remote_host_unknown(&url, words),
            HostNotTrusted => errors::remote_not_trusted(&url, words),
            Unreachable => errors::remote_unreachable(&url, words),
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

fn sign_in(said: &str) -> Option<RemoteFailure> {
    let said = said.to_ascii_lowercase();
    let found = |signs: &&[&str]| signs.iter().any(|sign| said.contains(sign));
    SIGNS.iter().find(|(_, signs)| found(signs)).map(|(failure, _)| *failure)
}

/// The lines in which git and the host say why, without the polite ones and without secrets.
pub(super) fn last_words(said: &str) -> String {
    let telling: Vec<&str> = said.lines().map(plain).filter(|line| is_telling(line)).collect();
    let words = match telling[..] {
        [] => said.lines().map(plain).find(|line| !line.is_empty()).unwrap_or("nothing").to_owned(),
        // The first ones are the cause, and a host's greeting may be long.
        _ => telling[telling.len().saturating_sub(MOST_LINES)..].join("; "),
    };
    masked(&words).chars().take(MOST_CHARACTERS).collect()
}

const MOST_LINES: usize = 4;
const MOST_CHARACTERS: usize = 600;

fn plain(line: &str) -> &str {
    let line = line.trim().trim_start_matches("remote:").trim();
    ["fatal: ", "error: ", "ERROR: "].iter().fold(line, |line, prefix| line.strip_prefix(prefix).unwrap_or(line))
}

fn is_telling(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let is_noise = EMPTY_WORDS.iter().any(|noise| lower.starts_with(noise))
        || lower.starts_with("warning: ")
        || lower.starts_with("hint: ")
        || lower.starts_with("delta compression using")
        || lower.starts_with("total ");
    !line.is_empty() && !is_noise && Count::parse(line).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn recognised(said: &str) -> RemoteFailure {
        let url = RemoteUrl::parse("https://h/x", Path::new("/")).unwrap();
        RemoteFailure::recognise(&url, said)
    }

    #[test]
    fn what_git_and_hosts_say_is_told_apart() {
        for (said, expected) in [
            (
                "fatal: the receiving end does not support --atomic push\nfatal: the remote end hung up unexpectedly",
                AtomicUnsupported,
            ),
            (
                "fatal: detected dubious ownership in repository at '/srv/x'\nfatal: Could not read from remote repository.",
                DubiousOwnership,
            ),
            (
                "remote: fatal: write error: No space left on device\nfatal: the remote end hung up unexpectedly",
                DiskFull,
            ),
            ("remote: fatal: unable to write loose object file: File too large", DiskFull),
            (
                "fatal: sha1 file '/x/tmp_idx_Hqtodf' write error. Out of diskspace\nfatal: fetch-pack: invalid index-pack output",
                DiskFull,
            ),
            ("error: cannot update ref 'refs/tags/a@0.0.1': couldn't write '/x/refs/tags/a@0.0.1.lock'", DiskFull),
            ("fatal: transport 'ext' not allowed", TransportRefused),
            ("fatal: unable to access 'https://h/x/': Could not resolve host: h", HostUnknown),
            (
                "ssh: Could not resolve hostname h: Name or service not known\nfatal: Could not read from remote repository.",
                HostUnknown,
            ),
            ("Host key verification failed.\nfatal: Could not read from remote repository.", HostNotTrusted),
            (
                "fatal: unable to access 'https://h/x/': SSL certificate problem: self-signed certificate",
                HostNotTrusted,
            ),
            ("fatal: could not read Username for 'https://h': terminal prompts disabled", AuthenticationFailed),
            ("fatal: unable to get password from user", AuthenticationFailed),
            (
                "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
                AuthenticationFailed,
            ),
            ("remote: Invalid credentials\nfatal: Authentication failed for 'https://h/x/'", AuthenticationFailed),
            (
                "remote: Permission to x/y.git denied to ada.\nfatal: unable to access 'https://h/x/': The requested URL returned error: 403",
                PermissionDenied,
            ),
            (
                "error: remote unpack failed: unable to create temporary object directory\nerror: failed to push some refs to '/srv/x'",
                PermissionDenied,
            ),
            (
                "remote: error: insufficient permission for adding an object to repository database ./objects",
                PermissionDenied,
            ),
            ("fatal: https://h/x/info/refs not valid: is this a git repository?", NotARepository),
            ("fatal: protocol error: bad line length character: Welc", NotARepository),
            ("remote: Repository not found.\nfatal: repository 'https://h/x/' not found", NotFound),
            ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", NotFound),
            ("fatal: remote error: access denied or repository not exported: /x", NotFound),
            ("fatal: couldn't find remote ref refs/tags/a", Missing),
            ("fatal: remote error: upload-pack: not our ref 1111111111111111111111111111111111111111", Missing),
            (
                "error: RPC failed; HTTP 500 curl 22 The requested URL returned error: 500\nfatal: the remote end hung up unexpectedly",
                HostBroken,
            ),
            (
                "remote: You have exceeded a secondary rate limit\nfatal: unable to access 'https://h/x/': The requested URL returned error: 403",
                RateLimited,
            ),
            ("fatal: unable to access 'https://h/x/': The requested URL returned error: 429", RateLimited),
            (
                "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nfatal: the remote end hung up unexpectedly",
                TooLarge,
            ),
            (
                "ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.",
                Unreachable,
            ),
            ("fatal: unable to connect to h:\nh[0: 127.0.0.1]: errno=Connection refused", Unreachable),
            (
                "send-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
                Unreachable,
            ),
            ("fatal: something new", Other),
        ] {
            assert_eq!(recognised(said), expected, "{said}");
        }
    }

    #[test]
    fn a_hook_that_talks_of_passwords_does_not_decide() {
        let said = "remote: authentication failed to amuse me\nfatal: unable to access 'https://h/x/': The requested URL returned error: 403";
        assert_eq!(recognised(said), PermissionDenied);
    }

    #[test]
    fn last_words_are_telling_and_hold_no_secret() {
        let said = "remote: Counting objects: 1, done.\nremote: \nremote: Your token=abc is old        \nfatal: unable to access 'https://a:pw@h/x/': 403\nPlease make sure you have the correct access rights\nand the repository exists.";
        assert_eq!(last_words(said), "Your token=*** is old; unable to access 'https://***@h/x/': 403");
        assert_eq!(last_words("fatal: the remote end hung up unexpectedly"), "the remote end hung up unexpectedly");
        assert_eq!(last_words(""), "nothing");
    }

    #[test]
    fn an_error_knows_its_failure_and_has_a_hint() {
        let url = RemoteUrl::parse("https://h/x", Path::new("/")).unwrap();
        let error = NotFound.error(&url, "it is not");
        assert_eq!(RemoteFailure::of(&error), Some(NotFound));
        let shown = errors::report(&error);
        assert_eq!(shown.kind, "remote-not-found-there");
        assert!(shown.message.contains("https://h/x") && shown.message.contains("it is not") && !shown.hint.is_empty());
    }
}
