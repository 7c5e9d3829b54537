//! Finding out what a host can do, without changing anything there.

use super::succeed;
use crate::git::command::Git;
use crate::git::failure::RemoteFailure;
use crate::git::token::dialled;
use crate::git::url::RemoteUrl;
use crate::git::{Oid, Repo};
use anyhow::Result;

/// Whether a fetch speaks protocol 2, in which a host lists only the refs that are asked for. `tip` is a commit that
/// both sides have.
///
/// `--negotiate-only` works in that protocol alone, receives nothing, and says so where it can't.
pub fn speaks_protocol_2(repo: &Repo, url: &RemoteUrl, tip: Oid) -> Result<bool> {
    let git = Git::new(["fetch", "--negotiate-only", &format!("--negotiation-tip={tip}"), "--", &dialled(url)]);
    let git = git.in_repository(repo.path()).config("protocol.version", "2").over_the_network(url);
    let output = git.output()?;
    if output.success || output.stderr.contains("does not support wait-for-done") {
        return Ok(true);
    }
    match ["requires protocol v2", "does not support --negotiate-only"].iter().any(|why| output.stderr.contains(why)) {
        true => Ok(false),
        false => succeed(url, output).map(|_| true),
    }
}

/// Whether a failure tells of this host only that it does not let us push.
pub fn is_no_to_pushes(failure: RemoteFailure) -> bool {
    use RemoteFailure::{AuthenticationFailed, DubiousOwnership, NotARepository, NotFound, Other, PermissionDenied};
    matches!(failure, AuthenticationFailed | DubiousOwnership | NotARepository | NotFound | Other | PermissionDenied)
}
