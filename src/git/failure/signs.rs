//! By which words a failure is known.

use super::RemoteFailure::{self, *};

/// What is found in the words of git, of curl, of ssh and of hosts. The first one that is found counts, so what is
/// more telling comes first: `hung up unexpectedly` follows nearly everything.
const SIGNS: [(RemoteFailure, &[&str]); 19] = [
    (AtomicUnsupported, &["does not support --atomic", "does not support 'atomic'"]),
    (DubiousOwnership, &["dubious ownership"]),
    (OtherIds, &["mismatched algorithms"]),
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
            "received http/0.9",
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
    (
        Damaged,
        &[
            "fsck error",
            "is corrupt",
            "did not send all necessary",
            // What a host says of itself that can't read what it is to send.
            "repository corruption on the remote side",
        ],
    ),
    (TooLarge, &["returned error: 413", "exceeds maximum allowed size", "file size limit"]),
    (HostBroken, &["returned error: 5", "internal server error"]),
    (Silent, &["operation too slow"]),
    (
        Unreachable,
        &[
            "connection refused",
            "timed out",
            "connection reset",
            "connection closed",
            "closed by remote host",
            "couldn't connect",
            "failed to connect",
            "unable to connect",
            "unreachable",
            "no route to host",
            "broken pipe",
            "empty reply",
            "recv failure",
            "early eof",
            "unexpected eof",
            "ssl_error_syscall",
            "non-properly terminated",
            "pull function",
            "not closed cleanly",
            "transfer closed",
            "returned error: 408",
            "unexpected disconnect",
            "of body are still expected",
            "expected flush after",
            "hung up",
            "rpc failed",
        ],
    ),
    // So it ends too where a connection broke in the middle of a pack.
    (Damaged, &["invalid index-pack", "index-pack failed"]),
];

/// The failure that these words are signs of.
pub(super) fn sign_in(said: &str) -> Option<RemoteFailure> {
    let said = said.to_ascii_lowercase();
    let found = |signs: &&[&str]| signs.iter().any(|sign| said.contains(sign));
    SIGNS.iter().find(|(_, signs)| found(signs)).map(|(failure, _)| *failure)
}
