//! Who is refused is not asked again, whatever `--retries` allows: a wrong password may lock an account.

use std::fs;
use std::time::{Duration, Instant};

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Run, TestEnvironment, find_program};

const RETRIES: [&str; 2] = ["0", "9"];

/// Every call of git that talks to a host is written down.
struct Calls(std::path::PathBuf);

impl Calls {
    fn of(env: &TestEnvironment) -> Self {
        let log = env.root().join("git-calls");
        let git = find_program("git").expect("git");
        let script = format!("echo \" $* \" >> '{}'\nexec '{}' \"$@\"", log.display(), git.display());
        env.program_of_user("git", &script);
        Self(log)
    }

    /// How often each of these was called since somebody asked.
    fn since<const N: usize>(&self, words: [&str; N]) -> [usize; N] {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        fs::write(&self.0, "").expect("the log");
        words.map(|word| text.lines().filter(|line| line.contains(&format!(" {word} "))).count())
    }
}

/// A scope with two versions in it, in a folder.
fn source<'e>(env: &'e TestEnvironment) -> Hosted<'e> {
    let source = Host::path(env).repository("source");
    env.folder(".").bit(["scope", "create", &source.url, "--name", "my-org.ui"]).success();
    source.workspace(env, "ws").bit(["export"]).success();
    source
}

/// Without a pause: who waits has thought of another attempt.
fn mirror(env: &TestEnvironment, from: &str, to: &str, retries: &str) -> Run {
    let begin = Instant::now();
    let run = env.folder("ci").bit(["mirror", from, to, "--retries", retries]);
    run.fails(4).complains("does not know who you are").silent_about("wrong-password");
    assert!(begin.elapsed() < Duration::from_secs(20), "{run}");
    run
}

/// How many requests came with a password, and how many without one.
fn requests(host: &Host<'_>) -> (usize, usize) {
    let file = host.folder().path().join("access");
    let text = fs::read_to_string(&file).expect("what nginx writes down");
    fs::File::options().write(true).truncate(true).open(&file).expect("the file");
    let by_somebody = text.lines().filter(|line| line.split(' ').nth(2) == Some(host.user())).count();
    (by_somebody, text.lines().count() - by_somebody)
}

#[test]
fn a_wrong_password_is_tried_once() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let (source, there) = (source(&env), host.repository("there"));
    let here = Host::path(&env).repository("here");
    let calls = Calls::of(&env);
    // git asks without a password, is told to have one, and tries it. Then it forgets it.
    let once = (1, 1);
    let wrong = || host.log_in(host.user(), "wrong-password");
    for retries in RETRIES {
        for (from, to) in [(&source, &there), (&there, &here)] {
            wrong();
            mirror(&env, &from.url, &to.url, retries);
            let asked = (calls.since(["ls-remote", "push", "fetch"]), requests(&host));
            assert_eq!(asked, ([1, 0, 0], once), "{retries} {}", to.url);
        }
    }
    let workspace = env.folder("ws");
    workspace.append("theme/index.js", "// more\n").bit(["tag", "-m", "more"]).success();
    workspace.bit(["remote", "add", "my-org.ui", &there.url]).success();
    calls.since([]);
    wrong();
    workspace.bit(["export"]).fails(1).silent_about("wrong-password");
    assert_eq!((calls.since(["ls-remote", "push"]), requests(&host)), ([1, 0], once));
}

/// Everybody may look, and who pushes has to say who they are.
#[test]
fn a_wrong_password_for_a_push_is_tried_once() {
    let env = TestEnvironment::new();
    let host = served!(Host::public_http(&env));
    let (source, there) = (source(&env), host.repository("there"));
    let calls = Calls::of(&env);
    for retries in RETRIES {
        host.log_in(host.user(), "wrong-password");
        mirror(&env, &source.url, &there.url, retries);
        assert_eq!((calls.since(["push"]), requests(&host).0), ([1], 1), "{retries}");
    }
    assert!(there.refs().is_empty());
    // With the right one it goes on.
    host.log_in(host.user(), host.password());
    env.folder("ci").bit(["mirror", &source.url, &there.url]).success();
    there.fsck();
}

#[test]
fn a_key_that_a_host_does_not_know_is_shown_once() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let (source, there) = (source(&env), host.repository("there"));
    let here = Host::path(&env).repository("here");
    let url = there.url.replace(&host.alias(), &host.alias_of_a_stranger());
    assert_ne!(url, there.url);
    let calls = Calls::of(&env);
    let mut connections = 0;
    for (retries, reversed) in [("0", false), ("9", false), ("9", true)] {
        let (from, to) = if reversed { (&url, &here.url) } else { (&source.url, &url) };
        mirror(&env, from, to, retries);
        assert_eq!(calls.since(["ls-remote", "push", "fetch"]), [1, 0, 0], "{retries}");
        connections += 1;
        assert_eq!(host.log().matches("Connection closed by authenticating user").count(), connections);
    }
}
