//! Making a repository on a machine that ssh leads to.

use crate::errors;
use crate::git::command::Git;
use crate::git::failure::{RemoteFailure, last_words};
use crate::git::porcelain::Advertised;
use crate::git::url::RemoteUrl;
use RemoteFailure::{AuthenticationFailed, HostNotTrusted, HostUnknown};
use anyhow::Result;

/// Said over there before anything else: without it the host took no command.
const TAKEN: &str = "bit: the command was taken";

/// What runs over there, with the path as `$0`. It holds no single quotes and no `!`, so that every login shell hands
/// it on as it is. Variables say what the repository is like: a git that is too old for them passes over them, where an
/// option would stop it.
const SCRIPT: &str = r#"d=$0; case $d in "~/"*) d=$HOME/${d#??};; esac; if [ -e "$d" ] && [ -n "$(ls -A "$d")" ]; then echo "$d is there and is not empty" >&2; exit 1; fi; GIT_DEFAULT_HASH=sha1 GIT_DEFAULT_REF_FORMAT=files git -c init.defaultBranch=main init --quiet --bare "$d" >&2 && exec git-upload-pack "$d""#;

/// Makes an empty bare repository where ssh leads to, and lists it. Where something is there already nothing is made.
///
/// git itself calls ssh, as for every fetch, so all that the person set up for it counts: what runs over there is only
/// another program in the place of git-upload-pack, which comes last and answers.
pub fn make(url: &RemoteUrl) -> Result<Advertised> {
    let program = format!("sh -c 'echo {TAKEN} >&2; {SCRIPT}'");
    let git = Git::new(["ls-remote", "--symref", &format!("--upload-pack={program}"), "--", url.as_str()]);
    let output = git.in_no_repository().over_the_network(url).output()?;
    if output.success {
        return Ok(Advertised::parse(&output.stdout).unwrap_or_default());
    }
    if output.ended_after.is_some() {
        return Err(RemoteFailure::explain(url, &output));
    }
    // A host that refuses the command repeats it: only a line of its own counts.
    let was_taken = output.stderr.lines().any(|line| line == TAKEN);
    let said: String = output.stderr.lines().filter(|line| *line != TAKEN).map(|line| format!("{line}\n")).collect();
    match RemoteFailure::recognise(url, &said) {
        _ if was_taken => Err(errors::repository_not_made(&url.to_string(), &last_words(&said))),
        known @ (AuthenticationFailed | HostNotTrusted | HostUnknown) => Err(known.error(url, &last_words(&said))),
        // The host repeats the command, which explains nothing.
        _ => Err(errors::no_repository_there_yet(&url.to_string())),
    }
}
